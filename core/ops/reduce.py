"""Sums, means and extremes over axes, and broadcasting, which is the sum's mirror image."""

from collections.abc import Sequence
from math import prod

import numpy as np

from ..dim import Dim
from ..types import Shape, Type, broadcast
from .primitive import Array, Primitive, Ref, Step, apply
from .shape import reshape

Axes = tuple[int, ...]


def sum(x: Ref, axes: Sequence[int], keepdims: bool = False) -> Ref:
    """The sum over axes, which stay as 1 or go."""
    return apply("sum", x, axes=tuple(axes), keepdims=keepdims)[0]


def mean(x: Ref, axes: Sequence[int], keepdims: bool = False) -> Ref:
    """The mean over axes, which stay as 1 or go."""
    return apply("mean", x, axes=tuple(axes), keepdims=keepdims)[0]


def max(x: Ref, axes: Sequence[int], keepdims: bool = False) -> Ref:
    """The greatest along axes, which stay as 1 or go; equals share the gradient."""
    return apply("max", x, axes=tuple(axes), keepdims=keepdims)[0]


def min(x: Ref, axes: Sequence[int], keepdims: bool = False) -> Ref:
    """The least along axes, which stay as 1 or go; equals share the gradient."""
    return apply("min", x, axes=tuple(axes), keepdims=keepdims)[0]


def broadcast_to(x: Ref, shape: Shape) -> Ref:
    """Copies along axes of size 1 and along new axes in front."""
    return x if x.shape == shape else apply("broadcast_to", x, shape=tuple(shape))[0]


def sum_to(x: Ref, shape: Shape) -> Ref:
    """The gradient of broadcasting: what came from one element is summed."""
    if x.shape == shape:
        return x
    lead = len(x.shape) - len(shape)
    spread = [i for i, dim in enumerate(shape, lead) if dim == 1 and x.shape[i] != 1]
    axes = (*range(lead), *spread)
    return reshape(sum(x, axes), shape) if axes else x


class _Reduction(Primitive):
    """One value for all elements along `axes`, which are not negative."""

    def types(self, x: Type, *, axes: Axes, keepdims: bool) -> tuple[Type, ...]:
        return (x.with_shape(_reduced(x.shape, axes, keepdims)),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        shape, axes = step.inputs[0].shape, step.settings["axes"]
        kept = reshape(dy, _reduced(shape, axes, True))
        return (apply(f"{self.name}_grad", kept, shape=shape)[0],)


class _Sum(_Reduction):
    """y = Σ x over the axes."""

    name = "sum"

    def reference(self, x: Array, *, axes: Axes, keepdims: bool) -> tuple[Array, ...]:
        return (np.asarray(np.sum(x, axis=axes, keepdims=keepdims)),)


class _Mean(_Reduction):
    """y = (Σ x over the axes) / their number of elements."""

    name = "mean"

    def reference(self, x: Array, *, axes: Axes, keepdims: bool) -> tuple[Array, ...]:
        # The mean of nothing is NaN, without the warning that np.mean gives.
        total = np.sum(x, axis=axes, keepdims=keepdims)
        return (np.asarray(total / total.dtype.type(prod(x.shape[axis] for axis in axes))),)


class _Extreme(_Reduction):
    """The greatest or the least over the axes."""

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        x, axes = step.inputs[0], step.settings["axes"]
        kept = _reduced(x.shape, axes, True)
        found, given = reshape(step.outputs[0], kept), reshape(dy, kept)
        return (apply("extreme_grad", x, found, given, axes=axes)[0],)


class _Max(_Extreme):
    """y = max x over the axes; NaN where one is NaN."""

    name = "max"

    def reference(self, x: Array, *, axes: Axes, keepdims: bool) -> tuple[Array, ...]:
        return (np.asarray(np.max(x, axis=axes, keepdims=keepdims)),)


class _Min(_Extreme):
    """y = min x over the axes; NaN where one is NaN."""

    name = "min"

    def reference(self, x: Array, *, axes: Axes, keepdims: bool) -> tuple[Array, ...]:
        return (np.asarray(np.min(x, axis=axes, keepdims=keepdims)),)


class _ExtremeGrad(Primitive):
    """dx = dy / n at the n elements that equal y, 0 elsewhere; y and dy have size 1 along the axes."""

    name = "extreme_grad"

    def types(self, x: Type, y: Type, dy: Type, *, axes: Axes) -> tuple[Type, ...]:
        return (x,)

    def reference(self, x: Array, y: Array, dy: Array, *, axes: Axes) -> tuple[Array, ...]:
        taken = (x == y).astype(x.dtype)
        with np.errstate(invalid="ignore"):  # NaN equals nothing, not even itself
            return (taken * (dy / taken.sum(axis=axes, keepdims=True)),)


class _Spread(Primitive):
    """The input copied along its axes of size 1 and along new axes in front."""

    def types(self, x: Type, *, shape: Shape) -> tuple[Type, ...]:
        broadcast(x.shape, shape)
        return (x.with_shape(shape),)

    def reference(self, x: Array, *, shape: tuple[int, ...]) -> tuple[Array, ...]:
        return (np.broadcast_to(x, shape).copy(),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (sum_to(dy, step.inputs[0].shape),)


class _BroadcastTo(_Spread):
    """y[i] = x[0 where x has size 1, else i]."""

    name = "broadcast_to"


class _SumGrad(_Spread):
    """dx = dy, copied along the axes that were summed."""

    name = "sum_grad"


class _MeanGrad(_Spread):
    """dx = dy / n, copied along the axes that were averaged."""

    name = "mean_grad"

    def reference(self, x: Array, *, shape: tuple[int, ...]) -> tuple[Array, ...]:
        count = prod(shape) // (prod(x.shape) or 1)
        return (np.broadcast_to(x / x.dtype.type(count), shape).copy(),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        shape = step.inputs[0].shape
        axes = tuple(i for i, dim in enumerate(shape) if dim != step.settings["shape"][i])
        return (mean(dy, axes, keepdims=True),)


def _reduced(shape: Shape, axes: Axes, keepdims: bool) -> Shape:
    one: Dim = 1
    if keepdims:
        return tuple(one if axis in axes else dim for axis, dim in enumerate(shape))
    return tuple(dim for axis, dim in enumerate(shape) if axis not in axes)
