"""Going to a place of the design and showing it: a call, a problem, what undo changed."""

from collections.abc import Callable

from core import edits
from core.edits import EditError
from core.layers.layer import ArgumentError
from core.problem import Path, Problem, Repair
from core.text import tr

from .canvas.canvas import Canvas
from .canvas.commands import reveal
from .editor import Editor
from .pane import CanvasPane
from .problem_card import ProblemRow, place_of


class Places:
    """Opens the module in which something is, picks it, and brings it into sight."""

    def __init__(self, editor: Editor, canvas: Canvas, pane: CanvasPane, say: Callable[[str], None]) -> None:
        self._editor = editor
        self._canvas = canvas
        self._pane = pane
        self._say = say
        self.on_trust: Callable[[str], None] = lambda file: None

    def undo(self) -> None:
        """Takes the last edit back, or the gesture that is under way, and shows the place."""
        if self._editor.document.in_gesture:
            self._canvas.cancel()
        elif self._editor.undo() is not None:
            self.reveal_picked()

    def redo(self) -> None:
        """Brings back what was taken back, and shows the place."""
        if not self._editor.document.in_gesture and self._editor.redo() is not None:
            self.reveal_picked()

    def show(self, path: Path) -> None:
        """Goes to where a call is, and picks its node."""
        self._editor.show(path)
        self.reveal_picked()

    def enter(self, path: Path) -> None:
        """Opens the module that an instance uses at that path."""
        if self._editor.module_at(path) is not None:
            self._editor.open_call(path)

    def show_problem(self, problem: Problem) -> None:
        """Goes to where a problem is, and shows it in full."""
        self.show(problem.path)
        place = place_of(self._editor.document, problem)
        self._pane.show_problem(ProblemRow(problem, place, self.show_problem, self.mend))
        self._canvas.setFocus()

    def mend(self, repair: Repair) -> None:
        """Applies a repair; whether a file is trusted is not the design's, so that one is asked about."""
        if repair.edit == edits.trust_file.__name__:
            self.on_trust(str(repair.arguments["file"]))
            return
        try:
            edits.repair(self._editor.document, repair)
        except (EditError, ArgumentError) as error:
            self._say(str(error))

    def reveal_picked(self) -> None:
        """Pans just so far that what is picked is seen."""
        box = self._canvas.stage.geometry.bounds(self._editor.session.selection)
        if box is not None:
            reveal(self._canvas.stage, box)

    def zoom_by(self, factor: float) -> None:
        """Shows the drawing larger or smaller."""
        self._canvas.zoom_to(self._canvas.view.scale * factor)

    def add_comment(self) -> None:
        """Puts a comment in the middle of what is seen, ready to be written."""
        module, middle = self._editor.session.module, self._canvas.middle()
        try:
            key = edits.add_comment(self._editor.document, module, tr("Comment"), middle)
        except EditError as error:
            self._say(str(error))
            return
        self._editor.session.select([key], key)
        self._canvas.rename(key)
