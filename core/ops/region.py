"""A region: a piece of program as data, which a loop repeats and a branch may leave out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from ..dim import Dim
from ..types import Type
from .primitive import PRIMITIVES, Primitive, Ref, Setting, Step, Trace

WHOLE_BYTES: Mapping[str, int] = {"int64": 8, "bool": 1}
"""What an element takes that is no float."""


@dataclass(frozen=True, slots=True)
class RegionStep:
    """One application of the primitive of that name on values of a region, which go by number.

    `path` is the call that asked for it, () where that is not known.
    """

    primitive: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    settings: Mapping[str, Setting]
    path: tuple[str, ...] = ()

    @property
    def applied(self) -> Primitive:
        """The primitive."""
        return PRIMITIVES[self.primitive]


@dataclass(frozen=True, slots=True)
class Region:
    """Steps over numbered values: the first `input_count` come from outside, in order, then each step's own.

    `types` has every value's type, all of numbers where the region is run. `outputs` are the values it gives;
    `kept` those that are recorded beside, to be looked at. It holds neither code nor arrays: it pickles.
    """

    types: tuple[Type, ...]
    input_count: int
    steps: tuple[RegionStep, ...]
    outputs: tuple[int, ...]
    kept: tuple[int, ...] = ()

    @property
    def input_types(self) -> tuple[Type, ...]:
        """What comes from outside."""
        return self.types[: self.input_count]

    @property
    def output_types(self) -> tuple[Type, ...]:
        """What it gives."""
        return tuple(self.types[number] for number in self.outputs)

    @property
    def kept_types(self) -> tuple[Type, ...]:
        """What is recorded."""
        return tuple(self.types[number] for number in self.kept)

    def macs(self) -> Dim:
        """Multiply-accumulates of running it once."""
        total: Dim = 0
        for step in self.steps:
            total += step.applied.macs(*(self.types[number] for number in step.inputs), **step.settings)
        return total

    def replay(self, trace: Trace) -> list[Ref]:
        """Records it in a trace; the references of all its values, the inputs new ones."""
        refs = [trace.input(type_) for type_ in self.types]
        for step in self.steps:
            inputs, outputs = (tuple(refs[n] for n in numbers) for numbers in (step.inputs, step.outputs))
            trace.steps.append(Step(step.applied, inputs, outputs, dict(step.settings)))
        return refs

    def endings(self) -> list[list[int]]:
        """For each step, the values that nothing needs after it; not the inputs, outputs and kept ones."""
        seen = {*range(self.input_count), *self.outputs, *self.kept}
        ending: list[list[int]] = []
        for step in reversed(self.steps):
            done = list(dict.fromkeys(n for n in (*step.inputs, *step.outputs) if n not in seen))
            seen.update(done)
            ending.append(done)
        return ending[::-1]

    def peak_bytes(self, item_bytes: int) -> int:
        """The most that it holds at once beside its inputs, where a float takes `item_bytes`."""
        held = highest = 0
        for step, ending in zip(self.steps, self.endings(), strict=True):
            held += sum(self._bytes(number, item_bytes) for number in step.outputs)
            highest = max(highest, held + step.applied.scratch(step.settings, item_bytes))
            held -= sum(self._bytes(number, item_bytes) for number in ending)
        return highest

    def _bytes(self, number: int, item_bytes: int) -> int:
        return type_bytes(self.types[number], item_bytes)


def type_bytes(type_: Type, item_bytes: int) -> int:
    """The memory of a value whose type is all numbers, where a float takes `item_bytes`."""
    sizes = [dim for dim in type_.shape if isinstance(dim, int)]
    assert len(sizes) == type_.rank, f"{type_} is not concrete"
    return prod(sizes) * WHOLE_BYTES.get(type_.dtype, item_bytes)


def region(
    trace: Trace,
    inputs: Sequence[Ref],
    outputs: Sequence[Ref],
    kept: Sequence[Ref] = (),
    paths: Sequence[tuple[str, ...]] = (),
) -> Region:
    """The part of a trace that computes `outputs` and `kept` from `inputs`, all references of it.

    Steps that these do not need are dropped. A value may stand several times among outputs and kept ones.
    `paths` has the call that emitted each step of the trace, for faults to be told of. Asserts that all it
    needs is among the inputs.
    """
    given = {ref.index for ref in inputs}
    assert len(given) == len(inputs), "a value stands twice among the inputs of a region"
    live = _live(trace, given, [*outputs, *kept], paths or [()] * len(trace.steps))
    refs = [*inputs, *(ref for step, _ in live for ref in step.outputs)]
    numbers = {ref.index: number for number, ref in reversed(list(enumerate(refs)))}
    needed = [ref for step, _ in live for ref in step.inputs]
    foreign = [ref.type for ref in (*needed, *outputs, *kept) if ref.index not in numbers]
    assert not foreign, f"a region needs what it is not given: {foreign}"

    def numbered(values: Sequence[Ref]) -> tuple[int, ...]:
        return tuple(numbers[ref.index] for ref in values)

    steps = [
        RegionStep(
            step.primitive.name, numbered(step.inputs), numbered(step.outputs), dict(step.settings), path
        )
        for step, path in live
    ]
    types = tuple(ref.type for ref in refs)
    return Region(types, len(inputs), tuple(steps), numbered(outputs), numbered(kept))


def captured_by(trace: Trace, inputs: Sequence[Ref], wanted: Sequence[Ref]) -> tuple[Ref, ...]:
    """What `wanted` values of a trace need from outside beside the `inputs`, in the order of their first use.

    With what `Trace.cut` gives, a loop's body can be recorded where it stands, reading what is there.
    """
    given = {ref.index for ref in inputs}
    live = [step for step, _ in _live(trace, given, wanted, [()] * len(trace.steps))]
    given.update(ref.index for step in live for ref in step.outputs)
    used = [*(ref for step in live for ref in step.inputs), *wanted]
    return tuple({ref.index: ref for ref in used if ref.index not in given}.values())


def _live(
    trace: Trace, given: set[int], wanted: Sequence[Ref], paths: Sequence[tuple[str, ...]]
) -> list[tuple[Step, tuple[str, ...]]]:
    needed = {ref.index for ref in wanted} - given
    live = []
    for step, path in zip(reversed(trace.steps), reversed(paths), strict=True):
        if any(ref.index in needed for ref in step.outputs):
            needed.update(ref.index for ref in step.inputs if ref.index not in given)
            live.append((step, path))
    return live[::-1]


def traced_region(
    function: Callable[..., Ref | Sequence[Ref]], types: Sequence[Type], *, kept: int = 0, scope: str = ""
) -> Region:
    """The region that a function of references records: it is called once, on a reference per type.

    It gives the outputs, after them the `kept` values to be recorded. `scope` names its random draws, as a
    call path does a layer's: no two regions of a program may have the same.
    """
    trace = Trace(scope=scope)
    inputs = [trace.input(type_) for type_ in types]
    result = function(*inputs)
    refs = [result] if isinstance(result, Ref) else list(result)
    assert kept <= len(refs), f"of {len(refs)} values {kept} cannot be kept"
    split = len(refs) - kept
    return region(trace, inputs, refs[:split], refs[split:])
