"""Menus, shortcuts and the command palette, all made from the one list of actions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from core.text import tr

from .actions import Action
from .icons import icon
from .rank import rank
from .rows import Row

if TYPE_CHECKING:
    from .window import Window

CANVAS_OWN = frozenset(
    {"Del", "Backspace", "Home", "F", "F2", "J", "Return", "Enter", "PgDown", "PgUp", "Esc", "Space", "Tab"}
)
"""Keys that the canvas takes by itself while nothing is being dragged."""


def menu_titles() -> dict[str, str]:
    """What the menus are called, in their order."""
    return {
        "file": tr("File"),
        "edit": tr("Edit"),
        "view": tr("View"),
        "module": tr("Module"),
        "run": tr("Run"),
        "export": tr("Export"),
        "help": tr("Help"),
    }


class Menus:
    """Qt's actions for the list, by id, and the menus that hold them."""

    def __init__(self, window: Window, actions: Sequence[Action], canvas: QWidget) -> None:
        self._window = window
        self._actions = tuple(actions)
        self.qt = {action.id: self._made(action, canvas) for action in actions}

    def perform(self, action: Action) -> None:
        """Does it, where it has a use now."""
        if action.enabled(self._window):
            action.perform(self._window)

    def fill(self, bar: QMenuBar) -> None:
        """Puts every action into its menu."""
        for name, title in menu_titles().items():
            members = [action for action in self._actions if action.menu == name]
            if members:
                menu = bar.addMenu(title)
                menu.setObjectName(f"menu-{name}")
                self._fill(menu, members)
                self._follow(menu)

    def context_menu(self, parent: QWidget) -> QMenu:
        """What can be done with what is picked."""
        menu = QMenu(parent)
        menu.setObjectName("context-menu")
        self._follow(menu)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        members = [action for action in self._actions if action.in_context and action.enabled(self._window)]
        names = [action.menu for action in members]
        for place, action in enumerate(members):
            if place and names[place] != names[place - 1]:
                menu.addSeparator()
            menu.addAction(self.qt[action.id])
        return menu

    def refresh(self) -> None:
        """Brings texts, checks and what is enabled up to date."""
        for action in self._actions:
            made = self.qt[action.id]
            made.setEnabled(action.enabled(self._window))
            made.setText(_with_keys(action, self._text(action)))
            if action.checked is not None:
                made.setChecked(action.checked(self._window))

    def _follow(self, menu: QMenu) -> None:
        """What is disabled in an open menu; closed, keys must work at once when it comes to be of use."""
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.refresh)
        menu.aboutToHide.connect(self._enable_all)

    def _enable_all(self) -> None:
        for made in self.qt.values():
            made.setEnabled(True)

    def rows(self, typed: str) -> list[Row]:
        """The actions as the command palette lists them, the best first."""
        titles = menu_titles()
        ranked = []
        for order, action in enumerate(self._actions):
            if action.id == "commands":
                continue
            place = rank(typed, action.text, (titles[action.menu], *action.text.split()))
            if place is not None:
                usable = action.enabled(self._window)
                ranked.append(((not usable, place, order), self._row(action, titles[action.menu], usable)))
        return [row for _, row in sorted(ranked, key=lambda pair: pair[0])]

    def action(self, key: str) -> Action:
        """The action of an id."""
        return next(action for action in self._actions if action.id == key)

    def _row(self, action: Action, menu: str, usable: bool) -> Row:
        keys = " ".join(shown_keys(action)[:1])
        return Row(
            text=self._text(action),
            key=action.id,
            detail=menu,
            hint=keys,
            icon=action.icon,
            indented=True,
            enabled=usable,
        )

    def _text(self, action: Action) -> str:
        return action.text if action.label is None else action.label(self._window)

    def _fill(self, menu: QMenu, members: Iterable[Action]) -> None:
        for action in members:
            if action.separated:
                menu.addSeparator()
            menu.addAction(self.qt[action.id])
            if action.id == "open":
                recent = menu.addMenu(tr("Open recent"))
                recent.setObjectName("menu-recent")
                recent.aboutToShow.connect(lambda recent=recent: self._fill_recent(recent))

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for name in self._window.memory.recent:
            file = Path(name)
            entry = menu.addAction(f"{file.name}  —  {file.parent}")
            entry.triggered.connect(lambda checked=False, file=file: self._window.files.open(file))
        if menu.isEmpty():
            menu.addAction(tr("none yet")).setEnabled(False)

    def _made(self, action: Action, canvas: QWidget) -> QAction:
        made = QAction(_with_keys(action, action.text), self._window)
        made.setObjectName(action.id)
        made.setToolTip(action.tip)
        if action.icon:
            made.setIcon(icon(action.icon, "secondary"))
        made.setCheckable(action.checked is not None)
        made.setShortcuts([QKeySequence(key) for key in action.shortcuts])
        made.triggered.connect(lambda: self.perform(action))
        self._window.addAction(made)
        for key in action.keys:
            if key not in CANVAS_OWN:
                self._bind(key, action, canvas)
        return made

    def _bind(self, key: str, action: Action, canvas: QWidget) -> None:
        bound = QAction(canvas)
        bound.setShortcut(QKeySequence(key))
        bound.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        bound.triggered.connect(lambda: self.perform(action))
        canvas.addAction(bound)


def shown_keys(action: Action) -> list[str]:
    """The keys of an action as the platform writes them."""
    return [
        QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in action.all_keys if key
    ]


def _with_keys(action: Action, text: str) -> str:
    """The text, with a key behind it that only the canvas takes: Qt does not know of that one."""
    return text if action.shortcuts or not action.keys else f"{text}\t{shown_keys(action)[0]}"
