"""The ports of a node: a layer's from its class, an instance's from the Input and Output nodes inside."""

from typing import NamedTuple

from .document import Document
from .layers import LAYERS
from .record import Node


class Ports(NamedTuple):
    """Names of the inputs and outputs, in order."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def ports(document: Document, node: Node) -> Ports:
    """The ports of a node; those of an unknown kind are the ones its wires name.

    A layer of any number of inputs has x1, x2, … as many as are wired, and one more that is free.
    """
    if node.definition is not None:
        return module_ports(document, node.definition)
    layer = LAYERS.get(node.kind)
    if layer is None:
        return _wired(document, node)
    if layer.variadic:
        return Ports(variadic_ports(document, node), layer.outputs)
    return Ports(layer.inputs, layer.outputs)


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
