"""The shape rules of nodes made of several calls: repeated ones, open choices, branches and loops."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from .calls import Fault, NodeCall, Structure
from .condition import agree, noting
from .dim import Dim, Symbolic, TooManyTerms, symbol
from .record import INDEX
from .text import tr
from .types import Type

if TYPE_CHECKING:
    from .rules import Bound

MAX_REPEATS = 10_000
"""How many calls in a row a node may stand for."""

Types = tuple[Type | None, ...]
Look = Callable[["Bound", Types], NodeCall]
"""Gives the call of a bound kind at inputs of these types."""


@dataclass(frozen=True, eq=False)
class Parts(ABC):
    """What a node is made of; `call` works it out for inputs of these types."""

    structure: ClassVar[Structure]

    @abstractmethod
    def call(self, inputs: Types, outputs: int, look: Look) -> NodeCall:
        """The call of the whole node; with faults it has so many unknown outputs."""

    def made(self, inputs: Types, outputs: Types, parts: Sequence[tuple[str, NodeCall]]) -> NodeCall:
        """The node's call from those of its parts, with what they note about themselves."""
        distinct = list(dict.fromkeys(part for _, part in parts))
        conditions = tuple(dict.fromkeys(c for part in distinct for c in part.conditions))
        return NodeCall(inputs, outputs, parts=tuple(parts), structure=self.structure, conditions=conditions)

    def failed(
        self, inputs: Types, outputs: int, fault: Fault, parts: Sequence[tuple[str, NodeCall]] = ()
    ) -> NodeCall:
        """The node's call where something is wrong with it."""
        return NodeCall(
            inputs, (None,) * outputs, parts=tuple(parts), structure=self.structure, faults=(fault,)
        )


def placed(fault: Fault, where: str) -> Fault:
    """A part's fault as the node's: `where` says which part."""
    return Fault(f"{where}: {fault.text}", argument=fault.argument)


@dataclass(frozen=True, eq=False)
class Same(Parts):
    """Another bound's call, which is remembered there; what is noted beside it is this node's own."""

    structure: ClassVar[Structure] = ""

    bound: "Bound"

    def call(self, inputs: Types, outputs: int, look: Look) -> NodeCall:
        """The other's call as it is."""
        return look(self.bound, inputs)


@dataclass(frozen=True, eq=False)
class Repeated(Parts):
    """Calls in a row, one for each of the bounds: what one gives are the first inputs of the next."""

    structure: ClassVar[Structure] = "repeat"

    bounds: Sequence["Bound"]

    def call(self, inputs: Types, outputs: int, look: Look) -> NodeCall:
        """Each call in turn; equal ones are looked up once."""
        types, parts = inputs, list[tuple[str, NodeCall]]()
        before: tuple[Bound, Types, NodeCall] | None = None
        for index, bound in enumerate(self.bounds):
            if before is not None and before[0] is bound and before[1] == types:
                part = before[2]
            else:
                part = look(bound, types)
            parts.append((str(index), part))
            fault = part.faults[0] if part.faults else _misfit(part, inputs)
            if fault is not None:
                return self.failed(inputs, outputs, placed(fault, f"{INDEX} = {index}"), parts)
            before = (bound, types, part)
            types = (*part.outputs, *inputs[len(part.outputs) :])
        found = types[: len(parts[-1][1].outputs)] if parts else inputs[:outputs]
        return self.made(inputs, found, parts)


