"""The top of the window: the name, the menus, the file, and what runs the network."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenuBar, QPushButton, QSizePolicy, QWidget

from core.text import tr

from .fonts import scale
from .icons import application_icon
from .style import current_theme, set_role

SHORTENED = ("run-backward", "run-live", "run-stop")
"""Buttons of the run bar that can do without words."""

WORDS_FROM = 1260
"""The width of the window from which on they have them."""


class TopBar(QWidget):
    """One row; the run bar's place is at its right end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        mark = QLabel(self)
        mark.setPixmap(application_icon().pixmap(18, 18))
        self._brand = QLabel("Layerloom", self)
        self._brand.setObjectName("brand")
        set_role(self._brand, "brand")
        self.menus = QMenuBar(self)
        self.menus.setNativeMenuBar(False)
        self.menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.file = FileName(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 5, 12, 5)
        self._row.setSpacing(8)
        self._row.addWidget(mark)
        self._row.addWidget(self._brand)
        self._row.addSpacing(6)
        self._row.addWidget(self.menus)
        policy = self.file.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.file.setSizePolicy(policy)
        self._row.addWidget(self.file, 1)
        self._words: dict[QPushButton, str] = {}

    def show_run(self, widget: QWidget) -> None:
        """Puts the run bar into its place; buttons that have an icon lose their words in a narrow window."""
        self._row.addWidget(widget)
        buttons = [button for button in widget.findChildren(QPushButton) if button.objectName() in SHORTENED]
        self._words = {button: button.text() for button in buttons}
        for button, text in self._words.items():
            button.setAccessibleName(text)
        self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        wide = self.width() >= round(WORDS_FROM * scale())
        self._brand.setVisible(wide)
        self.menus.setMinimumWidth(self.menus.sizeHint().width())
        for button, text in self._words.items():
            shown = text if wide else ""
            if button.text() != shown:
                button.setText(shown)


class FileName(QWidget):
    """The file's name, and a dot where there is something that is not saved."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("file")
        self.changed = False
        self.name = Elided(self)
        self.name.setObjectName("file-name")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.name, "file")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.name)

    def show_file(self, name: str, place: str, changed: bool) -> None:
        """Tells the name, where the file is, and whether there are changes that are not in it."""
        self.name.setText(name)
        state = tr("unsaved changes") if changed else tr("saved")
        self.setToolTip(f"{place}\n{state}".strip() if place or changed else tr("not saved yet"))
        self.setAccessibleName(f"{name}, {state}")
        if changed != self.changed:
            self.changed = changed
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.changed:
            return
        left = (self.width() + self.name.shown_width()) // 2 + 5
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current_theme().accent))
        painter.drawEllipse(min(left, self.width() - 9), self.height() // 2 - 3, 8, 8)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)


class Elided(QLabel):
    """A text in the middle of its room, shortened where that is too narrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def shown_width(self) -> int:
        """The width of what is drawn."""
        return min(self.fontMetrics().horizontalAdvance(self.text()), self._room())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(current_theme().secondary))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self._room())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, shown)
        painter.end()

    def _room(self) -> int:
        return max(self.width() - 28, 0)
