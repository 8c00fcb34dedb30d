"""Where the memories of some code stand in one arena, and what of the code need be done but once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ..engine.memory import SLACK, Span, aligned, offsets_of
from .code import Call, Code, Draw, Op, Scratch


@dataclass(frozen=True)
class Order:
    """The operations in the order in which they run: first those done `once` for weights that stay.

    `kept` are the memories that the former leave for the latter.
    """

    once: tuple[Op, ...]
    each: tuple[Op, ...]
    kept: frozenset[int]

    @property
    def ops(self) -> tuple[Op, ...]:
        """All of them."""
        return self.once + self.each


def ordered_by(code: Code) -> Order:
    """The operations that depend on nothing but what is fixed come first.

    Those pack weights and fold what follows into them. References are asked each time: they may be random.
    """
    writers: dict[int, set[int]] = {}
    for time, op in enumerate(code.ops):
        for memory in memories_of(op)[1]:
            writers.setdefault(memory, set()).add(time)
    given = {number for number, memory in enumerate(code.memories) if memory.constant or memory.fixed}
    once = {time for time, op in enumerate(code.ops) if isinstance(op, Call) and not _random(op)}
    while True:
        stays = given | {memory for memory, times in writers.items() if times <= once}
        left = {time for time in once if stays.issuperset(chain(*memories_of(code.ops[time])))}
        if left == once:
            break
        once = left
    first = tuple(op for time, op in enumerate(code.ops) if time in once)
    rest = tuple(op for time, op in enumerate(code.ops) if time not in once)
    made = {memory for op in first for memory in memories_of(op)[1]}
    read = {memory for op in rest for memory in memories_of(op)[0]}
    return Order(first, rest, frozenset(made & read))


@dataclass(frozen=True)
class Layout:
    """Where the memories of some code stand in one arena, and where its scratch memory begins."""

    offsets: tuple[int | None, ...]
    scratch: int
    size: int


def laid_out(code: Code, ops: Sequence[Op], kept: frozenset[int], threads: int) -> Layout:
    """An offset for each memory that is not from outside: none overlap that are in use at once."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for time, op in enumerate(ops):
        reads, writes = memories_of(op)
        for memory in writes:
            first.setdefault(memory, time)
            last[memory] = time
        for memory in reads:
            last[memory] = time
    constant = {number for number, memory in enumerate(code.memories) if memory.constant}
    first.update(dict.fromkeys(constant, 0))
    kept |= constant
    order = sorted(first, key=lambda memory: first[memory])
    inside = [memory for memory in order if code.memories[memory].outside is None]
    hosts = _hosts(code, ops, kept, first, last)
    ends = {hosts.get(memory, memory): None if memory in kept else last[memory] for memory in inside}
    spans = {host: Span(code.memories[host].size + SLACK, first[host], end) for host, end in ends.items()}
    starts, size = offsets_of(tuple(spans.values()))
    found = dict(zip(spans, starts, strict=True))
    offsets: list[int | None] = [None] * len(code.memories)
    for memory in inside:
        offsets[memory] = found[hosts.get(memory, memory)]
    scratch = max((_scratch(op) for op in ops if isinstance(op, Call)), default=0)
    return Layout(tuple(offsets), size, size + aligned(scratch * threads))


def _hosts(
    code: Code, ops: Sequence[Op], kept: frozenset[int], first: Mapping[int, int], last: Mapping[int, int]
) -> dict[int, int]:
    """For results that are written over an input that nothing needs any more: in whose place they stand."""
    hosts: dict[int, int] = {}
    for time, op in enumerate(ops):
        for written, read in op.over if isinstance(op, Call) else ():
            one, other = code.memories[written], code.memories[read]
            plain = one.outside is None and other.outside is None and one.size == other.size
            if plain and read not in kept and first[written] == last[read] == time:
                hosts[written] = hosts.get(read, read)
    return hosts


def memories_of(op: Op) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The memories that an operation reads, and those that it writes."""
    if isinstance(op, Call):
        return op.reads, op.writes
    return tuple(v.memory for v in op.inputs), tuple(v.memory for v in op.outputs)


def _random(call: Call) -> bool:
    return any(isinstance(word, Draw) for word in call.words)


def _scratch(call: Call) -> int:
    return sum(word.size for word in call.words if isinstance(word, Scratch))
