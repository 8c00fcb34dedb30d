"""Operations that treat the places along one axis differently: picked, weighed, or found."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dim import Dim
from ..types import Shape, Type
from .elementwise import Unary
from .gather import check_indices
from .primitive import Array, Primitive, Ref, Step, apply


def take_along(x: Ref, indices: Ref, axis: int) -> Ref:
    """x[…, indices[…, i, …], …]: both have the same sizes but along the axis."""
    return apply("take_along", x, indices, axis=axis)[0]


def scale_along(x: Ref, factors: Sequence[float], axis: int) -> Ref:
    """x times a number for each place along the axis."""
    return apply("scale_along", x, factors=tuple(float(factor) for factor in factors), axis=axis)[0]


def one_hot(indices: Ref, count: Dim) -> Ref:
    """1 at the index and 0 elsewhere along a new last axis of `count` places."""
    return apply("one_hot", indices, count=count)[0]


def argmax(x: Ref, axis: int) -> Ref:
    """The place of the greatest along the axis, which goes: the first one of equals."""
    return apply("argmax", x, axis=axis)[0]


class _TakeAlong(Primitive):
    """y[…, i, …] = x[…, indices[…, i, …], …] along the axis."""

    name = "take_along"

    def types(self, x: Type, indices: Type, **settings: Any) -> tuple[Type, ...]:
        return (x.with_shape(indices.shape),)

    def reference(self, x: Array, indices: Array, *, axis: int) -> tuple[Array, ...]:
        check_indices(indices, x.shape[axis])
        return (np.take_along_axis(x, indices, axis),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        x, indices = step.inputs
        settings = {"axis": step.settings["axis"], "shape": x.shape}
        return apply("take_along_grad", indices, dy, **settings)[0], None


class _TakeAlongGrad(Primitive):
    """dx[…, j, …] = Σ dy[…, i, …] over the i with indices[…, i, …] = j along the axis."""

    name = "take_along_grad"

    def types(self, indices: Type, dy: Type, *, shape: Shape, **settings: Any) -> tuple[Type, ...]:
        return (dy.with_shape(shape),)

    def reference(self, indices: Array, dy: Array, *, axis: int, shape: tuple[int, ...]) -> tuple[Array, ...]:
        check_indices(indices, shape[axis])
        dx = np.zeros(shape, dy.dtype)
        places: list[Array] = list(np.indices(indices.shape, sparse=True))
        places[axis] = indices
        np.add.at(dx, tuple(places), dy)
        return (dx,)


class _ScaleAlong(Unary):
    """y[…, i, …] = factors[i] * x[…, i, …] along the axis."""

    name = "scale_along"

    def reference(self, x: Array, *, factors: tuple[float, ...], axis: int) -> tuple[Array, ...]:
        return (x * np.array(factors, x.dtype).reshape(-1, *(1,) * (x.ndim - 1 - axis)),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (scale_along(dy, **step.settings),)


class _OneHot(Primitive):
    """y[…, j] = 1 where indices[…] = j, else 0; no gradient."""

    name = "one_hot"

    def types(self, indices: Type, *, count: Dim) -> tuple[Type, ...]:
        return (Type((*indices.shape, count)),)

    def reference(self, indices: Array, *, count: int) -> tuple[Array, ...]:
        check_indices(indices, count)
        return ((indices[..., None] == np.arange(count)).astype(np.float32),)


class _ArgMax(Primitive):
    """y = the first i with x[…, i, …] = max x along the axis; no gradient."""

    name = "argmax"

    def types(self, x: Type, *, axis: int) -> tuple[Type, ...]:
        return (Type((*x.shape[:axis], *x.shape[axis + 1 :]), "int64"),)

    def reference(self, x: Array, *, axis: int) -> tuple[Array, ...]:
        return (np.asarray(np.argmax(x, axis), np.int64),)
