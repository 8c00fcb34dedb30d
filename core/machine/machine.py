"""The machine: a plan's code laid out in memory, bound to arrays, and run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from math import prod
from typing import Any

import numpy as np

from ..engine.execute import Stopped, Watch, refer, told
from ..engine.memory import ALIGNMENT, Span, aligned, check_fits, place
from ..engine.plan import Plan
from ..initialise import Array
from ..ops.primitive import PRIMITIVES, Circumstances
from ..types import DType, Type
from .code import At, Call, Code, Reference, Scratch, Table, Word
from .lowering import Lowering
from .rules import RULES
from .team import bytes_at, cores, team
from .view import View


@cache
def kernel_address(name: str) -> int:
    """The address of a compiled kernel, `file.function`."""
    file, _, function = name.partition(".")
    kernels = __name__.removesuffix("machine.machine") + "kernels"  # installed, the package has another name
    compiled: Any = getattr(import_module(f"{kernels}.{file}"), function)
    (result,) = compiled.overloads.values()
    return int(result.library.get_pointer_to_function(result.fndesc.llvm_cfunc_wrapper_name))


@dataclass(frozen=True)
class Layout:
    """Where the memories of some code stand in one arena, and where its scratch memory begins."""

    offsets: tuple[int | None, ...]
    scratch: int
    size: int


SLACK = 1024
"""Bytes behind every memory: a tile may read beyond the last column of an operand, and does not use it."""

GUARD = 0xFF
"""What stands there in a guarded run: as floats NaN, which would be seen if it were used."""


def laid_out(code: Code, kept: frozenset[int], threads: int) -> Layout:
    """An offset for each memory that is not from outside: none overlap that are in use at once."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for time, op in enumerate(code.ops):
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
    spans = [
        Span(code.memories[memory].size + SLACK, first[memory], None if memory in kept else last[memory])
        for memory in inside
    ]
    places, size = place(spans)
    offsets: list[int | None] = [None] * len(code.memories)
    for memory, offset in zip(inside, places, strict=True):
        offsets[memory] = offset
    scratch = max((_scratch(op) for op in code.ops if isinstance(op, Call)), default=0)
    return Layout(tuple(offsets), size, size + aligned(scratch * threads))


