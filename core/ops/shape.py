"""Operations that move elements and compute nothing: reshape, permute, slice, pad, concat."""

from collections.abc import Sequence
from typing import Any, Literal as OneOf

import numpy as np

from ..condition import agree, at_most
from ..dim import Dim, product, text
from ..text import tr
from ..types import Shape, ShapeError, Type
from .primitive import Array, Primitive, Ref, Step, apply

Pads = tuple[tuple[Dim, Dim], ...]
"""How many elements are added before and after, per axis."""

EdgeMode = OneOf["reflect", "replicate"]


def reshape(x: Ref, shape: Shape) -> Ref:
    """The same elements in reading order under another shape."""
    return x if x.shape == shape else apply("reshape", x, shape=tuple(shape))[0]


def permute(x: Ref, axes: Sequence[int]) -> Ref:
    """Axis i of the result is axis axes[i] of x."""
    return apply("permute", x, axes=tuple(axes))[0]


def slice(x: Ref, axis: int, start: Dim, stop: Dim, step: int = 1) -> Ref:
    """Every step-th element along an axis, from `start` to before `stop`; both within the axis."""
    return apply("slice", x, axis=axis, start=start, stop=stop, step=step)[0]


def flip(x: Ref, axes: Sequence[int]) -> Ref:
    """The elements in the opposite order along the axes."""
    return apply("flip", x, axes=tuple(axes))[0]


def pad(x: Ref, pads: Pads, value: float = 0.0) -> Ref:
    """A constant border."""
    return apply("pad", x, pads=tuple(pads), value=float(value))[0]


def pad_edge(x: Ref, axis: int, low: Dim, high: Dim, mode: EdgeMode) -> Ref:
    """A border along one axis made of the elements near it: mirrored without the edge, or the edge itself."""
    return apply("pad_edge", x, axis=axis, low=low, high=high, mode=mode)[0]


def concat(*xs: Ref, axis: int) -> Ref:
    """One after the other along an axis."""
    return xs[0] if len(xs) == 1 else apply("concat", *xs, axis=axis)[0]


