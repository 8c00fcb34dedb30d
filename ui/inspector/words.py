"""A field for a few sentences. Leaving it or Ctrl+Enter commits, Escape takes back."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ui.style import set_role

from .fields import leaves

HEIGHT = 58


class WordsField(QPlainTextEdit):
    """Words of any length, broken where the field ends."""

    entered = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = ""
        self.setTabChangesFocus(True)
        self.setFixedHeight(HEIGHT)
        set_role(self, "words")

    def show_words(self, text: str) -> None:
        """Shows a text, unless the user is typing another."""
        typing = self.hasFocus() and self.toPlainText() != self._text
        self._text = text
        if not typing and self.toPlainText() != text:
            self.setPlainText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.toPlainText() != self._text:
            self.setPlainText(self._text)
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Saving and running count what was typed.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and leaves(event):
            self._commit()
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._commit()

    def _commit(self) -> None:
        text = self.toPlainText().strip()
        if text != self._text:
            self.entered.emit(text)
