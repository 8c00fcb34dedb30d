"""Problems from what rules found: the sentence, its place, and the repair that one click applies."""

from .calls import Fault
from .condition import Condition
from .document import Document
from .graph import Graphs
from .layers import LAYERS
from .problem import Problem, Repair
from .record import Module, Node


def fault_problem(document: Document, graphs: Graphs, key: str, fault: Fault) -> Problem:
    """A fault of a node's call as a problem in its module."""
    node = document.node(key)
    text = fault.text if fault.argument is not None else f"{fault.text}{_origins(document, graphs, node)}"
    repairs = (*_flatten(graphs, node, fault), *_reset(document, node, fault))
    return Problem((key,), text, fault.port, fault.argument, repairs=repairs)


def condition_problem(document: Document, graphs: Graphs, key: str, condition: Condition) -> Problem:
    """A claim about sizes that is checked when they are known."""
    node = document.node(key)
    text = f"needs {condition}, which depends on the sizes{_origins(document, graphs, node)}"
    return Problem((key,), text, kind="condition")


def _origins(document: Document, graphs: Graphs, node: Node) -> str:
    """Where the inputs come from, if there are several: the other places that a clash is about."""
    sources = graphs.sources(node.id)
    if len(sources) < 2:
        return ""
    names = [f"{port} from {document.node(sources[port][0]).name}" for port in sorted(sources)]
    return f" ({', '.join(names)})"


def _flatten(graphs: Graphs, node: Node, fault: Fault) -> list[Repair]:
    layer = LAYERS.get(node.kind)
    if not fault.flatten or layer is None:
        return []
    wire = graphs.wire(node.id, fault.port or layer.inputs[0])
    if wire is None:
        return []
    text = f"insert Flatten before {node.name}"
    return [Repair(text, "insert_on_wire", {"wire": wire.id, "kind": "Flatten"})]


def _reset(document: Document, node: Node, fault: Fault) -> list[Repair]:
    """Taking an argument that was set back to its default, or out where the kind does not know it."""
    name = fault.argument
    if name is None or name not in node.arguments or _is_required(node, name):
        return []
    known = name in _known_arguments(document, node)
    text = f"take {name} back to its default" if known else f"take {name} out"
    return [Repair(text, "set_argument", {"node": node.id, "name": name, "value": None})]


def _is_required(node: Node, name: str) -> bool:
    layer = LAYERS.get(node.kind)
    return layer is not None and any(spec.name == name and spec.required for spec in layer.arguments)


def _known_arguments(document: Document, node: Node) -> set[str]:
    if node.definition is None:
        return {spec.name for spec in LAYERS[node.kind].arguments}
    module = document.get(node.definition)
    return {argument.name for argument in module.arguments} if isinstance(module, Module) else set()
