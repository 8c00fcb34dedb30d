"""Normalisation: to mean 0 and variance 1 over some axes, and the running averages of BatchNorm."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dim import Dim
from ..types import Type
from .elementwise import add, multiply, scale, subtract
from .primitive import Array, Primitive, Ref, Step, apply
from .reduce import broadcast_to


def normalise(x: Ref, axes: Sequence[int], eps: float) -> tuple[Ref, Ref, Ref]:
    """(x - mean) / √(variance + eps) with the mean and the biased variance, whose axes stay as 1."""
    y, mean, variance = apply("normalise", x, axes=tuple(axes), eps=float(eps))
    return y, mean, variance


def running_average(old: Ref, new: Ref, momentum: float) -> Ref:
    """old + momentum * (new - old)."""
    return apply("running_average", old, new, momentum=float(momentum), count=0)[0]


def running_variance(old: Ref, biased: Ref, momentum: float, count: Dim) -> Ref:
    """The running average of the unbiased variance of `count` values, given the biased one."""
    return apply("running_average", old, biased, momentum=float(momentum), count=count)[0]


class _Normalise(Primitive):
    """y = (x - mean) / √(variance + eps), over the axes; the variance is Σ(x - mean)² / n."""

    name = "normalise"

    def types(self, x: Type, *, axes: tuple[int, ...], **settings: Any) -> tuple[Type, ...]:
        one: Dim = 1
        kept = x.with_shape(tuple(one if axis in axes else dim for axis, dim in enumerate(x.shape)))
        return x, kept, kept

    def reference(self, x: Array, *, axes: tuple[int, ...], eps: float) -> tuple[Array, ...]:
        mean = np.mean(x, axis=axes, keepdims=True)
        centred = x - mean
        variance = np.mean(np.square(centred), axis=axes, keepdims=True)
        return centred / np.sqrt(variance + x.dtype.type(eps)), mean, variance

    def backward(
        self, step: Step, dy: Ref | None, dmean: Ref | None, dvariance: Ref | None
    ) -> Sequence[Ref | None]:
        (x,) = step.inputs
        y, mean, variance = step.outputs
        parts: list[Ref] = []
        if dy is not None:
            parts.append(apply("normalise_grad", y, variance, dy, **step.settings)[0])
        if dmean is not None:
            parts.append(apply("mean_grad", dmean, shape=x.shape)[0])
        if dvariance is not None:
            spread = apply("mean_grad", dvariance, shape=x.shape)[0]
            parts.append(scale(multiply(subtract(x, broadcast_to(mean, x.shape)), spread), 2))
        total, *others = parts
        for part in others:
            total = add(total, part)
        return (total,)


class _NormaliseGrad(Primitive):
    """dx = (dy - mean(dy) - y * mean(y * dy)) / √(variance + eps)."""

    name = "normalise_grad"

    def types(self, y: Type, variance: Type, dy: Type, **settings: Any) -> tuple[Type, ...]:
        return (y,)

    def reference(
        self, y: Array, variance: Array, dy: Array, *, axes: tuple[int, ...], eps: float
    ) -> tuple[Array, ...]:
        common = np.mean(dy, axis=axes, keepdims=True)
        along = np.mean(y * dy, axis=axes, keepdims=True)
        return ((dy - common - y * along) / np.sqrt(variance + y.dtype.type(eps)),)


class _RunningAverage(Primitive):
    """y = old + momentum * (new * n/(n-1) - old), without the factor where the count n is 0; no gradient."""

    name = "running_average"

    def types(self, old: Type, new: Type, **settings: Any) -> tuple[Type, ...]:
        return (old,)

    def reference(self, old: Array, new: Array, *, momentum: float, count: int) -> tuple[Array, ...]:
        factor = old.dtype.type(count / (count - 1) if count > 1 else 1)
        rate = old.dtype.type(momentum)
        return ((1 - rate) * old + rate * (new * factor),)