def _misfit(part: NodeCall, inputs: Types) -> Fault | None:
    given, taken = len(part.outputs), len(inputs)
    if given <= taken:
        return None
    return Fault(
        tr("a repeated module gives at most as many values as it takes; it takes {taken}, gives {given}",
           taken=taken, given=given)
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class SymbolicallyRepeated(Parts):
    """Calls in a row whose number is not known: the first, and one that stands for the others.

    Sizes may grow evenly from call to call; that they do is shown by induction, the index being a symbol.
    """

    structure: ClassVar[Structure] = "repeat"

    count: Dim
    at: Callable[[Dim], "Bound"]
    """The bound kind at an index."""

    def call(self, inputs: Types, outputs: int, look: Look) -> NodeCall:
        """The parts `0` and `i`."""
        index = symbol(INDEX)
        first = look(self.at(0), inputs)
        parts = [("0", first)]
        if first.faults:
            return self.failed(inputs, outputs, placed(first.faults[0], f"{INDEX} = 0"), parts)
        second_inputs = (*first.outputs, *inputs[len(first.outputs) :])
        second = look(self.at(1), second_inputs)
        if second.faults:
            return self.failed(inputs, outputs, placed(second.faults[0], f"{INDEX} = 1"), parts)
        try:
            grown = [
                _grown(one, two, index - 1) for one, two in zip(first.outputs, second.outputs, strict=True)
            ]
            after = [_grown(one, two, index) for one, two in zip(first.outputs, second.outputs, strict=True)]
            last = [
                _grown(one, two, self.count - 1)
                for one, two in zip(first.outputs, second.outputs, strict=True)
            ]
        except TooManyTerms as error:
            return self.failed(inputs, outputs, Fault(str(error)), parts)
        other = look(self.at(index), (*grown, *inputs[len(grown) :]))
        parts.append((INDEX, other))
        if other.faults:
            return self.failed(inputs, outputs, placed(other.faults[0], INDEX), parts)
        if list(other.outputs) != after:
            return self.failed(inputs, outputs, Fault(UNEVEN), parts)
        return self.made(inputs, tuple(last), parts)


UNEVEN = "how sizes change from one repetition to the next needs the number of repetitions"
"""Why a repeated node is not resolved with a symbol for its count; nobody reads it where numbers decide."""


def _grown(one: Type | None, two: Type | None, times: Dim) -> Type | None:
    """`one` with `times` what it takes from one to two added to each of its sizes."""
    if one is None or two is None or one.rank != two.rank or one.dtype != two.dtype:
        return None
    return one.with_shape(tuple(a + (b - a) * times for a, b in zip(one.shape, two.shape, strict=True)))


@dataclass(frozen=True, eq=False)
class OpenChoice(Parts):
    """A choice that symbols do not decide: both parts, and the types of the first."""

    structure: ClassVar[Structure] = "choose"

    then: "Bound"
    otherwise: "Bound"
    picked: bool | None = None
    """Which one it is with the values at hand; None where that is open."""

    def call(self, inputs: Types, outputs: int, look: Look) -> NodeCall:
        """The parts `then` and `otherwise`; one that does not fit is never the one that is picked."""
        parts = [("then", look(self.then, inputs)), ("otherwise", look(self.otherwise, inputs))]
        if self.picked is not None:
            picked = parts[0 if self.picked else 1][1]
            if picked.faults:
                return self.failed(inputs, outputs, picked.faults[0], parts)
            return self.made(inputs, picked.outputs, parts)
        fitting = [part for _, part in parts if not part.faults and None not in part.outputs]
        if not fitting:
            return self.failed(inputs, outputs, placed(_first_fault(parts), "then"), parts)
        return self.made(inputs, fitting[0].outputs, parts)


def _first_fault(parts: Sequence[tuple[str, NodeCall]]) -> Fault:
    return next((fault for _, part in parts for fault in part.faults), Fault(tr("its shape is not known")))


@dataclass(frozen=True, eq=False)
class Branch(Parts):
    """Two parts of which a value picks one at run time; both give the same types."""

    structure: ClassVar[Structure] = "if"

    then: "Bound"
    otherwise: "Bound"

    def call(self, inputs: Types, outputs: int, look: Look) -> NodeCall:
        """The parts `then` and `otherwise`; the first input is the condition."""
        fault = _no_scalar(inputs[0] if inputs else None, "condition")
        if fault is not None:
            return self.failed(inputs, outputs, fault)
        parts = [(name, look(bound, inputs[1:])) for name, bound in self._named()]
        for name, part in parts:
            if part.faults:
                return self.failed(inputs, outputs, placed(part.faults[0], name), parts)
        then, otherwise = parts[0][1].outputs, parts[1][1].outputs
        with noting() as noted:
            same = _agree(then, otherwise)
        if not same:
            text = tr("then gives {then}, otherwise {otherwise}; both must give the same",
                      then=_listed(then), otherwise=_listed(otherwise))  # fmt: skip
            return self.failed(inputs, outputs, Fault(text), parts)
        return _with_conditions(self.made(inputs, then, parts), noted)

    def _named(self) -> list[tuple[str, "Bound"]]:
        return [("then", self.then), ("otherwise", self.otherwise)]


@dataclass(frozen=True, eq=False)
class Loop(Parts):
    """A body that is run on its own results as long as a condition on them holds."""

    structure: ClassVar[Structure] = "while"

    condition: "Bound"
    body: "Bound"
    bound: int = field(default=100)

    def call(self, inputs: Types, outputs: int, look: Look) -> NodeCall:
        """The parts `condition` and `body`."""
        condition, body = look(self.condition, inputs), look(self.body, inputs)
        parts = [("condition", condition), ("body", body)]
        for name, part in parts:
            if part.faults:
                return self.failed(inputs, outputs, placed(part.faults[0], name), parts)
        decided = condition.outputs[0] if len(condition.outputs) == 1 else None
        fault = _no_scalar(decided, None) if None not in condition.outputs else None
        fault = fault or _misfit(body, inputs)
        if len(condition.outputs) != 1:
            fault = Fault(
                tr("the condition gives {count} values; one would fit", count=len(condition.outputs))
            )
        if fault is not None:
            return self.failed(inputs, outputs, fault, parts)
        with noting() as noted:
            same = _agree(body.outputs, inputs[: len(body.outputs)])
        if not same:
            text = tr("the body takes {taken} and gives {given}; a loop needs the same again",
                      taken=_listed(inputs[: len(body.outputs)]), given=_listed(body.outputs))  # fmt: skip
            return self.failed(inputs, outputs, Fault(text), parts)
        return _with_conditions(self.made(inputs, body.outputs, parts), noted)


def _with_conditions(call: NodeCall, noted: Sequence[object]) -> NodeCall:
    conditions = tuple(dict.fromkeys((*call.conditions, *noted)))
    return call if conditions == call.conditions else call.replaced(conditions=conditions)


def _no_scalar(type_: Type | None, port: str | None) -> Fault | None:
    if type_ is None or all(isinstance(dim, int) and dim == 1 for dim in type_.shape):
        return None
    return Fault(tr("a condition is one number, got {type}; Sum or Mean gives one", type=type_), port)


def _agree(ours: Types, theirs: Types) -> bool:
    """Whether the types are the same as far as they are known; open sizes are noted."""
    if len(ours) != len(theirs):
        return False
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None]
    return all(
        a.rank == b.rank
        and a.dtype == b.dtype
        and all(agree(x, y) for x, y in zip(a.shape, b.shape, strict=True))
        for a, b in pairs
    )


def _listed(types: Types) -> str:
    return " and ".join("an unknown shape" if type_ is None else str(type_) for type_ in types) or tr(
        "nothing"
    )


def is_symbolic(value: object) -> bool:
    """Whether a number is not known yet."""
    return isinstance(value, Symbolic)
