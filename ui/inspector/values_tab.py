"""The tab of a call's values."""

from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.engine.cotangent import Cotangent
from core.initialise import Array
from core.problem import Path
from core.text import tr
from ui.editor import Editor
from ui.run.runner import Runner

from .array_view import ArrayView
from .rounds import Rounds, output_places
from .which_output import WhichOutput


class ValuesTab(QWidget):
    """Each output of a call in the last run, in the rounds that are looked at."""

    def __init__(self, editor: Editor, runner: Runner, rounds: Rounds, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._runner = runner
        self._rounds = rounds
        self._path: Path = ()
        self.port = WhichOutput("port", self)
        self.port.changed.connect(lambda: self.refresh(self._path))
        self.view = ArrayView("values", self)
        self.view.on_element = self._start_at
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.port)
        column.addWidget(self.view)
        column.addStretch(1)

    def refresh(self, path: Path) -> str:
        """Shows the value of a call."""
        self._path = path
        result = self._runner.result
        place = self.port.show_places(output_places(self._editor, path))
        if result is None:
            return until_then(self._runner) or tr("Run forward (Ctrl+Enter) to see values.")
        if place is None:
            return tr("It has no outputs.")
        array = self._rounds.value(result, place)
        self.view.setVisible(array is not None)
        if array is None:
            return why_not(self._runner, place[0])
        shape = shape_text(array)
        self.view.show_array(array, [(tr("output"), shape)], faded=self._runner.stale)
        inside_loops = bool(result.histories.get(place))
        self.view.on_element = None if inside_loops else self._start_at
        return ""

    def _start_at(self, index: tuple[int, ...]) -> None:
        """Runs backward from one element."""
        runner, place = self._runner, self.port.place
        if place is None:
            return
        choice = Cotangent("element", place[0], place[1], index)
        runner.set_settings(replace(runner.settings, cotangent=choice))
        runner.run(backward=True)


def until_then(runner: Runner) -> str:
    """What is said of values that were let go for a run under way; nothing where it is otherwise."""
    return tr("The run has not ended yet.") if runner.is_between else ""


def why_not(runner: Runner, path: Path) -> str:
    """Why a call has no values."""
    result = runner.result
    reasons = {} if result is None else result.skipped
    reason = next((reasons[path[:end]] for end in range(len(path), 0, -1) if path[:end] in reasons), "")
    if reason:
        return tr("Not run: {reason}.", reason=reason)
    if runner.stale:
        return tr("Run again (Ctrl+Enter) to see values.")
    if result is not None and any(path[:end] in result.iterations for end in range(1, len(path))):
        return tr("This did not run in this round.")
    return tr("This did not run.")


def shape_text(array: Array) -> str:
    """`8×6×28×28 float32`."""
    shape = "×".join(map(str, array.shape)) or tr("scalar")
    return f"{shape} {array.dtype}"
