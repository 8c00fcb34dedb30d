"""Problems from what rules found: the sentence, its place, and the repair that one click applies."""

from collections.abc import Iterator

from .calls import Fault
from .condition import Condition
from .document import Document
from .graph import Graphs
from .layers import LAYERS
from .layers.layer import layer_ports
from .ports import as_owner, slot_default
from .problem import Problem, Repair
from .record import INSTANCE_MARK, Module, Node
from .text import tr


def fault_problem(document: Document, graphs: Graphs, key: str, fault: Fault) -> Problem:
    """A fault of a node's call as a problem in its module."""
    node = as_owner(document, document.node(key))
    text = fault.text if fault.argument is not None else f"{fault.text}{_origins(document, graphs, node)}"
    repairs = (*_rewired(document, graphs, node, fault), *_trusted(node, fault))
    repairs = repairs or tuple(_reset(document, node, fault))
    return Problem((key,), text, fault.port, fault.argument, repairs=repairs)


def condition_problem(document: Document, graphs: Graphs, key: str, condition: Condition) -> Problem:
    """A claim about sizes that is checked when they are known."""
    node = document.node(key)
    text = tr(
        "needs {condition}, which depends on the sizes{document}",
        condition=condition,
        document=_origins(document, graphs, node),
    )
    return Problem((key,), text, kind="condition")


def _origins(document: Document, graphs: Graphs, node: Node) -> str:
    """Where the inputs come from, if there are several: the other places that a clash is about."""
    sources = graphs.sources(node.id)
    if len(sources) < 2:
        return ""
    names = [f"{port} from {document.node(sources[port][0]).name}" for port in sorted(sources)]
    return f" ({', '.join(names)})"


def _rewired(document: Document, graphs: Graphs, node: Node, fault: Fault) -> Iterator[Repair]:
    """What mends the value at a port: a Flatten, or another element type where an Input gives it."""
    wires = {wire.target_port: wire for wire in reversed(graphs.wires_into(node.id))}  # the least id counts
    if fault.flatten in wires:
        wire = wires[fault.flatten]
        where = f"after {document.node(wire.source).name}" if len(wires) > 1 else f"before {node.name}"
        mend = {"wire": wire.id, "kind": "Flatten"}
        yield Repair(tr("insert Flatten {where}", where=where), "insert_on_wire", mend)
    layer = LAYERS.get(node.kind)
    inputs = () if layer is None else layer_ports(layer, node.arguments)[0]
    port = fault.port or (inputs[0] if inputs else "")
    source = document.node(wires[port].source) if port in wires else None
    if fault.dtype is not None and source is not None and source.kind == "Input":
        setting = {"node": source.id, "name": "dtype", "value": fault.dtype}
        yield Repair(
            tr("make {source} {dtype}", source=source.name, dtype=fault.dtype), "set_argument", setting
        )
    if fault.instead is not None:
        name, value = fault.instead
        yield Repair(
            tr("set {name} to {value}", name=name, value=value),
            "set_argument",
            {"node": node.id, "name": name, "value": value},
        )


def _trusted(node: Node, fault: Fault) -> Iterator[Repair]:
    """Trusting the file of a layer that is written in one; the window asks before it does."""
    if node.kind == "PythonLayer" and fault.argument == "file":
        file = str(node.arguments.get("file", ""))
        yield Repair(tr("trust {file}", file=file), "trust_file", {"node": node.id, "file": file})


def _reset(document: Document, node: Node, fault: Fault) -> list[Repair]:
    """Taking an argument that was set back to its default, or out where the kind does not know it."""
    name = fault.argument
    if name is None or name not in node.arguments or _is_required(node, name):
        return []
    known = name in _known_arguments(document, node)
    text = tr("take {name} back to its default", name=name) if known else tr("take {name} out", name=name)
    return [Repair(text, "set_argument", {"node": node.id, "name": name, "value": None})]


def _is_required(node: Node, name: str) -> bool:
    layer = LAYERS.get(node.kind)
    return layer is not None and any(spec.name == name and spec.required for spec in layer.arguments)


def _known_arguments(document: Document, node: Node) -> set[str]:
    kind = node.kind
    if node.slot is not None:
        given = slot_default(document, node.module, kind)
        kind = "" if given is None else given.kind
    if not kind.startswith(INSTANCE_MARK):
        return {spec.name for spec in LAYERS[kind].arguments} if kind in LAYERS else set()
    module = document.get(kind[len(INSTANCE_MARK) :])
    return {argument.name for argument in module.arguments} if isinstance(module, Module) else set()
