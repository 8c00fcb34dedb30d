"""The tab of the parameters and buffers below a call: cards of a layer, a tree of anything larger."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path as File

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core import edits
from core.call_path import holder
from core.edits import EditError
from core.problem import Path
from core.text import tr
from ui.editor import Editor
from ui.figures import count_text
from ui.fonts import SECONDARY_PX, code_font
from ui.run.runner import Runner
from ui.style import set_role

from .parameters import Branch, Item, Leaf, held, is_single, items, leaves, offers, title_of
from .tensor_card import Doing, TensorCard

MOST_ROWS = 14
"""Rows of the tree before it scrolls by itself."""

ITEM = Qt.ItemDataRole.UserRole


class WeightsTab(QWidget):
    """Names, shapes and counts need no run; values do."""

    def __init__(self, editor: Editor, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._runner = runner
        self._path: Path = ()
        self._shape: tuple[object, ...] = ()
        self.cards: dict[str, TensorCard] = {}
        self._leaves: dict[str, Leaf] = {}
        self.total = QLabel(self)
        self.total.setObjectName("parameter-total")
        set_role(self.total, "secondary")
        self.save_all = QPushButton(tr("Save all as .npy"), self)
        self.save_all.setObjectName("save-all")
        set_role(self.save_all, "link")
        self.save_all.clicked.connect(self._ask_save_all)
        self.tree = _Tree(self)
        self.tree.itemExpanded.connect(self._unfold)
        self.tree.itemCollapsed.connect(lambda item: self.tree.fit())
        self.tree.currentItemChanged.connect(lambda item, before: self._pick(item))
        self.tree.customContextMenuRequested.connect(self._open_menu)
        self.tree.itemActivated.connect(self._enter)
        self.note = QLabel(tr("Values are drawn by the next run (Ctrl+Enter)."), self)
        self.note.setObjectName("weights-note")
        self.note.setWordWrap(True)
        set_role(self.note, "secondary")
        head = QHBoxLayout()
        head.addWidget(self.total, 1)
        head.addWidget(self.save_all)
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(10)
        self._list.addLayout(head)
        self._list.addWidget(self.tree)
        self._list.addWidget(self.note)
        self._list.addStretch(1)

    def refresh(self, path: Path) -> str:
        """Shows the tensors of a call."""
        found = items(self._editor, path)
        if not found:
            return self._nothing(path)
        single = is_single(self._editor, path)
        self.tree.setVisible(not single)
        shape = (path, tuple(found))
        if shape != self._shape:
            same = self._path == path and not single
            self._shape, self._path = shape, path
            self._build(found, single=single, keep=same)
        self._refresh_cards()
        call = self._editor.resolution.node_call(path) if path else self._editor.resolution.root
        count = 0 if call is None else call.parameters
        words = tr("1 parameter") if count == 1 else tr("{count} parameters", count=count_text(count))
        if count == 0 and isinstance(found[0], Leaf) and found[0].shared:
            words = found[0].shared
        self.total.setText(words)
        there = self._has_values(path)
        self.save_all.setEnabled(there)
        self.save_all.setVisible(there)
        self.note.setVisible(not there)
        return ""

    def let_go(self) -> None:
        """Holds no gradient any more."""
        self._refresh_cards()

    def _has_values(self, path: Path) -> bool:
        kept = held(self._editor.document, self._editor.resolution, path)
        prefix = "/".join((*kept, "")) if kept else ""
        return any(name.startswith(prefix) for name in self._runner.weights.arrays)

    def save_all_to(self, folder: File) -> None:
        """Writes every tensor below the call, each under its dotted name, and says what came of it."""
        self._save(self._path, folder)

    def _nothing(self, path: Path) -> str:
        call = self._editor.resolution.node_call(path) if path else None
        if call is None:
            return tr("Parameters are known once the inputs are.") if path else tr("It has no parameters.")
        if call.layer is not None and not call.layer.tensor_names:
            return tr("This layer has no parameters.")
        if call.faults or None in call.inputs:
            return tr("Parameters are known once the inputs are.")
        return tr("It has no parameters.")

    # Cards

    def _build(self, found: Sequence[Item], *, single: bool, keep: bool) -> None:
        shown = self._leaves if keep else {}
        self._clear_cards()
        if single:
            for leaf in found:
                if isinstance(leaf, Leaf):
                    self._add_card(leaf)
            return
        open_ = self.tree.unfolded() if keep else set()
        self.tree.clear()
        for item in found:
            self.tree.addTopLevelItem(_row(item))
        self.tree.unfold(open_)
        first = self.tree.topLevelItem(0)
        if first is not None and len(found) == 1 and not open_:
            first.setExpanded(True)
        for leaf in shown.values():
            if leaf.slot in {each.slot for each in leaves(self._editor, self._path)}:
                self._add_card(leaf)
        self.tree.fit()

    def _clear_cards(self) -> None:
        for card in self.cards.values():
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards, self._leaves = {}, {}

    def _add_card(self, leaf: Leaf) -> None:
        document = self._editor.document
        card = TensorCard(title_of(document, leaf, self._path), self._runner, self)
        card.find_doings = lambda: self._doings(leaf)
        key = "/".join((*leaf.path, leaf.name))
        self.cards[key], self._leaves[key] = card, leaf
        self._list.insertWidget(self._list.count() - 2, card)

    def _refresh_cards(self) -> None:
        runner = self._runner
        result = None if runner.stale else runner.result
        gradients = {} if result is None else result.parameter_gradients
        for key, card in self.cards.items():
            leaf = self._leaves[key]
            gradient = gradients.get(leaf.slot)
            array = leaf.array(runner.weights.arrays)
            card.show_tensor(leaf.shape, array, gradient, leaf.shared)

    # The tree

    def _unfold(self, row: QTreeWidgetItem) -> None:
        item = row.data(0, ITEM)
        if isinstance(item, Branch) and not row.data(1, ITEM):
            row.setData(1, ITEM, True)
            row.takeChildren()
            row.addChildren([_row(each) for each in items(self._editor, item.path)])
        self.tree.fit()

    def _pick(self, row: QTreeWidgetItem | None) -> None:
        item = None if row is None else row.data(0, ITEM)
        if not isinstance(item, Leaf):
            return
        self._clear_cards()
        self._add_card(item)
        self._refresh_cards()

    def _enter(self, row: QTreeWidgetItem) -> None:
        row.setExpanded(not row.isExpanded())

    def _open_menu(self, at: QPoint) -> None:
        row = self.tree.itemAt(at)
        item = None if row is None else row.data(0, ITEM)
        if item is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if isinstance(item, Branch):
            menu.addAction(tr("Save all below as .npy"), lambda: self._ask_folder(item.path))
        else:
            card = self._card_of(item)
            menu.addAction(tr("Save as .npy"), card.ask_save)
            for words, act in self._doings(item):
                menu.addAction(words, act)
        menu.addAction(tr("Show its node"), lambda: self._editor.show(item.path))
        menu.popup(self.tree.viewport().mapToGlobal(at))

    def _card_of(self, leaf: Leaf) -> TensorCard:
        key = "/".join((*leaf.path, leaf.name))
        if key not in self.cards:
            self._clear_cards()
            self._add_card(leaf)
            self._refresh_cards()
        return self.cards[key]

    # Ties

    def _doings(self, leaf: Leaf) -> list[Doing]:
        """Ties that can be made or taken back for a parameter."""
        document = self._editor.document
        if leaf.tie:
            return [(tr("Untie"), lambda: self._try(lambda: edits.untie(document, tie=leaf.tie)))]
        module = self._editor.session.path
        if module is None or leaf.shared or not leaf.is_learnt or leaf.path[: len(module)] != module:
            return []
        found: list[Doing] = []
        for other, turned in offers(self._editor, module, leaf):
            name = title_of(document, other, module)
            words = tr("Tie to {name}, transposed", name=name) if turned else tr("Tie to {name}", name=name)
            found.append((words, partial(self._tie, leaf, other, turned)))
        return found

    def _tie(self, leaf: Leaf, other: Leaf, turned: bool) -> None:
        session = self._editor.session
        start = len(session.path or ())
        self._try(
            lambda: edits.tie_parameter(
                self._editor.document, session.module, other.path[start:], other.name, leaf.path[start:],
                leaf.name, turned,
            )
        )  # fmt: skip

    def _try(self, edit: Callable[[], object]) -> None:
        try:
            edit()
        except EditError as error:
            self._runner.say(str(error))

    # Saving

    def _ask_save_all(self) -> None:
        self._ask_folder(self._path)

    def _ask_folder(self, path: Path) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("A folder for the arrays"))
        if name:
            self._save(path, File(name))

    def _save(self, path: Path, folder: File) -> None:
        document, arrays = self._editor.document, self._runner.weights.arrays
        written = 0
        for leaf in leaves(self._editor, path):
            array = leaf.array(arrays)
            if array is None:
                continue
            name = title_of(document, leaf, holder(document, path) if path else ())
            try:
                np.save(folder / f"{_file_name(name)}.npy", array, allow_pickle=False)
            except OSError as error:
                reason = error.strerror or str(error)
                self._runner.say(tr("cannot write {file}: {reason}", file=str(folder), reason=reason))
                return
            written += 1
        self._runner.say(tr("{count} arrays saved in {folder}", count=written, folder=str(folder)))


class _Tree(QTreeWidget):
    """As high as its rows, up to a limit."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("parameter-tree")
        self.setAccessibleName(tr("Parameters"))
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    def fit(self) -> None:
        """Gives the rows that are seen the room that they take."""
        count, row = 0, self.topLevelItem(0)
        while row is not None and count < MOST_ROWS:
            count, row = count + 1, self.itemBelow(row)
        self.setFixedHeight(max(self.sizeHintForRow(0), 20) * max(count, 1) + 4)

    def unfolded(self) -> set[Path]:
        """The paths of the rows that are unfolded."""
        found: set[Path] = set()
        row = self.topLevelItem(0)
        while row is not None:
            item = row.data(0, ITEM)
            if isinstance(item, Branch) and row.isExpanded():
                found.add(item.path)
            row = self.itemBelow(row)
        return found

    def unfold(self, paths: set[Path]) -> None:
        """Unfolds the rows of these paths again."""
        row = self.topLevelItem(0)
        while row is not None:
            item = row.data(0, ITEM)
            if isinstance(item, Branch) and item.path in paths:
                row.setExpanded(True)
            row = self.itemBelow(row)


def _row(item: Item) -> QTreeWidgetItem:
    """A row; a branch can be unfolded before what is below it is known."""
    if isinstance(item, Leaf):
        shape = "×".join(map(str, item.shape)) or tr("scalar")
        row = QTreeWidgetItem([item.name, item.shared or shape])
        row.setToolTip(1, f"{shape}\n{item.shared}".strip())
    else:
        count = item.shared if item.count == 0 and item.shared else count_text(item.count)
        row = QTreeWidgetItem([item.name, count])
        row.setToolTip(1, item.shared)
        row.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
    row.setFont(1, code_font(SECONDARY_PX))
    row.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    row.setData(0, ITEM, item)
    return row


def _file_name(name: str) -> str:
    return "".join("_" if letter in '/\\:*?"<>|' else letter for letter in name)
