"""The machine: a plan's code laid out in memory, bound to arrays, and run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from ..engine.memory import ALIGNMENT, Span, aligned, place
from ..engine.plan import Plan
from ..initialise import Array
from ..ops.primitive import PRIMITIVES, Circumstances
from ..types import DType, Type
from .code import At, Call, Code, Reference, Scratch, Table, Word
from .lower import Lowering
from .team import Team, bytes_at
from .view import View


@cache
def kernel_address(name: str) -> int:
    """The address of a compiled kernel, `file.function`."""
    file, _, function = name.partition(".")
    compiled: Any = getattr(import_module(f"core.kernels.{file}"), function)
    (result,) = compiled.overloads.values()
    return int(result.library.get_pointer_to_function(result.fndesc.llvm_cfunc_wrapper_name))


@dataclass(frozen=True)
class Layout:
    """Where the memories of some code stand in one arena, and where its scratch memory begins."""

    offsets: tuple[int | None, ...]
    scratch: int
    size: int


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
    for number, memory in enumerate(code.memories):
        if memory.constant:
            first[number] = 0
    kept |= {number for number, memory in enumerate(code.memories) if memory.constant}
    order = sorted(first, key=lambda memory: first[memory])
    inside = [memory for memory in order if code.memories[memory].outside is None]
    spans = [
        Span(code.memories[memory].size, first[memory], None if memory in kept else last[memory])
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


def _scratch(call: Call) -> int:
    return sum(word.size for word in call.words if isinstance(word, Scratch))


class Machine:
    """A plan ready to run, as often as one likes, over one arena."""

    def __init__(self, plan: Plan, team: Team) -> None:
        self.plan = plan
        self.code = Lowering(plan, team.size).lowered()
        self._team = team
        kept = frozenset(self.code.views[number].memory for number in plan.results)
        self._layout = laid_out(self.code, kept, team.size)
        memory = np.zeros(self._layout.size + ALIGNMENT, np.uint8)
        start = -memory.ctypes.data % ALIGNMENT
        self._arena = memory[start:]
        self._segments: list[_Table | _Step] = []

    def bind(self, outside: Mapping[int, Array]) -> None:
        """Fixes all addresses; the arrays are C-contiguous and stay where they are."""
        base = bytes_at(self._arena)
        self._outside = outside
        self._addresses = [
            bytes_at(outside[memory.outside])
            if memory.outside is not None
            else base + (self._layout.offsets[number] or 0)
            for number, memory in enumerate(self.code.memories)
        ]
        self._segments = []
        calls: list[Call] = []
        for op in self.code.ops:
            if isinstance(op, Call):
                calls.append(op)
                continue
            self._segments += [self._table(calls)] if calls else []
            calls = []
            self._segments.append(self._step(op))
        self._segments += [self._table(calls)] if calls else []

    def run(self, seed: int) -> None:
        """Fills the memories."""
        run = Circumstances(seed, True)
        with np.errstate(all="ignore"):
            for segment in self._segments:
                if isinstance(segment, _Table):
                    status = self._team.run(segment.address, segment.count)
                    assert status == 0, status
                else:
                    segment.do(run)

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
        rows = []
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
        self._words: list[int | float | tuple[int]] = []

    def put(self, words: Sequence[Word]) -> tuple[int]:
        """Adds a block; the place of its first word, in a tuple that says so."""
        known = [self._known(word) for word in words]
        start = len(self._words)
        self._words += known
        return (start,)  # type: ignore[return-value]

    def _known(self, word: Word) -> int | float | tuple[int]:
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
        for place, word in enumerate(self._words):
            if isinstance(word, tuple):
                array[place] = base + 8 * word[0]
            elif isinstance(word, float):
                reals[place] = word
            else:
                array[place] = word
        return array


class _Table:
    def __init__(self, words: Array, start: tuple[int], count: int) -> None:
        self._words = words
        self.address = bytes_at(words) + 8 * start[0]
        self.count = count


class _Step:
    """A primitive's reference or own kernel on arrays of any strides."""

    def __init__(self, op: Reference, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self._settings = op.instruction.settings
        self._primitive = PRIMITIVES[op.instruction.primitive]
        self._inputs, self._outputs = inputs, outputs
        self._kernel = None
        if not self._primitive.random:
            types = [Type(array.shape, _dtype(array)) for array in inputs]
            self._kernel = self._primitive.kernel(*types, **self._settings)

    def do(self, run: Circumstances) -> None:
        inputs = [np.ascontiguousarray(array) if self._kernel else array for array in self._inputs]
        inputs = [array.reshape(given.shape) for array, given in zip(inputs, self._inputs, strict=True)]
        if self._kernel is not None and not self._kernel(*inputs, *self._outputs):
            return
        results = self._primitive.reference(*inputs, **self._settings, **run.told(self._primitive))
        for output, result in zip(self._outputs, results, strict=True):
            output[...] = result


def _dtype(array: Array) -> DType:
    known: dict[str, DType] = {"int64": "int64", "bool": "bool"}
    return known.get(array.dtype.name, "float32")
