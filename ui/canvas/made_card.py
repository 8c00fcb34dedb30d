"""The card of a node, from its record and the wires at it."""

from collections.abc import Sequence

from core.document import Document
from core.layers import LAYERS
from core.ports import Ports, as_owner, input_defaults, ports, shown_ports, variadic_names
from core.record import Node, Wire

from .caption import caption, category
from .card import Card, Measure, Sides, lay_out
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
        _sides(document, node, wires),
        measure,
        users=users,
        counted=layer is None or bool(layer.tensor_names),
        anonymous=layer is not None and layer.variadic,
        marks=marks_of(document, node, tied=tied),
    )


def has_ports_of_wires(document: Document, node: Node) -> bool:
    """Whether the wires at a node say which ports it shows.

    So it is with any number of inputs, an unknown kind, and a module with ports that are hidden or numbers by
    default.
    """
    made = as_owner(document, node)
    if made.definition is not None:
        return _has_quiet_ports(document, made.definition)
    if made.slot is not None:
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


def _sides(document: Document, node: Node, wires: Sequence[Wire]) -> Sides:
    """The ports that a node shows, and what those of its inputs are that may be left without a wire."""
    definition = as_owner(document, node).definition
    if definition is None or not _has_quiet_ports(document, definition):
        return Sides(*_ports_of(document, node, wires))
    wired = {wire.target_port for wire in wires if wire.target == node.id}
    defaults = input_defaults(document, definition)
    told = {name: f"= {number:g}" for name, number in defaults.items() if name not in wired}
    return Sides(
        *shown_ports(document, node), every=ports(document, node), defaults=told, named=bool(defaults)
    )


def _has_quiet_ports(document: Document, module: str) -> bool:
    """Whether a module has ports that are hidden, or numbers where nothing is wired."""
    return any(
        node.kind in ("Input", "Output") and bool({"hidden", "default"} & node.arguments.keys())
        for node in document.nodes(module)
    )


def _ports_of(document: Document, node: Node, wires: Sequence[Wire]) -> Ports:
    if as_owner(document, node).definition is not None or not has_ports_of_wires(document, node):
        return ports(document, node)
    wired = {wire.target_port for wire in wires if wire.target == node.id}
    layer = LAYERS.get(as_owner(document, node).kind)
    if layer is None:
        used = {wire.source_port for wire in wires if wire.source == node.id}
        return Ports(tuple(sorted(wired)), tuple(sorted(used)))
    last = max((int(port[1:]) for port in wired if port[1:].isdigit()), default=1)
    return Ports(variadic_names(last + 1), layer.outputs)
