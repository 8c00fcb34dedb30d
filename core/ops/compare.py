"""Truth values: what holds of each element, and the choice between two values by it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..types import Type, broadcast
from .primitive import Array, Primitive, Ref, Step, apply
from .reduce import sum_to

_RELATIONS: Mapping[str, Callable[[Array, Any], Any]] = {
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "equal": np.equal,
    "not_equal": np.not_equal,
}

RELATIONS = tuple(_RELATIONS)
"""What may be asked of two numbers."""


def compare(a: Ref, b: Ref, relation: str) -> Ref:
    """Whether the relation holds of each two elements, with broadcasting."""
    return apply("compare", a, b, relation=relation)[0]


def compare_number(x: Ref, value: float, relation: str) -> Ref:
    """Whether the relation holds of each element and the number."""
    return apply("compare_number", x, value=float(value), relation=relation)[0]


def where(condition: Ref, a: Ref, b: Ref) -> Ref:
    """a where the condition is true (a whole number: not 0), else b; with broadcasting."""
    return apply("where", condition, a, b)[0]


class _Compare(Primitive):
    """y = whether a stands in the relation to b; no gradient."""

    name = "compare"

    def types(self, a: Type, b: Type, **settings: Any) -> tuple[Type, ...]:
        return (Type(broadcast(a.shape, b.shape), "bool"),)

    def reference(self, a: Array, b: Array, *, relation: str) -> tuple[Array, ...]:
        return (np.asarray(_RELATIONS[relation](a, b)),)


class _CompareNumber(Primitive):
    """y = whether x stands in the relation to the number; no gradient."""

    name = "compare_number"

    def types(self, x: Type, **settings: Any) -> tuple[Type, ...]:
        return (Type(x.shape, "bool"),)

    def reference(self, x: Array, *, value: float, relation: str) -> tuple[Array, ...]:
        number = x.dtype.type(value) if x.dtype.kind == "f" else value
        return (np.asarray(_RELATIONS[relation](x, number)),)


class _Where(Primitive):
    """y = a where the condition is not 0, else b."""

    name = "where"

    def types(self, condition: Type, a: Type, b: Type) -> tuple[Type, ...]:
        return (a.with_shape(broadcast(condition.shape, broadcast(a.shape, b.shape))),)

    def reference(self, condition: Array, a: Array, b: Array) -> tuple[Array, ...]:
        return (np.where(condition != 0, a, b),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        condition, a, b = step.inputs
        da = apply("where_grad", condition, dy, taken=True)[0]
        db = apply("where_grad", condition, dy, taken=False)[0]
        return None, sum_to(da, a.shape), sum_to(db, b.shape)


class _WhereGrad(Primitive):
    """dy where the truth of the condition is `taken`, else 0."""

    name = "where_grad"

    def types(self, condition: Type, dy: Type, **settings: Any) -> tuple[Type, ...]:
        return (dy,)

    def reference(self, condition: Array, dy: Array, *, taken: bool) -> tuple[Array, ...]:
        return (np.where((condition != 0) == taken, dy, dy.dtype.type(0)),)
