"""The tree of calls: name, layer, shape, parameters and MACs of each, for eye, keyboard and screen reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QHeaderView, QTreeView, QWidget

from core.alike import told
from core.call_path import is_part, last_node
from core.calls import NodeCall
from core.dim import text
from core.document import Change, Document
from core.problem import Path
from core.record import INDEX, Node
from core.resolve import Resolution, Resolver
from core.summary import kind_name, kind_of, made_of, times_of
from core.text import tr

from .editor import Editor
from .figures import count_text, per_sample
from .fonts import SECONDARY_PX, code_font, scale
from .shapes import known_sizes, shown

Index = QModelIndex | QPersistentModelIndex
NUMBERS = 2
"""The column from which on figures stand."""


@dataclass(eq=False)
class Item:
    """A row of the tree; its children are found when they are asked for."""

    path: Path
    row: int
    parent: Item | None
    number: int = 0
    """Its place in the model's list, by which Qt's indexes name it."""

    children: list[Item] | None = field(default=None, repr=False)
    alike: int = 0
    """How many calls the row stands for that are as the one before it; 0 for a call of its own."""


class OutlineModel(QAbstractItemModel):
    """The calls of the design, read from the document and its resolution at the moment they are drawn."""

    def __init__(self, editor: Editor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._items = [Item((), 0, None)]

    def read_anew(self) -> None:
        """Nodes came, went or have other names."""
        self.beginResetModel()
        self._items = [Item((), 0, None)]
        self.endResetModel()

    @property
    def has_parts(self) -> bool:
        """Whether a call that is shown has parts, whose rows depend on numbers."""
        return any((call := self._call(item.path)) is not None and call.parts for item in self._items) or any(
            item.path and is_part(self._editor.document, item.path[-1]) for item in self._items
        )

    def path_at(self, index: Index) -> Path | None:
        """The call path of a row; of a row for several calls that of the first of them."""
        item = self._item(index)
        return item.path or None

    def index_of(self, path: Path) -> QModelIndex:
        """The row of a call path; an invalid index where there is none."""
        index = QModelIndex()
        for key in path:
            found = self._child(self._item(index), key)
            if found is None:
                return QModelIndex()
            index = self.index(found.row, 0, index)
        return index

    def _child(self, item: Item, key: str) -> Item | None:
        """The row of a node or part; of a call that has none of its own, the row of the one it is like."""
        rows = [each for each in self._children(item) if not each.alike]
        found = next((each for each in rows if each.path[-1] == key), None)
        call = self._call(item.path)
        if found is not None or call is None or not key.isdecimal():
            return found
        part = call.part(key)
        return next((each for each in rows if call.part(each.path[-1]) is part), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # as Qt declares it
        return 0 if parent.column() > 0 else len(self._children(self._item(parent)))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # as Qt declares it
        return len(_titles())

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        children = self._children(self._item(parent))
        return self.createIndex(row, column, children[row].number) if row < len(children) else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> Any:  # noqa: B008
        item = self._item(index)
        if item.parent is None or item.parent.parent is None:
            return QModelIndex()
        return self.createIndex(item.parent.row, 0, item.parent.number)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _titles()[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(self._item(index), index.column())
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case Qt.ItemDataRole.FontRole if index.column() >= NUMBERS:
                return code_font(SECONDARY_PX)
        return None

    def _text(self, item: Item, column: int) -> str:
        document = self._editor.document
        node = document.get(last_node(document, item.path) or "")
        if not isinstance(node, Node):
            return ""
        if item.alike:
            return tr("×{count} alike", count=item.alike) if column == 0 else ""
        call = self._call(item.path)
        if column == 0:
            return _part_text(item.path[-1]) if is_part(document, item.path[-1]) else node.name
        if column == 1:
            return self._kind(node, item.path, call)
        if call is None:
            return ""
        sizes = known_sizes(self._editor.resolution)
        shapes = call.outputs or call.inputs
        texts = (", ".join("?" if type_ is None else shown(type_, sizes) for type_ in shapes),)
        macs = per_sample(call.macs, self._editor.resolution)
        counts = tuple(count_text(count) if count != 0 else "" for count in (call.parameters, macs))
        return (*texts, *counts)[column - NUMBERS]

    def _kind(self, node: Node, path: Path, call: NodeCall | None) -> str:
        """What it is made of at this call, and how often it is repeated."""
        document = self._editor.document
        kind = made_of(call) if call is not None and is_part(document, path[-1]) else ""
        name = kind_name(document, kind or kind_of(document, node, call))
        times = None if call is None else times_of(call)
        return name if times is None else f"{name} ×{text(times)}"

    def _call(self, path: Path) -> NodeCall | None:
        return self._editor.resolution.node_call(path) if path else None

    def _item(self, index: Index) -> Item:
        number = int(index.internalId()) if index.isValid() else 0
        return self._items[number] if number < len(self._items) else self._items[0]

    def _children(self, item: Item) -> list[Item]:
        if item.children is None:
            first = len(self._items)
            item.children = [
                Item((*item.path, key), row, item, first + row, alike=alike)
                for row, (key, alike) in enumerate(self._keys_inside(item))
            ]
            self._items += item.children
        return item.children

    def _keys_inside(self, item: Item) -> list[tuple[str, int]]:
        """The nodes or parts that stand under a row, and rows for calls that are alike."""
        if item.alike:
            return []
        call = self._call(item.path)
        if call is not None and call.parts:
            return list(_rows_of_parts(call))
        module = self._editor.module_at(item.path)
        return [] if module is None else [(node, 0) for node in self._ordered(module)]

    def _ordered(self, module: str) -> list[str]:
        """The nodes in the order of the data, those in loops last."""
        order = dict.fromkeys(self._editor.resolver.graphs.order(module))
        order.update(dict.fromkeys(node.id for node in self._editor.document.nodes(module)))
        return list(order)


class Outline(QTreeView):
    """Shows the tree; Enter or a click goes there, a double-click enters."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outline")
        self.setAccessibleName(tr("Outline"))
        self.on_show: Callable[[Path], None] = lambda path: None
        self.on_enter: Callable[[Path], None] = lambda path: None
        self._editor = editor
        self._stale = True
        self._entered = False
        self._opened: set[Path] = set()
        self._resolution: Resolution | None = None
        self.outline = OutlineModel(editor, self)
        self.setModel(self.outline)
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(False)
        self.setAllColumnsShowFocus(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(NUMBERS, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate((240, 180, 0, 110, 140)):
            self.setColumnWidth(column, round(width * scale()))
        self.clicked.connect(self._on_click)
        self.doubleClicked.connect(self._on_double_click)
        self.expanded.connect(lambda index: self._opened.add(self.outline.path_at(index) or ()))
        self.collapsed.connect(lambda index: self._opened.discard(self.outline.path_at(index) or ()))
        editor.session.subscribe(lambda aspect: self._follow() if aspect == "selection" else None)

    def show_document(self, document: Document, resolver: Resolver) -> None:
        """Shows another document."""
        self._opened.clear()
        self._read()

    def apply(self, change: Change, resolution: Resolution) -> None:
        """Follows: only where nodes came, went or were renamed is the tree built anew."""
        if any(_alters_the_tree(before, after) for before, after in change.diff.values()) or (
            self.outline.has_parts and resolution is not self._resolution
        ):
            self._read()
        elif self.isVisible():
            self.viewport().update()

    def showEvent(self, event: QShowEvent) -> None:
        if self._stale:
            self._read()
        super().showEvent(event)

    def _read(self) -> None:
        self._stale = not self.isVisible()
        if self._stale:
            return
        self._resolution = self._editor.resolution
        place = self.verticalScrollBar().value()
        self.outline.read_anew()
        for path in sorted(self._opened, key=len):
            index = self.outline.index_of(path)
            if index.isValid():
                self.expand(index)
        self.verticalScrollBar().setValue(place)
        self._follow()

    def _follow(self) -> None:
        """Shows what is picked on the canvas."""
        path, picked = self._editor.session.path, self._editor.session.selection
        if not self.isVisible() or self._stale or path is None or len(picked) != 1:
            return
        index = self.outline.index_of((*path, next(iter(picked))))
        if index.isValid():
            self.setCurrentIndex(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go(self.currentIndex(), self.on_show)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._entered = False
        super().mousePressEvent(event)

    def _on_click(self, index: QModelIndex) -> None:
        if self._entered:
            self._entered = False  # Qt tells of a click once more when a double-click is let go
        else:
            self._go(index, self.on_show)

    def _on_double_click(self, index: QModelIndex) -> None:
        self._entered = True
        self._go(index, self.on_enter)

    def _go(self, index: QModelIndex, there: Callable[[Path], None]) -> None:
        path = self.outline.path_at(index)
        if path is not None:
            there(path)


def _rows_of_parts(call: NodeCall) -> Iterator[tuple[str, int]]:
    """The parts of a call: of calls in a row first, last, and where something changes."""
    if call.structure != "repeat" or call.count is not None:
        yield from ((key, 0) for key, _ in call.parts)
        return
    for key, passed_over in told(call):
        yield key, 0
        if passed_over:
            yield str(int(key) + 1), passed_over


def _part_text(key: str) -> str:
    return f"[{key}]" if key.isdecimal() or key == INDEX else key


def _alters_the_tree(before: object, after: object) -> bool:
    if isinstance(before, Node) and isinstance(after, Node):
        return _told_of(before) != _told_of(after)
    return True


def _told_of(node: Node) -> tuple[object, ...]:
    return (node.name, node.module, node.kind, node.repeat, node.owner)


def _titles() -> tuple[str, ...]:
    return (tr("Name"), tr("Layer"), tr("Output"), tr("Parameters"), tr("MACs per sample"))


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column > NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
