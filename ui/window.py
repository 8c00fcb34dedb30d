"""The window: the parts in their places, and what each of them asks of the others."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QPoint, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from core import edits
from core.document import Change, Document
from core.edits import EditError
from core.layers.layer import ArgumentError
from core.problem import Problem, Repair
from core.record import Comment, Node
from core.resolve import Resolution, Resolver
from core.text import tr

from .actions import all_actions
from .bar import Bar
from .breadcrumb import Breadcrumb
from .canvas.canvas import Canvas
from .canvas.commands import reveal
from .clipboard import Clipboard
from .editor import Editor, Joined
from .files import SUFFIX, Files
from .finder import Finder
from .icons import application_icon
from .memory import Memory, Place
from .menus import Menus
from .modules import Modules
from .palette import WIDTH, Palette
from .pane import CanvasPane
from .problem_card import ProblemRow, place_of
from .problems import Problems
from .search import Search
from .status import Status
from .style import apply_theme, current_theme
from .theme import THEMES
from .topbar import TopBar

SYNC_MS = 2000
"""How often the journal is brought to the disk: a kill of the machine loses no more."""

INSPECTOR_WIDTH = 320
BOTTOM_HEIGHT = 220


class Window(QMainWindow):
    """The editor's one window."""

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(False)
        self.memory = memory
        self.editor = Editor(memory.recovery)
        self.canvas = Canvas(self.editor.document, self.editor.session, current_theme())
        self.canvas.setObjectName("canvas")
        self.bar = Bar()
        self.files = Files(self.editor, memory, self, self.say)
        self.clipboard = Clipboard(self.editor, self.canvas, self.say)
        self.modules = Modules(self.editor, self.canvas, self.say)
        self._build_parts()
        self._build_docks()
        self._join()
        self._add_views()
        self._sync = QTimer(self)
        self._sync.setInterval(SYNC_MS)
        self._sync.timeout.connect(self._sync_journal)
        self._sync.start()
        self._restore()

    # Building

    def _build_parts(self) -> None:
        self.top = TopBar(self)
        self.setMenuWidget(self.top)
        self.breadcrumb = Breadcrumb(self.editor)
        self.pane = CanvasPane(self.canvas, self.breadcrumb)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.pane)
        centre = QWidget(self)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.stack, 1)
        self.setCentralWidget(centre)
        self.palette_list = Palette()
        self.problems = Problems(self.editor)
        self.status = Status()
        self.statusBar().addWidget(self.status, 1)
        self.statusBar().setSizeGripEnabled(False)
        self.search = Search(self.editor, self.canvas, self, self.say)
        self.commands = Finder(self, "commands")
        self.menus = Menus(self, all_actions(), self.canvas)
        self.menus.fill(self.top.menus)

    def _build_docks(self) -> None:
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("bottom-tabs")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.problems, tr("Problems"))
        self.docks = {
            "palette": self._dock(
                "palette", tr("Palette"), self.palette_list, Qt.DockWidgetArea.LeftDockWidgetArea
            ),
            "bottom": self._dock("bottom", tr("Code"), self.tabs, Qt.DockWidgetArea.BottomDockWidgetArea),
        }
        self.resizeDocks([self.docks["palette"]], [WIDTH], Qt.Orientation.Horizontal)
        self.resizeDocks([self.docks["bottom"]], [BOTTOM_HEIGHT], Qt.Orientation.Vertical)

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock-{name}")
        dock.setTitleBarWidget(QWidget(dock))
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    def _join(self) -> None:
        """What the parts ask for, and who does it."""
        self.canvas.find_definition = lambda module: self.editor.resolver.definition(module)
        self.canvas.search_wanted.connect(self.search.open_request)
        self.canvas.enter_wanted.connect(self.editor.enter)
        self.canvas.leave_wanted.connect(self.editor.leave)
        self.canvas.menu_wanted.connect(self._open_context_menu)
        self.canvas.said.connect(self.say)
        self.canvas.view_changed.connect(self.status.show_scale)
        self.status.zoom.clicked.connect(lambda: self.zoom_to(1.0))
        self.palette_list.on_add = self.search.add
        self.palette_list.module_menu = self._fill_module_menu
        self.problems.on_show = self.show_problem
        self.problems.on_mend = self.mend
        self.problems.on_count = self._show_count
        self.files.on_opened = self._opened
        self.editor.session.subscribe(lambda aspect: self._went() if aspect == "open" else None)

    def _add_views(self) -> None:
        """Who follows the design, in this order."""
        editor = self.editor
        editor.add_view(
            Joined(
                lambda document, resolver: self.canvas.show_document(document, resolver.resolution),
                self.canvas.apply,
            )
        )
        for view in (self.breadcrumb, self.palette_list, self.problems, self.status):
            editor.add_view(view)
        editor.add_view(Joined(self._show_document, self._apply))

    # Following

    def _show_document(self, document: Document, resolver: Resolver) -> None:
        self.canvas.set_find_loop(resolver.graphs.loop)
        self.pane.close_problem()
        self._show_file()

    def _apply(self, change: Change, resolution: Resolution) -> None:
        self.pane.close_problem()
        self._show_file()

    def _show_file(self) -> None:
        editor = self.editor
        place = "" if editor.file is None else str(editor.file)
        self.top.file.show_file(editor.title, place, editor.changed)
        self.setWindowTitle(f"{editor.title}[*] – Layerloom")
        self.setWindowModified(editor.changed)

    def _show_count(self, count: int) -> None:
        place = self.tabs.indexOf(self.problems)
        self.tabs.setTabText(place, tr("Problems") if not count else tr("Problems · {count}", count=count))

    def _opened(self) -> None:
        self.stack.setCurrentWidget(self.pane)
        self.canvas.frame_all()
        self.canvas.setFocus()
        self._show_file()

    def _went(self) -> None:
        """Another module is open: it is seen as a whole."""
        self.pane.close_problem()
        self.canvas.frame_all()

    def _sync_journal(self) -> None:
        journal = self.editor.journal
        if journal is None:
            return
        journal.sync()
        if journal.problem:
            self.say(journal.problem)
            journal.problem = ""

    def begin(self, file: Path | None, sentences: Sequence[str] = ()) -> None:
        """Opens a file, or shows the start page where none is given; then says what there is to say."""
        if file is None or not self.files.open(file):
            self.show_start()
        for sentence in sentences:
            self.say(sentence)

    # What actions do

    def say(self, text: str) -> None:
        """Tells a sentence, calmly."""
        self.bar.say(text)

    def picked(self) -> list[Node | Comment]:
        """The picked nodes and comments."""
        found = (self.editor.document.get(key) for key in self.editor.session.selection)
        return [record for record in found if isinstance(record, Node | Comment)]

    def picked_nodes(self) -> list[Node]:
        """The picked nodes."""
        return [record for record in self.picked() if isinstance(record, Node)]

    def undo(self) -> None:
        """Takes the last edit back, or the gesture that is under way, and shows the place."""
        if self.editor.document.in_gesture:
            self.canvas.cancel()
        elif self.editor.undo() is not None:
            self._reveal_picked()

    def redo(self) -> None:
        """Brings back what was taken back, and shows the place."""
        if not self.editor.document.in_gesture and self.editor.redo() is not None:
            self._reveal_picked()

    def add_comment(self) -> None:
        """Puts a comment in the middle of what is seen, ready to be written."""
        key = edits.add_comment(
            self.editor.document, self.editor.session.module, tr("Comment"), self.canvas.middle()
        )
        self.editor.session.select([key], key)
        self.canvas.rename(key)

    def show_commands(self) -> None:
        """Opens the command palette."""
        self.commands.ask(
            tr("What do you want to do?"),
            self.menus.rows,
            lambda row, typed: self.menus.perform(self.menus.action(row.key)),
        )

    def show_start(self) -> None:
        """Shows the templates and what was open lately."""

    def zoom_to(self, scale: float) -> None:
        """Shows the drawing at a scale."""
        self.canvas.zoom_to(scale)

    def zoom_by(self, factor: float) -> None:
        """Shows the drawing larger or smaller."""
        self.canvas.zoom_to(self.canvas.view.scale * factor)

    def show_problem(self, problem: Problem) -> None:
        """Goes to where a problem is, and shows it in full."""
        self.editor.show(problem.path)
        self._reveal_picked()
        place = place_of(self.editor.document, problem)
        self.pane.show_problem(ProblemRow(problem, place, self.show_problem, self.mend))
        self.canvas.setFocus()

    def mend(self, repair: Repair) -> None:
        """Applies a repair."""
        try:
            edits.repair(self.editor.document, repair)
        except (EditError, ArgumentError) as error:
            self.say(str(error))

    # Panels and themes

    def panel_shown(self, name: str) -> bool:
        """Whether a panel is shown."""
        return name in self.docks and not self.docks[name].isHidden()

    def toggle_panel(self, name: str) -> None:
        """Shows a panel that was hidden, and the other way round."""
        self.docks[name].setVisible(not self.panel_shown(name))

    def focus_next_pane(self) -> None:
        """Gives the keyboard to the next pane: canvas, palette, inspector, bottom."""
        stops = [self.canvas, self.palette_list.field, *self._dock_stops()]
        seen = [stop for stop in stops if stop.isVisible()]
        focus = QApplication.focusWidget()
        inside = next(
            (i for i, stop in enumerate(seen) if focus is not None and self._holds(stop, focus)), -1
        )
        if seen:
            seen[(inside + 1) % len(seen)].setFocus(Qt.FocusReason.TabFocusReason)

    def _dock_stops(self) -> list[QWidget]:
        return [self.tabs.tabBar()]

    def _holds(self, stop: QWidget, focus: QWidget) -> bool:
        pane = next((dock for dock in self.docks.values() if dock.isAncestorOf(stop)), stop)
        return pane is focus or pane.isAncestorOf(focus)

    @property
    def theme_name(self) -> str:
        """The theme that is shown."""
        return current_theme().name

    def set_theme(self, name: str) -> None:
        """Shows everything in a theme, and remembers it."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_theme(application, THEMES[name])
        self.canvas.set_theme(THEMES[name])
        self.memory.theme = name

    # Menus

    def _open_context_menu(self, key: str | None, at: QPoint) -> None:
        self.menus.context_menu(self).popup(at)

    def _fill_module_menu(self, module: str, menu: QMenu) -> None:
        menu.addAction(tr("Open"), lambda: self.editor.open_module(module))
        menu.addAction(tr("Delete"), lambda: self.modules.delete(module))

    def _reveal_picked(self) -> None:
        box = self.canvas.stage.geometry.bounds(self.editor.session.selection)
        if box is not None:
            reveal(self.canvas.stage, box)

    # The window itself

    def closeEvent(self, event: QCloseEvent) -> None:
        self.canvas.cancel()
        if not self.files.may_lose():
            event.ignore()
            return
        self._sync.stop()
        self._remember()
        self.editor.close()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        file = _dropped(event)
        if file is not None:
            event.acceptProposedAction()
            self.files.open(file)

    def _remember(self) -> None:
        place = self.normalGeometry()
        docks = base64.b64encode(self.saveState().data()).decode()
        self.memory.place = Place(
            place.x(), place.y(), place.width(), place.height(), self.isMaximized(), docks
        )

    def _restore(self) -> None:
        place = self.memory.place
        self.resize(place.width, place.height)
        if place.left is not None and place.top is not None:
            screen = QApplication.screenAt(QPoint(place.left + 40, place.top + 20))
            if screen is not None:
                self.move(place.left, place.top)
        if place.docks:
            self.restoreState(QByteArray(base64.b64decode(place.docks)))
        if place.maximised:
            self.setWindowState(Qt.WindowState.WindowMaximized)


def _dropped(event: QDropEvent) -> Path | None:
    """The design that is dropped onto the window, where it is one."""
    urls = event.mimeData().urls()
    file = Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
    return file if file is not None and file.suffix == SUFFIX else None
