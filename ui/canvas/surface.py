"""The canvas as a picture: a still part that is kept as pixels, and what moves drawn over it."""

from collections.abc import Collection, Mapping

from PySide6.QtCore import QRectF, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from ui.theme import Theme

from .backing import Backing
from .cache import PixmapCache
from .code_badges import CodeBadge
from .inputs import Inputs
from .labels import Labels
from .overlay import draw_empty, draw_overlay, overlay_boxes
from .paint import Drawing, draw_comments, paint_design, paint_items, strip_boxes
from .paint_labels import Results
from .pills import Pills
from .stage import Stage
from .target import Target
from .view import Box, Point, View

REST_MS = 90
"""How long after the last step of zooming the picture is drawn exactly."""

HANGING = 170.0
"""How far labels, results and problems stand out from what moves, in scene units."""


class Surface(Inputs):
    """Paints the open module. Panning shifts pixels, zooming stretches them, dragging leaves them alone."""

    view_changed = Signal(float)
    """The scale, where the view changed."""

    def __init__(self, stage: Stage, theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.stage = stage
        self._session = stage.session
        self._theme = theme
        self._results: Results | None = None
        self._backing = Backing()
        self._cache = PixmapCache()
        self._held: frozenset[str] = frozenset()
        self._ringed = QRegion()
        self._pills = Pills(stage.geometry)
        self._labels = Labels(stage.geometry)
        stage.hanging = lambda nodes: strip_boxes(self.drawing(), nodes)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.update)

    @property
    def view(self) -> View:
        """Where the canvas looks."""
        return self.stage.view

    def set_results(self, results: Results | None) -> None:
        """Shows what a run left under the nodes; None takes it away."""
        self._results = results
        self._redraw()

    def set_code_badges(self, badges: Mapping[str, CodeBadge]) -> None:
        """Marks the nodes that the visible code has no word for; nothing takes the marks away."""
        if badges != self.stage.code_badges:
            self.stage.code_badges = badges
            self._redraw()

    def set_theme(self, theme: Theme) -> None:
        """Paints in another theme from now on."""
        self._theme = theme
        self._cache.clear()
        self._redraw()

    def drawing(self) -> Drawing:
        """All that the picture is made of, as `paint_design` takes it."""
        path = self._session.path
        return Drawing(
            self.stage.geometry,
            self._labels,
            self._pills,
            self._theme,
            path or (),
            self._results if path is not None else None,
            code_badges=self.stage.code_badges,
        )

    # What tools ask for (see `stage.Host`)

    def pan(self, dx: float, dy: float) -> None:
        """Drags the drawing by so many pixels."""
        self.stage.view = self.view.moved(dx, dy)
        if self._backing.view.scale == self.view.scale and not self._rest.isActive():
            self._backing.scroll(self.view)
        self._view_moved()

    def look(self, view: View) -> None:
        """Shows another view at once."""
        self._rest.stop()
        self.stage.view = view
        self._view_moved()

    def zoom(self, factor: float, at: Point) -> None:
        """Magnifies about a pixel; the picture is stretched until the zooming rests."""
        self.stage.view = self.view.zoomed(factor, at)
        self._rest.start()
        self._view_moved()

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

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Brings the still picture up to date and draws it, and the overlay over it."""
        ratio = self.devicePixelRatioF()
        if not self._rest.isActive() or self._backing.view == self.view:
            self._backing.refresh(self.view, self.size(), ratio, self._paint_still)
        with QPainter(self) as painter:
            painter.setClipRegion(event.region())
            self._backing.draw(painter, self.view, QColor(self._theme.canvas))
            self._paint_over(Target(painter, self.view, self._cache, ratio))

    def _paint_over(self, target: Target) -> None:
        drawing = self.drawing()
        if self._held:
            self._paint_held(target, drawing)
        draw_overlay(target, drawing, self._session, self.stage.feedback, focused=self.hasFocus())
        if not self.stage.geometry.nodes:
            draw_empty(target.painter, self.width(), self.height(), self._theme)

    def _paint_still(self, painter: QPainter, view: View) -> None:
        clip = painter.clipBoundingRect()
        paint_design(
            painter,
            self.drawing(),
            view,
            (self.width(), self.height()),
            cache=self._cache,
            ratio=self.devicePixelRatioF(),
            grid=True,
            hidden=self._held,
            part=(clip.left(), clip.top(), clip.right(), clip.bottom()),
        )

    def _paint_held(self, target: Target, drawing: Drawing) -> None:
        geometry, box = self.stage.geometry, self.stage.visible()
        nodes = [key for key in geometry.nodes_in(box) if key in self._held]
        wires = [key for key in geometry.wires_in(box) if key in self._held]
        self._pills.forget(wires)
        draw_comments(target, drawing, [note for note in geometry.comments_in(box) if note.id in self._held])
        paint_items(target, drawing, nodes, wires)

    def _redraw(self) -> None:
        self._backing.invalidate()
        self.update()

    def _update_overlay(self) -> None:
        """Repaints where the overlay was and where it is now."""
        region = QRegion()
        for box in overlay_boxes(self.drawing(), self._session, self.stage.feedback, self.view):
            region += _rectangle(box)
        reach = round(HANGING * max(1.0, self.view.scale))
        for key in self._held:
            if key in self.stage.geometry:
                place = self.view.to_screen_box(self.stage.geometry.item_box(key))
                region += _rectangle(place, reach)
        self.update(region + self._ringed)
        self._ringed = region

    def _view_moved(self) -> None:
        self.view_changed.emit(self.view.scale)
        self.update()


def _rectangle(box: Box, by: int = 0) -> QRegion:
    left, top, right, bottom = box
    area = QRectF(left, top, right - left, bottom - top).toAlignedRect()
    return QRegion(area.adjusted(-by, -by, by, by))
