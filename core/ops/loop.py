"""A loop that goes on while a condition holds, forward and backward through the iterations taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..condition import agree
from ..dim import Dim
from ..text import tr
from ..types import ShapeError, Type
from .derivative import Derivative, derivative
from .prepared import Prepared, float_type, holds, zeros
from .primitive import Array, Circumstances, Halted, Primitive, Ref, Setting, Step, Unending, apply
from .random import iteration_seed
from .region import Region, type_bytes


@dataclass(frozen=True)
class Loop:
    """What a loop gives. Histories have an entry per iteration in front, zeros for those not taken.

    `results` are the last carried values, `count` the number of iterations (int64). `carried` has the carried
    values at the start of each iteration: bound entries. `kept` has the body's kept values of each iteration:
    bound entries; `tested` the condition's of each time it was asked: bound + 1 entries.
    """

    results: tuple[Ref, ...]
    count: Ref
    carried: tuple[Ref, ...]
    kept: tuple[Ref, ...]
    tested: tuple[Ref, ...]


def while_loop(
    carried: Sequence[Ref], captured: Sequence[Ref], condition: Region, body: Region, bound: int
) -> Loop:
    """While condition(carried, captured) is neither 0 nor NaN: carried = body(carried, captured).

    Both regions take all carried, then all captured values. The condition gives a single number, the body
    new carried values of the types of the old ones, else ShapeError. A run in which the condition still holds
    after `bound` iterations raises Unending. Random draws differ between iterations, not between runs.
    After `differentiate`, the gradients found for `carried` and `kept` have an entry per iteration too.
    """
    values = apply("while_loop", *carried, *captured, condition=condition, body=body, bound=bound)
    return Loop(*_parts(values, body))


def _parts(values: Sequence[Any], body: Region) -> Iterator[Any]:
    """The outputs of `while_loop`, in the order of Loop's fields."""
    count, kept = len(body.outputs), len(body.kept)
    yield tuple(values[:count])
    yield values[count]
    yield tuple(values[count + 1 : 2 * count + 1])
    yield tuple(values[2 * count + 1 : 2 * count + 1 + kept])
    yield tuple(values[2 * count + 1 + kept :])


def check_condition(types: Sequence[Type]) -> None:
    """Raises ShapeError where a condition's values are not one number."""
    if len(types) != 1:
        raise ShapeError(None, tr("a condition gives one value, this one {count}", count=len(types)))
    if any(dim != 1 for dim in types[0].shape):
        raise ShapeError(None, tr("a condition is a single number, this one is {type}", type=types[0]))


def same_type(a: Type, b: Type) -> bool:
    """Whether two types are equal; what is open about their sizes is noted and taken as true."""
    pairs = zip(a.shape, b.shape, strict=False)
    return a.dtype == b.dtype and a.rank == b.rank and all(agree(x, y) for x, y in pairs)


class _WhileLoop(Primitive):
    """carried = body(carried, captured), again and again while condition(carried, captured)."""

    name = "while_loop"
    nested = True

    def types(self, *inputs: Type, condition: Region, body: Region, bound: int) -> tuple[Type, ...]:
        check_condition(condition.output_types)
        carried, results = inputs[: len(body.outputs)], body.output_types
        assert len(carried) == len(results), "the body gives more values than the loop is given"
        for before, after in zip(carried, results, strict=True):
            if not same_type(before, after):
                raise ShapeError(
                    None,
                    tr(
                        "each iteration has to give what it takes, here {before} becomes {after}",
                        before=before,
                        after=after,
                    ),
                )
        for inner in (condition, body):
            fits = len(inner.input_types) == len(inputs) and all(map(same_type, inner.input_types, inputs))
            assert fits, f"a region for {inner.input_types} is given {inputs}"
        histories = [_history(type_, bound) for type_ in (*carried, *body.kept_types)]
        tested = [_history(type_, bound + 1) for type_ in condition.kept_types]
        return (*carried, Type((), "int64"), *histories, *tested)

    def reference(
        self,
        *inputs: Array,
        condition: Region,
        body: Region,
        bound: int,
        run: Circumstances,
    ) -> tuple[Array, ...]:
        count, floats = len(body.outputs), float_type(inputs)
        carried, captured = list(inputs[:count]), inputs[count:]
        test, advance = Prepared(condition, run), Prepared(body, run)
        histories = [zeros(type_, floats, bound) for type_ in (*body.input_types[:count], *body.kept_types)]
        tested = [zeros(type_, floats, bound + 1) for type_ in condition.kept_types]
        done = 0
        while True:
            seed = iteration_seed(run.seed, done)
            verdict, *seen = test((*carried, *captured), seed)
            _record(tested, done, seen)
            if not holds(verdict):
                break
            if done == bound:
                raise Unending(bound)
            if run.stopped():  # an iteration may be of no steps at all
                raise Halted
            before, results = carried, advance((*carried, *captured), seed)
            carried = results[:count]
            _record(histories, done, (*before, *results[count:]))
            done += 1
        return (*carried, np.array(done, np.int64), *histories, *tested)

    def backward(self, step: Step, *cotangents: Ref | None) -> Sequence[Ref | None]:
        body: Region = step.settings["body"]
        count, kept = len(body.outputs), len(body.kept)
        # Behind the body's kept values stand the condition's, through which nothing flows.
        given = [i for i, dy in enumerate(cotangents[: 2 * count + 1 + kept]) if dy is not None]
        if not given:
            return [None] * len(step.inputs)
        floats = [place for place in range(count) if body.output_types[place].dtype == "float32"]
        seeded = [place - count - 1 for place in given if place > 2 * count]
        backward = derivative(body, (*floats, *seeded))
        loop = Loop(*_parts(step.outputs, body))
        emitted = apply(
            "while_loop_grad",
            loop.count,
            *loop.carried,
            *step.inputs[count:],
            *(dy for place in given if (dy := cotangents[place]) is not None),
            derivative=backward,
            carried=count,
            given=tuple(given),
        )
        return _laid_out(emitted, step, backward)

    def macs(self, *inputs: Type, condition: Region, body: Region, bound: int) -> Dim:
        """Those of one iteration, of condition and body: how many there will be is not known."""
        return condition.macs() + body.macs()

    def scratch(self, settings: Mapping[str, Setting], item_bytes: int) -> int:
        """The larger of the two regions' peaks, beside the carried values that an iteration starts from."""
        condition: Region = settings["condition"]
        body: Region = settings["body"]
        carried = sum(type_bytes(type_, item_bytes) for type_ in body.output_types)
        return carried + max(condition.peak_bytes(item_bytes), body.peak_bytes(item_bytes))


