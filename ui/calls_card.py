"""The calls of a repeated node as a card under its ×N: index and shapes, a row for each that differs."""

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout

from core.problem import Path
from core.text import tr

from .canvas.canvas import Canvas
from .canvas.card import STACK
from .canvas.labels import CallLine
from .editor import Editor
from .style import set_role

HOVER_MS = 280
"""How long the mouse rests on ×N before the card comes, and how long it may take to get into the card."""

LISTED = 24
"""Rows of a card; the rest are counted."""


class CallsCard(QFrame):
    """One card over the canvas. It goes by Escape, by a click elsewhere, or with the mouse that called it."""

    def __init__(self, editor: Editor, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.setObjectName("calls-card")
        set_role(self, "card")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._editor = editor
        self._canvas = canvas
        self._node: str | None = None
        self._wanted: str | None = None
        self._pinned = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 6, 6, 6)
        self._column.setSpacing(0)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(HOVER_MS)
        self._timer.timeout.connect(self._follow)
        canvas.calls_wanted.connect(self._want)
        canvas.view_changed.connect(lambda scale: self.dismiss())
        canvas.arranged.connect(self.dismiss)
        editor.session.subscribe(lambda aspect: self.dismiss() if aspect == "open" else None)
        self.hide()

    @property
    def rows(self) -> list[QPushButton]:
        """The rows as they stand."""
        return [row for row in self.findChildren(QPushButton) if not row.isHidden()]

    def show_calls(self, node: str, *, pinned: bool = True) -> None:
        """Shows the calls of a node; `pinned` stays until it is closed."""
        lines = self._canvas.drawing().labels.calls_of(node)
        if not lines:
            self.dismiss()
            return
        self._node, self._wanted, self._pinned = node, node, pinned
        self._fill(node, lines)
        self.adjustSize()
        self._place(node)
        self.show()
        self.raise_()
        if pinned and self.rows:
            self.rows[0].setFocus()

    def dismiss(self) -> None:
        """Takes the card away, and gives the keyboard back to the canvas where the card had it."""
        self._timer.stop()
        self._node, self._wanted = None, None
        if self.isHidden():
            return
        had_focus = any(row.hasFocus() for row in self.rows)
        self.hide()
        if had_focus:
            self._canvas.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes, the arrows go from row to row."""
        rows = self.rows
        place = next((index for index, row in enumerate(rows) if row.hasFocus()), 0)
        match event.key():
            case Qt.Key.Key_Escape:
                self.dismiss()
            case Qt.Key.Key_Down | Qt.Key.Key_Up if rows:
                rows[(place + (1 if event.key() == Qt.Key.Key_Down else -1)) % len(rows)].setFocus()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if rows:
                rows[place].click()
            case _:
                super().keyPressEvent(event)

    def _want(self, node: str | None, clicked: bool) -> None:
        if clicked and node is not None:
            self.show_calls(node)
        elif node is None and self._pinned and not self.isHidden():
            return
        elif node != self._wanted:
            self._wanted = node
            self._timer.start()

    def _follow(self) -> None:
        """The mouse has rested: on a badge, in the card, or elsewhere."""
        if self._wanted is None:
            if self.underMouse():
                self._timer.start()
            elif not self._pinned:
                self.dismiss()
        elif self._wanted != self._node:
            self.show_calls(self._wanted, pinned=False)

    def _fill(self, node: str, lines: list[CallLine]) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        title = QLabel(tr("{name}, call by call", name=self._editor.document.node(node).name), self)
        title.setContentsMargins(6, 0, 6, 4)
        set_role(title, "section")
        self._column.addWidget(title)
        wide = max(len(line.numbers) for line in lines)
        for line in lines[:LISTED]:
            self._column.addWidget(self._row(node, line, wide))
        if len(lines) > LISTED:
            more = QLabel(tr("and {count} more", count=len(lines) - LISTED), self)
            more.setContentsMargins(6, 2, 6, 0)
            set_role(more, "secondary")
            self._column.addWidget(more)
        for index in range(self._column.count()):
            item = self._column.itemAt(index)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.show()

    def _row(self, node: str, line: CallLine, wide: int) -> QPushButton:
        row = QPushButton(f"{line.numbers + ':':<{wide + 1}} {line.shapes}", self)
        row.setObjectName("call-row")
        set_role(row, "code-row")
        row.setEnabled(line.is_module)
        if line.is_module:
            row.setToolTip(tr("Open this call"))
        row.clicked.connect(lambda: self._open(node, line.keys))
        return row

    def _open(self, node: str, keys: Path) -> None:
        path = self._editor.session.path
        self.dismiss()
        if path is not None:
            self._editor.open_call((*path, node, *keys))
        else:
            self._editor.enter(node)
        self._canvas.setFocus()

    def _place(self, node: str) -> None:
        geometry, view = self._canvas.geometry_store, self._canvas.view
        left, _, _, bottom = geometry.box(node)
        badge = geometry.card(node).badge
        x, y = view.to_screen((left + (badge[0] if badge else 0.0), bottom + 2 * STACK + 4))
        room = QRectF(self._canvas.rect())
        self.move(
            QPoint(
                round(max(8.0, min(x, room.width() - self.width() - 8))),
                round(max(8.0, min(y, room.height() - self.height() - 8))),
            )
        )
