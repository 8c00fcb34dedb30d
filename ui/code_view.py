"""Source text that can be read, selected and clicked: line numbers, colours, and lines that are marked."""

from collections.abc import Collection

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from core.text import tr

from .code_highlight import CodeHighlighter, Language
from .fonts import code_font
from .style import current_theme, set_role

GUTTER_PADDING = 14


class CodeView(QPlainTextEdit):
    """Code with its line numbers; a click tells the line, from 1."""

    line_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("code")
        self.setAccessibleName(tr("Code"))
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        set_role(self, "code")
        self.setFont(code_font(12))
        self.document().setDocumentMargin(0)
        self._gutter = _Gutter(self)
        self._highlighter = CodeHighlighter(self.document())
        self._marked: tuple[int, ...] = ()
        self._pressed = 0
        self.updateRequest.connect(self._scroll_gutter)
        self.blockCountChanged.connect(lambda count: self._make_room())
        self._make_room()

    def show_text(self, text: str, language: Language = "python") -> None:
        """Replaces the text and stays where one was reading."""
        self._highlighter.language = language
        if text == self.toPlainText():
            return
        down, right = self.verticalScrollBar().value(), self.horizontalScrollBar().value()
        self.setPlainText(text)
        self.verticalScrollBar().setValue(down)
        self.horizontalScrollBar().setValue(right)

    @property
    def marked(self) -> tuple[int, ...]:
        """The lines that stand out."""
        return self._marked

    def go_to(self, line: int) -> None:
        """Shows a line at the top, with a line of air above it."""
        self.verticalScrollBar().setValue(max(0, line - 2))

    def mark(self, lines: Collection[int], *, reveal: Collection[int] = ()) -> None:
        """Lets lines stand out, and scrolls to the first of `reveal` where none of these is in sight."""
        self._marked = tuple(sorted(lines))
        self.setExtraSelections([self._selection(line) for line in self._marked])
        if reveal and not any(map(self._is_in_sight, reveal)):
            self._reveal(min(reveal))

    def gutter_width(self) -> int:
        """Room for the line numbers."""
        digits = max(2, len(str(self.blockCount())))
        return self.fontMetrics().horizontalAdvance("9") * digits + 2 * GUTTER_PADDING

    def paint_gutter(self, event: QPaintEvent) -> None:
        """Draws the numbers of the lines that are seen."""
        theme = current_theme()
        painter = QPainter(self._gutter)
        painter.fillRect(event.rect(), QColor(theme.code))
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= event.rect().bottom():
            height = self.blockBoundingRect(block).height()
            line = block.blockNumber() + 1
            place = QRect(0, round(top), self._gutter.width(), round(height))
            if line in self._marked:
                painter.fillRect(place, QColor(theme.code_line))
            painter.setPen(QColor(theme.accent_text if line in self._marked else theme.secondary))
            painter.drawText(place.adjusted(0, 0, -GUTTER_PADDING, 0), Qt.AlignmentFlag.AlignRight, str(line))
            block, top = block.next(), top + height
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._pressed = self.line_at(round(event.position().y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        line = self.line_at(round(event.position().y()))
        clicked = event.button() == Qt.MouseButton.LeftButton and line == self._pressed
        if clicked and not self.textCursor().hasSelection():
            self.line_clicked.emit(line)

    def line_at(self, y: int) -> int:
        """The line at a height of the viewport; 0 below the last."""
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid():
            top += self.blockBoundingRect(block).height()
            if y < top:
                return block.blockNumber() + 1
            block = block.next()
        return 0

    def place_of(self, line: int) -> QRect:
        """Where a line stands in the viewport."""
        block = self.document().findBlockByNumber(line - 1)
        return self.blockBoundingGeometry(block).translated(self.contentOffset()).toRect()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        inside = self.contentsRect()
        self._gutter.setGeometry(QRect(inside.left(), inside.top(), self.gutter_width(), inside.height()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_highlighter"):
            self._highlighter.follow_theme()
            self.mark(self._marked)

    def _selection(self, line: int) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        selection.format.setBackground(QColor(current_theme().code_line))
        selection.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        selection.cursor = QTextCursor(self.document().findBlockByNumber(line - 1))
        return selection

    def _reveal(self, line: int) -> None:
        self.verticalScrollBar().setValue(max(0, line - 1 - self._lines_in_sight() // 3))

    def _is_in_sight(self, line: int) -> bool:
        place = self.place_of(line)
        return place.top() >= 0 and place.bottom() <= self.viewport().height()

    def _lines_in_sight(self) -> int:
        return self.viewport().height() // max(1, self.fontMetrics().lineSpacing())

    def _make_room(self) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)

    def _scroll_gutter(self, place: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, place.y(), self._gutter.width(), place.height())


class _Gutter(QWidget):
    """The strip of line numbers."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        return QSize(self._view.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._view.paint_gutter(event)
