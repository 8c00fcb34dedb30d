"""Draws what stands beside wires and nodes: shape pills, errors, results, comments."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from core.problem import Path
from core.record import Comment
from ui.theme import Theme, mix

from .pills import CHARACTER
from .typeface import text_width, wrapped, write

PROBLEM_WIDTH = 220.0
"""Where the text of a problem is broken, in units."""

PROBLEM_LINE = 14.0
_PROBLEM_PADDING = 8.0
COMMENT_LINE = 15.0

THUMBNAIL = 24.0
STRIP_GAP = 4.0
STRIP_LINES = 3
"""The most lines of statistics under a node."""

_STRIP_PADDING = 6.0
_STRIP_LINE = 12.0
_SIGNS = ("μ", "σ", "|∇|")


class Results(Protocol):
    """What a run left at the nodes: small pictures, and a line of statistics."""

    def thumbnails(self, path: Path, node: str) -> Sequence[QImage]:
        """The pictures under a node of the call at `path`; empty where it has no value."""
        ...

    def statistics(self, path: Path, node: str) -> str:
        """`μ 0.02 σ 0.91 |∇| 3.1e-3`; empty where it has no value."""
        ...


def draw_pill(
    painter: QPainter, text: str, size: tuple[float, float], theme: Theme, *, told: bool = False
) -> None:
    """Draws a wire's shape; `told` is one that is foretold, in the accent colour."""
    width, height = size
    painter.setPen(QPen(QColor(theme.accent if told else theme.line), 1.0))
    painter.setBrush(QColor(theme.accent_ground if told else theme.panel))
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), height / 2 - 0.5, height / 2 - 0.5)
    x = (width - len(text) * CHARACTER) / 2
    write(painter, x, height / 2 + 3.5, text, "shape", theme.accent_text if told else theme.secondary)


def problem_size(text: str, width: float = PROBLEM_WIDTH) -> tuple[float, float]:
    """The size of a problem's card."""
    lines = wrapped(text, "line", width)
    wide = max((text_width(line, "line") for line in lines), default=0.0)
    return wide + 2 * _PROBLEM_PADDING, len(lines) * PROBLEM_LINE + 10.0


def draw_problem(
    painter: QPainter, text: str, theme: Theme, *, condition: bool = False, width: float = PROBLEM_WIDTH
) -> None:
    """Draws a problem in full on its ground; a condition is calmer than an error."""
    wide, high = problem_size(text, width)
    painter.setPen(QPen(QColor(theme.edge if condition else theme.error), 1.0))
    painter.setBrush(QColor(theme.panel if condition else theme.error_ground))
    painter.drawRoundedRect(QRectF(0.5, 0.5, wide - 1, high - 1), 6, 6)
    colour = theme.warning_text if condition else theme.error_text
    for index, line in enumerate(wrapped(text, "line", width)):
        write(painter, _PROBLEM_PADDING, 5 + PROBLEM_LINE * (index + 1) - 3.5, line, "line", colour)


def strip_size(images: Sequence[QImage], statistics: str, width: float) -> tuple[float, float]:
    """The size of a node's results: as wide as its card, so that the wire at its side stays free."""
    height = 2 * _STRIP_PADDING
    height += THUMBNAIL if images else 0.0
    height += _STRIP_LINE * len(statistics_lines(statistics, width))
    height += 4.0 if images and statistics else 0.0
    return width, height


@lru_cache(maxsize=4096)
def statistics_lines(statistics: str, width: float) -> tuple[str, ...]:
    """The statistics in lines that fit under a card of `width` units, a sign always with its figure."""
    lines: list[str] = []
    sign = ""
    for word in statistics.split():
        if word in _SIGNS:
            sign = f"{word} "
            continue
        piece, sign = sign + word, ""
        longer = f"{lines[-1]} {piece}" if lines else piece
        if lines and text_width(longer, "shape") <= width - 2 * _STRIP_PADDING:
            lines[-1] = longer
        else:
            lines.append(piece)
    return tuple(lines) if len(lines) <= STRIP_LINES else (*lines[: STRIP_LINES - 1], "…")


def draw_strip(
    painter: QPainter,
    images: Sequence[QImage],
    statistics: str,
    size: tuple[float, float],
    theme: Theme,
    *,
    faded: bool = False,
) -> None:
    """Draws a node's results: as many pictures as there is room for, and the statistics under them.

    `faded` are those of a design that has been edited since.
    """
    width, height = size
    painter.setPen(QPen(QColor(theme.edge), 1.0))
    painter.setBrush(QColor(theme.node))
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), 6, 6)
    painter.setOpacity(0.45 if faded else 1.0)
    x = _STRIP_PADDING
    for image in images:
        wide = min(width - 2 * _STRIP_PADDING, THUMBNAIL * max(1.0, image.width() / max(1, image.height())))
        if x + wide > width - _STRIP_PADDING + 0.5:
            break
        painter.drawImage(QRectF(x, _STRIP_PADDING, wide, THUMBNAIL), image)
        x += wide + 3
    painter.setOpacity(0.75 if faded else 1.0)
    lines = statistics_lines(statistics, width)
    for place, line in enumerate(reversed(lines)):
        baseline = height - _STRIP_PADDING - 2 - _STRIP_LINE * place
        write(painter, _STRIP_PADDING, baseline, line, "shape", theme.secondary)
    painter.setOpacity(1.0)


def draw_comment(painter: QPainter, comment: Comment, theme: Theme, *, words: bool) -> None:
    """Draws a comment as a soft card with its corner at the origin."""
    width, height = comment.size
    painter.setPen(QPen(QColor(theme.line), 1.0))
    painter.setBrush(QColor(mix(theme.canvas, theme.hover, 0.75)))
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), 8, 8)
    lines = [
        line for part in comment.text.splitlines() for line in wrapped(part, "line", width - 24) or ("",)
    ]
    room = int((height - 16) // COMMENT_LINE)
    if len(lines) > room > 0:
        lines = [*lines[: room - 1], lines[room - 1] + " …"]
    for index, line in enumerate(lines if words else ()):
        write(painter, 12.0, 8 + COMMENT_LINE * (index + 1) - 4, line, "line", theme.secondary)
