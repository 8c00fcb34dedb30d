"""The ports of a node: a layer's from its class, an instance's from the Input and Output nodes inside."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from .document import Document
from .expression import ExpressionError
from .layers import LAYERS
from .layers.layer import layer_ports
from .record import INSTANCE_MARK, Module, Node
from .use import SLOT_MARK, Use
from .value import kind_names

MAX_STEPS = 20
"""How far a kind is followed that another one gives; a damaged file may lead in a circle."""


class Ports(NamedTuple):
    """Names of the inputs and outputs, in order."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


ONE_TO_ONE = Ports(("x",), ("y",))
"""What is assumed of a module that is not known."""


def ports(document: Document, node: Node) -> Ports:
    """The ports of a node; those of an unknown kind are the ones its wires name.

    A layer of any number of inputs has x1, x2, … as many as are wired, and one more that is free.
    """
    node = as_owner(document, node)
    layer = LAYERS.get(node.kind)
    if layer is not None and layer.variadic:
        return Ports(variadic_ports(document, node), layer.outputs)
    if layer is None and node.kind[:1] not in (INSTANCE_MARK, SLOT_MARK):
        return _wired(document, node)
    return kind_ports(document, node.module, node.kind, node.arguments)


def as_owner(document: Document, node: Node) -> Node:
    """The node as the one that it is tied to, which `owner` names; itself where it is tied to none."""
    owner, seen = node, {node.id}
    while owner.owner:
        found = document.get(owner.owner)
        if not isinstance(found, Node) or found.module != node.module or found.id in seen:
            return node
        seen.add(found.id)
        owner = found
    if owner is node:
        return node
    return replace(owner, id=node.id, name=node.name, at=node.at, extra=node.extra, owner=owner.id)


def tied_to(document: Document, node: Node) -> list[Node]:
    """The nodes that are tied to this one, by way of others too."""
    tied = [other for other in document.nodes(node.module) if other.owner]
    return [other for other in tied if as_owner(document, other).owner == node.id]


def kind_ports(
    document: Document, module: str, kind: str, arguments: Mapping[str, Any], steps: int = MAX_STEPS
) -> Ports:
    """The ports of a kind with these arguments in a module; those of what a slot is given by default."""
    if kind.startswith(INSTANCE_MARK):
        return module_ports(document, kind[1:])
    if kind.startswith(SLOT_MARK):
        return _use_ports(document, module, slot_default(document, module, kind), steps)
    match kind:
        case "Choose":
            return _use_ports(document, module, arguments.get("then"), steps)
        case "If":
            inside = _use_ports(document, module, arguments.get("then"), steps)
            return Ports(("condition", *inside.inputs), inside.outputs)
        case "While":
            return _use_ports(document, module, arguments.get("body"), steps)
    layer = LAYERS.get(kind)
    if layer is None:
        return ONE_TO_ONE
    inputs, outputs = layer_ports(layer, arguments)
    return Ports(variadic_names(2) if layer.variadic else inputs, outputs)


def same_ports(old: Node, new: Node) -> bool:
    """Whether the arguments, which are all that differs between the nodes, leave a layer its ports."""
    layer = LAYERS.get(new.kind)
    if layer is None or not layer.derives_ports:
        return True
    return layer_ports(layer, old.arguments) == layer_ports(layer, new.arguments)


def slot_default(document: Document, module: str, kind: str) -> Use | None:
    """What the argument that a slot's kind reads is by default; of a list its first."""
    record = document.get(module)
    try:
        read = kind_names(kind)
    except ExpressionError:
        return None
    for argument in record.arguments if isinstance(record, Module) else ():
        first = argument.default
        if isinstance(first, tuple) and first:
            first = first[0]
        if argument.name in read and isinstance(first, Use):
            return first
    return None


def _use_ports(document: Document, module: str, use: Any, steps: int) -> Ports:
    if not isinstance(use, Use) or not use.kind or steps < 1:
        return ONE_TO_ONE
    if use.kind.startswith(INSTANCE_MARK) and not isinstance(document.get(use.kind[1:]), Module):
        return ONE_TO_ONE
    return kind_ports(document, module, use.kind, use.named, steps - 1)


def module_ports(document: Document, module: str) -> Ports:
    """The ports that every instance of the module has."""
    return Ports(
        tuple(node.name for node in port_nodes(document, module, "Input")),
        tuple(node.name for node in port_nodes(document, module, "Output")),
    )


def port_nodes(document: Document, module: str, kind: str) -> list[Node]:
    """The Input (or Output) nodes of a module in the order of its ports."""
    found = [node for node in document.nodes(module) if node.kind == kind]
    return sorted(found, key=lambda node: (_order(node), node.id))


def port_default(port: Node) -> float | None:
    """The number that an Input is where nothing is wired to it; None where something must be.

    Whole numbers, such as indices, have none.
    """
    default = port.arguments.get("default")
    if type(default) not in (int, float) or port.arguments.get("dtype", "float32") != "float32":
        return None
    return float(default)  # type: ignore[arg-type]  # mypy does not narrow by `type(…) in`


def input_defaults(document: Document, module: str) -> dict[str, float]:
    """The numbers that a module's inputs are where nothing is wired, by the names of those that may be so."""
    found = {node.name: port_default(node) for node in port_nodes(document, module, "Input")}
    return {name: number for name, number in found.items() if number is not None}


def shown_ports(document: Document, node: Node) -> Ports:
    """The ports that the canvas draws: a hidden one of a module is left out unless it is wired."""
    every = ports(document, node)
    definition = as_owner(document, node).definition
    hidden = [
        {port.name for port in port_nodes(document, definition or "", kind) if port.arguments.get("hidden")}
        for kind in ("Input", "Output")
    ]
    if not any(hidden):
        return every
    wires = document.wires(node.module)
    wired = (
        {wire.target_port for wire in wires if wire.target == node.id},
        {wire.source_port for wire in wires if wire.source == node.id},
    )
    inputs, outputs = (
        tuple(name for name in names if name not in out or name in used)
        for names, out, used in zip(every, hidden, wired, strict=True)
    )
    return Ports(inputs, outputs)


def variadic_ports(document: Document, node: Node) -> tuple[str, ...]:
    """x1, x2, … up to one more than the last that is wired, two at least."""
    used = [
        int(wire.target_port[1:])
        for wire in document.wires(node.module)
        if wire.target == node.id and wire.target_port[1:].isdigit()
    ]
    return variadic_names(max([1, *used]) + 1)


def variadic_names(count: int) -> tuple[str, ...]:
    """x1, x2, …: the ports of a layer with so many inputs."""
    return tuple(f"x{i}" for i in range(1, count + 1))


def _order(node: Node) -> int:
    order = node.arguments.get("order", 0)
    return order if isinstance(order, int) else 0


def _wired(document: Document, node: Node) -> Ports:
    wires = document.wires(node.module)
    return Ports(
        tuple(sorted({wire.target_port for wire in wires if wire.target == node.id})),
        tuple(sorted({wire.source_port for wire in wires if wire.source == node.id})),
    )
