"""The small modules that a new loop is made of, so that it runs and ends before anything is changed."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ..document import Document
from ..record import Module, Node, Wire, fresh_id, instance_kind
from ..text import tr
from ..use import Use
from .naming import unique_module_name, unique_name

COLUMN, ROW = 230.0, 100.0
"""Canvas units from node to node."""


def fresh_condition(document: Document, inputs: Sequence[str] = ("x",)) -> Use:
    """A new module that is not zero as long as an element of its first input is above 1."""
    with document.edit(tr("Add condition")):
        drawing = _Drawing(document, "Condition")
        for place, name in enumerate(inputs):
            drawing.node("Input", f"<{name}>", 0, 2 * place, shape="", order=place)
        drawing.node("Constant", "limit", 0, 1, shape="1", initial="fill", fill=1.0)
        for column, (kind, name) in enumerate((("Subtract", "above"), ("ReLU", "relu"), ("Sum", "sum"))):
            drawing.node(kind, name, column + 1)
        drawing.node("Output", "y", 4, order=0)
        drawing.wire(f"<{inputs[0]}>", "above", "a")
        drawing.wire("limit", "above", "b")
        drawing.chain("above", "relu", "sum", "y")
    return Use(instance_kind(drawing.module))


def fresh_body(document: Document) -> Use:
    """A new module that halves its input."""
    with document.edit(tr("Add body")):
        drawing = _Drawing(document, "Body")
        drawing.node("Input", "x", 0, shape="", order=0)
        drawing.node("Constant", "half", 0, 1, shape="1", initial="fill", fill=0.5)
        drawing.node("Multiply", "scale", 1)
        drawing.node("Output", "y", 2, order=0)
        drawing.wire("x", "scale", "x1")
        drawing.wire("half", "scale", "x2")
        drawing.chain("scale", "y")
    return Use(instance_kind(drawing.module))


class _Drawing:
    """Puts nodes by name, and wires between them, into a module of its own."""

    def __init__(self, document: Document, name: str) -> None:
        self.document, self.module = document, fresh_id()
        self.nodes: dict[str, Node] = {}
        document.put(Module(id=self.module, name=unique_module_name(document, name)))

    def node(self, kind: str, key: str, column: int, row: int = 0, **arguments: Any) -> None:
        """A node under a key; its name is the key, or with a number where an input is called so."""
        taken = {node.name for node in self.nodes.values()}
        self.nodes[key] = Node(
            id=fresh_id(), module=self.module, kind=kind, name=unique_name(taken, key.strip("<>")),
            arguments=arguments, at=(COLUMN * column, ROW * row),
        )  # fmt: skip
        self.document.put(self.nodes[key])

    def wire(self, source: str, target: str, port: str = "x") -> None:
        """A wire from the output of one key to the input of another."""
        start, end = self.nodes[source].id, self.nodes[target].id
        self.document.put(
            Wire(
                id=fresh_id(), module=self.module, source=start, source_port="y", target=end, target_port=port
            )
        )

    def chain(self, *keys: str) -> None:
        """Wires from each to the next."""
        for source, target in pairwise(keys):
            self.wire(source, target)
