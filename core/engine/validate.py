"""Checks a plan before it touches memory: no read of what is not there, no write outside the arena."""

from typing import TYPE_CHECKING

from ..ops.primitive import PRIMITIVES
from .contents import Contents
from .memory import ALIGNMENT

if TYPE_CHECKING:
    from .plan import Plan


def validate(plan: "Plan") -> None:
    """Plays the plan on intervals instead of numbers; asserts that each read finds what was written there."""
    for buffer in plan.buffers:
        if buffer.offset is not None:
            assert buffer.offset % ALIGNMENT == 0, f"{buffer} is not aligned"
            assert 0 <= buffer.offset <= plan.arena_bytes - buffer.size, f"{buffer} is outside the arena"
    arena = _Arena(plan)
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


class _Arena:
    """Which buffers hold their values."""

    def __init__(self, plan: "Plan") -> None:
        self._plan = plan
        self._outside = plan.outside
        self._contents = Contents()

    def read(self, number: int) -> None:
        own = self._own(number)
        if own in self._outside:
            return
        offset = self._plan.buffers[own].offset
        assert offset is not None, f"buffer {own} is nowhere"
        assert self._contents.holds(own, offset), f"buffer {own} is read while it does not hold its value"

    def write(self, number: int) -> None:
        own = self._own(number)
        offset = self._plan.buffers[own].offset
        assert own == number and own not in self._outside and offset is not None, (
            f"buffer {number} is no output"
        )
        self._contents.hold(own, offset, self._plan.buffers[own].size)

    def _own(self, number: int) -> int:
        base = self._plan.buffers[number].base
        return number if base is None else base
