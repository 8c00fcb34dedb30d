"""Norms; and the gradient of one whose factor is the same along the axes, as BatchNorm's is.

There the sums that its gradient needs are those of the gradients of factor and shift (Ioffe and Szegedy 2015,
section 3), so that they are taken once, of what stands before the factor.
"""

from collections.abc import Sequence
from functools import partial
from math import prod

from ..engine.plan import Instruction
from .elementwise_rules import ELEMENTWISE_RULES, few_axes
from .lowering import Lowering, Rule
from .norms import normalise, normalise_gradient, standardised
from .view import View, order_of


def _normalise(lowering: Lowering, instruction: Instruction) -> bool:
    (x,), (y, mean, variance) = instruction.inputs, instruction.outputs
    axes = instruction.settings["axes"]
    if not prod(lowering.shape(x)) or not few_axes(lowering.shape(x)):
        return False
    seen = lowering.view(x)
    order = order_of(seen)
    made = lowering.made(y, order), lowering.made(mean, order), lowering.made(variance, order)
    of = normalise(lowering, seen, axes, instruction.settings["eps"], *made)

    def again() -> View:
        return standardised(lowering, *of, lowering.like(made[0]))

    lowering.made_again(y, again, of)
    return True


def _normalise_grad(lowering: Lowering, instruction: Instruction) -> bool:
    y, variance, dy = instruction.inputs
    axes, eps = instruction.settings["axes"], instruction.settings["eps"]
    if not _sizable(lowering, instruction):
        return False
    product = lowering.maker(dy)
    made = lowering.made(instruction.outputs[0], order_of(lowering.seen(y)))
    again = partial(lowering.seen, y)
    if product is None or _user(lowering, product) is not instruction:
        given = partial(lowering.seen, dy)
        normalise_gradient(lowering, again, lowering.seen(variance), given, axes, eps, made)
        return True
    before, factor = product.inputs
    given, spread = partial(lowering.seen, before), lowering.seen(variance)
    sums = _sum(lowering, before, axes, spread), _sum_of_product(lowering, before, y, axes, spread)
    rank = len(made.shape)
    aligned = lowering.seen(factor).broadcast(
        (1,) * (rank - len(lowering.shape(factor))) + lowering.shape(factor)
    )
    normalise_gradient(lowering, again, spread, given, axes, eps, made, sums=sums, factor=aligned)
    return True


def _multiply(lowering: Lowering, instruction: Instruction) -> bool:
    """Left to the norm's gradient where that alone reads it."""
    return _user(lowering, instruction) is not None or ELEMENTWISE_RULES["multiply"](lowering, instruction)


def _user(lowering: Lowering, instruction: Instruction) -> Instruction | None:
    """The norm's gradient that takes a factor along with the product of its incoming gradient."""
    if instruction.primitive != "multiply":
        return None
    (product,) = instruction.outputs
    reader = lowering.only_reader(product)
    if reader is None or reader.primitive != "normalise_grad" or reader.inputs[2] != product:
        return None
    before, factor = (lowering.shape(number) for number in instruction.inputs)
    whole = (1,) * (len(before) - len(factor)) + factor
    alike = all(whole[axis] == 1 for axis in reader.settings["axes"])
    return reader if before == lowering.shape(product) and alike and _sizable(lowering, reader) else None


def _sizable(lowering: Lowering, instruction: Instruction) -> bool:
    shape = lowering.shape(instruction.inputs[0])
    return bool(prod(shape)) and few_axes(shape)


def _sum(lowering: Lowering, number: int, axes: Sequence[int], like: View) -> View | None:
    """The sum of a value over the axes where it is there already, in the shape of `like`."""
    for reader in lowering.readers(number):
        same = reader.primitive == "sum" and reader.settings["axes"] == tuple(axes)
        if same and reader.inputs[0] == number and lowering.stands(reader.outputs[0]):
            return lowering.seen(reader.outputs[0]).reshaped(like.shape)
    return None


def _sum_of_product(lowering: Lowering, one: int, other: int, axes: Sequence[int], like: View) -> View | None:
    """Likewise of the product of two values."""
    for reader in lowering.readers(one):
        if reader.primitive == "multiply" and set(reader.inputs) == {one, other}:
            found = _sum(lowering, reader.outputs[0], axes, like)
            if found is not None:
                return found
    return None


NORM_RULES: dict[str, Rule] = {
    "normalise": _normalise,
    "normalise_grad": _normalise_grad,
    "multiply": _multiply,
}
"""By primitive."""