class _Reshape(Primitive):
    """y holds x's elements in the same reading order."""

    name = "reshape"

    def types(self, x: Type, *, shape: Shape) -> tuple[Type, ...]:
        if not agree(x.size, product(shape)):
            raise ShapeError(
                None,
                tr(
                    "{x} has {size} elements, {shape} has {shape2}",
                    x=x,
                    size=text(x.size),
                    shape=Type(shape),
                    shape2=text(product(shape)),
                ),
            )
        return (x.with_shape(shape),)

    def reference(self, x: Array, *, shape: tuple[int, ...]) -> tuple[Array, ...]:
        return (np.reshape(x, shape),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (reshape(dy, step.inputs[0].shape),)


class _Permute(Primitive):
    """y[i0, i1, …] = x with its axes in the order `axes`."""

    name = "permute"

    def types(self, x: Type, *, axes: tuple[int, ...]) -> tuple[Type, ...]:
        return (x.with_shape(tuple(x.shape[axis] for axis in axes)),)

    def reference(self, x: Array, *, axes: tuple[int, ...]) -> tuple[Array, ...]:
        return (np.transpose(x, axes).copy(),)  # contiguous, and without axes still without

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        axes = step.settings["axes"]
        return (permute(dy, tuple(axes.index(i) for i in range(len(axes)))),)


class _Slice(Primitive):
    """y[i] = x[start + step*i] along the axis, for start + step*i < stop."""

    name = "slice"

    def types(self, x: Type, *, axis: int, start: Dim, stop: Dim, step: int) -> tuple[Type, ...]:
        return (_resized(x, axis, (stop - start + step - 1) // step),)

    def reference(self, x: Array, *, axis: int, start: int, stop: int, step: int) -> tuple[Array, ...]:
        return (np.ascontiguousarray(x[_along(axis, start, stop, step)]),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        size = step.inputs[0].shape[step.settings["axis"]]
        return (apply("slice_grad", dy, size=size, **step.settings)[0],)


class _SliceGrad(Primitive):
    """dx[start + step*i] = dy[i] along the axis, 0 elsewhere."""

    name = "slice_grad"

    def types(self, x: Type, *, axis: int, size: Dim, **settings: Any) -> tuple[Type, ...]:
        return (_resized(x, axis, size),)

    def reference(
        self, dy: Array, *, axis: int, start: int, stop: int, step: int, size: int
    ) -> tuple[Array, ...]:
        dx = np.zeros((*dy.shape[:axis], size, *dy.shape[axis + 1 :]), dy.dtype)
        dx[_along(axis, start, stop, step)] = dy
        return (dx,)


class _Flip(Primitive):
    """y[i] = x[n - 1 - i] along each of the axes of n elements."""

    name = "flip"

    def types(self, x: Type, **settings: Any) -> tuple[Type, ...]:
        return (x,)

    def reference(self, x: Array, *, axes: tuple[int, ...]) -> tuple[Array, ...]:
        return (np.ascontiguousarray(np.flip(x, axes)),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (flip(dy, step.settings["axes"]),)


class _Pad(Primitive):
    """y is x within a border of `value`."""

    name = "pad"

    def types(self, x: Type, *, pads: Pads, **settings: Any) -> tuple[Type, ...]:
        padded = zip(x.shape, pads, strict=True)
        return (x.with_shape(tuple(dim + low + high for dim, (low, high) in padded)),)

    def reference(self, x: Array, *, pads: tuple[tuple[int, int], ...], value: float) -> tuple[Array, ...]:
        return (np.pad(x, pads, constant_values=value) if pads else x.copy(),)

    def backward(self, step: Step, dx: Ref) -> Sequence[Ref | None]:
        x = step.inputs[0]
        for axis, (low, high) in enumerate(step.settings["pads"]):
            if low or high:
                dx = slice(dx, axis, low, low + x.shape[axis])
        return (dx,)


class _PadEdge(Primitive):
    """y[i] = x[place(i)], where place mirrors at the edges (reflect) or stops at them (replicate)."""

    name = "pad_edge"

    def types(self, x: Type, *, axis: int, low: Dim, high: Dim, mode: str) -> tuple[Type, ...]:
        size = x.shape[axis]
        for width in (low, high) if mode == "reflect" else ():
            if not at_most(width, size - 1):
                raise ShapeError(
                    None,
                    tr(
                        "cannot mirror {width} elements of an axis of {size}",
                        width=text(width),
                        size=text(size),
                    ),
                )
        return (_resized(x, axis, size + low + high),)

    def reference(self, x: Array, *, axis: int, low: int, high: int, mode: EdgeMode) -> tuple[Array, ...]:
        return (np.take(x, edge_places(x.shape[axis], low, high, mode), axis=axis),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("pad_edge_grad", dy, **step.settings)[0],)


class _PadEdgeGrad(Primitive):
    """dx[j] = Σ dy[i] over the i with place(i) = j."""

    name = "pad_edge_grad"

    def types(self, dy: Type, *, axis: int, low: Dim, high: Dim, **settings: Any) -> tuple[Type, ...]:
        return (_resized(dy, axis, dy.shape[axis] - low - high),)

    def reference(self, x: Array, *, axis: int, low: int, high: int, mode: EdgeMode) -> tuple[Array, ...]:
        first = np.moveaxis(x, axis, 0)
        size = len(first) - low - high
        dx = np.zeros((size, *first.shape[1:]), first.dtype)
        np.add.at(dx, edge_places(size, low, high, mode), first)
        return (np.ascontiguousarray(np.moveaxis(dx, 0, axis)),)


class _Concat(Primitive):
    """y is the inputs one after the other along the axis."""

    name = "concat"

    def types(self, *inputs: Type, axis: int, **settings: Any) -> tuple[Type, ...]:
        first, *others = inputs
        size = first.shape[axis]
        for other in others:
            pairs = list(zip(first.shape, other.shape, strict=True))
            if not all(agree(a, b) for i, (a, b) in enumerate(pairs) if i != axis):
                raise ShapeError(
                    None,
                    tr(
                        "{first} and {other} differ in more than axis {axis}",
                        first=first,
                        other=other,
                        axis=axis,
                    ),
                )
            size = size + other.shape[axis]
        return (_resized(first, axis, size),)

    def reference(self, *inputs: Array, axis: int, **settings: Any) -> tuple[Array, ...]:
        return (np.concatenate(inputs, axis),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        axis = step.settings["axis"]
        parts: list[Ref | None] = []
        place: Dim = 0
        for x in step.inputs:
            parts.append(slice(dy, axis, place, place + x.shape[axis]))
            place = place + x.shape[axis]
        return parts


def _resized(x: Type, axis: int, size: Dim) -> Type:
    return x.with_shape((*x.shape[:axis], size, *x.shape[axis + 1 :]))


def _along(axis: int, start: int, stop: int, step: int) -> tuple[Any, ...]:
    return (*(np.s_[:],) * axis, np.s_[start:stop:step])


def edge_places(size: int, low: int, high: int, mode: EdgeMode) -> Array:
    """The places that an axis of `size` elements with a border of edges takes them from."""
    return np.pad(np.arange(size), (low, high), mode="reflect" if mode == "reflect" else "edge")
