"""What resolving a design gives: the types, counts and problems of each call, as frozen values."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace as replaced
from functools import cached_property
from typing import Any, Literal as OneOf

from msgspec.structs import replace

from .condition import Condition
from .dim import Dim, TooManyTerms, product, substitute, symbols
from .layers.layer import Layer
from .polynomial import collected, terms_of
from .ports import Ports
from .problem import Path, Problem
from .types import DType, Type

Arguments = Mapping[str, Any]
"""Evaluated arguments: literals, or Symbolic where they depend on sizes that are not numbers."""

Structure = OneOf["", "repeat", "choose", "if", "while"]
"""What a call with parts is: calls in a row, a choice that is still open, a branch or a loop at run time."""

BYTES = {"float32": 4, "int64": 8, "bool": 1}

DEFAULT_SIZE = 2
"""What a symbol stands for in an example where no Input says."""

PROBLEM_LIMIT = 1000
"""Problems that one call lists; nobody reads more, and nested calls multiply."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a call, wherever it stands: a problem without its place and repairs."""

    text: str
    port: str | None = None
    argument: str | None = None
    flatten: str | None = None
    """The port before which a Flatten mends it."""
    dtype: DType | None = None
    """The element type that the port would take."""
    instead: tuple[str, int] | None = None
    """An argument and its one value that mends it."""


@dataclass(frozen=True, slots=True, eq=False)
class NodeCall:
    """One use of a layer, instance or port node: equal calls of a design are one and the same object.

    A type is None where it is not known, because of a problem here or before. Inputs of a variadic layer are
    those that are wired.
    """

    inputs: tuple[Type | None, ...]
    outputs: tuple[Type | None, ...]
    arguments: Arguments = field(default_factory=dict)
    layer: Layer | None = None
    """The layer with its arguments bound; None for instances, ports and what is in error."""
    inner: "ModuleCall | None" = None
    parts: tuple[tuple[str, "NodeCall"], ...] = ()
    """The calls that a repeated node, a choice, a branch or a loop is made of, by their keys in paths."""
    structure: Structure = ""
    tied: bool = False
    """Whether the weights are another node's, so that they are not counted here."""
    shared: bool = False
    """Whether the calls in a row have the weights of the first."""
    count: Dim | None = None
    """How many calls in a row there are, where that is no number."""
    kind: str = ""
    """What the node is made of where its own kind does not tell: a slot's or a choice's."""
    own_parameters: Dim = 0
    own_macs: Dim = 0
    faults: tuple[Fault, ...] = ()
    conditions: tuple[Condition, ...] = ()
    is_doubtful: bool = False
    """Whether a layer that reads features is given what may be images."""
    is_noted: bool = field(init=False)
    """Whether there is a fault, a condition or a doubt; read for every node at every run."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_noted", bool(self.faults or self.conditions or self.is_doubtful))

    @property
    def parameters(self) -> Dim:
        """How many learnable numbers the call holds."""
        if self.tied:
            return 0
        if self.parts:
            held = self.parts[:1] if self.shared or self.structure == "choose" else self.parts
            return _total(part.parameters * times for part, times in self._repeated(held))
        return self.own_parameters if self.inner is None else self.inner.parameters

    @property
    def macs(self) -> Dim:
        """Multiply-accumulates of one forward over the whole batch; of a loop, of one round."""
        if self.parts:
            done = self.parts[:1] if self.structure in ("choose", "if") else self.parts
            return _total(part.macs * times for part, times in self._repeated(done))
        return self.own_macs if self.inner is None else self.inner.macs

    @property
    def memory(self) -> Dim:
        """Bytes of the layers' outputs in float32; ports take none, they pass on."""
        if self.parts:
            done = self.parts[:1] if self.structure in ("choose", "if") else self.parts
            return _total(part.memory * times for part, times in self._repeated(done))
        if self.inner is not None:
            return self.inner.memory
        if self.layer is None:
            return 0
        return _total(
            BYTES[type_.dtype] * product(type_.shape) for type_ in self.outputs if type_ is not None
        )

    def _repeated(self, parts: Iterable[tuple[str, "NodeCall"]]) -> Iterator[tuple["NodeCall", Dim]]:
        """Each distinct part and how often it is called."""
        times: dict[NodeCall, Dim] = {}
        for key, part in parts:
            more = self.count - 1 if self.count is not None and not key.isdecimal() else 1
            times[part] = times.get(part, 0) + more
        yield from times.items()

    @property
    def holds_tensors(self) -> bool:
        """Whether a layer here or inside may have parameters or buffers."""
        if self.parts:
            return any(part.holds_tensors for part in dict.fromkeys(part for _, part in self.parts))
        if self.inner is not None:
            return self.inner.holds_tensors
        if self.layer is None:
            return False
        kind = type(self.layer)
        return kind.parameters is not Layer.parameters or kind.buffers is not Layer.buffers

    def part(self, key: str) -> "NodeCall | None":
        """The part of that key; of calls in a row whose number is open, the one that stands for it."""
        # Calls in a row stand at their numbers, and there may be thousands of them.
        place = int(key) if key.isdecimal() else len(self.parts)
        for name, call in self.parts[place : place + 1] or self.parts:
            if name == key:
                return call
        return self.parts[-1][1] if self.count is not None and self.parts and key.isdecimal() else None

    def inside(self) -> Iterator[tuple[Path, "ModuleCall"]]:
        """The module calls that the node is made of, by the path from the node to them."""
        if self.inner is not None:
            yield (), self.inner
        seen: set[NodeCall] = set()
        for key, part in self.parts:
            if part not in seen:
                seen.add(part)
                yield from (((key, *path), inner) for path, inner in part.inside())

    def each(self) -> Iterator[tuple[Path, "ModuleCall"]]:
        """The module calls as `inside`, calls that are alike at every path."""
        if self.inner is not None:
            yield (), self.inner
        for key, part in self.parts:
            yield from (((key, *path), inner) for path, inner in part.each())

    def replaced(self, **changes: Any) -> "NodeCall":
        """The call with fields changed."""
        return replaced(self, **changes)


