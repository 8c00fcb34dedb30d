"""How parameters follow their gradients: SGD, Adam, AdamW and RMSprop over one flat vector, as in PyTorch.

An optimiser is a frozen value of its settings; what it remembers between steps is a value beside it. Nothing
is changed in place here: a step gives a new vector and a new memory. `descent` takes steps in place.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from ..initialise import Array


@dataclass(frozen=True)
class Memory:
    """What is remembered: how many steps were made, and the running averages, each (P,) like the vector."""

    steps: int
    averages: tuple[Array, ...]


START = Memory(0, ())
"""What is remembered before the first step."""


@dataclass(frozen=True, kw_only=True)
class Optimiser(ABC):
    """`rate` is the learning rate, `weight_decay` how strongly parameters are drawn to zero."""

    rate: float
    weight_decay: float = 0.0

    def at(self, rate: float) -> "Optimiser":
        """The same at another learning rate."""
        return replace(self, rate=rate)

    @abstractmethod
    def step(self, parameters: Array, gradient: Array, memory: Memory) -> tuple[Array, Memory]:
        """The vectors (P,) after one step down the gradient (P,)."""

    def _decayed(self, parameters: Array, gradient: Array) -> Array:
        """The gradient with that of weight_decay · |parameters|² / 2."""
        return gradient + self.weight_decay * parameters if self.weight_decay else gradient


@dataclass(frozen=True, kw_only=True)
class SGD(Optimiser):
    """p ← p − rate · v with v ← momentum · v + g, v beginning as the first g.

    With `nesterov` p ← p − rate · (g + momentum · v). Source: torch.optim.SGD, without dampening.
    """

    rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    def step(self, parameters: Array, gradient: Array, memory: Memory) -> tuple[Array, Memory]:
        """The vectors (P,) after one step down the gradient (P,)."""
        gradient = self._decayed(parameters, gradient)
        if not self.momentum:
            return parameters - self.rate * gradient, Memory(memory.steps + 1, ())
        velocity = self.momentum * memory.averages[0] + gradient if memory.averages else gradient.copy()
        way = gradient + self.momentum * velocity if self.nesterov else velocity
        return parameters - self.rate * way, Memory(memory.steps + 1, (velocity,))


@dataclass(frozen=True, kw_only=True)
class Adam(Optimiser):
    """p ← p − rate · m̂ / (√v̂ + eps), m and v being running averages of g and g², made larger at the start.

    Source: Kingma & Ba 2015, algorithm 1, as torch.optim.Adam computes it; weight decay is added to g.
    """

    rate: float = 0.001
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def step(self, parameters: Array, gradient: Array, memory: Memory) -> tuple[Array, Memory]:
        """The vectors (P,) after one step down the gradient (P,)."""
        return self._adapted(parameters, self._decayed(parameters, gradient), memory)

    def _adapted(self, parameters: Array, gradient: Array, memory: Memory) -> tuple[Array, Memory]:
        steps = memory.steps + 1
        first, second = self.betas
        mean, square = memory.averages or (np.zeros_like(parameters), np.zeros_like(parameters))
        mean = mean + (1 - first) * (gradient - mean)
        square = second * square + (1 - second) * gradient * gradient
        root = np.sqrt(square) / sqrt(1 - second**steps) + self.eps
        moved = parameters - self.rate / (1 - first**steps) * (mean / root)
        return moved, Memory(steps, (mean, square))


@dataclass(frozen=True, kw_only=True)
class AdamW(Adam):
    """Adam whose weight decay goes past the averages: p ← (1 − rate · weight_decay) · p before each step.

    Source: Loshchilov & Hutter 2019, as torch.optim.AdamW computes it.
    """

    weight_decay: float = 0.01

    def step(self, parameters: Array, gradient: Array, memory: Memory) -> tuple[Array, Memory]:
        """The vectors (P,) after one step down the gradient (P,)."""
        return self._adapted(parameters * (1 - self.rate * self.weight_decay), gradient, memory)


@dataclass(frozen=True, kw_only=True)
class RMSprop(Optimiser):
    """p ← p − rate · v with v ← momentum · v + g / (√s + eps), s being a running average of g².

    Where `centered`, the square of a running average of g is taken off s, which leaves g's variance.
    Source: Tieleman & Hinton 2012 and Graves 2013, as torch.optim.RMSprop computes them.
    """

    rate: float = 0.01
    alpha: float = 0.99
    eps: float = 1e-8
    momentum: float = 0.0
    centered: bool = False

    def step(self, parameters: Array, gradient: Array, memory: Memory) -> tuple[Array, Memory]:
        """The vectors (P,) after one step down the gradient (P,)."""
        gradient = self._decayed(parameters, gradient)
        zeros = np.zeros_like(parameters)
        averages = iter(memory.averages or (zeros, zeros, zeros))
        square = self.alpha * next(averages) + (1 - self.alpha) * gradient * gradient
        kept = [square]
        if self.centered:
            mean = next(averages)
            kept.append(mean + (1 - self.alpha) * (gradient - mean))
        spread = square - kept[1] * kept[1] if self.centered else square
        way = gradient / (np.sqrt(spread) + self.eps)
        if self.momentum:
            way = self.momentum * next(averages) + way
            kept.append(way)
        return parameters - self.rate * way, Memory(memory.steps + 1, tuple(kept))
