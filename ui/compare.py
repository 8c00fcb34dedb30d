"""What tells a module from the library's: both pictures, and the differences in sentences."""

from collections.abc import Mapping

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

from .fonts import scale
from .module_picture import SIGNS, Mark, mark_colour, module_picture
from .shelves import Kept, is_shipped
from .style import current_theme, set_role

PICTURE = (860, 196)
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
        here: dict[str, Mark] = {**dict.fromkeys(apart.new, "new"), **dict.fromkeys(apart.changed, "changed")}
        there: dict[str, Mark] = {
            **dict.fromkeys(apart.gone, "gone"),
            **dict.fromkeys(apart.changed, "changed"),
        }
        pictures = QVBoxLayout()
        pictures.setSpacing(6)
        library = tr("in the library") if is_shipped(kept) else tr("in my library")
        sides = ((tr("here"), document, module.id, here), (library, kept.document, kept.module.id, there))
        for title, source, key, marks in sides:
            pictures.addWidget(self._section(title))
            pictures.addWidget(self._picture(source, key, marks))
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

    def _picture(self, document: Document, module: str, marks: Mapping[str, Mark]) -> QLabel:
        ids = {node.id: marks[node.name] for node in document.nodes(module) if node.name in marks}
        width, height = (round(side * scale()) for side in PICTURE)
        label = QLabel(self)
        label.setObjectName("compared-picture")
        label.setAccessibleName(tr("{count} nodes are marked", count=len(ids)))
        label.setPixmap(module_picture(document, module, (width, height), self.devicePixelRatioF(), ids))
        return label

    def _legend(self, used: set[Mark]) -> QHBoxLayout:
        """What the colours and signs mean, of those that are there."""
        words: dict[Mark, str] = {"new": tr("here only"), "gone": tr("in the library only"),
                                  "changed": tr("made otherwise")}  # fmt: skip
        row = QHBoxLayout()
        row.setSpacing(16)
        for mark in (mark for mark in words if mark in used):
            label = QLabel(self)
            label.setTextFormat(Qt.TextFormat.RichText)
            colour = mark_colour(current_theme(), mark)
            label.setText(f'<b style="color:{colour}">{SIGNS[mark]}</b>&nbsp; {words[mark]}')
            set_role(label, "secondary")
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
