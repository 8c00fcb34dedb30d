"""How wrong the network is, as one number to go down."""

from .. import ops
from ..ops.primitive import Ref
from ..text import tr
from ..types import Type
from .class_weights import LAST_HELP, NUMBERS, times_last, weight_text
from .demands import real, same_shape
from .layer import ArgumentError, Example, Layer, argument
from .spelling import Spelling

REDUCTIONS = ("mean", "sum", "none")
"""What is made of the single losses."""

REDUCTION_HELP = "One number, their sum, or each by itself"
"""What the inspector says of them."""


class MSELoss(Layer):
    """The mean of the squared differences: the loss for predicting numbers (regression)."""

    category = "loss"
    formula = "y = mean of (x - target)²"
    keywords = ("mean squared error", "L2 loss", "regression", "least squares", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)})

    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        difference = ops.subtract(x, target)
        return reduced(ops.multiply(difference, difference), self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.mse_loss."""
        return _spelled("mse_loss", self.reduction)


class L1Loss(Layer):
    """The mean of the absolute differences: for predicting numbers where a few may be far off."""

    category = "loss"
    formula = "y = mean of |x - target|"
    keywords = ("mean absolute error", "MAE", "regression", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)})

    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        return reduced(ops.absolute(ops.subtract(x, target)), self.reduction)

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
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        far = ops.absolute(ops.subtract(x, target))
        if self.beta > 0:
            near = ops.clamp(far, high=self.beta)
            # near (far - near/2) / beta is far²/(2 beta) up to beta, and far - beta/2 from there on.
            far = ops.scale(ops.multiply(near, ops.subtract(far, ops.scale(near, 0.5))), 1 / self.beta)
        return reduced(far, self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.smooth_l1_loss."""
        return _spelled("smooth_l1_loss", self.reduction, "" if self.beta == 1.0 else f", beta={self.beta}")


class HuberLoss(Layer):
    """Half the squared difference where it is small, the absolute one where it is large.

    SmoothL1Loss times delta.
    """

    category = "loss"
    formula = "y = mean of d²/2 where d = |x - target| < delta, else delta · (d - delta/2)"
    keywords = ("robust regression", "smooth L1", "outliers", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)}, arguments={"delta": 0.75})

    delta: float = argument(default=1.0, help="The difference up to which it is squared; above 0")
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        if self.delta <= 0:
            raise ArgumentError("delta", tr("expected a number above 0, got {delta}", delta=self.delta))
        far = ops.absolute(ops.subtract(x, target))
        near = ops.clamp(far, high=self.delta)
        # near (far - near/2) is far²/2 up to delta, and delta (far - delta/2) from there on.
        return reduced(ops.multiply(near, ops.subtract(far, ops.scale(near, 0.5))), self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.huber_loss."""
        return _spelled("huber_loss", self.reduction, "" if self.delta == 1.0 else f", delta={self.delta}")


class BCELoss(Layer):
    """How little the probabilities in x say of the right yes or no, averaged; put Sigmoid before it.

    BCEWithLogitsLoss is both in one, and does not round. Logarithms stop at -100, and at probabilities of
    exactly 0 and 1 no gradient passes.
    """

    category = "loss"
    formula = "y = mean of -weight · (target · ln x + (1 - target) · ln(1 - x))"
    keywords = ("binary cross-entropy", "multi-label", "GAN", "criterion")
    example = Example(inputs={"x": (3, 4), "target": (3, 4)}, probabilities=("x", "target"))

    weight: str = argument(default="", form=NUMBERS, help=LAST_HELP)
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        yes = ops.multiply(target, _bounded_log(x))
        no = ops.multiply(_rest(target), _bounded_log(_rest(x)))
        each = ops.scale(ops.add(yes, no), -1)
        return reduced(times_last("weight", self.weight, each), self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.binary_cross_entropy."""
        return _spelled("binary_cross_entropy", self.reduction, _given("weight", self.weight))


class BCEWithLogitsLoss(Layer):
    """How little the network believes in the right yes or no, averaged; sigmoid is built in.

    Each number of x is a score of its own; target is 1 for yes and 0 for no, or a probability between.
    """

    category = "loss"
    formula = "y = mean of -weight · (pos_weight · t · ln σ(x) + (1 - t) · ln(1 - σ(x)))"
    keywords = ("binary cross-entropy", "BCE", "sigmoid loss", "multi-label", "GAN", "criterion")
    example = Example(
        inputs={"x": (3, 4), "target": (3, 4)}, arguments={"pos_weight": "2"}, positive=("target",)
    )

    weight: str = argument(default="", form=NUMBERS, help=LAST_HELP)
    pos_weight: str = argument(
        default="",
        form=NUMBERS,
        help="How much more a yes counts than a no: one number, or one for each class along the last axis",
    )
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        missed = ops.multiply(target, ops.softplus(ops.scale(x, -1)))
        missed = times_last("pos_weight", self.pos_weight, missed)
        each = ops.add(missed, ops.multiply(_rest(target), ops.softplus(x)))
        return reduced(times_last("weight", self.weight, each), self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.binary_cross_entropy_with_logits."""
        weights = _given("weight", self.weight) + _given("pos_weight", self.pos_weight)
        return _spelled("binary_cross_entropy_with_logits", self.reduction, weights)


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
        choices=("batchmean", "mean", "sum", "none"),
        help="The sum for each example averaged over the batch, the mean or sum of all, or each by itself",
    )

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        type_ = real("x", x)
        same_shape("target", real("target", target), "x", type_)
        if self.log_target:
            probability, logarithm = ops.exp(target), target
        else:
            nothing = ops.compare_number(ops.absolute(target), _LEAST, "less")
            safe = ops.where(nothing, ops.full_like(target, _LEAST), target)  # 0 · ln 0 is to be 0
            probability, logarithm = target, ops.log(safe)
        far = ops.multiply(probability, ops.subtract(logarithm, x))
        if self.reduction != "batchmean":
            return reduced(far, self.reduction)
        if not type_.rank:
            return far
        rest = tuple(range(1, type_.rank))
        return ops.mean(ops.sum(far, rest) if rest else far, (0,))

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.kl_div, whose mean, which is to change its meaning, is taken after it."""
        logs = "" if self.log_target is False else f", log_target={self.log_target}"
        one, after = ("none", ".mean()") if self.reduction == "mean" else (self.reduction, "")
        return Spelling(apply=f'F.kl_div({{x}}, {{target}}, reduction="{one}"{logs}){after}')


_LEAST = 1e-37
"""What smaller probabilities are taken for in a logarithm, just above the least normal float32."""


def reduced(each: Ref, reduction: str) -> Ref:
    """The single losses, their sum, or their mean."""
    every = tuple(range(each.type.rank))
    if reduction == "none":
        return each
    return ops.sum(each, every) if reduction == "sum" else ops.mean(each, every)


def _spelled(function: str, reduction: str, settings: str = "") -> Spelling:
    if reduction != "mean":
        settings += f', reduction="{reduction}"'
    return Spelling(apply=f"F.{function}({{x}}, {{target}}{settings})")


def _given(keyword: str, listed: str) -> str:
    return "" if listed == "" else f", {keyword}={weight_text(listed)}"


def _rest(x: Ref) -> Ref:
    """1 - x."""
    return ops.offset(ops.scale(x, -1), 1)


def _bounded_log(x: Ref) -> Ref:
    """ln x, at least -100; the logarithm of 0, whose slope is infinite, is not taken."""
    zero = ops.compare_number(x, 0, "equal")
    logs = ops.log(ops.where(zero, ops.full_like(x, 1), x))
    return ops.where(zero, ops.full_like(x, -100), ops.clamp(logs, -100))


def reduction_of(reduction: str) -> str:
    """The keyword in PyTorch, where it is not the mean."""
    return "" if reduction == "mean" else f', reduction="{reduction}"'
