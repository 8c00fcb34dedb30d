"""A module as a small picture by the canvas's own painter, and what of it differs marked in colours."""

from collections.abc import Mapping
from typing import Literal as OneOf

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from core.document import Document

from .canvas.geometry import Geometry
from .canvas.labels import Labels
from .canvas.paint import TITLES, Drawing, paint_design
from .canvas.paint_wires import FAR
from .canvas.pills import Pills
from .canvas.typeface import text_width
from .canvas.view import Box, View, fitting
from .fonts import SMALLEST_PX, interface_font
from .style import current_theme
from .theme import Theme

Mark = OneOf["new", "gone", "changed"]
SIGNS: Mapping[Mark, str] = {"new": "+", "gone": "−", "changed": "≠"}
"""What stands at a node besides its colour."""

_STROKES: Mapping[Mark, tuple[tuple[float, float, float, float], ...]] = {
    "new": ((-1, 0, 1, 0), (0, -1, 0, 1)),
    "gone": ((-1, 0, 1, 0),),
    "changed": ((-1, -0.4, 1, -0.4), (-1, 0.5, 1, 0.5), (0.5, -1.1, -0.5, 1.2)),
}
"""The signs as lines in a square from -1 to 1: as letters they would stand askew in their discs."""

LARGEST = 1.0
"""The scale of a picture that has room enough."""

_MARGIN = 14.0
_BADGE = 15.0


def mark_colour(theme: Theme, mark: Mark) -> str:
    """The colour of what is new, gone or changed."""
    return {"new": theme.ok, "gone": theme.error, "changed": theme.warning_text}[mark]


def module_picture(
    document: Document,
    module: str,
    size: tuple[int, int],
    ratio: float = 1.0,
    marks: Mapping[str, Mark] | None = None,
    seen: Box | None = None,
) -> QPixmap:
    """A module in so many pixels: all of it, or what is `seen`. `marks` are of nodes by their ids."""
    width, height = size
    theme = current_theme()
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QColor(theme.canvas))
    geometry = Geometry(document, module, text_width)
    box = seen or geometry.bounds()
    if box is None:
        return pixmap
    view = fitting(box, width, height, margin=_MARGIN, largest=LARGEST)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    drawing = Drawing(geometry, Labels(geometry), Pills(geometry), theme)
    paint_design(painter, drawing, view, size, ratio=ratio)
    if FAR <= view.scale < TITLES:
        _write_names(painter, geometry, view, theme)
    for key, mark in (marks or {}).items():
        if geometry.is_node(key):
            _draw_mark(painter, view.to_screen_box(geometry.box(key)), mark, theme)
    painter.end()
    return pixmap


def _write_names(painter: QPainter, geometry: Geometry, view: View, theme: Theme) -> None:
    """The nodes' names where the canvas would leave them out: here they are all that tells nodes apart."""
    painter.setFont(interface_font(SMALLEST_PX))
    painter.setPen(QColor(theme.text))
    metrics = painter.fontMetrics()
    for key in geometry.nodes:
        left, top, right, bottom = view.to_screen_box(geometry.box(key))
        room = QRectF(left + 4, top, right - left - 5, bottom - top)
        title = metrics.elidedText(
            geometry.card(key).title, Qt.TextElideMode.ElideRight, int(room.width()) + 1
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, title)


def module_bounds(document: Document, module: str) -> Box | None:
    """Where a module's drawing is; None where it is empty."""
    return Geometry(document, module, text_width).bounds()


def _draw_mark(painter: QPainter, box: Box, mark: Mark, theme: Theme) -> None:
    """A frame around a node, and its sign at the corner."""
    left, top, right, bottom = box
    colour = QColor(mark_colour(theme, mark))
    frame = QRectF(left, top, right - left, bottom - top).adjusted(-2.5, -2.5, 2.5, 2.5)
    painter.setPen(QPen(colour, 2.0, Qt.PenStyle.DashLine if mark == "gone" else Qt.PenStyle.SolidLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(frame, 5, 5)
    draw_sign(painter, QPointF(frame.right(), frame.top()), mark, theme)


def draw_sign(painter: QPainter, middle: QPointF, mark: Mark, theme: Theme) -> None:
    """A disc in a mark's colour with its sign."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(mark_colour(theme, mark)))
    painter.drawEllipse(middle, _BADGE / 2, _BADGE / 2)
    painter.setPen(QPen(QColor(theme.node), 1.8))
    arm = _BADGE / 2 - 4.0
    for line in _STROKES[mark]:
        x0, y0, x1, y1 = (arm * part for part in line)
        painter.drawLine(middle + QPointF(x0, y0), middle + QPointF(x1, y1))
