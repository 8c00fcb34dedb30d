"""Hints: what runs as it is drawn, and is seldom meant."""

from .calls import NodeCall
from .document import Document
from .graph import Graphs
from .layers import LAYERS
from .ports import as_owner, port_nodes, ports
from .problem import Problem, Repair
from .text import tr
from .types import Type

PASSING = frozenset({"activation", "normalisation", "regularisation", "merge"})
"""Categories whose layers give images where they are given images."""


def flatten_hint(document: Document, graphs: Graphs, key: str, call: NodeCall) -> Problem | None:
    """That a layer which reads features is wired to images; None where they come from no image layer."""
    node, given = as_owner(document, document.node(key)), call.inputs[0]
    port = ports(document, node).inputs[0]
    wire = graphs.wire(key, port)
    if wire is None or given is None or not _gives_images(document, graphs, wire.source, wire.source_port):
        return None
    found = f"{Type(given.shape[1:])} from {document.node(wire.source).name}"
    text = tr(
        "{kind} expects features, gets {found} and reads its last axis alone",
        kind=call.kind or node.kind,
        found=found,
    )
    mend = Repair(
        tr("insert Flatten before {node}", node=node.name),
        "insert_on_wire",
        {"wire": wire.id, "kind": "Flatten"},
    )
    return Problem((key,), text, port, kind="hint", repairs=(mend,))


def _gives_images(document: Document, graphs: Graphs, source: str, port: str) -> bool:
    """Whether an image layer stands behind the output, with nothing between that rearranges axes."""
    waiting, seen = [(source, port)], set[tuple[str, str]]()
    while waiting:
        end = waiting.pop()
        if end in seen:
            continue
        seen.add(end)
        node = document.node(end[0])
        layer = LAYERS.get(node.kind)
        if layer is not None and layer.gives_images:
            return True
        if node.definition is not None:
            inside = port_nodes(document, node.definition, "Output")
            waiting += [at for one in inside if one.name == end[1] for at in graphs.sources(one.id).values()]
        elif layer is not None and layer.category in PASSING:
            waiting += graphs.sources(node.id).values()
    return False
