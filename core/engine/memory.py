"""Where a plan's values stand in the arena: no two in one place that live at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..platform import available_memory
from ..text import tr
from .network import PlanError

ALIGNMENT = 64
"""Bytes: a cache line, and the widest vector that a processor loads."""

SLACK = 1024
"""Bytes behind every memory: a tile may read beyond the last column of an operand, and does not use it."""


@dataclass(frozen=True, slots=True)
class Span:
    """The life of a value: written by instruction `first`, last read by `last`, None where it is kept."""

    size: int
    first: int
    last: int | None


def offsets_of(spans: Sequence[Span]) -> tuple[list[int], int]:
    """An offset per span such that no two that live at once overlap, and the bytes needed in all.

    The largest come first, each at the lowest place that is free for its whole life: Pisarchyk and Lee 2020,
    "greedy by size".
    """
    end = max((span.first if span.last is None else span.last for span in spans), default=0)
    taken = _Taken(len(spans))
    offsets = [0] * len(spans)
    for index in sorted(range(len(spans)), key=lambda index: (-spans[index].size, spans[index].first)):
        span = spans[index]
        last = end if span.last is None else span.last
        offsets[index] = taken.add(aligned(span.size), span.first, last)
    return offsets, taken.highest


def aligned(size: int) -> int:
    """The bytes that a value takes up: at least one line, and whole lines."""
    return max(1, -(-size // ALIGNMENT)) * ALIGNMENT


class _Taken:
    """Spans that have an offset, in the order of their offsets: where they begin and end, and their lives."""

    def __init__(self, count: int) -> None:
        self.highest = 0
        self._rows = np.empty((4, count), np.int64)
        self._count = 0

    def add(self, size: int, first: int, last: int) -> int:
        """The lowest offset that is free from instruction `first` to `last`."""
        starts, ends, born, died = self._rows[:, : self._count]
        there = (born <= last) & (died >= first)
        begins = starts[there]
        reach = np.maximum.accumulate(np.concatenate([[0], ends[there]]))
        holes = np.flatnonzero(begins - reach[:-1] >= size)
        offset = int(reach[holes[0]] if holes.size else reach[-1])
        at = int(np.searchsorted(starts, offset))
        self._rows[:, at + 1 : self._count + 1] = self._rows[:, at : self._count].copy()
        self._rows[:, at] = offset, offset + size, first, last
        self._count += 1
        self.highest = max(self.highest, offset + size)
        return offset


def check_fits(needed: int, purpose: str) -> None:
    """Raises PlanError with the figures where the machine has less memory left than that."""
    lack = _lack(needed, purpose)
    if lack:
        raise PlanError(lack)


def check_run_fits(needed: int) -> None:
    """As `check_fits`, of a run; it also says what would take less."""
    lack = _lack(needed, tr("the run"))
    if lack:
        raise PlanError(tr("{lack}; a smaller batch or smaller inputs need less", lack=lack))


def _lack(needed: int, purpose: str) -> str:
    """What is said of too little memory; nothing where there is enough."""
    available = available_memory()
    if available is None or needed <= available:
        return ""
    return tr(
        "{purpose} needs {needed} of memory, {available} are available",
        purpose=purpose,
        needed=readable(needed),
        available=readable(available),
    )


def readable(size: int) -> str:
    """A number of bytes as people say it: `3.2 GB`."""
    number = float(size)
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "bytes" or number >= 100 else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.0f} EB"
