"""The one editor that the canvas lays over itself, for a node's name or a comment's text."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget


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
        """Escape leaves everything as it was."""
        pressed = event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if pressed and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.close_without()
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
