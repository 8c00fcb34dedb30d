"""Grouping a selection into a module, and taking an instance apart again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import networkx as nx
from msgspec.structs import replace

from ..document import Document, Rename
from ..expression import Expression, Value, names
from ..ports import ports
from ..record import Comment, Module, ModuleArgument, Node, Wire, fresh_id, instance_kind
from .basic import COLUMN, unique_name, users
from .error import EditError
from .scope import settled

Port = tuple[str, str]
"""A node's id and the name of one of its ports."""


def group(document: Document, ids: Iterable[str], name: str = "Module") -> str:
    """Makes a module of the selected nodes, puts an instance in their place, and returns the instance's id.

    Wires across the border go through one Input or Output per source; arguments that expressions inside read
    become arguments of the new module. Raises EditError where nothing can be grouped.
    """
    nodes = _groupable(document, set(ids))
    outer = nodes[0].module
    inside = {node.id for node in nodes}
    _refuse_loop(document, outer, inside)
    new = Module(
        id=fresh_id(),
        name=unique_name({module.name for module in document.modules()}, name),
        arguments=_lifted(document, outer, nodes),
    )
    instance = Node(
        id=fresh_id(),
        module=outer,
        kind=instance_kind(new.id),
        name=unique_name(
            {node.name for node in document.nodes(outer)} - {n.name for n in nodes}, name.lower()
        ),
        arguments={argument.name: Expression(argument.name) for argument in new.arguments},
        at=(sum(n.at[0] for n in nodes) / len(nodes), sum(n.at[1] for n in nodes) / len(nodes)),
    )
    with document.edit(f"Group into {new.name}"):
        wires = document.wires(outer)
        document.put(new)
        document.put(instance)
        for node in nodes:
            document.put(replace(node, module=new.id))
            document.renamed(Rename(outer, (node.id,), (instance.id, node.id)))
        for record in document.comments(outer):
            if record.id in set(ids):
                document.put(replace(record, module=new.id))
        _Border(document, new.id, instance.id, nodes, wires).draw()
    return instance.id


def ungroup(document: Document, instance: str) -> list[str]:
    """Puts a module's nodes in the place of its instance, arguments substituted; returns their ids.

    The definition goes where this was its last instance. Raises EditError for a node that is no instance.
    """
    node = document.node(instance)
    module = document.get(node.definition or "")
    if not isinstance(module, Module):
        raise EditError(f"{node.name} is not an instance of a module")
    _refuse_sizes(document, module)
    last = len(users(document, module.id)) == 1
    with document.edit(f"Ungroup {node.name}"):
        return _Unpacking(document, node, module, last).unpack()


