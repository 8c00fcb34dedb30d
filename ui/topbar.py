"""The top of the window: the name, the menus, the file, and what runs the network."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenuBar, QSizePolicy, QWidget

from core.text import tr

from .icons import application_icon
from .style import current_theme, set_role


class TopBar(QWidget):
    """One row; the run bar's place is at its right end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        mark = QLabel(self)
        mark.setPixmap(application_icon().pixmap(18, 18))
        brand = QLabel("Layerloom", self)
        brand.setObjectName("brand")
        set_role(brand, "brand")
        self.menus = QMenuBar(self)
        self.menus.setNativeMenuBar(False)
        self.menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.file = FileName(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 5, 12, 5)
        self._row.setSpacing(8)
        self._row.addWidget(mark)
        self._row.addWidget(brand)
        self._row.addSpacing(6)
        self._row.addWidget(self.menus)
        self._row.addStretch(1)
        self._row.addWidget(self.file)
        self._row.addStretch(1)

    def show_run(self, widget: QWidget) -> None:
        """Puts the run bar into its place."""
        self._row.addWidget(widget)


class FileName(QWidget):
    """The file's name, and a dot where there is something that is not saved."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("file")
        self.changed = False
        self.name = QLabel(self)
        self.name.setObjectName("file-name")
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.name, "file")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 16, 0)
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
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current_theme().accent))
        painter.drawEllipse(self.width() - 12, self.height() // 2 - 3, 8, 8)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)
