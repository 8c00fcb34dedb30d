"""One of two regions, chosen by a condition while it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..dim import Dim, less_equal
from ..text import tr
from ..types import ShapeError, Type
from .derivative import Derivative, derivative
from .loop import check_condition, same_type
from .prepared import float_type, holds, run_region, zeros
from .primitive import Array, Circumstances, Primitive, Ref, Setting, Step, apply
from .region import Region


@dataclass(frozen=True)
class Branch:
    """What a branch gives: its results, and `taken`, 1 where it was `then`, else 0 (int64).

    `then` and `otherwise` have the kept values of the two regions: zeros for the one not taken.
    """

    results: tuple[Ref, ...]
    taken: Ref
    then: tuple[Ref, ...]
    otherwise: tuple[Ref, ...]


def branch(condition: Ref, captured: Sequence[Ref], then: Region, otherwise: Region) -> Branch:
    """then(captured) where the condition, a single number, is neither 0 nor NaN, else otherwise(captured).

    Both regions give values of the same types, else ShapeError. No gradient goes to the condition.
    After `differentiate`, the gradients found for kept values are zeros in the region not taken.
    """
    values = apply("branch", condition, *captured, then=then, otherwise=otherwise)
    split, end = len(then.outputs), len(then.outputs) + 1 + len(then.kept)
    return Branch(values[:split], values[split], values[split + 1 : end], values[end:])


class _Branch(Primitive):
    """then(captured) where the condition holds, else otherwise(captured)."""

    name = "branch"
    nested = True

    def types(self, condition: Type, *captured: Type, then: Region, otherwise: Region) -> tuple[Type, ...]:
        check_condition([condition])
        results = then.output_types
        assert len(results) == len(otherwise.outputs), "the branches differ in their number of outputs"
        for one, other in zip(results, otherwise.output_types, strict=True):
            if not same_type(one, other):
                raise ShapeError(
                    None,
                    tr(
                        "both branches have to give the same, here one gives {one}, the other {other}",
                        one=one,
                        other=other,
                    ),
                )
        for inner in (then, otherwise):
            types = inner.input_types
            fits = len(types) == len(captured) and all(map(same_type, types, captured))
            assert fits, f"a region for {types} is given {captured}"
        return (*results, Type((), "int64"), *then.kept_types, *otherwise.kept_types)

    def reference(
        self,
        condition: Array,
        *captured: Array,
        then: Region,
        otherwise: Region,
        run: Circumstances,
    ) -> tuple[Array, ...]:
        taken, floats = holds(condition), float_type((condition, *captured))
        inner = then if taken else otherwise
        values = run_region(inner, captured, run)
        split = len(inner.outputs)
        one, other = ([zeros(type_, floats) for type_ in part.kept_types] for part in (then, otherwise))
        kept = [*values[split:], *other] if taken else [*one, *values[split:]]
        return (*values[:split], np.array(taken, np.int64), *kept)

    def backward(self, step: Step, *cotangents: Ref | None) -> Sequence[Ref | None]:
        then: Region = step.settings["then"]
        otherwise: Region = step.settings["otherwise"]
        count, end = len(then.outputs), len(then.outputs) + 1 + len(then.kept)
        given = [place for place, dy in enumerate(cotangents) if dy is not None]
        shared = [place for place in given if place < count]
        # Behind the results stands the number of the branch taken: a kept value comes one place later.
        one = derivative(then, (*shared, *(place - 1 for place in given if count < place < end)))
        later = end - count
        other = derivative(otherwise, (*shared, *(place - later for place in given if place >= end)))
        emitted = apply(
            "branch_grad",
            step.outputs[count],
            *step.inputs[1:],
            *(dy for dy in cotangents if dy is not None),
            then=one,
            otherwise=other,
            shared=len(shared),
            seeded=sum(count < place < end for place in given),
        )
        parts = iter(emitted)
        captured = [next(parts) if has else None for has in _reached(one, other)]
        kept = [None if place is None else next(parts) for place in (*one.kept, *other.kept)]
        return [None, *captured, *[None] * (count + 1), *kept]

    def macs(self, condition: Type, *captured: Type, then: Region, otherwise: Region) -> Dim:
        """Those of the costlier branch, of `then` where the sizes leave open which that is."""
        one, other = then.macs(), otherwise.macs()
        return other if less_equal(one, other) else one

    def scratch(self, settings: Mapping[str, Setting], item_bytes: int) -> int:
        """The larger of the two regions' peaks."""
        regions: list[Region] = [settings["then"], settings["otherwise"]]
        return max(inner.peak_bytes(item_bytes) for inner in regions)


class _BranchGrad(Primitive):
    """dcaptured = the derivative of the branch taken.

    Inputs: which was taken, the captured values, and cotangents: `shared` ones of results, `seeded` ones of
    kept values of `then`, others of `otherwise`. Outputs: the gradients of the captured values that have one
    in either branch, and of the kept values that have one: zeros in the branch not taken.
    """

    name = "branch_grad"
    nested = True

    def types(
        self, *inputs: Type, then: Derivative, otherwise: Derivative, **counts: int
    ) -> tuple[Type, ...]:
        captured = inputs[1 : len(then.inputs) + 1]
        reached = [type_ for type_, has in zip(captured, _reached(then, otherwise), strict=True) if has]
        return (*reached, *_kept_types(then), *_kept_types(otherwise))

    def reference(
        self,
        taken: Array,
        *inputs: Array,
        then: Derivative,
        otherwise: Derivative,
        shared: int,
        seeded: int,
        run: Circumstances,
    ) -> tuple[Array, ...]:
        inner, floats = then if taken else otherwise, float_type(inputs)
        split = len(then.inputs)
        captured, results = inputs[:split], inputs[split : split + shared]
        one, other = inputs[split + shared : split + shared + seeded], inputs[split + shared + seeded :]
        values = run_region(inner.region, (*captured, *results, *(one if taken else other)), run)
        reached = [
            zeros(inner.region.types[number], floats) if place is None else values[place]
            for number, (place, has) in enumerate(zip(inner.inputs, _reached(then, otherwise), strict=True))
            if has
        ]
        mine = [values[place] for place in inner.kept if place is not None]
        idle = [zeros(type_, floats) for type_ in _kept_types(otherwise if taken else then)]
        return (*reached, *(mine if taken else idle), *(idle if taken else mine))

    def macs(self, *inputs: Type, then: Derivative, otherwise: Derivative, **counts: Any) -> Dim:
        """Those of the costlier branch, of `then` where the sizes leave open which that is."""
        one, other = then.region.macs(), otherwise.region.macs()
        return other if less_equal(one, other) else one

    def scratch(self, settings: Mapping[str, Setting], item_bytes: int) -> int:
        """The larger peak of the two derivatives."""
        derivatives: list[Derivative] = [settings["then"], settings["otherwise"]]
        return max(inner.region.peak_bytes(item_bytes) for inner in derivatives)


def _reached(then: Derivative, otherwise: Derivative) -> list[bool]:
    """Whether each captured value has a gradient in either branch."""
    return [
        one is not None or other is not None for one, other in zip(then.inputs, otherwise.inputs, strict=True)
    ]


def _kept_types(inner: Derivative) -> list[Type]:
    return [inner.region.output_types[place] for place in inner.kept if place is not None]
