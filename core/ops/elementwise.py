"""Arithmetic on each element: two values with broadcasting, or one value and a number."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..types import Type, broadcast
from .primitive import Array, Primitive, Ref, Step, apply
from .reduce import sum_to


def add(a: Ref, b: Ref) -> Ref:
    """a + b."""
    return apply("add", a, b)[0]


def subtract(a: Ref, b: Ref) -> Ref:
    """a - b."""
    return apply("subtract", a, b)[0]


def multiply(a: Ref, b: Ref) -> Ref:
    """a * b."""
    return apply("multiply", a, b)[0]


def divide(a: Ref, b: Ref) -> Ref:
    """a / b."""
    return apply("divide", a, b)[0]


def maximum(a: Ref, b: Ref) -> Ref:
    """The greater of the two, NaN where one is NaN."""
    return apply("maximum", a, b)[0]


def minimum(a: Ref, b: Ref) -> Ref:
    """The lesser of the two, NaN where one is NaN."""
    return apply("minimum", a, b)[0]


def clamp(x: Ref, low: float | None = None, high: float | None = None, inclusive: bool = True) -> Ref:
    """x where it is within the bounds, else the bound; `inclusive` passes a gradient at the bounds too."""
    bounds = {"low": None if low is None else float(low), "high": None if high is None else float(high)}
    return apply("clamp", x, **bounds, inclusive=inclusive)[0]


def at_least(x: Ref, low: float) -> Ref:
    """x, or the bound where x is below it; the gradient passes all the same, as if there were no bound."""
    return apply("at_least", x, low=float(low))[0]


def power(x: Ref, exponent: float) -> Ref:
    """x to the power of a number."""
    return apply("power", x, exponent=float(exponent))[0]


def full_like(x: Ref, value: float) -> Ref:
    """The number everywhere, in x's shape."""
    return apply("full_like", x, value=float(value))[0]


def scale(x: Ref, factor: float) -> Ref:
    """factor * x."""
    return apply("scale", x, factor=float(factor))[0]


def offset(x: Ref, value: float) -> Ref:
    """x + value."""
    return apply("offset", x, value=float(value))[0]


def exp(x: Ref) -> Ref:
    """e to the power x."""
    return apply("exp", x)[0]


def log(x: Ref) -> Ref:
    """The natural logarithm."""
    return apply("log", x)[0]


def sqrt(x: Ref) -> Ref:
    """The square root."""
    return apply("sqrt", x)[0]


def absolute(x: Ref) -> Ref:
    """The absolute value."""
    return apply("absolute", x)[0]


class Unary(Primitive):
    """One output of the first input's type: the base of every elementwise operation of one value."""

    def types(self, x: Type, *others: Type, **settings: Any) -> tuple[Type, ...]:
        """The type of the first input."""
        return (x,)


class _Binary(Primitive):
    """Two inputs of shapes that broadcast."""

    def types(self, a: Type, b: Type) -> tuple[Type, ...]:
        return (a.with_shape(broadcast(a.shape, b.shape)),)


class _Add(_Binary):
    """y = a + b."""

    name = "add"

    def reference(self, a: Array, b: Array) -> tuple[Array, ...]:
        return (a + b,)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        a, b = step.inputs
        return sum_to(dy, a.shape), sum_to(dy, b.shape)


class _Subtract(_Binary):
    """y = a - b."""

    name = "subtract"

    def reference(self, a: Array, b: Array) -> tuple[Array, ...]:
        return (a - b,)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        a, b = step.inputs
        return sum_to(dy, a.shape), scale(sum_to(dy, b.shape), -1)


class _Multiply(_Binary):
    """y = a * b."""

    name = "multiply"

    def reference(self, a: Array, b: Array) -> tuple[Array, ...]:
        return (a * b,)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        a, b = step.inputs
        return sum_to(multiply(dy, b), a.shape), sum_to(multiply(dy, a), b.shape)


class _Divide(_Binary):
    """y = a / b; dy/da = 1/b, dy/db = -y/b."""

    name = "divide"

    def reference(self, a: Array, b: Array) -> tuple[Array, ...]:
        return (a / b,)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        a, b = step.inputs
        da = divide(dy, b)
        return sum_to(da, a.shape), sum_to(scale(multiply(da, step.outputs[0]), -1), b.shape)


