"""Draws one node at the origin, in scene units: what the pixmap cache keeps and what goes to paper."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from core.text import tr
from ui.theme import Theme, mix

from .card import (
    ARROW,
    BADGE_HEIGHT,
    BADGE_PADDING,
    BAR,
    CHAIN,
    DEFAULT_GAP,
    LEFT,
    LINE_HEIGHT,
    LOCK,
    RIGHT,
    STACK,
    TITLE_HEIGHT,
    TOP,
    Card,
)  # fmt: skip
from .marks import Face
from .typeface import elided, text_width, write

Detail = Literal["plain", "title", "compact", "full"]
"""How much of a node is drawn: its card, the name too, everything in larger type, or everything."""

RADIUS = 8.0
PORT_RADIUS = 4.5
MARGIN = 10.0
"""Room around the card for its ports and the cards behind it, in scene units."""

_CORNER = 9.0


@dataclass(frozen=True)
class _Setting:
    """How much larger than at 100 % a card's texts are set, and how far apart its lines."""

    title: float
    line: float
    row: float


_SETTINGS: dict[str, _Setting] = {"full": _Setting(1.0, 1.0, 14.0), "compact": _Setting(1.2, 1.18, 15.5)}

FROM_AFAR = 2.2
"""The pen of the cards behind a repeated node where it is drawn so small that a finer one would fade."""

TITLE_ALONE = 1.6
"""How much larger a name is written where there is nothing else on the card."""


def draw_card(
    painter: QPainter, card: Card, face: Face, theme: Theme, detail: Detail, *, error: bool = False
) -> None:
    """Draws the card with its left top corner at the origin."""
    outline, bar = _shapes(card.width, card.height)
    if card.marks.repeat:
        _draw_stack(painter, card, theme, 1.0 if detail in _SETTINGS else FROM_AFAR)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(outline, QColor(theme.node))
    if detail in _SETTINGS and card.users is not None:
        _draw_corner(painter, card, theme)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_edge(card, face, theme, error=error))
    painter.drawPath(outline)
    painter.fillPath(bar, QColor(theme.category(card.category)))
    if detail in _SETTINGS:
        _draw_texts(painter, card, face, theme, _fitting(card, face, _SETTINGS[detail]))
        _draw_marks(painter, card, face, theme)
    elif detail == "title":
        _draw_title(painter, card, theme)
    for x, ports in ((0.0, card.inputs), (card.width, card.outputs)):
        for port in ports:
            draw_port(painter, QPointF(x, port.y), theme)


def _edge(card: Card, face: Face, theme: Theme, *, error: bool) -> QPen:
    if not card.marks.is_slot:
        return QPen(QColor(theme.error if error else theme.edge), 1.0)
    pen = QPen(QColor(theme.error if error else theme.secondary), 1.2)
    pen.setDashPattern([4.0, 3.0])
    return pen


def _draw_stack(painter: QPainter, card: Card, theme: Theme, pen: float) -> None:
    """The cards behind that of a repeated node, of which the lower edges are seen."""
    painter.setPen(QPen(QColor(theme.wire), pen))
    painter.setBrush(QColor(theme.node))
    for depth in (2, 1):
        inset = 3.0 * depth
        box = QRectF(inset + 0.5, card.height / 2, card.width - 2 * inset - 1, card.height / 2 - 0.5)
        painter.drawRoundedRect(box.adjusted(0, 0, 0, STACK * depth), RADIUS - 0.5, RADIUS - 0.5)


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


def _fitting(card: Card, face: Face, largest: _Setting) -> _Setting:
    """The setting as far as the card has room: larger type is no gain where it cuts texts off."""
    room = card.width - RIGHT + 2 - LEFT
    beside = (text_width(face.count, "line") + 6) * largest.line if face.count else 0.0
    title = (room - beside) / text_width(card.title, "title") if card.title else largest.title
    lines = [
        (room - (_marks_room(card, largest.line) if index == 0 else 0.0)) / text_width(text, "line")
        for index, text in enumerate(_lines(card, face))
        if text
    ]
    fitted = [
        max(1.0, min(size, *found)) for size, found in ((largest.title, [title]), (largest.line, lines))
    ]
    return _Setting(fitted[0], fitted[1], largest.row if fitted[1] > 1.0 else LINE_HEIGHT)


def _lines(card: Card, face: Face) -> tuple[str, ...]:
    """The lines under the name as they are at a call."""
    if face.is_empty:
        return (f"{card.marks.lead}: {tr('empty')}", *card.lines[1:])
    if card.marks.lead and face.came_to:
        return (card.marks.lead + ARROW + face.came_to, *card.lines[1:])
    return card.lines


def _uses(card: Card) -> str:
    more = card.users is not None and card.users > 1 and not card.marks.repeat and not card.marks.is_tied
    return tr("{count} uses", count=card.users) if more else ""


