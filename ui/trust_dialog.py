"""The question whether a Python file may run: where it is, its hash, and all that stands in it."""

import unicodedata
from importlib.util import decode_source

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.layer_files import LayerFile
from core.text import tr

from .code_view import CodeView
from .fonts import scale
from .style import set_role

HASH_DIGITS = 12
"""Digits of the hash that are shown; that many nobody makes alike by chance."""

SIZE = (680, 520)

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Kinds of characters that are not seen, or turn what is seen around."""


class TrustDialog(QDialog):
    """Accepted where the user trusts the bytes that it shows."""

    def __init__(self, file: LayerFile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trust")
        self.setWindowTitle(tr("Trust {file}?", file=file.name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*(round(side * scale()) for side in SIZE))
        told = _label("trust-text", "", self)
        told.setText(
            tr(
                "{reason}. Its code runs with your rights: trust it only if you know what it does.",
                reason=file.text[:1].upper() + file.text[1:],
            )
        )
        path = _label("trust-path", "fact", self)
        path.setText(str(file.path))
        digits = _label("trust-hash", "figure", self)
        digits.setText(tr("SHA-256 {digits}…", digits=file.sha256[:HASH_DIGITS]))
        self.code = CodeView(self)
        self.code.setObjectName("trust-source")
        self.code.setAccessibleName(tr("What stands in {file}", file=file.name))
        self.code.show_text(shown_source(file.source))
        column = QVBoxLayout(self)
        column.setSpacing(8)
        for widget in (told, path, digits):
            column.addWidget(widget)
        column.addWidget(self.code, 1)
        column.addLayout(self._buttons())
        self.code.setFocus()

    def _buttons(self) -> QHBoxLayout:
        trust = QPushButton(tr("Trust and load"), self)
        trust.setObjectName("trust-load")
        trust.setAutoDefault(False)  # Return alone must not run a stranger's code
        trust.clicked.connect(self.accept)
        cancel = QPushButton(tr("Cancel"), self)
        cancel.setObjectName("trust-cancel")
        cancel.setDefault(True)
        cancel.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(trust)
        row.addWidget(cancel)
        return row


def shown_source(source: bytes) -> str:
    """A file's text as Python reads it; characters that would not be seen are written out."""
    try:
        text = decode_source(source)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        text = source.decode("ascii", "backslashreplace")
    return "".join(character if _is_seen(character) else _escaped(character) for character in text)


def _is_seen(character: str) -> bool:
    return character in "\n\t" or unicodedata.category(character) not in _HIDDEN


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04x}"


def _label(name: str, role: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        set_role(label, role)
    return label
