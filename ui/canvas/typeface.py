"""The types that the canvas is set in, in scene units, and how wide texts are in them."""

from functools import cache, lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPaintEngine, QPainter, QPainterPath

from ui.fonts import CHINESE, CODE, INTERFACE, load_fonts

from .card import Role

FACES: dict[str, tuple[str, int, QFont.Weight]] = {
    "title": (INTERFACE, 13, QFont.Weight.DemiBold),
    "line": (INTERFACE, 11, QFont.Weight.Normal),
    "port": (INTERFACE, 10, QFont.Weight.Normal),
    "strong": (INTERFACE, 11, QFont.Weight.DemiBold),
    "shape": (CODE, 10, QFont.Weight.Normal),
}
"""Family, size in scene units and weight by use; in pixels, as points depend on the paper's resolution."""


@cache
def face(use: str) -> QFont:
    """The font of a use; it scales with the painter."""
    load_fonts()
    family, pixels, weight = FACES[use]
    font = QFont([family, CHINESE])
    font.setPixelSize(pixels)
    font.setWeight(weight)
    # Hinted widths would jump at every zoom.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


@cache
def metrics(use: str) -> QFontMetricsF:
    """The metrics of a use's font."""
    return QFontMetricsF(face(use))


@lru_cache(maxsize=16384)
def text_width(text: str, use: Role | str) -> float:
    """The width of a text in scene units."""
    return metrics(use).horizontalAdvance(text)


@lru_cache(maxsize=4096)
def wrapped(text: str, use: str, width: float) -> tuple[str, ...]:
    """The text in lines no wider than `width`, broken at blanks; a longer word stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, use) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def write(painter: QPainter, x: float, baseline: float, text: str, use: str, colour: str) -> None:
    """Writes a line of text; into SVG as outlines, as whoever opens it may not have the fonts."""
    if painter.paintEngine().type() == QPaintEngine.Type.SVG:
        outline = QPainterPath()
        outline.addText(QPointF(x, baseline), face(use), text)
        painter.fillPath(outline, QColor(colour))
        return
    painter.setFont(face(use))
    painter.setPen(QColor(colour))
    painter.drawText(QPointF(x, baseline), text)


def elided(text: str, use: str, width: float) -> str:
    """The text, its end cut by an ellipsis where it is wider than `width`."""
    if text_width(text, use) <= width + 0.5:
        return text
    return metrics(use).elidedText(text, Qt.TextElideMode.ElideRight, width)
