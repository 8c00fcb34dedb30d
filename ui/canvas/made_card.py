"""The card of a node, from its record and the wires at it."""

from collections.abc import Sequence

from core.document import Document
from core.layers import LAYERS
from core.ports import Ports, as_owner, ports, variadic_names
from core.record import Node, Wire

from .caption import caption, category
from .card import Card, Measure, lay_out
from .marks import marks_of


def made_card(
    document: Document, node: Node, wires: Sequence[Wire], measure: Measure, *, users: int | None, tied: bool
) -> Card:
    """The card of a node with these wires; `users` are how many instances its module has."""
    layer = LAYERS.get(as_owner(document, node).kind)
    return lay_out(
        node.name,
        caption(document, node),
        category(document, node),
        _ports_of(document, node, wires),
        measure,
        users=users,
        counted=layer is None or bool(layer.tensor_names),
        anonymous=layer is not None and layer.variadic,
        marks=marks_of(document, node, tied=tied),
    )


def has_ports_of_wires(document: Document, node: Node) -> bool:
    """Whether the wires at a node say which ports it has: of any number of inputs, or of an unknown kind."""
    made = as_owner(document, node)
    if made.definition is not None or made.slot is not None:
        return False
    layer = LAYERS.get(made.kind)
    return layer is None or layer.variadic


def only_moved(before: object, after: Node) -> bool:
    """Whether a node has the card that it had, so that it only stands elsewhere."""
    return (
        isinstance(before, Node)
        and (before.kind, before.name, before.owner) == (after.kind, after.name, after.owner)
        and before.arguments == after.arguments
        and (before.repeat, before.shared) == (after.repeat, after.shared)
    )


def _ports_of(document: Document, node: Node, wires: Sequence[Wire]) -> Ports:
    if not has_ports_of_wires(document, node):
        return ports(document, node)
    wired = {wire.target_port for wire in wires if wire.target == node.id}
    layer = LAYERS.get(as_owner(document, node).kind)
    if layer is None:
        used = {wire.source_port for wire in wires if wire.source == node.id}
        return Ports(tuple(sorted(wired)), tuple(sorted(used)))
    last = max((int(port[1:]) for port in wired if port[1:].isdigit()), default=1)
    return Ports(variadic_names(last + 1), layer.outputs)
