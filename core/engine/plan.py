"""The plan: a program on numbers as frozen data, instructions over the buffers of one arena.

Nothing in it is code or an array: it pickles, and it names primitives. Addresses are the executor's affair.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, Literal as OneOf

from ..initialise import Initialiser
from ..ops.interpret import differentiate
from ..ops.primitive import PRIMITIVES, Ref, Step
from ..problem import Path
from ..program import Program
from ..types import DType, Type
from .cotangent import Cotangent
from .memory import Span, check_run_fits, offsets_of
from .network import Network, Place
from .validate import validate
from .walk import trace_program

Precision = OneOf["float32", "float64"]

FREE_VIEWS = frozenset({"reshape"})
"""Primitives whose result is their input's memory under another shape."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """A value: its shape, element type, and where it stands.

    `offset` is in bytes from the arena's start; None where the memory comes from outside (inputs, slots,
    cotangents). `base` is the buffer whose memory it shares, None where it has its own.
    """

    shape: tuple[int, ...]
    dtype: str
    offset: int | None
    base: int | None = None

    @property
    def size(self) -> int:
        """Bytes."""
        return prod(self.shape) * ITEM_BYTES[self.dtype]


ITEM_BYTES = {"float32": 4, "float64": 8, "int64": 8, "bool": 1}


@dataclass(frozen=True, slots=True)
class Instruction:
    """One primitive on buffers; `path` is the call that asked for it, () in the backward."""

    primitive: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    settings: Mapping[str, Any]
    path: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """What to compute, and under which names its inputs come and its results stand (as numbers of buffers).

    `starts` are the buffers of the cotangents from which the backward starts, by output place. `iterations`
    and `histories` are as in Result.
    """

    precision: Precision
    instructions: tuple[Instruction, ...]
    buffers: tuple[Buffer, ...]
    arena_bytes: int
    inputs: Mapping[str, int]
    slots: Mapping[str, int]
    starts: Mapping[Place, int]
    outputs: Mapping[str, int]
    output_places: Mapping[str, Place]
    values: Mapping[Place, int]
    gradients: Mapping[Place, int]
    parameter_gradients: Mapping[str, int]
    input_gradients: Mapping[str, int]
    new_buffers: Mapping[str, int]
    iterations: Mapping[Path, int]
    histories: Mapping[Place, tuple[Path, ...]]
    skipped: Mapping[Path, str]
    initialisers: Mapping[str, Initialiser]
    """How the first values of each slot are drawn."""
    constants: Mapping[int, float] = field(default_factory=dict)
    """The numbers that stand in buffers from the start: what inputs are by default."""
    cotangent: Cotangent | None = None
    """The choice of where the backward starts, without `automatic`; None where there is no backward."""

    @property
    def results(self) -> frozenset[int]:
        """The buffers that still hold their values when the run is over."""
        by_name = (self.outputs, self.new_buffers, self.parameter_gradients, self.input_gradients)
        by_place = (self.values, self.gradients, self.iterations)
        named = [number for group in by_name for number in group.values()]
        return frozenset((*named, *(number for group in by_place for number in group.values())))

    @property
    def outside(self) -> frozenset[int]:
        """The buffers that are bound from outside."""
        named = (*self.inputs.values(), *self.slots.values(), *self.starts.values())
        return frozenset((*named, *self.constants))

    @property
    def bound_bytes(self) -> int:
        """The memory of what is bound from outside."""
        return sum(self.buffers[index].size for index in self.outside)

    @property
    def scratch_bytes(self) -> int:
        """What the largest instruction holds beside the arena.

        NumPy's results before they are copied, and what the regions of a loop or a branch take.
        """
        return max(map(self._scratch, self.instructions), default=0)

    @property
    def needed_bytes(self) -> int:
        """The memory that a run takes."""
        return self.arena_bytes + self.bound_bytes + self.scratch_bytes

    def _scratch(self, instruction: Instruction) -> int:
        inner = PRIMITIVES[instruction.primitive].scratch(instruction.settings, ITEM_BYTES[self.precision])
        return inner + sum(self.buffers[number].size for number in instruction.outputs)


def build_plan(
    program: Program,
    sizes: Mapping[str, int],
    *,
    training: bool = False,
    backward: bool = False,
    keep: bool = True,
    precision: Precision = "float32",
    given: Collection[str] | None = None,
    cotangent: Cotangent | None = None,
) -> Plan:
    """The plan of what is complete in a program.

    `keep` keeps the value and gradient of every port, not only those of inputs, outputs and slots.
    `given` names the inputs that have samples (None: all).
    Raises PlanError where open conditions fail at these sizes, or memory would not suffice.
    """
    network = trace_program(program, sizes, training=training, keep=keep, given=given)
    return plan_network(network, backward=backward, keep=keep, precision=precision, cotangent=cotangent)


def plan_network(
    network: Network,
    *,
    backward: bool = False,
    keep: bool = True,
    precision: Precision = "float32",
    cotangent: Cotangent | None = None,
) -> Plan:
    """The plan of a traced program, to whose trace the backward is added; the rest is as in `build_plan`."""
    gradients: dict[int, Ref] = {}
    cotangents: dict[Place, Ref] = {}
    chosen = (cotangent or Cotangent()).resolved(network) if backward else None
    if chosen is not None:
        cotangents, gradients = _differentiated(network, chosen.places(network))
    plan = _Freezer(network, cotangents, gradients, keep, precision).plan()
    if chosen is not None and cotangents:
        plan = replace(plan, cotangent=replace(chosen, arrays={}))
    validate(plan)
    check_run_fits(plan.needed_bytes)
    return plan


def _differentiated(network: Network, starts: Sequence[Place]) -> tuple[dict[Place, Ref], dict[int, Ref]]:
    cotangents = {start: network.trace.input(network.places[start].type) for start in starts}
    values = [network.places[start] for start in starts]
    gradients = differentiate(network.trace, values, list(cotangents.values()))
    missing = len(network.trace.steps) - len(network.paths)
    network.paths.extend([()] * missing)
    return cotangents, gradients


def live(plan: Plan) -> Plan:
    """The plan with the instructions alone that its results depend on."""
    bases = [number if buffer.base is None else buffer.base for number, buffer in enumerate(plan.buffers)]
    needed = {bases[number] for number in plan.results}
    live = []
    for instruction in reversed(plan.instructions):
        if any(bases[number] in needed for number in instruction.outputs):
            needed.update(bases[number] for number in instruction.inputs)
            live.append(instruction)
    return replace(plan, instructions=tuple(reversed(live)))


class _Freezer:
    """Turns references into numbered buffers: what nobody asks for is dropped, the rest gets its place."""

    def __init__(
        self,
        network: Network,
        cotangents: Mapping[Place, Ref],
        gradients: Mapping[int, Ref],
        keep: bool,
        precision: Precision,
    ) -> None:
        self.network = network
        self.cotangents = cotangents
        self.precision: Precision = precision
        self.outputs = {name: network.places[place] for name, place in network.outputs.items()}
        self.values = dict(network.places) if keep else {}
        self.gradients = _paired(self.values, gradients)
        learnt = {name: slot.ref for name, slot in network.slots.items() if slot.learnt}
        self.parameter_gradients = _paired(learnt, gradients)
        self.input_gradients = _paired(network.inputs, gradients)
        self.numbers: dict[int, int] = {}
        self.buffers: list[Buffer] = []

    def plan(self) -> Plan:
        wanted = self.wanted()
        live = self.live_steps(wanted)
        self.number(live)
        instructions = self.instructions(live)
        kept = {self.base(self.numbers[index]) for index in wanted}
        arena_bytes = self.lay_out(instructions, kept)
        network = self.network
        return Plan(
            precision=self.precision,
            instructions=instructions,
            buffers=tuple(self.buffers),
            arena_bytes=arena_bytes,
            inputs=self.numbered(network.inputs),
            slots=self.numbered({name: slot.ref for name, slot in network.slots.items()}),
            starts=self.numbered(self.cotangents),
            outputs=self.numbered(self.outputs),
            output_places=dict(network.outputs),
            values=self.numbered(self.values),
            gradients=self.numbered(self.gradients),
            parameter_gradients=self.numbered(self.parameter_gradients),
            input_gradients=self.numbered(self.input_gradients),
            new_buffers=self.numbered(network.buffers),
            iterations=self.numbered(network.iterations),
            histories=dict(network.histories) if self.values else {},
            skipped=dict(network.skipped),
            initialisers={name: slot.tensor.initialiser for name, slot in network.slots.items()},
            constants={self.numbers[ref.index]: value for value, ref in network.constants.items()},
        )

    def numbered(self, refs: Mapping[Any, Ref]) -> dict[Any, int]:
        return {key: self.numbers[ref.index] for key, ref in refs.items()}

    def wanted(self) -> set[int]:
        groups: tuple[Mapping[Any, Ref], ...] = (
            self.outputs, self.values, self.gradients, self.parameter_gradients, self.input_gradients,
            self.network.buffers, self.network.iterations,
        )  # fmt: skip
        return {ref.index for group in groups for ref in group.values()}

    def live_steps(self, wanted: set[int]) -> list[tuple[Step, Path]]:
        needed = set(wanted)
        live = []
        for step, path in zip(reversed(self.network.trace.steps), reversed(self.network.paths), strict=True):
            if any(ref.index in needed for ref in step.outputs):
                needed.update(ref.index for ref in step.inputs)
                live.append((step, path))
        return live[::-1]

    def number(self, live: Sequence[tuple[Step, Path]]) -> None:
        outside = [*self.network.inputs.values(), *self.cotangents.values()]
        outside += [slot.ref for slot in self.network.slots.values()]
        outside += self.network.constants.values()
        for ref in outside:
            self.add(ref, None)
        for step, _ in live:
            view = step.primitive.name in FREE_VIEWS
            for ref in step.outputs:
                self.add(ref, self.numbers[step.inputs[0].index] if view else None)

    def add(self, ref: Ref, base: int | None) -> None:
        shape = concrete(ref.type)
        own = None if base is None else self.base(base)
        self.numbers[ref.index] = len(self.buffers)
        self.buffers.append(Buffer(shape, stored(ref.type.dtype, self.precision), None, own))

    def base(self, number: int) -> int:
        base = self.buffers[number].base
        return number if base is None else base

    def instructions(self, live: Sequence[tuple[Step, Path]]) -> tuple[Instruction, ...]:
        return tuple(
            Instruction(
                step.primitive.name,
                tuple(self.numbers[ref.index] for ref in step.inputs),
                tuple(self.numbers[ref.index] for ref in step.outputs),
                dict(step.settings),
                path,
            )
            for step, path in live
            if step.primitive.name not in FREE_VIEWS
        )

    def lay_out(self, instructions: Sequence[Instruction], kept: set[int]) -> int:
        first: dict[int, int] = {}
        last: dict[int, int] = {}
        for time, instruction in enumerate(instructions):
            for number in instruction.outputs:
                first[number] = last[number] = time
            for number in instruction.inputs:
                last[self.base(number)] = time
        spans = [
            Span(self.buffers[number].size, time, None if number in kept else last[number])
            for number, time in first.items()
        ]
        offsets, needed = offsets_of(spans)
        own = dict(zip(first, offsets, strict=True))
        self.buffers = [
            Buffer(b.shape, b.dtype, own.get(number if b.base is None else b.base), b.base)
            for number, b in enumerate(self.buffers)
        ]
        return needed


def _paired(refs: Mapping[Any, Ref], gradients: Mapping[int, Ref]) -> dict[Any, Ref]:
    return {key: gradients[ref.index] for key, ref in refs.items() if ref.index in gradients}


def concrete(type_: Type) -> tuple[int, ...]:
    """The shape, all numbers; asserts that it is."""
    assert all(isinstance(dim, int) for dim in type_.shape), f"{type_} is not concrete"
    return tuple(int(str(dim)) if not isinstance(dim, int) else dim for dim in type_.shape)


def stored(dtype: DType, precision: Precision) -> str:
    """The NumPy type of an element in a run of that precision."""
    return precision if dtype == "float32" else dtype
