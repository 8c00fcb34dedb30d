"""The editors that are laid over the canvas, one at a time: for a name, and for a comment's text."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget


class InPlaceEditor(QLineEdit):
    """A line that takes a text: Enter and clicking elsewhere keep it, Escape does not."""

    def __init__(self, parent: QWidget, place: QRect, text: str, keep: Callable[[str], None]) -> None:
        super().__init__(text, parent)
        self._keep = keep
        self._done = False
        self.setGeometry(place)
        self.setAccessibleName(text)
        self.selectAll()
        self.editingFinished.connect(self._finish)
        self.installEventFilter(self)
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape leaves everything as it was; what lies below is not given Enter, which enters a module."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.close_without()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._finish()
                return True
        return super().eventFilter(watched, event)

    def close_without(self) -> None:
        """Ends without keeping the text."""
        self._close()

    def _finish(self) -> None:
        if self._done:
            return
        text = self.text()
        self._close()
        self._keep(text)

    def _close(self) -> None:
        self._done = True
        parent = self.parentWidget()
        self.hide()
        self.deleteLater()
        if parent is not None:
            parent.setFocus(Qt.FocusReason.OtherFocusReason)


ENDING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
"""Keys that may end the editing of a comment."""


class TextEditor(QPlainTextEdit):
    """Takes a text of several lines: Ctrl+Enter and clicking elsewhere keep it, Escape does not."""

    def __init__(self, parent: QWidget, place: QRect, text: str, keep: Callable[[str], None]) -> None:
        super().__init__(text, parent)
        self._keep = keep
        self._done = False
        self.setGeometry(place)
        self.setTabChangesFocus(True)
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def event(self, event: QEvent) -> bool:
        """Takes the keys that end it before the window's shortcuts do."""
        asked = event.type() == QEvent.Type.ShortcutOverride
        if asked and isinstance(event, QKeyEvent) and event.key() in ENDING:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ends by Escape or Ctrl+Enter."""
        held = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Escape:
            self._close(keep=False)
        elif held and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._close(keep=True)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keeps the text when one clicks elsewhere."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._close(keep=True)

    def _close(self, *, keep: bool) -> None:
        if self._done:
            return
        self._done = True
        parent, text = self.parentWidget(), self.toPlainText()
        self.hide()
        self.deleteLater()
        if parent is not None:
            parent.setFocus(Qt.FocusReason.OtherFocusReason)
        if keep:
            self._keep(text)
