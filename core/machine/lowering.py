"""From a plan to the machine's code: each instruction as kernels on views, or left to its reference."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from math import inf, prod

from ..engine.plan import ITEM_BYTES, Instruction, Plan
from ..kernels.vector import ITEM
from .code import Code, Reference
from .formulas import OPERATIONS, Operation
from .framing import turn, turns
from .fusion import OpenChains
from .steps import Sum
from .tails import Tail
from .view import Shape, View, alike, channels_last, order_of, ordered, packed

DOUBLE = 8
"""Bytes of a float64."""

OF_PLACES = frozenset(
    {
        "max_pool", "max_pool_grad", "adaptive_max_pool", "argmax", "gather", "scatter_add", "take_along",
        "take_along_grad", "one_hot", "cross_entropy", "cross_entropy_grad", "nll", "nll_grad", "compare",
        "compare_number", "where", "where_grad",
    }
)  # fmt: skip
"""Primitives of which an input or output is no float: places of maxima, indices, classes, truth values."""


class Lowering:
    """One plan while it is lowered: where its buffers have come to stand, and what is done so far."""

    def __init__(
        self,
        plan: Plan,
        threads: int,
        rules: "Mapping[str, Rule]",
        outside: Mapping[int, Shape] | None = None,
        *,
        fixed: Collection[int] = (),
        exact: bool = False,
    ) -> None:
        """`outside` has the strides of arrays from outside: of the plan's own, and of results put there.

        Those that are `fixed` stay the same from run to run: it pays to lay them out anew.
        `exact`: convolutions are sums of products, with no transform before.
        """
        self.plan = plan
        self.exact = exact
        self._outside = outside or {}
        self.threads = threads
        self._rules = rules
        self.code = Code()
        self._uses: dict[int, int] = {}
        self._again: dict[int, Callable[[], View]] = {}
        self._made_again: set[int] = set()  # their memories
        self._kept: set[int] = set()
        self._read = Counter(
            self.root(number) for instruction in plan.instructions for number in instruction.inputs
        )
        self._results = {self.root(number) for number in plan.results}
        self._readers: dict[int, list[Instruction]] = {}
        self._makers = {number: each for each in plan.instructions for number in each.outputs}
        for instruction in plan.instructions:
            for number in instruction.inputs:
                self._readers.setdefault(self.root(number), []).append(instruction)
        self._done: set[int] = set()
        self.chains = OpenChains(self.code, self._uses, self._kept)
        for number in sorted(plan.outside):
            buffer = plan.buffers[number]
            memory = self.code.memory(buffer.size, number)
            self.code.memories[memory].fixed = number in fixed
            item = ITEM_BYTES[buffer.dtype]
            strides = self._outside.get(number, packed(buffer.shape, item))
            self.code.views[number] = View(memory, 0, buffer.shape, strides, item)

    def root(self, number: int) -> int:
        """The buffer whose memory this one shares, else itself."""
        base = self.plan.buffers[number].base
        return number if base is None else base

    def lowered(self) -> Code:
        """All instructions, in order."""
        code = self.lowered_below(inf)
        assert code is not None
        return code

    def lowered_below(self, work: float) -> Code | None:
        """The same, given up as soon as there turns out to be that much work, or more."""
        for instruction in self.plan.instructions:
            self._lower(instruction)
            if self.code.work >= work:
                return None
        self.chains.close_all()
        for number in self.plan.results:
            self.view(number)
        self.chains.close_all()
        return self.code if self.code.work < work else None

    def _lower(self, instruction: Instruction) -> None:
        if id(instruction) in self._done:
            return
        self._done.add(id(instruction))
        rule = self._rules.get(instruction.primitive)
        if rule is None or not self._fits(instruction) or not rule(self, instruction):
            self.refer(instruction)

    def only_reader(self, number: int) -> Instruction | None:
        """The instruction that alone reads a value, once and as it is; None where there is none such."""
        root = self.root(number)
        readers = self._readers.get(root, [])
        if len(readers) != 1 or root in self._results or readers[0].inputs.count(number) != 1:
            return None
        return readers[0]

    def readers(self, number: int) -> list[Instruction]:
        """The instructions that read a value, in whatever shape, in order."""
        return self._readers.get(self.root(number), [])

    def is_result(self, number: int) -> bool:
        """Whether a value is wanted when all is done."""
        return self.root(number) in self._results

    def preferred(self, number: int) -> tuple[int, ...] | None:
        """How the axes should stand so that what alone reads the value, turned, finds it side by side.

        Work on its elements may come first. None where it is not turned, or its rows would be torn apart.
        """
        rank = len(self.shape(number))
        reader = self.only_reader(number)
        while reader is not None and reader.primitive in OPERATIONS:
            if self.shape(reader.outputs[0]) != self.shape(number):
                return None
            reader = self.only_reader(reader.outputs[0])
        if reader is None or reader.primitive != "permute" or reader.settings["axes"][-1] != rank - 1:
            return None
        axes: tuple[int, ...] = reader.settings["axes"]
        return axes

    def maker(self, number: int) -> Instruction | None:
        """The instruction that a value is the result of; None where it comes from outside."""
        return self._makers.get(number)

    def skip(self, instruction: Instruction) -> None:
        """Notes that an instruction's work is part of another's."""
        self._done.add(id(instruction))

    def stands(self, number: int) -> bool:
        """Whether a value is computed, or comes from outside."""
        return self.root(number) in self.code.views

    def ensure(self, number: int) -> bool:
        """Computes a value now, if that takes nothing but elementwise work on weights; whether it stands."""
        if self.stands(number):
            return True
        maker = self._makers.get(self.root(number))
        if maker is None or maker.primitive not in OPERATIONS:
            return False
        if not all(self.ensure(each) for each in maker.inputs):
            return False
        self._lower(maker)
        return True

    def _fits(self, instruction: Instruction) -> bool:
        """Whether the values are floats where they must be."""
        if instruction.primitive in OF_PLACES:
            return True
        numbers = (*instruction.inputs, *instruction.outputs)
        return all(self.plan.buffers[number].dtype == "float32" for number in numbers)

    def wanted(self, number: int) -> bool:
        """Whether anything reads a buffer, or it is a result."""
        return bool(self._read[number]) or number in self._results

    def shape(self, number: int) -> Shape:
        """The sizes of a buffer."""
        return self.plan.buffers[number].shape

    def view(self, number: int) -> View:
        """Where a buffer stands, as something outside of the open chains reads it."""
        found = self.seen(number)
        self.chains.close(found.memory)
        return found

    def seen(self, number: int) -> View:
        """Where a buffer stands; the chain that makes it may still be open."""
        views = self.code.views
        if number in views and not self.chains.unwritten(views[number].memory):
            return views[number]
        if number in self._again:
            views[number] = self._again[number]()
        else:
            root = self.seen(self.root(number))
            shape = self.shape(number)
            reshaped = root.reshaped(shape)
            if reshaped is None:
                reshaped = self.copied(root).reshaped(shape)
                assert reshaped is not None, "side by side"
            views[number] = reshaped
        return views[number]

    def made_again(self, number: int, made: Callable[[], View], of: Sequence[View]) -> None:
        """Has a value that a chain makes stay there: who reads it later has it made again `of` what stands.

        That takes less time than memory, and no room; where anything else than a chain reads it, it stands.
        """
        if not self.is_result(number):
            self._again[number] = made
            memory = self.code.views[number].memory
            self._made_again.add(memory)
            self._uses[memory] = 0
            for view in of:
                self._uses[view.memory] = self._uses.get(view.memory, 0) + 1

    def is_made_again(self, number: int) -> bool:
        """Whether a value is made again where a chain reads it."""
        return number in self._again

    def spared(self, number: int, reads: int) -> None:
        """Notes that so many of the instructions that read a value do without it."""
        self._uses[self.code.views[number].memory] -= reads

    def seen_together(self, numbers: Sequence[int]) -> list[View]:
        """Where values stand for one chain that reads all of them."""
        views = [self.seen(number) for number in numbers]
        if any(self.chains.unwritten(view.memory) for view in views):
            # One was made again where there was no room for the chain of another.
            views = [self.view(number) for number in numbers]
        return views

    def copied(self, view: View, order: tuple[int, ...] | None = None) -> View:
        """The same array side by side in memory of its own, its axes standing in that order."""
        memory = self.code.memory(prod(view.shape) * view.item)
        order = order or tuple(range(view.rank))
        made = View(memory, 0, view.shape, ordered(view.shape, view.item, order), view.item)
        assert view.item == ITEM, "only floats have other layouts"
        self._uses[memory] = 2  # read by whoever asked
        if turns(view, made):
            self.chains.close(view.memory)
            turn(self.code, view, made)
            return made
        self.chains.add(("copy", ()), [view], made)
        self.chains.close(memory)
        return made

    def made(self, number: int, order: tuple[int, ...] | None = None) -> View:
        """Memory for a result, its axes standing in that order."""
        buffer = self.plan.buffers[number]
        item = ITEM_BYTES[buffer.dtype]
        strides = packed(buffer.shape, item) if order is None else ordered(buffer.shape, item, order)
        wanted = self._outside.get(number)
        put_there = wanted is not None and alike(buffer.shape, wanted, strides)
        memory = self.code.memory(buffer.size, number if put_there else None)
        self._uses[memory] = self._read[number]
        if number in self._results:
            self._kept.add(memory)
        self.code.views[number] = View(memory, 0, buffer.shape, strides, item)
        return self.code.views[number]

    def summed(
        self,
        value: View,
        totals: View,
        factor: float = 1.0,
        less: Sum | None = None,
        *,
        planned: bool = False,
    ) -> Sum:
        """Fills `totals`, which keeps the axes with size 1, with the sums of a value times a factor.

        The square of a sum of that value's sizes may be taken away, as in the variance. What is `planned`
        reads the value as an instruction does, and is counted with these.
        """
        axes = [axis for axis in order_of(value) if totals.shape[axis] != 1]
        target = totals
        if axes != [axis for axis in order_of(totals) if totals.shape[axis] != 1]:
            memory = self.code.memory(prod(totals.shape) * ITEM)
            totals = View(memory, 0, totals.shape, ordered(totals.shape, ITEM, order_of(value)), ITEM)
        size = prod(totals.shape) * DOUBLE
        memory = self.code.memory(self.threads * size)
        shape = (self.threads, *totals.shape)
        parts = View(memory, 0, shape, packed(shape, DOUBLE), DOUBLE)
        if not planned:
            self._uses[value.memory] = self._uses.get(value.memory, 0) + 1
        made = Sum(value, totals, parts, factor, less=less)
        self.chains.add_sum(made)
        if target != totals:
            self.step_into(target, ("copy", ()), totals)
        return made

    def like(self, view: View) -> View:
        """Memory for another array of that shape, its axes standing in the same order."""
        memory = self.code.memory(prod(view.shape) * view.item)
        strides = ordered(view.shape, view.item, order_of(view))
        return View(memory, 0, view.shape, strides, view.item)

    def step(self, operation: Operation, *inputs: View) -> View:
        """An elementwise operation on views, its result in memory of its own, in the first one's shape."""
        made = self.like(inputs[0])
        self.step_into(made, operation, *inputs)
        return made

    def step_into(self, made: View, operation: Operation, *inputs: View) -> None:
        """An elementwise operation on views, its result where it is told."""
        for view in inputs:
            self._uses[view.memory] = self._uses.get(view.memory, 0) + 1
        self.chains.add(operation, inputs, made)

    def alias(self, number: int, view: View) -> None:
        """A result that is another view of memory that is there: who reads it does not make it again."""
        if view.memory in self._made_again:
            self._kept.add(view.memory)
        self._uses[view.memory] = self._uses.get(view.memory, 0) + self._read[number]
        if number in self._results:
            self._kept.add(view.memory)
        self.code.views[number] = view

    def tail_stands(self, tail: Tail) -> None:
        """Writes what a tail's shift is made of, and has its numbers side by side."""
        if tail.shift is not None:
            self.chains.close(tail.shift.memory)
            if tail.shift.strides[0] != ITEM:
                tail.shift = self.copied(tail.shift)

    def refer(self, instruction: Instruction) -> None:
        """Leaves an instruction to its primitive's reference."""
        inputs = tuple(self.view(number) for number in instruction.inputs)
        outputs = tuple(self.made(number) for number in instruction.outputs)
        self.code.add(Reference(instruction, inputs, outputs))

    def image(self, number: int, inside: bool = False) -> View:
        """An array (N, C, S…), channels side by side, in the machine's own memory where `inside`."""
        view = self.view(number)
        if channels_beside(view) and not (inside and self.code.memories[view.memory].outside is not None):
            return view
        return self.copied(view, channels_last(view.rank))


def channels_beside(view: View) -> bool:
    """Whether the channels of (N, C, S…) stand side by side."""
    return view.strides[1] == ITEM or view.shape[1] == 1


Rule = Callable[[Lowering, Instruction], bool]
"""Lowers an instruction; False, with nothing added, where there is no kernel for its settings."""
