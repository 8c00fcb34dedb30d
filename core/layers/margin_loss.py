"""How far the scores of right classes fail to be above those of wrong ones, and losses of several labels."""

from .. import ops
from ..condition import agree
from ..dim import Dim, text
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .argument import ArgumentError
from .class_weights import CLASS_HELP, LAST_HELP, NUMBERS, each_class, times_last, weight_text
from .demands import axes_at_least, real, same_shape, whole
from .layer import Example, Layer, argument
from .loss import REDUCTION_HELP, REDUCTIONS, reduced, reduction_of
from .spelling import Spelling


class MultiMarginLoss(Layer):
    """How far the score of the right class fails to be above the others by a margin, as in an SVM."""

    category = "loss"
    formula = "y = mean of weight[t] · Σ max(0, margin - x[t] + x[c])^p / C over the classes c other than t"
    keywords = ("hinge", "multi-class", "SVM", "support vector", "classification", "criterion")
    example = Example(inputs={"x": (4, 5), "target": (4,)}, arguments={"margin": 2.0}, integers={"target": 5})

    p: int = argument(default=1, minimum=1, maximum=2, help="The power of what is missing: 1 or 2")
    margin: float = argument(default=1.0, help="By how much the right score has to be ahead")
    weight: str = argument(default="", form=NUMBERS, help=CLASS_HELP)
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """(B, C) and class numbers (B)."""
        _scores(x)
        if whole("target", target).rank != 1 or not agree(target.shape[0], x.shape[0]):
            wanted = Type(x.shape[:1], "int64")
            raise ShapeError(
                "target",
                tr(
                    "expected {wanted}, a number below {classes} for each example of x, got {target}",
                    wanted=wanted,
                    classes=text(x.shape[1]),
                    target=target.type,
                ),
            )
        if not isinstance(self.p, int):
            raise ArgumentError("p", tr("expected a number, got {p}", p=text(self.p)))
        places = ops.reshape(target, (x.shape[0], 1))
        missing = ops.offset(ops.subtract(x, ops.take_along(x, places, 1)), self.margin)
        missing = ops.relu(missing)
        if self.p == 2:
            missing = ops.multiply(missing, missing)
        right = ops.compare_number(ops.one_hot(target, x.shape[1]), 1, "equal")
        missing = ops.where(right, ops.full_like(missing, 0), missing)
        each = ops.mean(missing, (1,))
        weights = each_class("weight", self.weight, x.shape[1])
        if weights:
            share = ops.take_along(ops.scale_along(ops.full_like(x, 1), weights, 1), places, 1)
            each = ops.multiply(each, ops.reshape(share, each.shape))
        return reduced(each, self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.multi_margin_loss."""
        given = "" if self.p == 1 else f", p={self.p}"
        given += "" if self.margin == 1.0 else f", margin={self.margin}"
        given += "" if self.weight == "" else f", weight={{x}}.new_tensor([{self.weight}])"
        given += reduction_of(self.reduction)
        return Spelling(apply=f"F.multi_margin_loss({{x}}, {{target}}{given})")


class MultiLabelMarginLoss(Layer):
    """How far the scores of all right classes fail to be above those of all wrong ones by 1.

    target holds, for each example, the numbers of its right classes, and -1 behind the last of them.
    """

    category = "loss"
    formula = "y = mean of Σ max(0, 1 - x[t] + x[c]) / C over right classes t and wrong ones c"
    keywords = ("hinge", "multi-label", "several classes", "tags", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)}, integers={"target": 4})

    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """(B, C) and class numbers (B, C), of which those from the first -1 on do not count."""
        batch, classes = _scores(x)
        whole("target", target)
        same_shape("target", target.type, "x", Type(x.shape, "int64"))
        square = (batch, classes, classes)
        is_end = ops.compare_number(target, 0, "less")
        ended = ops.where(is_end, ops.full_like(x, 1), ops.full_like(x, 0))  # 1 where it is -1, (B, T)
        ones = ops.broadcast_to(ops.full_like(ops.reshape(x, (batch, classes, 1)), 1), square)
        ends = ops.matmul(ops.causal_mask(ones, 0), ops.reshape(ended, (batch, classes, 1)))
        counts = ops.compare_number(ends, 1, "less")  # no -1 so far, (B, T, 1)
        flat = ops.reshape(counts, (batch, classes))
        known = ops.where(flat, target, ops.full_like(target, 0))
        nothing = ops.full_like(ones, 0)
        named = ops.compare_number(ops.one_hot(known, classes), 1, "equal")  # (B, T, C)
        named = ops.where(named, ops.where(counts, ones, nothing), nothing)
        right = ops.compare_number(ops.max(named, (1,), True), 1, "equal")  # (B, 1, C)
        scores = ops.reshape(ops.take_along(x, known, 1), (batch, classes, 1))
        missing = ops.subtract(ops.reshape(x, (batch, 1, classes)), scores)  # (B, 1, C) - (B, T, 1)
        missing = ops.relu(ops.offset(missing, 1))
        missing = ops.where(right, ops.full_like(missing, 0), missing)
        missing = ops.where(counts, missing, ops.full_like(missing, 0))
        return reduced(ops.mean(ops.sum(missing, (2,)), (1,)), self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.multilabel_margin_loss."""
        return Spelling(apply=f"F.multilabel_margin_loss({{x}}, {{target}}{reduction_of(self.reduction)})")


class MultiLabelSoftMarginLoss(Layer):
    """How little the scores believe in the right yes or no of each class, averaged over the classes.

    It is BCEWithLogitsLoss but that without reduction there is one number for each example.
    """

    category = "loss"
    formula = "y = mean of -weight · (target · ln σ(x) + (1 - target) · ln(1 - σ(x)))"
    keywords = ("multi-label", "several classes", "tags", "logistic", "binary cross-entropy", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)}, probabilities=("target",))

    weight: str = argument(default="", form=NUMBERS, help=LAST_HELP)
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape, the classes along the last axis."""
        type_ = real("x", x)
        axes_at_least("x", type_, 1, "classes last")
        same_shape("target", real("target", target), "x", type_)
        yes = ops.multiply(target, ops.softplus(ops.scale(x, -1)))
        rest = ops.offset(ops.scale(target, -1), 1)
        each = ops.add(yes, ops.multiply(rest, ops.softplus(x)))
        each = times_last("weight", self.weight, each)
        return reduced(ops.mean(each, (type_.rank - 1,)), self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.multilabel_soft_margin_loss."""
        weight = "" if self.weight == "" else f", weight={weight_text(self.weight)}"
        given = f"{weight}{reduction_of(self.reduction)}"
        return Spelling(apply=f"F.multilabel_soft_margin_loss({{x}}, {{target}}{given})")


def _scores(x: Ref) -> tuple[Dim, Dim]:
    if real("x", x).rank != 2:
        raise ShapeError("x", tr("expected a score for each class (B×C), got {x}", x=x.type))
    batch, classes = x.shape
    return batch, classes
