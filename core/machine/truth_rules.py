"""Truth values: comparisons whose result is bytes, and choices by bytes or whole numbers. All are chains."""

from math import prod

from ..engine.plan import Instruction
from .elementwise_rules import few_axes
from .formulas import Operation
from .lowering import Lowering, Rule
from .view import order_of


def _compare(lowering: Lowering, instruction: Instruction) -> bool:
    return _chained(lowering, instruction, (instruction.settings["relation"], ()))


def _compare_number(lowering: Lowering, instruction: Instruction) -> bool:
    relation, value = instruction.settings["relation"], instruction.settings["value"]
    return _chained(lowering, instruction, (f"{relation}_number", (value,)))


def _where(lowering: Lowering, instruction: Instruction) -> bool:
    return _chained(lowering, instruction, ("choice", ()), 1)


def _where_grad(lowering: Lowering, instruction: Instruction) -> bool:
    operation = "taken" if instruction.settings["taken"] else "passed"
    return _chained(lowering, instruction, (operation, ()), 1)


def _chained(lowering: Lowering, instruction: Instruction, operation: Operation, asked: int = 0) -> bool:
    """The first `asked` inputs only have to be 0 or not; others are numbers, or truth values among such."""
    (output,) = instruction.outputs
    shape = lowering.shape(output)
    if not prod(shape) or not few_axes(shape):
        return False
    kinds = {lowering.plan.buffers[number].dtype for number in instruction.inputs[asked:]}
    if not kinds <= ({"float32"} if asked else {"float32", "bool"}):
        return False
    inputs = [lowering.seen(number) for number in instruction.inputs]
    alike = [view for view in inputs if view.shape == shape]
    lowering.chains.add(operation, inputs, lowering.made(output, order_of(alike[-1]) if alike else None))
    return True


TRUTH_RULES: dict[str, Rule] = {
    "compare": _compare,
    "compare_number": _compare_number,
    "where": _where,
    "where_grad": _where_grad,
}
"""By primitive."""
