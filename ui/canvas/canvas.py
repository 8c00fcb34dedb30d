"""The canvas: one widget that paints a module itself and hands the mouse and the keys to tools.

It changes the document by edits alone, and is told of every change by `apply`. What it cannot do itself, it
asks of the window by its signals.
"""

from collections.abc import Callable, Collection, Iterable

from PySide6.QtCore import QPoint, QRectF, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QRegion,
)
from PySide6.QtWidgets import QWidget

from core import edits
from core.calls import ModuleCall
from core.document import Change, Document
from core.edits import EditError
from core.graph import Graphs
from core.problem import Path
from core.record import ROOT, Comment, Node
from core.resolve import Resolution
from core.text import tr
from ui.session import Aspect, Session
from ui.theme import Theme

from . import commands
from .backing import Backing
from .cache import PixmapCache
from .geometry import Geometry
from .hit import CommentHit, NodeHit, PortHit, WireHit
from .inputs import Inputs
from .labels import Labels
from .overlay import draw_empty, draw_overlay, overlay_boxes
from .paint import Drawing, paint_design, paint_items
from .paint_labels import Results
from .pills import Pills
from .rename import InPlaceEditor
from .stage import Foretold, Pointer, SearchRequest, Stage
from .target import Target
from .tools.idle import Idle
from .tools.tool import Tool
from .typeface import text_width
from .view import Point, View

REST_MS = 90
"""How long after the last step of zooming the picture is drawn exactly."""


