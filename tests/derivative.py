"""Derivatives by central differences, and gradients by emitted primitives, for tests to compare."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.ops.interpret import differentiate, evaluate
from core.ops.primitive import Array, Ref, Trace
from core.types import Type

STEP = 1e-5
"""The error of a central difference is of the order of its square, and of 1e-16 divided by it."""


def numbers(type_: Type) -> tuple[int, ...]:
    """The sizes of a type whose dimensions are all numbers."""
    sizes = tuple(dim for dim in type_.shape if isinstance(dim, int))
    assert len(sizes) == type_.rank, type_
    return sizes


def central(value: Callable[[Sequence[Array]], float], arrays: Sequence[Array], place: int) -> Array:
    """The gradient of `value` by the array at `place`, in float64."""
    gradient = np.empty(arrays[place].shape)
    for index in np.ndindex(gradient.shape):
        found = []
        for step in (STEP, -STEP):
            moved = [array.copy() for array in arrays]
            moved[place][index] += step
            found.append(value(moved))
        gradient[index] = (found[0] - found[1]) / (2 * STEP)
    return gradient


def check_gradients(
    trace: Trace,
    inputs: Sequence[Ref],
    arrays: Sequence[Array],
    outputs: Sequence[Ref],
    rng: np.random.Generator,
) -> None:
    """Asserts that the emitted backward of a random sum of the outputs is its derivative, for each input."""
    real = [ref for ref in outputs if ref.type.dtype == "float32"]
    weights = [rng.normal(size=numbers(ref.type)) for ref in real]
    forward = list(trace.steps)

    def value(values: Sequence[Array]) -> float:
        run = Trace(forward)
        known = evaluate(run, {ref.index: array for ref, array in zip(inputs, values, strict=True)})
        return float(sum((w * known[ref.index]).sum() for w, ref in zip(weights, real, strict=True)))

    cotangents = [trace.input(ref.type) for ref in real]
    found = differentiate(trace, real, cotangents)
    outside: dict[int, Any] = {ref.index: array for ref, array in zip(inputs, arrays, strict=True)}
    outside |= {ref.index: w for ref, w in zip(cotangents, weights, strict=True)}
    known = evaluate(trace, outside)
    for place, ref in enumerate(inputs):
        if ref.type.dtype != "float32":
            continue
        wanted = central(value, arrays, place)
        emitted = known[found[ref.index].index] if ref.index in found else np.zeros(numbers(ref.type))
        assert emitted.shape == ref.shape, f"input {place}: {emitted.shape}"
        np.testing.assert_allclose(emitted, wanted, rtol=1e-6, atol=1e-8, err_msg=f"input {place}")
