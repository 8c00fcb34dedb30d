"""How an array stands in memory: where it begins and how far apart neighbours are, as NumPy has it.

Layout is nothing but strides: channels-last is an array (N, C, H, W) whose channels are neighbours. A
permuted, sliced or broadcast array is another view of the same memory, and costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class View:
    """An array in the memory of that number: byte offset, sizes, strides in bytes, bytes of an element."""

    memory: int
    offset: int
    shape: Shape
    strides: Shape
    item: int

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def contiguous(self) -> bool:
        """Whether the elements stand side by side in the order of their indices."""
        return not prod(self.shape) or alike(self.shape, self.strides, packed(self.shape, self.item))

    def permuted(self, axes: Sequence[int]) -> "View":
        """The axes in another order."""
        shape = tuple(self.shape[axis] for axis in axes)
        return replace(self, shape=shape, strides=tuple(self.strides[axis] for axis in axes))

    def sliced(self, axis: int, start: int, stop: int, step: int) -> "View":
        """Every step-th element from start to stop along an axis; the step is positive."""
        size = max(0, -(-(stop - start) // step))
        return replace(
            self,
            offset=self.offset + start * self.strides[axis],
            shape=(*self.shape[:axis], size, *self.shape[axis + 1 :]),
            strides=(*self.strides[:axis], step * self.strides[axis], *self.strides[axis + 1 :]),
        )

    def broadcast(self, shape: Shape) -> "View":
        """The same elements again along axes of size 1 and along new axes in front."""
        lead = len(shape) - self.rank
        strides = tuple(
            0 if old == 1 and new != 1 else stride
            for old, new, stride in zip(self.shape, shape[lead:], self.strides, strict=True)
        )
        return replace(self, shape=shape, strides=(*(0 for _ in range(lead)), *strides))

    def reshaped(self, shape: Shape) -> "View | None":
        """Another shape of the elements in the order of their indices; None where that needs a copy."""
        if shape == self.shape:
            return self
        if not prod(shape):
            return replace(self, shape=shape, strides=packed(shape, self.item))
        old = [(n, s) for n, s in zip(self.shape, self.strides, strict=True) if n != 1]
        strides: list[int] = []
        begin = 0
        for group in _groups([n for n, _ in old], [n for n in shape if n != 1]):
            taken, into = old[begin : begin + len(group[0])], group[1]
            begin += len(group[0])
            if any(taken[i][1] != taken[i + 1][0] * taken[i + 1][1] for i in range(len(taken) - 1)):
                return None
            strides += [prod(into[i + 1 :]) * taken[-1][1] for i in range(len(into))]
        rest = iter(strides)
        return replace(self, shape=shape, strides=tuple(0 if n == 1 else next(rest) for n in shape))


def alike(shape: Shape, one: Shape, other: Shape) -> bool:
    """Whether strides mean the same places, whatever they are along axes of size 1."""
    return all(size == 1 or a == b for size, a, b in zip(shape, one, other, strict=True))


def packed(shape: Shape, item: int) -> Shape:
    """The strides of elements side by side in the order of their indices."""
    return tuple(item * prod(shape[axis + 1 :]) for axis in range(len(shape)))


def ordered(shape: Shape, item: int, order: Sequence[int]) -> Shape:
    """The strides of elements side by side, the axes from the outermost to the innermost as told."""
    strides = [0] * len(shape)
    step = item
    for axis in reversed(order):
        strides[axis] = step
        step *= shape[axis]
    return tuple(strides)


def channels_last(rank: int) -> tuple[int, ...]:
    """The order of axes of (N, C, S…) whose channels are neighbours."""
    return (0, *range(2, rank), 1)


def order_of(view: View) -> tuple[int, ...]:
    """The axes from the one of the longest stride to the shortest; axes of size 1 keep their place."""
    axes = sorted(
        (axis for axis in range(view.rank) if view.shape[axis] != 1), key=lambda axis: -view.strides[axis]
    )
    rest = iter(axes)
    return tuple(axis if view.shape[axis] == 1 else next(rest) for axis in range(view.rank))


def _groups(old: list[int], new: list[int]) -> list[tuple[list[int], list[int]]]:
    """Runs of axes of both shapes with the same number of elements, as short as possible."""
    groups: list[tuple[list[int], list[int]]] = []
    i = j = 0
    while i < len(old):
        first, second = [old[i]], [new[j]]
        i, j = i + 1, j + 1
        while prod(first) != prod(second):
            if prod(first) < prod(second):
                first.append(old[i])
                i += 1
            else:
                second.append(new[j])
                j += 1
        groups.append((first, second))
    return groups
