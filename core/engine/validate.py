"""Checks a plan before it touches memory: no read of what is not there, no write outside the arena."""

from bisect import bisect_left
from typing import TYPE_CHECKING

from ..ops.primitive import PRIMITIVES
from .memory import ALIGNMENT

if TYPE_CHECKING:
    from .plan import Plan


def validate(plan: "Plan") -> None:
    """Plays the plan on intervals instead of numbers; asserts that each read finds what was written there."""
    for buffer in plan.buffers:
        if buffer.offset is not None:
            assert buffer.offset % ALIGNMENT == 0, f"{buffer} is not aligned"
            assert 0 <= buffer.offset <= plan.arena_bytes - buffer.size, f"{buffer} is outside the arena"
    arena = _Contents(plan)
    for instruction in plan.instructions:
        assert instruction.primitive in PRIMITIVES, instruction.primitive
        for number in instruction.inputs:
            arena.read(number)
        for number in instruction.outputs:
            arena.write(number)
        for number in instruction.inputs:
            arena.read(number)
    for number in plan.results:
        arena.read(number)


class _Contents:
    """Which buffer's value stands where: intervals in order that do not overlap."""

    def __init__(self, plan: "Plan") -> None:
        self.plan = plan
        self.outside = plan.outside
        self.offsets: list[int] = []
        self.owners: list[int] = []

    def read(self, number: int) -> None:
        own = self._own(number)
        if own in self.outside:
            return
        offset = self.plan.buffers[own].offset
        assert offset is not None, f"buffer {own} is nowhere"
        index = bisect_left(self.offsets, offset)
        there = index < len(self.offsets) and self.offsets[index] == offset and self.owners[index] == own
        assert there, f"buffer {own} is read while it does not hold its value"

    def write(self, number: int) -> None:
        own = self._own(number)
        offset = self.plan.buffers[own].offset
        assert own == number and own not in self.outside and offset is not None, (
            f"buffer {number} is no output"
        )
        start = bisect_left(self.offsets, offset)
        if start > 0 and self._end(start - 1) > offset:
            start -= 1
        stop = bisect_left(self.offsets, offset + max(1, self.plan.buffers[own].size))
        self.offsets[start:stop] = [offset]
        self.owners[start:stop] = [own]

    def _own(self, number: int) -> int:
        base = self.plan.buffers[number].base
        return number if base is None else base

    def _end(self, index: int) -> int:
        return self.offsets[index] + self.plan.buffers[self.owners[index]].size
