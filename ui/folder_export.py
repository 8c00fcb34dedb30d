"""Exports the design with its proof into a folder, by the command line in a process of its own."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path as File

from PySide6.QtCore import QObject, QProcess, QTemporaryDir, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from core.engine.network import PlanError
from core.engine.weightfile import WeightsError
from core.export.code import check_exportable
from core.export.error import ExportError
from core.files import FileError, save
from core.text import tr

from .editor import Editor
from .run.runner import Runner

Say = Callable[[str, Mapping[str, Callable[[], object]]], None]
"""Tells a sentence, and offers what can be done about it."""


class FolderExport(QObject):
    """At most one export runs at a time; the window stays as quick as it is."""

    def __init__(
        self, editor: Editor, runner: Runner, command: Sequence[str], say: Say, window: QWidget
    ) -> None:
        super().__init__(window)
        self.find_target: Callable[[], str] = lambda: "pytorch"
        """Which framework is exported to; the window puts here what its code pane shows."""
        self._editor = editor
        self._runner = runner
        self._command = tuple(command)
        self._say = say
        self._window = window
        self._process: QProcess | None = None
        self._files: QTemporaryDir | None = None

    @property
    def is_running(self) -> bool:
        """Whether an export is under way."""
        return self._process is not None

    def ask(self) -> None:
        """Asks for the folder, and exports there."""
        place = self._editor.file.parent if self._editor.file is not None else File.home()
        start = str(place / f"{File(self._editor.title).stem}-{self.find_target()}")
        name, _ = QFileDialog.getSaveFileName(self._window, tr("Export into a new folder"), start)
        if name:
            self.start(File(name))

    def start(self, folder: File) -> None:
        """Exports into the folder, and says what came of it when it is done."""
        if self.is_running:
            return
        files = QTemporaryDir()
        design, weights = File(files.filePath("design.loom")), File(files.filePath("weights.safetensors"))
        try:
            program = self._runner.program()
            check_exportable(program)
            save(self._editor.document, design)
            self._runner.weights.save(weights, program, self._runner.settings.seed)
        except (ExportError, PlanError, FileError, WeightsError) as error:
            self._say(str(error), {})
            return
        self._files = files
        process = self._process = QProcess(self)
        process.finished.connect(lambda code, status: self._finish(folder, code))
        process.errorOccurred.connect(lambda error: self._fail(process.errorString()))
        given = ["export", str(design), "--to", self.find_target()]
        given += ["-o", str(folder), "--weights", str(weights)]
        if self._editor.file is not None:
            given += ["--layers", str(self._editor.file.absolute().parent)]
        process.start(self._command[0], [*self._command[1:], *given])
        self._say(tr("exporting to {folder}…", folder=folder), {tr("Stop"): self.stop})

    def stop(self) -> None:
        """Ends an export that is under way; what it had written it takes away itself."""
        if self._process is not None:
            process, self._process = self._process, None
            process.blockSignals(True)
            process.kill()
            process.waitForFinished()
            self._let_go(process)

    def _finish(self, folder: File, code: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        told = bytes(process.readAllStandardError().data()).decode(errors="replace").strip()
        self._let_go(process)
        if code == 0:
            check = folder / "check.py"
            text = tr("exported to {folder}; run {check} to prove it", folder=folder, check=check)
            there = QUrl.fromLocalFile(str(folder))
            self._say(text, {tr("Show the folder"): lambda: QDesktopServices.openUrl(there)})
        else:
            reason = told.splitlines()[-1] if told else tr("no reason was told")
            self._say(tr("the export failed: {reason}", reason=reason), {})

    def _fail(self, reason: str) -> None:
        process, self._process = self._process, None
        if process is not None:
            self._let_go(process)
            self._say(tr("the export failed: {reason}", reason=reason), {})

    def _let_go(self, process: QProcess) -> None:
        process.deleteLater()
        self._files = None
