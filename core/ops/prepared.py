"""Runs regions: made ready once, run as often as a loop goes round."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..types import Type
from .primitive import Array, Circumstances, Halted, RunFault
from .region import Region, RegionStep

Runner = Callable[[Sequence[Array], int], list[Array]]


def run_region(region: Region, arrays: Sequence[Array], run: Circumstances) -> list[Array]:
    """The outputs of a region, then its kept values, from its inputs: C-contiguous arrays."""
    with np.errstate(all="ignore"):
        return Prepared(region, run)(arrays, run.seed)


class Prepared:
    """A region ready to run: call it on its inputs and the seed of its draws.

    The references run in the float type of the inputs. The results are the region's outputs, then its kept
    values; they may share memory with each other and the inputs.
    """

    def __init__(self, region: Region, run: Circumstances) -> None:
        self._region = region
        self._run = run
        self._endings = region.endings()

    def __call__(self, arrays: Sequence[Array], seed: int) -> list[Array]:
        """Computes; raises Halted where the run was stopped, and what references raise."""
        region = self._region
        run = Circumstances(seed, self._run.stopped)
        values: dict[int, Array] = dict(zip(range(region.input_count), arrays, strict=True))
        for step, ending in zip(region.steps, self._endings, strict=True):
            if run.stopped():
                raise Halted
            try:
                results = _done(region, step, [values[number] for number in step.inputs], run)
            except RunFault as fault:
                fault.path = fault.path or step.path
                raise
            values.update(zip(step.outputs, results, strict=True))
            for number in ending:
                del values[number]
        return [values[number] for number in (*region.outputs, *region.kept)]


def _done(region: Region, step: RegionStep, inputs: Sequence[Array], run: Circumstances) -> Sequence[Array]:
    types = [region.types[number] for number in step.outputs]
    results = step.applied.reference(*inputs, **step.settings, **run.keywords_of(step.applied))
    outputs = [np.asarray(result, order="C") for result in results]
    for output, type_ in zip(outputs, types, strict=True):
        assert output.shape == type_.shape, f"{step.primitive} gave {output.shape} for {type_}"
    return outputs


def sizes(type_: Type) -> tuple[int, ...]:
    """The shape of a value that is run; asserts that it is all numbers."""
    shape = tuple(dim for dim in type_.shape if isinstance(dim, int))
    assert len(shape) == type_.rank, f"{type_} is not concrete"
    return shape


def float_type(arrays: Sequence[Array]) -> np.dtype[Any]:
    """The float type that a run on these arrays is in: float32 where none is of floats."""
    return next((array.dtype for array in arrays if array.dtype.kind == "f"), np.dtype(np.float32))


def zeros(type_: Type, floats: np.dtype[Any], *lead: int) -> Array:
    """Zeros for a value, with further axes in front."""
    return np.zeros((*lead, *sizes(type_)), floats if type_.dtype == "float32" else type_.dtype)


def holds(condition: Array) -> bool:
    """Whether a single number is a yes: neither 0 nor NaN."""
    number = condition.reshape(())[()]
    return bool(number != 0) and bool(number == number)
