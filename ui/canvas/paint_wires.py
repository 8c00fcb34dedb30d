"""Draws wires, all of one colour at once: curves are flattened, and numpy's memory goes to `drawLines`."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from shiboken6 import Shiboken

from .geometry import Geometry
from .route import POINTS, Array
from .target import Target

FAR = 0.3
"""Below this scale everything is drawn in batches, without texts."""

_Shape = TypeVar("_Shape", QLineF, QPointF, QRectF)

_SPARSE = [0, 4, 8, 12, 13, 17, 21, POINTS - 1]


def draw_wires(
    target: Target, geometry: Geometry, wires: Sequence[str], colour: str, *, thick: bool = False
) -> None:
    """Draws these wires in a colour; on paper each is one line, so that it can be edited there."""
    if not wires:
        return
    painter, view = target.painter, target.view
    far = view.scale < FAR
    points = geometry.wire_points(wires) * view.scale + (view.x, view.y)  # (M, POINTS, 2)
    width = 1.0 if far else min(3.0, max(1.0, 1.5 * view.scale))
    pen = QPen(QColor(colour), width + (1.0 if thick else 0.0))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not far)
    if target.cache is None:
        for line in points.tolist():
            painter.drawPolyline([QPointF(x, y) for x, y in line])
    else:
        draw_segments(painter, _segments(points, far))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


def _segments(points: Array, far: bool) -> Array:
    """Polylines as separate lines, straight wires as one: (M, P, 2) -> (K, 4)."""
    straight = np.ptp(points[:, :, 1], axis=1) < 0.01
    single = points[straight][:, [0, -1]].reshape(-1, 4)
    bent = points[~straight]
    if far:
        bent = bent[:, _SPARSE]
    lines = np.concatenate((bent[:, :-1], bent[:, 1:]), axis=2).reshape(-1, 4)
    return np.concatenate((single, lines))


def draw_segments(painter: QPainter, segments: Array) -> None:
    """Draws lines x0 y0 x1 y1 with the painter's pen, without a Python object for each."""
    if len(segments):
        memory = np.ascontiguousarray(segments, dtype=np.float64)
        painter.drawLines(_first(memory, QLineF), len(memory))


def draw_points(painter: QPainter, points: Array) -> None:
    """Draws points x y with the painter's pen."""
    if len(points):
        memory = np.ascontiguousarray(points, dtype=np.float64)
        painter.drawPoints(_first(memory, QPointF), len(memory))


def draw_rectangles(painter: QPainter, rectangles: Array) -> None:
    """Draws rectangles x y width height with the painter's pen and brush."""
    if len(rectangles):
        memory = np.ascontiguousarray(rectangles, dtype=np.float64)
        painter.drawRects(_first(memory, QRectF), len(memory))


def _first(memory: Array, kind: type[_Shape]) -> _Shape:
    """The first row as Qt's own value, in place: Qt finds the others behind it."""
    shape = Shiboken.wrapInstance(memory.ctypes.data, kind)
    assert isinstance(shape, kind)
    return shape
