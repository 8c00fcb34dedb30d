"""A parameter or buffer: name, picture, figures, its elements, and what can be done with it."""

from collections.abc import Callable, Sequence
from pathlib import Path as File

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from core.initialise import Array
from core.text import tr
from ui.array_picture import grid, heat_map, histogram
from ui.icons import icon
from ui.measure import figure, measure
from ui.run.runner import Runner
from ui.style import current_theme, set_role

from .array_table import ArrayTable
from .array_view import Picture, measured
from .facts import Facts
from .values_tab import shape_text

WIDTH = 276

Doing = tuple[str, Callable[[], object]]
"""An entry of the menu: what it is called, and what it does."""


class TensorCard(QWidget):
    """Shows a tensor as it is now; without values only its shape."""

    def __init__(self, title: str, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"tensor-{title}")
        self._title = title
        self._runner = runner
        self._array: Array | None = None
        self._told: tuple[object, ...] = ()
        self.find_doings: Callable[[], Sequence[Doing]] = tuple
        self.name = QLabel(title, self)
        set_role(self.name, "fact")
        self.shared = QLabel(self)
        self.shared.setObjectName(f"shared-{title}")
        self.shared.setWordWrap(True)
        set_role(self.shared, "secondary")
        self.table_switch = self._button(f"elements-{title}", "chevron-right", tr("Show the elements"))
        self.table_switch.setCheckable(True)
        self.save = self._button(f"save-{title}", "save", tr("Save as .npy"))
        self.save.setAccessibleName(tr("Save {name} as .npy", name=title))
        self.more = self._button(f"more-{title}", "more", tr("Tie and untie"))
        self.picture = Picture(self)
        self.facts = Facts(self)
        self.table: ArrayTable | None = None
        self._lay_out()
        self.save.clicked.connect(self._ask_save)
        self.more.clicked.connect(lambda: self._open_menu(self.more.mapToGlobal(QPoint(0, 22))))
        self.table_switch.toggled.connect(self._fold)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda at: self._open_menu(self.mapToGlobal(at)))

    def show_tensor(
        self, shape: tuple[int, ...], array: Array | None, gradient: Array | None, shared: str = ""
    ) -> None:
        """Shows the tensor; `shared` says whose it is where it is another's."""
        self.shared.setText(shared)
        self.shared.setVisible(bool(shared))
        told = (array, gradient, current_theme(), shape)
        if self._told and all(new is old for new, old in zip(told, self._told, strict=True)):
            return
        self._array, self._told = array, told
        self.save.setEnabled(array is not None)
        self.table_switch.setEnabled(array is not None and array.size > 0)
        self.facts.tell(self._facts(shape, array, gradient))
        drawn = array is not None and array.dtype.kind == "f" and array.size > 1
        self.picture.setVisible(drawn)
        if drawn and array is not None:
            self.picture.show_picture(QPixmap.fromImage(_look(array)), 0, False)
        if self.table is not None and array is not None:
            self.table.show_matrix(_matrix(array))

    def save_to(self, file: File) -> None:
        """Writes the tensor, and says what came of it."""
        if self._array is None:
            return
        try:
            np.save(file, self._array, allow_pickle=False)
        except OSError as error:
            reason = error.strerror or str(error)
            self._runner.say(tr("cannot write {file}: {reason}", file=str(file), reason=reason))
            return
        self._runner.say(tr("{name} saved in {file}", name=self._title, file=str(file)))

    def ask_save(self) -> None:
        """Asks for a file, and writes the tensor to it."""
        self._ask_save()

    def _facts(
        self, shape: tuple[int, ...], array: Array | None, gradient: Array | None
    ) -> list[tuple[str, str]]:
        if array is None:
            return [(tr("shape"), "×".join(map(str, shape)) or tr("scalar"))]
        facts = [(tr("shape"), shape_text(array)), *measured(array, measure(array))]
        if gradient is not None:
            facts.append((tr("gradient norm"), figure(measure(gradient).norm)))
        return facts

    def _fold(self, open_: bool) -> None:
        self.table_switch.setIcon(icon("chevron-down" if open_ else "chevron-right", "secondary"))
        if open_ and self.table is None and self._array is not None:
            self.table = ArrayTable(self)
            self.table.setObjectName(f"elements-table-{self._title}")
            self.table.setAccessibleName(tr("elements"))
            self.table.show_matrix(_matrix(self._array))
            self._column.addWidget(self.table)
        if self.table is not None:
            self.table.setVisible(open_)

    def _ask_save(self) -> None:
        if self._array is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save {name}", name=self._title), f"{self._title}.npy", tr("Arrays (*.npy)")
        )
        if name:
            self.save_to(File(name))

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Save as .npy"), self._ask_save).setEnabled(self._array is not None)
        doings = self.find_doings()
        if doings:
            menu.addSeparator()
        for words, act in doings:
            menu.addAction(words, act)
        menu.popup(at)

    def _button(self, name: str, picture: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setIcon(icon(picture, "secondary"))
        button.setIconSize(QSize(13, 13))
        button.setToolTip(tip)
        button.setAccessibleName(f"{tip}: {self._title}")
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.table_switch)
        head.addWidget(self.name, 1)
        head.addWidget(self.save)
        head.addWidget(self.more)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addLayout(head)
        for widget in (self.shared, self.picture, self.facts):
            self._column.addWidget(widget)


def _look(array: Array) -> QImage:
    """Filters as small pictures, anything else as a histogram."""
    if array.ndim == 4 and array.shape[-1] > 1:
        filters = [heat_map(each[0], centred=True) for each in array[:32]]
        return grid(filters, WIDTH, least=31)
    return histogram(array, WIDTH, 48)


def _matrix(array: Array) -> Array:
    """All elements in two axes: the first, and the others in a row."""
    return array.reshape(1, -1) if array.ndim < 2 else array.reshape(array.shape[0], -1)
