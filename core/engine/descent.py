"""Steps of an optimiser in place, over one flat vector of parameters and one of their gradients."""

from typing import Protocol

import numpy as np

from ..initialise import Array
from .clip import Clip
from .optimiser import START, Optimiser


class Descent(Protocol):
    """Two vectors (P,) bound to what an optimiser remembers of them."""

    def step(self, rate: float) -> None:
        """The parameters follow the gradient as it now is, at this rate."""


class Stepwise:
    """By NumPy, in any float type."""

    def __init__(self, optimiser: Optimiser, clip: Clip, parameters: Array, gradient: Array) -> None:
        self._optimiser, self._clip = optimiser, clip
        self._parameters, self._gradient = parameters, gradient
        self._memory = START

    def step(self, rate: float) -> None:
        """The parameters follow the gradient as it now is, at this rate."""
        with np.errstate(all="ignore"):  # what overflows is told by the next loss
            gradient = self._clip.clipped(self._gradient)
            taken = self._optimiser.at(rate)
            self._parameters[...], self._memory = taken.step(self._parameters, gradient, self._memory)


def descent(
    optimiser: Optimiser, clip: Clip, parameters: Array, gradient: Array, *, kernels: bool
) -> Descent:
    """By kernels where these may be used and the vectors are in float32, else by NumPy."""
    if kernels and parameters.dtype == np.float32:
        from ..machine.descent import Compiled  # LLVM takes a while, and only this needs it

        return Compiled(optimiser, clip, parameters, gradient)
    return Stepwise(optimiser, clip, parameters, gradient)
