"""The types that the canvas is set in, in scene units, and how wide texts are in them."""

from functools import cache, lru_cache

from PySide6.QtGui import QFont, QFontMetricsF

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
