"""Softmax along rows, its logarithm, and their gradients: a row at a time, so that it stays in the cache.

The powers are a polynomial that runs in vectors: the C library's `expf` would be called for each element.
"""

from math import log
from typing import Any

import numpy as np

from ..jit import kernel

_ZERO, _ONE = np.float32(0), np.float32(1)

# Cephes' expf (Moshier 1989): e^x = 2^n * e^r with |r| <= ln 2 / 2, ln 2 in two parts so that r is exact.
_LOG2E, _LN2_HIGH, _LN2_LOW = (
    np.float32(1.44269504088896341),
    np.float32(0.693359375),
    np.float32(-2.12194440e-4),
)
_C5, _C4, _C3 = np.float32(1.9875691500e-4), np.float32(1.3981999507e-3), np.float32(8.3334519073e-3)
_C2, _C1, _C0 = np.float32(4.1665795894e-2), np.float32(1.6666665459e-1), np.float32(5.0000001201e-1)
_LOWEST = np.float32(-87.3)
"""Below it e^x is smaller than any normal float32, and taken as 0."""
_ROUNDING = np.float32(12582912)
"""1.5 * 2^23: added to a small number, it leaves no room for digits after the point."""
_BIAS, _DIGITS, _SIGN, _MAGNITUDE = np.int32(127), np.int32(23), np.int32(31), np.int32(0x7FFFFFFF)


@kernel("float32(float32)")
def power(x: Any) -> Any:
    """e^x for x <= 0, to the last digit or two of float32; NaN stays."""
    inside = x if x > _LOWEST else _LOWEST  # max() would look for NaN at each
    n = (inside * _LOG2E + _ROUNDING) - _ROUNDING
    r = inside - n * _LN2_HIGH - n * _LN2_LOW
    tail = ((((_C5 * r + _C4) * r + _C3) * r + _C2) * r + _C1) * r + _C0
    scale = np.int32((np.int32(n) + _BIAS) << _DIGITS).view(np.float32)
    y = (tail * r * r + r + _ONE) * scale
    return x if x != x else (y if x >= _LOWEST else _ZERO)


@kernel("float32(float32[::1])", outputs=0)
def greatest(row: Any) -> Any:
    """The greatest number of a row, or a NaN of it; compared as integers, which runs in vectors."""
    best = np.int32(-2147483648)
    bits = row.view(np.int32)
    for i in range(bits.size):
        key = np.int32(bits[i] ^ ((bits[i] >> _SIGN) & _MAGNITUDE))
        best = key if key > best else best
    return np.int32(best ^ ((best >> _SIGN) & _MAGNITUDE)).view(np.float32)


@kernel("void(float32[:,::1], float32[:,::1])", reassociate=True)
def forward(x: Any, y: Any) -> None:
    """y = e^(x - m) / Σ e^(x - m), m being the row's greatest."""
    for row in range(x.shape[0]):
        scores, shares = x[row], y[row]
        top = greatest(scores)
        total = _ZERO
        for i in range(scores.size):
            shares[i] = power(scores[i] - top)
            total += shares[i]
        share = _ONE / total
        for i in range(scores.size):
            shares[i] *= share


@kernel("void(float32[:,::1], float32[:,::1], float32[:,::1])", reassociate=True)
def backward(y: Any, dy: Any, dx: Any) -> None:
    """dx = y * (dy - Σ dy * y)."""
    for row in range(y.shape[0]):
        shares, given, found = y[row], dy[row], dx[row]
        total = _ZERO
        for i in range(shares.size):
            total += given[i] * shares[i]
        for i in range(shares.size):
            found[i] = shares[i] * (given[i] - total)


@kernel("void(float32[:,::1], float32[:,::1])", reassociate=True)
def log_forward(x: Any, y: Any) -> None:
    """y = (x - m) - ln Σ e^(x - m)."""
    for row in range(x.shape[0]):
        scores, logs = x[row], y[row]
        top = greatest(scores)
        total = _ZERO
        for i in range(scores.size):
            logs[i] = scores[i] - top
            total += power(logs[i])
        shift = np.float32(log(total))
        for i in range(scores.size):
            logs[i] -= shift


@kernel("void(float32[:,::1], float32[:,::1], float32[:,::1])", reassociate=True)
def log_backward(y: Any, dy: Any, dx: Any) -> None:
    """dx = dy - e^y * Σ dy."""
    for row in range(y.shape[0]):
        logs, given, found = y[row], dy[row], dx[row]
        total = _ZERO
        for i in range(logs.size):
            total += given[i]
        for i in range(logs.size):
            found[i] = given[i] - power(logs[i]) * total
