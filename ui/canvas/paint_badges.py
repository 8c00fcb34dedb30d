"""Draws the small marks on nodes that the visible code has no word for."""

from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ui.theme import Theme

from .code_badges import HEIGHT, LEAST_SCALE, SMALLEST, WIDTH, CodeBadge, badge_box
from .target import Target
from .view import Box


def draw_badge(target: Target, card: Box, badge: CodeBadge, theme: Theme) -> None:
    """Draws a card's badge over its edge."""
    scale = target.view.scale
    if scale < LEAST_SCALE:
        return
    left, top, _, _ = badge_box(card, scale)
    paint = partial(_paint, refused=badge.refused, theme=theme)
    key = ("code badge", badge.refused, theme.name)
    target.stamp(key, (left, top), (WIDTH, HEIGHT), paint, scale=max(scale, SMALLEST))


def _paint(painter: QPainter, refused: bool, theme: Theme) -> None:
    ground, colour = (theme.error_ground, theme.error_text) if refused else (theme.node, theme.secondary)
    painter.setPen(QPen(QColor(theme.error if refused else theme.edge), 1.0))
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(QRectF(0.5, 0.5, WIDTH - 1, HEIGHT - 1), HEIGHT / 2 - 0.5, HEIGHT / 2 - 0.5)
    pen = QPen(QColor(colour), 1.3)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    middle = HEIGHT / 2
    for tip, back in ((5.5, 8.5), (18.5, 15.5)):
        painter.drawPolyline([QPointF(back, middle - 3), QPointF(tip, middle), QPointF(back, middle + 3)])
    if refused:
        painter.drawLine(QPointF(10.2, middle - 2), QPointF(13.8, middle + 2))
        painter.drawLine(QPointF(13.8, middle - 2), QPointF(10.2, middle + 2))
    else:
        painter.drawLine(QPointF(11.0, middle + 3), QPointF(13.0, middle - 3))
