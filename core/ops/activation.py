"""Activation functions and their gradients; at kinks as PyTorch: relu'(0) = 0, leaky_relu'(0) = slope."""

from collections.abc import Sequence
from math import pi, sqrt
from typing import Literal as OneOf

import numpy as np

from .elementwise import Unary, clamp, multiply, offset, scale
from .erf import erf
from .primitive import Array, Ref, Step, apply

Approximate = OneOf["none", "tanh"]


def relu(x: Ref) -> Ref:
    """max(x, 0)."""
    return apply("relu", x)[0]


def leaky_relu(x: Ref, slope: float) -> Ref:
    """x where it is positive, slope * x elsewhere."""
    return apply("leaky_relu", x, slope=float(slope))[0]


def sigmoid(x: Ref) -> Ref:
    """1 / (1 + e^-x)."""
    return apply("sigmoid", x)[0]


def tanh(x: Ref) -> Ref:
    """The hyperbolic tangent."""
    return apply("tanh", x)[0]


def gelu(x: Ref, approximate: Approximate = "none") -> Ref:
    """x * Φ(x), Φ being the normal distribution, or its approximation by tanh."""
    return apply("gelu", x, approximate=approximate)[0]


def silu(x: Ref) -> Ref:
    """x * sigmoid(x)."""
    return apply("silu", x)[0]


def elu(x: Ref, alpha: float, factor: float = 1.0) -> Ref:
    """factor * x where x is positive, factor * alpha * (e^x - 1) elsewhere."""
    return apply("elu", x, alpha=float(alpha), factor=float(factor))[0]


def softplus(x: Ref, beta: float = 1.0, threshold: float = 40.0) -> Ref:
    """ln(1 + e^(beta x)) / beta; x itself where beta x is above the threshold (from 37 on no rounding)."""
    return apply("softplus", x, beta=float(beta), threshold=float(threshold))[0]


def relu6(x: Ref) -> Ref:
    """min(max(x, 0), 6)."""
    return clamp(x, 0, 6, inclusive=False)


def hardsigmoid(x: Ref) -> Ref:
    """min(max(x + 3, 0), 6) / 6."""
    return scale(relu6(offset(x, 3)), 1 / 6)


def hardswish(x: Ref) -> Ref:
    """x * hardsigmoid(x)."""
    return multiply(x, hardsigmoid(x))


class _ReLU(Unary):
    """y = max(x, 0)."""

    name = "relu"

    def reference(self, x: Array) -> tuple[Array, ...]:
        return (np.maximum(x, 0),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("relu_grad", step.outputs[0], dy)[0],)


class _ReLUGrad(Unary):
    """dx = dy where y > 0, else 0."""

    name = "relu_grad"

    def reference(self, y: Array, dy: Array) -> tuple[Array, ...]:
        return (np.where(y <= 0, dy.dtype.type(0), dy),)


class _LeakyReLU(Unary):
    """y = x where x > 0, else slope * x."""

    name = "leaky_relu"

    def reference(self, x: Array, *, slope: float) -> tuple[Array, ...]:
        return (np.where(x > 0, x, x * x.dtype.type(slope)),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("leaky_relu_grad", step.inputs[0], dy, **step.settings)[0],)


class _LeakyReLUGrad(Unary):
    """dx = dy where x > 0, else slope * dy."""

    name = "leaky_relu_grad"

    def reference(self, x: Array, dy: Array, *, slope: float) -> tuple[Array, ...]:
        return (np.where(x > 0, dy, dy * dy.dtype.type(slope)),)


class _Sigmoid(Unary):
    """y = 1 / (1 + e^-x)."""

    name = "sigmoid"

    def reference(self, x: Array) -> tuple[Array, ...]:
        return (_logistic(x),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("sigmoid_grad", step.outputs[0], dy)[0],)


class _SigmoidGrad(Unary):
    """dx = y * (1 - y) * dy."""

    name = "sigmoid_grad"

    def reference(self, y: Array, dy: Array) -> tuple[Array, ...]:
        return (y * (1 - y) * dy,)


class _Tanh(Unary):
    """y = (e^x - e^-x) / (e^x + e^-x)."""

    name = "tanh"

    def reference(self, x: Array) -> tuple[Array, ...]:
        return (np.tanh(x),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("tanh_grad", step.outputs[0], dy)[0],)


