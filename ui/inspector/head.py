"""The head of the inspector: the name, which can be edited, how many parameters there are, and what it is."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from core.text import tr
from ui.style import set_role

from .fields import UNBOUNDED, LineField


class Head(QWidget):
    """Name, parameter badge, and a line under them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = LineField(self, role="name")
        self.name.setObjectName("name")
        self.name.setAccessibleName(tr("Name"))
        self.name.setMinimumWidth(60)
        self.name.setMaximumWidth(UNBOUNDED)
        self.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.name.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.badge = QLabel(self)
        self.badge.setObjectName("parameters")
        set_role(self.badge, "badge")
        self.kind = QLabel(self)
        self.kind.setObjectName("kind")
        self.kind.setWordWrap(True)
        self.kind.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.kind, "secondary")
        self.error = QLabel(self)
        self.error.setWordWrap(True)
        set_role(self.error, "wrong")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 6)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.addWidget(self.name, 0, 0)
        grid.addWidget(self.badge, 0, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.kind, 1, 0, 1, 2)
        grid.addWidget(self.error, 2, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self.name.dropped.connect(lambda: self.show_error(""))
        self.show_error("")

    def tell(self, name: str, kind: str, badge: str = "", *, renamable: bool = True) -> None:
        """Shows the name, what it is, and the badge."""
        self.name.setReadOnly(not renamable)
        self.name.show_text(name)
        self.kind.setText(kind)
        self.badge.setText(badge)
        self.badge.setVisible(bool(badge))

    def show_error(self, text: str) -> None:
        """Says why the name was refused."""
        self.name.mark(bool(text))
        self.error.setText(text)
        self.error.setVisible(bool(text))
