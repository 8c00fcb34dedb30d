"""The outputs of a call side by side, of which one is looked at."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from core.engine.network import Place
from core.text import tr
from ui.style import set_role


class WhichOutput(QWidget):
    """Seen where there are several; each is looked at by itself."""

    changed = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._places: list[tuple[str, Place]] = []
        label = QLabel(tr("output"), self)
        set_role(label, "field")
        self.box = QComboBox(self)
        self.box.setObjectName(name)
        self.box.setAccessibleName(tr("Output"))
        set_role(self.box, "value")
        self.box.activated.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self.box)

    @property
    def place(self) -> Place | None:
        """Where the value of the output is that is looked at."""
        index = self.box.currentIndex()
        return self._places[index][1] if 0 <= index < len(self._places) else None

    def show_places(self, places: Sequence[tuple[str, Place]]) -> Place | None:
        """Offers these outputs, and returns the one that is looked at."""
        names = [name for name, _ in places]
        if [self.box.itemText(index) for index in range(self.box.count())] != names:
            self.box.clear()
            self.box.addItems(names)
        self._places = list(places)
        self.setVisible(len(names) > 1)
        return self.place
