"""Images brought to another size: each pixel a copy of the nearest one, or a mixture of two or four.

Along an axis of S elements, P come out. Letters: N batch, C channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal as OneOf

import numpy as np

from ..dim import Dim
from ..types import Shape, Type
from .adaptive import along, range_sums
from .primitive import Array, Primitive, Ref, Step, apply

Mode = OneOf["nearest", "nearest-exact", "linear", "cubic"]


def resample(x: Ref, size: Sequence[Dim], mode: Mode, align_corners: bool = False) -> Ref:
    """(N, C, S…) -> (N, C, P…). With `align_corners` the first and last elements stay where they are."""
    settings: dict[str, Any] = {"mode": mode, "align_corners": align_corners}
    return apply("resample", x, size=tuple(size), **settings)[0]


class _Resample(Primitive):
    """y[p] = x[⌊p*S/P⌋], or a weighted sum of x around the place of p, along each spatial axis.

    The place is (p + 1/2) S/P - 1/2, for the linear mode at least 0; with `align_corners` it is
    p (S - 1)/(P - 1). nearest-exact takes x[⌊(p + 1/2) S/P⌋]. The cubic weights are Keys' (1981, equation 15
    with a = -0.75), and what is beyond the edge is as at the edge.
    """

    name = "resample"

    def types(self, x: Type, *, size: Shape, **settings: Any) -> tuple[Type, ...]:
        return (x.with_shape((*x.shape[:2], *size)),)

    def reference(
        self, x: Array, *, size: Sequence[int], mode: Mode, align_corners: bool
    ) -> tuple[Array, ...]:
        for axis, (n, count) in enumerate(zip(x.shape[2:], size, strict=True), 2):
            if mode == "cubic":
                x = _mixed(x, n, count, align_corners, axis)
                continue
            places = places_of(n, count, mode, align_corners)
            y = np.take(x, places.first, axis)
            if mode == "linear":
                weight = along(places.weight, axis, x)
                y = y * (1 - weight) + np.take(x, places.second, axis) * weight
            x = y
        return (x,)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        settings = {**step.settings, "size": step.inputs[0].shape[2:]}
        return (apply("resample_grad", dy, **settings)[0],)


class _ResampleGrad(Primitive):
    """dx[i] = Σ dy[p] times the share that i has in p."""

    name = "resample_grad"

    def types(self, dy: Type, *, size: Shape, **settings: Any) -> tuple[Type, ...]:
        return (dy.with_shape((*dy.shape[:2], *size)),)

    def reference(
        self, dy: Array, *, size: Sequence[int], mode: Mode, align_corners: bool
    ) -> tuple[Array, ...]:
        for axis, (count, n) in enumerate(zip(dy.shape[2:], size, strict=True), 2):
            if mode == "cubic":
                dy = _shared(dy, n, count, align_corners, axis)
                continue
            places = places_of(n, count, mode, align_corners)
            if mode != "linear":
                dy = _sums(dy, places.first, n, axis)
                continue
            weight = along(places.weight, axis, dy)
            first = _sums(dy * (1 - weight), places.first, n, axis)
            dy = first + _sums(dy * weight, places.second, n, axis)
        return (dy,)


@dataclass(frozen=True)
class Places:
    """For each element that comes out the two that it is made of, and the weight of the second."""

    first: Array
    second: Array
    weight: Array


def places_of(size: int, count: int, mode: Mode, align_corners: bool) -> Places:
    """What each of `count` elements is made of where `size` are given, in any mode but the cubic one."""
    steps = np.arange(count)
    if mode != "linear":
        nearest = steps * size // count if mode == "nearest" else (2 * steps + 1) * size // (2 * count)
        return Places(nearest, nearest, np.zeros(count))
    if align_corners:
        at = steps * ((size - 1) / (count - 1) if count > 1 else 0.0)
    else:
        at = np.maximum((steps + 0.5) * (size / count) - 0.5, 0)
    first = np.minimum(at.astype(np.int64), size - 1)
    return Places(first, np.minimum(first + 1, size - 1), at - first)


def _sums(x: Array, owners: Array, size: int, axis: int) -> Array:
    """The sum for each of `size` owners of what they own along the axis; the owners do not decrease."""
    places = np.arange(size)
    first, stop = np.searchsorted(owners, places, "left"), np.searchsorted(owners, places, "right")
    sums = range_sums(x, first, stop, axis)
    return np.where(along(stop > first, axis, x) > 0, sums, x.dtype.type(0))


def taps_of(size: int, count: int, align_corners: bool) -> list[tuple[Array, Array]]:
    """The four elements that each of `count` is made of, and their weights."""
    steps = np.arange(count)
    if align_corners:
        at = steps * ((size - 1) / (count - 1) if count > 1 else 0.0)
    else:
        at = (steps + 0.5) * (size / count) - 0.5
    first = np.floor(at).astype(np.int64)
    return [
        (np.clip(first + offset, 0, size - 1), _cubic(np.abs(at - first - offset)))
        for offset in (-1, 0, 1, 2)
    ]


def _cubic(far: Array) -> Array:
    """Keys' weight of an element this far from the place, which is at most 2."""
    a = -0.75
    near = ((a + 2) * far - (a + 3)) * far * far + 1
    return np.asarray(np.where(far <= 1, near, ((far - 5) * far + 8) * far * a - 4 * a))


def _mixed(x: Array, size: int, count: int, align_corners: bool, axis: int) -> Array:
    parts = [np.take(x, i, axis) * along(w, axis, x) for i, w in taps_of(size, count, align_corners)]
    return np.asarray(sum(parts))


def _shared(dy: Array, size: int, count: int, align_corners: bool, axis: int) -> Array:
    """The gradient of `_mixed`: each element's share of what it is mixed into."""
    given = np.moveaxis(dy, axis, 0)
    dx = np.zeros((size, *given.shape[1:]), dy.dtype)
    for elements, weight in taps_of(size, count, align_corners):
        np.add.at(dx, elements, given * along(weight, 0, given))
    return np.ascontiguousarray(np.moveaxis(dx, 0, axis))
