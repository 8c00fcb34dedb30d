"""The still part of the picture, kept as pixels: drawn once, shifted when panned, stretched while zooming."""

from collections.abc import Callable, Iterable
from math import ceil
from typing import Any, cast

from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap, QRegion

from .view import View

Paint = Callable[[QPainter, View], None]


class Backing:
    """A pixmap of the whole viewport, the view that it shows, and what of it is out of date."""

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._view = View()
        self._size = QSize()
        self._dirty = QRegion()

    @property
    def view(self) -> View:
        """The view that the pixels show."""
        return self._view

    def invalidate(self, region: QRegion | None = None) -> None:
        """Has a part redrawn at the next refresh, in pixels of the widget; all of it where none is given."""
        self._dirty += region if region is not None else QRect(QPoint(), self._size)

    def scroll(self, view: View) -> None:
        """Follows a view that was only moved: what stays in sight is shifted, the rest redrawn."""
        ratio = self._pixmap.devicePixelRatio()
        dx, dy = (view.x - self._view.x) * ratio, (view.y - self._view.y) * ratio
        whole = abs(dx - round(dx)) < 1e-6 and abs(dy - round(dy)) < 1e-6
        self._view = view
        if not whole or self._pixmap.isNull() or (ratio != 1.0 and not self._dirty.isEmpty()):
            self.invalidate()
            return
        self._dirty.translate(round(dx), round(dy))
        exposed = QRegion()
        self._pixmap.scroll(round(dx), round(dy), self._pixmap.rect(), exposed)
        for part in _parts(exposed):
            self._dirty += QRectF(
                part.x() / ratio, part.y() / ratio, part.width() / ratio, part.height() / ratio
            ).toAlignedRect()

    def refresh(self, view: View, size: QSize, ratio: float, paint: Paint) -> None:
        """Brings the pixels up to date, painting only what is out of date."""
        if size != self._size or ratio != self._pixmap.devicePixelRatio() or self._pixmap.isNull():
            self._pixmap = QPixmap(ceil(size.width() * ratio), ceil(size.height() * ratio))
            self._pixmap.setDevicePixelRatio(ratio)
            self._size = size
            self.invalidate()
        if view != self._view:
            self._view = view
            self.invalidate()
        dirty, self._dirty = self._dirty, QRegion()
        for part in _parts(dirty):
            with QPainter(self._pixmap) as painter:
                painter.setClipRect(part)
                paint(painter, view)

    def draw(self, painter: QPainter, view: View, ground: QColor) -> None:
        """Draws the pixels; where the view has been zoomed since, stretched until they are redrawn."""
        if view == self._view:
            # All of it at once, under the painter's clip: pieces would be resampled on a screen of 125 %.
            painter.drawPixmap(0, 0, self._pixmap)
            return
        stretch = view.scale / self._view.scale
        x, y = view.x - self._view.x * stretch, view.y - self._view.y * stretch
        painter.fillRect(QRect(QPoint(), self._size), ground)
        size = self._pixmap.deviceIndependentSize()
        painter.drawPixmap(
            QRectF(x, y, size.width() * stretch, size.height() * stretch),
            self._pixmap,
            QRectF(self._pixmap.rect()),
        )


def _parts(region: QRegion) -> Iterable[QRect]:
    # PySide6 lets a region be walked through, its stubs do not say so.
    return cast(Iterable[QRect], cast(Any, region))
