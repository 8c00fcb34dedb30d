"""A module compiled for resolving: its nodes in order, each with what it is and the slots that it reads.

It is made anew when the structure changes; an edited argument replaces one entry. Slot 0 is never known: it
stands for a missing wire. Slot 1 is a single number: it stands for an input that has one by default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .dim import symbols
from .document import Document
from .expression import Expression, ExpressionError, Value
from .graph import Graphs
from .layers import LAYERS
from .layers.control import CONTROL
from .ports import Ports, as_owner, input_defaults, port_nodes, ports
from .record import Module, Node, Tie
from .types import Type, parse_shape
from .use import SLOT_MARK, Use
from .value import definitions_of

UNWIRED = (0, 1)
"""The slots that no wire leads to."""

FIRST_SLOTS: tuple[Type | None, ...] = (None, Type(()))
"""What is in them."""


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """What a node is, apart from its place: nodes of one kind with the same arguments share it."""

    kind: str
    """The layer's name, `@` and a module's id, or empty where the node cannot be resolved."""
    arguments: Mapping[str, Value]
    outputs: int
    key: tuple[Any, ...]
    """Equal for equal specs; a number is not equal to a truth value."""
    is_constant: bool
    """Whether no argument is an expression or a text of a shape."""
    sizes: Mapping[str, frozenset[str]]
    """The sizes that each text of a shape names, by argument."""
    repeat: Value | None = None
    """How many calls in a row the node stands for."""
    shared: bool = False
    tied: bool = False
    """Whether another node's weights are used."""


class Entry(NamedTuple):
    """One node in the order: its spec, and the slot of each input."""

    spec: int
    sources: tuple[int, ...]


Known = Mapping[str, tuple[Node, Spec]]


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """A module's nodes in the order in which they are resolved; ports first, what is in a loop last."""

    module: str
    nodes: tuple[str, ...]
    index: Mapping[str, int]
    ports: Mapping[str, Ports]
    inputs: tuple[Node, ...]
    outputs: tuple[tuple[str, int], ...]
    """Each Output in order with the slot that it reads."""
    specs: tuple[Spec, ...]
    entries: tuple[Entry, ...]
    """Without the Inputs, which come first in `nodes` and own the slots from 2 on; what is in a loop reads
    nothing."""
    instances: tuple[str, ...]
    """The nodes that may have module calls inside."""
    ties: tuple[Tie, ...]
    looped: int
    """How many of the nodes are in a loop."""
    known: Known
    """The spec that each node had when this was compiled."""


def typed(value: Any) -> Any:
    """A hashable stand-in that tells 1, 1.0 and True apart."""
    if isinstance(value, tuple | list):
        return tuple(map(typed, value))
    if isinstance(value, Use):
        return (Use, value.kind, *[(name, typed(part)) for name, part in value.arguments])
    return (type(value), value)


def spec_of(kind: str, arguments: Mapping[str, Value], outputs: int) -> Spec:
    """The spec of a kind with these arguments; an empty kind is one that cannot be resolved."""
    given = sorted(arguments.items()) if kind else []
    key = (kind, outputs, *[(name, typed(value)) for name, value in given])
    sizes = _sizes_read(kind, arguments)
    constant = not sizes and not any(reads_names(value) for _, value in given)
    return Spec(kind, dict(given), outputs, key, constant, sizes)


def spec_of_node(node: Node, kind: str, outputs: int) -> Spec:
    """The spec of a node, whose kind is empty where it cannot be resolved."""
    spec = spec_of(kind, node.arguments, outputs)
    if node.repeat is None and not node.owner:
        return spec
    key = (*spec.key, typed(node.repeat), node.shared, bool(node.owner))
    return replace(spec, key=key, repeat=node.repeat, shared=node.shared, tied=bool(node.owner))


