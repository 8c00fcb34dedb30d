"""What follows a product or a convolution and goes into its tiles: factor, shift, residual, ReLU.

BatchNorm in evaluation is such a factor and shift (Jacob et al. 2018, section 3.2): the factor goes into the
weights.

A factor that is not finite goes there as well (a BatchNorm whose variance and eps are 0): the sum of the
products is NaN then where factor times sum would be infinite. What a factor comes to is not known when code
is made, and to look at it in each run would cost every network for one that has no numbers left either way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from ..engine.plan import Instruction
from .view import View

if TYPE_CHECKING:
    from .lowering import Lowering


@dataclass(slots=True)
class Tail:
    """The number of the value at the end, and what comes before it: vectors (columns,), a value, ReLU."""

    end: int
    factor: View | None = None
    shift: View | None = None
    residual: int | None = None
    relu: bool = False


def followed(lowering: "Lowering", number: int, axis: int, factors: bool = True) -> Tail:
    """What follows a value whose columns stand along an axis; what it takes need not be lowered any more.

    Without `factors` none is taken.
    """
    tail = Tail(number)
    while not tail.relu:
        reader = lowering.only_reader(tail.end)
        if reader is None or not _taken(lowering, tail, reader, axis, factors):
            break
        lowering.skip(reader)
        tail.end = reader.outputs[0]
    return tail


def _taken(lowering: "Lowering", tail: Tail, reader: Instruction, axis: int, factors: bool) -> bool:
    if reader.primitive == "relu":
        tail.relu = True
        return True
    taking = ("add", "subtract", "multiply", "divide") if factors else ("add", "subtract")
    if reader.primitive not in taking or tail.residual is not None:
        return False
    first = reader.inputs[0] == tail.end
    other = reader.inputs[1] if first else reader.inputs[0]
    if lowering.shape(reader.outputs[0]) != lowering.shape(tail.end):
        return False
    if reader.primitive == "add" and lowering.shape(other) == lowering.shape(tail.end):
        if not lowering.stands(other):
            return False
        tail.residual = other
        return True
    vector = _vector(lowering, other, axis, lowering.shape(tail.end))
    if vector is None or (reader.primitive in ("subtract", "divide") and not first):
        return False
    if reader.primitive in ("multiply", "divide"):
        tail.factor = _made(lowering, reader.primitive, tail.factor, vector)
        if tail.shift is not None:
            tail.shift = _made(lowering, reader.primitive, tail.shift, vector)
    else:
        tail.shift = _made(lowering, reader.primitive, tail.shift, vector)
    return True


def _vector(lowering: "Lowering", number: int, axis: int, shape: Sequence[int]) -> View | None:
    """A value with an entry for each column, which can be had from weights alone, as (columns,)."""
    own = lowering.shape(number)
    columns = shape[axis]
    behind = len(shape) - axis - 1
    axis = len(own) - behind - 1
    if prod(own) != columns or axis < 0 or own[axis] != columns or not lowering.ensure(number):
        return None
    view = lowering.view(number)
    return View(view.memory, view.offset, (columns,), (view.strides[axis],), view.item)


def _made(lowering: "Lowering", operation: str, old: View | None, vector: View) -> View:
    if old is not None:
        return lowering.step((operation, ()), old, vector)
    alone = {"divide": "reciprocal", "subtract": "negative"}.get(operation)
    return vector if alone is None else lowering.step((alone, ()), vector)
