"""Cut, copy, paste and duplicate, by way of the system's clipboard."""

from collections.abc import Callable, Sequence

from PySide6.QtGui import QGuiApplication

from core import edits
from core.edits import Clip, EditError
from core.edits.clip_text import from_text, to_text
from core.expression import ExpressionError
from core.record import Comment, Node
from core.text import tr

from .canvas.canvas import Canvas
from .editor import Editor

STEP = 40.0
"""Canvas units that a paste lies beside what was copied."""


class Clipboard:
    """Takes what is picked to the clipboard and back."""

    def __init__(self, editor: Editor, canvas: Canvas, say: Callable[[str], None]) -> None:
        self._editor = editor
        self._canvas = canvas
        self._say = say

    def copy(self) -> None:
        """Copies what is picked; what is no node or comment stays."""
        clip = edits.copy(self._editor.document, self._editor.session.selection)
        if clip.module:
            QGuiApplication.clipboard().setText(to_text(clip))

    def cut(self) -> None:
        """Copies what is picked and takes it out."""
        self.copy()
        try:
            with self._editor.document.edit(tr("Cut")):
                edits.delete(self._editor.document, self._editor.session.selection)
        except EditError as error:
            self._say(str(error))

    def paste(self) -> None:
        """Puts in what is in the clipboard, in the middle of what is seen where its own place is not."""
        try:
            clip = from_text(QGuiApplication.clipboard().text())
            self._show(
                edits.paste(self._editor.document, self._editor.session.module, clip, self._offset(clip))
            )
        except (EditError, ExpressionError) as error:
            self._say(str(error))

    def duplicate(self) -> None:
        """Copies what is picked beside itself."""
        try:
            self._show(edits.duplicate(self._editor.document, self._editor.session.selection))
        except EditError as error:
            self._say(str(error))

    def _show(self, ids: Sequence[str]) -> None:
        self._canvas.select(ids, reveal=True)

    def _offset(self, clip: Clip) -> tuple[float, float]:
        """A step beside the original where that is in sight and free, else to the middle of what is seen."""
        items: list[Node | Comment] = [*clip.nodes, *clip.comments]
        left, top, right, bottom = self._canvas.stage.visible()
        x = sum(item.at[0] for item in items) / max(len(items), 1)
        y = sum(item.at[1] for item in items) / max(len(items), 1)
        if left <= x <= right and top <= y <= bottom:
            taken = {node.at for node in self._editor.document.nodes(self._editor.session.module)}
            step = STEP
            while any((item.at[0] + step, item.at[1] + step) in taken for item in items):
                step += STEP
            return step, step
        middle = self._canvas.middle()
        return middle[0] - x, middle[1] - y
