"""What a node shares its weights with, and the way out of it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from core import edits
from core.edits import EditError
from core.ports import tied_to
from core.record import Node
from core.text import tr
from ui.editor import Editor
from ui.style import set_role

SHOWN = 3
"""Nodes that are tied to an owner and listed by name."""


class TieSection(QWidget):
    """Shown for one node that is tied to another, or others to it."""

    def __init__(self, editor: Editor, keys: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tie-section")
        self._editor = editor
        self._keys = tuple(keys)
        self.words = QLabel(self)
        set_role(self.words, "field")
        self.links = [QPushButton(self) for _ in range(SHOWN)]
        for place, link in enumerate(self.links):
            link.setObjectName(f"tied-{place}")
            set_role(link, "link")
            link.clicked.connect(lambda _=False, place=place: self._show(place))
        self.more = QLabel(self)
        set_role(self.more, "field")
        self.untie = QPushButton(tr("Untie"), self)
        self.untie.setObjectName("untie")
        set_role(self.untie, "link")
        self.untie.clicked.connect(self._untie)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 4)
        row.setSpacing(6)
        for widget in (self.words, *self.links, self.more):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.untie, 0, Qt.AlignmentFlag.AlignRight)
        self._others: list[str] = []

    def refresh(self) -> None:
        """Tells the ties as they are now."""
        node = self._editor.document.get(self._keys[0])
        found = self._tied(node) if len(self._keys) == 1 and isinstance(node, Node) else []
        self.setVisible(bool(found))
        self._others = [other.id for other in found]
        if not isinstance(node, Node) or not found:
            return
        self.words.setText(tr("tied to") if node.owner else tr("weights also of"))
        for place, link in enumerate(self.links):
            link.setVisible(place < len(found))
            if place < len(found):
                link.setText(found[place].name)
        self.more.setText(tr("and {count} more", count=len(found) - SHOWN))
        self.more.setVisible(len(found) > SHOWN)
        self.untie.setAccessibleName(tr("Untie {node}", node=node.name))

    def _tied(self, node: Node) -> list[Node]:
        owner = self._editor.document.get(node.owner) if node.owner else None
        return [owner] if isinstance(owner, Node) else tied_to(self._editor.document, node)

    def _show(self, place: int) -> None:
        self._editor.session.select([self._others[place]])

    def _untie(self) -> None:
        try:
            edits.untie(self._editor.document, self._keys[0])
        except EditError:
            self.refresh()  # it is untied already
