"""What a chain does: operations on elements, sums; and pairs of operations that one formula does at once."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from .formulas import Operation
from .view import View


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on values that have the chain's shape once they are broadcast; and its result."""

    operation: Operation
    inputs: tuple[View, ...]
    output: View


@dataclass(frozen=True, slots=True)
class Sum:
    """The elements of a value added up over some axes: `totals` has size 1 along those, and is float32.

    `parts` are the sums of each thread in float64: like `totals`, with an axis of threads in front. Where
    there are `factors`, each element is multiplied with one first. Of `less`, another sum of its sizes, the
    square is taken away, in float64 still, which leaves nothing below zero.
    """

    value: View
    totals: View
    parts: View
    factor: float
    factors: View | None = None
    less: "Sum | None" = None


JOINED = {
    ("subtract", "multiply"): "multiply_difference",
    ("multiply", "add"): "multiply_add",
    ("multiply", "subtract"): "subtract_product",
    ("add", "relu"): "relu_of_sum",
    ("multiply_add", "relu"): "relu_of_multiply_add",
    ("multiply_add", "clamp"): "clamp_of_multiply_add",
}
"""By two operations, of which the second takes the result of the first: the one that does both."""


def joined(steps: Sequence[Step], needed: Collection[View]) -> list[Step]:
    """The steps, pairs of them made one where nothing else needs what is between; `needed` is what does."""
    reads = Counter(view for step in steps for view in step.inputs)
    reads.update(needed)
    made: dict[View, Step] = {}
    for step in steps:
        found = step
        for view in step.inputs:
            before = made.get(view)
            both = _both(before, step) if before is not None and reads[view] == 1 else None
            if both is not None:
                del made[view]
                found = both
                break
        made[found.output] = found
    return list(made.values())


def _both(before: Step, step: Step) -> Step | None:
    name = JOINED.get((before.operation[0], step.operation[0]))
    if name is None:
        return None
    rest = tuple(view for view in step.inputs if view != before.output)
    if len(rest) != len(step.inputs) - 1 or (name == "subtract_product" and step.inputs[1] != before.output):
        return None
    return Step((name, step.operation[1]), (*before.inputs, *rest), step.output)


def of_products(
    steps: Sequence[Step], sums: Sequence[Sum], stored: Collection[View]
) -> tuple[list[Step], list[Sum]]:
    """The same where sums of products that nothing else needs multiply as they add up."""
    reads = Counter(view for step in steps for view in step.inputs)
    reads.update([*stored, *(each.value for each in sums)])
    products = {step.output: step for step in steps if step.operation[0] in ("multiply", "square")}
    taken = {each.value for each in sums if each.value in products and reads[each.value] == 1}
    left = [step for step in steps if step.output not in taken]
    return left, [_of_product(each, products[each.value]) if each.value in taken else each for each in sums]


def _of_product(each: Sum, product: Step) -> Sum:
    return replace(each, value=product.inputs[0], factors=product.inputs[-1])
