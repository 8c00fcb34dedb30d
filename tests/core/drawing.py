"""Small designs drawn by edits, for the tests."""

from itertools import pairwise

from core import edits
from core.document import Change, Document
from core.ports import ports
from core.record import ROOT, Node
from core.resolve import Resolver


def named(document: Document, name: str, module: str = ROOT) -> Node:
    """The node of that name in a module."""
    return next(node for node in document.nodes(module) if node.name == name)


def add(document: Document, kind: str, name: str, module: str = ROOT, **arguments: int) -> str:
    """A node with a name and arguments."""
    return edits.add_node(document, module, kind, (0, 0), name, arguments)


def chain(document: Document, *names: str) -> None:
    """Wires the first output of each named node of the root to the first input of the next, in columns."""
    nodes = [named(document, name) for name in names]
    edits.move(document, {node.id: (230.0 * i, 0.0) for i, node in enumerate(nodes)})
    for a, b in pairwise(nodes):
        edits.connect(document, a.id, "y", b.id, ports(document, b).inputs[0])


def wiring(document: Document, module: str = ROOT) -> set[str]:
    """The wires of a module in words: `a.y > b.x`."""
    return {
        f"{document.node(w.source).name}.{w.source_port} > {document.node(w.target).name}.{w.target_port}"
        for w in document.wires(module)
    }


def resolved(document: Document) -> Resolver:
    """A resolver that follows the document's edits."""
    resolver = Resolver(document)

    def follow(change: Change) -> None:
        resolver.update(change)

    document.subscribe(follow)
    return resolver
