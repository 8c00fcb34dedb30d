"""The table of an array's elements follows other numbers."""

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ui.inspector.array_table import COLUMNS, ROWS, ArrayTable


@pytest.mark.parametrize("shape", [(3, 4), (1, ROWS + 50), (COLUMNS + 50, 2), (1000, 1000)])
def test_other_numbers_of_the_same_shape_change_the_cells_that_are_listed(
    qtbot: QtBot, shape: tuple[int, int]
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    table = ArrayTable(parent)
    changed: list[tuple[QModelIndex, QModelIndex]] = []
    table.numbers.dataChanged.connect(lambda first, last: changed.append((first, last)))
    table.show_matrix(np.zeros(shape, np.float32))
    table.show_matrix(np.ones(shape, np.float32))
    ((first, last),) = changed
    assert first.isValid() and last.isValid()
    assert (first.row(), first.column()) == (0, 0)
    assert (last.row() + 1, last.column() + 1) == (min(shape[0], ROWS), min(shape[1], COLUMNS))
    assert table.numbers.index(0, 0).data() == "1.00"
    table.let_go()
    assert table.numbers.rowCount() == 0
