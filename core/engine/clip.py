"""Bounds of gradients, as PyTorch's clip_grad_value_ and clip_grad_norm_ have them."""

from dataclasses import dataclass
from math import inf

import numpy as np

from ..initialise import Array

ADDED_TO_NORM = 1e-6
"""Added to the norm before the bound is divided by it."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """Each gradient is kept between -value and value; then all are scaled to a norm of at most `norm`.

    The norm is that of the gradients of all parameters together (Pascanu, Mikolov & Bengio 2013).
    """

    norm: float = inf
    value: float = inf

    def clipped(self, gradient: Array) -> Array:
        """The gradient (P,) within the bounds."""
        if self.value < inf:
            gradient = np.clip(gradient, -self.value, self.value)
        if self.norm < inf:
            total = np.sqrt(np.square(gradient, dtype=np.float64).sum())
            factor = self.norm / (total + ADDED_TO_NORM)
            gradient = gradient * gradient.dtype.type(1.0 if factor > 1.0 else factor)
        return gradient


UNBOUNDED = Clip()
"""No bounds."""
