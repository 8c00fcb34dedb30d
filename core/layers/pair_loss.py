"""How wrong the network is about pairs: which of two is greater, nearer, or alike."""

from .. import ops
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import axes_at_least, real, same_shape
from .layer import Example, Layer, argument
from .loss import REDUCTION_HELP, REDUCTIONS, reduced, reduction_of
from .similarity import length
from .spelling import Spelling


class MarginRankingLoss(Layer):
    """How far the first score fails to be above the second by a margin; below it where target is -1."""

    category = "loss"
    formula = "y = mean of max(0, -target · (x1 - x2) + margin)"
    keywords = ("ranking", "pairwise", "hinge", "criterion")
    example = Example(inputs={"x1": (6,), "x2": (6,), "target": (6,)}, arguments={"margin": 0.3})

    margin: float = argument(default=0.0, help="By how much the right one has to be ahead")
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x1: Ref, x2: Ref, target: Ref) -> Ref:
        """Of three inputs of the same shape; target holds 1 and -1."""
        type_ = real("x1", x1)
        same_shape("x2", real("x2", x2), "x1", type_)
        same_shape("target", real("target", target), "x1", type_)
        ahead = ops.multiply(target, ops.subtract(x1, x2))
        missing = ops.clamp(ops.offset(ops.scale(ahead, -1), self.margin), 0)
        return reduced(missing, self.reduction)

    def pytorch(self, x1: Type, x2: Type, target: Type) -> Spelling:
        """F.margin_ranking_loss."""
        margin = "" if self.margin == 0.0 else f", margin={self.margin}"
        given = f"{{x1}}, {{x2}}, {{target}}{margin}{reduction_of(self.reduction)}"
        return Spelling(apply=f"F.margin_ranking_loss({given})")


class HingeEmbeddingLoss(Layer):
    """The distance x itself where target is 1 (alike), and what it lacks to a margin where target is -1."""

    category = "loss"
    formula = "y = mean of x where target = 1, max(0, margin - x) where target = -1"
    keywords = ("hinge", "contrastive", "siamese", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)})

    margin: float = argument(default=1.0, help="How far apart what is not alike has to be")
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape; target holds 1 and -1."""
        same_shape("target", real("target", target), "x", real("x", x))
        nothing = ops.full_like(x, 0)
        lacking = ops.clamp(ops.offset(ops.scale(x, -1), self.margin), 0)
        apart = ops.where(ops.compare_number(target, 1, "not_equal"), lacking, nothing)
        alike = ops.where(ops.compare_number(target, -1, "not_equal"), x, nothing)
        return reduced(ops.add(apart, alike), self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.hinge_embedding_loss."""
        margin = "" if self.margin == 1.0 else f", margin={self.margin}"
        return Spelling(
            apply=f"F.hinge_embedding_loss({{x}}, {{target}}{margin}{reduction_of(self.reduction)})"
        )


class SoftMarginLoss(Layer):
    """How little the sign of each score is that of its target, 1 or -1: logistic regression."""

    category = "loss"
    formula = "y = mean of ln(1 + e^(-target · x))"
    keywords = ("logistic", "binary classification", "sign", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)})

    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape; target holds 1 and -1."""
        same_shape("target", real("target", target), "x", real("x", x))
        return reduced(ops.softplus(ops.scale(ops.multiply(target, x), -1)), self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.softplus, as F.soft_margin_loss passes no gradient to the target."""
        after = "" if self.reduction == "none" else f".{self.reduction}()"
        return Spelling(apply=f"F.softplus(-{{target}} * {{x}}){after}")


