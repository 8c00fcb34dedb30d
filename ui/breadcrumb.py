"""Where one is: the way of calls to the open module, which of its calls is open, and its arguments there."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from core.dim import Symbolic, text
from core.document import Change, Document
from core.problem import Path
from core.record import ROOT, Module
from core.resolve import ModuleCall, Resolution, Resolver
from core.text import tr

from .canvas.rename import InPlaceEditor
from .editor import Editor
from .icons import icon, pixmap
from .style import set_role

LISTED_CALLS = 200
"""Calls that the picker lists."""


class Breadcrumb(QFrame):
    """A row of buttons over the canvas; each goes to its module."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("breadcrumb")
        set_role(self, "card")
        self.on_rename: Callable[[str, str], None] = lambda module, name: None
        self._editor = editor
        self._shown: object = None
        self._parts: list[QLabel | QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 2, 10, 2)
        self._row.setSpacing(2)
        editor.session.subscribe(lambda aspect: self.refresh() if aspect == "open" else None)

    def show_document(self, document: Document, resolver: Resolver) -> None:
        """Shows where one is in another document."""
        self._shown = None
        self.refresh()

    def apply(self, change: Change, resolution: Resolution) -> None:
        """Follows names, calls and arguments."""
        self.refresh()

    def refresh(self) -> None:
        """Shows what is open now."""
        session, document = self._editor.session, self._editor.document
        module = document.get(session.module)
        if not isinstance(module, Module) or (session.path is not None and not self._is_there(session.path)):
            return
        names = tuple(document.node(key).name for key in session.path or ())
        calls = self._calls(session.module)
        shown = (document, session.path, names, module.name, self._root_name(), self._told(), tuple(calls))
        if shown == self._shown:
            return
        self._shown = shown
        self._clear()
        self._fill(module, names, calls)
        for part in self._parts:
            part.show()
        self.adjustSize()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self._shown is not None:
            self._shown = None  # the marks between the steps have the colours of the old theme
            self.refresh()
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.MouseButtonDblClick or not isinstance(watched, QLabel):
            return False
        module = self._editor.session.module
        InPlaceEditor(
            self,
            watched.geometry().adjusted(0, 1, 40, -1),
            watched.text(),
            lambda name: self.on_rename(module, name),
        )
        return True

    @property
    def words(self) -> str:
        """All that is said, from left to right."""
        return " ".join(part.text() for part in self._parts if part.text())

    def _fill(self, module: Module, names: tuple[str, ...], calls: list[Path]) -> None:
        path = self._editor.session.path
        if module.id == ROOT:
            self._add_current(module)
        else:
            self._add_step(self._root_name(), ())
            for depth, name in enumerate(names[:-1], start=1):
                self._add_step(name, (path or ())[:depth])
            self._add_current(module)
            if path is not None and len(calls) > 1:
                self._add_picker(calls, path)
            elif path is not None:
                self._add_words(names[-1])
            else:
                self._add_words(tr("definition"))
        told = self._told()
        if told:
            self._add_words(told, code=True)

    def _add_step(self, name: str, path: Path) -> None:
        button = QPushButton(name, self)
        set_role(button, "flat")
        button.setToolTip(tr("Go to {name}", name=name))
        button.clicked.connect(lambda: self._editor.open_call(path))
        self._add(button)
        mark = QLabel(self)
        mark.setPixmap(pixmap("chevron-right", 12, "secondary", self.devicePixelRatioF()))
        self._add(mark)

    def _add_current(self, module: Module) -> None:
        label = QLabel(module.name, self)
        label.setObjectName("breadcrumb-current")
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setToolTip(module.help or tr("Double-click to rename"))
        label.installEventFilter(self)
        label.setContentsMargins(8, 5, 6, 5)
        font = label.font()
        font.setWeight(font.Weight.DemiBold)
        label.setFont(font)
        self._add(label)

    def _add_picker(self, calls: list[Path], path: Path) -> None:
        number = calls.index(path) + 1 if path in calls else 0
        button = QPushButton(self._call_text(number, calls, path), self)
        button.setObjectName("call-picker")
        set_role(button, "flat")
        button.setIcon(icon("chevron-down", "secondary"))
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        button.setToolTip(tr("Which call of the module is shown"))
        menu = QMenu(button)
        menu.setObjectName("call-menu")
        for place, call in enumerate(calls[:LISTED_CALLS], start=1):
            action = QAction(self._call_text(place, calls, call), menu)
            action.setCheckable(True)
            action.setChecked(call == path)
            if self._in_error(call):
                action.setIcon(icon("error", "error"))
            action.triggered.connect(lambda checked=False, call=call: self._editor.open_call(call))
            menu.addAction(action)
        button.setMenu(menu)
        self._add(button)

    def _add_words(self, words: str, *, code: bool = False) -> None:
        label = QLabel(words, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setContentsMargins(4, 0, 4, 0)
        set_role(label, "secondary")
        self._add(label)

    def _call_text(self, number: int, calls: list[Path], path: Path) -> str:
        names = [self._editor.document.node(key).name for key in path]
        return tr("call {number} of {count} · {path}", number=number, count=len(calls), path="/".join(names))

    def _told(self) -> str:
        """`width = 64 · stride = 1`: what the arguments are in this call."""
        call = self._call()
        arguments = {} if call is None else call.arguments
        return " · ".join(f"{name} = {_value_text(value)}" for name, value in arguments.items())

    def _call(self) -> ModuleCall | None:
        session = self._editor.session
        if session.path is None:
            return self._editor.resolver.definition(session.module)
        return self._editor.resolution.call(session.path)

    def _calls(self, module: str) -> list[Path]:
        return [] if module == ROOT else self._editor.resolver.calls_of(module)

    def _in_error(self, path: Path) -> bool:
        call = self._editor.resolution.call(path)
        return call is not None and (call.in_error or bool(call.faults))

    def _is_there(self, path: Path) -> bool:
        return self._editor.module_at(path) is not None

    def _root_name(self) -> str:
        return self._editor.document.module(ROOT).name

    def _add(self, part: QLabel | QPushButton) -> None:
        self._parts.append(part)
        self._row.addWidget(part)

    def _clear(self) -> None:
        for part in self._parts:
            part.hide()
            self._row.removeWidget(part)
            part.deleteLater()  # not at once: the button that was clicked is among them
        self._parts = []


def _value_text(value: Any) -> str:
    return text(value) if isinstance(value, int | Symbolic) and not isinstance(value, bool) else str(value)
