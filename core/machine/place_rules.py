"""Moves of elements that compute nothing: borders, parts of a whole, one after the other.

All are copies into views of one memory, which go along with whatever chain makes the elements.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import prod

from ..engine.plan import Instruction
from ..kernels.vector import ITEM
from .elementwise_rules import ELEMENTWISE_RULES, few_axes
from .lowering import Lowering, Rule
from .view import View, order_of

COPY = ("copy", ())


def _concat(lowering: Lowering, instruction: Instruction) -> bool:
    (output,) = instruction.outputs
    axis = instruction.settings["axis"]
    if not prod(lowering.shape(output)) or not few_axes(lowering.shape(output)):
        return False
    parts = [(number, lowering.shape(number)[axis]) for number in instruction.inputs]
    made = lowering.made(output, order_of(lowering.seen(max(parts, key=lambda part: part[1])[0])))
    start = 0
    for number, size in parts:
        if size:
            _put(lowering, lowering.seen(number), made.sliced(axis, start, start + size, 1))
        start += size
    return True


def _pad(lowering: Lowering, instruction: Instruction) -> bool:
    (x,), (y,) = instruction.inputs, instruction.outputs
    pads = instruction.settings["pads"]
    if not prod(lowering.shape(x)) or not few_axes(lowering.shape(y)):
        return False
    seen = lowering.seen(x)
    inside = lowering.made(y, order_of(seen))
    for axis, (low, high) in enumerate(pads):
        size = inside.shape[axis]
        for start, stop in ((0, low), (size - high, size)):
            if stop > start:
                fill(lowering, inside.sliced(axis, start, stop, 1), instruction.settings["value"])
        inside = inside.sliced(axis, low, size - high, 1)
    _put(lowering, seen, inside)
    return True


def _slice_grad(lowering: Lowering, instruction: Instruction) -> bool:
    """Where others fill the rest of the axis, and all are added, nothing is done before the last one."""
    (output,) = instruction.outputs
    if not prod(lowering.shape(output)) or not few_axes(lowering.shape(output)):
        return False
    if instruction.settings["step"] < 1:
        return False
    reader = lowering.only_reader(output)
    if reader is not None and reader.primitive == "add" and _parts(lowering, reader) is not None:
        return True
    _spread(lowering, output, [instruction])
    return True


def _add(lowering: Lowering, instruction: Instruction) -> bool:
    """The sum of gradients of slices that do not overlap is one after the other."""
    parts = _parts(lowering, instruction)
    if parts is None:
        return ELEMENTWISE_RULES["add"](lowering, instruction)
    (output,) = instruction.outputs
    reader = lowering.only_reader(output)
    if reader is None or reader.primitive != "add" or _parts(lowering, reader) is None:
        _spread(lowering, output, parts)
    return True


def _parts(lowering: Lowering, instruction: Instruction) -> list[Instruction] | None:
    """The gradients of slices that a tree of additions adds up; None where there is anything else."""
    found: list[Instruction] = []
    for number in instruction.inputs:
        maker = lowering.maker(number)
        if maker is None or lowering.only_reader(number) is not instruction or number not in maker.outputs:
            return None
        if maker.primitive == "add":
            more = _parts(lowering, maker)
            if more is None:
                return None
            found += more
        elif maker.primitive == "slice_grad" and maker.settings["step"] == 1:
            found.append(maker)
        else:
            return None
    spans = sorted((part.settings["start"], _stop(lowering, part)) for part in found)
    whole = {(part.settings["axis"], part.settings["size"]) for part in found}
    alone = all(stop <= start for (_, stop), (start, _) in pairwise(spans))
    shape = lowering.shape(instruction.outputs[0])
    fits = all(prod(lowering.shape(part.inputs[0])) for part in found) and few_axes(shape)
    return found if len(whole) == 1 and alone and fits else None


def _stop(lowering: Lowering, part: Instruction) -> int:
    size: int = lowering.shape(part.inputs[0])[part.settings["axis"]]
    return int(part.settings["start"]) + size


def _spread(lowering: Lowering, output: int, parts: Sequence[Instruction]) -> None:
    """Puts gradients of slices of one axis where they belong, and zeros elsewhere."""
    parts = sorted(parts, key=lambda part: int(part.settings["start"]))
    settings = parts[0].settings
    axis = settings["axis"]
    seen = [lowering.seen(part.inputs[0]) for part in parts]
    made = lowering.made(output, order_of(max(seen, key=lambda view: view.shape[axis])))
    if settings["step"] > 1:
        fill(lowering, made, 0.0)
        _put(lowering, seen[0], made.sliced(axis, settings["start"], settings["stop"], settings["step"]))
        return
    done = 0
    for part in parts:
        start, stop = part.settings["start"], _stop(lowering, part)
        if start > done:
            fill(lowering, made.sliced(axis, done, start, 1), 0.0)
        if stop > start:
            _put(lowering, lowering.seen(part.inputs[0]), made.sliced(axis, start, stop, 1))
        done = stop
    if made.shape[axis] > done:
        fill(lowering, made.sliced(axis, done, made.shape[axis], 1), 0.0)


def _put(lowering: Lowering, view: View, target: View) -> None:
    """Copies an array that an instruction reads into a part of another."""
    lowering.chains.add(COPY, [view], target)
    lowering.chains.close(target.memory)


def fill(lowering: Lowering, target: View, value: float) -> None:
    """Puts a number everywhere in a part of an array."""
    zero = lowering.code.zeros(ITEM)
    alone, still = (1,) * target.rank, (0,) * target.rank
    nothing = replace(target, memory=zero.memory, offset=0, shape=alone, strides=still)
    lowering.chains.add(("full_like", (float(value),)), [nothing], target)
    lowering.chains.close(target.memory)


def _mean_grad(lowering: Lowering, instruction: Instruction) -> bool:
    (dy,), (dx,) = instruction.inputs, instruction.outputs
    shape = lowering.shape(dx)
    if not prod(shape) or not few_axes(shape):
        return False
    factor = prod(lowering.shape(dy)) / prod(shape)
    lowering.chains.add(("scale", (factor,)), [lowering.seen(dy)], lowering.made(dx))
    return True


def _extreme_grad(lowering: Lowering, instruction: Instruction) -> bool:
    """dy / n where x is the extreme, n being how many are: a sum in one pass, the shares in the next."""
    x, y, dy = (lowering.seen(number) for number in instruction.inputs)
    if not prod(x.shape) or not few_axes(x.shape):
        return False
    made = lowering.made(instruction.outputs[0], order_of(x))
    count = lowering.like(y)
    lowering.summed(lowering.step(("equal", ()), x, y), count)
    share = lowering.step(("divide", ()), dy, count)
    lowering.step_into(made, ("multiply", ()), lowering.step(("equal", ()), x, y), share)
    return True


PLACE_RULES: dict[str, Rule] = {
    "concat": _concat,
    "pad": _pad,
    "slice_grad": _slice_grad,
    "add": _add,
    "mean_grad": _mean_grad,
    "extreme_grad": _extreme_grad,
}
"""By primitive."""
