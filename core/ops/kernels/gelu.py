"""GELU by the error function, which NumPy would need many passes for."""

from math import erf, exp
from typing import Any

import numpy as np

from ..jit import kernel

_HALF, _ONE = np.float32(0.5), np.float32(1)
_ROOT_HALF, _DENSITY = np.float32(0.5**0.5), np.float32(0.3989422804014327)  # √½ and 1/√(2π)


@kernel("void(float32[::1], float32[::1])")
def forward(x: Any, y: Any) -> None:
    """y = x/2 * (1 + erf(x / √2))."""
    for i in range(x.size):
        y[i] = _HALF * x[i] * (_ONE + erf(x[i] * _ROOT_HALF))


@kernel("void(float32[::1], float32[::1], float32[::1])")
def backward(x: Any, dy: Any, dx: Any) -> None:
    """dx = ((1 + erf(x / √2)) / 2 + x * e^(-x²/2) / √(2π)) * dy."""
    for i in range(x.size):
        share = _HALF * (_ONE + erf(x[i] * _ROOT_HALF))
        dx[i] = (share + x[i] * _DENSITY * exp(-_HALF * x[i] * x[i])) * dy[i]
