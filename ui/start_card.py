"""A template on the start page: a small drawing of it, its title and a line about it."""

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

from core.document import Document
from core.record import ROOT
from core.templates import Template

from .canvas.geometry import Geometry
from .canvas.labels import Labels
from .canvas.paint import Drawing, paint_design
from .canvas.paint_wires import FAR
from .canvas.pills import Pills
from .canvas.typeface import text_width
from .canvas.view import fitting
from .fonts import SECONDARY_PX, interface_font, scale
from .style import current_theme

SIZE = (224, 200)
PICTURE = 112
RADIUS = 8.0
ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
SCALE = FAR * 0.99
"""The largest scale of a picture: nodes are blocks in their categories' colours."""


class TemplateCard(QAbstractButton):
    """A button with a picture; arrows go to its neighbours."""

    def __init__(self, template: Template, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.template = template
        self.setObjectName(f"template-{template.id}")
        self.setText(template.title)
        self.setAccessibleDescription(template.help)
        self.setToolTip(template.help)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedSize(self.sizeHint())
        self._picture: tuple[object, QPixmap] | None = None

    def sizeHint(self) -> QSize:
        return QSize(*(round(side * scale()) for side in SIZE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in ARROWS:
            event.ignore()  # a button takes them for the next and the one before; the page knows its columns
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut, QEvent.Type.PaletteChange):
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        path = QPainterPath()
        path.addRoundedRect(frame, RADIUS, RADIUS)
        painter.fillPath(path, QColor(theme.hover if self.isDown() else theme.node))
        painter.setClipPath(path)
        painter.drawPixmap(1, 1, self._drawn())
        painter.setClipping(False)
        high = round(PICTURE * scale())
        painter.setPen(QPen(QColor(theme.line), 1.0))
        painter.drawLine(QPointF(1, high + 1.5), QPointF(self.width() - 1, high + 1.5))
        self._write(painter, QRect(14, high + 12, self.width() - 28, self.height() - high - 20))
        lit = self.hasFocus()
        edge = theme.accent if lit or self.underMouse() else theme.edge
        painter.setPen(QPen(QColor(edge), 2.0 if lit else 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, RADIUS, RADIUS)
        painter.end()

    def _write(self, painter: QPainter, room: QRect) -> None:
        theme = current_theme()
        font = interface_font()
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self.text())
        painter.setFont(interface_font(SECONDARY_PX))
        painter.setPen(QColor(theme.secondary))
        below = room.adjusted(0, round(20 * scale()), 0, 0)
        painter.drawText(below, Qt.TextFlag.TextWordWrap, self.template.help)

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        key = (current_theme().name, ratio, self.width())
        if self._picture is None or self._picture[0] != key:
            self._picture = (
                key,
                picture_of(self.template.document(), self.width() - 2, round(PICTURE * scale()), ratio),
            )
        return self._picture[1]


def picture_of(document: Document, width: int, height: int, ratio: float = 1.0) -> QPixmap:
    """A design's root, drawn so small that all of it is seen."""
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QColor(current_theme().canvas))
    geometry = Geometry(document, ROOT, text_width)
    box = geometry.bounds()
    if box is None:
        return pixmap
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    view = fitting(box, width, height, margin=16, largest=SCALE)
    drawing = Drawing(geometry, Labels(geometry), Pills(geometry), current_theme())
    paint_design(painter, drawing, view, (width, height), ratio=ratio)
    painter.end()
    return pixmap
