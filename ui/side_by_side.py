"""Two designs beside each other: what is in one only is tinted, what differs is outlined, words below."""

from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from core.comparison import Comparison, Pair, Side, compare
from core.document import Document
from core.problem import Path
from core.record import ROOT
from core.resolve import Resolution
from core.text import tr

from .canvas.geometry import Geometry
from .canvas.labels import Labels
from .canvas.paint import Drawing, paint_design
from .canvas.pills import Pills
from .canvas.typeface import text_width, wrapped, write
from .canvas.view import Box, View
from .module_picture import Mark, draw_sign, mark_colour
from .shapes import known_sizes
from .theme import Theme

BORDER, GAP, INSET = 28.0, 20.0, 40.0
"""Around everything, between the panels, and around a drawing in its panel; in scene units."""

HEAD, LINE = 38.0, 19.0
"""Height of a panel's title and of a line of words."""

SHOWN_PAIRS, SHOWN_LINES = 4, 14
"""Modules that are drawn, and sentences that are written; the rest is counted."""

_TINT = 34
"""How opaque the colour is, of 255, that lies over what is in one design only."""


@dataclass(frozen=True)
class Compared:
    """One of the two: its title, the design, and what is known of its shapes."""

    title: str
    document: Document
    resolution: Resolution


class SideBySide:
    """A picture of where two designs part, as large as `size` says, in scene units."""

    def __init__(self, a: Compared, b: Compared, theme: Theme) -> None:
        self.comparison = compare(a.document, b.document)
        self._sides = a, b
        self._theme = theme
        pairs = _drawn(self.comparison)
        marks: tuple[Mark, Mark] = ("gone", "new")
        self._rows = [
            [
                _Panel(side, each, mark, _title(side, each.module), theme)
                for side, each, mark in zip((a, b), (pair.a, pair.b), marks, strict=True)
            ]
            for pair in pairs
        ]
        wide = [max(row[i].width for row in self._rows) for i in (0, 1)]
        self._columns = wide
        self._inner = sum(wide) + GAP
        self._lines = self._words(self._inner - 24)
        below = len(self._lines) * LINE + (LINE * 2.4 if self._lines else LINE * 1.4)
        tall = sum(max(panel.height for panel in row) + GAP for row in self._rows)
        self.size = ceil(self._inner + 2 * BORDER), ceil(2 * BORDER + tall + below - GAP / 2)

    @property
    def lines(self) -> list[str]:
        """The lines of words below the drawings."""
        return [line for _, line in self._lines]

    def paint(self, painter: QPainter) -> None:
        """Paints all of it, one scene unit a pixel."""
        painter.fillRect(QRectF(0, 0, *self.size), QColor(self._theme.canvas))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = BORDER
        for row in self._rows:
            height = max(panel.height for panel in row)
            left = BORDER
            for panel, width in zip(row, self._columns, strict=True):
                panel.paint(painter, (left, top, left + width, top + height))
                left += width + GAP
            top += height + GAP
        self._paint_legend(painter, top + 2)
        top += LINE * 2
        for sign, line in self._lines:
            if sign:
                self._paint_bullet(painter, top)
            write(painter, BORDER + 18, top, line, "line", self._theme.text)
            top += LINE

    def _paint_bullet(self, painter: QPainter, baseline: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.secondary))
        painter.drawEllipse(QPointF(BORDER + 7, baseline - 4), 1.8, 1.8)

    def _words(self, room: float) -> list[tuple[bool, str]]:
        """The sentences in lines, and whether one begins there."""
        pairs = self.comparison.pairs
        told = self.comparison.lines or [tr("nothing differs")]
        if len(pairs) == 1:  # the panels have its name already
            told = [each.text for each in pairs[0].differences]
        if len(told) > SHOWN_LINES:
            more = tr("and {count} more", count=len(told) - SHOWN_LINES)
            told = [*told[:SHOWN_LINES], more]
        return [
            (number == 0, line) for text in told for number, line in enumerate(wrapped(text, "line", room))
        ]

    def _paint_legend(self, painter: QPainter, baseline: float) -> None:
        """What the signs mean, of those that are there."""
        sides = [panel.side for row in self._rows for panel in row]
        words: tuple[tuple[Mark, str, bool], ...] = (
            ("gone", tr("only in A"), any(side.only or side.wires for side in sides[::2])),
            ("new", tr("only in B"), any(side.only or side.wires for side in sides[1::2])),
            ("changed", tr("in both, and differs"), any(side.changed for side in sides)),
        )
        left = BORDER + 7
        for mark, word, is_used in words:
            if not is_used:
                continue
            draw_sign(painter, QPointF(left, baseline - 4), mark, self._theme)
            write(painter, left + 13, baseline, word, "line", self._theme.secondary)
            left += text_width(word, "line") + 42


