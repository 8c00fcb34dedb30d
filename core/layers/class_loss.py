"""How little the network believes in the right class."""

from math import isfinite

from .. import ops
from ..condition import agree
from ..dim import text
from ..expression import ExpressionError
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .argument import TextForm
from .demands import axes_at_least, real, whole
from .layer import ArgumentError, Example, Layer, argument
from .loss import REDUCTION_HELP, REDUCTIONS, reduced
from .spelling import Spelling


def numbers_in(listed: str) -> tuple[float, ...]:
    """The numbers of a text with commas between them. ExpressionError where one is none."""
    if not listed.strip():
        return ()
    found: list[float] = []
    column = 0
    for part in listed.split(","):
        try:
            number = float(part)
        except ValueError:
            number = float("nan")
        if not isfinite(number):
            message = tr("expected numbers with commas between them, got {part}", part=repr(part))
            raise ExpressionError(message, column)
        found.append(number)
        column += len(part) + 1
    return tuple(found)


_WEIGHTS = TextForm(numbers_in, lambda source: ())
_WEIGHT_HELP = "How much each class counts, with commas between them (1, 1, 5); empty counts all alike"


class CrossEntropyLoss(Layer):
    """How little the network believes in the right class, averaged: the loss of classification.

    x holds a score for each class along axis 1 (softmax is built in), target the number of the right class.
    """

    category = "loss"
    formula = "y = mean of -weight[target] · ln softmax(x)[target]"
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
    weight: str = argument(default="", form=_WEIGHTS, help=_WEIGHT_HELP)
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Over the targets that count; the mean is divided by the sum of their weights."""
        weights = _checked(x, target, self.weight)
        if not weights and self.reduction == "mean":
            return ops.cross_entropy(x, target, self.ignore_index, self.label_smoothing)
        return _likelihood(
            ops.log_softmax(x, 1), target, weights, self.ignore_index, self.reduction, self.label_smoothing
        )

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.cross_entropy."""
        smoothing = "" if self.label_smoothing == 0.0 else f", label_smoothing={self.label_smoothing}"
        return _spelled("cross_entropy", self.weight, self.ignore_index, self.reduction, smoothing)


class NLLLoss(Layer):
    """How little the log-probabilities of x say of the right class, averaged; put LogSoftmax before it.

    CrossEntropyLoss is both in one.
    """

    category = "loss"
    formula = "y = mean of -weight[target] · x[target]"
    keywords = ("negative log likelihood", "classification", "criterion")
    example = Example(inputs={"x": (4, 5), "target": (4,)}, integers={"target": 5})

    ignore_index: int = argument(default=-100, help="Targets of this number do not count")
    weight: str = argument(default="", form=_WEIGHTS, help=_WEIGHT_HELP)
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Over the targets that count; the mean is divided by the sum of their weights."""
        weights = _checked(x, target, self.weight)
        if not weights and self.reduction == "mean":
            return ops.nll(x, target, self.ignore_index)
        return _likelihood(x, target, weights, self.ignore_index, self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.nll_loss."""
        return _spelled("nll_loss", self.weight, self.ignore_index, self.reduction)


def _checked(x: Ref, target: Ref, weight: str) -> tuple[float, ...]:
    """The weights, one a class; ShapeError or ArgumentError where inputs or weights do not fit."""
    axes_at_least("x", real("x", x), 2, "batch and classes")
    whole("target", target)
    _check_target(target.type, x.type)
    weights = numbers_in(weight)
    if weights and not agree(len(weights), x.shape[1]):
        classes = text(x.shape[1])
        raise ArgumentError(
            "weight",
            tr(
                "expected a number for each of the {classes} classes, got {count}",
                classes=classes,
                count=len(weights),
            ),
        )
    return weights


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


def _spelled(function: str, weight: str, ignored: int, reduction: str, more: str = "") -> Spelling:
    given = f", weight={{x}}.new_tensor([{weight}])" if weight != "" else ""
    given += "" if ignored == -100 else f", ignore_index={ignored}"
    given += more + ("" if reduction == "mean" else f', reduction="{reduction}"')
    return Spelling(apply=f"F.{function}({{x}}, {{target}}{given})")


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
