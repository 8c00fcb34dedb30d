"""Softmax along an axis and its logarithm."""

from collections.abc import Sequence

import numpy as np

from .elementwise import Unary
from .primitive import Array, Ref, Step, apply


def softmax(x: Ref, axis: int) -> Ref:
    """e^x divided by its sum along the axis."""
    return apply("softmax", x, axis=axis)[0]


def log_softmax(x: Ref, axis: int) -> Ref:
    """x minus the logarithm of the sum of e^x along the axis."""
    return apply("log_softmax", x, axis=axis)[0]


class _Softmax(Unary):
    """y_i = e^x_i / Σ_j e^x_j along the axis."""

    name = "softmax"

    def reference(self, x: Array, *, axis: int) -> tuple[Array, ...]:
        powers = np.exp(_below_zero(x, axis))
        return (powers / powers.sum(axis, keepdims=True),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("softmax_grad", step.outputs[0], dy, **step.settings)[0],)


class _SoftmaxGrad(Unary):
    """dx = y * (dy - Σ_j dy_j * y_j)."""

    name = "softmax_grad"

    def reference(self, y: Array, dy: Array, *, axis: int) -> tuple[Array, ...]:
        return (y * (dy - (y * dy).sum(axis, keepdims=True)),)


class _LogSoftmax(Unary):
    """y_i = x_i - ln Σ_j e^x_j along the axis."""

    name = "log_softmax"

    def reference(self, x: Array, *, axis: int) -> tuple[Array, ...]:
        shifted = _below_zero(x, axis)
        return (shifted - np.log(np.exp(shifted).sum(axis, keepdims=True)),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("log_softmax_grad", step.outputs[0], dy, **step.settings)[0],)


class _LogSoftmaxGrad(Unary):
    """dx = dy - e^y * Σ_j dy_j."""

    name = "log_softmax_grad"

    def reference(self, y: Array, dy: Array, *, axis: int) -> tuple[Array, ...]:
        return (dy - np.exp(y) * dy.sum(axis, keepdims=True),)


def _below_zero(x: Array, axis: int) -> Array:
    """x less its greatest value, so that no power overflows."""
    return np.asarray(x - x.max(axis, keepdims=True, initial=-np.inf))
