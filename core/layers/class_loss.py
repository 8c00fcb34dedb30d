"""How little the network believes in the right class."""

from typing import Any

from .. import ops
from ..condition import agree
from ..dim import text
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .class_weights import CLASS_HELP, NUMBERS, each_class
from .demands import axes_at_least, real, same_shape, whole
from .layer import Example, Layer, argument
from .loss import REDUCTION_HELP, REDUCTIONS, reduced
from .spelling import Spelling


class CrossEntropyLoss(Layer):
    """How little the network believes in the right class, averaged: the loss of classification.

    x holds a score for each class along axis 1 (softmax is built in), target the number of the right class,
    or, in x's shape, a probability for each class.
    """

    category = "loss"
    formula = "y = mean of -weight[target] · ln softmax(x)[target], or of -Σ target · weight · ln softmax(x)"
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
    weight: str = argument(default="", form=NUMBERS, help=CLASS_HELP)
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Over the targets that count; the mean is divided by the sum of their weights.

        Of probabilities all count, and the mean is that of the examples.
        """
        kept = (self.ignore_index, self.label_smoothing, self.reduction)
        return cross_entropy(x, target, self.weight, *kept)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.cross_entropy."""
        return Spelling(apply=spelled_cross_entropy(self, "{x}", target))


class NLLLoss(Layer):
    """How little the log-probabilities of x say of the right class, averaged; put LogSoftmax before it.

    CrossEntropyLoss is both in one.
    """

    category = "loss"
    formula = "y = mean of -weight[target] · x[target]"
    keywords = ("negative log likelihood", "classification", "criterion")
    example = Example(inputs={"x": (4, 5), "target": (4,)}, integers={"target": 5})

    ignore_index: int = argument(default=-100, help="Targets of this number do not count")
    weight: str = argument(default="", form=NUMBERS, help=CLASS_HELP)
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Over the targets that count; the mean is divided by the sum of their weights."""
        weights = _checked(x, target, self.weight)
        if not weights and self.reduction == "mean":
            return ops.nll(x, target, self.ignore_index)
        return _likelihood(x, target, weights, self.ignore_index, self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.nll_loss."""
        return Spelling(apply=_call("nll_loss", "{x}", self.weight, self.ignore_index, self.reduction))


def cross_entropy(
    x: Ref, target: Ref, weight: str, ignored: int, smoothing: float, reduction: str, scored: str = "x"
) -> Ref:
    """The loss of scores x, which are those of `scored`, against class numbers or probabilities.

    ShapeError or ArgumentError where inputs or weights do not fit.
    """
    axes_at_least("x", real("x", x), 2, "batch and classes")
    if probable(target.type, x.type):
        same_shape("target", target.type, scored, x.type)
        return _expected(
            ops.log_softmax(x, 1), target, each_class("weight", weight, x.shape[1]), reduction, smoothing
        )
    weights = _checked(x, target, weight, scored)
    if not weights and reduction == "mean":
        return ops.cross_entropy(x, target, ignored, smoothing)
    return _likelihood(ops.log_softmax(x, 1), target, weights, ignored, reduction, smoothing)


def probable(target: Type, x: Type) -> bool:
    """Whether the target holds a probability for each class, not the number of one."""
    return target.dtype == "float32" and target.rank == x.rank


def spelled_cross_entropy(layer: Any, scores: str, target: Type) -> str:
    """F.cross_entropy of these scores, with the settings of a layer that has CrossEntropyLoss's."""
    smoothing = "" if layer.label_smoothing == 0.0 else f", label_smoothing={layer.label_smoothing}"
    ignored: Any = -100 if target.dtype == "float32" else layer.ignore_index
    return _call("cross_entropy", scores, layer.weight, ignored, layer.reduction, smoothing)


def _checked(x: Ref, target: Ref, weight: str, scored: str = "x") -> tuple[float, ...]:
    """The weights, one a class; ShapeError or ArgumentError where inputs or weights do not fit."""
    axes_at_least("x", real("x", x), 2, "batch and classes")
    whole("target", target)
    _check_target(target.type, x.type, scored)
    return each_class("weight", weight, x.shape[1])


def _expected(logs: Ref, target: Ref, weights: tuple[float, ...], reduction: str, smoothing: float) -> Ref:
    """-(1 - ε) Σ target · w · logs - ε mean of w · logs, over the classes."""
    weighed = ops.scale_along(logs, weights, 1) if weights else logs
    each = ops.scale(ops.sum(ops.multiply(target, weighed), (1,)), -1)
    if smoothing:
        shared = ops.mean(weighed, (1,))
        each = ops.subtract(ops.scale(each, 1 - smoothing), ops.scale(shared, smoothing))
    return reduced(each, reduction)


def _likelihood(
    logs: Ref, target: Ref, weights: tuple[float, ...], ignored: int, reduction: str, smoothing: float = 0.0
) -> Ref:
    """-(1 - ε) w[t] logs[t] - ε mean of w · logs, over the targets t other than `ignored`."""
    counts = ops.compare_number(target, ignored, "not_equal")
    safe = ops.where(counts, target, ops.full_like(target, 0))
    places = ops.reshape(safe, (target.shape[0], 1, *target.shape[1:]))  # (N, S…) -> (N, 1, S…)
    weighed = ops.scale_along(logs, weights, 1) if weights else logs
    each = ops.scale(ops.take_along(weighed, places, 1), -1)
    if smoothing:
        shared = ops.mean(weighed, (1,), True)
        each = ops.subtract(ops.scale(each, 1 - smoothing), ops.scale(shared, smoothing))
    each = ops.reshape(each, target.shape)
    each = ops.where(counts, each, ops.full_like(each, 0))
    if reduction != "mean":
        return reduced(each, reduction)
    ones = ops.full_like(logs, 1)
    share = ops.take_along(ops.scale_along(ones, weights, 1) if weights else ones, places, 1)
    share = ops.reshape(share, target.shape)
    every = tuple(range(target.type.rank))
    total = ops.sum(ops.where(counts, share, ops.full_like(share, 0)), every)
    return ops.divide(ops.sum(each, every), total)


def _call(function: str, scores: str, weight: str, ignored: int, reduction: str, more: str = "") -> str:
    given = f", weight={{x}}.new_tensor([{weight}])" if weight != "" else ""
    given += "" if ignored == -100 else f", ignore_index={ignored}"
    given += more + ("" if reduction == "mean" else f', reduction="{reduction}"')
    return f"F.{function}({scores}, {{target}}{given})"


def _check_target(target: Type, x: Type, scored: str) -> None:
    """ShapeError where the target is not a class number for each example, and each place, of x."""
    wanted = target.with_shape((x.shape[0], *x.shape[2:]))
    pairs = zip(target.shape, wanted.shape, strict=False)
    if target.rank != wanted.rank or not all(agree(a, b) for a, b in pairs):
        classes = f"a number below {text(x.shape[1])} for each example"
        raise ShapeError(
            "target",
            tr(
                "expected {wanted}, {classes} of {scored} ({x}), got {target}",
                wanted=wanted,
                classes=classes,
                scored=scored,
                x=x,
                target=target,
            ),
        )