class Canvas(Inputs):
    """Shows the open call of a module and lets it be edited."""

    search_wanted = Signal(SearchRequest)
    """A layer is to be searched for, placed, and wired to the request's port where it has one."""

    enter_wanted = Signal(str)
    """The module that this node is an instance of is to be opened."""

    leave_wanted = Signal()
    menu_wanted = Signal(object, object)
    """A context menu: the id under the mouse or None, and the global position."""

    said = Signal(str)
    """A sentence for the status line: why something was refused."""

    view_changed = Signal(float)
    """The scale, where the view changed."""

    def __init__(
        self, document: Document, session: Session, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.find_definition: Callable[[str], ModuleCall | None] = lambda module: None
        """Resolves a module that is opened without a call; the window puts the resolver's here."""
        self._document = document
        self._session = session
        self._theme = theme
        self._resolution: Resolution | None = None
        self._results: Results | None = None
        self._graphs: Graphs | None = None
        self._backing = Backing()
        self._cache = PixmapCache()
        self._held: frozenset[str] = frozenset()
        self._ringed: QRegion = QRegion()
        self._editor: InPlaceEditor | None = None
        geometry = Geometry(document, session.module, text_width)
        self.stage = Stage(document, session, geometry, self, find_loop=self._find_loop)
        self.tool: Tool = Idle()
        self._pills = Pills(geometry)
        self._labels = Labels(geometry)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.update)
        self._leave_session = session.subscribe(self._on_session)
        self.destroyed.connect(self._leave_session)
        self.setAccessibleName(tr("Canvas"))
        self._describe()

    # What the window calls

    @property
    def geometry_store(self) -> Geometry:
        """Where everything of the open module is."""
        return self.stage.geometry

    @property
    def view(self) -> View:
        """Where the canvas looks."""
        return self.stage.view

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
        module = ROOT
        for key in path:
            node = self._document.get(key)
            assert isinstance(node, Node) and node.definition is not None, f"{key} is no instance"
            module = node.definition
        self._session.open(module, path)

    def show_definition(self, module: str) -> None:
        """Opens a module without a call: its shapes are symbols."""
        self._session.open(module, None)

    def set_results(self, results: Results | None) -> None:
        """Shows what a run left under the nodes; None takes it away."""
        self._results = results
        self._redraw()

    def set_theme(self, theme: Theme) -> None:
        """Paints in another theme from now on."""
        self._theme = theme
        self._cache.clear()
        self._redraw()

    def set_foretell(self, foretell: Callable[[str, str], Foretold]) -> None:
        """Who says what wires would carry if a layer of a kind were put into a wire."""
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

    def rename_selection(self) -> None:
        """Renames the focused node in its place."""
        commands.rename(self.stage)

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

    def pan(self, dx: float, dy: float) -> None:
        """Drags the drawing by so many pixels."""
        self.stage.view = self.view.moved(dx, dy)
        if self._backing.view.scale == self.view.scale and not self._rest.isActive():
            self._backing.scroll(self.view)
        self._moved()

    def look(self, view: View) -> None:
        """Shows another view at once."""
        self._rest.stop()
        self.stage.view = view
        self._moved()

    def zoom(self, factor: float, at: Point) -> None:
        """Magnifies about a pixel; the picture is stretched until the zooming rests."""
        self.stage.view = self.view.zoomed(factor, at)
        self._rest.start()
        self._moved()

    def hold(self, ids: Collection[str]) -> None:
        """Draws these over the still picture from now on, as they are about to move."""
        geometry = self.stage.geometry
        wires = {wire for key in ids if geometry.is_node(key) for wire in geometry.wires_of(key)}
        self._held = frozenset(ids) | wires
        self._redraw()

    def let_go(self) -> None:
        """Makes what was held part of the still picture again."""
        self._held = frozenset()
        self._pills.clear()
        self._redraw()

    def search(self, request: SearchRequest) -> None:
        """Asks the window for a search."""
        self.search_wanted.emit(request)

    def enter(self, node: str) -> None:
        """Asks the window to open the module of an instance."""
        self.enter_wanted.emit(node)

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
        high = 28 if isinstance(record, Node) else bottom - top
        place = QRectF(left, top, max(right - left, 120.0), max(high, 28.0)).toAlignedRect()
        text = record.name if isinstance(record, Node) else record.text
        self._editor = InPlaceEditor(self, place, text, lambda new: self._renamed(key, new))

    @property
    def editor(self) -> InPlaceEditor | None:
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

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Brings the still picture up to date and draws it, and the overlay over it."""
        ratio = self.devicePixelRatioF()
        if not self._rest.isActive() or self._backing.view == self.view:
            self._backing.refresh(self.view, self.size(), ratio, self._paint_still)
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        self._backing.draw(painter, self.view, event.region(), QColor(self._theme.canvas))
        target = Target(painter, self.view, self._cache, ratio)
        drawing = self.drawing()
        if self._held:
            self._paint_held(target, drawing)
        draw_overlay(target, drawing, self._session, self.stage.feedback, focused=self.hasFocus())
        if not self.stage.geometry.nodes:
            draw_empty(painter, self.width(), self.height(), self._theme)
        painter.end()

    def drawing(self) -> Drawing:
        """All that the picture is made of, as `paint_design` takes it."""
        return Drawing(
            self.stage.geometry,
            self._labels,
            self._pills,
            self._theme,
            self._session.path or (),
            self._results if self._session.path is not None else None,
        )

    def _paint_still(self, painter: QPainter, view: View) -> None:
        clip = painter.clipBoundingRect()
        painter.translate(clip.left(), clip.top())
        moved = view.moved(-clip.left(), -clip.top())
        paint_design(
            painter,
            self.drawing(),
            moved,
            (clip.width(), clip.height()),
            cache=self._cache,
            ratio=self.devicePixelRatioF(),
            grid=True,
            hidden=self._held,
        )

    def _paint_held(self, target: Target, drawing: Drawing) -> None:
        geometry = self.stage.geometry
        box = self.stage.visible()
        nodes = [key for key in geometry.nodes_in(box) if key in self._held]
        wires = [key for key in geometry.wires_in(box) if key in self._held]
        self._pills.forget(wires)
        paint_items(target, drawing, nodes, wires)

    def _redraw(self) -> None:
        self._backing.invalidate()
        self.update()

    def _update_overlay(self) -> None:
        """Repaints where the overlay was and where it is now."""
        drawing = self.drawing()
        region = QRegion()
        for left, top, right, bottom in overlay_boxes(drawing, self._session, self.stage.feedback, self.view):
            region += QRectF(left, top, right - left, bottom - top).toAlignedRect()
        for key in self._held:
            if key in self.stage.geometry:
                left, top, right, bottom = self.view.to_screen_box(self.stage.geometry.item_box(key))
                region += (
                    QRectF(left, top, right - left, bottom - top).toAlignedRect().adjusted(-90, -90, 90, 90)
                )
        self.update(region + self._ringed)
        self._ringed = region

    def _moved(self) -> None:
        self.view_changed.emit(self.view.scale)
        self.update()

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

    def _label(self) -> None:
        path, resolution = self._session.path, self._resolution
        if path is None:
            call = self.find_definition(self._session.module)
        else:
            call = None if resolution is None else resolution.call(path)
        self._labels = Labels(self.stage.geometry, call, None if resolution is None else resolution.symbols)

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

    def _find_loop(self, module: str, source: str, target: str) -> tuple[str, ...]:
        if self._graphs is None:
            self._graphs = Graphs(self._document)
        return self._graphs.loop(module, source, target)

    def _want_menu(self, key: str | None, at: QPoint) -> None:
        self.menu_wanted.emit(key, at)

    def _tip(self, pointer: Pointer) -> str:
        match self.stage.under(pointer):
            case PortHit(node, side, port):
                return self._labels.port_tip(node, side, port)
            case NodeHit(node):
                return self._labels.node_tip(node)
            case WireHit(wire):
                return self._labels.wire_tip(wire)
            case CommentHit():
                return ""
        return ""