class _Border:
    """Redraws the wires that cross a new module's border."""

    def __init__(
        self, document: Document, module: str, instance: str, nodes: list[Node], wires: list[Wire]
    ) -> None:
        self.document, self.module, self.instance = document, module, instance
        self.nodes = nodes
        inside = {node.id for node in nodes}
        self.within = [w for w in wires if w.source in inside and w.target in inside]
        self.entering = [w for w in wires if w.source not in inside and w.target in inside]
        self.leaving = [w for w in wires if w.source in inside and w.target not in inside]
        self.taken = {node.name for node in nodes}
        self.left = min(node.at[0] for node in nodes)
        self.right = max(node.at[0] for node in nodes)
        self.rows = {"Input": 0, "Output": 0}

    def draw(self) -> None:
        for wire in self.within:
            self.document.put(replace(wire, module=self.module))
        sources = list(dict.fromkeys((wire.source, wire.source_port) for wire in self.entering))
        for source in sources:
            self._draw_input(source, len(sources) == 1)
        if not sources:
            self._expose_free_inputs()
        results = list(dict.fromkeys((wire.source, wire.source_port) for wire in self.leaving))
        for result in results or self._free_outputs():
            self._draw_output(result, len(results) <= 1)

    def _draw_input(self, source: Port, single: bool) -> None:
        wires = [wire for wire in self.entering if (wire.source, wire.source_port) == source]
        port = self._port("Input", "x" if single else self.document.node(source[0]).name, wires[0].target)
        for wire in wires:
            self._wire((port.id, "y"), (wire.target, wire.target_port))
            self.document.remove(wire.id)
        self.document.put(replace(wires[0], target=self.instance, target_port=port.name))

    def _draw_output(self, result: Port, single: bool) -> None:
        port = self._port("Output", "y" if single else self.document.node(result[0]).name, result[0])
        self._wire(result, (port.id, "x"))
        for wire in self.leaving:
            if (wire.source, wire.source_port) == result:
                self.document.put(replace(wire, source=self.instance, source_port=port.name))

    def _expose_free_inputs(self) -> None:
        wired = {(wire.target, wire.target_port) for wire in self.within}
        free = [
            (node.id, port)
            for node in self.nodes
            for port in ports(self.document, node).inputs[: 1 if node.kind in ("Add", "Concat") else None]
            if (node.id, port) not in wired
        ]
        for target in free:
            port = self._port("Input", "x" if len(free) == 1 else target[1], target[0])
            self._wire((port.id, "y"), target)

    def _free_outputs(self) -> list[Port]:
        used = {wire.source for wire in self.within}
        return [
            (node.id, port)
            for node in self.nodes
            if node.id not in used
            for port in ports(self.document, node).outputs
        ]

    def _port(self, kind: str, name: str, beside: str) -> Node:
        x = self.left - COLUMN if kind == "Input" else self.right + COLUMN
        node = Node(
            id=fresh_id(),
            module=self.module,
            kind=kind,
            name=unique_name(self.taken, name),
            arguments={"shape": "", "order": self.rows[kind]}
            if kind == "Input"
            else {"order": self.rows[kind]},
            at=(x, self.document.node(beside).at[1] + 10.0 * self.rows[kind]),
        )
        self.taken.add(node.name)
        self.rows[kind] += 1
        self.document.put(node)
        return node

    def _wire(self, source: Port, target: Port) -> None:
        self.document.put(
            Wire(
                id=fresh_id(),
                module=self.module,
                source=source[0],
                source_port=source[1],
                target=target[0],
                target_port=target[1],
            )
        )


@dataclass
class _Unpacking:
    """Takes an instance apart."""

    document: Document
    node: Node
    module: Module
    last: bool

    def unpack(self) -> list[str]:
        members = self.document.nodes(self.module.id)
        wires = self.document.wires(self.module.id)
        border = {n.id: n for n in members if n.kind in ("Input", "Output")}
        inner = [n for n in members if n.id not in border]
        fresh = {n.id: n.id if self.last else fresh_id() for n in inner}
        outer = self.document.wires(self.node.module)
        self._place(inner, fresh)
        self._rewire(wires, outer, border, fresh)
        for comment in self.document.comments(self.module.id) if self.last else ():
            self.document.put(self._moved_comment(comment, members))
        for wire in outer:
            if self.node.id in (wire.source, wire.target) and self._still(wire):
                self.document.remove(wire.id)
        self.document.remove(self.node.id)
        if self.last:
            for record in self.document.members(self.module.id):
                self.document.remove(record.id)
            self.document.remove(self.module.id)
        return list(fresh.values())

    def _still(self, wire: Wire) -> bool:
        now = self.document.get(wire.id)
        return isinstance(now, Wire) and self.node.id in (now.source, now.target)

    def _place(self, inner: list[Node], fresh: Mapping[str, str]) -> None:
        taken = {n.name for n in self.document.nodes(self.node.module) if n.id != self.node.id}
        values: dict[str, Expression | bool | int | float | str | tuple[int, ...]] = {
            a.name: self.node.arguments.get(a.name, a.default) for a in self.module.arguments
        }
        shift = self._shift(inner)
        for n in inner:
            name = unique_name(taken, n.name)
            taken.add(name)
            arguments: dict[str, Value] = {k: _substituted(v, values) for k, v in n.arguments.items()}
            at = (n.at[0] + shift[0], n.at[1] + shift[1])
            self.document.put(
                replace(n, id=fresh[n.id], module=self.node.module, name=name, arguments=arguments, at=at)
            )
            self.document.renamed(Rename(self.node.module, (self.node.id, n.id), (fresh[n.id],)))

    def _shift(self, inner: list[Node]) -> tuple[float, float]:
        if not inner:
            return (0.0, 0.0)
        x = sum(n.at[0] for n in inner) / len(inner)
        y = sum(n.at[1] for n in inner) / len(inner)
        return (self.node.at[0] - x, self.node.at[1] - y)

    def _moved_comment(self, comment: Comment, members: list[Node]) -> Comment:
        shift = self._shift([n for n in members if n.kind not in ("Input", "Output")])
        at = (comment.at[0] + shift[0], comment.at[1] + shift[1])
        return replace(comment, module=self.node.module, at=at)

    def _rewire(
        self, wires: list[Wire], outer: list[Wire], border: Mapping[str, Node], fresh: Mapping[str, str]
    ) -> None:
        fed = {w.target_port: (w.source, w.source_port) for w in outer if w.target == self.node.id}
        for wire in wires:
            source = self._source(wire, border, fresh, fed)
            if wire.target in fresh and source is not None:
                ends = {"source": source[0], "source_port": source[1], "target": fresh[wire.target]}
                self.document.put(
                    replace(wire, id=wire.id if self.last else fresh_id(), module=self.node.module, **ends)
                )
            elif wire.target in border:
                self._lead_out(border[wire.target].name, source, outer)

    def _source(
        self, wire: Wire, border: Mapping[str, Node], fresh: Mapping[str, str], fed: Mapping[str, Port]
    ) -> Port | None:
        if wire.source in border:
            return fed.get(border[wire.source].name)
        return (fresh[wire.source], wire.source_port) if wire.source in fresh else None

    def _lead_out(self, port: str, source: Port | None, outer: list[Wire]) -> None:
        for wire in outer:
            if (wire.source, wire.source_port) == (self.node.id, port) and source is not None:
                self.document.put(replace(wire, source=source[0], source_port=source[1]))