class _Maximum(_Binary):
    """y = max(a, b)."""

    name = "maximum"

    def reference(self, a: Array, b: Array) -> tuple[Array, ...]:
        return (np.maximum(a, b),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        a, b = step.inputs
        da, db = apply("maximum_grad", a, b, dy)[0], apply("maximum_grad", b, a, dy)[0]
        return sum_to(da, a.shape), sum_to(db, b.shape)


class _MaximumGrad(Primitive):
    """The part of dy that goes to a in y = max(a, b): half of it where the two are equal."""

    name = "maximum_grad"

    def types(self, a: Type, b: Type, dy: Type) -> tuple[Type, ...]:
        return (dy,)

    def reference(self, a: Array, b: Array, dy: Array) -> tuple[Array, ...]:
        share = (1 + np.sign(a - b)) / 2
        return (np.where(a == b, dy / 2, dy * share),)


class _Minimum(_Binary):
    """y = min(a, b)."""

    name = "minimum"

    def reference(self, a: Array, b: Array) -> tuple[Array, ...]:
        return (np.minimum(a, b),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        a, b = step.inputs
        # Where b is the greater of the two, a is the lesser.
        da, db = apply("maximum_grad", b, a, dy)[0], apply("maximum_grad", a, b, dy)[0]
        return sum_to(da, a.shape), sum_to(db, b.shape)


class _Clamp(Unary):
    """y = min(max(x, low), high), each bound where there is one."""

    name = "clamp"

    def reference(
        self, x: Array, *, low: float | None, high: float | None, **settings: Any
    ) -> tuple[Array, ...]:
        y = x if low is None else np.maximum(x, x.dtype.type(low))
        return (np.array(y) if high is None else np.minimum(y, x.dtype.type(high)),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        # Strictly between the bounds y is x, and nowhere else: x need not be kept for it.
        x = step.inputs[0] if step.settings["inclusive"] else step.outputs[0]
        return (apply("clamp_grad", x, dy, **step.settings)[0],)


class _ClampGrad(Unary):
    """dx = dy where x is within the bounds, else 0; at a bound dy where that is inclusive."""

    name = "clamp_grad"

    def reference(
        self, x: Array, dy: Array, *, low: float | None, high: float | None, inclusive: bool
    ) -> tuple[Array, ...]:
        below = np.less if inclusive else np.less_equal
        outside = np.zeros(x.shape, np.bool_)
        if low is not None:
            outside |= below(x, x.dtype.type(low))
        if high is not None:
            outside |= below(x.dtype.type(high), x)
        return (np.where(outside, dy.dtype.type(0), dy),)


class _AtLeast(Unary):
    """y = max(x, low), dx = dy: `clamp_` in PyTorch without a gradient."""

    name = "at_least"

    def reference(self, x: Array, *, low: float) -> tuple[Array, ...]:
        return (np.array(np.maximum(x, x.dtype.type(low))),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (dy,)


class _Power(Unary):
    """y = x^exponent; dy/dx = exponent * x^(exponent - 1)."""

    name = "power"

    def reference(self, x: Array, *, exponent: float) -> tuple[Array, ...]:
        return (np.asarray(np.power(x, x.dtype.type(exponent))),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        exponent = step.settings["exponent"]
        if exponent == 0:
            return (None,)
        return (multiply(dy, scale(power(step.inputs[0], exponent - 1), exponent)),)


class _FullLike(Unary):
    """y = value; no gradient."""

    name = "full_like"

    def reference(self, x: Array, *, value: float) -> tuple[Array, ...]:
        return (np.full(x.shape, value, x.dtype),)


class _Scale(Unary):
    """y = factor * x."""

    name = "scale"

    def reference(self, x: Array, *, factor: float) -> tuple[Array, ...]:
        return (x * x.dtype.type(factor),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (scale(dy, step.settings["factor"]),)


class _Offset(Unary):
    """y = x + value."""

    name = "offset"

    def reference(self, x: Array, *, value: float) -> tuple[Array, ...]:
        return (x + x.dtype.type(value),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (dy,)


class _Exp(Unary):
    """y = e^x; dy/dx = y."""

    name = "exp"

    def reference(self, x: Array) -> tuple[Array, ...]:
        return (np.exp(x),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (multiply(dy, step.outputs[0]),)


class _Log(Unary):
    """y = ln x; dy/dx = 1/x."""

    name = "log"

    def reference(self, x: Array) -> tuple[Array, ...]:
        return (np.log(x),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (divide(dy, step.inputs[0]),)


class _Sqrt(Unary):
    """y = √x; dy/dx = 1/(2y)."""

    name = "sqrt"

    def reference(self, x: Array) -> tuple[Array, ...]:
        return (np.sqrt(x),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (scale(divide(dy, step.outputs[0]), 0.5),)


class _Absolute(Unary):
    """y = |x|; dy/dx = sign x, 0 at 0."""

    name = "absolute"

    def reference(self, x: Array) -> tuple[Array, ...]:
        return (np.abs(x),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("absolute_grad", step.inputs[0], dy)[0],)


class _AbsoluteGrad(Unary):
    """dx = sign(x) * dy."""

    name = "absolute_grad"

    def reference(self, x: Array, dy: Array) -> tuple[Array, ...]:
        return (np.sign(x) * dy,)