class _WhileLoopGrad(Primitive):
    """From the last iteration to the first: (dcarried, dcaptured +) = the body's derivative.

    Inputs: the count, the histories of the carried values, the captured values, and the cotangents of those
    outputs of the loop whose places are `given`. Outputs: the gradients of the first carried floats, those of
    the captured values that have one, and the histories of the gradients of the carried floats and of the
    body's kept values that have one.
    """

    name = "while_loop_grad"
    nested = True

    def types(
        self, *inputs: Type, derivative: Derivative, carried: int, given: tuple[int, ...]
    ) -> tuple[Type, ...]:
        inner = derivative.region
        bound = inputs[1].shape[0]
        floats = [type_ for type_ in inner.input_types[:carried] if type_.dtype == "float32"]
        captured = [inner.output_types[place] for place in derivative.inputs[carried:] if place is not None]
        kept = [inner.output_types[place] for place in derivative.kept if place is not None]
        return (*floats, *captured, *(_history(type_, bound) for type_ in (*floats, *kept)))

    def reference(
        self,
        *inputs: Array,
        derivative: Derivative,
        carried: int,
        given: tuple[int, ...],
        run: Circumstances,
    ) -> tuple[Array, ...]:
        inner, kept = derivative.region, [place for place in derivative.kept if place is not None]
        count, histories = int(inputs[0]), inputs[1 : carried + 1]
        captured = inputs[carried + 1 : len(derivative.inputs) + 1]
        starts = dict(zip(given, inputs[len(derivative.inputs) + 1 :], strict=True))
        seeds = [starts[place] for place in given if place > 2 * carried]
        floats = [i for i, type_ in enumerate(inner.input_types[:carried]) if type_.dtype == "float32"]
        kind, bound = float_type(inputs), len(histories[0])
        flowing = [starts.get(i, zeros(inner.types[i], kind)) for i in floats]
        sums = [place for place in derivative.inputs[carried:] if place is not None]
        totals = [zeros(inner.output_types[place], kind) for place in sums]
        recorded = [zeros(inner.types[i], kind, bound) for i in floats]
        recorded += [zeros(inner.output_types[place], kind, bound) for place in kept]
        backward = Prepared(inner, run)
        for done in reversed(range(count)):
            if run.stopped():
                raise Halted
            values = [history[done, ...] for history in histories]
            seeded = [history[done, ...] for history in seeds]
            results = backward((*values, *captured, *flowing, *seeded), iteration_seed(run.seed, done))
            flowing = []
            for i in floats:
                place, more = derivative.inputs[i], starts.get(carried + 1 + i)
                flow = zeros(inner.types[i], kind) if place is None else results[place]
                flowing.append(flow if more is None else np.asarray(flow + more[done, ...]))
            for total, place in zip(totals, sums, strict=True):
                total += results[place]
            _record(recorded, done, (*flowing, *(results[place] for place in kept)))
        return (*flowing, *totals, *recorded)

    def macs(self, *inputs: Type, derivative: Derivative, **settings: Any) -> Dim:
        """Those of one iteration."""
        return derivative.region.macs()

    def scratch(self, settings: Mapping[str, Setting], item_bytes: int) -> int:
        """The peak of the body's derivative, beside the gradients that an iteration starts from."""
        backward: Derivative = settings["derivative"]
        flowing = backward.region.input_types[: settings["carried"]]
        return sum(type_bytes(t, item_bytes) for t in flowing) + backward.region.peak_bytes(item_bytes)


def _laid_out(emitted: Sequence[Ref], step: Step, backward: Derivative) -> list[Ref | None]:
    """The outputs of `while_loop_grad` as gradients of the loop's inputs, then of its outputs."""
    body: Region = step.settings["body"]
    condition: Region = step.settings["condition"]
    count = len(body.outputs)
    real = [type_.dtype == "float32" for type_ in body.output_types]
    parts = iter(emitted)
    carried = [next(parts) if is_float else None for is_float in real]
    captured = [None if place is None else next(parts) for place in backward.inputs[count:]]
    histories = [next(parts) if is_float else None for is_float in real]
    kept = [None if place is None else next(parts) for place in backward.kept]
    results, tested = [None] * (count + 1), [None] * len(condition.kept)
    return [*carried, *captured, *results, *histories, *kept, *tested]


def _history(type_: Type, entries: Dim) -> Type:
    return type_.with_shape((entries, *type_.shape))


def _record(histories: Sequence[Array], entry: int, values: Sequence[Array]) -> None:
    for history, value in zip(histories, values, strict=True):
        history[entry] = value