def _groupable(document: Document, ids: set[str]) -> list[Node]:
    found = [record for key in sorted(ids) if isinstance(record := document.get(key), Node)]
    nodes = [node for node in found if node.kind not in ("Input", "Output")]
    if not nodes:
        raise EditError("select at least one layer or module to group")
    if len({node.module for node in nodes}) > 1:
        raise EditError("nodes of different modules cannot be grouped")
    return nodes


def _refuse_loop(document: Document, outer: str, inside: set[str]) -> None:
    graph: nx.DiGraph[str] = nx.DiGraph((w.source, w.target) for w in document.wires(outer))
    after: set[str] = {t for n in inside if n in graph for t in nx.descendants(graph, n)} - inside
    for key in sorted(after):
        behind: set[str] = nx.descendants(graph, key)
        if behind & inside:
            between = document.node(key).name
            raise EditError(f"{between} stands between the selected nodes; select it too")


def _lifted(document: Document, outer: str, nodes: list[Node]) -> tuple[ModuleArgument, ...]:
    used = {
        n for node in nodes for v in node.arguments.values() if isinstance(v, Expression) for n in names(v)
    }
    declared = {argument.name: argument for argument in document.module(outer).arguments}
    unknown = sorted(name for name in used - set(declared) if _is_input(document, outer, name))
    if unknown:
        raise EditError(
            f"an argument inside reads the size of {unknown[0]}; make it an argument of the module first"
        )
    return tuple(argument for name, argument in declared.items() if name in used)


def _is_input(document: Document, module: str, name: str) -> bool:
    return any(node.kind == "Input" and node.name == name for node in document.nodes(module))


def _refuse_sizes(document: Document, module: Module) -> None:
    for node in document.nodes(module.id):
        for key, value in node.arguments.items():
            if isinstance(value, Expression) and any(_is_input(document, module.id, n) for n in names(value)):
                raise EditError(
                    f"{key} of {node.name} reads the size of an input of {module.name}; set it first"
                )


def _substituted(value: Value, values: Mapping[str, Value]) -> Value:
    return settled(value, values) if isinstance(value, Expression) else value
