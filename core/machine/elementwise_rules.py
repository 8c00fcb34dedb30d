"""What is done to each element, and sums: all of it chains."""

from math import prod

from ..engine.plan import Instruction
from ..kernels import chain
from .formulas import OPERATIONS
from .lowering import Lowering, Rule
from .view import Shape, order_of


def _elementwise(lowering: Lowering, instruction: Instruction) -> bool:
    operation = OPERATIONS[instruction.primitive](instruction.settings)
    if operation is None:
        return False
    (output,) = instruction.outputs
    if not prod(lowering.shape(output)) or not few_axes(lowering.shape(output)):
        return False
    inputs = [lowering.seen(number) for number in instruction.inputs]
    shape = lowering.shape(output)
    alike = [view for view in inputs if view.shape == shape]
    lowering.chains.add(operation, inputs, lowering.made(output, order_of(alike[0]) if alike else None))
    return True


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
    lowering.summed(value, totals, factor)
    return True


ELEMENTWISE_RULES: dict[str, Rule] = {
    **dict.fromkeys(OPERATIONS, _elementwise),
    "sum": _sum,
    "mean": _mean,
}
"""By primitive."""
