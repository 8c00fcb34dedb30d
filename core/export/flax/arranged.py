"""How linen lays out what PyTorch keeps packed: the gates of a recurrence."""

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