def _marks_room(card: Card, size: float) -> float:
    """The room at the end of the first line that marks take."""
    signs = (CHAIN if card.marks.is_tied else 0.0) + (LOCK if card.marks.is_locked else 0.0)
    if card.badge is not None:
        return card.width - RIGHT + 2 - card.badge[0] + 6 + signs
    if card.marks.is_tied:
        return signs + 4
    uses = (text_width(_uses(card), "line") + 6) * size if _uses(card) else 0.0
    return uses + (signs + 2 if signs else 0.0)


def _draw_texts(painter: QPainter, card: Card, face: Face, theme: Theme, setting: _Setting) -> None:
    end = card.width - RIGHT + 2
    baseline = TOP + TITLE_HEIGHT - 4.5
    taken = _set_at_end(painter, end, baseline, face.count, theme.secondary, setting)
    _set(painter, LEFT, baseline, card.title, "title", theme.text, setting.title, end - taken)
    for index, line in enumerate(_lines(card, face)):
        baseline = (
            TOP + TITLE_HEIGHT + LINE_HEIGHT - 3.5 + setting.row * index + (setting.row - LINE_HEIGHT) / 2
        )
        room = end - (_marks_room(card, setting.line) if index == 0 else 0.0)
        if index == 0:
            locked = LOCK if card.marks.is_locked else 0.0
            _set_at_end(painter, end - locked, baseline, _uses(card), theme.secondary, setting)
        if index == 0 and card.marks.lead and (face.came_to or face.is_empty):
            _draw_lead(painter, card, face, theme, setting, baseline, room)
        else:
            _set(painter, LEFT, baseline, line, "line", theme.secondary, setting.line, room)
    for port in card.inputs:
        if port.named:
            _set(painter, LEFT, port.y + 3.5, port.name, "port", theme.secondary, setting.line, end)
        if port.default:
            x = LEFT + (text_width(port.name, "port") + DEFAULT_GAP) * setting.line
            _set(painter, x, port.y + 3.5, port.default, "line", theme.secondary, setting.line, end)
    for port in card.outputs:
        if port.named:
            x = card.width - RIGHT - text_width(port.name, "port") * setting.line
            _set(painter, x, port.y + 3.5, port.name, "port", theme.secondary, setting.line, end)


def _draw_lead(
    painter: QPainter, card: Card, face: Face, theme: Theme, setting: _Setting, baseline: float, end: float
) -> None:
    """`block → Bottleneck`: what decides in grey, what it came to at this call in the colour of text."""
    lead = f"{card.marks.lead}: " if face.is_empty else card.marks.lead + ARROW
    came, colour = (tr("empty"), theme.warning_text) if face.is_empty else (face.came_to, theme.accent_text)
    size = setting.line
    _set(painter, LEFT, baseline, lead, "line", theme.secondary, size, end)
    _set(painter, LEFT + text_width(lead, "line") * size, baseline, came, "line", colour, size, end)


def _draw_marks(painter: QPainter, card: Card, face: Face, theme: Theme) -> None:
    """The number of repetitions and the chain of tied weights, at the end of the first line."""
    left = card.width - RIGHT + 2
    if card.badge is not None:
        left, top, right, bottom = card.badge
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.accent_ground))
        painter.drawRoundedRect(
            QRectF(left, top, right - left, bottom - top), BADGE_HEIGHT / 2, BADGE_HEIGHT / 2
        )
        baseline = top + BADGE_HEIGHT - 3.5
        write(painter, left + BADGE_PADDING, baseline, f"×{card.marks.repeat}", "line", theme.accent_text)
        if card.marks.is_computed and face.repeats:
            room = elided(face.repeats, "line", card.width - right - 4)
            write(painter, right + 4, baseline, room, "line", theme.secondary)
        left -= 4
    if card.marks.is_tied:
        draw_chain(painter, QPointF(left - CHAIN + 8, TOP + TITLE_HEIGHT + 6.5), theme.accent_text)
        left -= CHAIN
    if card.marks.is_locked:
        draw_lock(painter, QPointF(left - 5.5, TOP + TITLE_HEIGHT + 6.5), theme.secondary)


def draw_lock(painter: QPainter, middle: QPointF, colour: str) -> None:
    """A padlock, which stands for a module that is edited as a copy only."""
    painter.save()
    painter.translate(middle)
    painter.setPen(QPen(QColor(colour), 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(-4.5, -0.8, 9.0, 6.3), 1.4, 1.4)
    painter.drawArc(QRectF(-2.6, -4.9, 5.2, 6.2), 0, 180 * 16)
    painter.drawLine(QPointF(-2.6, -1.8), QPointF(-2.6, -0.8))
    painter.drawLine(QPointF(2.6, -1.8), QPointF(2.6, -0.8))
    painter.restore()


def draw_chain(painter: QPainter, middle: QPointF, colour: str) -> None:
    """Two links of a chain, which stand for weights in common."""
    painter.save()
    painter.translate(middle)
    painter.rotate(-35)
    painter.setPen(QPen(QColor(colour), 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for x in (-6.5, -0.5):
        painter.drawRoundedRect(QRectF(x, -2.4, 7.0, 4.8), 2.4, 2.4)
    painter.restore()


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
