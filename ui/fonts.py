"""The bundled typefaces, and how large they are on this machine.

Sizes are given in pixels of the design (12.5 for the interface, 11 for what is secondary) and grow with the
system's font size; nothing is ever set below 10.
"""

from functools import cache
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication

import assets

INTERFACE = "Inter"
CODE = "JetBrains Mono"
CHINESE = "Droid Sans Fallback"

BASE_PX = 12.5
SECONDARY_PX = 11.0
SMALLEST_PX = 10.0

USUAL_PX = (11.5, 15.0)
"""System font sizes that need no scaling: 9 to 11 points at 96 dots per inch."""

_FOLDER = Path(assets.__file__).parent / "fonts"


@cache
def load_fonts() -> tuple[str, ...]:
    """Make the bundled fonts known to Qt and give back their families; needs the application."""
    families: set[str] = set()
    for file in sorted([*_FOLDER.glob("*.otf"), *_FOLDER.glob("*.ttf")]):
        number = QFontDatabase.addApplicationFont(str(file))
        assert number >= 0, f"{file.name} cannot be read as a font"
        families.update(QFontDatabase.applicationFontFamilies(number))
    for family in (INTERFACE, CODE):
        QFont.insertSubstitution(family, CHINESE)
    return tuple(sorted(families))


def interface_font(px: float = BASE_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Inter, for all words of the window."""
    return _font(INTERFACE, px, weight)


def code_font(px: float = BASE_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """JetBrains Mono, for shapes, numbers and code."""
    font = _font(CODE, px, weight)
    font.setFeature(QFont.Tag("calt"), 0)  # no ligatures: a reader has to see `!=` as it is typed
    return font


def points(px: float) -> float:
    """The size in points, scaled to the system's font size, of so many pixels of the design."""
    return max(px * scale(), SMALLEST_PX) * 72 / _dots_per_inch()


@cache
def scale() -> float:
    """How much larger than drawn the window's type is, read once from the system's font."""
    font = QGuiApplication.font()
    px = font.pixelSize() if font.pixelSize() > 0 else font.pointSizeF() * _dots_per_inch() / 72
    if USUAL_PX[0] <= px <= USUAL_PX[1]:
        return 1.0
    return min(max(px / (10 * 96 / 72), 0.8), 3.0)


def _font(family: str, px: float, weight: QFont.Weight) -> QFont:
    load_fonts()
    font = QFont([family, CHINESE])
    font.setPointSizeF(points(px))
    font.setWeight(weight)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _dots_per_inch() -> float:
    screens = QGuiApplication.screens()
    return screens[0].logicalDotsPerInchY() if screens else 96.0
