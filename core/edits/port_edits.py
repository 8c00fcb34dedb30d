"""Edits of a module's ports: their order, whether they are drawn, and what they are where nothing is wired.

Wires hold to ports by name, so none of these edits touches one.
"""

from math import isfinite

from msgspec.structs import replace

from ..document import Document
from ..expression import Value
from ..layers.layer import ArgumentError
from ..ports import port_nodes
from ..record import Node
from ..text import tr
from .error import EditError


def move_port(document: Document, port: str, place: int) -> None:
    """Puts an Input or Output at a place among its module's, counted from 0; the others close up."""
    node = _port(document, port)
    others = [other for other in port_nodes(document, node.module, node.kind) if other.id != node.id]
    place = min(max(place, 0), len(others))
    with document.edit(tr("Move port {port}", port=node.name)):
        for order, each in enumerate([*others[:place], node, *others[place:]]):
            _set(document, each, "order", order)


def hide_port(document: Document, port: str, hidden: bool) -> None:
    """Leaves an Input or Output out on the canvas wherever nothing is wired to it, or brings it back."""
    node = _port(document, port)
    name = tr("Hide port {port}", port=node.name) if hidden else tr("Show port {port}", port=node.name)
    with document.edit(name):
        _set(document, node, "hidden", True if hidden else None)


def set_port_default(document: Document, port: str, value: float | None) -> None:
    """Makes an Input a single number where nothing is wired to it; by None something must be wired again.

    Raises EditError for an Output and for an Input of whole numbers, ArgumentError for what is no number.
    """
    node = _port(document, port)
    if node.kind != "Input":
        raise EditError(tr("{port} is an Output, which has no default", port=node.name))
    if value is not None and node.arguments.get("dtype", "float32") != "float32":
        raise EditError(tr("{port} takes whole numbers, which have no default", port=node.name))
    if value is not None and (type(value) not in (int, float) or not isfinite(value)):
        raise ArgumentError("default", tr("expected a number, got {value}", value=repr(value)))
    with document.edit(tr("Set default of {port}", port=node.name)):
        _set(document, node, "default", None if value is None else float(value))


def _port(document: Document, port: str) -> Node:
    node = document.node(port)
    if node.kind not in ("Input", "Output"):
        raise EditError(tr("{node} is no port of its module", node=node.name))
    return node


def _set(document: Document, node: Node, name: str, value: Value | None) -> None:
    arguments = {key: kept for key, kept in node.arguments.items() if key != name}
    if value is not None:
        arguments[name] = value
    if arguments != node.arguments:
        document.put(replace(node, arguments=arguments))