def reads_names(value: Any) -> bool:
    """Whether a value depends on where it stands: an expression, or a use that holds one or is a slot."""
    if isinstance(value, Use):
        return value.kind.startswith(SLOT_MARK) or any(reads_names(part) for _, part in value.arguments)
    if isinstance(value, tuple):
        return any(reads_names(part) for part in value)
    return isinstance(value, Expression)


def _sizes_read(kind: str, arguments: Mapping[str, Value]) -> dict[str, frozenset[str]]:
    """The names in arguments that are texts of shapes; an unreadable one is refused when it is bound."""
    layer = LAYERS.get(kind)
    found: dict[str, frozenset[str]] = {}
    for spec in layer.arguments if layer is not None else ():
        value = arguments.get(spec.name)
        if not isinstance(value, str):
            continue
        names = _sizes_in_shape(value) if spec.dimensions else spec.form.sizes(value) if spec.form else None
        if names:
            found[spec.name] = names
    return found


def _sizes_in_shape(text: str) -> frozenset[str]:
    try:
        return frozenset(size for dim in parse_shape(text) for size in symbols(dim))
    except ExpressionError:
        return frozenset()


class _Compiler:
    def __init__(self, document: Document, graphs: Graphs, module: str, known: Known) -> None:
        self.document, self.graphs, self.module, self.known = document, graphs, module, known
        self.slots: dict[tuple[str, str], int] = {}
        self.count = len(FIRST_SLOTS)
        self.ports: dict[str, Ports] = {}
        self.specs: dict[tuple[Any, ...], int] = {}
        self.found: list[Spec] = []
        self.of_kinds: dict[str, Ports] = {}
        self.defaults: dict[str, Mapping[str, float]] = {}
        self.kept: dict[str, tuple[Node, Spec]] = {}

    def compiled(self) -> Schedule:
        inputs = port_nodes(self.document, self.module, "Input")
        first = {node.id for node in inputs}
        order = [self.document.node(key) for key in self.graphs.order(self.module) if key not in first]
        placed = first.union([node.id for node in order])
        looped = [n for n in self.document.nodes(self.module) if n.id not in placed]
        looped.sort(key=lambda node: node.id)
        for node in inputs:
            self._own(node)
        entries = [self._entry(node) for node in order]
        entries += [self._placed(self._spec(node, ""), ()) for node in looped]
        nodes = [node.id for node in (*inputs, *order, *looped)]
        outputs = port_nodes(self.document, self.module, "Output")
        return Schedule(
            module=self.module,
            nodes=tuple(nodes),
            index={key: place for place, key in enumerate(nodes)},
            ports=self.ports,
            inputs=tuple(inputs),
            outputs=tuple([(node.id, self._source(node.id, "x")) for node in outputs]),
            specs=tuple(self.found),
            entries=tuple(entries),
            instances=tuple([node.id for node in order if may_hold_modules(as_owner(self.document, node))]),
            ties=tuple([r for r in self.document.members(self.module) if isinstance(r, Tie)]),
            looped=len(looped),
            known=self.kept,
        )

    def _entry(self, node: Node) -> Entry:
        bound = as_owner(self.document, node)
        if node.owner and (bound is node or bound.kind in ("Input", "Output")):
            return self._placed(self._spec(node, ""), ())
        node = bound
        usable = is_plain(node.kind) or not unresolvable(self.document, self.graphs, node)
        spec = self._spec(node, node.kind if usable else "")
        sources = [self._source(node.id, name) for name in self.ports[node.id].inputs]
        if node.definition is not None and 0 in sources:
            sources = self._with_defaults(node, node.definition, sources)
        return self._placed(spec, tuple(sources))

    def _with_defaults(self, node: Node, definition: str, sources: list[int]) -> list[int]:
        if definition not in self.defaults:
            self.defaults[definition] = input_defaults(self.document, definition)
        names = zip(self.ports[node.id].inputs, sources, strict=True)
        known = self.defaults[definition]
        return [
            1 if not source and name in known and not self.graphs.is_wired(node.id, name) else source
            for name, source in names
        ]

    def _spec(self, node: Node, kind: str) -> Spec:
        outputs = len(self._own(node).outputs)
        before, spec = self.known.get(node.id, (None, None))
        if before is not node or spec is None or (spec.kind, spec.outputs) != (kind, outputs):
            spec = spec_of_node(node, kind, outputs)
        self.kept[node.id] = (node, spec)
        return spec

    def _placed(self, spec: Spec, sources: tuple[int, ...]) -> Entry:
        place = self.specs.setdefault(spec.key, len(self.found))
        if place == len(self.found):
            self.found.append(spec)
        return Entry(place, sources)

    def _own(self, node: Node) -> Ports:
        """Gives the node's outputs their slots."""
        ports = self.of_kinds.get(node.kind) or self._ports(as_owner(self.document, node))
        self.ports[node.id] = ports
        for name in ports.outputs:
            self.slots[node.id, name] = self.count
            self.count += 1
        return ports

    def _source(self, node: str, port: str) -> int:
        wire = self.graphs.wire(node, port)
        return 0 if wire is None else self.slots.get((wire.source, wire.source_port), 0)

    def _ports(self, node: Node) -> Ports:
        layer = LAYERS.get(node.kind)
        fixed = node.definition is not None or is_plain(node.kind)
        if (layer is None and not fixed and node.slot is None) or (layer is not None and layer.variadic):
            return layer_ports(self.graphs, node)
        found = ports(self.document, node)
        if fixed and (layer is None or not layer.derives_ports):
            self.of_kinds[node.kind] = found
        return found


