"""Linear maps along single axes: flips, borders made of edges, resampling, factors for each place."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from ..engine.plan import Instruction
from ..initialise import Array
from ..kernels.vector import ITEM
from ..ops.resample import places_of, taps_of
from ..ops.shape import edge_places
from .code import Table, Word, at
from .elementwise_rules import few_axes
from .lowering import Lowering, Rule
from .view import View, order_of, ordered


@dataclass(frozen=True, slots=True)
class Mix:
    """What each place of a result is made of: places of the argument, which has `size`, and their weights."""

    size: int
    places: tuple[tuple[int, ...], ...]
    weights: tuple[tuple[float, ...], ...]

    def turned(self) -> "Mix":
        """The map of gradients: where each place of the argument goes to."""
        places: list[list[int]] = [[] for _ in range(self.size)]
        weights: list[list[float]] = [[] for _ in range(self.size)]
        for target, (taken, shares) in enumerate(zip(self.places, self.weights, strict=True)):
            for place, weight in zip(taken, shares, strict=True):
                places[place].append(target)
                weights[place].append(weight)
        return Mix(len(self.places), tuple(map(tuple, places)), tuple(map(tuple, weights)))


def picked(size: int, places: Sequence[int] | Array) -> Mix:
    """Each place a copy of another."""
    return Mix(size, tuple((int(place),) for place in places), ((1.0,),) * len(places))


def _resampled(size: int, count: int, mode: Any, align_corners: bool) -> Mix:
    if mode == "cubic":
        taps = taps_of(size, count, align_corners)
        places = np.stack([place for place, _ in taps], 1)
        weights = np.stack([weight for _, weight in taps], 1)
        return Mix(size, _tuples(places), _tuples(weights))
    found = places_of(size, count, mode, align_corners)
    if mode != "linear":
        return picked(size, found.first)
    return Mix(
        size,
        _tuples(np.stack([found.first, found.second], 1)),
        _tuples(np.stack([1 - found.weight, found.weight], 1)),
    )


def _tuples(rows: Array) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(row) for row in rows.tolist())


def _mixed(lowering: Lowering, instruction: Instruction, mixes: Sequence[tuple[int, Mix]]) -> bool:
    """The output is the input with each of the maps applied along its axis."""
    (x,), (y,) = instruction.inputs, instruction.outputs
    if not prod(lowering.shape(x)) or not prod(lowering.shape(y)) or not few_axes(lowering.shape(x)):
        return False
    view = lowering.view(x)
    order = order_of(view)
    if view.strides != ordered(view.shape, ITEM, order):
        view = lowering.copied(view, order)
    made = lowering.made(y, order)
    for number, (axis, mix) in enumerate(mixes, 1):
        shape = (*view.shape[:axis], len(mix.places), *view.shape[axis + 1 :])
        target = made if number == len(mixes) else _space(lowering, shape, order)
        _write(lowering, view, target, order, axis, mix)
        view = target
    return True


def _space(lowering: Lowering, shape: tuple[int, ...], order: tuple[int, ...]) -> View:
    memory = lowering.code.memory(prod(shape) * ITEM)
    return View(memory, 0, shape, ordered(shape, ITEM, order), ITEM)


def _write(lowering: Lowering, x: View, y: View, order: tuple[int, ...], axis: int, mix: Mix) -> None:
    place = order.index(axis)
    outer = prod(x.shape[other] for other in order[:place])
    inner = prod(x.shape[other] for other in order[place + 1 :])
    starts = np.cumsum([0, *map(len, mix.places)]).tolist()
    words: list[Word] = [
        at(x), at(y), outer, mix.size, len(mix.places), inner, Table(tuple(starts)),
        Table(tuple(place for each in mix.places for place in each)),
        Table(tuple(float(weight) for each in mix.weights for weight in each)),
    ]  # fmt: skip
    lowering.code.call("along.mix", words, [x], [y], outer * inner * starts[-1])


def _flip(lowering: Lowering, instruction: Instruction) -> bool:
    shape = lowering.shape(instruction.inputs[0])
    axes = sorted({axis % len(shape) for axis in instruction.settings["axes"]}) if shape else []
    if not axes:
        return False
    backwards = [(axis, picked(shape[axis], range(shape[axis] - 1, -1, -1))) for axis in axes]
    return _mixed(lowering, instruction, backwards)


def _pad_edge(lowering: Lowering, instruction: Instruction) -> bool:
    settings = instruction.settings
    axis = settings["axis"]
    size = lowering.shape(instruction.inputs[0])[axis]
    return bool(size) and _mixed(lowering, instruction, [(axis, _edged(size, instruction))])


def _pad_edge_grad(lowering: Lowering, instruction: Instruction) -> bool:
    axis = instruction.settings["axis"]
    size = lowering.shape(instruction.outputs[0])[axis]
    return bool(size) and _mixed(lowering, instruction, [(axis, _edged(size, instruction).turned())])


def _edged(size: int, instruction: Instruction) -> Mix:
    settings = instruction.settings
    return picked(size, edge_places(size, settings["low"], settings["high"], settings["mode"]))


def _scale_along(lowering: Lowering, instruction: Instruction) -> bool:
    factors, axis = instruction.settings["factors"], instruction.settings["axis"]
    places = tuple((place,) for place in range(len(factors)))
    mix = Mix(len(factors), places, tuple((factor,) for factor in factors))
    return _mixed(lowering, instruction, [(axis, mix)])


def _resample(lowering: Lowering, instruction: Instruction) -> bool:
    sizes, counts = lowering.shape(instruction.inputs[0])[2:], instruction.settings["size"]
    return _mixed(lowering, instruction, _resamplings(instruction, sizes, counts))


def _resample_grad(lowering: Lowering, instruction: Instruction) -> bool:
    sizes, counts = instruction.settings["size"], lowering.shape(instruction.inputs[0])[2:]
    maps = _resamplings(instruction, sizes, counts)
    return _mixed(lowering, instruction, [(axis, mix.turned()) for axis, mix in maps])


def _resamplings(
    instruction: Instruction, sizes: Sequence[int], counts: Sequence[int]
) -> list[tuple[int, Mix]]:
    mode, corners = instruction.settings["mode"], instruction.settings["align_corners"]
    each = enumerate(zip(sizes, counts, strict=True), 2)
    return [(axis, _resampled(size, count, mode, corners)) for axis, (size, count) in each if size and count]


ALONG_RULES: dict[str, Rule] = {
    "flip": _flip,
    "pad_edge": _pad_edge,
    "pad_edge_grad": _pad_edge_grad,
    "scale_along": _scale_along,
    "resample": _resample,
    "resample_grad": _resample_grad,
}
"""By primitive."""
