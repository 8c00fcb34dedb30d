"""Pixmaps of nodes and pills, by what they show, at which scale and for which screen."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from math import ceil

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPixmap

LARGEST_BYTES = 64 * 2**20


class PixmapCache:
    """Keeps what was drawn last; the oldest goes when there is too much."""

    def __init__(self) -> None:
        self._pixmaps: OrderedDict[Hashable, QPixmap] = OrderedDict()
        self._bytes = 0

    def clear(self) -> None:
        """Forgets everything."""
        self._pixmaps.clear()
        self._bytes = 0

    def draw(
        self,
        painter: QPainter,
        key: Hashable,
        at: tuple[float, float],
        size: tuple[float, float],
        scale: float,
        ratio: float,
        paint: Callable[[QPainter], None],
    ) -> None:
        """Draws the picture of `size` scene units whose corner is at a pixel, on whole device pixels.

        `paint` draws it in scene units, and is only called where it is not at hand.
        """
        full_key = (key, scale, ratio)
        pixmap = self._pixmaps.get(full_key)
        if pixmap is None:
            pixmap = self._painted(size, scale, ratio, paint)
            self._keep(full_key, pixmap)
        else:
            self._pixmaps.move_to_end(full_key)
        x, y = (round(place * ratio) / ratio for place in at)
        painter.drawPixmap(QPointF(x, y), pixmap)

    def _painted(
        self, size: tuple[float, float], scale: float, ratio: float, paint: Callable[[QPainter], None]
    ) -> QPixmap:
        width, height = (max(1, ceil(side * scale * ratio)) for side in size)
        pixmap = QPixmap(width, height)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        hints = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        # Ended in any case: a pixmap that is freed while it is painted on takes the process along.
        with QPainter(pixmap) as painter:
            painter.setRenderHints(hints)
            painter.scale(scale, scale)
            paint(painter)
        return pixmap

    def _keep(self, key: Hashable, pixmap: QPixmap) -> None:
        self._pixmaps[key] = pixmap
        self._bytes += _bytes(pixmap)
        while self._bytes > LARGEST_BYTES and len(self._pixmaps) > 1:
            _, oldest = self._pixmaps.popitem(last=False)
            self._bytes -= _bytes(oldest)


def _bytes(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
