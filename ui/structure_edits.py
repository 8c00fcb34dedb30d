"""What can be done with a node's structure from the window: repeat, fold, tie, choose, make a slot."""

from collections.abc import Callable

from PySide6.QtCore import QRectF

from core import edits
from core.edits import EditError
from core.expression import Expression, ExpressionError, parse
from core.layers.layer import ArgumentError
from core.ports import as_owner
from core.record import Node
from core.text import tr

from .canvas.canvas import Canvas
from .canvas.marks import marks_of
from .canvas.rename import InPlaceEditor
from .editor import Editor
from .structures import TIMES


class StructureEdits:
    """Edits of the picked nodes; a refusal is a sentence."""

    def __init__(self, editor: Editor, canvas: Canvas, say: Callable[[str], None]) -> None:
        self._editor = editor
        self._canvas = canvas
        self._say = say

    def picked(self) -> list[Node]:
        """The picked nodes."""
        found = (self._editor.document.get(key) for key in sorted(self._editor.session.selection))
        return [record for record in found if isinstance(record, Node)]

    def one(self) -> Node | None:
        """The one picked node that is no port."""
        picked = self.picked()
        return picked[0] if len(picked) == 1 and picked[0].kind not in ("Input", "Output") else None

    def is_repeated(self) -> bool:
        """Whether the one picked node is repeated."""
        node = self.one()
        return node is not None and as_owner(self._editor.document, node).repeat is not None

    def is_shared(self) -> bool:
        """Whether the calls of the one picked node share their weights."""
        node = self.one()
        return node is not None and as_owner(self._editor.document, node).shared

    def is_tied(self) -> bool:
        """Whether the one picked node has weights in common with another."""
        node = self.one()
        return node is not None and bool(self._canvas.geometry_store.partners(node.id))

    def ask_repeat(self) -> None:
        """Asks in place how often the picked node is to be called: a number, or an expression."""
        node = self.one()
        if node is None:
            return
        written = marks_of(self._editor.document, node).repeat or str(TIMES)
        left, top, right, _ = self._canvas.view.to_screen_box(self._canvas.geometry_store.box(node.id))
        place = QRectF(left, top + 24, max(right - left, 120.0), 26.0).toAlignedRect()
        field = InPlaceEditor(self._canvas, place, written, lambda text: self._repeat(node.id, text))
        field.setObjectName("repeat-count")
        field.setPlaceholderText(tr("how often; empty for once"))
        field.setAccessibleName(tr("How often {name} is called", name=node.name))

    def share(self) -> None:
        """Gives the calls of the repeated node one set of weights, or each its own."""
        node = self.one()
        if node is not None:
            shared = not self.is_shared()
            self._change(lambda key: edits.set_shared(self._editor.document, key, shared))

    def fold(self) -> None:
        """Makes one repeated node of the picked chain."""
        ids = [node.id for node in self.picked()]
        self._try(lambda: [edits.fold_into_repeat(self._editor.document, ids)])

    def unfold(self) -> None:
        """Makes the repeated node single ones."""
        node = self.one()
        if node is not None:
            self._try(lambda: edits.unfold(self._editor.document, node.id))

    def tie(self) -> None:
        """Gives the picked nodes one set of weights."""
        ids = [node.id for node in self.picked()]
        self._try(lambda: self._same(edits.tie(self._editor.document, ids), *self.picked()))

    def untie(self) -> None:
        """Gives the picked node weights of its own."""
        self._change(lambda node: edits.untie(self._editor.document, node))

    def choose(self) -> None:
        """Makes the picked node one side of a choice when the network is built."""
        self._change(lambda node: edits.choose(self._editor.document, node))

    def branch(self) -> None:
        """Makes the picked node one side of a branch while the network runs."""
        self._change(lambda node: edits.branch(self._editor.document, node))

    def loop(self) -> None:
        """Makes the picked node the body of a loop while the network runs."""
        self._change(lambda node: edits.loop(self._editor.document, node))

    def unwrap(self) -> None:
        """Makes a choice, branch, loop or slot what its first part is."""
        self._change(lambda node: edits.unwrap(self._editor.document, node))

    def make_slot(self) -> None:
        """Makes the picked node a module argument of the open module."""
        self._change(lambda node: edits.make_slot(self._editor.document, node))

    def _repeat(self, node: str, text: str) -> None:
        def repeat() -> list[str]:
            edits.set_repeat(self._editor.document, node, _count(text))
            return [node]

        self._try(repeat)

    def _change(self, edit: Callable[[str], object]) -> None:
        node = self.one()
        if node is not None:
            self._try(lambda: self._same(edit(node.id), node))

    @staticmethod
    def _same(_: object, *nodes: Node) -> list[str]:
        return [node.id for node in nodes]

    def _try(self, edit: Callable[[], list[str]]) -> None:
        try:
            picked = edit()
        except (EditError, ExpressionError, ArgumentError) as error:
            self._say(str(error))
            return
        self._canvas.select(picked, reveal=True)


def _count(text: str) -> int | Expression | None:
    """What was typed for a number of repetitions; None where that is nothing. Raises ExpressionError."""
    typed = text.strip().removeprefix("×").removeprefix("=").strip()
    if not typed:
        return None
    return int(typed) if typed.isdecimal() else parse(typed)
