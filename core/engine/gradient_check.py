"""Whether a layer's backward is the derivative of its forward, by finite differences in float64."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..layers.layer import Layer, ports_of
from ..ops.interpret import differentiate, evaluate
from ..ops.primitive import Array, Ref, Trace
from ..types import Type

STEP = 1e-5
"""The error of a central difference is of the order of its square, and of 1e-16 divided by it."""

TOLERANCE = 1e-6
"""The relative error up to which a gradient counts as right; a wrong one is mostly off by far more."""

POSITIONS = 64
"""Elements of each tensor that are moved; of a larger one so many are drawn."""


@dataclass(frozen=True)
class GradientCheck:
    """The greatest relative error for each input and parameter by name: |found - wanted| / max|wanted|."""

    errors: Mapping[str, float]

    @property
    def worst(self) -> float:
        """The greatest of all; 0 where nothing has a gradient."""
        return max(self.errors.values(), default=0.0)

    @property
    def wrong(self) -> tuple[str, ...]:
        """The inputs and parameters whose error is above the tolerance, or no number."""
        return tuple(name for name, error in self.errors.items() if not error <= TOLERANCE)


def gradient_check(
    layer: Layer, types: Sequence[Type], given: Mapping[str, Array] | None = None, seed: int = 0
) -> GradientCheck:
    """Compares the backward of a random sum of the outputs with central differences.

    The types' sizes are numbers. Values that are not `given` by the name of an input or a tensor are drawn:
    normal, and within 0.5 … 1.5 for tensors and inputs of positive numbers; whole numbers are 0. Kinks within
    the step show as errors.
    """
    rng = np.random.default_rng(seed)
    traced = layer.trace(*types)
    names = ports_of(layer)[0] or tuple(f"x{i + 1}" for i in range(len(types)))
    inputs = dict(zip(names, traced.inputs, strict=True))
    positive = layer.example.positive
    drawn = {
        name: _positive(ref, rng) if name in positive else _drawn(ref, rng) for name, ref in inputs.items()
    }
    drawn |= {name: _positive(ref, rng) for name, ref in traced.tensors.items()}
    refs = {**inputs, **traced.tensors}
    values = {**drawn, **{name: np.array(array) for name, array in (given or {}).items()}}
    real = [ref for ref in traced.result.values if ref.type.dtype == "float32"]
    weights = [rng.normal(size=_numbers(ref)) for ref in real]
    sides = _Sides(Trace(list(traced.trace.steps)), refs, real, weights)
    found = _emitted(traced.trace, refs, real, weights, values)
    checked = [*inputs, *layer.parameters(*types)]
    moved = [name for name in checked if refs[name].type.dtype == "float32"]
    return GradientCheck({name: sides.error(name, values, found[name], rng) for name in moved})


@dataclass(frozen=True)
class _Sides:
    trace: Trace
    refs: Mapping[str, Ref]
    outputs: Sequence[Ref]
    weights: Sequence[Array]

    def error(self, name: str, values: Mapping[str, Array], found: Array, rng: np.random.Generator) -> float:
        """The greatest error among some of the elements, relative to the greatest derivative."""
        count = found.size
        chosen = np.arange(count) if count <= POSITIONS else rng.choice(count, POSITIONS, replace=False)
        wanted = np.array([self._difference(name, values, int(index)) for index in chosen])
        if not wanted.size:
            return 0.0
        apart = np.abs(found.reshape(-1)[chosen] - wanted)
        scale = max(float(np.abs(wanted).max()), float(np.abs(found).max()), STEP)
        return float(apart.max()) / scale

    def _difference(self, name: str, values: Mapping[str, Array], index: int) -> float:
        sides = []
        for step in (STEP, -STEP):
            moved = values[name].astype(np.float64)
            moved.reshape(-1)[index] += step
            sides.append(self._sum({**values, name: moved}))
        return (sides[0] - sides[1]) / (2 * STEP)

    def _sum(self, values: Mapping[str, Array]) -> float:
        known = evaluate(self.trace, {self.refs[name].index: array for name, array in values.items()})
        pairs = zip(self.weights, self.outputs, strict=True)
        return float(sum(float((weight * known[ref.index]).sum()) for weight, ref in pairs))


def _emitted(
    trace: Trace,
    refs: Mapping[str, Ref],
    outputs: Sequence[Ref],
    weights: Sequence[Array],
    values: Mapping[str, Array],
) -> dict[str, Array]:
    """The gradients that the layer's own backward gives, by name."""
    cotangents = [trace.input(ref.type) for ref in outputs]
    found = differentiate(trace, outputs, cotangents)
    outside = {refs[name].index: array for name, array in values.items()}
    outside |= {ref.index: weight for ref, weight in zip(cotangents, weights, strict=True)}
    known = evaluate(trace, outside)
    return {
        name: known[found[ref.index].index] if ref.index in found else np.zeros(_numbers(ref))
        for name, ref in refs.items()
    }


def _drawn(ref: Ref, rng: np.random.Generator) -> Array:
    shape = _numbers(ref)
    return rng.normal(size=shape) if ref.type.dtype == "float32" else np.zeros(shape, np.int64)


def _positive(ref: Ref, rng: np.random.Generator) -> Array:
    return rng.uniform(0.5, 1.5, _numbers(ref))


def _numbers(ref: Ref) -> tuple[int, ...]:
    sizes = tuple(dim for dim in ref.shape if isinstance(dim, int))
    assert len(sizes) == ref.type.rank, "the sizes are numbers"
    return sizes
