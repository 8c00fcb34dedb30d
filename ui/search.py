"""The search for a layer or module, which adds what is picked."""

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from core.edits import EditError
from core.files import FileError
from core.layers.layer import ArgumentError
from core.text import tr

from .adding import add, fitting_port
from .canvas.canvas import Canvas
from .canvas.commands import reveal
from .canvas.paint import LEGIBLE
from .canvas.stage import SearchRequest
from .canvas.view import Box, fitting
from .catalogue import arguments_in, entries, matching
from .editor import Editor
from .finder import Finder
from .rows import Row
from .shelves import Shelves

RECENT = 6
"""How many kinds that were added lately stand first."""


class Search:
    """Opens the finder over the canvas, for a port or for what is picked."""

    def __init__(
        self, editor: Editor, canvas: Canvas, shelves: Shelves, parent: QWidget, say: Callable[[str], None]
    ) -> None:
        self._shelves = shelves
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
            node = add(editor.document, editor.session, kind, arguments, place, self._shelves)
        except (EditError, ArgumentError, FileError) as error:
            self._say(str(error))
            return
        self._recent = [kind, *(known for known in self._recent if known != kind)][:RECENT]
        self._bring_into_sight(node)

    def _bring_into_sight(self, node: str) -> None:
        """Shows the whole module where the new node, or what follows it, is out of sight.

        Only the new node where the whole could not be read any more.
        """
        stage = self._canvas.stage
        geometry, seen = stage.geometry, stage.visible()
        wires = [geometry.wires[key] for key in geometry.wires_of(node)]
        whole, near = geometry.bounds(), geometry.bounds([node, *(wire.target for wire in wires)])
        if whole is None or near is None or _holds(seen, near):
            return
        view = fitting(whole, *stage.size)
        if view.scale >= LEGIBLE:
            self._canvas.look(view)
        else:
            reveal(stage, geometry.box(node))

    def _open(self, request: SearchRequest, place: QPoint | None) -> None:
        editor, port = self._editor, request.port
        found = entries(editor.document, editor.session.module, self._shelves)
        if port is not None:
            fitting = fitting_port(editor.document, editor.resolution, editor.session, port)
            found = [entry for entry in found if fitting(entry)]

        def find(typed: str) -> list[Row]:
            return matching(found, typed.strip(), self._recent)

        def pick(row: Row, typed: str) -> None:
            self.add(row.key, typed, request)
            self._canvas.setFocus()

        prompt = tr("Add a layer or module") if port is None else tr("Layers that fit {port}", port=port.port)
        self.finder.ask(prompt, find, pick, place)


def _holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]
