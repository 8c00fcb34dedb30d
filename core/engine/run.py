"""One run of a program, pure: the same arguments give the same values, and nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np

from ..initialise import Array
from ..problem import Path
from ..program import Program
from ..text import tr
from .cotangent import Cotangent
from .execute import RunError, Watch, from_outside, view
from .executor import Bound
from .network import Place
from .plan import Plan, Precision, build_plan
from .sizes import sizes_from
from .weights import Weights, draw


@dataclass(frozen=True, kw_only=True)
class Mode:
    """How to run: `training` as Dropout and BatchNorm read it, `keep` for the values of every port.

    `exact` has convolutions be sums of products. Otherwise those of 3×3 may be done by Winograd's transforms,
    which are quicker and differ by up to 2e-5 of the largest value (Lavin & Gray 2016).
    """

    training: bool = False
    backward: bool = False
    kernels: bool = True
    precision: Precision = "float32"
    keep: bool = True
    exact: bool = False


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run gave.

    Root inputs and outputs go by name, ports by (call path, name), parameters and buffers by slot. A gradient
    without an entry is zero. `drawn` has the slots that the weights lacked (or had in another shape), with
    the first values that were used; `buffers` the values they have after this run. `cotangents` is what the
    backward started from, chosen by `cotangent`. `skipped` says of each call that did not run why.

    `iterations` has the rounds that each While ran, and of each If 1 where `then` was taken, else 0: a whole
    number, inside loops one for each of their rounds. Values and gradients inside loops have a round in front
    for each of the loops that `histories` names, the outermost first: `bound` of them in a body, one more in
    a condition, zeros where it did not run. `rounds.value_at` picks one. Without `keep` there are none.
    """

    outputs: Mapping[str, Array]
    values: Mapping[Place, Array] = field(default_factory=dict)
    gradients: Mapping[Place, Array] = field(default_factory=dict)
    parameter_gradients: Mapping[str, Array] = field(default_factory=dict)
    input_gradients: Mapping[str, Array] = field(default_factory=dict)
    buffers: Mapping[str, Array] = field(default_factory=dict)
    drawn: Mapping[str, Array] = field(default_factory=dict)
    cotangent: Cotangent | None = None
    cotangents: Mapping[Place, Array] = field(default_factory=dict)
    iterations: Mapping[Path, Array] = field(default_factory=dict)
    histories: Mapping[Place, tuple[Path, ...]] = field(default_factory=dict)
    skipped: Mapping[Path, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def run(
    program: Program,
    weights: Weights,
    inputs: Mapping[str, Array],
    seed: int = 0,
    mode: Mode | None = None,
    cotangent: Cotangent | None = None,
    watch: Watch | None = None,
) -> Result:
    """Runs what is complete. Inputs go by name or by node id; slots that `weights` lacks are drawn.

    Raises PlanError (RunError among them) with a sentence and the call, Stopped where `watch` says so.
    """
    mode = mode or Mode()
    inputs = by_name(program, inputs)
    sizes = sizes_from(program, {name: array.shape for name, array in inputs.items()})
    plan = plan_for(program, sizes, frozenset(inputs), mode, cotangent)
    return run_plan(plan, weights, inputs, seed, mode, sizes=sizes, cotangent=cotangent, watch=watch)


def by_name(program: Program, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays by the names of the root's inputs. Raises RunError for an input that there is not."""
    root = program.definitions[program.root]
    names = {entry.node.id: entry.node.name for entry in root.entries if entry.node.id in root.inputs}
    known = set(names.values())
    for name in inputs:
        if name not in known and name not in names:
            there = ", ".join(sorted(known)) or tr("none")
            raise RunError(tr("there is no input {name}; the inputs are: {there}", name=name, there=there))
    return {names.get(name, name): array for name, array in inputs.items()}


def plan_for(
    program: Program,
    sizes: Mapping[str, int],
    given: frozenset[str],
    mode: Mode,
    cotangent: Cotangent | None = None,
) -> Plan:
    """The plan that `run` carries out."""
    return build_plan(
        program,
        sizes,
        training=mode.training,
        backward=mode.backward,
        keep=mode.keep,
        precision=mode.precision,
        given=given,
        cotangent=cotangent,
    )


def run_plan(
    plan: Plan,
    weights: Weights,
    inputs: Mapping[str, Array],
    seed: int,
    mode: Mode,
    *,
    sizes: Mapping[str, int] | None = None,
    cotangent: Cotangent | None = None,
    watch: Watch | None = None,
    arena: Array | None = None,
    bound: Bound | None = None,
) -> Result:
    """Runs a plan; what it gives is copied into the bytes `arena`, or else stays where it was computed.

    `bound` is the plan already bound to these very weights, if it is; what stays in it stands until it runs
    again.
    """
    begin = perf_counter()
    drawn = draw_missing(plan, weights, seed)
    kept = kept_arrays(plan, {**weights, **drawn})
    outside = dict(kept)
    for name, number in plan.inputs.items():
        outside[number] = _input(plan, name, number, inputs[name])
    is_own = plan.cotangent is not None and cotangent is not None and cotangent.kind != "automatic"
    choice = cotangent if is_own else plan.cotangent
    outside.update(_cotangents(plan, choice, seed))
    done = bound or Bound(plan, kept, kernels=mode.kernels, exact=mode.exact)
    done.run(outside, seed, watch)
    made = {n: done.array(n) for n in plan.results if plan.buffers[n].offset is not None}
    if arena is not None:
        made = {number: _copied(array, view(arena, plan.buffers[number])) for number, array in made.items()}
    result = _result(plan, {**from_outside(plan, outside), **made}, drawn)
    return replace(result, cotangent=choice, sizes=dict(sizes or {}), seconds=perf_counter() - begin)


def _copied(array: Array, target: Array) -> Array:
    target[...] = array
    return target


def kept_arrays(plan: Plan, weights: Weights) -> dict[int, Array]:
    """What stays from run to run, by its buffer: slots, all among the weights, and the plan's own numbers."""
    numbers = {
        number: np.full((), value, plan.buffers[number].dtype) for number, value in plan.constants.items()
    }
    slots = {
        number: np.ascontiguousarray(weights[name], plan.buffers[number].dtype)
        for name, number in plan.slots.items()
    }
    return {**slots, **numbers}


def draw_missing(plan: Plan, weights: Weights, seed: int) -> dict[str, Array]:
    """First values for the slots that have none, or one of another shape."""
    drawn = {}
    for name, number in plan.slots.items():
        buffer = plan.buffers[number]
        if name not in weights or weights[name].shape != buffer.shape:
            dtype = "float32" if buffer.dtype == "float64" else buffer.dtype
            drawn[name] = draw(name, plan.initialisers[name], buffer.shape, dtype, seed)
    return drawn


def _input(plan: Plan, name: str, number: int, array: Array) -> Array:
    buffer = plan.buffers[number]
    wanted = tr("whole numbers") if buffer.dtype == "int64" else tr("numbers")
    fits = np.issubdtype(array.dtype, np.integer) or buffer.dtype != "int64"
    if not fits or array.dtype.kind not in "fiub":
        raise RunError(
            tr(
                "the input {name} takes {wanted}, the sample holds {dtype}",
                name=name,
                wanted=wanted,
                dtype=array.dtype,
            )
        )
    if array.shape != buffer.shape:
        raise RunError(
            tr(
                "the input {name} takes {shape}, the sample is {shape2}",
                name=name,
                shape=list(buffer.shape),
                shape2=list(array.shape),
            )
        )
    return np.ascontiguousarray(array, buffer.dtype)


def _cotangents(plan: Plan, choice: Cotangent | None, seed: int) -> dict[int, Array]:
    names = {place: name for name, place in plan.output_places.items()}
    arrays = {}
    for place, number in plan.starts.items():
        assert choice is not None, "a plan with starts has a choice"
        buffer = plan.buffers[number]
        array = choice.array(place, names.get(place, ""), buffer.shape, seed)
        arrays[number] = np.ascontiguousarray(array, buffer.dtype)
    return arrays


def _result(plan: Plan, arrays: Mapping[int, Array], drawn: Weights) -> Result:
    def named(numbers: Mapping[Any, int]) -> dict[Any, Array]:
        return {key: arrays[number] for key, number in numbers.items()}

    return Result(
        outputs=named(plan.outputs),
        values=named(plan.values),
        gradients=named(plan.gradients),
        parameter_gradients=named(plan.parameter_gradients),
        input_gradients=named(plan.input_gradients),
        buffers=named(plan.new_buffers),
        drawn=drawn,
        cotangents=named(plan.starts),
        iterations=named(plan.iterations),
        histories=plan.histories,
        skipped=plan.skipped,
    )