def compiled(document: Document, graphs: Graphs, module: str, before: Schedule | None = None) -> Schedule:
    """The module's schedule; `before` is one that an edit has outdated, whose specs are used again."""
    return _Compiler(document, graphs, module, {} if before is None else before.known).compiled()


def layer_ports(graphs: Graphs, node: Node) -> Ports:
    """The ports of a variadic layer that are wired; of an unknown kind, what its wires name."""
    layer = LAYERS.get(node.kind)
    if layer is None:
        outputs = {wire.source_port for wire in graphs.readers(node.id)}
        return Ports(tuple(sorted(graphs.sources(node.id))), tuple(sorted(outputs)))
    wired = [name for name in graphs.sources(node.id) if name[:1] == "x" and name[1:].isdecimal()]
    return Ports(tuple(sorted(wired, key=lambda name: int(name[1:]))), layer.outputs)


def unresolvable(document: Document, graphs: Graphs, node: Node) -> bool:
    """Whether the node is of an unknown kind or is part of a module's nesting in itself."""
    if node.definition is None and node.slot is None and node.kind not in LAYERS:
        return True
    missing = any(not isinstance(document.get(key), Module) for key in definitions_of(node))
    return missing or graphs.is_nested_in_itself(node)


def is_plain(kind: str) -> bool:
    """Whether the kind is a layer that holds no modules."""
    return kind in LAYERS and kind not in CONTROL


def may_hold_modules(node: Node) -> bool:
    """Whether there may be module calls inside a node's."""
    return node.kind in CONTROL or node.definition is not None or node.slot is not None


def with_arguments(schedule: Schedule, node: Node) -> Schedule:
    """The schedule after an argument of a node that is no port has changed: all else is shared."""
    ports = len(schedule.inputs)
    place = schedule.index[node.id] - ports
    entry = schedule.entries[place]
    old = schedule.specs[entry.spec]
    fresh = spec_of_node(node, old.kind, old.outputs)
    specs = list(schedule.specs)
    same = next((i for i, spec in enumerate(specs) if spec.key == fresh.key), None)
    if same is None and sum(other.spec == entry.spec for other in schedule.entries) == 1:
        specs[entry.spec] = fresh
        return replace(schedule, specs=tuple(specs))
    if same is None:
        specs.append(fresh)
        same = len(specs) - 1
    entries = list(schedule.entries)
    entries[place] = Entry(same, entry.sources)
    return replace(schedule, specs=tuple(specs), entries=tuple(entries))
