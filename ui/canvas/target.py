"""What a drawing is painted on: the screen by way of cached pixmaps, or paper directly."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from PySide6.QtGui import QPainter

from .cache import PixmapCache
from .view import Point, View


@dataclass(frozen=True)
class Target:
    """A painter in pixels, the view onto the scene, and the pixmaps at hand; None for vectors."""

    painter: QPainter
    view: View
    cache: PixmapCache | None = None
    ratio: float = 1.0
    """Device pixels per pixel."""

    def stamp(
        self,
        key: Hashable,
        at: Point,
        size: tuple[float, float],
        paint: Callable[[QPainter], None],
        margin: float = 1.0,
        scale: float | None = None,
    ) -> None:
        """Paints a picture of `size` units with its corner at a point of the scene.

        `scale` is that of the view unless given; `margin` units around it are kept for what stands out.
        """
        scale = scale or self.view.scale
        x, y = self.view.to_screen(at)
        x, y = x - margin * scale, y - margin * scale

        def shifted(painter: QPainter) -> None:
            painter.translate(margin, margin)
            paint(painter)

        if self.cache is not None:
            full = (size[0] + 2 * margin, size[1] + 2 * margin)
            self.cache.draw(self.painter, key, (x, y), full, scale, self.ratio, shifted)
            return
        self.painter.save()
        self.painter.translate(x, y)
        self.painter.scale(scale, scale)
        shifted(self.painter)
        self.painter.restore()
