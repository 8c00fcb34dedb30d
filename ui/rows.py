"""Rows of the palette and of the searches: a coloured square or an icon, a name, what it is, and a hint."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from .fonts import SECONDARY_PX, interface_font, scale
from .icons import icon
from .style import current_theme

KIND_MIME = "application/x-layerloom-kind"
"""What is dragged onto the canvas: a node's kind in UTF-8."""

TITLE_MIME = "application/x-layerloom-title"
"""What the kind is called; no plain text, which fields would take."""

Index = QModelIndex | QPersistentModelIndex
_SQUARE = 8
_LEFT = 14
_GAP = 9


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row; a section's heading is read and cannot be picked."""

    text: str
    key: str = ""
    detail: str = ""
    """Said beside the text in grey."""

    hint: str = ""
    """Said at the right."""

    category: str = ""
    """The category whose colour the square has; no square without one."""

    is_pictured: bool = False
    """Whether a card with a picture tells what the help would."""

    icon: str = ""
    indented: bool = False
    """Whether the text keeps clear of where others have an icon."""

    help: str = ""
    section: bool = False
    enabled: bool = True


class RowModel(QAbstractListModel):
    """Rows for a list; a row's key is what a drag carries."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Makes these the rows."""
        new = tuple(rows)
        if new == self._rows:
            return
        self.beginResetModel()
        self._rows = new
        self.endResetModel()

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._rows

    def row_at(self, index: Index) -> Row | None:
        """The row of an index, None where it is none."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # as Qt declares it
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_at(index)
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.text
            case Qt.ItemDataRole.ToolTipRole:
                return None if row.is_pictured else row.help or None
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(part for part in (row.text, row.detail, row.hint) if part)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.row_at(index)
        if row is None or row.section or not row.enabled:
            return Qt.ItemFlag.NoItemFlags
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return plain | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return [KIND_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        row = self.row_at(indexes[0]) if indexes else None
        if row is not None:
            data.setData(KIND_MIME, QByteArray(row.key.encode()))
            data.setData(TITLE_MIME, QByteArray(row.text.encode()))
        return data


class RowDelegate(QStyledItemDelegate):
    """Draws rows."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row = _row(index)
        height = 24 if row is None or not row.section else 25 if index.row() == 0 else 31
        return QSize(80, round(height * scale()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = _row(index)
        if row is None:
            return
        # As declared for Qt's C++ side, the stubs lack the fields of the option.
        given: Any = option
        rect: QRect = given.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.section:
            _draw_section(painter, rect, row)
        else:
            picked = bool(given.state & QStyle.StateFlag.State_Selected)
            hovered = bool(given.state & QStyle.StateFlag.State_MouseOver)
            _draw_ground(painter, rect, picked, hovered and row.enabled)
            _draw_row(painter, rect, row)
        painter.restore()


def _row(index: Index) -> Row | None:
    model = index.model()
    return model.row_at(index) if isinstance(model, RowModel) else None


def _draw_section(painter: QPainter, rect: QRect, row: Row) -> None:
    font = interface_font(SECONDARY_PX - 0.5, QFont.Weight.DemiBold)
    font.setCapitalization(QFont.Capitalization.AllUppercase)
    font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.3)
    painter.setFont(font)
    painter.setPen(QColor(current_theme().secondary))
    room = rect.adjusted(_LEFT, 0, -8, -4)
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, row.text)


def _draw_ground(painter: QPainter, rect: QRect, picked: bool, hovered: bool) -> None:
    if not picked and not hovered:
        return
    theme = current_theme()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent_ground if picked else theme.hover))
    painter.drawRoundedRect(QRectF(rect.adjusted(5, 1, -5, -1)), 6, 6)


def _draw_row(painter: QPainter, rect: QRect, row: Row) -> None:
    theme = current_theme()
    left = _draw_mark(painter, rect, row)
    right = rect.right() - 14
    if row.hint:
        painter.setFont(interface_font(SECONDARY_PX))
        painter.setPen(QColor(theme.secondary if row.enabled else theme.faint))
        width = painter.fontMetrics().horizontalAdvance(row.hint)
        room = QRect(right - width, rect.top(), width + 1, rect.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, row.hint)
        right -= width + 10
    font = interface_font()
    painter.setFont(font)
    painter.setPen(QColor(theme.text if row.enabled else theme.faint))
    left += _draw_elided(painter, QRect(left, rect.top(), right - left, rect.height()), row.text) + 8
    if row.detail and right - left > 24:
        painter.setFont(interface_font(SECONDARY_PX))
        painter.setPen(QColor(theme.secondary if row.enabled else theme.faint))
        _draw_elided(painter, QRect(left, rect.top(), right - left, rect.height()), row.detail)


def _draw_mark(painter: QPainter, rect: QRect, row: Row) -> int:
    """Draws the square or the icon, and returns where the text begins."""
    left, middle = rect.left() + _LEFT, rect.center().y() + 1
    if row.icon:
        picture = icon(row.icon, "secondary" if row.enabled else "faint")
        picture.paint(painter, QRect(left - 1, middle - 8, 16, 16))
        return left + 16 + _GAP
    if row.category:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current_theme().category(row.category)))
        painter.drawRoundedRect(QRectF(left + 1.5, middle - _SQUARE / 2, _SQUARE, _SQUARE), 2, 2)
        return left + _SQUARE + _GAP + 2
    return left + 16 + _GAP if row.indented else left


def _draw_elided(painter: QPainter, room: QRect, text: str) -> int:
    """Draws the text, shortened where it has no room, and returns its width."""
    metrics = QFontMetrics(painter.font())
    shown = shortened(text, room.width(), metrics.horizontalAdvance)
    if shown is None:
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(room.width(), 0))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
    return metrics.horizontalAdvance(shown)


def shortened(text: str, room: int, width: Callable[[str], int]) -> str | None:
    """The text in so many pixels with its last words whole, which tell names that begin alike apart.

    None where they are one word, or have no room beside a beginning.
    """
    if width(text) <= room:
        return text
    words = [word for word in re.findall(r"[A-Z]*[^A-Z ]* *", text) if word]
    for kept in (2, 1):
        start, end = "".join(words[:-kept]), "…" + "".join(words[-kept:])
        if start and width(start[:2] + end) <= room:
            while start and width(start + end) > room:
                start = start[:-1]
            return start.rstrip() + end
    return None
