"""From what the backward starts: the user's choice as a value, and the arrays it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal as OneOf

import numpy as np

from ..initialise import Array
from ..problem import Path
from ..text import tr
from .chance import generator
from .network import Network, Place, PlanError

Kind = OneOf["automatic", "one", "random", "element", "given"]


@dataclass(frozen=True)
class Cotangent:
    """Where the backward starts, and with what.

    `automatic` is `one` at the scalar outputs, or `random` where no output is scalar; `random` draws a normal
    cotangent per output from the seed; `element` is 1 at `index` of the value at (`path`, `port`) and 0
    elsewhere; `given` has an array per output's name.
    """

    kind: Kind = "automatic"
    path: Path = ()
    port: str = "x"
    index: tuple[int, ...] = ()
    arrays: Mapping[str, Array] = field(default_factory=dict, compare=False)

    def resolved(self, network: Network) -> "Cotangent":
        """The choice without `automatic`."""
        if self.kind != "automatic":
            return self
        scalar = any(network.places[place].type.rank == 0 for place in _floats(network))
        return replace(self, kind="one" if scalar else "random")

    def places(self, network: Network) -> tuple[Place, ...]:
        """The ports where the backward starts. Raises PlanError where one has no value."""
        if self.kind == "element":
            return (_reached(network, (self.path, self.port)),)
        if self.kind == "given":
            return tuple(_named(network, name) for name in self.arrays)
        floats = _floats(network)
        scalars = [place for place in floats if network.places[place].type.rank == 0]
        return tuple(scalars if self.resolved(network).kind == "one" else floats)

    def array(self, place: Place, name: str, shape: tuple[int, ...], seed: int) -> Array:
        """The cotangent at one of the places, float64. Raises PlanError where the choice does not fit."""
        if self.kind == "one":
            return np.ones(shape)
        if self.kind == "element":
            return _unit(place, self.index, shape)
        if self.kind == "given":
            return _fitting(place, self.arrays[name], shape)
        return generator(seed, "cotangent", *place[0], place[1]).standard_normal(shape)


def _floats(network: Network) -> list[Place]:
    places = network.outputs.values()
    return [place for place in places if network.places[place].type.dtype == "float32"]


def _reached(network: Network, place: Place) -> Place:
    if place not in network.places:
        reason = network.skipped.get(place[0], tr("there is no such port"))
        raise PlanError(tr("the backward cannot start here: {reason}", reason=reason), place[0])
    if network.places[place].type.dtype != "float32":
        raise PlanError(tr("the backward cannot start here: the values are whole numbers"), place[0])
    return place


def _named(network: Network, name: str) -> Place:
    if name not in network.outputs:
        raise PlanError(tr("no output {name} has a value for the backward to start from", name=name))
    return _reached(network, network.outputs[name])


def _unit(place: Place, index: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    inside = len(index) == len(shape) and all(0 <= i < n for i, n in zip(index, shape, strict=True))
    if not inside:
        raise PlanError(
            tr(
                "there is no element {index} in a value of shape {shape}",
                index=list(index),
                shape=list(shape),
            ),
            place[0],
        )
    unit = np.zeros(shape)
    unit[index] = 1
    return unit


def _fitting(place: Place, array: Array, shape: tuple[int, ...]) -> Array:
    if array.shape != shape:
        raise PlanError(
            tr(
                "the cotangent has shape {shape}, the output {shape2}",
                shape=list(array.shape),
                shape2=list(shape),
            ),
            place[0],
        )
    return np.asarray(array, np.float64)
