"""Normalisation of (A, B, S) over A and S, with sums in float64: NumPy passes over the values six times.

A batch of images is (batch, channels, pixels); rows to be normalised alone are (1, rows, features).
"""

from math import sqrt
from typing import Any

from ..jit import kernel


@kernel("float64(float32[::1])", reassociate=True)
def _sum(x: Any) -> float:
    """Σ x."""
    total = 0.0
    for i in range(x.size):
        total += x[i]
    return total


@kernel("float64(float32[::1], float64)", reassociate=True)
def _squares(x: Any, mean: float) -> float:
    """Σ (x - mean)²."""
    total = 0.0
    for i in range(x.size):
        distance = x[i] - mean
        total += distance * distance
    return total


@kernel("float64(float32[::1], float32[::1])", reassociate=True)
def _product(x: Any, y: Any) -> float:
    """Σ x·y."""
    total = 0.0
    for i in range(x.size):
        total += float(x[i]) * float(y[i])
    return total


@kernel("void(float32[:,:,::1], float32[:,:,::1], int64, float32, float32)")
def _scale(x: Any, y: Any, b: int, mean: float, factor: float) -> None:
    """y[:, b] = (x[:, b] - mean) · factor."""
    for a in range(x.shape[0]):
        row, out = x[a, b], y[a, b]
        for i in range(row.size):
            out[i] = (row[i] - mean) * factor


@kernel("void(float32[:,:,::1], float32[:,:,::1], float32[:,:,::1], int64, float32, float32, float32)")
def _project(y: Any, dy: Any, dx: Any, b: int, common: float, along: float, factor: float) -> None:
    """dx[:, b] = (dy[:, b] - common - y[:, b]·along) · factor."""
    for a in range(y.shape[0]):
        row, passed, out = y[a, b], dy[a, b], dx[a, b]
        for i in range(row.size):
            out[i] = (passed[i] - common - row[i] * along) * factor


@kernel("void(float32[:,:,::1], float32[:,:,::1], float32[::1], float32[::1], float32)", outputs=3)
def normalise(x: Any, y: Any, mean: Any, variance: Any, eps: float) -> None:
    """y = (x - mean) / √(variance + eps), with the mean and variance of each of B."""
    count = x.shape[0] * x.shape[2]
    for b in range(x.shape[1]):
        total = 0.0
        for a in range(x.shape[0]):
            total += _sum(x[a, b])
        middle = total / count
        squares = 0.0
        for a in range(x.shape[0]):
            squares += _squares(x[a, b], middle)
        mean[b], variance[b] = middle, squares / count
        _scale(x, y, b, mean[b], 1 / sqrt(float(variance[b]) + eps))


@kernel("void(float32[:,:,::1], float32[::1], float32[:,:,::1], float32[:,:,::1], float32)")
def normalise_grad(y: Any, variance: Any, dy: Any, dx: Any, eps: float) -> None:
    """dx = (dy - mean(dy) - y·mean(y·dy)) / √(variance + eps), for each of B."""
    count = y.shape[0] * y.shape[2]
    for b in range(y.shape[1]):
        total = 0.0
        along = 0.0
        for a in range(y.shape[0]):
            total += _sum(dy[a, b])
            along += _product(y[a, b], dy[a, b])
        _project(y, dy, dx, b, total / count, along / count, 1 / sqrt(float(variance[b]) + eps))
