"""What is done to each element, and sums: all of it chains."""

from math import prod

from ..engine.plan import Instruction
from ..kernels import chain
from .formulas import OPERATIONS
from .lowering import Lowering, Rule
from .view import Shape, View, order_of

MADE_AGAIN = {
    **dict.fromkeys(("add", "subtract", "multiply"), 0),
    **dict.fromkeys(("relu_grad", "clamp_grad", "leaky_relu_grad"), 1),
}
"""Primitives whose result is made again where one of its inputs is: that takes less time than memory.

By how many other large values they may read. So of a batch norm, ReLU and their gradient only x, the incoming
gradient and two results go through memory.
"""
SMALL = 8
"""Times a result is as large as another value that is read along with it at no cost."""


def _elementwise(lowering: Lowering, instruction: Instruction) -> bool:
    operation = OPERATIONS[instruction.primitive](instruction.settings)
    if operation is None:
        return False
    (output,) = instruction.outputs
    shape = lowering.shape(output)
    if not prod(shape) or not few_axes(shape):
        return False
    numbers = _inputs(lowering, instruction)
    inputs = lowering.seen_together(numbers)
    alike = [view for view in inputs if view.shape == shape]
    made = lowering.made(output, order_of(alike[0]) if alike else None)
    lowering.chains.add(operation, inputs, made)
    others = [
        view for number, view in zip(numbers, inputs, strict=True) if not lowering.is_made_again(number)
    ]
    most = MADE_AGAIN.get(instruction.primitive, -1)
    large = sum(prod(view.shape) * SMALL > prod(shape) for view in others)
    if len(others) == len(inputs) - 1 and large <= most:

        def again() -> View:
            other = lowering.like(made)
            lowering.step_into(other, operation, *lowering.seen_together(numbers))
            return other

        lowering.made_again(output, again, others)
    if instruction.primitive == "relu" and lowering.is_made_again(*numbers):
        readers = lowering.readers(output)
        lowering.spared(output, sum(_inputs(lowering, each) != each.inputs for each in readers))
    return True


def _inputs(lowering: Lowering, instruction: Instruction) -> tuple[int, ...]:
    """What an operation reads. The gradient of ReLU: what came into it rather, if that is made again.

    That may differ from what it was by a rounding, which decides nothing but where it is next to 0.
    """
    if instruction.primitive == "relu_grad":
        y, dy = instruction.inputs
        maker = lowering.maker(y)
        if maker is not None and maker.primitive == "relu" and lowering.is_made_again(maker.inputs[0]):
            return maker.inputs[0], dy
    return instruction.inputs


def few_axes(shape: Shape) -> bool:
    """Whether a chain has loops for all of them, however they stand."""
    return sum(size != 1 for size in shape) <= chain.OUTER_LOOPS + 1


def _sum(lowering: Lowering, instruction: Instruction) -> bool:
    return _reduced(lowering, instruction, 1.0)


def _mean(lowering: Lowering, instruction: Instruction) -> bool:
    shape = lowering.shape(instruction.inputs[0])
    count = prod(shape[axis] for axis in instruction.settings["axes"])
    return bool(count) and _reduced(lowering, instruction, 1 / count)


def _reduced(lowering: Lowering, instruction: Instruction, factor: float) -> bool:
    value = lowering.seen(instruction.inputs[0])
    axes = instruction.settings["axes"]
    (output,) = instruction.outputs
    if not prod(value.shape) or not few_axes(value.shape):
        return False
    made = lowering.made(output)
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(value.shape))
    totals = made.reshaped(kept)
    assert totals is not None, "side by side"
    lowering.summed(value, totals, factor, planned=True)
    return True


ELEMENTWISE_RULES: dict[str, Rule] = {
    **dict.fromkeys(OPERATIONS, _elementwise),
    "sum": _sum,
    "mean": _mean,
}
"""By primitive."""
