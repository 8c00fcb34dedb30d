"""A calm bar over the canvas: one sentence, and what can be done about it."""

from collections.abc import Callable, Mapping
from typing import Literal as OneOf

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from core.text import tr

from .icons import icon, pixmap
from .style import set_role

Mark = OneOf["info", "ok", "error"]
"""What stands before the sentence; its words say it too."""

_COLOURS: Mapping[Mark, str] = {"info": "secondary", "ok": "ok_text", "error": "error_text"}


class Bar(QFrame):
    """Hidden until it has something to say; the next sentence takes the place of the last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        set_role(self, "bar")
        self.mark: Mark = "info"
        self._mark = QLabel(self)
        self._draw_mark()
        self.text = QLabel(self)
        self.text.setObjectName("bar-text")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.offers: list[QPushButton] = []
        self.close_button = close = QToolButton(self)
        close.setObjectName("bar-close")
        close.setIcon(icon("close", "secondary"))
        close.setToolTip(tr("Close"))
        close.setAccessibleName(tr("Close"))
        close.clicked.connect(self.hide)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 6, 8, 6)
        self._row.setSpacing(10)
        self._row.addWidget(self._mark)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(close)
        self.hide()

    def say(
        self, text: str, offers: Mapping[str, Callable[[], object]] | None = None, mark: Mark = "info"
    ) -> None:
        """Shows a sentence with a mark, and a button for each thing that can be done."""
        self.mark = mark
        self._draw_mark()
        for button in self.offers:
            button.deleteLater()
        self.offers = [self._button(label, perform) for label, perform in (offers or {}).items()]
        self.text.setText(text)
        self.setVisible(bool(text))

    def take_back(self, text: str) -> None:
        """Hides the sentence, if it is this one, since it is no longer so."""
        if self.text.text() == text:
            self.hide()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_mark()
        super().changeEvent(event)

    def _draw_mark(self) -> None:
        self._mark.setPixmap(pixmap(self.mark, 16, _COLOURS[self.mark], self.devicePixelRatioF()))

    def pass_by(self) -> None:
        """Takes a sentence away that offers nothing: work goes on, so it was read."""
        if not self.offers:
            self.hide()

    def _button(self, label: str, perform: Callable[[], object]) -> QPushButton:
        button = QPushButton(label, self)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        set_role(button, "offer")
        button.clicked.connect(self.hide)
        button.clicked.connect(lambda: perform())
        self._row.insertWidget(self._row.count() - 1, button)
        return button
