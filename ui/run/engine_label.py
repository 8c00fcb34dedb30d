"""What the engine does, in the status line: a dot and a few words."""

import re

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from core.text import tr
from ui.style import current_theme, set_role

from .runner import Runner

KERNING = 4
"""Pixels by which a text of other digits may be wider than one of the widest digits."""


class EngineLabel(QWidget):
    """Green while it waits, blue while it runs, red where something is wrong; always with words."""

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._widest = ""
        self.dot = _Dot(self)
        self.text = QLabel(self)
        self.text.setObjectName("engine")
        self.text.setIndent(0)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.text, "secondary")
        self.again = QPushButton(tr("Try again"), self)
        self.again.setCursor(Qt.CursorShape.PointingHandCursor)
        self.again.setToolTip(tr("Compile the kernels once more; until then runs go by NumPy, more slowly"))
        set_role(self.again, "status-link")
        self.again.clicked.connect(runner.compile)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.dot)
        row.addWidget(self.text)
        row.addWidget(self.again)
        runner.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Tells the engine's state."""
        runner = self._runner
        spoken = runner.spoken
        self._make_room(spoken.longest)
        self.text.setText(spoken.text)
        self.setToolTip(spoken.why)
        self.again.setVisible(runner.lacks_kernels)
        trouble = (runner.is_trouble or runner.lacks_kernels) and runner.state == "idle"
        calm = "ok" if runner.pid is not None else "faint"
        self.dot.token = "error" if trouble else "accent" if runner.state != "idle" else calm
        self.dot.update()

    def _make_room(self, longest: str) -> None:
        """Takes the width that a text has at most, whatever its digits: the dot stands still meanwhile."""
        figures = self.text.fontMetrics()
        widest = re.sub(r"\d", max("0123456789", key=figures.horizontalAdvance), longest)
        if widest == self._widest:
            return
        self._widest = widest
        self.text.setText(widest)
        self.text.setMinimumWidth(0)  # the room of the text before would count as this one's
        self.text.setMinimumWidth(self.text.sizeHint().width() + KERNING)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.dot.update()
        super().changeEvent(event)


class _Dot(QWidget):
    """A dot in a colour of the theme."""

    token = "ok"

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        return QSize(9, 9)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(current_theme(), self.token)))
        painter.drawEllipse(0, (self.height() - 8) // 2, 8, 8)
        painter.end()
