"""The canvas: one widget that paints a module itself and hands the mouse and the keys to tools.

It changes the document by edits alone, and is told of every change by `apply`. What it cannot do itself, it
asks of the window by its signals.
"""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, QRectF, Signal
from PySide6.QtWidgets import QWidget

from core import edits
from core.calls import ModuleCall
from core.document import Change, Document
from core.edits import EditError
from core.files import FileError
from core.foretell import foretell
from core.graph import Graphs
from core.problem import Path, Problem
from core.record import Comment, Node
from core.resolve import Resolution
from core.text import tr
from ui.session import Aspect, Session
from ui.shapes import known_sizes
from ui.structures import held_module
from ui.theme import Theme

from . import commands
from .geometry import Geometry
from .hit import NodeHit, PortHit, WireHit
from .labels import Labels
from .pills import Pills
from .rename import InPlaceEditor, TextEditor
from .stage import Foretold, Pointer, SearchRequest, Stage
from .surface import Surface
from .tools.idle import Idle
from .tools.tool import Tool
from .typeface import text_width
from .view import Point


class Canvas(Surface):
    """Shows the open call of a module and lets it be edited."""

    search_wanted = Signal(SearchRequest)
    """A layer is to be searched for, placed, and wired to the request's port where it has one."""

    enter_wanted = Signal(str)
    """The module that this node is an instance of is to be opened."""

    leave_wanted = Signal()
    calls_wanted = Signal(object, bool)
    """The calls in a row of a node, or None where the mouse points at none; and whether it was clicked."""

    code_wanted = Signal(str)
    """The code that is written for a node is to be shown."""

    menu_wanted = Signal(object, object)
    """A context menu: the id under the mouse or None, and the global position."""

    arranged = Signal()
    """Nodes may stand elsewhere than before."""

    said = Signal(str)
    """A sentence for the status line: why something was refused."""

    def __init__(
        self, document: Document, session: Session, theme: Theme, parent: QWidget | None = None
    ) -> None:
        geometry = Geometry(document, session.module, text_width)
        super().__init__(Stage(document, session, geometry, self), theme, parent)
        self.find_definition: Callable[[str], ModuleCall | None] = lambda module: None
        """Resolves a module that is opened without a call; the window puts the resolver's here."""
        self._document = document
        self._resolution: Resolution | None = None
        self._graphs: Graphs | None = None
        self._editor: InPlaceEditor | TextEditor | None = None
        self.stage.find_loop = self._find_loop
        self.stage.foretell = self._foretell
        self.stage.can_enter = self._can_enter
        self.tool: Tool = Idle()
        self._leave_session = session.subscribe(self._on_session)
        self.destroyed.connect(self._leave_session)
        self.setAccessibleName(tr("Canvas"))
        self._describe()

    # What the window calls

    @property
    def geometry_store(self) -> Geometry:
        """Where everything of the open module is."""
        return self.stage.geometry

    def apply(self, change: Change | None, resolution: Resolution) -> None:
        """Follows a change of the document; None where it is another document's or everything changed."""
        same = resolution is self._resolution
        self._resolution = resolution
        if self._graphs is not None and change is not None:
            self._graphs.update(change)
        if change is None:
            self._graphs = None
            self._rebuild()
            return
        touched = self.stage.geometry.apply(change)
        self._session.forget(key for key, (_, after) in change.diff.items() if after is None)
        self._pills.forget(touched)
        if touched:
            self.arranged.emit()
        if same and touched <= self._held:
            self._update_overlay()
            return
        if not same:
            self._label()
        if not self._held:
            self._pills.keep_up()
        if touched or not same:
            self._redraw()

    def show_document(self, document: Document, resolution: Resolution) -> None:
        """Shows another document from now on."""
        self.cancel()
        self.stage.show()
        self._document = self.stage.document = document
        self._results = None
        self.apply(None, resolution)

    def show_module(self, path: Path) -> None:
        """Opens the module at the end of a call path; () is the root."""
        call = None if self._resolution is None else self._resolution.call(path)
        assert call is not None, f"no module call at {path}"
        self._session.open(call.module, path)

    def show_definition(self, module: str) -> None:
        """Opens a module without a call: its shapes are symbols."""
        self._session.open(module, None)

    def set_foretell(self, foretell: Callable[[str, str], Foretold]) -> None:
        """Who says what wires would carry if a layer of a kind were put into a wire; else the canvas does."""
        self.stage.foretell = foretell

    def set_find_loop(self, find_loop: Callable[[str, str, str], tuple[str, ...]]) -> None:
        """Who finds the loop that a wire would close (module, source, target); else the canvas does."""
        self.stage.find_loop = find_loop

    def frame_all(self) -> None:
        """Shows the whole module."""
        self.stage.size = (self.width(), self.height())
        commands.frame_all(self.stage)

    def frame_selection(self) -> None:
        """Shows what is picked."""
        self.stage.size = (self.width(), self.height())
        commands.frame_selection(self.stage)

    def zoom_to(self, scale: float) -> None:
        """Shows the middle of the window at a scale; 1 is 100 %."""
        middle = (self.width() / 2, self.height() / 2)
        self.look(self.view.zoomed(scale / self.view.scale, middle))

    def select(self, ids: Iterable[str], *, reveal: bool = False) -> None:
        """Picks these, and pans to them where that is asked for."""
        chosen = list(ids)
        self._session.select(chosen)
        box = self.stage.geometry.bounds(chosen) if reveal else None
        if box is not None:
            commands.reveal(self.stage, box)

    def select_all(self) -> None:
        """Picks every node and comment."""
        commands.select_all(self.stage)

    def delete_selection(self) -> None:
        """Takes out what is picked."""
        commands.delete_selection(self.stage)

    def connect_selected(self) -> None:
        """Wires the two picked nodes by their best match."""
        commands.connect_selected(self.stage)

    def middle(self) -> Point:
        """The point of the scene in the middle of the window."""
        return self.view.to_scene((self.width() / 2, self.height() / 2))

    def end_search(self) -> None:
        """Takes away the wire that was left in sight for the search."""
        self.stage.show()
        self._update_overlay()

    def cancel(self) -> None:
        """Takes back the gesture that is under way; to be called before undo by key."""
        self._become(self.tool.on_cancel(self.stage))

    # What tools ask for (see `stage.Host`)

    def search(self, request: SearchRequest) -> None:
        """Asks the window for a search."""
        self.search_wanted.emit(request)

    def enter(self, node: str) -> None:
        """Asks the window to open the module of an instance."""
        self.enter_wanted.emit(node)

    def show_calls(self, node: str | None, *, clicked: bool = False) -> None:
        """Asks the window to show the calls in a row of a node, or where it is None to hide them."""
        self.calls_wanted.emit(node, clicked)

    def show_code(self, node: str) -> None:
        """Asks the window to show the code that is written for a node."""
        self.code_wanted.emit(node)

    def leave(self) -> None:
        """Asks the window to go back to the module that holds this one."""
        self.leave_wanted.emit()

    def say(self, text: str) -> None:
        """Tells the user why something was not done."""
        self.said.emit(text)

    def rename(self, key: str) -> None:
        """Lays the editor over a node's name or a comment."""
        record = self._document.get(key)
        if not isinstance(record, Node | Comment):
            return
        left, top, right, bottom = self.view.to_screen_box(self.stage.geometry.item_box(key))
        if isinstance(record, Node):
            place = QRectF(left, top, max(right - left, 120.0), 28.0).toAlignedRect()
            self._editor = InPlaceEditor(self, place, record.name, lambda new: self._renamed(key, new))
        else:
            place = QRectF(left, top, max(right - left, 160.0), max(bottom - top, 64.0)).toAlignedRect()
            self._editor = TextEditor(self, place, record.text, lambda new: self._renamed(key, new))

    @property
    def editor(self) -> InPlaceEditor | TextEditor | None:
        """The editor in place that was opened last."""
        return self._editor

    def _renamed(self, key: str, text: str) -> None:
        record = self._document.get(key)
        try:
            if isinstance(record, Node):
                edits.rename(self._document, key, text)
            elif isinstance(record, Comment) and text != record.text:
                edits.set_comment(self._document, key, text)
        except EditError as error:
            self.say(str(error))

    # Following

    def _become(self, tool: Tool) -> None:
        self.tool = tool
        self._set_cursor(tool)
        self._update_overlay()

    def _rebuild(self) -> None:
        self.stage.geometry = Geometry(self._document, self._session.module, text_width)
        self._pills = Pills(self.stage.geometry)
        self._held = frozenset()
        self._session.forget(key for key in self._session.selection if key not in self.stage.geometry)
        self._label()
        self._redraw()
        self._describe()
        self.arranged.emit()

    def _label(self) -> None:
        path, resolution, geometry = self._session.path, self._resolution, self.stage.geometry
        if resolution is None:
            self._labels = Labels(geometry)
        elif path is None:
            definition = self.find_definition(self._session.module)
            self._labels = Labels(geometry, definition, resolution.symbols)
        else:
            sizes = known_sizes(resolution)
            self._labels = Labels(geometry, resolution.call(path), resolution.symbols, sizes)

    def _on_session(self, aspect: Aspect) -> None:
        if aspect == "open":
            self.cancel()
            self.stage.show()
            self._rebuild()
        elif aspect == "selection":
            self.update()
            self._describe()
        else:
            self._update_overlay()

    def _describe(self) -> None:
        nodes, chosen = len(self.stage.geometry.nodes), len(self._session.selection)
        self.setAccessibleDescription(tr("{nodes} nodes, {chosen} selected", nodes=nodes, chosen=chosen))

    def _foretell(self, wire: str, kind: str) -> Foretold:
        draft = Document(self._document.records.values())
        try:
            kind = self.stage.bring(draft, kind)
        except (EditError, FileError) as error:
            return {wire: Problem((), str(error))}
        return foretell(draft, self._session.path, wire, kind)

    def _can_enter(self, node: str) -> bool:
        held = held_module(self._document, node, self._labels.call_of(node))
        return self._labels.can_be_entered(node) or held is not None

    def _find_loop(self, module: str, source: str, target: str) -> tuple[str, ...]:
        if self._graphs is None:
            self._graphs = Graphs(self._document)
        return self._graphs.loop(module, source, target)

    def _want_menu(self, key: str | None, at: QPoint) -> None:
        self.menu_wanted.emit(key, at)

    def _tip(self, pointer: Pointer) -> str:
        badged = self.stage.code_badge_under(pointer)
        if badged is not None:
            return self.stage.code_badges[badged].tip
        match self.stage.under(pointer):
            case PortHit(node, side, port):
                return self._labels.port_tip(node, side, port)
            case NodeHit(node):
                return self._labels.node_tip(node)
            case WireHit(wire):
                return self._labels.wire_tip(wire)
        return ""
