"""Normalisation as chains: sums over the axes in one pass, then what is made of them in the next."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from .formulas import Operation
from .view import View

if TYPE_CHECKING:
    from .lowering import Lowering


LARGEST = 2.0**128 - 2.0**104
"""The largest float32."""


def moments(lowering: "Lowering", x: View, axes: Sequence[int], mean: View, variance: View) -> None:
    """Fills the mean and the biased variance, whose axes stay as 1, in one pass over x.

    Sums of x - s and of its square: without a shift a large mean would leave nothing of a small variance
    (Chan, Golub and LeVeque 1983). The shift s is the middle one of three elements along the axes, none at
    an edge, so that a border, a corner or a single element unlike all others is seldom taken for it. Were it
    infinite, an infinite mean would become NaN.
    """
    count = prod(x.shape[axis] for axis in axes)
    shift = _middle(lowering, *(_element(x, axes, quarter) for quarter in (1, 2, 3)))
    shift = lowering.step(("clamp", (-LARGEST, LARGEST)), shift)
    moved = lowering.step(("subtract", ()), x, shift)
    offset = lowering.like(mean)
    first = lowering.summed(moved, offset, 1 / count)
    lowering.summed(lowering.step(("square", ()), moved), variance, 1 / count, less=first)
    lowering.step_into(mean, ("add", ()), offset, shift)


def _element(x: View, axes: Sequence[int], quarter: int) -> View:
    """The element that stands so many quarters of the way along each of the axes."""
    middles = {axis: x.shape[axis] * quarter // 4 for axis in axes}
    shape = tuple(1 if axis in middles else size for axis, size in enumerate(x.shape))
    offset = x.offset + sum(index * x.strides[axis] for axis, index in middles.items())
    return replace(x, shape=shape, offset=offset)


def _middle(lowering: "Lowering", a: View, b: View, c: View) -> View:
    """max(min(a, b), min(max(a, b), c))."""
    if b in (a, c):
        return b
    low, high = lowering.step(("minimum", ()), a, b), lowering.step(("maximum", ()), a, b)
    return lowering.step(("maximum", ()), low, lowering.step(("minimum", ()), high, c))


def normalise(
    lowering: "Lowering", x: View, axes: Sequence[int], eps: float, y: View, mean: View, variance: View
) -> tuple[View, View, View]:
    """y = (x - mean)/√(variance + eps); what of it makes y again: x, the mean, and 1/√(variance + eps)."""
    moments(lowering, x, axes, mean, variance)
    inverse = _inverse_deviation(lowering, variance, eps)
    standardised(lowering, x, mean, inverse, y)
    return x, mean, inverse


def standardised(lowering: "Lowering", x: View, mean: View, inverse: View, y: View) -> View:
    """y = (x - mean) · inverse."""
    lowering.step_into(y, ("multiply", ()), lowering.step(("subtract", ()), x, mean), inverse)
    return y


def normalise_gradient(
    lowering: "Lowering",
    y: Callable[[], View],
    variance: View,
    dy: Callable[[], View],
    axes: Sequence[int],
    eps: float,
    dx: View,
    *,
    sums: tuple[View | None, View | None] = (None, None),
    factor: View | None = None,
) -> None:
    """dx = factor · (dy - mean(dy) - y·mean(y·dy))/√(variance + eps).

    `sums` are those of dy and of y·dy where they are known already, like the variance. `y` and `dy` tell
    where these stand: once the sums are there they may be made again.
    """
    count = prod(dx.shape[axis] for axis in axes)
    common, along = (_mean(lowering, total, 1 / count) for total in sums)
    if common is None:
        common = lowering.like(variance)
        lowering.summed(dy(), common, 1 / count)
    if along is None:
        along = lowering.like(variance)
        lowering.summed(lowering.step(("multiply", ()), y(), dy()), along, 1 / count)
    inverse = _inverse_deviation(lowering, variance, eps)
    if factor is not None:
        inverse = lowering.step(("multiply", ()), inverse, factor)
    lowering.chains.close(along.memory)
    taken = lowering.step(("add", ()), lowering.step(("multiply", ()), y(), along), common)
    lowering.step_into(dx, ("multiply", ()), lowering.step(("subtract", ()), dy(), taken), inverse)


def _mean(lowering: "Lowering", total: View | None, share: float) -> View | None:
    return None if total is None else lowering.step(("scale", (share,)), total)


def _inverse_deviation(lowering: "Lowering", variance: View, eps: float) -> View:
    deviation: Sequence[Operation] = [("offset", (eps,)), ("root", ()), ("reciprocal", ())]
    value = variance
    for operation in deviation:
        value = lowering.step(operation, value)
    return value