class _TanhGrad(Unary):
    """dx = (1 - y²) * dy."""

    name = "tanh_grad"

    def reference(self, y: Array, dy: Array) -> tuple[Array, ...]:
        return ((1 - y * y) * dy,)


_TANH_SCALE, _TANH_CUBIC = sqrt(2 / pi), 0.044715  # Hendrycks and Gimpel 2016, equation 2


class _GELU(Unary):
    """y = x * Φ(x); with tanh: y = x/2 * (1 + tanh(√(2/π) * (x + 0.044715 x³)))."""

    name = "gelu"

    def reference(self, x: Array, *, approximate: Approximate) -> tuple[Array, ...]:
        if approximate == "tanh":
            return (x / 2 * (1 + _gelu_tanh(x)),)
        return (x / 2 * (1 + erf(x * x.dtype.type(sqrt(0.5)))),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("gelu_grad", step.inputs[0], dy, **step.settings)[0],)


class _GELUGrad(Unary):
    """dx = (Φ(x) + x * φ(x)) * dy, φ being the density; with tanh: the derivative of that formula."""

    name = "gelu_grad"

    def reference(self, x: Array, dy: Array, *, approximate: Approximate) -> tuple[Array, ...]:
        number = x.dtype.type
        if approximate == "tanh":
            t = _gelu_tanh(x)
            inner = number(_TANH_SCALE) * (1 + number(3 * _TANH_CUBIC) * x * x)
            return (((1 + t) / 2 + x / 2 * (1 - t * t) * inner) * dy,)
        density = np.exp(-x * x / 2) * number(1 / sqrt(2 * pi))
        return (((1 + erf(x * number(sqrt(0.5)))) / 2 + x * density) * dy,)


class _SiLU(Unary):
    """y = x / (1 + e^-x)."""

    name = "silu"

    def reference(self, x: Array) -> tuple[Array, ...]:
        return (x * _logistic(x),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("silu_grad", step.inputs[0], dy)[0],)


class _SiLUGrad(Unary):
    """dx = s * (1 + x * (1 - s)) * dy with s = sigmoid(x)."""

    name = "silu_grad"

    def reference(self, x: Array, dy: Array) -> tuple[Array, ...]:
        s = _logistic(x)
        return (s * (1 + x * (1 - s)) * dy,)


class _ELU(Unary):
    """y = factor * x where x > 0, else factor * alpha * (e^x - 1)."""

    name = "elu"

    def reference(self, x: Array, *, alpha: float, factor: float) -> tuple[Array, ...]:
        number = x.dtype.type
        below = number(alpha) * np.expm1(np.minimum(x, 0))
        return (number(factor) * np.where(x > 0, x, below),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("elu_grad", step.inputs[0], dy, **step.settings)[0],)


class _ELUGrad(Unary):
    """dx = factor * dy where x > 0, else factor * alpha * e^x * dy."""

    name = "elu_grad"

    def reference(self, x: Array, dy: Array, *, alpha: float, factor: float) -> tuple[Array, ...]:
        number = x.dtype.type
        slope = np.where(x > 0, number(1), number(alpha) * np.exp(np.minimum(x, 0)))
        return (number(factor) * slope * dy,)


class _Softplus(Unary):
    """y = ln(1 + e^(beta x)) / beta where beta x is at most the threshold, else x."""

    name = "softplus"

    def reference(self, x: Array, *, beta: float, threshold: float) -> tuple[Array, ...]:
        number = x.dtype.type
        raised = x * number(beta)
        return (np.where(raised > threshold, x, np.logaddexp(number(0), raised) / number(beta)),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("softplus_grad", step.inputs[0], dy, **step.settings)[0],)


class _SoftplusGrad(Unary):
    """dx = sigmoid(beta x) * dy where beta x is at most the threshold, else dy."""

    name = "softplus_grad"

    def reference(self, x: Array, dy: Array, *, beta: float, threshold: float) -> tuple[Array, ...]:
        raised = x * x.dtype.type(beta)
        return (np.where(raised > threshold, dy, _logistic(raised) * dy),)


def _logistic(x: Array) -> Array:
    """1 / (1 + e^-x) without overflow: by e^-|x|, which is at most 1."""
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, small) / (1 + small), x.dtype)


def _gelu_tanh(x: Array) -> Array:
    number = x.dtype.type
    return np.asarray(np.tanh(number(_TANH_SCALE) * (x + number(_TANH_CUBIC) * x * x * x)))
