"""The code pane: the design in each framework, live; lines and nodes find each other."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path as File
from time import perf_counter

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
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
from core.export.code import TARGETS, Written, shown_code
from core.files import FileError, write_whole
from core.problem import Path
from core.program import build_program
from core.record import Node, Wire
from core.resolve import Resolution, Resolver
from core.text import tr

from .canvas.code_badges import CodeBadge
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

NAMES: Mapping[str, str] = {
    "pytorch": "PyTorch",
    "pytorch-lazy": "Lazy",
    "keras": "Keras",
    "flax": "Flax",
    "gluon": "Gluon",
    "onnx": "ONNX",
}
"""What stands on the tabs."""

TITLES: Mapping[str, str] = {
    "pytorch-lazy": "PyTorch in its lazy style",
    "keras": "Keras 3",
    "flax": "Flax linen",
    "gluon": "MXNet Gluon",
}
"""What a sentence calls a target where that is more than its tab says."""

SUFFIXES: Mapping[str, str] = {"onnx": ".onnxtxt"}
"""How a file of the text ends where it is no Python."""

Badges = Mapping[str, CodeBadge]


class CodePane(QWidget):
    """Shows the code while it is visible; it is never written in the way of an edit."""

    def __init__(self, editor: Editor, say: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("code-pane")
        self.on_show: Callable[[Path], None] = lambda path: None
        self.on_badges: Callable[[Badges], None] = lambda badges: None
        """Is told which nodes the code in sight has no word for."""
        self._editor = editor
        self._say = say
        self._written = Written("")
        self._of = ""
        """The target that `_written` is of."""
        self._stale = True
        self._went = True
        """Whether another module was opened since the code was last scrolled to one."""
        self._leading = False
        """Whether a click in the code is opening something: the line stays under the mouse then."""
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
        for place, name in enumerate(TARGETS):
            self.frameworks.setTabData(self.frameworks.addTab(NAMES.get(name, name)), name)
            self.frameworks.setTabToolTip(place, self._title(name))
        self.frameworks.currentChanged.connect(lambda index: self._turn())
        # The picked tab is bold, and so wider than it was.
        self.frameworks.currentChanged.connect(lambda index: self.frameworks.updateGeometry())
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

    def choose(self, framework: str) -> None:
        """Shows a framework; the first where there is none of that name."""
        names = [self.frameworks.tabData(place) for place in range(self.frameworks.count())]
        self.frameworks.setCurrentIndex(names.index(framework) if framework in names else 0)

    @property
    def text(self) -> str:
        """The code of the design as it is now."""
        self._freshen()
        return self._written.text

    def show_document(self, document: Document, resolver: Resolver) -> None:
        """Another document is open."""
        self._went = True
        self._want()

    def apply(self, change: Change, resolution: Resolution) -> None:
        """Follows an edit once edits rest."""
        self._want()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._rest.start(0)
        else:
            self._show_badges()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.on_badges({})

    def _turn(self) -> None:
        """Another tab was picked."""
        self._stale = True
        if self.isVisible():
            self._renew()

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
            self._coming = self._pool.submit(shown_code, program, self.framework)
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
        written = shown_code(program, self.framework)
        self._took = perf_counter() - begin
        self._take(written)

    def _take(self, written: Written) -> None:
        turned, self._of = self._of != self.framework, self.framework
        self._written = written
        self._stale = False
        self.view.show_text(written.text, "onnx" if self._of == "onnx" else "python")
        if turned or self._went:
            self._follow()
        self._mark(reveal=turned)
        if self.isVisible():
            self._show_badges()

    def _show_badges(self) -> None:
        """Tells the canvas which nodes are printed as classes of their own, and which not at all."""
        title = self._title(self._of)
        badges = {
            node: CodeBadge(
                tr("printed as a class of its own in {framework}: {name}", framework=title, name=name)
            )
            for node, (name, _) in self._written.helpers.items()
        }
        for one in self._written.refused:
            if one.path:
                told = tr("cannot be written in {framework}: {reason}", framework=title, reason=one.message)
                badges[one.path[-1]] = CodeBadge(told, refused=True)
        self.on_badges(badges)

    def _on_session(self, aspect: Aspect) -> None:
        if aspect == "open":
            self._went = not self._leading
            if self._went and not self._stale and self.isVisible():
                self._follow()
        elif aspect == "selection" and not self._stale:
            self._mark(reveal=not self._leading)

    def _follow(self) -> None:
        """Scrolls to the class of the open module."""
        self._went = False
        line = self._written.classes.get(self._editor.session.module) or self._first_line()
        if line:
            self.view.go_to(line)

    def _first_line(self) -> int:
        """Where what holds the open module's first node begins, in a text that has no classes."""
        module, lines = self._editor.session.module, self.view.toPlainText().split("\n")
        for line in sorted(self._written.lines):
            records = (self._editor.document.get(path[-1]) for path in self._written.lines[line])
            if any(isinstance(record, Node) and record.module == module for record in records):
                heads = (above for above in range(line, 0, -1) if lines[above - 1][:1].isalpha())
                return next(heads, line)
        return 0

    def _mark(self, *, reveal: bool) -> None:
        keys = self._editor.session.selection
        if all(isinstance(self._editor.document.get(key), Wire) for key in keys):
            keys = frozenset()
        own = {line for key in keys for line in self._written.places(key)}
        heads = {self._written.helpers[key][1] for key in keys if key in self._written.helpers}
        self.view.mark(own | heads, reveal=own if reveal else ())

    def show_node(self, node: str) -> None:
        """Goes to the class that a node is printed as, or to why it is not."""
        self._freshen()
        helper = self._written.helpers.get(node)
        if helper is not None:
            self.view.go_to(helper[1])
        else:
            self.view.mark(self.view.marked, reveal=self._written.places(node))

    # Doing

    def _clicked(self, line: int) -> None:
        """Picks the node of a line, in the open call where the node stands there."""
        if self._stale:
            return
        path = self._path_at(line)
        node = self._editor.document.get(path[-1]) if path else None
        if node is None:
            return
        session = self._editor.session
        self._leading = True
        if getattr(node, "module", "") != session.module:
            self.on_show(path)
        elif session.path is None:
            session.select((path[-1],))
        else:
            self.on_show((*session.path, path[-1]))
        self._leading = False

    def _path_at(self, line: int) -> Path:
        """The node of a line; of several the one that is picked, so that a click does not lead away."""
        paths = self._written.lines.get(line, ())
        if not paths:
            paths = tuple(filter(None, map(self._written.path, self._written.helped_at(line))))
        picked = (path for path in paths if path[-1] in self._editor.session.selection)
        return next(picked, paths[0] if paths else ())

    def _copy(self) -> None:
        self._freshen()
        if self._is_refused():
            return
        QApplication.clipboard().setText(self._written.text)
        lines = self._written.text.count("\n")
        self._say(tr("{count} lines of {framework} copied", count=lines, framework=self._title(self._of)))

    def _is_refused(self) -> bool:
        """Says why there is no code, where there is none."""
        for one in self._written.refused[:1]:
            self._say(one.message)
        return bool(self._written.refused)

    def _save(self) -> None:
        self._freshen()
        if self._is_refused():
            return
        place, suffix = self._editor.file, SUFFIXES.get(self._of, ".py")
        start = f"{place.stem if place is not None else 'network'}{suffix}"
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save the code"), str((place.parent if place is not None else File.home()) / start),
            tr("Python (*.py)") if suffix == ".py" else tr("Text (*{suffix})", suffix=suffix),
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

    def _title(self, name: str) -> str:
        return TITLES.get(name) or NAMES.get(name, name)
