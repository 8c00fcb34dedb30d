"""The order and the loops of a design: a networkx graph per module, and one of which module uses which.

They follow the document's changes, so that a question at every movement of the mouse costs next to nothing.
"""

from collections.abc import Iterable

import networkx as nx

from .document import Change, Document
from .layers import LAYERS
from .ports import Ports, port_nodes, ports, same_ports
from .record import Module, Node, Wire, instance_kind
from .use import SLOT_MARK
from .value import definitions_of, kinds_of, uses_of

__all__ = ["Graphs", "Ports", "ports"]


class Graphs:
    """The wires of every module as graphs; a wire with a missing end is in none of them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._graphs: dict[str, nx.DiGraph[str]] = {}
        self._modules: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        self._incoming: dict[str, dict[str, dict[str, Wire]]] = {}
        self._outgoing: dict[str, dict[str, Wire]] = {}
        self._orders: dict[str, tuple[str, ...]] = {}
        self._loops: dict[str, tuple[tuple[str, ...], ...]] = {}
        self._slots: dict[str, set[str]] = {}
        self._nested: dict[str, int] | None = None
        self._asked: tuple[str, str, dict[str, str]] | None = None
        records = document.records.values()
        for record in records:
            if isinstance(record, Node):
                self._add_node(record)
            elif isinstance(record, Module):
                self._add_uses(record.id, record)
        for record in records:
            if isinstance(record, Wire):
                self._add_wire(record)

    def update(self, change: Change) -> None:
        """Follows a change that the document has already made; a move changes nothing here."""
        self._follow_modules(change)
        pairs = [pair for pair in change.diff.values() if _is_structural(*pair)]
        wires = {old.id for old, _ in pairs if isinstance(old, Wire)}
        for old, _ in pairs:
            if isinstance(old, Wire):
                self._remove_wire(old)
        for old, _ in pairs:
            if isinstance(old, Node):
                self._remove_node(old)
        for _, new in pairs:
            if isinstance(new, Node):
                self._add_node(new)
        wires |= {new.id for _, new in pairs if isinstance(new, Wire)}
        # A wire that lost an end and was not itself removed comes back with that end.
        fresh = {new.id for _, new in pairs if isinstance(new, Node)}
        for module in {new.module for _, new in pairs if isinstance(new, Node)}:
            wires |= {w.id for w in self._document.wires(module) if w.source in fresh or w.target in fresh}
        for key in wires:
            wire = self._document.get(key)
            if isinstance(wire, Wire):
                self._add_wire(wire)
        for _, port in pairs:
            if isinstance(port, Node) and port.kind == "Input":
                for user in self.direct_users(port.module):
                    self._changed(user)

    def _follow_modules(self, change: Change) -> None:
        """Follows what modules' arguments are by default."""
        for old, new in change.diff.values():
            if isinstance(old, Module):
                self._remove_uses(old.id, old)
            if isinstance(new, Module):
                self._add_uses(new.id, new)

    # Questions

    def loop(self, module: str, source: str, target: str) -> tuple[str, ...]:
        """The nodes, from `target` to `source`, of a loop that a wire source -> target would close, or ()."""
        if source == target:
            return (source,)
        toward = self._toward(module, source)
        if target not in toward:
            return ()
        path = [target]
        while path[-1] != source:
            path.append(toward[path[-1]])
        return tuple(path)

    def recursion(self, module: str, definition: str) -> tuple[str, ...]:
        """The modules by which one would nest in itself if `module` held a `definition`, or ()."""
        if module == definition:
            return (module,)
        if module not in self._modules or definition not in self._modules:
            return ()
        came_from: dict[str, str] = {definition: ""}
        waiting = [definition]
        for holder in waiting:
            for held in sorted(self._modules.succ[holder]):
                if held not in came_from:
                    came_from[held] = holder
                    waiting.append(held)
        path = [module] if module in came_from else []
        while path and path[-1] != definition:
            path.append(came_from[path[-1]])
        return tuple(reversed(path))

    def is_nested_in_itself(self, node: Node) -> bool:
        """Whether the node is part of a module's nesting in itself."""
        knots = self._knots_of_modules()
        if not knots:
            return False
        return any(knots.get(node.module, -1) == knots.get(key, -2) for key in definitions_of(node))

    def modules_in_themselves(self) -> set[str]:
        """The modules that are nested in themselves."""
        return set(self._knots_of_modules())

    def users(self, modules: Iterable[str]) -> set[str]:
        """These modules and all that use them, directly or not, or may be given them as an argument."""
        found = self._above(modules)
        return found | self._above(self._slots) if any(map(self._is_given, found)) else found

    def _above(self, modules: Iterable[str]) -> set[str]:
        found = set(modules)
        for module in tuple(found):
            if module in self._modules:
                found |= nx.ancestors(self._modules, module)
        return found

    def _is_given(self, module: str) -> bool:
        """Whether a module is a value that a slot may hold."""
        if not self._slots or module not in self._modules:
            return False
        users = (self._document.get(key) for _, _, key in self._modules.in_edges(module, keys=True))
        kind = instance_kind(module)
        return any(
            isinstance(user, Module)
            or (
                isinstance(user, Node)
                and any(use.kind == kind for use in uses_of((*user.arguments.values(),)))
            )
            for user in users
        )

    def direct_users(self, module: str) -> set[str]:
        """The modules that hold an instance of this one."""
        return set(self._modules.predecessors(module)) if module in self._modules else set()

    def order(self, module: str) -> tuple[str, ...]:
        """The nodes, each after those that it reads, as a person would write them; without those in loops.

        Each Output's branch is followed to its end, the first input first, then what no Output reads.
        """
        if module not in self._orders:
            self._orders[module] = self._sorted(module)
        return self._orders[module]

    def loops(self, module: str) -> tuple[tuple[str, ...], ...]:
        """The loops that are drawn (a damaged file has them): one for each knot, from its least id."""
        self.order(module)
        return self._loops[module]

    def sources(self, node: str) -> dict[str, tuple[str, str]]:
        """What each wired input reads: input port -> (node, output port)."""
        wires = {port: self.wire(node, port) for port in self._incoming.get(node, ())}
        return {port: (wire.source, wire.source_port) for port, wire in wires.items() if wire is not None}

    def wire(self, node: str, port: str) -> Wire | None:
        """The wire at an input; of several (a damaged file has them) the one with the least id."""
        found = self._incoming[node].get(port) if node in self._incoming else None
        if found is None:
            return None
        return found[min(found)] if len(found) > 1 else next(iter(found.values()))

    def is_wired(self, node: str, port: str) -> bool:
        """Whether a wire leads to the input."""
        return port in self._incoming.get(node, ())

    def wires_into(self, node: str) -> list[Wire]:
        """Every wire at the node's inputs, by id."""
        found = [wire for wires in self._incoming.get(node, {}).values() for wire in wires.values()]
        return sorted(found, key=lambda wire: wire.id)

    def readers(self, node: str) -> list[Wire]:
        """Every wire that starts at the node."""
        return list(self._outgoing.get(node, {}).values())

    def _knots_of_modules(self) -> dict[str, int]:
        """The modules that are nested in themselves, those that hold each other under one number."""
        if self._nested is None:
            parts = nx.strongly_connected_components(self._modules)
            knots = [part for part in parts if _is_knot(self._modules, part)]
            self._nested = {module: index for index, part in enumerate(knots) for module in part}
        return self._nested

    # Keeping up

    def _graph(self, module: str) -> "nx.DiGraph[str]":
        return self._graphs.setdefault(module, nx.DiGraph())

    def _changed(self, module: str) -> None:
        self._orders.pop(module, None)
        self._loops.pop(module, None)
        self._asked = None

    def _add_node(self, node: Node) -> None:
        self._graph(node.module).add_node(node.id)
        self._incoming.setdefault(node.id, {})
        self._outgoing.setdefault(node.id, {})
        self._add_uses(node.module, node)
        if any(kind.startswith(SLOT_MARK) for kind in kinds_of(node)):
            self._slots.setdefault(node.module, set()).add(node.id)
        self._changed(node.module)

    def _add_uses(self, module: str, record: Node | Module) -> None:
        for definition in definitions_of(record):
            self._modules.add_edge(module, definition, key=record.id)
            self._nested = None

    def _remove_uses(self, module: str, record: Node | Module) -> None:
        for definition in definitions_of(record):
            if self._modules.has_edge(module, definition, record.id):
                self._modules.remove_edge(module, definition, record.id)
                self._nested = None

    def _remove_node(self, node: Node) -> None:
        for wire in (*self.wires_into(node.id), *self.readers(node.id)):
            self._remove_wire(wire)
        if node.id in self._graph(node.module):
            self._graph(node.module).remove_node(node.id)
        self._incoming.pop(node.id, None)
        self._outgoing.pop(node.id, None)
        self._remove_uses(node.module, node)
        slots = self._slots.get(node.module, set())
        slots.discard(node.id)
        if not slots:
            self._slots.pop(node.module, None)
        self._changed(node.module)

    def _add_wire(self, wire: Wire) -> None:
        graph = self._graph(wire.module)
        if wire.source not in graph or wire.target not in graph:
            return
        graph.add_edge(wire.source, wire.target)
        self._incoming[wire.target].setdefault(wire.target_port, {})[wire.id] = wire
        self._outgoing[wire.source][wire.id] = wire
        self._changed(wire.module)

    def _remove_wire(self, wire: Wire) -> None:
        if self._outgoing.get(wire.source, {}).pop(wire.id, None) is None:
            return
        port = self._incoming[wire.target][wire.target_port]
        del port[wire.id]
        if not port:
            del self._incoming[wire.target][wire.target_port]
        if all(other.target != wire.target for other in self._outgoing[wire.source].values()):
            self._graph(wire.module).remove_edge(wire.source, wire.target)
        self._changed(wire.module)

    # Walking

    def _toward(self, module: str, source: str) -> dict[str, str]:
        """For each node from which `source` is reached, the next node on the shortest way."""
        if self._asked is None or self._asked[:2] != (module, source):
            toward: dict[str, str] = {}
            waiting = [source]
            for node in waiting:
                for wires in self._incoming.get(node, {}).values():
                    for wire in wires.values():
                        if wire.source not in toward and wire.source != source:
                            toward[wire.source] = node
                            waiting.append(wire.source)
            self._asked = (module, source, toward)
        return self._asked[2]

    def _sorted(self, module: str) -> tuple[str, ...]:
        order = self._walked(module, frozenset())
        if order is None:
            graph = self._graph(module)
            parts = nx.strongly_connected_components(graph)
            knots = sorted([part for part in parts if _is_knot(graph, part)], key=min)
            self._loops[module] = tuple(_round(graph, knot) for knot in knots)
            order = self._walked(module, frozenset().union(*knots))
            assert order is not None, "a knot was left"
        else:
            self._loops[module] = ()
        return tuple(order)

    def _walked(self, module: str, without: frozenset[str]) -> list[str] | None:
        """The nodes depth first from the ends; None where a loop was met."""
        order: list[str] = []
        state = dict.fromkeys(without, 2)  # 1 while what the node reads is being placed, 2 when it is placed
        for end in self._ends(module):
            waiting = [end]
            while waiting:
                node = waiting[-1]
                at = state.get(node)
                if at is None:
                    state[node] = 1
                    reads = self._reads(node)
                    waiting += reads
                    if any([state.get(other) == 1 for other in reads]):
                        return None
                    continue
                waiting.pop()
                if at == 1:
                    state[node] = 2
                    order.append(node)
        return order

    def _reads(self, node: str) -> list[str]:
        """What the node reads, the last input first, as a stack wants it."""
        incoming = self._incoming[node]
        if len(incoming) < 2:
            for wires in incoming.values():
                return [wires[min(wires)].source]
            return []
        rank = self._port_ranks(self._document.node(node))
        names = sorted(incoming, key=lambda name: (rank.get(name, len(rank)), len(name), name), reverse=True)
        return [wires[min(wires)].source for wires in map(incoming.__getitem__, names)]

    def _port_ranks(self, node: Node) -> dict[str, int]:
        """The places of the ports; x1, x2, … need none, they sort by length and letters."""
        variadic = node.kind in LAYERS and LAYERS[node.kind].variadic
        names = () if variadic else ports(self._document, node).inputs
        return {name: i for i, name in enumerate(names)}

    def _ends(self, module: str) -> list[str]:
        """Where the walk starts: the Outputs in their order, other last nodes, then the rest."""
        outputs = [node.id for node in port_nodes(self._document, module, "Output")]
        nodes = sorted(self._graph(module))
        last = [node for node in nodes if not self._outgoing[node]]
        return [*outputs, *last, *nodes]


