"""The search for a layer or module, which adds what is picked."""

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from core.edits import EditError
from core.layers.layer import ArgumentError
from core.text import tr

from .adding import add, fitting_port
from .canvas.canvas import Canvas
from .canvas.stage import SearchRequest
from .catalogue import arguments_in, entries, matching
from .editor import Editor
from .finder import Finder
from .rows import Row

RECENT = 6
"""How many kinds that were added lately stand first."""


class Search:
    """Opens the finder over the canvas, for a port or for what is picked."""

    def __init__(self, editor: Editor, canvas: Canvas, parent: QWidget, say: Callable[[str], None]) -> None:
        self._parent = parent
        self.finder = Finder(parent, "search")
        self.finder.on_dismiss = canvas.end_search
        self._editor = editor
        self._canvas = canvas
        self._say = say
        self._recent: list[str] = []

    def open_for_selection(self) -> None:
        """Searches for what goes behind the selection."""
        self._open(SearchRequest(self._canvas.middle(), (0.0, 0.0)), None)

    def open_request(self, request: SearchRequest) -> None:
        """Searches at a point of the canvas, for what fits its port where it has one."""
        x, y = request.pixel
        at = self._canvas.mapTo(self._parent, QPoint(round(x), round(y)))
        self._open(request, at)

    def add(self, kind: str, typed: str = "", request: SearchRequest | None = None) -> None:
        """Adds a kind with the arguments that were typed behind its name."""
        editor = self._editor
        place = request or SearchRequest(self._canvas.middle(), (0.0, 0.0))
        try:
            _, arguments = arguments_in(kind, typed)
            node = add(editor.document, editor.session, kind, arguments, place)
        except (EditError, ArgumentError) as error:
            self._say(str(error))
            return
        self._recent = [kind, *(known for known in self._recent if known != kind)][:RECENT]
        self._canvas.select([node], reveal=True)

    def _open(self, request: SearchRequest, place: QPoint | None) -> None:
        editor, port = self._editor, request.port
        found = entries(editor.document, editor.session.module)
        if port is not None:
            fitting = fitting_port(editor.document, editor.resolution, editor.session, port)
            found = [entry for entry in found if fitting(entry.kind)]

        def find(typed: str) -> list[Row]:
            return matching(found, typed.strip(), self._recent)

        def pick(row: Row, typed: str) -> None:
            self.add(row.key, typed, request)
            self._canvas.setFocus()

        prompt = tr("Add a layer or module") if port is None else tr("Layers that fit {port}", port=port.port)
        self.finder.ask(prompt, find, pick, place)
