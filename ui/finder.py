"""A search by keyboard: a field, the rows that fit, and a line about the picked one."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from .fonts import scale
from .rows import Row, RowDelegate, RowModel
from .style import set_role

WIDTH = 380
SHOWN_ROWS = 11

Find = Callable[[str], Sequence[Row]]
"""From what was typed to the rows that fit, the best first."""

_MOVES = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: SHOWN_ROWS - 1,
    Qt.Key.Key_PageUp: 1 - SHOWN_ROWS,
}


class Finder(QFrame):
    """A card over the window. Enter or a click picks, Escape or a click elsewhere closes."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self._home = parent
        self.setObjectName(name)
        set_role(self, "card")
        self._find: Find = lambda typed: ()
        self._pick: Callable[[Row, str], None] = lambda row, typed: None
        self.on_dismiss: Callable[[], object] = lambda: None
        self.on_point: Callable[[Row | None, QPoint], None] = lambda row, at: None
        """The row that Enter would pick, and where the right end of that is on the screen."""
        self._back: QWidget | None = None
        self.field = QLineEdit(self)
        self.field.setObjectName(f"{name}-field")
        self.field.setClearButtonEnabled(False)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._refresh)
        self.model = RowModel(self)
        self.list = _rows_list(self, self.model)
        self.list.setObjectName(f"{name}-list")
        self.list.clicked.connect(lambda index: self._choose())
        self._note = QLabel(self)
        self._note.setWordWrap(True)
        self._note.setMinimumHeight(round(30 * scale()))
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop)
        set_role(self._note, "secondary")
        self._lay_out()
        self.hide()

    def ask(
        self,
        prompt: str,
        find: Find,
        pick: Callable[[Row, str], None],
        at: QPoint | None = None,
    ) -> None:
        """Opens at a point of the parent or in the middle of its top; `pick` gets the row and the text."""
        self._find, self._pick = find, pick
        self._back = QApplication.focusWidget()
        self.field.setPlaceholderText(prompt)
        self.field.setAccessibleName(prompt)
        self.field.clear()
        self._refresh()
        self._place(at)
        self.show()
        self.raise_()
        self.field.setFocus()
        self._point()

    def dismiss(self) -> None:
        """Closes, and gives the keyboard back to what had it."""
        if self.isHidden():
            return
        self.hide()
        self.on_dismiss()
        if self._back is not None and self._back.isVisible():
            self._back.setFocus()

    @property
    def picked(self) -> Row | None:
        """The row that Enter would pick."""
        return self.model.row_at(self.list.currentIndex())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._take_key(event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # no shortcut of the window while a search is open
            return True
        if event.type() == QEvent.Type.FocusOut and not self.isHidden():
            self._leave()
        return False

    def _take_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in _MOVES:
            self._move(_MOVES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        elif key == Qt.Key.Key_Escape:
            self.dismiss()
        elif key not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return False
        return True

    def _move(self, steps: int) -> None:
        enabled = [place for place, row in enumerate(self.model.rows) if row.enabled and not row.section]
        if not enabled:
            return
        current = self.list.currentIndex().row()
        place = enabled.index(current) if current in enabled else 0
        place = (
            (place + steps) % len(enabled)
            if abs(steps) == 1
            else min(max(place + steps, 0), len(enabled) - 1)
        )
        self._go_to(enabled[place])

    def _go_to(self, place: int) -> None:
        self.list.setCurrentIndex(self.model.index(place))
        row = self.picked
        self._note.setText("" if row is None else row.help)
        self._note.setVisible(any(each.help for each in self.model.rows))
        if self.isVisible():
            self._point()

    def _point(self) -> None:
        top = self.list.visualRect(self.list.currentIndex()).top()
        right = self.mapToGlobal(QPoint(self.width(), 0)).x()
        self.on_point(self.picked, QPoint(right, self.list.viewport().mapToGlobal(QPoint(0, top)).y()))

    def hideEvent(self, event: QHideEvent) -> None:
        """Points at nothing any more."""
        self.on_point(None, QPoint())
        super().hideEvent(event)

    def _refresh(self) -> None:
        self.model.show_rows(self._find(self.field.text()))
        first = next((i for i, row in enumerate(self.model.rows) if row.enabled and not row.section), -1)
        self._go_to(first)
        rows = min(max(len(self.model.rows), 1), SHOWN_ROWS)
        self.list.setFixedHeight(round(24 * scale()) * rows)
        self.adjustSize()

    def _choose(self) -> None:
        row, typed = self.picked, self.field.text()
        if row is None:
            return
        self.dismiss()
        self._pick(row, typed)

    def _leave(self) -> None:
        focus = QApplication.focusWidget()
        if focus is None or not self.isAncestorOf(focus):
            self.hide()
            self.on_dismiss()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 6)
        layout.setSpacing(6)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        layout.addWidget(self._note)
        note = self._note.contentsMargins()
        self._note.setContentsMargins(8, note.top(), 8, note.bottom())
        self.setFixedWidth(round(WIDTH * scale()))

    def _place(self, at: QPoint | None) -> None:
        self.adjustSize()
        room = self._home.rect()
        x = (room.width() - self.width()) // 2 if at is None else at.x()
        y = room.height() // 8 if at is None else at.y()
        self.move(
            max(8, min(x, room.width() - self.width() - 8)), max(8, min(y, room.height() - self.height() - 8))
        )


def _rows_list(parent: QWidget, model: RowModel) -> QListView:
    view = QListView(parent)
    view.setModel(model)
    view.setItemDelegate(RowDelegate(view))
    view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setMouseTracking(True)
    view.setUniformItemSizes(False)
    return view
