"""What can be done with modules from the window: make, unpack, fork, rename."""

from collections.abc import Callable

from core import edits
from core.edits import EditError
from core.expression import ExpressionError
from core.record import Node
from core.text import tr

from .canvas.canvas import Canvas
from .editor import Editor


class Modules:
    """Edits of definitions and instances; a refusal is a sentence."""

    def __init__(self, editor: Editor, canvas: Canvas, say: Callable[[str], None]) -> None:
        self._editor = editor
        self._canvas = canvas
        self._say = say

    def group(self) -> None:
        """Makes a module of what is picked, and picks the instance."""
        self._try(lambda: [edits.group(self._editor.document, self._editor.session.selection)])

    def ungroup(self) -> None:
        """Takes the picked instance apart, and picks what was in it."""
        node = self._instance()
        if node is not None:
            self._try(lambda: edits.ungroup(self._editor.document, node.id))

    def make_unique(self) -> None:
        """Gives the picked instance a definition of its own."""
        node = self._instance()
        if node is None:
            return

        def fork() -> list[str]:
            edits.make_unique(self._editor.document, node.id)
            return [node.id]

        self._try(fork)

    def another_instance(self) -> None:
        """Puts a second instance of the picked one's module below it; a picked layer is copied instead."""
        node = self._focused()
        if node is None:
            return
        if node.definition is None:
            self._try(lambda: edits.duplicate(self._editor.document, [node.id]))
            return
        below = self._canvas.stage.geometry.box(node.id)[3] + 40.0

        def place() -> list[str]:
            return [
                edits.add_node(
                    self._editor.document,
                    node.module,
                    node.kind,
                    (node.at[0], below),
                    node.name,
                    dict(node.arguments),
                )
            ]

        self._try(place)

    def add(self) -> None:
        """Adds an empty module and opens it."""
        module = edits.add_module(self._editor.document, tr("Module"))
        self._editor.session.open(module, None)
        self._canvas.frame_all()

    def rename(self, module: str, name: str) -> None:
        """Gives a module another name."""
        try:
            edits.rename(self._editor.document, module, name)
        except EditError as error:
            self._say(str(error))

    def delete(self, module: str) -> None:
        """Takes out a module that nobody uses."""
        try:
            edits.delete(self._editor.document, [module])
        except EditError as error:
            self._say(str(error))

    def _try(self, edit: Callable[[], list[str]]) -> None:
        try:
            picked = edit()
        except (EditError, ExpressionError) as error:
            self._say(str(error))
            return
        self._canvas.select(picked, reveal=True)

    def _instance(self) -> Node | None:
        node = self._focused()
        return node if node is not None and node.definition is not None else None

    def _focused(self) -> Node | None:
        session = self._editor.session
        picked = [
            node for key in session.selection if isinstance(node := self._editor.document.get(key), Node)
        ]
        return next((node for node in picked if node.id == session.focus), picked[0] if picked else None)