def memories_of(op: Call | Reference) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The memories that an operation reads, and those that it writes."""
    if isinstance(op, Call):
        return op.reads, op.writes
    return tuple(v.memory for v in op.inputs), tuple(v.memory for v in op.outputs)


def _work(op: Call | Reference) -> int:
    return op.work if isinstance(op, Call) else sum(prod(view.shape) for view in op.outputs)


def _scratch(call: Call) -> int:
    return sum(word.size for word in call.words if isinstance(word, Scratch))


SMALL = 300_000
"""The work up to which one thread is quicker than waking others: about a tenth of a millisecond."""

SLICE = 60_000_000
"""The work after which a run asks whether it shall stop: some tens of milliseconds."""


class Machine:
    """A plan ready to run, as often as one likes, over one arena; arrays from outside stay where they are.

    `threads` is how many run it, where not told as many as there are cores, or one for little work.
    A `guarded` one gives each memory a place of its own, all NaN, and can tell where something wrote beyond.
    """

    def __init__(
        self,
        plan: Plan,
        outside: Mapping[int, Array],
        threads: int | None = None,
        *,
        guarded: bool = False,
    ) -> None:
        self.plan = plan
        self.code = Lowering(plan, threads or cores(), RULES).lowered()
        if threads is None and sum(_work(op) for op in self.code.ops) < SMALL:
            threads = 1
            self.code = Lowering(plan, threads, RULES).lowered()
        self._team = team(threads or cores())
        kept = frozenset(self.code.views[number].memory for number in plan.results)
        if guarded:
            kept = frozenset(range(len(self.code.memories)))
        self._layout = laid_out(self.code, kept, self._team.size)
        check_fits(self._layout.size, "the run")
        memory = np.zeros(self._layout.size + ALIGNMENT, np.uint8)
        self._arena = memory[-memory.ctypes.data % ALIGNMENT :]
        if guarded:
            self._arena[:] = GUARD
            for number, each in enumerate(self.code.memories):
                if each.constant:
                    self._place(number)[: each.size] = 0
        self._outside = outside
        base = bytes_at(self._arena)
        self._addresses = [
            bytes_at(outside[memory.outside])
            if memory.outside is not None
            else base + (self._layout.offsets[number] or 0)
            for number, memory in enumerate(self.code.memories)
        ]
        self._segments = self._cut()

    def _cut(self) -> list["_Table | _Step"]:
        """The operations in stretches that run without looking up."""
        segments: list[_Table | _Step] = []
        calls: list[Call] = []
        work = 0
        for op in self.code.ops:
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
        watch = watch or Watch()
        run = Circumstances(seed, True, watch.stopped)
        total = len(self.code.ops)
        done = 0
        with np.errstate(all="ignore"):
            for segment in self._segments:
                if watch.stopped():
                    raise Stopped
                watch.progress(done, total)
                if isinstance(segment, _Table):
                    status = self._team.run(segment.address, segment.count)
                    assert status == 0, status
                    done += segment.count
                else:
                    segment.do(run)
                    done += 1
        watch.progress(total, total)

    def broken(self) -> list[int]:
        """The memories of a guarded machine behind which something was written."""
        inside = [n for n, offset in enumerate(self._layout.offsets) if offset is not None]
        return [n for n in inside if (self._place(n)[self.code.memories[n].size :] != GUARD).any()]

    def _place(self, number: int) -> Array:
        """The bytes of a memory, and those behind it."""
        start = self._layout.offsets[number]
        assert start is not None, "not in the arena"
        return self._arena[start : start + self.code.memories[number].size + SLACK]

    def told(self) -> list[str]:
        """The kernels that are called, `file.function`, and the primitives left to their references."""
        return [op.kernel if isinstance(op, Call) else op.instruction.primitive for op in self.code.ops]

    def array(self, number: int) -> Array:
        """A buffer of the plan as an array over the arena."""
        return self._array(self.code.views[number], self.plan.buffers[number].dtype)

    def _array(self, view: View, dtype: str) -> Array:
        memory = self.code.memories[view.memory]
        if memory.outside is not None:
            base = self._outside[memory.outside].reshape(-1).view(np.uint8)
            start = view.offset
        else:
            base, start = self._arena, (self._layout.offsets[view.memory] or 0) + view.offset
        return np.ndarray(view.shape, dtype, base, start, view.strides)

    def _table(self, calls: Sequence[Call]) -> "_Table":
        words = _Words(self._addresses, bytes_at(self._arena) + self._layout.scratch)
        rows: list[Word | _Place] = []
        for call in calls:
            rows += [kernel_address(call.kernel), words.put(call.words), 1]
        start = words.put(rows)
        return _Table(words.fixed(), start, len(calls))

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


class _Words:
    """Words as they come, each block after the other; addresses are known once all stand."""

    def __init__(self, addresses: Sequence[int], scratch: int) -> None:
        self._addresses = addresses
        self._scratch = scratch
        self._words: list[int | float | _Place] = []

    def put(self, words: "Sequence[Word | _Place]") -> "_Place":
        """Adds a block; the place of its first word."""
        known = [self._known(word) for word in words]
        start = len(self._words)
        self._words += known
        return _Place(start)

    def _known(self, word: "Word | _Place") -> "int | float | _Place":
        if isinstance(word, At):
            return self._addresses[word.memory] + word.offset
        if isinstance(word, Scratch):
            return self._scratch
        if isinstance(word, Table):
            return self.put(word.words)
        return word

    def fixed(self) -> Array:
        """All words in memory."""
        array = np.zeros(len(self._words), np.int64)
        reals = array.view(np.float64)
        base = bytes_at(array)
        for number, word in enumerate(self._words):
            if isinstance(word, _Place):
                array[number] = base + 8 * word.number
            elif isinstance(word, float):
                reals[number] = word
            else:
                array[number] = word
        return array


@dataclass(frozen=True, slots=True)
class _Place:
    """The address of the word of that number."""

    number: int


class _Table:
    """Calls in a row, as words in memory."""

    def __init__(self, words: Array, start: _Place, count: int) -> None:
        self._words = words
        self.address = bytes_at(words) + 8 * start.number
        self.count = count


class _Step:
    """A primitive's reference or own kernel on arrays of any strides."""

    def __init__(self, op: Reference, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self._instruction = op.instruction
        self._primitive = PRIMITIVES[op.instruction.primitive]
        self._inputs, self._outputs = inputs, outputs
        self._kernel = None
        if not self._primitive.random:
            types = [Type(array.shape, _dtype(array)) for array in inputs]
            self._kernel = self._primitive.kernel(*types, **op.instruction.settings)

    def do(self, run: Circumstances) -> None:
        """Fills the outputs."""
        with told(self._instruction):
            if self._kernel is not None:
                inputs = [np.asarray(array, order="C") for array in self._inputs]
                if not self._kernel(*inputs, *self._outputs):
                    return
            # A kernel that found a bad index left its outputs unfilled: the reference knows the words.
            refer(self._instruction, self._inputs, self._outputs, run)


def _dtype(array: Array) -> DType:
    known: dict[str, DType] = {"int64": "int64", "bool": "bool"}
    return known.get(array.dtype.name, "float32")
