"""Where the pixels of images stand, and which of them a convolution sees: up to three spatial axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ..kernels.words import SPATIAL_AXES
from .view import View


def three(values: Sequence[int], rest: int) -> list[int]:
    """The values of up to three spatial axes, filled up in front."""
    return [rest] * (SPATIAL_AXES - len(values)) + list(values)


def images(view: View) -> list[int]:
    """The strides of (N, C, S…) along the batch and three spatial axes."""
    return [view.strides[0], *three(view.strides[2:], 0)]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a pixel p of the result sees at place k of the filter, along each axis.

    It is the pixel (p·multiplier + base + k·step) / divisor, if that is whole and inside.
    """

    multiplier: list[int]
    base: list[int]
    step: list[int]
    divisor: list[int]

    def alone(self) -> bool:
        """Whether with a filter of one place each pixel sees the one that stands where it does."""
        return self.multiplier == self.divisor == [1] * SPATIAL_AXES and self.base == [0] * SPATIAL_AXES

    def words(self) -> list[int]:
        """All of it, as kernels take it."""
        return [*self.multiplier, *self.base, *self.step, *self.divisor]


@dataclass(frozen=True, slots=True)
class Geometry:
    """How filters go over images: steps, pixels of zeros before and behind, steps of places, groups."""

    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    groups: int

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """That of a primitive's settings."""
        return cls(*(settings[name] for name in ("stride", "padding", "dilation", "groups")))

    @property
    def low(self) -> list[int]:
        """The pixels of zeros before the image, along each axis."""
        return [low for low, _ in self.padding]

    def sight(self) -> Sight:
        """How a convolution's result sees its input."""
        base = [-low for low in three(self.low, 0)]
        return Sight(three(self.stride, 1), base, three(self.dilation, 1), [1] * SPATIAL_AXES)

    def sight_back(self) -> Sight:
        """How the gradient of a convolution's input, or a transposed convolution, sees what came back."""
        apart = [-each for each in three(self.dilation, 1)]
        return Sight([1] * SPATIAL_AXES, three(self.low, 0), apart, three(self.stride, 1))
