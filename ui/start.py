"""The start page: a new design, templates with their pictures, recent designs, and what can be recovered."""

import time
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.journal import Recovery
from core.templates import Template, templates
from core.text import tr

from .icons import icon
from .start_card import TemplateCard
from .style import set_role

MOST_COLUMNS = 6
GAP = 14
SIDE = 32
"""Kept free on both sides of the page, at least."""
RECENT_SHOWN = 6
_TOP_LEFT = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft

_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class StartPage(QScrollArea):
    """Everything on it can be reached by Tab, the templates by arrows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("start")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.on_new: Callable[[], object] = lambda: None
        self.on_open: Callable[[], object] = lambda: None
        self.on_template: Callable[[Template], object] = lambda template: None
        self.on_file: Callable[[Path], object] = lambda file: None
        self.on_recover: Callable[[Recovery], object] = lambda recovery: None
        self.on_discard: Callable[[Recovery], object] = lambda recovery: None
        self.on_leave: Callable[[], object] = lambda: None
        self.cards: list[TemplateCard] = []
        self._grids: list[tuple[QGridLayout, list[TemplateCard]]] = []
        self._holder: QWidget | None = None
        self._columns = 0
        self._new: QPushButton | None = None

    def fill(self, recent: Sequence[str], recoveries: Sequence[Recovery]) -> None:
        """Shows what there is now."""
        page = QWidget()
        page.setObjectName("start-page")
        column = QVBoxLayout()
        column.setSpacing(10)
        column.setContentsMargins(0, 44, 0, 32)
        column.addLayout(self._head(page))
        if recoveries:
            self._add_recoveries(column, recoveries, page)
        self._add_templates(column, page)
        self._add_recent(column, recent, page)
        column.addStretch(1)
        self._holder = QWidget(page)
        self._holder.setLayout(column)
        self._columns = 0
        self._arrange()
        row = QHBoxLayout(page)
        row.addStretch(1)
        row.addWidget(self._holder)
        row.addStretch(1)
        old = self.takeWidget()
        self.setWidget(page)
        if old is not None:
            old.deleteLater()

    def focus_first(self) -> None:
        """Gives the keyboard to the first choice."""
        if self._new is not None:
            self._new.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.on_leave()
            return
        step = _STEPS.get(Qt.Key(event.key()))
        focused = next((card for card in self.cards if card.hasFocus()), None)
        if step is None or focused is None:
            super().keyPressEvent(event)
            return
        card = self._neighbour(focused, *step)
        if card is not None:
            card.setFocus(Qt.FocusReason.TabFocusReason)
            self.ensureWidgetVisible(card)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _neighbour(self, card: TemplateCard, across: int, down: int) -> TemplateCard | None:
        """The card beside one, or in the row above or below at its column or the last that there is."""
        if across:
            place = self.cards.index(card) + across
            return self.cards[place] if 0 <= place < len(self.cards) else None
        rows = [cards[i : i + self._columns] for _, cards in self._grids
                for i in range(0, len(cards), self._columns)]  # fmt: skip
        here = next(number for number, row in enumerate(rows) if card in row)
        if not 0 <= here + down < len(rows):
            return None
        return rows[here + down][min(rows[here].index(card), len(rows[here + down]) - 1)]

    def _arrange(self) -> None:
        """Puts the cards into as many columns as there is room for."""
        if self._holder is None or not self.cards:
            return
        wide = self.cards[0].width()
        room = self.viewport().width() - 2 * SIDE
        columns = max(1, min(MOST_COLUMNS, (room + GAP) // (wide + GAP)))
        if columns == self._columns:
            return
        self._columns = columns
        self._holder.setFixedWidth(columns * wide + (columns - 1) * GAP)
        for grid, cards in self._grids:
            for place, card in enumerate(cards):
                grid.removeWidget(card)
                grid.addWidget(card, place // columns, place % columns, _TOP_LEFT)
            for column in range(MOST_COLUMNS + 1):
                grid.setColumnStretch(column, column == columns)

    def _head(self, page: QWidget) -> QLayout:
        title = QLabel(tr("Draw a network"), page)
        set_role(title, "title")
        line = QLabel(tr("See its shapes, run it forward and backward, export it as code."), page)
        set_role(line, "secondary")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(title)
        words.addWidget(line)
        self._new = _button(tr("New design"), "new", "start-new", page)
        self._new.clicked.connect(lambda: self.on_new())
        set_role(self._new, "primary")
        self._new.setIcon(icon("new", "on_accent"))
        opening = _button(tr("Open…"), "open", "start-open", page)
        opening.clicked.connect(lambda: self.on_open())
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addLayout(words)
        head.addStretch(1)
        head.addWidget(self._new)
        head.addWidget(opening)
        return head

    def _add_recoveries(self, column: QVBoxLayout, recoveries: Sequence[Recovery], page: QWidget) -> None:
        column.addSpacing(8)
        column.addWidget(_section(tr("Not saved when the window was last closed"), page))
        for recovery in recoveries:
            column.addWidget(self._recovery_row(recovery, page))

    def _recovery_row(self, recovery: Recovery, page: QWidget) -> QWidget:
        card = QFrame(page)
        card.setObjectName("recovery")
        set_role(card, "card")
        text = QLabel(recovery_text(recovery), card)
        text.setTextFormat(Qt.TextFormat.PlainText)
        restore = QPushButton(tr("Recover"), card)
        restore.setObjectName("recover")
        restore.clicked.connect(lambda: self.on_recover(recovery))
        discard = QPushButton(tr("Discard"), card)
        discard.setObjectName("recovery-discard")
        set_role(discard, "flat")
        discard.clicked.connect(lambda: self.on_discard(recovery))
        row = QHBoxLayout(card)
        row.setContentsMargins(14, 8, 10, 8)
        row.addWidget(text, 1)
        row.addWidget(restore)
        row.addWidget(discard)
        return card

    def _add_templates(self, column: QVBoxLayout, page: QWidget) -> None:
        self.cards = [TemplateCard(template, page) for template in templates()]
        self._grids = []
        for title, found in groupby(self.cards, lambda card: card.template.group):
            cards = list(found)
            grid = QGridLayout()
            grid.setSpacing(GAP)
            self._grids.append((grid, cards))
            for card in cards:
                card.clicked.connect(lambda checked=False, card=card: self.on_template(card.template))
            column.addSpacing(8)
            column.addWidget(_section(title, page))
            column.addLayout(grid)

    def _add_recent(self, column: QVBoxLayout, recent: Sequence[str], page: QWidget) -> None:
        column.addSpacing(8)
        column.addWidget(_section(tr("Recent"), page))
        for name in recent[:RECENT_SHOWN]:
            file = Path(name)
            row = QHBoxLayout()
            link = QPushButton(file.name, page)
            link.setObjectName("recent")
            set_role(link, "link")
            link.clicked.connect(lambda checked=False, file=file: self.on_file(file))
            folder = QLabel(str(file.parent), page)
            folder.setTextFormat(Qt.TextFormat.PlainText)
            set_role(folder, "secondary")
            row.setSpacing(10)
            row.addWidget(link)
            row.addWidget(folder, 1)
            column.addLayout(row)
        if not recent:
            none = QLabel(tr("Designs that you open or save will stand here."), page)
            set_role(none, "secondary")
            column.addWidget(none)


def recovery_text(recovery: Recovery) -> str:
    """`resnet.loom, 12 changes, last on 24 November 18:03`."""
    name = recovery.path.name if recovery.path is not None else tr("a new design")
    changes = tr("1 change") if recovery.changes == 1 else tr("{count} changes", count=recovery.changes)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(recovery.when))
    return tr("{name}, {changes}, the last at {when}", name=name, changes=changes, when=when)


def _button(text: str, picture: str, name: str, page: QWidget) -> QPushButton:
    button = QPushButton(icon(picture), text, page)
    button.setObjectName(name)
    button.setAutoDefault(True)
    return button


def _section(text: str, page: QWidget) -> QLabel:
    label = QLabel(text, page)
    set_role(label, "section")
    return label
