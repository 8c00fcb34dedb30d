"""Saving and loading weights beside the design, with a report of what did not fit."""

from pathlib import Path as File

from PySide6.QtWidgets import QFileDialog, QWidget

from core.engine.network import PlanError
from core.engine.weightfile import Report, WeightsError
from core.text import tr
from ui.editor import Editor

from .runner import Runner

SUFFIX = ".safetensors"
TOLD = 3
"""Sentences of a report that are told; the number of the others follows."""


class WeightFiles:
    """Asks for files and tells what came of them."""

    def __init__(self, editor: Editor, runner: Runner, parent: QWidget) -> None:
        self._editor = editor
        self._runner = runner
        self._parent = parent

    @property
    def beside(self) -> File | None:
        """The weights' file beside the design; None while the design is in no file."""
        return None if self._editor.file is None else self._editor.file.with_suffix(SUFFIX)

    def save_beside(self) -> None:
        """Writes the weights beside the design, or where the user says."""
        file = self.beside
        if file is None:
            name, _ = QFileDialog.getSaveFileName(
                self._parent, tr("Save the weights"), f"network{SUFFIX}", self._kinds()
            )
            file = File(name) if name else None
        if file is not None:
            self.save(file)

    def ask_load(self) -> None:
        """Lets the user choose a file, and loads it."""
        start = str(self.beside or "")
        name, _ = QFileDialog.getOpenFileName(self._parent, tr("Load weights"), start, self._kinds())
        if name:
            self.load(File(name))

    def save(self, file: File) -> None:
        """Writes the weights."""
        runner = self._runner
        try:
            count = runner.weights.save(file, runner.program(), runner.settings.seed)
        except (WeightsError, PlanError) as error:
            runner.say(str(error))
            return
        runner.say(tr("{count} tensors saved in {file}", count=count, file=str(file)))

    def load(self, file: File) -> None:
        """Takes what fits from a file, and says what does not."""
        runner = self._runner
        try:
            report = runner.weights.load(file, runner.program())
        except WeightsError as error:
            runner.say(str(error))
            return
        runner.say(report_text(file, report))
        runner.weights_changed()

    def _kinds(self) -> str:
        return tr("Weights (*{ending})", ending=SUFFIX)


def report_text(file: File, report: Report) -> str:
    """What came of loading, in a few sentences."""
    count = len(report.loaded)
    text = tr("{count} tensors loaded from {file}", count=count, file=file.name)
    told = report.sentences[:TOLD]
    more = len(report.sentences) - len(told)
    if told:
        text += "; " + "; ".join(told)
    if more:
        text += tr("; and {count} more", count=more)
    return text
