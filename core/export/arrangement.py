"""How a framework lays out a tensor that it keeps: from our tensors to its own, and back."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..initialise import Array


class Arrangement(Protocol):
    """A linear map between our tensors and one of the framework's; there(*back(t)) is t again."""

    def there(self, *ours: Array) -> Array:
        """The framework's tensor."""
        ...

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """Ours, in the same order."""
        ...

    def gradient(self, *ours: Array) -> Array:
        """The gradient of the framework's tensor, from those of ours at `back`."""
        ...


@dataclass(frozen=True)
class Same:
    """One tensor as it is."""

    def there(self, *ours: Array) -> Array:
        """The tensor itself."""
        return ours[0]

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """The tensor itself."""
        return (theirs,)

    def gradient(self, *ours: Array) -> Array:
        """The gradient itself."""
        return ours[0]


@dataclass(frozen=True)
class Permuted:
    """One tensor with its axes in another order: theirs[i] is ours[axes[i]]."""

    axes: tuple[int, ...]

    def there(self, *ours: Array) -> Array:
        """In the framework's order."""
        return np.transpose(ours[0], self.axes)

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """In our order."""
        return (np.transpose(theirs, np.argsort(self.axes)),)

    def gradient(self, *ours: Array) -> Array:
        """In the framework's order."""
        return self.there(*ours)


@dataclass(frozen=True)
class Summed:
    """Several of ours that are added up, such as the two biases of a recurrence."""

    count: int = 2

    def there(self, *ours: Array) -> Array:
        """The sum."""
        return np.asarray(sum(ours[1:], start=ours[0]))

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """All in the first, zeros in the others."""
        return (theirs, *(np.zeros_like(theirs) for _ in range(self.count - 1)))

    def gradient(self, *ours: Array) -> Array:
        """That of each is the same."""
        return ours[0]


def permuted(axes: tuple[int, ...]) -> Same | Permuted:
    """The arrangement for axes in that order, plain where it is ours."""
    return Same() if axes == tuple(range(len(axes))) else Permuted(axes)
