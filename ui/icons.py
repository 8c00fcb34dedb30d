"""The program's own icons, drawn in a colour of the current theme at the screen's resolution.

An icon asks for its colour when it is painted, so it follows a change of theme by itself.
"""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import assets

from .style import current_theme

_FOLDER = Path(assets.__file__).parent / "icons"


def icon_names() -> tuple[str, ...]:
    """Every icon that `icon` knows."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.svg")))


def icon(name: str, color: str = "text") -> QIcon:
    """An icon in a colour: the name of a theme's token, or `#rrggbb`."""
    assert (_FOLDER / f"{name}.svg").is_file(), f"there is no icon {name}"
    return QIcon(_Engine(name, color))


def pixmap(name: str, size: int, color: str = "text", ratio: float = 1.0) -> QPixmap:
    """An icon as a picture of `size` pixels a side, for a screen with so many dots a pixel."""
    made = QPixmap.fromImage(_image(name, colour_of(color), round(size * ratio)))
    made.setDevicePixelRatio(ratio)
    return made


def application_icon() -> QIcon:
    """The program's mark, which has colours of its own."""
    return QIcon(str(_FOLDER / "layerloom.svg"))


def colour_of(color: str) -> str:
    """`#rrggbb` of a token of the current theme; any other colour is itself."""
    return color if color.startswith("#") else str(getattr(current_theme(), color))


@cache
def _source(name: str) -> str:
    return (_FOLDER / f"{name}.svg").read_text(encoding="utf-8")


@cache
def _image(name: str, colour: str, side: int) -> QImage:
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return image


class _Engine(QIconEngine):
    """Draws one icon; Qt asks it again for every mode and size."""

    def __init__(self, name: str, color: str) -> None:
        super().__init__()
        self._name = name
        self._color = color

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._color)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        side = min(rect.width(), rect.height())
        left = rect.x() + (rect.width() - side) / 2
        top = rect.y() + (rect.height() - side) / 2
        image = _image(self._name, self._colour(mode, state), max(round(side * ratio), 1))
        painter.drawImage(QRectF(left, top, side, side), image)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        image = QPixmap(size)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return image

    def _colour(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode == QIcon.Mode.Disabled:
            return current_theme().faint
        if state == QIcon.State.On:
            return current_theme().accent_text
        return colour_of(self._color)