class CosineEmbeddingLoss(Layer):
    """Turns two embeddings the same way where target is 1, and apart up to a margin where it is -1."""

    category = "loss"
    formula = "y = mean of 1 - cos(x1, x2) where target = 1, max(0, cos(x1, x2) - margin) where target = -1"
    keywords = ("cosine similarity", "siamese", "contrastive", "criterion")
    example = Example(inputs={"x1": (3, 4), "x2": (3, 4), "target": (3,)})

    margin: float = argument(
        default=0.0, minimum=-1.0, maximum=1.0, help="The cosine that what is not alike may have"
    )
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x1: Ref, x2: Ref, target: Ref) -> Ref:
        """(B, F), (B, F) and (B), the target holding 1 and -1."""
        type_ = real("x1", x1)
        if type_.rank != 2:
            raise ShapeError("x1", tr("expected rows of embeddings (B×F), got {x}", x=type_))
        same_shape("x2", real("x2", x2), "x1", type_)
        same_shape("target", real("target", target), "x1 without features", type_.with_shape(type_.shape[:1]))
        squares = [ops.offset(ops.sum(ops.multiply(x, x), (1,)), 1e-12) for x in (x1, x2)]  # as PyTorch
        cosine = ops.divide(ops.sum(ops.multiply(x1, x2), (1,)), ops.sqrt(ops.multiply(*squares)))
        nothing = ops.full_like(cosine, 0)
        alike = ops.offset(ops.scale(cosine, -1), 1)
        apart = ops.clamp(ops.offset(cosine, -self.margin), 0)
        found = ops.add(
            ops.where(ops.compare_number(target, 1, "equal"), alike, nothing),
            ops.where(ops.compare_number(target, -1, "equal"), apart, nothing),
        )
        return reduced(found, self.reduction)

    def pytorch(self, x1: Type, x2: Type, target: Type) -> Spelling:
        """F.cosine_embedding_loss."""
        margin = "" if self.margin == 0.0 else f", margin={self.margin}"
        given = f"{{x1}}, {{x2}}, {{target}}{margin}{reduction_of(self.reduction)}"
        return Spelling(apply=f"F.cosine_embedding_loss({given})")


class TripletMarginLoss(Layer):
    """How far an anchor fails to be nearer to what is like it than to what is not, by a margin: FaceNet."""

    category = "loss"
    formula = "y = mean of max(0, ‖anchor - positive + eps‖ₚ - ‖anchor - negative + eps‖ₚ + margin)"
    keywords = ("contrastive", "metric learning", "siamese", "FaceNet", "embedding", "criterion")
    example = Example(inputs={"anchor": (3, 4), "positive": (3, 4), "negative": (3, 4)})

    margin: float = argument(default=1.0, help="By how much it has to be nearer")
    p: float = argument(default=2.0, help="2 measures as with a ruler, 1 adds up absolute values; above 0")
    eps: float = argument(default=1e-6, minimum=0.0, help="What is added to each difference")
    swap: bool = argument(
        default=False, help="Whether the distance between positive and negative counts where it is less"
    )
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, anchor: Ref, positive: Ref, negative: Ref) -> Ref:
        """Distances along the last axis of three inputs of the same shape."""
        type_ = real("anchor", anchor)
        axes_at_least("anchor", type_, 1, "features")
        same_shape("positive", real("positive", positive), "anchor", type_)
        same_shape("negative", real("negative", negative), "anchor", type_)
        far = self._distance(anchor, negative)
        if self.swap:
            far = ops.minimum(far, self._distance(positive, negative))
        missing = ops.offset(ops.subtract(self._distance(anchor, positive), far), self.margin)
        return reduced(ops.clamp(missing, 0), self.reduction)

    def _distance(self, one: Ref, other: Ref) -> Ref:
        return length(ops.offset(ops.subtract(one, other), self.eps), self.p, (one.type.rank - 1,))

    def pytorch(self, anchor: Type, positive: Type, negative: Type) -> Spelling:
        """F.triplet_margin_loss."""
        named = (("margin", self.margin, 1.0), ("p", self.p, 2.0), ("eps", self.eps, 1e-6))
        given = "".join(f", {name}={value}" for name, value, default in named if value != default)
        given += "" if self.swap is False else f", swap={self.swap}"
        given += reduction_of(self.reduction)
        return Spelling(apply=f"F.triplet_margin_loss({{anchor}}, {{positive}}, {{negative}}{given})")
