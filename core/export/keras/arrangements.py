"""How Keras lays out what our layers keep otherwise: gates, filters of one channel, slopes."""

from dataclasses import dataclass

import numpy as np

from ...initialise import Array


@dataclass(frozen=True)
class Gates:
    """(gates·H, features) as (features, gates·H), the gates in Keras's order: that of ours at each place."""

    order: tuple[int, ...]

    def there(self, *ours: Array) -> Array:
        """Turned, in Keras's order."""
        return np.concatenate([np.split(ours[0], len(self.order))[i] for i in self.order]).T

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """In our order."""
        parts = np.split(theirs.T, len(self.order))
        return (np.concatenate([parts[i] for i in np.argsort(self.order)]),)

    def gradient(self, *ours: Array) -> Array:
        """In Keras's order."""
        return self.there(*ours)


@dataclass(frozen=True)
class GateBiases:
    """Two biases (gates·H) as one (2, gates·H), the gates in Keras's order."""

    order: tuple[int, ...]

    def there(self, *ours: Array) -> Array:
        """One above the other."""
        return np.stack([Gates(self.order).there(one) for one in ours])

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """The two rows in our order."""
        return tuple(Gates(self.order).back(row)[0] for row in theirs)

    def gradient(self, *ours: Array) -> Array:
        """One above the other."""
        return self.there(*ours)


@dataclass(frozen=True)
class Depthwise:
    """Filters (channels·multiplier, 1, kernel…) as (kernel…, channels, multiplier)."""

    multiplier: int

    def there(self, *ours: Array) -> Array:
        """The kernel in front."""
        sizes = ours[0].shape[2:]
        return np.moveaxis(ours[0].reshape(-1, self.multiplier, *sizes), (0, 1), (-2, -1))

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """The kernel last."""
        kernel = np.moveaxis(theirs, (-2, -1), (0, 1))
        return (kernel.reshape(-1, 1, *kernel.shape[2:]),)

    def gradient(self, *ours: Array) -> Array:
        """The kernel in front."""
        return self.there(*ours)


@dataclass(frozen=True)
class Spread:
    """A vector (C) as (C, 1…), with so many more axes."""

    more: int

    def there(self, *ours: Array) -> Array:
        """With axes of size 1."""
        return ours[0].reshape(-1, *(1,) * self.more)

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """The vector."""
        return (theirs.reshape(-1),)

    def gradient(self, *ours: Array) -> Array:
        """With axes of size 1."""
        return self.there(*ours)
