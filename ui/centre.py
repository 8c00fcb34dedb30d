"""The middle of the window: the bar over the pages."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QMoveEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from .bar import Bar
from .canvas.canvas import Canvas


class Centre(QWidget):
    """Gives the bar its room; the drawing keeps its place under the pointer when the bar comes and goes."""

    def __init__(self, bar: Bar, pages: QWidget, canvas: Canvas, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = canvas
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(pages, 1)
        pages.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMoveEvent):
            self._canvas.pan(0.0, event.oldPos().y() - event.pos().y())
        return False
