"""Draws one node at the origin, in scene units: what the pixmap cache keeps and what goes to paper."""

from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from ui.theme import Theme, mix

from .card import BAR, LEFT, LINE_HEIGHT, RIGHT, TITLE_HEIGHT, TOP, Card, Port
from .typeface import elided, text_width, write

Detail = Literal["plain", "title", "full"]
"""How much of a node is drawn: its card, the name too, or everything."""

RADIUS = 8.0
PORT_RADIUS = 4.5
MARGIN = 7.0
"""Room around the card for its ports, in scene units."""

_CORNER = 9.0

TITLE_ALONE = 1.6
"""How much larger a name is written where there is nothing else on the card."""


def draw_card(
    painter: QPainter, card: Card, count: str, theme: Theme, detail: Detail, *, error: bool = False
) -> None:
    """Draws the card with its left top corner at the origin."""
    outline, bar = _shapes(card.width, card.height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(outline, QColor(theme.node))
    if detail == "full" and card.users is not None:
        _draw_corner(painter, card, theme)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.error if error else theme.edge), 1.0))
    painter.drawPath(outline)
    painter.fillPath(bar, QColor(theme.category(card.category)))
    if detail == "full":
        _draw_texts(painter, card, count, theme)
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


def _draw_texts(painter: QPainter, card: Card, count: str, theme: Theme) -> None:
    room = card.width - LEFT - RIGHT
    taken = text_width(count, "line") + 8 if count else 0.0
    baseline = TOP + TITLE_HEIGHT - 4.5
    write(painter, LEFT, baseline, elided(card.title, "title", room - taken), "title", theme.text)
    if count:
        x = card.width - RIGHT + 2 - text_width(count, "line")
        write(painter, x, baseline, count, "line", theme.secondary)
    uses = f"×{card.users}" if card.users is not None and card.users > 1 else ""
    taken = text_width(uses, "line") + 8 if uses else 0.0
    for index, line in enumerate(card.lines):
        baseline = TOP + TITLE_HEIGHT + LINE_HEIGHT * (index + 1) - 3.5
        width = room - (taken if index == 0 else 0.0)
        write(painter, LEFT, baseline, elided(line, "line", width), "line", theme.secondary)
        if uses and index == 0:
            x = card.width - RIGHT + 2 - text_width(uses, "line")
            write(painter, x, baseline, uses, "line", theme.accent_text)
    for port in card.inputs:
        _draw_port_name(painter, port, LEFT, theme)
    for port in card.outputs:
        _draw_port_name(painter, port, card.width - RIGHT - text_width(port.name, "port"), theme)


def _draw_port_name(painter: QPainter, port: Port, x: float, theme: Theme) -> None:
    if port.named:
        write(painter, x, port.y + 3.5, port.name, "port", theme.secondary)


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
