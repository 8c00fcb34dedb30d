"""The code pane: the design in each framework, live; lines and nodes find each other."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path as File
from time import perf_counter

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from core.document import Change, Document
from core.export.code import TARGETS, Written, export_code
from core.export.error import ExportError
from core.export.onnx.target import ONNX
from core.files import FileError, write_whole
from core.problem import Path
from core.program import Program, build_program
from core.record import Wire
from core.resolve import Resolution, Resolver
from core.text import tr

from .code_view import CodeView
from .editor import Editor
from .icons import icon
from .session import Aspect
from .style import set_role

REST_MS = 120
"""How long edits must rest before the code is written anew."""

QUICK = 0.05
"""Seconds; what takes longer to write is written beside the window's own work from then on."""

LOOK_MS = 15
"""How often it is asked whether it has been written."""

NAMES = {"pytorch": "PyTorch", ONNX: "ONNX"}
"""How the frameworks spell themselves."""


class CodePane(QWidget):
    """Shows the code while it is visible; it is never written in the way of an edit."""

    def __init__(self, editor: Editor, say: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("code-pane")
        self.on_show: Callable[[Path], None] = lambda path: None
        self._editor = editor
        self._say = say
        self._written = Written("")
        self._stale = True
        self._took = 0.0
        self._pool: ThreadPoolExecutor | None = None
        self._coming: Future[Written] | None = None
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._fetch)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._renew)
        self.frameworks = QTabBar()
        self.frameworks.setExpanding(False)
        self.frameworks.setObjectName("frameworks")
        self.frameworks.setAccessibleName(tr("Framework"))
        for name in TARGETS:
            self.frameworks.setTabData(self.frameworks.addTab(NAMES.get(name, name)), name)
        self.frameworks.currentChanged.connect(lambda index: self._renew())
        self.view = CodeView(self)
        self.view.line_clicked.connect(self._clicked)
        self.buttons = QWidget()
        """Stands in the row of the panel that the pane is in, as `frameworks` does."""
        self.copy = self._button(tr("Copy"), "copy", self._copy)
        self.save = self._button(tr("Save…"), "save", self._save)
        self._lay_out()
        leave = editor.session.subscribe(self._on_session)
        self.destroyed.connect(leave)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self.buttons)
        row.setContentsMargins(0, 3, 0, 3)
        row.setSpacing(2)
        row.addWidget(self.copy)
        row.addWidget(self.save)
        self.buttons.setFocusProxy(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)

    def _button(self, text: str, name: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(icon(name), text, self)
        button.setObjectName(f"code-{name}")
        button.setIconSize(QSize(20, 14))  # the picture in the middle, so that words keep off
        set_role(button, "flat")
        button.clicked.connect(lambda: act())
        return button

    # Following

    @property
    def framework(self) -> str:
        """The framework that is shown."""
        return str(self.frameworks.tabData(self.frameworks.currentIndex()))

    @property
    def text(self) -> str:
        """The code of the design as it is now."""
        self._freshen()
        return self._written.text

    def show_document(self, document: Document, resolver: Resolver) -> None:
        """Another document is open."""
        self._want()

    def apply(self, change: Change, resolution: Resolution) -> None:
        """Follows an edit once edits rest."""
        self._want()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._rest.start(0)

    def _want(self) -> None:
        self._stale = True
        if self.isVisible():
            self._rest.start(REST_MS)

    def _freshen(self) -> None:
        if self._stale or self._coming is not None:
            self._write()

    def _renew(self) -> None:
        """Writes the code anew once it can; beside the window's own work where that takes long."""
        self._rest.stop()
        if self._editor.document.in_gesture or self._coming is not None:
            self._stale = True
            self._rest.start(REST_MS)
        elif self._took <= QUICK:
            self._write()
        else:
            program = build_program(self._editor.document, self._editor.resolver)
            self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix="code")
            self._coming = self._pool.submit(_written, program, self.framework)
            self._stale = False
            self._look.start()

    def _fetch(self) -> None:
        if self._coming is None or not self._coming.done():
            return
        self._look.stop()
        written, self._coming = self._coming.result(), None
        if not self._stale:
            self._take(written)

    def _write(self) -> None:
        """Writes the code at once."""
        self._rest.stop()
        self._look.stop()
        self._coming = None  # it may be of an older design
        begin = perf_counter()
        program = build_program(self._editor.document, self._editor.resolver)
        written = _written(program, self.framework)
        self._took = perf_counter() - begin
        self._take(written)

    def _take(self, written: Written) -> None:
        self._written = written
        self._stale = False
        self.view.show_text(written.text)
        self._mark(reveal=False)

    def _on_session(self, aspect: Aspect) -> None:
        if aspect == "selection" and not self._stale:
            self._mark(reveal=True)

    def _mark(self, *, reveal: bool) -> None:
        keys = self._editor.session.selection
        if all(isinstance(self._editor.document.get(key), Wire) for key in keys):
            keys = frozenset()
        lines = {line for key in keys for line in self._written.places(key)}
        self.view.mark(lines, reveal=reveal)

    # Doing

    def _clicked(self, line: int) -> None:
        """Picks the node of a line, in the open call where the node stands there."""
        paths = self._written.lines.get(line, ())
        if self._stale or not paths:
            return
        node = self._editor.document.get(paths[0][-1])
        if node is None:
            return
        here = self._editor.session.path
        if here is not None and getattr(node, "module", "") == self._editor.session.module:
            self.on_show((*here, paths[0][-1]))
        else:
            self.on_show(paths[0])

    def _copy(self) -> None:
        self._freshen()
        QApplication.clipboard().setText(self._written.text)
        lines = self._written.text.count("\n")
        self._say(tr("{count} lines of {framework} copied", count=lines, framework=self._title()))

    def _save(self) -> None:
        self._freshen()
        place = self._editor.file
        listing = self.framework == ONNX
        start = f"{place.stem if place is not None else 'network'}.{'txt' if listing else 'py'}"
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save the code"), str((place.parent if place is not None else File.home()) / start),
            tr("Text (*.txt)") if listing else tr("Python (*.py)"),
        )  # fmt: skip
        if name:
            self.save_to(File(name))

    def save_to(self, file: File) -> None:
        """Writes the code to a file, and says what came of it."""
        self._freshen()
        try:
            write_whole(file, self._written.text.encode())
        except FileError as error:
            self._say(str(error))
            return
        self._say(tr("{file} is written", file=str(file)))

    def _title(self) -> str:
        return self.frameworks.tabText(self.frameworks.currentIndex())


def _written(program: Program, framework: str) -> Written:
    """The code, or a comment that says why the framework cannot have it."""
    try:
        return export_code(program, framework)
    except ExportError as error:
        return Written(f"# {error.message}\n")
