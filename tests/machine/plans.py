"""Plans of one primitive or a few, told directly, and how the machine does them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from core.engine.plan import Buffer, Instruction, Plan
from core.initialise import Array
from core.machine.machine import Machine
from core.ops.primitive import PRIMITIVES, Circumstances
from core.types import DType, Type
from tests.derivative import numbers

Told = tuple[str, tuple[int, ...], Mapping[str, Any]]
"""A primitive, the numbers of the values that it takes, its settings."""


def plan_of(told: Sequence[Told], inputs: Sequence[Array], wanted: Sequence[int] | None = None) -> Plan:
    """The plan whose values are the inputs, then the results of each primitive; all of these are wanted."""
    buffers = [Buffer(array.shape, array.dtype.name, None) for array in inputs]
    instructions = []
    for name, taken, settings in told:
        types = [Type(buffers[at].shape, _dtype(buffers[at].dtype)) for at in taken]
        made = PRIMITIVES[name].types(*types, **settings)
        places = tuple(range(len(buffers), len(buffers) + len(made)))
        buffers += [Buffer(numbers(type_), type_.dtype, 0) for type_ in made]
        instructions.append(Instruction(name, tuple(taken), places, dict(settings), (f"call {name}",)))
    results = range(len(inputs), len(buffers)) if wanted is None else wanted
    nothing: dict[Any, Any] = {}
    return Plan(
        precision="float32",
        instructions=tuple(instructions),
        buffers=tuple(buffers),
        arena_bytes=0,
        inputs={str(number): number for number in range(len(inputs))},
        slots=nothing,
        starts=nothing,
        outputs={str(number): number for number in results},
        output_places=nothing,
        values=nothing,
        gradients=nothing,
        parameter_gradients=nothing,
        input_gradients=nothing,
        new_buffers=nothing,
        iterations=nothing,
        histories=nothing,
        skipped=nothing,
        initialisers=nothing,
    )


def done(
    told: Sequence[Told],
    inputs: Sequence[Array],
    wanted: Sequence[int] | None = None,
    threads: int = 1,
    *,
    fixed: Collection[int] = (),
    exact: bool = False,
) -> dict[int, Array]:
    """What the machine gives for the wanted values, by their numbers; the `fixed` inputs stay."""
    plan = plan_of(told, inputs, wanted)
    machine = Machine(plan, dict(enumerate(inputs)), threads, fixed=fixed, exact=exact)
    machine.run(0)
    return {number: np.array(machine.array(number)) for number in plan.outputs.values()}


def exactly(told: Sequence[Told], inputs: Sequence[Array]) -> dict[int, Array]:
    """Every value by the references in float64."""
    values = [array.astype(np.float64) if array.dtype == np.float32 else array for array in inputs]
    with np.errstate(all="ignore"):
        for name, taken, settings in told:
            primitive = PRIMITIVES[name]
            keywords = Circumstances().keywords_of(primitive)
            values += primitive.reference(*(values[at] for at in taken), **settings, **keywords)
    return dict(enumerate(values))


def kernels_of(
    told: Sequence[Told],
    inputs: Sequence[Array],
    wanted: Sequence[int] | None = None,
    *,
    fixed: Collection[int] = (),
    exact: bool = False,
) -> list[str]:
    """The kernels that the machine calls, and the primitives that it leaves to their references."""
    plan = plan_of(told, inputs, wanted)
    return Machine(plan, dict(enumerate(inputs)), 1, fixed=fixed, exact=exact).kernels()


def _dtype(name: str) -> DType:
    known: dict[str, DType] = {"int64": "int64", "bool": "bool"}
    return known.get(name, "float32")
