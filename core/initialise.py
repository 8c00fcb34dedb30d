"""How a parameter or buffer gets its first values: recipes as frozen values, drawn from a generator."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Initialiser(ABC):
    """A recipe for first values."""

    @abstractmethod
    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Values of that shape in float64; the caller rounds them to the run's type."""


@dataclass(frozen=True)
class Constant(Initialiser):
    """One value everywhere."""

    value: float = 0.0

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """`value` in every place; the generator is not read."""
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Uniform(Initialiser):
    """Evenly between `low` and `high`."""

    low: float
    high: float

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Independent draws."""
        return generator.uniform(self.low, self.high, shape)


@dataclass(frozen=True)
class Normal(Initialiser):
    """Normally with that mean and standard deviation."""

    mean: float = 0.0
    deviation: float = 1.0

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Independent draws."""
        return generator.normal(self.mean, self.deviation, shape)


@dataclass(frozen=True)
class FanInUniform(Initialiser):
    """Evenly within ±1/√fan_in, fan_in being the product of every axis but the first.

    PyTorch's default for the weights of Linear and convolutions: kaiming_uniform_(a=√5), He et al. 2015.
    """

    fan_in: int | None = None

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Independent draws; `fan_in` is given for biases, whose own shape does not tell it."""
        fan_in = self.fan_in if self.fan_in is not None else int(np.prod(shape[1:]))
        bound = 1 / np.sqrt(fan_in) if fan_in > 0 else 0.0
        return generator.uniform(-bound, bound, shape)


@dataclass(frozen=True)
class XavierUniform(Initialiser):
    """Evenly within ±√(6 / (fan_in + fan_out)): Glorot & Bengio 2010, of a matrix (fan_out, fan_in)."""

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Independent draws."""
        bound = np.sqrt(6 / sum(shape)) if sum(shape) > 0 else 0.0
        return generator.uniform(-bound, bound, shape)


@dataclass(frozen=True)
class Sinusoids(Initialiser):
    """Row t holds sin and cos of t / 10000^(2i/F) side by side: Vaswani et al. 2017, section 3.5."""

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """(steps, features); the generator is not read."""
        steps, features = shape
        angles = np.arange(steps)[:, None] * 10000.0 ** (-np.arange(0, features, 2) / features)
        table = np.empty(shape)
        table[:, 0::2] = np.sin(angles)
        table[:, 1::2] = np.cos(angles)[:, : features // 2]
        return table


@dataclass(frozen=True)
class FirstAxisUniform(Initialiser):
    """Evenly within ±1/√n, n being the first size: what x @ W reads is as many numbers."""

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Independent draws; a scalar is drawn within ±1."""
        bound = 1 / np.sqrt(shape[0] if shape and shape[0] else 1)
        return generator.uniform(-bound, bound, shape)
