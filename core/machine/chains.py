"""Elementwise operations gathered into chains: one pass over memory for as many as can go together.

A chain stays open until something else needs one of its values; then it is written as one call, and only what
is needed outside of it goes to memory.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from ..kernels.chain import (
    BLOCK,
    DIRECT,
    GATHERED,
    HELD,
    MOST_OPERANDS,
    MOST_OPERATIONS,
    MOST_SLOTS,
    NOTED,
    OPERAND_WORDS,
    OUTER_LOOPS,
    PERIODIC,
    SCATTERED,
    SPREAD,
    SUM_WORDS,
    TRUTHS,
    WHOLE,
    scratch_bytes,
)
from ..kernels.elementwise import OPERATION_WORDS, number
from ..kernels.vector import ITEM
from .code import Code, Scratch, Word, at, table
from .formulas import Operation
from .steps import Step, Sum, joined, of_products
from .view import Shape, View, order_of

WORD = 8
"""Bytes of a 64-bit integer."""


SHORT = 16
"""An inner axis of fewer elements, the channels of an image for instance, gives way to the longest one."""


@dataclass(slots=True, eq=False)
class Chain:
    """Operations on one shape, in order. `needed` are the memories of results that something else reads."""

    shape: Shape
    steps: list[Step] = field(default_factory=list)
    needed: set[int] = field(default_factory=set)
    sums: list[Sum] = field(default_factory=list)

    def made(self) -> set[int]:
        """The memories of the results."""
        return {step.output.memory for step in self.steps}

    def totals(self) -> set[int]:
        """The memories of the sums."""
        return {each.totals.memory for each in self.sums}

    def fits(self, other: "Chain | None" = None, inputs: int = 0) -> bool:
        """Whether one more operation of so many inputs, or a whole other chain, still goes in."""
        steps = [*self.steps, *(other.steps if other else ())]
        views = {view for step in steps for view in (*step.inputs, step.output)}
        views |= {each.value for each in self.sums}
        return len(steps) < MOST_OPERATIONS and len(views) + inputs + 1 <= MOST_OPERANDS


def write(chain: Chain, code: Code) -> bool:
    """Adds the call; False, with nothing added, where the views need more loops than the kernel has."""
    made = chain.made()
    summed = [each for each in chain.sums if each.value.memory not in made]
    stored = {step.output for step in chain.steps if step.output.memory in chain.needed}
    views: dict[View, View] = {}
    for step in chain.steps:
        for view in step.inputs:
            if view.memory not in made:
                views[view] = view.broadcast(chain.shape)
        views[step.output] = step.output
    views.update({each.value: each.value for each in summed})
    placed = {**views, **{each.totals: each.totals.broadcast(chain.shape) for each in chain.sums}}
    space = _space(chain.shape, placed, stored, {each.totals for each in chain.sums})
    if space is None or any(space.strides[each.totals][1] not in (0, ITEM, -1) for each in chain.sums):
        return False
    steps, sums, slots = _simplified(chain, space, stored)
    between = made - {step.output.memory for step in steps}
    views = {view: seen for view, seen in views.items() if view.memory not in between}
    places = {view: place for place, view in enumerate(views)}
    operands = [_operand(view, views[view], space, view in stored, made) for view in views]
    words: list[Word] = [
        Scratch(scratch := scratch_bytes(len(operands), len(sums), slots)),
        scratch,
        *[1] * (OUTER_LOOPS - len(space.outer)),
        *space.outer,
        space.inner,
        space.span,
        len(operands),
        len(steps),
        len(sums),
        table(operands, OPERAND_WORDS),
        table((_operation(step, places) for step in steps), OPERATION_WORDS),
        table((_sum(each, space, places, slots) for each in sums), SUM_WORDS),
        space.period,
        slots,
    ]
    reads = [view for view in views if view.memory not in made]
    writes = [*stored, *(each.parts for each in sums)]
    work = prod(chain.shape) * (len(steps) + len(sums))
    code.call("chain.chain", words, reads, writes, work, over=_over(steps, sums, made, views, space, stored))
    for each in sums:
        count = prod(each.totals.shape)
        less = each.less or each
        combined: list[Word] = [
            at(each.parts), count, each.parts.shape[0], at(each.totals), each.factor,
            int(each.less is not None), at(less.parts), less.factor,
        ]  # fmt: skip
        code.call("chain.combine", combined, list({each.parts, less.parts}), [each.totals], count)
    return True


FEWEST = 8
"""Blocks below which it does not pay to keep sums."""


def _simplified(chain: Chain, space: "_Space", stored: Collection[View]) -> tuple[list[Step], list[Sum], int]:
    """The steps and sums of a chain, as few as do it, and of how many blocks sums are kept."""
    steps, sums = list(chain.steps), list(chain.sums)
    slots = max((_slots(each, space) for each in sums), default=0)
    if prod(chain.shape) < FEWEST * slots * BLOCK or not all(_slots(each, space) for each in sums):
        slots = 0
    if slots:
        steps, sums = of_products(steps, sums, stored)
    needed = [*stored, *(view for each in sums for view in (each.value, each.factors) if view)]
    return joined(steps, needed), sums, slots


def _slots(each: Sum, space: "_Space") -> int:
    """Of how many blocks a sum is kept; 0 where it is another one in each line, or of too many."""
    outer, inner = space.strides[each.totals]
    slots = -(-space.inner // space.span) if inner == ITEM else 1
    return slots if slots <= MOST_SLOTS and not any(outer) else 0


def _over(
    steps: Sequence[Step],
    sums: Sequence[Sum],
    made: Collection[int],
    views: Mapping[View, View],
    space: "_Space",
    stored: Collection[View],
) -> list[tuple[int, int]]:
    """Which results may stand in the place of which input: pairs of memories.

    Block by block an element is read before its place is written, if all is read that stands there: each
    input that stands in order and just as a result does, and is not needed after the step that makes that.
    """
    seen = Counter(view.memory for view in views)
    last = {view: place for place, step in enumerate(steps) for view in step.inputs}
    summed = {view for each in sums for view in (each.value, each.factors)}
    pairs: dict[int, int] = {}  # by the memory of the input
    for place, step in enumerate(steps):
        if step.output not in stored or not _in_order(step.output, space):
            continue
        for view in step.inputs:
            alone = view.memory not in made and seen[view.memory] == 1 and view not in summed
            alike = space.strides[view] == space.strides[step.output] and view.offset == step.output.offset
            whole = view.item == ITEM and prod(view.shape) == prod(step.output.shape)
            if alone and alike and whole and view.memory not in pairs and last[view] == place:
                pairs[view.memory] = step.output.memory
                break
    return [(written, read) for read, written in pairs.items()]


def _in_order(view: View, space: "_Space") -> bool:
    return view.item == ITEM and (space.inner == 1 or space.strides[view][1] == ITEM)


def _sum(each: Sum, space: "_Space", places: dict[View, int], slots: int) -> list[Word]:
    outer, inner = space.strides[each.totals]
    lead = (0,) * (OUTER_LOOPS - len(outer))
    steps = [step // ITEM for step in (*lead, *outer)]
    count = prod(each.totals.shape)
    factors = -1 if each.factors is None else places[each.factors]
    step = inner if inner == -1 else inner // ITEM
    return [places[each.value], at(each.parts), count, *steps, step, factors, int(slots > 0)]


@dataclass(frozen=True, slots=True)
class _Space:
    """The loops: strides by operand for the outer axes and the inner one, and the elements of a block.

    `period` is the length of the short rows that the inner axis is made of, 0 where it is none.
    """

    outer: Shape
    inner: int
    span: int
    strides: dict[View, tuple[Shape, int]]
    period: int


def _space(
    shape: Shape, views: dict[View, View], stored: Collection[View], totals: Collection[View]
) -> _Space | None:
    leading = max(stored or views, key=lambda view: sum(n != 1 for n in views[view].shape))
    axes = [axis for axis in order_of(views[leading]) if shape[axis] != 1]
    loops: list[tuple[int, dict[View, int]]] = []
    for axis in axes:
        steps = {view: seen.strides[axis] for view, seen in views.items()}
        if loops and all(loops[-1][1][view] == shape[axis] * steps[view] for view in views):
            loops[-1] = (loops[-1][0] * shape[axis], steps)
        else:
            loops.append((shape[axis], steps))
    if not loops:
        loops = [(prod(shape), dict.fromkeys(views, ITEM))]
    period = 0
    if len(loops) > 1 and loops[-1][0] <= BLOCK // 2:
        period = _joined(loops, totals)
    longest = max(range(len(loops)), key=lambda place: loops[place][0])
    if not period and not totals and loops[-1][0] < SHORT <= loops[longest][0]:
        loops.append(loops.pop(longest))
    inner, innermost = loops.pop()
    if len(loops) > OUTER_LOOPS:
        return None
    strides = {view: (tuple(steps[view] for _, steps in loops), innermost[view]) for view in views}
    span = min(inner, BLOCK // period * period if period else BLOCK)
    return _Space(tuple(size for size, _ in loops), inner, max(1, span), strides, period)


def _joined(loops: list[tuple[int, dict[View, int]]], totals: Collection[View]) -> int:
    """Makes one of the last two loops, if rows are whole or the same one again; the length of a row, or 0.

    A row that is read again and again is the same one in all loops; a row of totals may be another in each.
    """
    (rows, down), (columns, across) = loops[-2:]
    whole = {view for view in down if down[view] == columns * across[view] and across[view] == ITEM}
    again = {view for view in down if down[view] == 0 and across[view] == ITEM}
    alone = {view for view in down if down[view] == 0 and across[view] == 0}
    if len(whole) + len(again) + len(alone) < len(down):
        return 0
    if any(steps[view] for _, steps in loops[:-2] for view in again if view not in totals):
        return 0
    loops[-2:] = [(rows * columns, {view: ITEM if view not in alone else 0 for view in down})]
    # A row that comes again is told by a stride that nothing else has.
    for view in again:
        loops[-1][1][view] = -1
    return columns


def _operand(view: View, seen: View, space: _Space, stored: bool, made: set[int]) -> list[Word]:
    outer, inner = space.strides[view]
    lead = (0,) * (OUTER_LOOPS - len(outer))
    if view.memory in made and not stored:
        return [HELD, 0, *[0] * OUTER_LOOPS, 0, 0]
    if inner == -1:
        return [PERIODIC, at(seen), *[0] * OUTER_LOOPS, ITEM, space.period]
    if view.item != ITEM:
        kind = WHOLE if view.item == WORD else NOTED if view.memory in made else TRUTHS
    elif view.memory in made:
        kind = DIRECT if inner == ITEM or space.inner == 1 else SCATTERED
    else:
        kind = SPREAD if inner == 0 else DIRECT if inner == ITEM or space.inner == 1 else GATHERED
    return [kind, at(seen), *lead, *outer, inner, 0]


def _operation(step: Step, places: dict[View, int]) -> list[Word]:
    name, numbers = step.operation
    inputs = [places[view] for view in step.inputs]
    inputs += [inputs[0]] * (3 - len(inputs))
    values: list[Word] = [float(value) for value in numbers]
    return [number(name), places[step.output], *inputs, *values, *[0.0] * (2 - len(values)), 0]


class Chains:
    """The open chains of a plan while it is lowered.

    `uses` tells how often each memory is read in all, `kept` those that are needed when all is done.
    """

    def __init__(self, code: Code, uses: Mapping[int, int], kept: Collection[int]) -> None:
        self._code = code
        self._uses = uses
        self._kept = kept
        self._by_memory: dict[int, Chain] = {}
        self._unwritten: set[int] = set()

    def unwritten(self, memory: int) -> bool:
        """Whether a result has never come to memory: its chain is closed, and nothing else was to read it."""
        return memory in self._unwritten

    def add(self, operation: Operation, inputs: Sequence[View], output: View) -> None:
        """One more operation: in the chain of its inputs if that has its shape, else in a new one."""
        read = {view.memory for view in inputs}
        for view in inputs:
            found = self._by_memory.get(view.memory)
            if found is not None and not _takes(found, view, output.shape):
                self._close(found, read)
        chain = Chain(output.shape)
        for view in inputs:
            found = self._by_memory.get(view.memory)
            if found is None or found is chain:
                continue
            if not chain.fits(found, len(inputs)):
                self._close(found, read)
                continue
            found.steps[:0] = chain.steps
            found.sums += chain.sums
            for each in chain.sums:
                self._by_memory[each.totals.memory] = found
            for step in chain.steps:
                self._by_memory[step.output.memory] = found
            chain = found
        chain.steps.append(Step(operation, tuple(inputs), output))
        self._by_memory[output.memory] = chain

    def add_sum(self, each: Sum) -> None:
        """The value's elements added up over the axes along which the totals have size 1."""
        value = each.value
        chain = self._by_memory.get(value.memory)
        if chain is None or not _takes(chain, value, value.shape) or not chain.fits(None, 1):
            self.close(value.memory)
            chain = Chain(value.shape)
        if each.less is not None and self._by_memory.get(each.less.totals.memory) is not chain:
            self.close(each.less.totals.memory)
        chain.sums.append(each)
        self._by_memory[each.totals.memory] = chain

    def close(self, memory: int) -> None:
        """Writes the chain that makes this memory, if one is open, for something else that reads it."""
        chain = self._by_memory.get(memory)
        if chain is not None:
            self._close(chain, {memory})

    def _close(self, chain: Chain, asked: Collection[int] = ()) -> None:
        made = chain.made()
        read = Counter(view.memory for step in chain.steps for view in step.inputs)
        read.update(each.value.memory for each in chain.sums)
        chain.needed = {m for m in made if m in self._kept or m in asked or self._uses.get(m, 1) > read[m]}
        self._unwritten |= made - chain.needed
        for each in made | chain.totals():
            del self._by_memory[each]
        if chain.needed or chain.sums:
            self._write(chain)

    def close_all(self) -> None:
        """Writes what is open."""
        for chain in list(self._by_memory.values()):
            if any(memory in self._by_memory for memory in chain.made() | chain.totals()):
                self._close(chain)

    def _write(self, chain: Chain) -> None:
        if write(chain, self._code):
            return
        if len(chain.steps) == 1 and not chain.sums:
            for part in _parts(chain):
                self._write(part)
            return
        assert len(chain.steps) + len(chain.sums) > 1, f"no loops for {chain}"
        for step in chain.steps:  # one by one, all in memory
            self._write(Chain(chain.shape, [step], {step.output.memory}))
        for each in chain.sums:
            self._write(Chain(chain.shape, sums=[each]))


def _takes(chain: Chain, view: View, shape: Shape) -> bool:
    return chain.shape == shape and any(step.output == view for step in chain.steps)


def _parts(chain: Chain) -> Iterator[Chain]:
    """A chain of one step as one for each place along its shortest axis, which needs a loop less."""
    (step,), shape = chain.steps, chain.shape
    axis = min((axis for axis, size in enumerate(shape) if size != 1), key=lambda axis: shape[axis])
    for place in range(shape[axis]):
        *inputs, output = (
            view.broadcast(shape).sliced(axis, place, place + 1, 1) for view in (*step.inputs, step.output)
        )
        yield Chain(output.shape, [Step(step.operation, tuple(inputs), output)], chain.needed)
