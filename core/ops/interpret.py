"""The plainest way to run a trace, and reverse-mode differentiation, which every way of running shares."""

from collections.abc import Mapping, Sequence

import numpy as np

from .elementwise import add
from .primitive import Array, Circumstances, Ref, Step, Trace


def evaluate(trace: Trace, values: Mapping[int, Array], seed: int = 0) -> dict[int, Array]:
    """Every value of the trace by its reference's index, from those that come from outside.

    Runs the NumPy references in the float type of the values; the trace's shapes are numbers.
    """
    known = dict(values)
    run = Circumstances(seed)
    with np.errstate(all="ignore"):
        for step in trace.steps:
            inputs = [known[ref.index] for ref in step.inputs]
            results = step.primitive.reference(*inputs, **step.settings, **run.keywords_of(step.primitive))
            for ref, array in zip(step.outputs, results, strict=True):
                known[ref.index] = array
    return known


def differentiate(trace: Trace, outputs: Sequence[Ref], cotangents: Sequence[Ref]) -> dict[int, Ref]:
    """Emits the backward into the same trace: the cotangent of each value by its reference's index.

    `cotangents` are references of the outputs' shapes. A value without an entry has a gradient of zeros.
    An output may stand several times.
    """
    found: dict[int, Ref] = {}
    forward = tuple(trace.steps)
    for output, cotangent in zip(outputs, cotangents, strict=True):
        _accumulate(found, output, cotangent)
    for step in reversed(forward):
        given = [found.get(ref.index) for ref in step.outputs]
        if all(cotangent is None for cotangent in given):
            continue
        _note(found, step, step.primitive.backward(step, *given))
    return found


def _note(found: dict[int, Ref], step: Step, parts: Sequence[Ref | None]) -> None:
    count = len(step.inputs)
    for ref, part in zip(step.inputs, parts[:count], strict=True):
        if part is not None:
            _accumulate(found, ref, part)
    if len(parts) > count:
        for ref, whole in zip(step.outputs, parts[count:], strict=True):
            if whole is not None:
                found[ref.index] = whole


def _accumulate(found: dict[int, Ref], ref: Ref, cotangent: Ref) -> None:
    known = found.get(ref.index)
    found[ref.index] = cotangent if known is None else add(known, cotangent)
