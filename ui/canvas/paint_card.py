"""Draws one node at the origin, in scene units: what the pixmap cache keeps and what goes to paper."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from ui.theme import Theme, mix

from .card import BAR, LEFT, LINE_HEIGHT, RIGHT, TITLE_HEIGHT, TOP, Card
from .typeface import elided, text_width, write

Detail = Literal["plain", "title", "compact", "full"]
"""How much of a node is drawn: its card, the name too, everything in larger type, or everything."""

RADIUS = 8.0
PORT_RADIUS = 4.5
MARGIN = 7.0
"""Room around the card for its ports, in scene units."""

_CORNER = 9.0


@dataclass(frozen=True)
class _Setting:
    """How much larger than at 100 % a card's texts are set, and how far apart its lines."""

    title: float
    line: float
    row: float


_SETTINGS: dict[str, _Setting] = {"full": _Setting(1.0, 1.0, 14.0), "compact": _Setting(1.2, 1.18, 15.5)}

TITLE_ALONE = 1.6
"""How much larger a name is written where there is nothing else on the card."""


def draw_card(
    painter: QPainter, card: Card, count: str, theme: Theme, detail: Detail, *, error: bool = False
) -> None:
    """Draws the card with its left top corner at the origin."""
    outline, bar = _shapes(card.width, card.height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(outline, QColor(theme.node))
    if detail in _SETTINGS and card.users is not None:
        _draw_corner(painter, card, theme)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.error if error else theme.edge), 1.0))
    painter.drawPath(outline)
    painter.fillPath(bar, QColor(theme.category(card.category)))
    if detail in _SETTINGS:
        _draw_texts(painter, card, count, theme, _fitting(card, count, _SETTINGS[detail]))
    elif detail == "title":
        _draw_title(painter, card, theme)
    for x, ports in ((0.0, card.inputs), (card.width, card.outputs)):
        for port in ports:
            draw_port(painter, QPointF(x, port.y), theme)


def draw_port(painter: QPainter, at: QPointF, theme: Theme, colour: str | None = None) -> None:
    """Draws a port's ring, in the wire's colour unless another is given."""
    painter.setPen(QPen(QColor(colour or theme.wire), 1.5))
    painter.setBrush(QColor(theme.node))
    painter.drawEllipse(at, PORT_RADIUS, PORT_RADIUS)


@lru_cache(maxsize=1024)
def _shapes(width: float, height: float) -> tuple[QPainterPath, QPainterPath]:
    """The card's outline on pixel centres, and the part of it that the bar takes."""
    outline = QPainterPath()
    outline.addRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), RADIUS - 0.5, RADIUS - 0.5)
    strip = QPainterPath()
    strip.addRect(QRectF(0, 0, BAR + 0.5, height))
    return outline, outline.intersected(strip)


def _draw_title(painter: QPainter, card: Card, theme: Theme) -> None:
    """The name alone, larger, so that it can be read from afar."""
    text = elided(card.title, "title", (card.width - LEFT - 6) / TITLE_ALONE)
    painter.save()
    painter.translate(LEFT, card.height / 2)
    painter.scale(TITLE_ALONE, TITLE_ALONE)
    write(painter, 0.0, 4.5, text, "title", theme.text)
    painter.restore()


def _fitting(card: Card, count: str, largest: _Setting) -> _Setting:
    """The setting as far as the card has room: larger type is no gain where it cuts texts off."""
    room = card.width - RIGHT + 2 - LEFT
    beside = (text_width(count, "line") + 6) * largest.line if count else 0.0
    uses = (text_width(_uses(card), "line") + 6) * largest.line if _uses(card) else 0.0
    title = (room - beside) / text_width(card.title, "title") if card.title else largest.title
    lines = [
        (room - (uses if index == 0 else 0.0)) / text_width(text, "line")
        for index, text in enumerate(card.lines)
        if text
    ]
    fitted = [
        max(1.0, min(size, *found)) for size, found in ((largest.title, [title]), (largest.line, lines))
    ]
    return _Setting(fitted[0], fitted[1], largest.row if fitted[1] > 1.0 else LINE_HEIGHT)


def _uses(card: Card) -> str:
    return f"×{card.users}" if card.users is not None and card.users > 1 else ""


def _draw_texts(painter: QPainter, card: Card, count: str, theme: Theme, setting: _Setting) -> None:
    end = card.width - RIGHT + 2
    baseline = TOP + TITLE_HEIGHT - 4.5
    taken = _set_at_end(painter, end, baseline, count, theme.secondary, setting)
    _set(painter, LEFT, baseline, card.title, "title", theme.text, setting.title, end - taken)
    for index, line in enumerate(card.lines):
        baseline = (
            TOP + TITLE_HEIGHT + LINE_HEIGHT - 3.5 + setting.row * index + (setting.row - LINE_HEIGHT) / 2
        )
        taken = 0.0 if index else _set_at_end(painter, end, baseline, _uses(card), theme.accent_text, setting)
        _set(painter, LEFT, baseline, line, "line", theme.secondary, setting.line, end - taken)
    for port in card.inputs:
        if port.named:
            _set(painter, LEFT, port.y + 3.5, port.name, "port", theme.secondary, setting.line, end)
    for port in card.outputs:
        if port.named:
            x = card.width - RIGHT - text_width(port.name, "port") * setting.line
            _set(painter, x, port.y + 3.5, port.name, "port", theme.secondary, setting.line, end)


def _set(
    painter: QPainter, x: float, baseline: float, text: str, use: str, colour: str, size: float, end: float
) -> None:
    """Writes a line `size` times as large as its type, cut where it would go beyond `end`."""
    painter.save()
    painter.translate(x, baseline)
    painter.scale(size, size)
    write(painter, 0.0, 0.0, elided(text, use, (end - x) / size), use, colour)
    painter.restore()


def _set_at_end(
    painter: QPainter, end: float, baseline: float, text: str, colour: str, setting: _Setting
) -> float:
    """Writes a short text that ends at `end`, and returns the room that it takes."""
    if not text:
        return 0.0
    width = text_width(text, "line") * setting.line
    _set(painter, end - width, baseline, text, "line", colour, setting.line, end + 1)
    return width + 6


def _draw_corner(painter: QPainter, card: Card, theme: Theme) -> None:
    """The folded corner that says a module can be entered."""
    right, bottom = card.width - 1.0, card.height - 1.0
    fold = QPainterPath()
    fold.addPolygon(
        QPolygonF(
            [
                QPointF(right, bottom - _CORNER - 5),
                QPointF(right, bottom),
                QPointF(right - _CORNER - 5, bottom),
            ]
        )
    )
    outline, _ = _shapes(card.width, card.height)
    colour = mix(theme.node, theme.category(card.category), 0.55)
    painter.fillPath(fold.intersected(outline), QColor(colour))
