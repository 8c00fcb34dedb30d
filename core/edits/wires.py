"""Edits of wires, and of nodes together with their wires: connect, delete, insert."""

from collections.abc import Iterable

import networkx as nx

from ..document import Document
from ..ports import port_nodes, ports
from ..record import Module, Node, Record, Wire, fresh_id
from .basic import COLUMN, Point, add_node, move, users
from .error import EditError


def connect(document: Document, source: str, source_port: str, target: str, target_port: str) -> str:
    """Wires an output to an input and returns the wire's id; what was wired to that input gives way.

    Raises EditError where an end does not exist or the wire would close a loop, naming the loop.
    """
    start, end = document.node(source), document.node(target)
    if start.module != end.module:
        raise EditError(f"{start.name} and {end.name} stand in different modules")
    if source_port not in ports(document, start).outputs:
        raise EditError(f"{start.name} has no output {source_port}")
    if target_port not in ports(document, end).inputs:
        raise EditError(f"{end.name} has no input {target_port}")
    loop = closing_loop(document, start.module, source, target)
    if loop:
        names = " → ".join(document.node(key).name for key in (*loop, loop[0]))
        raise EditError(f"the wire would close a loop: {names}")
    wire = Wire(
        id=fresh_id(),
        module=start.module,
        source=source,
        source_port=source_port,
        target=target,
        target_port=target_port,
    )
    with document.edit(f"Connect {start.name} to {end.name}"):
        for old in document.wires(start.module):
            if (old.target, old.target_port) == (target, target_port):
                document.remove(old.id)
        document.put(wire)
    return wire.id


def closing_loop(document: Document, module: str, source: str, target: str) -> tuple[str, ...]:
    """The nodes of the loop that a wire from `source` to `target` would close; empty where there is none."""
    if source == target:
        return (source,)
    graph: nx.DiGraph[str] = nx.DiGraph((wire.source, wire.target) for wire in document.wires(module))
    if source not in graph or target not in graph or not nx.has_path(graph, target, source):
        return ()
    return tuple(nx.shortest_path(graph, target, source))


def disconnect(document: Document, wire: str) -> None:
    """Takes a wire out."""
    with document.edit("Disconnect"):
        document.remove(wire)


def delete(document: Document, ids: Iterable[str]) -> None:
    """Takes out nodes with their wires, wires, comments, and modules that nobody uses.

    Raises EditError for a module in use, and for the root.
    """
    found = [document.records[key] for key in dict.fromkeys(ids) if key in document.records]
    if not found:
        return
    with document.edit(_delete_name(found)):
        for record in found:
            if document.get(record.id) is None:
                continue  # a wire that went with its node
            if isinstance(record, Module):
                _delete_module(document, record)
            elif isinstance(record, Node):
                _delete_node(document, record)
            else:
                document.remove(record.id)


def insert_on_wire(document: Document, wire: str, kind: str, at: Point | None = None) -> str:
    """Puts a new node into a wire and returns its id."""
    old = document.wire(wire)
    start, end = document.node(old.source), document.node(old.target)
    middle = ((start.at[0] + end.at[0]) / 2, (start.at[1] + end.at[1]) / 2)
    with document.edit(f"Insert {_kind_name(document, kind)}"):
        node = add_node(document, old.module, kind, at or middle)
        if at is None:
            _make_room(document, document.node(node), old.target)
        splice(document, wire, node)
    return node


def splice(document: Document, wire: str, node: str) -> None:
    """Leads a wire through a node of the same module, by its first input and first output.

    Raises EditError where the node has no input or no output.
    """
    old = document.wire(wire)
    own = ports(document, document.node(node))
    if not own.inputs or not own.outputs:
        raise EditError(f"{document.node(node).name} has no {'input' if not own.inputs else 'output'}")
    with document.edit(f"Insert {document.node(node).name}"):
        connect(document, old.source, old.source_port, node, own.inputs[0])
        connect(document, node, own.outputs[0], old.target, old.target_port)


def insert_after(document: Document, node: str, kind: str) -> str:
    """Puts a new node behind a node, which takes over the wires of its first output; returns the new id."""
    before = document.node(node)
    outputs = ports(document, before).outputs
    with document.edit(f"Add {_kind_name(document, kind)}"):
        new = add_node(document, before.module, kind, (before.at[0] + COLUMN, before.at[1]))
        own = ports(document, document.node(new))
        if not outputs or not own.inputs:
            return new
        taken = [w for w in document.wires(before.module) if (w.source, w.source_port) == (node, outputs[0])]
        connect(document, node, outputs[0], new, own.inputs[0])
        for wire in taken if own.outputs else ():
            connect(document, new, own.outputs[0], wire.target, wire.target_port)
            _make_room(document, document.node(new), wire.target)
    return new


def _make_room(document: Document, new: Node, follower: str) -> None:
    """Moves what follows to the right until the new node has a column of its own."""
    gap = new.at[0] + COLUMN - document.node(follower).at[0]
    if gap <= 0:
        return
    graph: nx.DiGraph[str] = nx.DiGraph((wire.source, wire.target) for wire in document.wires(new.module))
    behind = {follower} | (set(nx.descendants(graph, follower)) if follower in graph else set())
    behind.discard(new.id)
    nodes = [document.node(key) for key in behind]
    move(document, {node.id: (node.at[0] + gap, node.at[1]) for node in nodes})


def _delete_node(document: Document, node: Node) -> None:
    if node.kind in ("Input", "Output"):
        _unwire_port(document, node)
    for wire in document.wires(node.module):
        if node.id in (wire.source, wire.target):
            document.remove(wire.id)
    document.remove(node.id)


def _unwire_port(document: Document, port: Node) -> None:
    same = [n for n in port_nodes(document, port.module, port.kind) if n.name == port.name]
    if len(same) > 1:
        return
    for user in users(document, port.module):
        for wire in document.wires(user.module):
            at_input = (wire.target, wire.target_port) == (user.id, port.name) and port.kind == "Input"
            at_output = (wire.source, wire.source_port) == (user.id, port.name) and port.kind == "Output"
            if at_input or at_output:
                document.remove(wire.id)


def _delete_module(document: Document, module: Module) -> None:
    if module.id == "main":
        raise EditError("the network itself cannot be deleted")
    count = len(users(document, module.id))
    if count:
        raise EditError(
            f"{module.name} is used {count} time{'s' if count > 1 else ''}; delete its instances first"
        )
    for record in document.members(module.id):
        document.remove(record.id)
    document.remove(module.id)


def _delete_name(found: list[Record]) -> str:
    named = [record for record in found if isinstance(record, Node | Module)]
    if len(named) == 1:
        return f"Delete {named[0].name}"
    if named:
        return f"Delete {len(named)} nodes"
    return "Disconnect" if isinstance(found[0], Wire) else "Delete comment"


def _kind_name(document: Document, kind: str) -> str:
    definition = document.get(kind[1:]) if kind.startswith("@") else None
    return definition.name if isinstance(definition, Module) else kind
