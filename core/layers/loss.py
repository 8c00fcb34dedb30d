"""How wrong the network is, as one number to go down."""

from .. import ops
from ..condition import agree
from ..dim import text
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import axes_at_least, real, same_shape, whole
from .layer import Example, Layer, argument
from .spelling import Spelling

REDUCTIONS = ("mean", "sum", "none")
"""What is made of the single losses."""

_REDUCTION_HELP = "One number, their sum, or each by itself"


class CrossEntropyLoss(Layer):
    """How little the network believes in the right class, averaged: the loss of classification.

    x holds a score for each class along axis 1 (softmax is built in), target the number of the right class.
    """

    category = "loss"
    formula = "y = mean of -ln softmax(x)[target]"
    keywords = ("classification", "log loss", "negative log likelihood", "softmax loss", "NLL", "criterion")
    example = Example(
        inputs={"x": (4, 5), "target": (4,)}, arguments={"label_smoothing": 0.1}, integers={"target": 5}
    )

    ignore_index: int = argument(default=-100, help="Targets of this number do not count")
    label_smoothing: float = argument(
        default=0.0,
        minimum=0.0,
        maximum=1.0,
        help="The part of the truth that is shared out among all classes",
    )

    def forward(self, x: Ref, target: Ref) -> Ref:
        """The mean over the targets that count."""
        axes_at_least("x", real("x", x), 2, "batch and classes")
        whole("target", target)
        _check_target(target.type, x.type)
        return ops.cross_entropy(x, target, self.ignore_index, self.label_smoothing)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.cross_entropy."""
        apply = "F.cross_entropy({x}, {target}"
        if self.ignore_index != -100:
            apply += f", ignore_index={self.ignore_index}"
        if self.label_smoothing != 0.0:
            apply += f", label_smoothing={self.label_smoothing}"
        return Spelling(apply=f"{apply})")


class MSELoss(Layer):
    """The mean of the squared differences: the loss for predicting numbers (regression)."""

    category = "loss"
    formula = "y = mean of (x - target)²"
    keywords = ("mean squared error", "L2 loss", "regression", "least squares", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)})

    reduction: str = argument(default="mean", choices=REDUCTIONS, help=_REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        difference = ops.subtract(x, target)
        return _reduced(ops.multiply(difference, difference), self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.mse_loss."""
        return _spelled("mse_loss", self.reduction)