class _Panel:
    """A module of one of the two, with its title and its marks."""

    def __init__(self, compared: Compared, side: Side, mark: Mark, title: str, theme: Theme) -> None:
        self.side, self._title, self._theme = side, title, theme
        self._mark: Mark = mark
        path = _path_to(compared, side.module)
        call = None if path is None else compared.resolution.call(path)
        geometry = Geometry(compared.document, side.module, text_width)
        sizes = known_sizes(compared.resolution)
        labels = Labels(geometry, call, compared.resolution.symbols, sizes)
        colours = dict.fromkeys(side.wires, mark_colour(theme, mark))
        self._drawing = Drawing(geometry, labels, Pills(geometry), theme, colours=colours)
        self._box: Box = geometry.bounds() or (0.0, 0.0, 240.0, 120.0)
        self.width = max(self._box[2] - self._box[0] + 2 * INSET, text_width(title, "title") + 90)
        self.height = self._box[3] - self._box[1] + 2 * INSET + HEAD - 12

    def paint(self, painter: QPainter, box: Box) -> None:
        """Paints the panel into a box of the picture."""
        left, top, right, bottom = box
        view = View(1.0, left + INSET - self._box[0], top + HEAD + INSET - 12 - self._box[1])
        paint_design(painter, self._drawing, view, (right, bottom), part=box)
        self._paint_marks(painter, view)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.edge), 1.0))
        painter.drawRoundedRect(QRectF(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1), 8, 8)
        letter = "A" if self._mark == "gone" else "B"
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.secondary))
        painter.drawRoundedRect(QRectF(left + 14, top + 12, 18, 18), 5, 5)
        write(
            painter,
            left + 23 - text_width(letter, "strong") / 2,
            top + 25,
            letter,
            "strong",
            self._theme.node,
        )
        write(painter, left + 40, top + 25.5, self._title, "title", self._theme.text)

    def _paint_marks(self, painter: QPainter, view: View) -> None:
        boxes = self._drawing.geometry
        marked: tuple[tuple[frozenset[str], Mark], ...] = (
            (self.side.only, self._mark),
            (self.side.changed, "changed"),
        )
        for keys, mark in marked:
            for key in sorted(keys):
                if boxes.is_node(key):
                    self._mark_node(painter, view.to_screen_box(boxes.box(key)), mark)

    def _mark_node(self, painter: QPainter, box: Box, mark: Mark) -> None:
        """An outline and a sign; a tint too over what is in one design only."""
        left, top, right, bottom = box
        colour = QColor(mark_colour(self._theme, mark))
        frame = QRectF(left, top, right - left, bottom - top).adjusted(-1.0, -1.0, 1.0, 1.0)
        painter.setPen(QPen(colour, 2.0))
        tint = QColor(colour)
        tint.setAlpha(0 if mark == "changed" else _TINT)
        painter.setBrush(tint)
        painter.drawRoundedRect(frame, 9, 9)
        draw_sign(painter, QPointF(frame.right() - 4, frame.top()), mark, self._theme)


def _drawn(comparison: Comparison) -> list[Pair]:
    """The modules that are drawn: those with differences, the root where there are none."""
    apart = [pair for pair in comparison.pairs if not pair.same] or list(comparison.pairs)
    nothing: frozenset[str] = frozenset()
    root = Side(ROOT, nothing, nothing, nothing)
    return apart[:SHOWN_PAIRS] or [Pair("", root, root, ())]


def _title(compared: Compared, module: str) -> str:
    name = compared.document.module(module).name
    return compared.title if module == ROOT or name in compared.title else f"{compared.title} · {name}"


def _path_to(compared: Compared, module: str) -> Path | None:
    """The first call of a module; None where nothing calls it."""
    found = (path for path, call in compared.resolution.root.contexts() if call.module == module)
    return next(found, None)
