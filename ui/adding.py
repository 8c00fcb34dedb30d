"""Adding a layer where it is meant: behind what is picked, into a wire, or at the port of a dragged wire."""

from collections.abc import Callable, Mapping

from core import edits
from core.document import Document
from core.expression import Value
from core.layers import LAYERS
from core.layers.layer import initial_arguments, layer_ports
from core.ports import Ports, module_ports, port_nodes, ports
from core.record import Node, Wire
from core.resolve import Resolution, Resolver
from core.text import tr
from core.types import Type, shape_text

from .canvas.hit import PortHit
from .canvas.stage import SearchRequest
from .catalogue import Entry
from .session import Session
from .shelves import LIBRARY_MARK, Shelves
from .structures import put_made, stands_for

Point = tuple[float, float]

ABOVE_PORT = 24.0
"""Canvas units from a new node's corner down to its first port, about."""


def add(
    document: Document,
    session: Session,
    kind: str,
    arguments: Mapping[str, Value],
    request: SearchRequest,
    shelves: Shelves,
) -> str:
    """Adds a node as one entry of the history, picks it, and returns its id.

    It is wired to the request's port where there is one; else it goes behind what is picked, before the
    module's Output where nothing is. It stands at the request's point where it cannot be wired, or where the
    user pointed there. Raises EditError, ArgumentError, or FileError where a library's entry cannot be read.
    """
    at, port = request.at, request.port
    with document.edit(tr("Add {name}", name=shown_kind(document, kind))):

        def put(kind: str) -> str:
            if port is not None:
                return _add_at_port(document, session.module, kind, at, port)
            if request.here:
                return edits.add_node(document, session.module, kind, at)
            return _add_behind(document, session, kind, at)

        node = put_made(document, session.module, kind, put, shelves.bring)
        for name, value in arguments.items():
            edits.set_argument(document, node, name, value)
    session.select([node], node)
    return node


def shown_kind(document: Document, kind: str) -> str:
    """A layer's name, or a module's."""
    if kind.startswith(LIBRARY_MARK):
        return kind.rpartition("/")[2]
    return document.module(kind[1:]).name if kind.startswith("@") else kind


def kind_ports(document: Document, kind: str) -> Ports:
    """The ports that a node of the kind will have."""
    if kind.startswith("@"):
        return module_ports(document, kind[1:])
    kind = stands_for(kind)
    layer = LAYERS[kind]
    inputs, outputs = layer_ports(layer, initial_arguments(layer))
    return Ports(("x1", "x2") if layer.variadic else inputs, outputs)


def fitting_port(
    document: Document, resolution: Resolution, session: Session, port: PortHit
) -> Callable[[Entry], bool]:
    """Whether an entry has a port for the wire dragged from `port`, and takes what flows through it."""
    path = session.path
    found = None if path is None else resolution.type_of((*path, port.node), port.port)

    def fits(entry: Entry) -> bool:
        kind = entry.kind
        own = entry.ports or kind_ports(document, kind)
        if port.side == "in":
            return bool(own.outputs)
        return bool(own.inputs) and (found is None or kind not in LAYERS or takes(kind, found))

    return fits


def takes(kind: str, given: Type) -> bool:
    """Whether a new layer of the kind takes such a value at its first input; True where that is not clear."""
    if kind == "Output" or given.dtype == "bool":
        return True
    trial = Document()
    with trial.edit(tr("Try")):
        source = edits.add_node(
            trial, "main", "Input", (0, 0), arguments={"shape": shape_text(given.shape), "dtype": given.dtype}
        )
        node = edits.add_node(trial, "main", kind, (0, 0))
        port = ports(trial, trial.node(node)).inputs[0]
        edits.connect(trial, source, "y", node, port)
    problems = Resolver(trial).resolution.problems
    if any(problem.path == (source,) for problem in problems):
        return True
    return not any(
        p.path == (node,) and p.kind == "error" and p.port in (port, None) and p.argument is None
        for p in problems
    )


def _add_at_port(document: Document, module: str, kind: str, at: Point, port: PortHit) -> str:
    corner = (at[0] if port.side == "out" else at[0] - 120.0, at[1] - ABOVE_PORT)
    node = edits.add_node(document, module, kind, corner)
    own = ports(document, document.node(node))
    if port.side == "out" and own.inputs:
        edits.connect(document, port.node, port.port, node, own.inputs[0])
    elif port.side == "in" and own.outputs:
        edits.connect(document, node, own.outputs[0], port.node, port.port)
    return node


def _add_behind(document: Document, session: Session, kind: str, middle: Point) -> str:
    own = kind_ports(document, kind)
    wire = _picked_wire(document, session)
    if wire is not None and own.inputs and own.outputs:
        return edits.insert_on_wire(document, wire.id, kind)
    node = _picked_node(document, session)
    if node is None or not own.inputs:
        return edits.add_node(document, session.module, kind, middle)
    if ports(document, node).outputs:
        return edits.insert_after(document, node.id, kind)
    into = next((w for w in document.wires(session.module) if w.target == node.id), None)
    if into is not None and own.outputs:
        return edits.insert_on_wire(document, into.id, kind)
    return edits.add_node(document, session.module, kind, middle)


def _picked_wire(document: Document, session: Session) -> Wire | None:
    picked = [document.get(key) for key in session.selection]
    return picked[0] if len(picked) == 1 and isinstance(picked[0], Wire) else None


def _picked_node(document: Document, session: Session) -> Node | None:
    """The node to add behind: the focused one of the selection, or the module's first Output."""
    picked = [node for key in session.selection if isinstance(node := document.get(key), Node)]
    focused = [node for node in picked if node.id == session.focus]
    if picked:
        return (focused or sorted(picked, key=lambda node: node.at, reverse=True))[0]
    outputs = port_nodes(document, session.module, "Output")
    return outputs[0] if outputs else None
