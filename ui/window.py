"""The window: the parts in their places, and what each of them asks of the others."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path as File

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QStackedWidget,
)

from core.document import Change, Document
from core.journal import Recovery, recoverable
from core.record import Comment, Node
from core.resolve import Resolution, Resolver
from core.text import tr

from .actions import all_actions
from .bar import Bar
from .breadcrumb import Breadcrumb
from .calls_card import CallsCard
from .canvas.canvas import Canvas
from .centre import Centre
from .clipboard import Clipboard
from .code import CodePane
from .editor import Editor, Joined
from .files import SUFFIX, Files
from .finder import Finder
from .folder_export import FolderExport
from .fonts import scale
from .gradient_checks import GradientChecks
from .icons import application_icon, icon
from .inspector.inspector import Inspector
from .layer_trust import LayerTrust
from .library_edits import LibraryEdits
from .memory import Memory
from .menus import Menus
from .module_card import ModuleCard
from .modules import Modules
from .outline import Outline
from .palette import Palette
from .pane import CanvasPane
from .panels import Panels
from .places import Places
from .problems import Problems
from .run.runs import Runs
from .search import Search
from .shelves import Shelves
from .start import StartPage, recovery_text
from .status import Status
from .structure_edits import StructureEdits
from .style import apply_theme, current_theme
from .theme import THEMES
from .topbar import TopBar
from .window_place import put_back, window_place

LEAST_SIZE = (1010, 520)
"""Smaller than this, the top bar is cut and no canvas is left; a smaller screen is filled instead."""

SYNC_MS = 2000
"""How often the journal is brought to the disk: a kill of the machine loses no more."""


class Window(QMainWindow):
    """The editor's one window."""

    def __init__(self, memory: Memory, command: Sequence[str] = (sys.executable, "-m", "app")) -> None:
        """`command` starts the program's command line."""
        super().__init__()
        self.setObjectName("window")
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(False)
        self.memory = memory
        self.editor = Editor(memory.recovery, memory.trust)
        self.canvas = Canvas(self.editor.document, self.editor.session, current_theme())
        self.canvas.setObjectName("canvas")
        self.shelves = Shelves(memory.library)
        self.canvas.stage.bring = self.shelves.bring
        self.bar = Bar()
        self.library = LibraryEdits(self.editor, self.shelves, self.bar, self)
        self.files = Files(self.editor, memory, self, self.say)
        self.clipboard = Clipboard(self.editor, self.canvas, self.say)
        self.modules = Modules(self.editor, self.canvas, self.say)
        self.structures = StructureEdits(self.editor, self.canvas, self.say)
        self._build_parts()
        self._build_panels()
        self.export = FolderExport(self.editor, self.runs.runner, command, self.bar.say, self)
        self.export.find_target = lambda: self.code.framework
        self.layers = LayerTrust(self.editor, self.bar.say, self)
        self.gradients = GradientChecks(
            self.editor, self.runs.runner, self.structures.one, self.bar.say, self
        )
        self._join()
        self._add_views()
        least = QSize(*(round(side * scale()) for side in LEAST_SIZE))
        self.setMinimumSize(least.boundedTo(self.screen().availableSize()))
        self._sync = QTimer(self)
        self._sync.setInterval(SYNC_MS)
        self._sync.timeout.connect(self._sync_journal)
        self._sync.start()
        put_back(self, memory.place, self.panels, self.pane, self.code)

    # Building

    def _build_parts(self) -> None:
        self.top = TopBar(self)
        self.setMenuWidget(self.top)
        self.breadcrumb = Breadcrumb(self.editor)
        self.pane = CanvasPane(self.canvas, self.breadcrumb)
        self.calls = CallsCard(self.editor, self.canvas)
        self.places = Places(self.editor, self.canvas, self.pane, self.say)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.pane)
        self.start = StartPage()
        self.stack.addWidget(self.start)
        self.setCentralWidget(Centre(self.bar, self.stack, self.canvas, self))
        self.palette_list = Palette(self.shelves)
        self.problems = Problems(self.editor)
        self.outline = Outline(self.editor)
        self.status = Status()
        self.statusBar().addWidget(self.status, 1)
        self.statusBar().setSizeGripEnabled(False)
        self.module_card = ModuleCard(lambda: self.editor.document, self.shelves, self)
        self.search = Search(self.editor, self.canvas, self.shelves, self, self.say)
        self.commands = Finder(self, "commands")
        self.menus = Menus(self, all_actions(), self.canvas)
        self.menus.fill(self.top.menus)

    def _build_panels(self) -> None:
        self.inspector = Inspector(self.editor, self.say)
        self.panels = Panels(self, self.palette_list, self.inspector)
        self.runs = Runs(self.editor, self.canvas, self.inspector, self.say, self.bar, self.memory, self)
        self.top.show_run(self.runs.bar)
        self.status.show_engine(self.runs.label)
        self.code = CodePane(self.editor, self.say)
        self.panels.bottom.add(self.code, tr("Code"), self.code.frameworks, self.code.buttons)
        self.panels.stop_at("palette", self.palette_list.field)
        self.panels.bottom.add(self.outline, tr("Outline"))
        self.panels.bottom.add(self.problems, tr("Problems"))

    def _join(self) -> None:
        """What the parts ask for, and who does it."""
        self.canvas.find_definition = lambda module: self.editor.resolver.definition(module)
        self.canvas.search_wanted.connect(self.search.open_request)
        self.canvas.enter_wanted.connect(self.editor.enter)
        self.canvas.leave_wanted.connect(self.editor.leave)
        self.canvas.menu_wanted.connect(self._open_context_menu)
        self.canvas.said.connect(self.say)
        self.canvas.code_wanted.connect(self.code.show_node)
        self.code.on_badges = self.canvas.set_code_badges
        self.canvas.view_changed.connect(self.status.show_scale)
        self.status.zoom.clicked.connect(lambda: self.canvas.zoom_to(1.0))
        self.palette_list.on_add = self.search.add
        self.palette_list.on_point = self.search.finder.on_point = self.module_card.point
        self.shelves.on_change = self.palette_list.refresh
        self.palette_list.on_rename = self.modules.rename
        self.breadcrumb.on_unlock = self.library.edit_a_copy
        self.breadcrumb.on_rename = self.modules.rename
        self.palette_list.module_menu = self._fill_module_menu
        self.palette_list.entry_menu = self.library.fill_entry_menu
        self.problems.on_show = self.places.show_problem
        self.problems.on_mend = self.places.mend
        self.places.on_trust = self.layers.ask
        self.problems.on_count = self._show_count
        self.files.on_opened = self._opened
        self.files.on_saved = self._show_file
        self.outline.on_show = self.code.on_show = self.places.show
        self.outline.on_enter = self.places.enter
        self.start.on_new = self.files.new
        self.start.on_open = self.files.ask_open
        self.start.on_template = self.files.open_template
        self.start.on_file = self.files.open
        self.start.on_recover = self.files.recover
        self.start.on_discard = self._discard
        self.start.on_leave = self.leave_start
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
        editor.add_view(self.breadcrumb)
        editor.add_view(self.inspector)
        for view in (self.palette_list, self.outline, self.problems, self.status, self.code):
            editor.add_view(view)
        editor.add_view(Joined(self._show_document, self._apply))

    # Following

    def _show_document(self, document: Document, resolver: Resolver) -> None:
        self.canvas.set_find_loop(resolver.graphs.loop)
        self.pane.close_problem()
        self._show_file()

    def _apply(self, change: Change, resolution: Resolution) -> None:
        self.pane.close_problem()
        self.bar.pass_by()
        self._show_file()

    def _show_file(self) -> None:
        editor = self.editor
        place = "" if editor.file is None else str(editor.file)
        self.top.file.show_file(editor.title, place, editor.changed)
        self.setWindowTitle(f"{editor.title}[*] – Layerloom")
        self.setWindowModified(editor.changed)

    def _show_count(self, errors: int, others: int) -> None:
        """Errors are counted in red; where there are none, what only depends on the sizes quietly."""
        notes = tr("1 note") if others == 1 else tr("{count} notes", count=others)
        self.panels.bottom.count(self.problems, errors or others, "" if errors else notes)

    def _opened(self) -> None:
        self.leave_start()
        self.bar.hide()
        # Laid out first, so that all of the canvas is known to be there.
        QApplication.sendPostedEvents(self, QEvent.Type.LayoutRequest.value)
        self.canvas.frame_all()
        self.library.tell_newer()
        self.layers.tell()
        self.runs.runner.tell_lack()

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

    def begin(self, file: File | None, sentences: Sequence[str] = ()) -> None:
        """Opens a file, or shows the start page where none is given; then says what there is to say."""
        if file is None or not self.files.open(file):
            self.show_start()
        elif self._recoveries():
            self._offer(self._recoveries()[0])
        for sentence in (*self.shelves.faults, *sentences):
            self.say(sentence)

    # What actions do

    def say(self, text: str) -> None:
        """Tells a sentence, calmly, with what can be done where an edit of a locked module was refused."""
        self.library.say(text)

    def picked(self) -> list[Node | Comment]:
        """The picked nodes and comments."""
        found = (self.editor.document.get(key) for key in self.editor.session.selection)
        return [record for record in found if isinstance(record, Node | Comment)]

    def picked_nodes(self) -> list[Node]:
        """The picked nodes."""
        return [record for record in self.picked() if isinstance(record, Node)]

    def show_commands(self) -> None:
        """Opens the command palette."""
        self.commands.ask(
            tr("What do you want to do?"),
            self.menus.rows,
            lambda row, typed: self.menus.perform(self.menus.action(row.key)),
        )

    def show_start(self) -> None:
        """Shows the templates, what was open lately, and what can be recovered."""
        self.start.fill(self.memory.recent, self._recoveries())
        self.panels.put_away()
        self._show_totals(False)
        self.stack.setCurrentWidget(self.start)
        self.start.focus_first()

    def _recoveries(self) -> list[Recovery]:
        """What dead windows left behind."""
        return recoverable(self.memory.recovery) if self.memory.recovery is not None else []

    def _offer(self, recovery: Recovery) -> None:
        """Says in the bar what can be recovered."""
        text = tr("not saved when the window was last closed: {design}", design=recovery_text(recovery))
        discard, recover = recovery.discard, lambda: self.files.recover(recovery)
        self.bar.say(text, {tr("Recover"): recover, tr("Discard"): discard})

    def _discard(self, recovery: Recovery) -> None:
        recovery.discard()
        self.show_start()

    def leave_start(self) -> None:
        """Goes back to the design."""
        self.stack.setCurrentWidget(self.pane)
        self.panels.bring_back()
        self._show_totals(True)
        self.canvas.setFocus()

    def _show_totals(self, shown: bool) -> None:
        self.top.file.setVisible(shown)
        self.runs.bar.setVisible(shown)
        self.statusBar().setVisible(shown)

    @property
    def at_start(self) -> bool:
        """Whether the start page is shown."""
        return self.stack.currentWidget() is self.start

    # Panels and themes

    def focus_next_pane(self) -> None:
        """Gives the keyboard to the next pane."""
        self.panels.go_on(self.canvas)

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
        menu.addAction(icon("rename", "secondary"), tr("Rename"), lambda: self.palette_list.rename(module))
        self.library.fill_module_menu(module, menu)
        menu.addAction(icon("delete", "secondary"), tr("Delete"), lambda: self.modules.delete(module))

    # The window itself

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape that no field takes gives the keyboard back to the canvas."""
        if event.key() == Qt.Key.Key_Escape and not self.at_start:
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.canvas.cancel()
        if not self.files.may_lose():
            event.ignore()
            return
        self._sync.stop()
        self.export.stop()
        self.runs.close()
        self.memory.place = window_place(self, self.panels, self.pane, self.code)
        self.editor.close()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.shelves.look_again()
            self.layers.look()
        super().changeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        file = _dropped(event)
        if file is not None:
            event.acceptProposedAction()
            self.files.open(file)


def _dropped(event: QDropEvent) -> File | None:
    """The design that is dropped onto the window, where it is one."""
    urls = event.mimeData().urls()
    file = File(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
    return file if file is not None and file.suffix == SUFFIX else None
