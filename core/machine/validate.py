"""Checks laid-out code before it touches memory: arrays within bounds, every read of what was written."""

from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from ..engine.contents import Contents
from ..engine.memory import SLACK
from .code import At, Call, Code, Op, Table, Word
from .layout import Layout, Order, memories_of
from .view import View


def validate(code: Code, layout: Layout, order: Order, results: Collection[int]) -> None:
    """Asserts that memories and views are within bounds, and plays the code on intervals, as it runs twice.

    `results` are the memories that stand after a run. An array from outside is anyone's to read.
    """
    for number, memory in enumerate(code.memories):
        offset = layout.offsets[number]
        inside = offset is not None and 0 <= offset <= layout.scratch - memory.size - SLACK
        assert inside or offset is None, f"memory {number} is outside the arena"
    for number, view in code.views.items():
        assert _within(code, view), f"buffer {number} is seen beyond its memory"
    for op in order.ops:
        touched = set(chain(*memories_of(op)))
        for view in op.views if isinstance(op, Call) else (*op.inputs, *op.outputs):
            assert _within(code, view), f"{op} sees {view} beyond its memory"
        for named in _addresses(op.words) if isinstance(op, Call) else ():
            known = named.memory in touched or code.memories[named.memory].constant
            assert known, f"{op} does not say that it touches memory {named.memory}"
            assert 0 <= named.offset <= code.memories[named.memory].size, f"{op} reaches beyond its memory"
    arena = _Arena(code, layout)
    for ops in (order.ops, order.each):
        arena.run(ops)
        for left in (*order.kept, *results):
            arena.read(left)


def _within(code: Code, view: View) -> bool:
    """Whether all that a view shows is in its memory."""
    reach = [(size - 1) * step for size, step in zip(view.shape, view.strides, strict=True)]
    first = view.offset + sum(step for step in reach if step < 0)
    last = view.offset + sum(step for step in reach if step > 0) + view.item
    return 0 in view.shape or (first >= 0 and last <= code.memories[view.memory].size)


def _addresses(words: Sequence[Word]) -> Iterator[At]:
    for word in words:
        if isinstance(word, At):
            yield word
        elif isinstance(word, Table):
            yield from _addresses(word.words)


class _Arena:
    """Which memories hold their values."""

    def __init__(self, code: Code, layout: Layout) -> None:
        self._code = code
        self._offsets = layout.offsets
        self._contents = Contents()
        for number, memory in enumerate(code.memories):
            if memory.constant:
                self._write(number)

    def run(self, ops: Sequence[Op]) -> None:
        """Plays these."""
        begun: set[int] = set()
        for op in ops:
            reads, writes = memories_of(op)
            # What a call both reads and writes first is its own, such as the state of a recurrent layer.
            for memory in (*begun.intersection(writes), *set(reads).difference(writes)):
                self.read(memory)
            for memory in writes:
                self._write(memory)
            begun.update(writes)
            over = {taken for _, taken in op.over} if isinstance(op, Call) else set()
            for memory in (*(memory for memory in reads if memory not in over), *writes):
                self.read(memory)

    def read(self, number: int) -> None:
        """Asserts that a value is where it shall be."""
        offset = self._offsets[number]
        if self._code.memories[number].outside is None:
            assert offset is not None and self._contents.holds(number, offset), f"memory {number} is gone"

    def _write(self, number: int) -> None:
        memory, offset = self._code.memories[number], self._offsets[number]
        if memory.outside is None:
            assert offset is not None, f"memory {number} has no place"
            self._contents.hold(number, offset, memory.size)
