"""Adaptive pooling: means and maxima of windows chosen so that the result has the size asked for.

Along an axis of S elements, window p of P begins at ⌊p*S/P⌋ and ends before ⌈(p+1)*S/P⌉.
Letters: N batch, C channels, S spatial axes, P windows.
"""

from collections.abc import Sequence
from math import prod

import numpy as np

from ..dim import Dim
from ..types import Shape, Type
from .primitive import Array, Primitive, Ref, Step, apply


def adaptive_avg_pool(x: Ref, size: Sequence[Dim]) -> Ref:
    """Means of `size` windows that cover each spatial axis as evenly as whole numbers allow."""
    return apply("adaptive_avg_pool", x, size=tuple(size))[0]


def adaptive_max_pool(x: Ref, size: Sequence[Dim]) -> tuple[Ref, Ref]:
    """The greatest of each such window, and its place in the plane in reading order: the first of equals."""
    y, index = apply("adaptive_max_pool", x, size=tuple(size))
    return y, index


class _AdaptiveAvgPool(Primitive):
    """y[n, c, p] = the mean of x[n, c, ⌊p*S/P⌋ … ⌈(p+1)*S/P⌉ - 1], along each spatial axis."""

    name = "adaptive_avg_pool"

    def types(self, x: Type, *, size: Shape) -> tuple[Type, ...]:
        return (x.with_shape((*x.shape[:2], *size)),)

    def reference(self, x: Array, *, size: Sequence[int]) -> tuple[Array, ...]:
        for axis, (n, windows) in enumerate(zip(x.shape[2:], size, strict=True), 2):
            first, stop = bounds(n, windows)
            x = range_sums(x, first, stop, axis) / along(stop - first, axis, x)
        return (x,)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("adaptive_avg_pool_grad", dy, size=step.inputs[0].shape[2:])[0],)


class _AdaptiveAvgPoolGrad(Primitive):
    """dx[n, c, i] = Σ dy[n, c, p] / p's size over the windows p that i lies in."""

    name = "adaptive_avg_pool_grad"

    def types(self, dy: Type, *, size: Shape) -> tuple[Type, ...]:
        return (dy.with_shape((*dy.shape[:2], *size)),)

    def reference(self, dy: Array, *, size: Sequence[int]) -> tuple[Array, ...]:
        for axis, (windows, n) in enumerate(zip(dy.shape[2:], size, strict=True), 2):
            first, stop = bounds(n, windows)
            share = dy / along(stop - first, axis, dy)
            # An element's windows follow each other too: the mirror image of the forward.
            places = np.arange(n)
            earliest = np.searchsorted(stop, places, "right")
            dy = range_sums(share, earliest, np.searchsorted(first, places, "right"), axis)
        return (dy,)


class _AdaptiveMaxPool(Primitive):
    """y[n, c, p] = the greatest of x[n, c, ⌊p*S/P⌋ … ⌈(p+1)*S/P⌉ - 1], along each spatial axis."""

    name = "adaptive_max_pool"

    def types(self, x: Type, *, size: Shape) -> tuple[Type, ...]:
        shape = (*x.shape[:2], *size)
        return x.with_shape(shape), Type(shape, "int64")

    def reference(self, x: Array, *, size: Sequence[int]) -> tuple[Array, ...]:
        places = x.shape[2:]
        index = np.broadcast_to(np.arange(prod(places)).reshape(places), x.shape)
        # The last axis first: of equals the first row's wins, and within it the first place.
        for axis in range(x.ndim - 1, 1, -1):
            x, index = _greatest(x, index, axis, *bounds(x.shape[axis], size[axis - 2]))
        return x, np.ascontiguousarray(index, np.int64)

    def backward(self, step: Step, dy: Ref | None, dindex: None) -> Sequence[Ref | None]:
        assert dy is not None
        return (apply("max_pool_grad", step.outputs[1], dy, size=step.inputs[0].shape[2:])[0],)


def _greatest(x: Array, index: Array, axis: int, first: Array, stop: Array) -> tuple[Array, Array]:
    """The greatest of each range along the axis, and what `index` says of it."""
    y, found = np.take(x, first, axis), np.take(index, first, axis)
    for tap in range(1, int((stop - first).max())):
        place = np.minimum(first + tap, stop - 1)
        value = np.take(x, place, axis)
        taken = (value > y) | (value != value)
        np.copyto(y, value, where=taken)
        np.copyto(found, np.take(index, place, axis), where=taken)
    return y, found


def bounds(size: int, windows: int) -> tuple[Array, Array]:
    """The first element of each window, and the one after its last."""
    places = np.arange(windows)
    return places * size // windows, -(-(places + 1) * size // windows)


def range_sums(x: Array, first: Array, stop: Array, axis: int) -> Array:
    """Sums of x[first[i] … stop[i]-1] along an axis; ranges may overlap, none is empty."""
    pads = [(0, 0)] * x.ndim
    pads[axis] = (0, 1)  # so that an end of `size` is a place
    bounds = np.stack([first, stop], 1).reshape(-1)
    sums = np.add.reduceat(np.pad(x, pads), bounds, axis)
    return np.ascontiguousarray(np.take(sums, np.arange(len(first)) * 2, axis))


def along(values: Array, axis: int, like: Array) -> Array:
    """The values as an array that broadcasts along the axis."""
    return values.astype(like.dtype).reshape(-1, *(1,) * (like.ndim - axis - 1))
