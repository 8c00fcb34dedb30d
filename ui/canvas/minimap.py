"""The whole module in small, with the part of it that the canvas shows as a frame that can be dragged."""

import numpy as np
from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from core.text import tr
from ui.fonts import scale
from ui.style import current_theme
from ui.theme import Theme

from .canvas import Canvas
from .paint_wires import draw_rectangles
from .route import Array
from .view import Box, Point, View

WIDTH, HEIGHT = 172, 100
EDGE = 6.0
"""Pixels between the minimap's edge and what it shows."""

SMALLEST = 2.0
"""Pixels that a node has at least, so that it is seen in any module."""


class Minimap(QWidget):
    """Follows a canvas; a click goes to a place, a drag takes the view along."""

    def __init__(self, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("minimap")
        self.setAccessibleName(tr("Minimap"))
        self.setToolTip(tr("Click or drag to move the view"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(QSize(round(WIDTH * scale()), round(HEIGHT * scale())))
        self._canvas = canvas
        self._painted: object = None
        self._picture = QPixmap()
        self._grip: Point | None = None
        self._held: View | None = None
        canvas.arranged.connect(self.follow)
        canvas.view_changed.connect(self.follow)
        canvas.installEventFilter(self)

    def follow(self) -> None:
        """Paints again where nodes or the view are other ones now."""
        if self.isVisible() and self._painted != self._state():
            self.update()

    @property
    def view(self) -> View:
        """How the scene is seen here; it stands still while the frame is dragged."""
        return self._held or overview(self._area(), self.width(), self.height())

    @property
    def frame(self) -> Box:
        """Where the frame is, in pixels."""
        return self.view.to_screen_box(self._seen())

    def _state(self) -> object:
        geometry = self._canvas.geometry_store
        look = current_theme().name, self.devicePixelRatioF(), self._held
        return geometry, geometry.arrangement, self._seen(), look

    def _seen(self) -> Box:
        return self._canvas.view.box(self._canvas.width(), self._canvas.height())

    def _area(self) -> Box:
        """All that is to be seen here: the nodes, and what the canvas shows."""
        boxes, (left, top, right, bottom) = self._canvas.geometry_store.boxes, self._seen()
        if not len(boxes):
            return left, top, right, bottom
        (x0, y0), (x1, y1) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
        return min(left, x0), min(top, y0), max(right, x1), max(bottom, y1)

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._held = self.view
        at = self._held.to_scene((event.position().x(), event.position().y()))
        left, top, right, bottom = self._seen()
        inside = left <= at[0] <= right and top <= at[1] <= bottom
        middle = ((left + right) / 2, (top + bottom) / 2)
        self._grip = (at[0] - middle[0], at[1] - middle[1]) if inside else (0.0, 0.0)
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._go(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._grip is not None:
            self._grip = self._held = None
            self.update()

    def _go(self, event: QMouseEvent) -> None:
        """Brings what is under the mouse, less the grip, to the middle of the canvas."""
        assert self._grip is not None
        x, y = self.view.to_scene((event.position().x(), event.position().y()))
        shown = self._canvas.view.to_screen((x - self._grip[0], y - self._grip[1]))
        # Whole pixels, so that the canvas can shift its picture instead of drawing it anew.
        dx, dy = round(self._canvas.width() / 2 - shown[0]), round(self._canvas.height() / 2 - shown[1])
        if dx or dy:
            self._canvas.pan(dx, dy)

    # Painting

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.follow()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        # Qt repaints what stands on the canvas with every change of the canvas, so the picture is kept.
        state = self._state()
        if state != self._painted:
            self._painted, self._picture = state, self._drawn()
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._picture)

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        card = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        boxes = self._canvas.geometry_store.boxes
        with QPainter(picture) as painter:
            draw_minimap(painter, card, boxes, self.view, self.frame, current_theme())
        return picture


def overview(area: Box, width: float, height: float) -> View:
    """The view that shows all of an area in the middle of so many pixels."""
    left, top, right, bottom = area
    room_x, room_y = width - 2 * EDGE, height - 2 * EDGE
    scale = min(room_x / max(1.0, right - left), room_y / max(1.0, bottom - top))
    return View(scale, (width - (left + right) * scale) / 2, (height - (top + bottom) * scale) / 2)


def draw_minimap(painter: QPainter, card: QRectF, boxes: Array, view: View, frame: Box, theme: Theme) -> None:
    """Draws nodes (N, 4) as one batch of rectangles, and the frame around what is seen."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(theme.line))
    painter.setBrush(QColor(theme.panel))
    painter.drawRoundedRect(card, 6, 6)
    left, top, right, bottom = frame
    painter.setClipRect(card)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QColor(theme.accent))
    painter.setBrush(QColor(theme.canvas))
    seen = QRectF(left, top, right - left, bottom - top).toAlignedRect()
    painter.drawRect(seen.adjusted(0, 0, -1, -1))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.wire))
    draw_rectangles(painter, _small(boxes, view))


def _small(boxes: Array, view: View) -> Array:
    """Boxes of the scene as x y width height in whole pixels: (N, 4) -> (N, 4)."""
    starts = np.floor(boxes[:, :2] * view.scale + (view.x, view.y))
    sizes = np.maximum(np.round((boxes[:, 2:] - boxes[:, :2]) * view.scale), SMALLEST)
    return np.concatenate((starts, sizes), axis=1)
