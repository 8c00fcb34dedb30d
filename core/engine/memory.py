"""Where a plan's values stand in the arena: those that are kept below, the others in the room they leave."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass

from ..platform import available_memory
from ..text import tr
from .network import PlanError

ALIGNMENT = 64
"""Bytes: a cache line, and the widest vector that a processor loads."""


@dataclass(frozen=True, slots=True)
class Span:
    """The life of a value: written by instruction `first`, last read by `last`, None where it is kept."""

    size: int
    first: int
    last: int | None


def place(spans: Sequence[Span]) -> tuple[list[int], int]:
    """An offset per span such that no two that live at once overlap, and the bytes needed in all.

    Spans come in the order of `first`. The kept ones take the bottom; each of the others takes the smallest
    hole that fits, and leaves it when its last reader is done.
    """
    offsets = [0] * len(spans)
    bottom = 0
    for index, span in enumerate(spans):
        if span.last is None:
            offsets[index] = bottom
            bottom += aligned(span.size)
    room = _Room(bottom)
    ending: list[tuple[int, int]] = []
    for index, span in enumerate(spans):
        if span.last is None:
            continue
        while ending and ending[0][0] < span.first:
            _, done = ending.pop(0)
            room.give_back(offsets[done], aligned(spans[done].size))
        offsets[index] = room.take(aligned(span.size))
        insort(ending, (span.last, index))
    return offsets, room.highest


def aligned(size: int) -> int:
    """The bytes that a value takes up: at least one line, and whole lines."""
    return max(1, -(-size // ALIGNMENT)) * ALIGNMENT


class _Room:
    """Free stretches of the arena from `start` on; the last one has no end."""

    def __init__(self, start: int) -> None:
        self.holes: list[tuple[int, int]] = []  # (offset, size) in order, never touching
        self.end = start
        self.highest = start

    def take(self, size: int) -> int:
        fitting = [(hole[1], index) for index, hole in enumerate(self.holes) if hole[1] >= size]
        if not fitting:
            return self._take_at_end(size)
        _, index = min(fitting)
        offset, room = self.holes[index]
        self.holes[index : index + 1] = [(offset + size, room - size)] if room > size else []
        return offset

    def _take_at_end(self, size: int) -> int:
        offset = self.end
        self.end += size
        self.highest = max(self.highest, self.end)
        return offset

    def give_back(self, offset: int, size: int) -> None:
        insort(self.holes, (offset, size))
        index = self.holes.index((offset, size))
        for at in (index, index - 1):
            self._join(at)
        if self.holes and sum(self.holes[-1]) == self.end:
            self.end = self.holes.pop()[0]

    def _join(self, index: int) -> None:
        if not 0 <= index < len(self.holes) - 1:
            return
        (offset, size), (after, more) = self.holes[index : index + 2]
        if offset + size == after:
            self.holes[index : index + 2] = [(offset, size + more)]


def check_fits(needed: int, purpose: str) -> None:
    """Raises PlanError with the figures where the machine has less memory left than that."""
    available = available_memory()
    if available is not None and needed > available:
        raise PlanError(
            tr(
                "{purpose} needs {needed} of memory, {available} are available",
                purpose=purpose,
                needed=readable(needed),
                available=readable(available),
            )
        )


def readable(size: int) -> str:
    """A number of bytes as people say it: `3.2 GB`."""
    number = float(size)
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "bytes" or number >= 100 else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.0f} EB"
