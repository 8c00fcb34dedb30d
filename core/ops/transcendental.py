"""Sine and cosine of each element, and powers whose exponent is a value."""

from collections.abc import Sequence

import numpy as np

from ..types import Type, broadcast
from .elementwise import Unary, multiply, scale
from .primitive import Array, Primitive, Ref, Step, apply
from .reduce import sum_to


def sin(x: Ref) -> Ref:
    """The sine of an angle in radians."""
    return apply("sin", x)[0]


def cos(x: Ref) -> Ref:
    """The cosine of an angle in radians."""
    return apply("cos", x)[0]


def raise_to(x: Ref, exponent: Ref) -> Ref:
    """x to the power of another value, with broadcasting; NaN where x < 0 and the exponent is not whole."""
    return apply("raise_to", x, exponent)[0]


class _Sin(Unary):
    """y = sin x; dy/dx = cos x."""

    name = "sin"

    def reference(self, x: Array) -> tuple[Array, ...]:
        return (np.sin(x),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (multiply(dy, cos(step.inputs[0])),)


class _Cos(Unary):
    """y = cos x; dy/dx = -sin x."""

    name = "cos"

    def reference(self, x: Array) -> tuple[Array, ...]:
        return (np.cos(x),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (scale(multiply(dy, sin(step.inputs[0])), -1),)


class _RaiseTo(Primitive):
    """y = x^p; dy/dx = p * x^(p - 1), dy/dp = y * ln x."""

    name = "raise_to"

    def types(self, x: Type, exponent: Type) -> tuple[Type, ...]:
        return (x.with_shape(broadcast(x.shape, exponent.shape)),)

    def reference(self, x: Array, exponent: Array) -> tuple[Array, ...]:
        return (np.asarray(np.power(x, exponent)),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        x, exponent = step.inputs
        dx = apply("raise_to_base_grad", x, exponent, dy)[0]
        dp = apply("raise_to_exponent_grad", x, exponent, dy)[0]
        return sum_to(dx, x.shape), sum_to(dp, exponent.shape)


class _RaiseToGrad(Primitive):
    """A gradient of y = x^p in y's shape, before what came of broadcasting is summed."""

    def types(self, x: Type, exponent: Type, dy: Type) -> tuple[Type, ...]:
        return (dy,)


class _RaiseToBaseGrad(_RaiseToGrad):
    """dx = p * x^(p - 1) * dy, 0 where p is 0."""

    name = "raise_to_base_grad"

    def reference(self, x: Array, exponent: Array, dy: Array) -> tuple[Array, ...]:
        with np.errstate(all="ignore"):
            slope = np.where(exponent == 0, x.dtype.type(0), exponent * np.power(x, exponent - 1))
        return (slope * dy,)


class _RaiseToExponentGrad(_RaiseToGrad):
    """dp = x^p * ln x * dy, 0 where x is 0 and p is not negative."""

    name = "raise_to_exponent_grad"

    def reference(self, x: Array, exponent: Array, dy: Array) -> tuple[Array, ...]:
        with np.errstate(all="ignore"):
            slope = np.power(x, exponent) * np.log(x)
            return (np.where((x == 0) & (exponent >= 0), dy.dtype.type(0), slope * dy),)
