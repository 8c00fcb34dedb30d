"""Edits of wires, and of nodes together with their wires: connect, delete, insert."""

from collections.abc import Iterable

import networkx as nx

from ..document import Document
from ..ports import port_nodes, ports
from ..record import ROOT, Comment, Module, Node, Record, Wire, fresh_id, module_of
from ..text import tr
from .basic import Point, add_node, kind_name, move
from .error import EditError
from .layout import behind, between, clear_of, free_place, make_room
from .naming import holders, port_users
from .tie import drop_ties, hand_over


def connect(document: Document, source: str, source_port: str, target: str, target_port: str) -> str:
    """Wires an output to an input and returns the wire's id; what else was wired to that input gives way.

    Raises EditError where an end does not exist or the wire would close a loop, naming the loop.
    """
    start, end = document.node(source), document.node(target)
    _check_ends(document, start, source_port, end, target_port)
    there = [w for w in document.wires(start.module) if (w.target, w.target_port) == (target, target_port)]
    if [(w.source, w.source_port) for w in there] == [(source, source_port)]:
        return there[0].id
    loop = closing_loop(document, start.module, source, target)
    if loop:
        names = " → ".join(document.node(key).name for key in (*loop, loop[0]))
        raise EditError(tr("the wire would close a loop: {names}", names=names))
    wire = Wire(
        id=fresh_id(),
        module=start.module,
        source=source,
        source_port=source_port,
        target=target,
        target_port=target_port,
    )
    with document.edit(tr("Connect {start} to {end}", start=start.name, end=end.name)):
        for old in there:
            document.remove(old.id)
        document.put(wire)
    return wire.id


def _check_ends(document: Document, start: Node, source_port: str, end: Node, target_port: str) -> None:
    if start.module != end.module:
        raise EditError(tr("{start} and {end} stand in different modules", start=start.name, end=end.name))
    if source_port not in ports(document, start).outputs:
        raise EditError(
            tr(
                "{start} has no output {source_port}{outputs}",
                start=start.name,
                source_port=source_port,
                outputs=_known(ports(document, start).outputs),
            )
        )
    if target_port not in ports(document, end).inputs:
        raise EditError(
            tr(
                "{end} has no input {target_port}{inputs}",
                end=end.name,
                target_port=target_port,
                inputs=_known(ports(document, end).inputs),
            )
        )


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
    with document.edit(tr("Disconnect")):
        document.remove(wire)


def delete(document: Document, ids: Iterable[str]) -> None:
    """Takes out nodes with their wires, wires, comments, and modules that nobody uses.

    A module goes with those that use it where they go too. Raises EditError for one in use, and for the root.
    """
    found = [document.records[key] for key in dict.fromkeys(ids) if key in document.records]
    if not found:
        return
    modules = {record.id for record in found if isinstance(record, Module)}
    nodes = [record.id for record in found if isinstance(record, Node)]
    with document.edit(_delete_name(found)):
        for record in sorted(found, key=lambda record: isinstance(record, Module)):
            if document.get(record.id) is None:
                continue  # a wire that went with its node
            if isinstance(record, Module):
                _delete_module(document, record, modules)
            elif isinstance(record, Node):
                _delete_node(document, record)
            else:
                document.remove(record.id)
        drop_ties(document, nodes)


def insert_on_wire(document: Document, wire: str, kind: str, at: Point | None = None) -> str:
    """Puts a new node into a wire and returns its id; what stands in its place moves to the right."""
    old = document.wire(wire)
    start, end = document.node(old.source), document.node(old.target)
    place = between(start, end) if at is None else clear_of(start, at)
    with document.edit(tr("Insert {kind}", kind=kind_name(document, kind))):
        node = add_node(document, old.module, kind, place)
        splice(document, wire, node)
        make_room(document, node)
    return node


def splice(document: Document, wire: str, node: str) -> None:
    """Leads a wire through a node of the same module, by its first input and first output.

    Raises EditError where the node has no input or no output.
    """
    old = document.wire(wire)
    own = ports(document, document.node(node))
    if not own.inputs or not own.outputs:
        name = document.node(node).name
        raise EditError(
            tr("{node} has no output", node=name) if own.inputs else tr("{node} has no input", node=name)
        )
    with document.edit(tr("Insert {node}", node=document.node(node).name)):
        connect(document, old.source, old.source_port, node, own.inputs[0])
        connect(document, node, own.outputs[0], old.target, old.target_port)


def insert_after(document: Document, node: str, kind: str) -> str:
    """Puts a new node behind a node, which takes over the wires of its first output; returns the new id.

    What stands in its place moves to the right; a node that takes over nothing goes where there is room.
    """
    before = document.node(node)
    outputs = ports(document, before).outputs
    with document.edit(tr("Add {kind}", kind=kind_name(document, kind))):
        new = add_node(document, before.module, kind, behind(before))
        own = ports(document, document.node(new))
        taken = [
            w for w in document.wires(before.module) if (w.source, w.source_port) == (node, *outputs[:1])
        ]
        if outputs and own.inputs:
            connect(document, node, outputs[0], new, own.inputs[0])
        if outputs and own.inputs and own.outputs and taken:
            for wire in taken:
                connect(document, new, own.outputs[0], wire.target, wire.target_port)
            make_room(document, new)
        else:
            move(document, {new: free_place(document, new)})
    return new


def _delete_node(document: Document, node: Node) -> None:
    if node.kind in ("Input", "Output"):
        _unwire_port(document, node)
    hand_over(document, node)
    for wire in document.wires(node.module):
        if node.id in (wire.source, wire.target):
            document.remove(wire.id)
    document.remove(node.id)


def _unwire_port(document: Document, port: Node) -> None:
    same = [n for n in port_nodes(document, port.module, port.kind) if n.name == port.name]
    if len(same) > 1:
        return
    for user in port_users(document, port.module):
        for wire in document.wires(user.module):
            at_input = (wire.target, wire.target_port) == (user.id, port.name) and port.kind == "Input"
            at_output = (wire.source, wire.source_port) == (user.id, port.name) and port.kind == "Output"
            if at_input or at_output:
                document.remove(wire.id)


def _delete_module(document: Document, module: Module, going: set[str]) -> None:
    if module.id == ROOT:
        raise EditError(tr("the network itself cannot be deleted"))
    count = len([user for user in holders(document, module.id) if module_of(user) not in going])
    if count:
        raise EditError(
            tr("{module} is used 1 time; delete its instances first", module=module.name)
            if count == 1
            else tr(
                "{module} is used {count} times; delete its instances first",
                module=module.name,
                count=count,
            )
        )
    for record in document.members(module.id):
        document.remove(record.id)
    document.remove(module.id)


def _delete_name(found: list[Record]) -> str:
    """What the history calls it: the one thing by its name, several by their number and noun."""
    named = [record.name for record in found if isinstance(record, Node | Module)]
    if len(named) == 1:
        return f"Delete {named[0]}"
    if len(found) == 1 and isinstance(found[0], Wire):
        return "Disconnect"
    for kind, noun in ((Node, "node"), (Module, "module"), (Comment, "comment"), (Wire, "wire")):
        count = sum(isinstance(record, kind) for record in found)
        if count:
            return f"Delete {noun}" if count == 1 else f"Delete {count} {noun}s"
    return "Delete"


def _known(names: tuple[str, ...]) -> str:
    return f"; it has {', '.join(names)}" if names else ""