def _is_structural(old: object, new: object) -> bool:
    """Whether a change of this record can change an order: not a move, nor an argument but for a port's."""
    if isinstance(old, Node) and isinstance(new, Node):
        same = (old.module, old.kind, old.owner) == (new.module, new.kind, new.owner)
        same = same and (old.arguments is new.arguments or definitions_of(old) == definitions_of(new))
        same = same and (old.arguments is new.arguments or same_ports(old, new))
        is_port = new.kind in ("Input", "Output")
        return not same or (is_port and (old.name, old.arguments) != (new.name, new.arguments))
    if isinstance(old, Wire) and isinstance(new, Wire):
        return _ends_of(old) != _ends_of(new)
    return isinstance(old, Node | Wire) or isinstance(new, Node | Wire)


def _ends_of(wire: Wire) -> tuple[str, ...]:
    return (wire.module, wire.source, wire.source_port, wire.target, wire.target_port)


def _is_knot(graph: "nx.DiGraph[str] | nx.MultiDiGraph[str]", part: set[str]) -> bool:
    return len(part) > 1 or any(graph.has_edge(node, node) for node in part)


def _round(graph: "nx.DiGraph[str]", knot: set[str]) -> tuple[str, ...]:
    """A loop within the knot through its least node, the same however the graph came about."""
    start = min(knot)
    if graph.has_edge(start, start):
        return (start,)
    ordered: nx.DiGraph[str] = nx.DiGraph()
    ordered.add_edges_from(sorted((a, b) for a, b in graph.edges(knot) if b in knot))
    ways = [nx.shortest_path(ordered, node, start) for node in sorted(ordered.successors(start))]
    return (start, *min(ways, key=len)[:-1])
