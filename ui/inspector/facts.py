"""Facts in two columns: what it is in grey at the left, the figure set in mono at the right."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ui.style import set_role

from .figure import Figure


class Facts(QWidget):
    """A list of names and figures; every figure can be selected and has its name for a screen reader."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, Figure]] = []

    def tell(self, facts: Sequence[tuple[str, str]]) -> None:
        """Shows these instead of the ones before."""
        while len(self._rows) < len(facts):
            self._add()
        for index, (name, figure) in enumerate(self._rows):
            there = index < len(facts)
            name.setVisible(there)
            figure.setVisible(there)
            if there:
                name.setText(facts[index][0])
                figure.tell(facts[index][1])
                figure.setAccessibleName(f"{facts[index][0]}: {facts[index][1]}")
                figure.setObjectName(f"fact-{facts[index][0].replace(' ', '-')}")
        self.setVisible(bool(facts))

    def figures(self) -> dict[str, str]:
        """What is told now."""
        return {name.text(): figure.told for name, figure in self._rows if not name.isHidden()}

    def _add(self) -> None:
        name, figure = QLabel(self), Figure(self)
        set_role(name, "field")
        set_role(figure, "fact")
        row = len(self._rows)
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(figure, row, 1)
        self._rows.append((name, figure))


def section(text: str, parent: QWidget) -> QLabel:
    """A small heading."""
    label = QLabel(text.upper(), parent)
    set_role(label, "section")
    label.setContentsMargins(0, 8, 0, 0)
    return label
