"""What tells a module from the library's: both pictures, and the differences in sentences."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.difference import difference, nodes_apart
from core.document import Document
from core.record import Module
from core.text import tr

from .canvas.view import Box
from .fonts import scale
from .module_picture import SIGNS, Mark, mark_colour, module_bounds, module_picture
from .shelves import Kept, is_shipped
from .style import current_theme, set_role

BESIDE = (486, 250)
BELOW = (986, 180)
"""The size of a picture beside the other one, or below it."""

LONG = 4.0
"""How many times wider than high a drawing is of which the pictures are put one below the other."""

LIST_HEIGHT = 150


class CompareDialog(QDialog):
    """Closes as it was opened, or with the wish that the module become what the library has."""

    def __init__(self, document: Document, module: Module, kept: Kept, parent: QWidget) -> None:
        """Raises FileError or EditError where the entry cannot be read."""
        super().__init__(parent)
        self.setObjectName("compare")
        self.setWindowTitle(tr("Compare {module} with the library", module=module.name))
        self.wants_update = False
        self.sentences = difference(document, module.id, kept.entry)
        apart = nodes_apart(document, module.id, kept.entry)
        here = _marked("new", apart.new) | _marked("changed", apart.changed)
        there = _marked("gone", apart.gone) | _marked("changed", apart.changed)
        library = tr("in the library") if is_shipped(kept) else tr("in my library")
        sides = ((tr("here"), document, module.id, here), (library, kept.document, kept.module.id, there))
        seen = _around(module_bounds(document, module.id), module_bounds(kept.document, kept.module.id))
        beside = seen is not None and seen[2] - seen[0] < LONG * (seen[3] - seen[1])
        pictures = QHBoxLayout() if beside else QVBoxLayout()
        pictures.setSpacing(12)
        for title, source, key, marks in sides:
            pictures.addLayout(self._side(title, source, key, marks, BESIDE if beside else BELOW, seen))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.setSpacing(10)
        layout.addLayout(pictures)
        layout.addLayout(self._legend({*here.values(), *there.values()}))
        layout.addWidget(self._list())
        layout.addLayout(self._buttons())

    def _section(self, title: str) -> QLabel:
        label = QLabel(title.upper(), self)
        set_role(label, "section")
        return label

    def _side(
        self,
        title: str,
        document: Document,
        module: str,
        marks: Mapping[str, Mark],
        size: tuple[int, int],
        seen: Box | None,
    ) -> QVBoxLayout:
        """One of the two pictures with its title; both show the same part of the scene."""
        ids: dict[str, Mark] = {
            node.id: marks[node.name] for node in document.nodes(module) if node.name in marks
        }
        width, height = (round(side * scale()) for side in size)
        picture = QLabel(self)
        picture.setObjectName("compared-picture")
        picture.setAccessibleName(tr("{count} nodes are marked", count=len(ids)))
        ratio = self.devicePixelRatioF()
        picture.setPixmap(module_picture(document, module, (width, height), ratio, ids, seen))
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(self._section(title))
        column.addWidget(picture)
        return column

    def _legend(self, used: set[Mark]) -> QHBoxLayout:
        """What the colours and signs mean, of those that are there."""
        words: tuple[tuple[Mark, str], ...] = (
            ("new", tr("here only")),
            ("gone", tr("in the library only")),
            ("changed", tr("made otherwise")),
        )
        row = QHBoxLayout()
        row.setSpacing(6)
        for mark, word in words:
            if mark not in used:
                continue
            sign = QLabel(SIGNS[mark], self)
            sign.setStyleSheet(f"color: {mark_colour(current_theme(), mark)}; font-weight: 700;")
            label = QLabel(word, self)
            label.setContentsMargins(0, 0, 12, 0)
            set_role(label, "secondary")
            row.addWidget(sign)
            row.addWidget(label)
        row.addStretch(1)
        return row

    def _list(self) -> QScrollArea:
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(5)
        for sentence in self.sentences or [tr("nothing differs")]:
            label = QLabel(sentence, inside)
            label.setObjectName("difference")
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            column.addWidget(label)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setObjectName("differences")
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inside)
        rows = min(max(len(self.sentences), 1), 9)
        area.setFixedHeight(min(round(LIST_HEIGHT * scale()), round(22 * scale()) * rows + 6))
        return area

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        close = QPushButton(tr("Close"), self)
        close.setObjectName("close-comparison")
        close.clicked.connect(self.reject)
        row.addWidget(close)
        if self.sentences:
            close.setAutoDefault(False)
            update = QPushButton(tr("Update from library"), self)
            update.setObjectName("update-from-library")
            update.setDefault(True)
            update.setToolTip(tr("Makes the module what it is in the library; one step of the history"))
            update.clicked.connect(self._update)
            row.addWidget(update)
        return row

    def _update(self) -> None:
        self.wants_update = True
        self.accept()


def _marked(mark: Mark, names: Iterable[str]) -> dict[str, Mark]:
    return {name: mark for name in names}


def _around(one: Box | None, other: Box | None) -> Box | None:
    """The box around two boxes, of which one may be missing."""
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
