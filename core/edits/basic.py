"""Edits of single records: add, move, make another kind, comment."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from msgspec.structs import replace

from ..document import Document
from ..expression import Value
from ..initial import fault
from ..layers import LAYERS
from ..layers.layer import initial_arguments
from ..ports import Ports, port_nodes, ports, tied_to
from ..record import INSTANCE_MARK, ROOT, Comment, Module, Node, Wire, fresh_id
from ..text import tr
from ..value import definitions_of
from .error import EditError
from .fresh import fresh_body, fresh_condition
from .naming import check_name, default_name, taken_names, unique_module_name, unique_name

Point = tuple[float, float]

COLUMN = 230.0
"""Canvas units from one node of a chain to the next."""

COORDINATE_LIMIT = 1e6
"""Canvas units; a node farther out is put at the edge."""


def add_node(
    document: Document,
    module: str,
    kind: str,
    at: Point,
    name: str | None = None,
    arguments: Mapping[str, Value] | None = None,
) -> str:
    """Adds a layer or an instance and returns its id; EditError where a module would nest in itself."""
    check_kind(document, module, kind)
    given = dict(arguments or {})
    if kind in LAYERS:
        given = {**initial_arguments(LAYERS[kind]), **given}
    if kind in ("Input", "Output") and "order" not in given:
        given["order"] = next_order(document, module, kind)
    if kind == "Input" and module != ROOT and "shape" not in (arguments or {}):
        given["shape"] = ""  # inside a block an input is as the caller gives
    label = default_name(document, kind) if name is None else check_name(name)
    name = unique_name(taken_names(document, module, kind), label)
    with document.edit(tr("Add {node}", node=name)):
        if kind == "While" and not given:
            given = _fresh_loop(document)
        node = Node(id=fresh_id(), module=module, kind=kind, name=name, arguments=given, at=_within(at))
        document.put(node)
    return node.id


def add_module(document: Document, name: str) -> str:
    """Adds a module with an Input wired to an Output, and returns its id."""
    module = Module(id=fresh_id(), name=unique_module_name(document, check_name(name)))
    with document.edit(tr("Add module {module}", module=module.name)):
        document.put(module)
        fill_with_ports(document, module.id)
    return module.id


def fill_with_ports(document: Document, module: str) -> None:
    """Puts an Input wired to an Output into an empty module."""
    with document.edit(tr("Add ports")):
        x = add_node(document, module, "Input", (0.0, 0.0), "x")
        y = add_node(document, module, "Output", (2 * COLUMN, 0.0), "y")
        wire = Wire(id=fresh_id(), module=module, source=x, source_port="y", target=y, target_port="x")
        document.put(wire)


def move(document: Document, places: Mapping[str, Point]) -> None:
    """Puts nodes and comments at new places, in canvas units."""
    with document.edit(tr("Move")):
        for key, at in places.items():
            record = document.get(key)
            if isinstance(record, Node | Comment):
                document.put(replace(record, at=_within(at)))


def set_kind(document: Document, node: str, kind: str) -> None:
    """Makes a node, and those tied to it, one of another kind, with what this kind can take of its arguments.

    Wires stay where it has ports for them. Raises EditError where there is no such layer, and for an Input or
    Output, which are ports.
    """
    old = untied(document, node)
    check_kind(document, old.module, kind)
    if old.kind != kind and {old.kind, kind} & {"Input", "Output"}:
        raise EditError(
            tr(
                "{old} is a {kind}, which cannot become a {kind2}; delete it and add another",
                old=old.name,
                kind=old.kind,
                kind2=kind,
            )
        )
    known = argument_names_of(document, kind)
    kept = {name: value for name, value in old.arguments.items() if name in known}
    initial: dict[str, Value] = {**initial_arguments(LAYERS[kind])} if kind in LAYERS else {}
    with document.edit(tr("Make {old} {kind}", old=old.name, kind=kind_name(document, kind))):
        if kind == "While" and not kept:
            initial |= _fresh_loop(document)
        said = {key: one for key, one in old.initial.items() if not fault(kind, key, one)}
        remake(document, replace(old, kind=kind, arguments={**initial, **kept}, initial=said))


def _fresh_loop(document: Document) -> dict[str, Value]:
    return {"condition": fresh_condition(document), "body": fresh_body(document)}


def remake(document: Document, node: Node) -> None:
    """Puts a node back as something else; those tied to it follow, and wires where there are ports for them.

    Only inside an edit.
    """
    followers = tied_to(document, node)
    with keeping_wires(document, [document.node(node.id), *followers]):
        document.put(node)
        for other in followers:
            if other.kind != node.kind:
                document.put(replace(other, kind=node.kind))


def untied(document: Document, node: str) -> Node:
    """The node that has the arguments and weights: the one itself, or its owner where it is tied."""
    found, seen = document.node(node), {node}
    while found.owner and found.owner not in seen and isinstance(document.get(found.owner), Node):
        seen.add(found.owner)
        found = document.node(found.owner)
    return found


@contextmanager
def keeping_wires(document: Document, nodes: Iterable[Node]) -> Iterator[None]:
    """Leads the wires of these nodes to the ports that they have after an edit, and takes out the others."""
    before = {node.id: ports(document, node) for node in nodes}
    yield
    for key, own in before.items():
        node = document.get(key)
        if isinstance(node, Node) and ports(document, node) != own:
            _keep_wires(document, node, own)


def argument_names_of(document: Document, kind: str) -> set[str]:
    """The names of the arguments that a node of the kind has."""
    if kind.startswith(INSTANCE_MARK):
        return {argument.name for argument in document.module(kind[1:]).arguments}
    return {spec.name for spec in LAYERS[kind].arguments} if kind in LAYERS else set()


def kind_name(document: Document, kind: str) -> str:
    """What the user calls the kind: a layer's name, or a module's."""
    definition = document.get(kind[1:]) if kind.startswith(INSTANCE_MARK) else None
    return definition.name if isinstance(definition, Module) else kind


def next_order(document: Document, module: str, kind: str) -> int:
    """The place behind the last of a module's Inputs or Outputs."""
    orders = [node.arguments.get("order", 0) for node in port_nodes(document, module, kind)]
    return max((order for order in orders if isinstance(order, int)), default=-1) + 1


