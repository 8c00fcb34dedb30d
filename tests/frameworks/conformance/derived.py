"""Traces of our layers, forwards and back, which many samples share."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from core.layers.layer import Layer, Traced
from core.ops.interpret import differentiate
from core.ops.primitive import Ref
from core.types import Type

from .shipped import Shipped


@dataclass(frozen=True)
class Derived:
    """A trace forwards and back: outputs, where cotangents enter, and the gradients by what they are of."""

    traced: Traced
    outputs: tuple[Ref, ...]
    starts: tuple[Ref, ...]
    gradients: Mapping[int, Ref]

    @property
    def found(self) -> tuple[Ref, ...]:
        """The gradients of what comes from outside, of those that have one, in its order."""
        return tuple(self.gradients[ref.index] for ref in outside(self.traced) if ref.index in self.gradients)


@cache
def traced(layer: Layer | Shipped, types: tuple[Type, ...], training: bool) -> Traced:
    """The forward, which many samples share: both precisions, and all that differ in numbers alone."""
    return layer.trace(*types, training=training)


@cache
def derived(
    layer: Layer | Shipped, types: tuple[Type, ...], training: bool, given: tuple[bool, ...]
) -> Derived:
    """The forward and the backward from the outputs of which a cotangent is given."""
    both = layer.trace(*types, training=training)
    outputs = tuple(y for y, there in zip(both.result.values, given, strict=True) if there)
    starts = tuple(both.trace.input(y.type) for y in outputs)
    return Derived(both, outputs, starts, differentiate(both.trace, outputs, starts))


def outside(run: Traced) -> tuple[Ref, ...]:
    """What comes from outside: inputs, then tensors."""
    return (*run.inputs, *run.tensors.values())
