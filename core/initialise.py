"""How a parameter or buffer gets its first values: recipes as frozen values, drawn from a generator."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from statistics import NormalDist
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
class TruncatedNormal(Initialiser):
    """Normally, without what lies outside `low` and `high`: `torch.nn.init.trunc_normal_`.

    Drawn anew until it lies inside; where that is seldom, by the inverse of the distribution function
    (Burkardt 2014, The Truncated Normal Distribution).
    """

    mean: float = 0.0
    deviation: float = 1.0
    low: float = -2.0
    high: float = 2.0

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Independent draws."""
        plain = NormalDist(self.mean, self.deviation)
        low, high = plain.cdf(self.low), plain.cdf(self.high)
        if high - low < SELDOM:
            places = generator.uniform(low, high, shape).clip(_LEAST, 1 - _LEAST)
            inverse: Array = np.vectorize(plain.inv_cdf, otypes=[float])(places)
            return inverse.clip(self.low, self.high)
        values = generator.normal(self.mean, self.deviation, shape)
        while (outside := (values < self.low) | (values > self.high)).any():
            values[outside] = generator.normal(self.mean, self.deviation, int(outside.sum()))
        return values


SELDOM = 0.1
"""The share of a distribution below which drawing anew takes longer than its inverse."""

_LEAST = 1e-16
"""The inverse of a distribution function has no value at 0 and 1."""


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many numbers flow into a value and out of one: fan_in and fan_out of a weight (out, in, *kernel).

    Source: `torch.nn.init._calculate_fan_in_and_fan_out`.
    """
    places = math.prod(shape[2:])
    return shape[1] * places, shape[0] * places


def gain(nonlinearity: str, slope: float) -> float:
    """What keeps the size of values through an activation: the table of `torch.nn.init.calculate_gain`."""
    rectifier = math.sqrt(2 / (1 + slope**2))
    known = {"tanh": 5 / 3, "relu": math.sqrt(2), "leaky_relu": rectifier, "selu": 3 / 4}
    return known.get(nonlinearity, 1.0)


@dataclass(frozen=True)
class XavierUniform(Initialiser):
    """Evenly within ±gain·√(6 / (fan_in + fan_out)): Glorot & Bengio 2010, `xavier_uniform_`."""

    gain: float = 1.0

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Independent draws."""
        both = sum(fans(shape))
        bound = self.gain * math.sqrt(6 / both) if both > 0 else 0.0
        return bound * generator.uniform(-1, 1, shape)


@dataclass(frozen=True)
class XavierNormal(Initialiser):
    """Normally with deviation gain·√(2 / (fan_in + fan_out)): Glorot & Bengio 2010, `xavier_normal_`."""

    gain: float = 1.0

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Independent draws."""
        both = sum(fans(shape))
        deviation = self.gain * math.sqrt(2 / both) if both > 0 else 0.0
        return deviation * generator.normal(size=shape)


@dataclass(frozen=True)
class Kaiming(Initialiser):
    """What both ways after He et al. 2015 have: the deviation is gain / √fan, by `torch.nn.init`."""

    a: float = 0.0
    mode: str = "fan_in"
    nonlinearity: str = "leaky_relu"

    def deviation(self, shape: tuple[int, ...]) -> float:
        """The standard deviation for a weight of that shape."""
        fan = fans(shape)[0 if self.mode == "fan_in" else 1]
        return gain(self.nonlinearity, self.a) / math.sqrt(fan) if fan > 0 else 0.0


@dataclass(frozen=True)
class KaimingUniform(Kaiming):
    """Evenly within ±√3·gain / √fan: He et al. 2015, `kaiming_uniform_`."""

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Independent draws."""
        return math.sqrt(3) * self.deviation(shape) * generator.uniform(-1, 1, shape)


@dataclass(frozen=True)
class KaimingNormal(Kaiming):
    """Normally with deviation gain / √fan: He et al. 2015, `kaiming_normal_`."""

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Independent draws."""
        return self.deviation(shape) * generator.normal(size=shape)


@dataclass(frozen=True)
class Orthogonal(Initialiser):
    """gain times a random matrix whose rows, or columns where they are fewer, are orthonormal.

    Axes behind the first are taken as one. Saxe et al. 2014, `orthogonal_`; the signs make it uniform among
    such matrices: Mezzadri 2007, section 5.
    """

    gain: float = 1.0

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """The Q of a matrix of normal draws."""
        rows, columns = shape[0], math.prod(shape[1:])
        drawn = generator.normal(size=(max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(drawn)
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return self.gain * (q.T if rows < columns else q).reshape(shape)


@dataclass(frozen=True)
class Seeded(Initialiser):
    """A recipe with a seed of its own; whoever draws makes the generator from that instead of the run's."""

    recipe: Initialiser
    seed: int

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """What the recipe draws."""
        return self.recipe.draw(shape, generator)


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
