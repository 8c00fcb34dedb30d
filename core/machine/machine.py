"""The machine: a plan's code laid out in memory, bound to arrays, and run."""

from collections.abc import Callable, Collection, Mapping, Sequence
from math import prod

import numpy as np

from ..engine.execute import Stopped, Watch, faults_of, new_arena, refer
from ..engine.executor import Room
from ..engine.memory import SLACK, check_run_fits
from ..engine.plan import Plan
from ..initialise import Array
from ..ops.primitive import PRIMITIVES, Circumstances
from .code import Call, Op, Reference
from .layout import laid_out, ordered_by
from .lowering import Lowering
from .rules import RULES
from .table import CallTable
from .team import bytes_at, cores, team
from .validate import validate
from .view import Shape, View

GUARD = 0xFF
"""What stands behind memories in a guarded run: as floats NaN, which would be seen if it were used."""

WORK_FOR_ONE = 300_000
"""The work up to which one thread is quicker than waking others: about a tenth of a millisecond."""

SLICE = 60_000_000
"""The work after which a run asks whether it shall stop: some tens of milliseconds."""

UNWATCHED = Watch()


class Machine:
    """A plan ready to run, as often as one likes, over one arena; arrays from outside stay where they are.

    These may have their axes in any order, but are dense. Results of the plan may be among them: one that the
    machine makes in that very order is put there, which `array` tells.
    Those that are `fixed`, by the numbers of their buffers, do not change: what is made of them alone is made
    once, in the first run. `threads` is how many run it, where not told as many as there are cores,
    or one for little work.
    A `guarded` one gives each memory a place of its own, all NaN, and can tell where something wrote beyond.
    """

    def __init__(
        self,
        plan: Plan,
        outside: Mapping[int, Array],
        threads: int | None = None,
        *,
        fixed: Collection[int] = (),
        exact: bool = False,
        guarded: bool = False,
        room: Room = new_arena,
    ) -> None:
        self.plan = plan
        fixed = {*fixed, *plan.constants}
        strides = _strides(plan, outside)

        def lowering(count: int) -> Lowering:
            return Lowering(plan, count, RULES, strides, fixed=fixed, exact=exact)

        little = None if threads else lowering(1).lowered_below(WORK_FOR_ONE)
        self._team = team(1 if little else threads or cores())
        self.code = little or lowering(self._team.size).lowered()
        order = ordered_by(self.code)
        results = {self.code.views[number].memory for number in plan.results}
        kept = order.kept | results
        if guarded:
            kept = frozenset(range(len(self.code.memories)))
        self._layout = laid_out(self.code, order.ops, kept, self._team.size)
        validate(self.code, self._layout, order, results)
        check_run_fits(self._layout.size)
        self._arena = room(self._layout.size)
        if guarded:
            self._arena[:] = GUARD
            for number, each in enumerate(self.code.memories):
                if each.constant:
                    self._stretch(number)[: each.size] = 0
        self._outside = outside
        base = bytes_at(self._arena)
        self._addresses = [
            bytes_at(outside[memory.outside])
            if memory.outside is not None
            else base + (self._layout.offsets[number] or 0)
            for number, memory in enumerate(self.code.memories)
        ]
        self._once, self._each = self._cut(order.once), self._cut(order.each)
        self._prepared = False
        self._whole: CallTable | None = None
        """All that a run does, once prepared, where that is one table."""

    def _cut(self, ops: Sequence[Op]) -> "list[CallTable | _Step]":
        """The operations in stretches that run without looking up."""
        segments: list[CallTable | _Step] = []
        calls: list[Call] = []
        work = 0
        for op in ops:
            if calls and (isinstance(op, Reference) or work > SLICE):
                segments.append(self._table(calls))
                calls, work = [], 0
            if isinstance(op, Call):
                calls.append(op)
                work += op.work
            else:
                segments.append(self._step(op))
        return segments + ([self._table(calls)] if calls else [])

    def run(self, seed: int, watch: Watch | None = None) -> None:
        """Fills the memories. Raises Stopped, or RunError with the call whose values do not fit."""
        if watch is None and self._whole is not None:  # a small network's run takes hardly longer than to ask
            if status := self._whole.act():
                self._explain(self._whole.calls[status >> 32], Circumstances(seed, UNWATCHED.stopped))
            return
        segments = self._each if self._prepared else [*self._once, *self._each]
        if watch is None:
            for segment in segments:
                self._do(segment, seed)
        else:
            self._do_watched(segments, seed, watch)
        self._prepared = True
        match self._each:
            case [CallTable(draws=()) as table]:
                self._whole = table

    def _do_watched(self, segments: "Sequence[CallTable | _Step]", seed: int, watch: Watch) -> None:
        total = sum(segment.count for segment in segments)
        done = 0
        for segment in segments:
            if watch.stopped():
                raise Stopped
            watch.progress(done, total)
            self._do(segment, seed, watch)
            done += segment.count
        watch.progress(total, total)

    def alone(self, op: Op, seed: int) -> Callable[[], None]:
        """What does one of the operations by itself, for who measures; a run must have been before."""
        (segment,) = self._cut([op])
        return lambda: self._do(segment, seed)

    @property
    def threads(self) -> int:
        """How many threads run it."""
        return self._team.size

    def _do(self, segment: "CallTable | _Step", seed: int, watch: Watch = UNWATCHED) -> None:
        if not isinstance(segment, CallTable):
            segment.do(Circumstances(seed, watch.stopped))
            return
        if segment.draws:
            segment.seed(seed)
        status = segment.act()
        if status:
            self._explain(segment.calls[status >> 32], Circumstances(seed, watch.stopped))

    def _explain(self, call: Call, run: Circumstances) -> None:
        """Has its reference say what is wrong with the values that a kernel would not take."""
        assert call.reference is not None, f"{call.kernel} ended early"
        instruction = call.reference.instruction
        primitive = PRIMITIVES[instruction.primitive]
        inputs = [
            self._array(view, self.plan.buffers[number].dtype)
            for view, number in zip(call.reference.inputs, instruction.inputs, strict=True)
        ]
        with faults_of(instruction), np.errstate(all="ignore"):
            primitive.reference(*inputs, **instruction.settings, **run.keywords_of(primitive))
        raise AssertionError(f"{call.kernel} ended early, its reference does not")

    def broken(self) -> list[int]:
        """The memories of a guarded machine behind which something was written."""
        inside = [n for n, offset in enumerate(self._layout.offsets) if offset is not None]
        return [n for n in inside if (self._stretch(n)[self.code.memories[n].size :] != GUARD).any()]

    def _stretch(self, number: int) -> Array:
        """The bytes of a memory, and those behind it."""
        start = self._layout.offsets[number]
        assert start is not None, "not in the arena"
        return self._arena[start : start + self.code.memories[number].size + SLACK]

    def kernels(self) -> list[str]:
        """The kernels that are called, `file.function`, and the primitives left to their references."""
        return [op.kernel if isinstance(op, Call) else op.instruction.primitive for op in self.code.ops]

    def array(self, number: int) -> Array:
        """A buffer of the plan as an array over the arena."""
        return self._array(self.code.views[number], self.plan.buffers[number].dtype)

    def _array(self, view: View, dtype: str) -> Array:
        if not prod(view.shape):
            return np.empty(view.shape, dtype)  # its offset may be beyond a memory of no bytes
        memory = self.code.memories[view.memory]
        if memory.outside is not None:
            base = _in_order(self._outside[memory.outside]).reshape(-1).view(np.uint8)
            start = view.offset
        else:
            base, start = self._arena, (self._layout.offsets[view.memory] or 0) + view.offset
        return np.ndarray(view.shape, dtype, base, start, view.strides)

    def _table(self, calls: Sequence[Call]) -> CallTable:
        return CallTable(calls, self._addresses, bytes_at(self._arena) + self._layout.scratch, self._team)

    def _step(self, op: Reference) -> "_Step":
        buffers = self.plan.buffers
        instruction = op.instruction
        inputs = [
            self._array(view, buffers[number].dtype)
            for view, number in zip(op.inputs, instruction.inputs, strict=True)
        ]
        outputs = [
            self._array(view, buffers[number].dtype)
            for view, number in zip(op.outputs, instruction.outputs, strict=True)
        ]
        return _Step(op, inputs, outputs)


def _strides(plan: Plan, outside: Mapping[int, Array]) -> dict[int, Shape]:
    """Those of arrays that do not stand in the order of their indices, or that results are put into."""
    return {
        number: array.strides
        for number, array in outside.items()
        if number not in plan.outside or not array.flags.c_contiguous
    }


def _in_order(array: Array) -> Array:
    """An array that is dense, its axes from the longest stride to the shortest."""
    return array.transpose(sorted(range(array.ndim), key=lambda axis: -array.strides[axis]))


class _Step:
    """A primitive's reference on arrays of any strides."""

    count = 1

    def __init__(self, op: Reference, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self._instruction = op.instruction
        self._inputs, self._outputs = inputs, outputs

    def do(self, run: Circumstances) -> None:
        """Fills the outputs."""
        # NaN and infinity are results like others.
        with faults_of(self._instruction), np.errstate(all="ignore"):
            refer(self._instruction, self._inputs, self._outputs, run)
