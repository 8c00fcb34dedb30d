"""The list of everything that can be added: modules of the design and of libraries, layers by category."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QLineEdit, QListView, QMenu, QVBoxLayout, QWidget

from core.document import Change, Document
from core.record import INSTANCE_MARK, Module, Node, instance_kind
from core.resolve import Resolution, Resolver
from core.text import tr
from core.value import definitions_of

from .canvas.rename import InPlaceEditor
from .catalogue import entries, matching, sections
from .fonts import scale
from .rows import Row, RowDelegate, RowModel
from .shelves import LIBRARY_MARK, Shelves
from .style import set_role

WIDTH = 232

LEAST_WIDTH = 168
"""Narrower than this, the names of layers are cut."""


class _List(QListView):
    """Tells that a row is being dragged away."""

    on_drag: Callable[[], None]

    def startDrag(self, actions: Qt.DropAction) -> None:
        self.on_drag()
        super().startDrag(actions)


class Palette(QWidget):
    """A field and the rows that fit; double-click or Enter adds, a drag takes a row to the canvas."""

    def __init__(self, shelves: Shelves, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setMinimumWidth(round(LEAST_WIDTH * scale()))
        self.on_add: Callable[[str], None] = lambda kind: None
        self.on_rename: Callable[[str, str], None] = lambda module, name: None
        self.module_menu: Callable[[str, QMenu], None] = lambda module, menu: None
        self.entry_menu: Callable[[str, QMenu], None] = lambda kind, menu: None
        self.on_point: Callable[[Row | None, QPoint], None] = lambda row, at: None
        """A row is under the mouse or the keyboard, or none is; and where its right end is on the screen."""
        self._document: Document | None = None
        self._shelves = shelves
        self.field = QLineEdit(self)
        self.field.setObjectName("palette-field")
        self.field.setPlaceholderText(tr("Search layers, modules"))
        self.field.setAccessibleName(tr("Search layers, modules"))
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._refresh)
        self.model = RowModel(self)
        self.list = self._made_list()
        self.nothing = QLabel(tr("nothing of that name"), self)
        self.nothing.setContentsMargins(14, 6, 14, 6)
        set_role(self.nothing, "secondary")
        self._lay_out()

    def show_document(self, document: Document, resolver: Resolver) -> None:
        """Lists the modules of another document."""
        self._document = document
        self._refresh()

    def apply(self, change: Change, resolution: Resolution) -> None:
        """Follows modules that came, went, or have another number of uses."""
        for before, after in change.diff.values():
            records = (before, after)
            if any(isinstance(each, Module) for each in records) or any(
                isinstance(each, Node) and definitions_of(each) for each in records
            ):
                self._refresh()
                return

    def refresh(self) -> None:
        """Lists what there is now."""
        self._refresh()

    def rename(self, module: str) -> None:
        """Lets the name of a module be written in its row."""
        key = instance_kind(module)
        place = next((i for i, row in enumerate(self.model.rows) if row.key == key), None)
        if place is None:
            return
        index = self.model.index(place)
        self.list.scrollTo(index)
        room = self.list.visualRect(index).adjusted(6, -2, -6, 2)
        text = self.model.rows[place].text
        InPlaceEditor(self.list.viewport(), room, text, lambda name: self.on_rename(module, name))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave and watched is not self.field:
            self.on_point(None, QPoint())
        if event.type() == QEvent.Type.FocusOut and watched is self.list:
            self.on_point(None, QPoint())
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        key = Qt.Key(event.key())
        if watched is self.field and key == Qt.Key.Key_Down:
            self.list.setFocus()
            self._pick_first()
        elif watched is self.field and key == Qt.Key.Key_Escape and self.field.text():
            self.field.clear()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if watched is self.field:
                self._pick_first()
            self._add()
        else:
            return False
        return True

    def _point(self, index: QModelIndex) -> None:
        row, view = self.model.row_at(index), self.list.viewport()
        y = view.mapToGlobal(self.list.visualRect(index).topLeft()).y()
        self.on_point(row, QPoint(self.mapToGlobal(self.rect().topRight()).x(), y))

    def _refresh(self) -> None:
        if self._document is None:
            return
        found = entries(self._document, None, self._shelves)
        typed = self.field.text().strip()
        self.model.show_rows(matching(found, typed) if typed else sections(found))
        self.nothing.setVisible(not self.model.rows)

    def _add(self) -> None:
        row = self.model.row_at(self.list.currentIndex())
        if row is not None and row.enabled:
            self.on_add(row.key)

    def _pick_first(self) -> None:
        first = next((i for i, row in enumerate(self.model.rows) if row.enabled), None)
        if first is not None:
            self.list.setCurrentIndex(self.model.index(first))

    def _open_menu(self, at: QPoint) -> None:
        row = self.model.row_at(self.list.indexAt(at))
        if row is None or not row.key.startswith((INSTANCE_MARK, LIBRARY_MARK)):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if row.key.startswith(LIBRARY_MARK):
            self.entry_menu(row.key, menu)
        else:
            self.module_menu(row.key[1:], menu)
        if menu.isEmpty():
            menu.deleteLater()
        else:
            self.on_point(None, QPoint())
            menu.popup(self.list.viewport().mapToGlobal(at))

    def _made_list(self) -> QListView:
        view = _List(self)
        view.on_drag = lambda: self.on_point(None, QPoint())
        view.setObjectName("palette-list")
        view.setAccessibleName(tr("Layers and modules"))
        view.setModel(self.model)
        view.setItemDelegate(RowDelegate(view))
        view.setDragEnabled(True)
        view.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setMouseTracking(True)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)
        view.doubleClicked.connect(lambda index: self._add())
        view.entered.connect(self._point)
        view.viewportEntered.connect(lambda: self.on_point(None, QPoint()))
        view.selectionModel().currentChanged.connect(lambda index, before: self._point(index))
        view.verticalScrollBar().valueChanged.connect(lambda value: self.on_point(None, QPoint()))
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)
        return view

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.setSpacing(4)
        field = QVBoxLayout()
        field.setContentsMargins(12, 0, 12, 4)
        field.addWidget(self.field)
        layout.addLayout(field)
        layout.addWidget(self.nothing)
        layout.addWidget(self.list, 1)
