"""A table of an array's elements: a matrix of it, the other axes chosen by number."""

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTableView, QWidget

from core.initialise import Array
from ui.fonts import SECONDARY_PX, code_font
from ui.measure import figure
from ui.style import set_role

ROWS, COLUMNS = 256, 256
"""The most that the table lists."""

Index = QModelIndex | QPersistentModelIndex


class ArrayModel(QAbstractTableModel):
    """A matrix (H, W) as text, made where it is seen."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._matrix: Array = np.zeros((0, 0))

    def show_matrix(self, matrix: Array) -> None:
        """Shows other numbers."""
        if matrix.shape != self._matrix.shape:
            self.beginResetModel()
            self._matrix = matrix
            self.endResetModel()
            return
        self._matrix = matrix
        rows, columns = self.rowCount(), self.columnCount()
        if rows and columns:
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, columns - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # as Qt declares it
        return 0 if parent.isValid() else min(self._matrix.shape[0], ROWS)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # as Qt declares it
        return 0 if parent.isValid() else min(self._matrix.shape[1], COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return element_text(self._matrix[index.row(), index.column()])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return repr(self._matrix[index.row(), index.column()].item())
        return None

    def headerData(
        self, place: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        return str(place) if role == Qt.ItemDataRole.DisplayRole else None


class ArrayTable(QTableView):
    """Elements that can be picked and copied."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.numbers = ArrayModel(self)
        self.setModel(self.numbers)
        self.setFont(code_font(SECONDARY_PX))
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setHighlightSections(False)
            header.setMinimumSectionSize(18)
        self.verticalHeader().setDefaultSectionSize(19)
        self.horizontalHeader().setFixedHeight(20)
        self.horizontalHeader().setDefaultSectionSize(58)
        set_role(self, "numbers")

    def show_matrix(self, matrix: Array) -> None:
        """Shows a matrix, in as much height as its rows take up to a limit."""
        self.numbers.show_matrix(matrix)
        rows = min(self.numbers.rowCount(), 6)
        row = self.verticalHeader().defaultSectionSize()
        self.setFixedHeight(row * rows + self.horizontalHeader().height() + 14)

    def let_go(self) -> None:
        """Holds no matrix any more."""
        self.numbers.show_matrix(np.zeros((0, 0)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
            return
        super().keyPressEvent(event)

    def _copy(self) -> None:
        """Puts the picked cells on the clipboard, columns apart by tabs."""
        lines: dict[int, dict[int, str]] = {}
        for index in self.selectedIndexes():
            lines.setdefault(index.row(), {})[index.column()] = index.data(Qt.ItemDataRole.ToolTipRole)
        text = "\n".join("\t".join(row[key] for key in sorted(row)) for _, row in sorted(lines.items()))
        QApplication.clipboard().setText(text)


def element_text(value: Any) -> str:
    """A number as a cell shows it."""
    return figure(float(value)) if isinstance(value, np.floating) else str(value)
