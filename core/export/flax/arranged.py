"""How linen lays out what PyTorch keeps packed: the gates of a recurrence, the heads of an attention."""

from dataclasses import dataclass

import numpy as np

from ...initialise import Array


@dataclass(frozen=True)
class Gate:
    """One of the `count` blocks of rows in a tensor, its axes turned; of two biases the sum."""

    place: int
    count: int
    biases: int = 1

    def there(self, *ours: Array) -> Array:
        """(count·H, in) -> (in, H), or (count·H) -> (H)."""
        return np.asarray(sum(self._block(one) for one in ours[1:]) + self._block(ours[0]))

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """The block in its place in the first, zeros around it and in the other."""
        whole = np.zeros((self.count * theirs.shape[-1], *theirs.shape[:-1]), theirs.dtype)
        np.split(whole, self.count)[self.place][...] = theirs.T
        return (whole, *(np.zeros_like(whole) for _ in range(self.biases - 1)))

    def gradient(self, *ours: Array) -> Array:
        """The block: that of both biases is the same."""
        return self._block(ours[0])

    def _block(self, ours: Array) -> Array:
        return np.split(ours, self.count)[self.place].T


@dataclass(frozen=True)
class Heads:
    """One of the `count` blocks of rows in a projection, its features shared out among so many heads."""

    heads: int
    place: int = 0
    count: int = 1

    def there(self, *ours: Array) -> Array:
        """(count·heads·D, in) -> (in, heads, D), or (count·heads·D) -> (heads, D)."""
        block = np.split(ours[0], self.count)[self.place].T
        return block.reshape(*block.shape[:-1], self.heads, -1)

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """The block in its place, zeros around it."""
        block = theirs.reshape(*theirs.shape[:-2], -1).T
        whole = np.zeros((self.count * len(block), *block.shape[1:]), theirs.dtype)
        np.split(whole, self.count)[self.place][...] = block
        return (whole,)

    def gradient(self, *ours: Array) -> Array:
        """As it is laid out."""
        return self.there(*ours)


@dataclass(frozen=True)
class Joined:
    """The projection of what all heads give."""

    heads: int

    def there(self, *ours: Array) -> Array:
        """(out, heads·D) -> (heads, D, out)."""
        turned = ours[0].T
        return turned.reshape(self.heads, -1, turned.shape[-1])

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """(heads, D, out) -> (out, heads·D)."""
        return (theirs.reshape(-1, theirs.shape[-1]).T,)

    def gradient(self, *ours: Array) -> Array:
        """As it is laid out."""
        return self.there(*ours)
