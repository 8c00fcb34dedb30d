"""Asks what a module is for before it goes into the user's library."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from core.record import Module, is_locked
from core.text import tr

from .fonts import scale
from .style import set_role

WIDTH = 420


class SaveDialog(QDialog):
    """The module's name, a field for its help, and a word where it takes another's place."""

    def __init__(self, module: Module, *, replaces: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("save-to-library")
        self.setWindowTitle(tr("Save to my library"))
        self.setFixedWidth(round(WIDTH * scale()))
        title = QLabel(module.name, self)
        title.setTextFormat(Qt.TextFormat.PlainText)
        set_role(title, "title")
        told = QLabel(tr("What it is for; the library and its code say so"), self)
        set_role(told, "secondary")
        self._field = QPlainTextEdit(module.help, self)
        self._field.setObjectName("library-help")
        self._field.setAccessibleName(tr("What it is for"))
        self._field.setTabChangesFocus(True)
        self._field.setFixedHeight(round(76 * scale()))
        self._field.setReadOnly(is_locked(module))
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(8)
        for widget in (title, told, self._field):
            column.addWidget(widget)
        if replaces:
            warning = QLabel(
                tr("It takes the place of the {module} that is there.", module=module.name), self
            )
            warning.setObjectName("replaces")
            warning.setWordWrap(True)
            column.addWidget(warning)
        column.addSpacing(4)
        column.addLayout(self._buttons(tr("Replace") if replaces else tr("Save")))

    @property
    def help(self) -> str:
        """What was written."""
        return self._field.toPlainText().strip()

    def _buttons(self, accept: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        cancel = QPushButton(tr("Cancel"), self)
        cancel.setObjectName("cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        save = QPushButton(accept, self)
        save.setObjectName("accept")
        save.setDefault(True)
        save.clicked.connect(self.accept)
        row.addWidget(cancel)
        row.addWidget(save)
        return row