class L1Loss(Layer):
    """The mean of the absolute differences: for predicting numbers where a few may be far off."""

    category = "loss"
    formula = "y = mean of |x - target|"
    keywords = ("mean absolute error", "MAE", "regression", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)})

    reduction: str = argument(default="mean", choices=REDUCTIONS, help=_REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        return _reduced(ops.absolute(ops.subtract(x, target)), self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.l1_loss."""
        return _spelled("l1_loss", self.reduction)


class SmoothL1Loss(Layer):
    """The squared difference where it is small, the absolute one where it is large: few outliers do no harm.

    Times beta it is the Huber loss.
    """

    category = "loss"
    formula = "y = mean of d²/(2·beta) where d = |x - target| < beta, else d - beta/2"
    keywords = ("Huber", "robust regression", "bounding box", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)}, arguments={"beta": 0.75})

    beta: float = argument(default=1.0, minimum=0.0, help="The difference up to which it is squared")
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=_REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        far = ops.absolute(ops.subtract(x, target))
        if self.beta > 0:
            near = ops.clamp(far, high=self.beta)
            # near (far - near/2) / beta is far²/(2 beta) up to beta, and far - beta/2 from there on.
            far = ops.scale(ops.multiply(near, ops.subtract(far, ops.scale(near, 0.5))), 1 / self.beta)
        return _reduced(far, self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.smooth_l1_loss."""
        return _spelled("smooth_l1_loss", self.reduction, "" if self.beta == 1.0 else f", beta={self.beta}")


class BCEWithLogitsLoss(Layer):
    """How little the network believes in the right yes or no, averaged; sigmoid is built in.

    Each number of x is a score of its own; target is 1 for yes and 0 for no, or a probability between.
    """

    category = "loss"
    formula = "y = mean of -(pos_weight · t · ln σ(x) + (1 - t) · ln(1 - σ(x)))"
    keywords = ("binary cross-entropy", "BCE", "sigmoid loss", "multi-label", "GAN", "criterion")
    example = Example(
        inputs={"x": (3, 4), "target": (3, 4)}, arguments={"pos_weight": 2.0}, positive=("target",)
    )

    pos_weight: float = argument(default=1.0, minimum=0.0, help="How much more a yes counts than a no")
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=_REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        missed = ops.multiply(target, ops.softplus(ops.scale(x, -1)))
        if self.pos_weight != 1:
            missed = ops.scale(missed, self.pos_weight)
        rest = ops.offset(ops.scale(target, -1), 1)
        return _reduced(ops.add(missed, ops.multiply(rest, ops.softplus(x))), self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.binary_cross_entropy_with_logits."""
        weight = "" if self.pos_weight == 1.0 else f", pos_weight={{x}}.new_tensor({self.pos_weight})"
        return _spelled("binary_cross_entropy_with_logits", self.reduction, weight)


class NLLLoss(Layer):
    """How little the log-probabilities of x say of the right class, averaged; put LogSoftmax before it.

    CrossEntropyLoss is both in one.
    """

    category = "loss"
    formula = "y = mean of -x[target]"
    keywords = ("negative log likelihood", "classification", "criterion")
    example = Example(inputs={"x": (4, 5), "target": (4,)}, integers={"target": 5})

    ignore_index: int = argument(default=-100, help="Targets of this number do not count")

    def forward(self, x: Ref, target: Ref) -> Ref:
        """The mean over the targets that count."""
        axes_at_least("x", real("x", x), 2, "batch and classes")
        whole("target", target)
        _check_target(target.type, x.type)
        return ops.nll(x, target, self.ignore_index)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.nll_loss."""
        ignored = "" if self.ignore_index == -100 else f", ignore_index={self.ignore_index}"
        return Spelling(apply=f"F.nll_loss({{x}}, {{target}}{ignored})")


class KLDivLoss(Layer):
    """How far the probabilities whose logarithms are in x stand from those of the target: for distillation.

    Put LogSoftmax before x, and Softmax (or, with log_target, LogSoftmax) before the target.
    """

    category = "loss"
    formula = "y = Σ target · (ln target - x) / N, N being the batch"
    keywords = ("Kullback-Leibler", "relative entropy", "distillation", "teacher", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)}, positive=("target",))

    log_target: bool = argument(default=False, help="Whether the target holds logarithms too")
    reduction: str = argument(
        default="batchmean",
        choices=("batchmean", "sum", "none"),
        help="The sum for each example averaged over the batch, the whole sum, or each number by itself",
    )

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        type_ = real("x", x)
        same_shape("target", real("target", target), "x", type_)
        if self.reduction == "batchmean":
            axes_at_least("x", type_, 1, "a batch")
        if self.log_target:
            probability, logarithm = ops.exp(target), target
        else:
            probability, logarithm = target, ops.log(ops.clamp(target, _LEAST))  # 0 · ln 0 is to be 0
        far = ops.multiply(probability, ops.subtract(logarithm, x))
        if self.reduction != "batchmean":
            return _reduced(far, self.reduction)
        rest = tuple(range(1, type_.rank))
        return ops.mean(ops.sum(far, rest) if rest else far, (0,))

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.kl_div."""
        logs = "" if self.log_target is False else f", log_target={self.log_target}"
        return Spelling(apply=f'F.kl_div({{x}}, {{target}}, reduction="{self.reduction}"{logs})')


_LEAST = 1e-37
"""What smaller probabilities are taken for in a logarithm, just above the least normal float32."""


def _reduced(each: Ref, reduction: str) -> Ref:
    every = tuple(range(each.type.rank))
    if reduction == "none":
        return each
    return ops.sum(each, every) if reduction == "sum" else ops.mean(each, every)


def _spelled(function: str, reduction: str, settings: str = "") -> Spelling:
    if reduction != "mean":
        settings += f', reduction="{reduction}"'
    return Spelling(apply=f"F.{function}({{x}}, {{target}}{settings})")


def _check_target(target: Type, x: Type) -> None:
    """ShapeError where the target is not a class number for each example, and each place, of x."""
    wanted = target.with_shape((x.shape[0], *x.shape[2:]))
    pairs = zip(target.shape, wanted.shape, strict=False)
    if target.rank != wanted.rank or not all(agree(a, b) for a, b in pairs):
        classes = f"a number below {text(x.shape[1])} for each example"
        raise ShapeError(
            "target",
            tr(
                "expected {wanted}, {classes} of x ({x}), got {target}",
                wanted=wanted,
                classes=classes,
                x=x,
                target=target,
            ),
        )
