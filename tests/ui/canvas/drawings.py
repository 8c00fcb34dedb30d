"""Small designs to draw, and a canvas that follows its document as the window lets it."""

from collections.abc import Mapping

from core import edits
from core.document import Change, Document
from core.expression import Value
from core.ports import ports
from core.record import ROOT, Node, Wire
from core.resolve import Resolver
from ui.canvas.canvas import Canvas
from ui.canvas.stage import SearchRequest
from ui.session import Session
from ui.theme import LIGHT

SPACING = 200.0


def chain(document: Document, *kinds: str | tuple[str, Mapping[str, Value]], y: float = 0.0) -> list[str]:
    """Layers one behind another, each wired to the next; returns their ids."""
    ids: list[str] = []
    for index, entry in enumerate(kinds):
        kind, arguments = (entry, {}) if isinstance(entry, str) else entry
        ids.append(edits.add_node(document, ROOT, kind, (index * SPACING, y), None, arguments))
        if index:
            wire(document, ids[-2], ids[-1])
    return ids


def wire(document: Document, source: str, target: str, port: str | None = None) -> str:
    """Wires the first output to an input, the first unless named."""
    into = port or ports(document, document.node(target)).inputs[0]
    return edits.connect(document, source, ports(document, document.node(source)).outputs[0], target, into)


def straight(nodes: int) -> Document:
    """An Input and so many Linear and ReLU layers in a row, all shapes following the first width."""
    document = Document()
    before = edits.add_node(document, ROOT, "Input", (0.0, 0.0), "x", {"shape": "B, 20"})
    with document.edit("Draw"):
        for index in range(nodes):
            kind = "ReLU" if index else "Linear"
            arguments: dict[str, Value] = {} if index else {"out_features": 64}
            at = (SPACING * (index + 1), 0.0)
            node = Node(id=f"n{index}", module=ROOT, kind=kind, name=f"n{index}", arguments=arguments, at=at)
            document.put(node)
            document.put(
                Wire(
                    id=f"w{index}",
                    module=ROOT,
                    source=before,
                    source_port="y",
                    target=node.id,
                    target_port="x",
                )
            )
            before = node.id
    return Document(document.records.values())


class Desk:
    """A document, its resolver and a canvas, wired as the window wires them."""

    def __init__(self, document: Document, size: tuple[int, int] = (1000, 600)) -> None:
        self.document = document
        self.resolver = Resolver(document)
        self.session = Session()
        self.canvas = Canvas(document, self.session, LIGHT)
        self.canvas.resize(*size)
        self.canvas.apply(None, self.resolver.resolution)
        self.searches: list[SearchRequest] = []
        self.entered: list[str] = []
        self.said: list[str] = []
        self.canvas.search_wanted.connect(self.searches.append)
        self.canvas.enter_wanted.connect(self.entered.append)
        self.canvas.said.connect(self.said.append)
        document.subscribe(self._follow)

    def _follow(self, change: Change) -> None:
        self.canvas.apply(change, self.resolver.update(change))

    def node(self, name: str) -> Node:
        """The node of that name in the open module."""
        return next(n for n in self.document.nodes(self.session.module) if n.name == name)

    def wired(self) -> set[tuple[str, str, str, str]]:
        """The wires of the open module by names: source, its port, target, its port."""
        name = {n.id: n.name for n in self.document.nodes(self.session.module)}
        return {
            (name[w.source], w.source_port, name[w.target], w.target_port)
            for w in self.document.wires(self.session.module)
        }
