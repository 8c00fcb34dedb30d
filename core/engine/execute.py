"""Runs a plan: binds its buffers to memory and does its instructions in order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..initialise import Array
from ..ops.primitive import PRIMITIVES, Circumstances, Halted, RunFault
from ..text import tr
from ..user_code import UserCodeError
from .memory import ALIGNMENT
from .network import PlanError
from .plan import Buffer, Instruction, Plan


class Stopped(Exception):
    """The run was asked to stop."""


class RunError(PlanError):
    """Values that a call cannot take, such as an index outside its table."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How a run is followed: `stopped` is asked between instructions, `progress` told how many are done."""

    stopped: Callable[[], bool] = lambda: False
    progress: Callable[[int, int], None] = lambda done, total: None


def new_arena(size: int) -> Array:
    """That many bytes, all zero, at an address that the plan's alignment counts from."""
    memory = np.zeros(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size]


def bind(plan: Plan, arena: Array, outside: Mapping[int, Array]) -> list[Array]:
    """An array per buffer, over the arena's bytes or over what comes from outside."""
    given = from_outside(plan, outside)
    return [
        given[number] if buffer.offset is None else view(arena, buffer)
        for number, buffer in enumerate(plan.buffers)
    ]


def from_outside(plan: Plan, outside: Mapping[int, Array]) -> dict[int, Array]:
    """The arrays of the buffers that are not in the arena."""
    return {
        number: np.reshape(outside[number if buffer.base is None else buffer.base], buffer.shape)
        for number, buffer in enumerate(plan.buffers)
        if buffer.offset is None
    }


def view(arena: Array, buffer: Buffer) -> Array:
    """The buffer's place in the arena as an array."""
    assert buffer.offset is not None, "not in the arena"
    return np.ndarray(buffer.shape, buffer.dtype, arena, buffer.offset)


def execute(plan: Plan, arrays: Sequence[Array], seed: int, *, watch: Watch | None = None) -> None:
    """Fills the plan's buffers. Raises Stopped, or RunError with the call whose values do not fit."""
    watch = watch or Watch()
    total = len(plan.instructions)
    run = Circumstances(seed, watch.stopped)
    # NaN and infinity are results like others.
    with np.errstate(all="ignore"):
        for done, instruction in enumerate(plan.instructions):
            if watch.stopped():
                raise Stopped
            watch.progress(done, total)
            inputs = [arrays[number] for number in instruction.inputs]
            outputs = [arrays[number] for number in instruction.outputs]
            with faults_of(instruction):
                refer(instruction, inputs, outputs, run)
    watch.progress(total, total)


@contextmanager
def faults_of(instruction: Instruction) -> Iterator[None]:
    """Turns what a primitive raises into Stopped, or into a RunError with the call that asked for it."""
    try:
        yield
    except Halted:
        raise Stopped from None
    except RunFault as fault:
        raise RunError(str(fault), fault.path or instruction.path) from None
    except UserCodeError as error:
        raise RunError(str(error), instruction.path) from None
    except MemoryError:
        # What a reference takes beside its results is not in the plan's count.
        raise RunError(tr("there was not enough memory for this"), instruction.path) from None


def refer(
    instruction: Instruction, inputs: Sequence[Array], outputs: Sequence[Array], run: Circumstances
) -> None:
    """Fills the outputs by the primitive's reference."""
    primitive = PRIMITIVES[instruction.primitive]
    results = primitive.reference(*inputs, **instruction.settings, **run.keywords_of(primitive))
    for output, result in zip(outputs, results, strict=True):
        # What is told in whole numbers alone comes in float32, which any float type holds.
        kept = result.dtype == output.dtype or (result.dtype == np.float32 and output.dtype == np.float64)
        same = result.shape == output.shape and kept
        found = f"{result.dtype} {result.shape} for {output.dtype} {output.shape}"
        assert same, f"{instruction.primitive} gave {found}"
        output[...] = result