def _total(parts: Iterable[Dim]) -> Dim:
    """The sum; where it would be longer than anyone can read, its number with every size at 2."""
    found = list(parts)
    try:
        return collected([term for part in found for term in terms_of(part)])
    except TooManyTerms:
        return _total(substitute(part, dict.fromkeys(symbols(part), DEFAULT_SIZE)) for part in found)


class NodeCalls(Mapping[str, NodeCall]):
    """The calls of a module by node id, backed by the arrays that resolving fills."""

    __slots__ = ("_calls", "_index")

    def __init__(self, index: Mapping[str, int], calls: list[NodeCall]) -> None:
        self._index = index
        self._calls = calls

    def __getitem__(self, node: str) -> NodeCall:
        return self._calls[self._index[node]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def distinct(self) -> Counter[NodeCall]:
        """Each distinct call and how often it occurs."""
        return Counter(self._calls)


@dataclass(frozen=True, eq=False)
class ModuleCall:
    """One use of a module with these arguments and input types; calls alike in both share this object.

    `nodes` lacks what is in a loop.
    """

    module: str
    arguments: Arguments
    nodes: NodeCalls
    inputs: tuple[Type | None, ...]
    outputs: tuple[Type | None, ...]
    own_problems: tuple[Problem, ...]
    """Those of this module's own nodes, without those inside instances."""
    ports: Mapping[str, Ports]
    """The ports of each node, of a variadic one those that are wired."""
    instances: tuple[str, ...] = ()
    """The nodes that may have module calls inside, in order."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with the inputs that the caller gave; `port` is the Input's name."""
    conditions: tuple[tuple[Problem, Condition], ...] = ()
    """Claims about sizes that symbols could not decide, each with its problem."""
    tied_parameters: Dim = 0
    """How many numbers are counted twice by `nodes` because a parameter is tied to another."""
    assumed: bool = False
    """Whether symbols did not decide a definition, so that its inputs have the sizes of its first call."""

    @cached_property
    def parameters(self) -> Dim:
        """How many learnable numbers all calls inside hold."""
        held = _total(count * call.parameters for call, count in self.nodes.distinct().items())
        return held - self.tied_parameters

    @cached_property
    def holds_tensors(self) -> bool:
        """Whether anything inside has parameters or buffers."""
        return any(call.holds_tensors for call in self.nodes.distinct())

    @cached_property
    def macs(self) -> Dim:
        """Multiply-accumulates of one forward over the whole batch."""
        return _total(count * call.macs for call, count in self.nodes.distinct().items())

    @cached_property
    def memory(self) -> Dim:
        """Bytes of all layers' outputs in float32."""
        return _total(count * call.memory for call, count in self.nodes.distinct().items())

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Everything wrong inside, by paths from here; calls alike report it once, at the first of them."""
        return tuple(problem for path, call in self.contexts() for problem in call.placed(path))[
            :PROBLEM_LIMIT
        ]

    def call(self, path: Path) -> NodeCall | None:
        """The node call to which a path leads from here; None where there is none."""
        module: ModuleCall | None = self
        node: NodeCall | None = None
        for key in path:
            if node is not None and node.parts:
                node = node.part(key)
            else:
                node = None if module is None else module.nodes.get(key)
            if node is None:
                return None
            module = node.inner
        return node

    def placed(self, path: Path, sizes: Mapping[str, int] | None = None) -> Iterator[Problem]:
        """This module's own problems as seen from where `path` leads here; sizes may break a condition."""
        for problem in (*self.own_problems, *(_decided(*claim, sizes) for claim in self.conditions)):
            for instance in reversed(path):
                problem = problem.inside(instance)
            yield problem

    def contexts(self) -> Iterator[tuple[Path, "ModuleCall"]]:
        """Every distinct module call from here down with the first path to it, itself first."""
        seen: set[ModuleCall] = set()
        waiting: list[tuple[Path, ModuleCall]] = [((), self)]
        while waiting:
            path, call = waiting.pop()
            if call in seen:
                continue
            seen.add(call)
            yield path, call
            inside = [
                ((*path, node, *steps), inner)
                for node in call.instances
                for steps, inner in call.nodes[node].inside()
            ]
            waiting += [pair for pair in reversed(inside) if pair[1] not in seen]

    @cached_property
    def in_error(self) -> bool:
        """Whether something inside keeps the call from running."""
        return any(problem.kind == "error" for problem in self.problems)


def _decided(problem: Problem, condition: Condition, sizes: Mapping[str, int] | None) -> Problem:
    if sizes is None or condition.holds(sizes) is not False:
        return problem
    said = ", ".join(
        f"{name} = {sizes[name]}"
        for name in sorted((symbols(condition.left) | symbols(condition.right)) & sizes.keys())
    )
    return replace(problem, kind="error", text=f"{problem.text}; that fails with {said}")
