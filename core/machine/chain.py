"""A chain: elementwise operations on one shape, and sums, done in one pass over memory by one call."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from ..kernels.chain import (
    AT_ONCE,
    BLOCK,
    DIRECT,
    GATHERED,
    HELD,
    KIND,
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
from .loop_nest import LoopNest, loop_nest
from .steps import Step, Sum, joined, of_products
from .view import Shape, View

WORD = 8
"""Bytes of a 64-bit integer."""

FEWEST = 8
"""Blocks below which it does not pay to keep sums."""


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
    every = {**views, **{each.totals: each.totals.broadcast(chain.shape) for each in chain.sums}}
    nest = loop_nest(chain.shape, every, stored, {each.totals for each in chain.sums})
    if nest is None or any(nest.strides[each.totals][1] not in (0, ITEM, -1) for each in chain.sums):
        return False
    steps, sums, slots = _simplified(chain, nest, stored)
    between = made - {step.output.memory for step in steps}
    views = {view: seen for view, seen in views.items() if view.memory not in between}
    indices = {view: index for index, view in enumerate(views)}
    operands = [_operand(view, views[view], nest, view in stored, made) for view in views]
    # An operation for each that is read or written in place asks for its memory, as far as there are enough.
    direct = [index for index, operand in enumerate(operands) if operand[KIND] == DIRECT]
    for index in direct[len(steps) :]:
        operands[index][AT_ONCE] = 1
    ahead = [*direct, *[-1] * len(steps)][: len(steps)]
    words: list[Word] = [
        Scratch(scratch := scratch_bytes(len(operands), len(sums), slots)),
        scratch,
        *[1] * (OUTER_LOOPS - len(nest.outer)),
        *nest.outer,
        nest.inner,
        nest.span,
        len(operands),
        len(steps),
        len(sums),
        table(operands, OPERAND_WORDS),
        table((_operation(*each, indices) for each in zip(steps, ahead, strict=True)), OPERATION_WORDS),
        table((_sum(each, nest, indices, slots) for each in sums), SUM_WORDS),
        nest.period,
        slots,
    ]
    reads = [view for view in views if view.memory not in made]
    writes = [*stored, *(each.parts for each in sums)]
    work = prod(chain.shape) * (len(steps) + len(sums))
    code.call("chain.chain", words, reads, writes, work, over=_over(steps, sums, made, views, nest, stored))
    for each in sums:
        count = prod(each.totals.shape)
        less = each.less or each
        combined: list[Word] = [
            at(each.parts), count, each.parts.shape[0], at(each.totals), each.factor,
            int(each.less is not None), at(less.parts), less.factor,
        ]  # fmt: skip
        code.call("chain.combine", combined, list({each.parts, less.parts}), [each.totals], count)
    return True


def _simplified(chain: Chain, nest: LoopNest, stored: Collection[View]) -> tuple[list[Step], list[Sum], int]:
    """The steps and sums of a chain, as few as do it, and of how many blocks sums are kept."""
    steps, sums = list(chain.steps), list(chain.sums)
    slots = max((_slots(each, nest) for each in sums), default=0)
    if prod(chain.shape) < FEWEST * slots * BLOCK or not all(_slots(each, nest) for each in sums):
        slots = 0
    if slots:
        steps, sums = of_products(steps, sums, stored)
    needed = [*stored, *(view for each in sums for view in (each.value, each.factors) if view)]
    return joined(steps, needed), sums, slots


def _slots(each: Sum, nest: LoopNest) -> int:
    """Of how many blocks a sum is kept; 0 where it is another one in each line, or of too many."""
    outer, inner = nest.strides[each.totals]
    slots = -(-nest.inner // nest.span) if inner == ITEM else 1
    return slots if slots <= MOST_SLOTS and not any(outer) else 0


def _over(
    steps: Sequence[Step],
    sums: Sequence[Sum],
    made: Collection[int],
    views: Mapping[View, View],
    nest: LoopNest,
    stored: Collection[View],
) -> list[tuple[int, int]]:
    """Which results may be written over which input: pairs of memories.

    Block by block an element is read before it is written over, if all is read that stands there: each
    input that stands in order and just as a result does, and is not needed after the step that makes that.
    """
    seen = Counter(view.memory for view in views)
    last = {view: time for time, step in enumerate(steps) for view in step.inputs}
    summed = {view for each in sums for view in (each.value, each.factors)}
    pairs: dict[int, int] = {}  # by the memory of the input
    for time, step in enumerate(steps):
        if step.output not in stored or not nest.in_order(step.output):
            continue
        for view in step.inputs:
            alone = view.memory not in made and seen[view.memory] == 1 and view not in summed
            alike = nest.strides[view] == nest.strides[step.output] and view.offset == step.output.offset
            whole = view.item == ITEM and prod(view.shape) == prod(step.output.shape)
            if alone and alike and whole and view.memory not in pairs and last[view] == time:
                pairs[view.memory] = step.output.memory
                break
    return [(written, read) for read, written in pairs.items()]


def _sum(each: Sum, nest: LoopNest, indices: dict[View, int], slots: int) -> list[Word]:
    outer, inner = nest.strides[each.totals]
    lead = (0,) * (OUTER_LOOPS - len(outer))
    steps = [step // ITEM for step in (*lead, *outer)]
    count = prod(each.totals.shape)
    factors = -1 if each.factors is None else indices[each.factors]
    step = inner if inner == -1 else inner // ITEM
    return [indices[each.value], at(each.parts), count, *steps, step, factors, int(slots > 0)]


def _operand(view: View, seen: View, nest: LoopNest, stored: bool, made: set[int]) -> list[Word]:
    outer, inner = nest.strides[view]
    lead = (0,) * (OUTER_LOOPS - len(outer))
    if view.memory in made and not stored:
        return [HELD, 0, *[0] * OUTER_LOOPS, 0, 0, 0]
    if inner == -1:
        return [PERIODIC, at(seen), *[0] * OUTER_LOOPS, ITEM, nest.period, 0]
    if view.item != ITEM:
        kind = WHOLE if view.item == WORD else NOTED if view.memory in made else TRUTHS
    elif view.memory in made:
        kind = DIRECT if nest.in_order(view) else SCATTERED
    else:
        kind = SPREAD if inner == 0 else DIRECT if nest.in_order(view) else GATHERED
    return [kind, at(seen), *lead, *outer, inner, 0, 0]


def _operation(step: Step, ahead: int, indices: dict[View, int]) -> list[Word]:
    name, numbers = step.operation
    inputs = [indices[view] for view in step.inputs]
    inputs += [inputs[0]] * (3 - len(inputs))
    values: list[Word] = [float(value) for value in numbers]
    return [number(name), indices[step.output], *inputs, *values, *[0.0] * (2 - len(values)), 0, ahead]