def add_comment(document: Document, module: str, text: str, at: Point) -> str:
    """Adds a comment and returns its id."""
    comment = Comment(id=fresh_id(), module=module, text=_readable(text), at=_within(at))
    with document.edit(tr("Add comment")):
        document.put(comment)
    return comment.id


def set_comment(document: Document, comment: str, text: str) -> None:
    """Changes a comment's text."""
    record = document.get(comment)
    assert isinstance(record, Comment)
    with document.edit(tr("Edit comment")):
        document.put(replace(record, text=_readable(text)))


def check_kind(document: Document, module: str, kind: str) -> None:
    """EditError where the kind is unknown, or would put a module into itself."""
    if not kind.startswith(INSTANCE_MARK):
        if kind not in LAYERS:
            raise EditError(tr("there is no layer named {kind}", kind=kind))
        return
    definition = document.get(kind[1:])
    if not isinstance(definition, Module):
        raise EditError(tr("that module is not in this design"))
    if module in nested(document, definition.id):
        raise EditError(tr("{definition} would contain itself", definition=definition.name))
    if definition.id == ROOT:
        raise EditError(
            tr(
                "{definition} is the whole network, which cannot be a part of another module",
                definition=definition.name,
            )
        )


def nested(document: Document, module: str) -> set[str]:
    """The ids of the modules that a module is built of, itself among them."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            record = document.get(current)
            inside: list[Node | Module] = [*document.nodes(current)]
            inside += [record] if isinstance(record, Module) else []
            waiting += [key for each in inside for key in definitions_of(each)]
    return found


def _keep_wires(document: Document, node: Node, before: Ports) -> None:
    """Leads each wire to the port of its name, or at its place; takes out what has no port left."""
    now = ports(document, node)
    inputs = _matched(before.inputs, now.inputs)
    outputs = _matched(before.outputs, now.outputs)
    for wire in document.wires(node.module):
        target_port = inputs.get(wire.target_port) if wire.target == node.id else wire.target_port
        source_port = outputs.get(wire.source_port) if wire.source == node.id else wire.source_port
        if target_port is None or source_port is None:
            document.remove(wire.id)
        else:
            document.put(replace(wire, source_port=source_port, target_port=target_port))


def _matched(before: tuple[str, ...], now: tuple[str, ...]) -> dict[str, str]:
    """The new port for each old one: that of its name, else the next one that is free."""
    same = {port: port for port in before if port in now}
    free = (port for port in now if port not in same)
    rest = dict(zip((port for port in before if port not in same), free, strict=False))
    return {**same, **rest}


def _readable(text: str) -> str:
    """The text without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode()


def _within(at: Point) -> Point:
    x, y = (min(max(float(c), -COORDINATE_LIMIT), COORDINATE_LIMIT) if c == c else 0.0 for c in at)
    return (x, y)
