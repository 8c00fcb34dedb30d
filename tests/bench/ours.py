"""Our side: the executor of one plan, built once and run again and again, as training does."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from core.engine.cotangent import Cotangent
from core.engine.plan import Plan, build_plan, live
from core.initialise import Array
from core.machine.code import Reference
from core.machine.machine import Machine
from core.machine.team import cores
from core.ops.primitive import PRIMITIVES
from core.types import DType, Type

from .case import SEED, Case


def plan_of(case: Case) -> Plan:
    """The plan without what is not asked for: values of ports, and gradients of inputs."""
    plan = build_plan(
        case.program,
        {},
        training=case.training,
        backward=case.training,
        keep=False,
        given=frozenset(case.inputs),
    )
    return live(replace(plan, input_gradients={}))


@dataclass
class Ours:
    """A plan bound to a case's numbers."""

    case: Case
    plan: Plan
    cotangents: Mapping[str, Array]
    """From what the backward starts, by output."""
    fixed: frozenset[int]
    """The buffers from outside that do not change from run to run."""
    machine: Machine

    def run(self) -> None:
        """One run."""
        self.machine.run(SEED)

    def outputs(self) -> dict[str, Array]:
        """By name."""
        return {name: np.array(self.machine.array(number)) for name, number in self.plan.outputs.items()}

    def gradients(self) -> dict[str, Array]:
        """By slot."""
        numbers = self.plan.parameter_gradients
        return {name: np.array(self.machine.array(number)) for name, number in numbers.items()}

    @property
    def flops(self) -> int:
        """Two for each multiplication and addition of products and convolutions."""
        return 2 * sum(macs_of(self.plan).values())

    @property
    def left(self) -> dict[str, int]:
        """The primitives that are left to their references, and how often."""
        return dict(
            Counter(op.instruction.primitive for op in self.machine.code.ops if isinstance(op, Reference))
        )

    @property
    def bytes(self) -> int:
        """What has to pass between memory and the cores at the least: inputs, weights, results, each once."""
        numbers = self.plan.outside | self.plan.results
        return sum(self.plan.buffers[number].size for number in numbers)


def macs_of(plan: Plan) -> dict[int, int]:
    """Multiplications by the number of the instruction, as the primitives count them."""
    found = {}
    for place, each in enumerate(plan.instructions):
        types = [_type(plan, number) for number in each.inputs]
        count = PRIMITIVES[each.primitive].macs(*types, **each.settings)
        assert isinstance(count, int), each.primitive
        found[place] = count
    return found


def _type(plan: Plan, number: int) -> Type:
    known: dict[str, DType] = {"int64": "int64", "bool": "bool"}
    buffer = plan.buffers[number]
    return Type(buffer.shape, known.get(buffer.dtype, "float32"))


def ours(case: Case, threads: int) -> Ours:
    """Our side of a case, with as many threads at most; in training the weights change from run to run."""
    plan = plan_of(case)
    cotangents = cotangents_of(plan)
    outside = {number: case.inputs[name] for name, number in plan.inputs.items()}
    outside |= {number: case.weights[name] for name, number in plan.slots.items()}
    outside |= {
        number: np.full((), value, plan.buffers[number].dtype) for number, value in plan.constants.items()
    }
    names = {place: name for name, place in plan.output_places.items()}
    outside |= {number: cotangents[names[place]] for place, number in plan.starts.items()}
    fixed = frozenset(plan.constants) if case.training else frozenset({*plan.slots.values(), *plan.constants})
    # As many as there are is what the machine comes to by itself, where it does not take one for little work.
    machine = Machine(plan, outside, None if threads == cores() else threads, fixed=fixed)
    return Ours(case, plan, cotangents, fixed, machine)


def cotangents_of(plan: Plan) -> dict[str, Array]:
    """Ones where a loss is differentiated, else normal numbers of about one in all."""
    choice = plan.cotangent or Cotangent()
    names = {place: name for name, place in plan.output_places.items()}
    found = {}
    for place, number in plan.starts.items():
        shape = plan.buffers[number].shape
        array = choice.array(place, names[place], shape, SEED) / max(1, prod(shape)) ** 0.5
        found[names[place]] = np.asarray(array, np.float32)
    return found
