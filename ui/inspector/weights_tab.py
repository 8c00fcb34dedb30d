"""The tab of a call's parameters and buffers."""

from pathlib import Path as File

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.call_path import names
from core.initialise import Array
from core.problem import Path
from core.program import slots
from core.text import tr
from ui.array_picture import grid, heat_map, histogram
from ui.editor import Editor
from ui.icons import icon
from ui.measure import figure, measure
from ui.run.runner import Runner
from ui.style import current_theme, set_role

from .array_view import Picture, measured
from .facts import Facts
from .values_tab import shape_text

MOST = 24
"""Tensors of a module that are listed."""

WIDTH = 276


class WeightsTab(QWidget):
    """A card for each tensor of a call."""

    def __init__(self, editor: Editor, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._runner = runner
        self.cards: dict[str, TensorCard] = {}
        self.more = QLabel(self)
        set_role(self.more, "secondary")
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(14)
        self._list.addWidget(self.more)
        self._list.addStretch(1)

    def refresh(self, path: Path) -> str:
        """Shows the tensors of a call."""
        prefix = "/".join((*path, ""))
        found = self._fitting(prefix)
        if not found:
            return self._nothing(path)
        shown = dict(list(found.items())[:MOST])
        if list(shown) != list(self.cards):
            self._build(shown, prefix)
        result = None if self._runner.stale else self._runner.result
        gradients = {} if result is None else result.parameter_gradients
        for name, array in shown.items():
            self.cards[name].show_tensor(array, gradients.get(name))
        self.more.setText(tr("and {count} more", count=len(found) - len(shown)))
        self.more.setVisible(len(found) > len(shown))
        return ""

    def _fitting(self, prefix: str) -> dict[str, Array]:
        """The tensors of a call, without those that no longer fit; all of them where it is not complete."""
        shapes = {
            slot.name: slot.shape for slot in slots(self._runner.program()) if slot.name.startswith(prefix)
        }
        return {
            name: array
            for name, array in self._runner.weights.arrays.items()
            if name.startswith(prefix) and (not shapes or shapes.get(name) == array.shape)
        }

    def _nothing(self, path: Path) -> str:
        module = self._editor.resolution.call(path[:-1])
        call = None if module is None else module.nodes.get(path[-1])
        if call is not None and call.layer is not None and not call.layer.tensor_names:
            return tr("This layer has no parameters.")
        return tr("Weights are drawn by the next run (Ctrl+Enter).")

    def _build(self, shown: dict[str, Array], prefix: str) -> None:
        for card in self.cards.values():
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = {}
        for place, name in enumerate(shown):
            card = self.cards[name] = TensorCard(self._title(name[len(prefix) :]), self._runner, self)
            self._list.insertWidget(place, card)

    def _title(self, name: str) -> str:
        *keys, tensor = name.split("/")
        return ".".join([*names(self._editor.document, tuple(keys)), tensor])


class TensorCard(QWidget):
    """A parameter or buffer: name, picture, figures, and a way to save it."""

    def __init__(self, title: str, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"tensor-{title}")
        self._title = title
        self._runner = runner
        self._array: Array = np.zeros(0)
        self._told: tuple[object, ...] = ()
        self.name = QLabel(title, self)
        set_role(self.name, "fact")
        self.save = QToolButton(self)
        self.save.setObjectName(f"save-{title}")
        self.save.setIcon(icon("save", "secondary"))
        self.save.setIconSize(QSize(13, 13))
        self.save.setToolTip(tr("Save as .npy"))
        self.save.setAccessibleName(tr("Save {name} as .npy", name=title))
        self.save.clicked.connect(self._ask_save)
        self.picture = Picture(self)
        self.facts = Facts(self)
        head = QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.picture)
        column.addWidget(self.facts)

    def show_tensor(self, array: Array, gradient: Array | None) -> None:
        """Shows the tensor as it is now."""
        told = (gradient, current_theme())
        if array is self._array and all(new is old for new, old in zip(told, self._told, strict=False)):
            return
        self._array, self._told = array, told
        facts = [(tr("shape"), shape_text(array)), *measured(array, measure(array))]
        if gradient is not None:
            facts.append((tr("gradient norm"), figure(measure(gradient).norm)))
        self.facts.tell(facts)
        drawn = array.dtype.kind == "f" and array.size > 1
        self.picture.setVisible(drawn)
        if drawn:
            self.picture.show_picture(QPixmap.fromImage(_look(array)), 0, False)

    def save_to(self, file: File) -> None:
        """Writes the tensor, and says what came of it."""
        try:
            np.save(file, self._array, allow_pickle=False)
        except OSError as error:
            reason = error.strerror or str(error)
            self._runner.say(tr("cannot write {file}: {reason}", file=str(file), reason=reason))
            return
        self._runner.say(tr("{name} saved in {file}", name=self._title, file=str(file)))

    def _ask_save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save {name}", name=self._title), f"{self._title}.npy", tr("Arrays (*.npy)")
        )
        if name:
            self.save_to(File(name))


def _look(array: Array) -> QImage:
    """Filters as small pictures, anything else as a histogram."""
    if array.ndim == 4 and array.shape[-1] > 1:
        filters = [heat_map(each[0], centred=True) for each in array[:32]]
        return grid(filters, WIDTH, least=31)
    return histogram(array, WIDTH, 48)
