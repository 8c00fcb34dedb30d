"""The canvas with what stands on it: breadcrumb at the top left, problem card and minimap at the right."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from core.text import tr

from .breadcrumb import Breadcrumb
from .canvas.canvas import Canvas
from .canvas.minimap import Minimap
from .fonts import scale
from .icons import icon
from .problem_card import ProblemRow
from .style import set_role

MARGIN = 12
CARD_WIDTH = 404


class CanvasPane(QWidget):
    """Keeps what stands on the canvas in its corners."""

    def __init__(self, canvas: Canvas, breadcrumb: Breadcrumb, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas-pane")
        self._breadcrumb = breadcrumb
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(canvas)
        breadcrumb.setParent(self)
        breadcrumb.installEventFilter(self)
        self._card: QFrame | None = None
        self.minimap = Minimap(canvas, self)
        self.minimap.hide()

    @property
    def card(self) -> QFrame | None:
        """The card of a problem, where one is shown."""
        return self._card

    @property
    def has_minimap(self) -> bool:
        """Whether the minimap is shown where the canvas is."""
        return not self.minimap.isHidden()

    def toggle_minimap(self) -> None:
        """Shows the minimap where it was hidden, and the other way round."""
        self.minimap.setVisible(not self.has_minimap)

    def show_problem(self, row: ProblemRow) -> None:
        """Shows a problem's card instead of the last one."""
        self.close_problem()
        card = QFrame(self)
        card.setObjectName("problem-card")
        set_role(card, "problem")
        layout = QVBoxLayout(card)
        layout.setContentsMargins(2, 3, 2, 3)
        layout.addWidget(row)
        close = QToolButton(card)
        close.setObjectName("problem-close")
        close.setIcon(icon("close", "secondary"))
        close.setToolTip(tr("Close"))
        close.setAccessibleName(tr("Close"))
        close.clicked.connect(self.close_problem)
        card.setFixedWidth(round(CARD_WIDTH * scale()))
        close.adjustSize()
        close.move(card.width() - close.width() - 6, 6)
        self._card = card
        card.show()
        self._place()
        card.raise_()
        close.raise_()

    def close_problem(self) -> None:
        """Takes the card away."""
        if self._card is not None:
            self._card.hide()
            self._card.deleteLater()
            self._card = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place()
        return False

    def _place(self) -> None:
        self._breadcrumb.move(MARGIN, MARGIN)
        self._breadcrumb.raise_()
        edge = self.rect().bottomRight() - self.minimap.rect().bottomRight()
        self.minimap.move(edge.x() - MARGIN, edge.y() - MARGIN)
        if self._card is not None:
            layout = self._card.layout()
            assert layout is not None
            self._card.resize(self._card.width(), layout.totalHeightForWidth(self._card.width()))
            below = self._breadcrumb.geometry().bottom() + 8
            left = self.width() - self._card.width() - MARGIN
            top = MARGIN if left > self._breadcrumb.geometry().right() + 8 else below
            self._card.move(max(left, MARGIN), top)
