"""The matrix product."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..condition import agree
from ..dim import Dim, product, text
from ..text import tr
from ..types import Shape, ShapeError, Type, broadcast
from .primitive import Array, Primitive, Ref, Step, apply
from .reduce import sum_to


def matmul(a: Ref, b: Ref, transpose_a: bool = False, transpose_b: bool = False) -> Ref:
    """The product of the last two axes, either operand transposed first; axes in front broadcast."""
    return apply("matmul", a, b, transpose_a=transpose_a, transpose_b=transpose_b)[0]


class _MatMul(Primitive):
    """y[…, i, j] = Σ_k a[…, i, k] * b[…, k, j]."""

    name = "matmul"

    def types(self, a: Type, b: Type, *, transpose_a: bool, transpose_b: bool) -> tuple[Type, ...]:
        rows, inner = _last_two(a, transpose_a)
        second, columns = _last_two(b, transpose_b)
        if not agree(inner, second):
            sizes = f"{text(inner)} columns meet {text(second)} rows"
            raise ShapeError(None, tr("cannot multiply {a} by {b}: {sizes}", a=a, b=b, sizes=sizes))
        return (a.with_shape((*broadcast(a.shape[:-2], b.shape[:-2]), rows, columns)),)

    def reference(self, a: Array, b: Array, *, transpose_a: bool, transpose_b: bool) -> tuple[Array, ...]:
        return (np.matmul(_turned(a, transpose_a), _turned(b, transpose_b)),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        a, b = step.inputs
        turn_a, turn_b = step.settings["transpose_a"], step.settings["transpose_b"]
        da = matmul(b, dy, turn_b, True) if turn_a else matmul(dy, b, False, not turn_b)
        db = matmul(dy, a, True, turn_a) if turn_b else matmul(a, dy, not turn_a, False)
        return sum_to(da, a.shape), sum_to(db, b.shape)

    def macs(self, *inputs: Type, transpose_a: bool, **settings: Any) -> Dim:
        (y,) = self.types(*inputs, transpose_a=transpose_a, **settings)
        return product(y.shape) * _last_two(inputs[0], transpose_a)[1]


def _last_two(x: Type, turned: bool) -> Shape:
    if x.rank < 2:
        raise ShapeError(None, tr("a matrix product needs at least 2 axes, got {x}", x=x))
    return (x.shape[-1], x.shape[-2]) if turned else (x.shape[-2], x.shape[-1])


def _turned(x: Array, turned: bool) -> Array:
    return np.swapaxes(x, -1, -2) if turned else x
