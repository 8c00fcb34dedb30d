"""Where one is: the way of calls to the open module, which of its calls is open, and its arguments there."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from core.call_path import entry, is_part, step_text, steps, written
from core.calls import NodeCall
from core.document import Change, Document
from core.problem import Path
from core.record import ROOT, Module, is_locked
from core.refusal import locked_sentence
from core.resolve import Resolution, Resolver
from core.summary import kind_name, made_of
from core.text import tr

from .canvas.rename import InPlaceEditor
from .editor import Editor
from .fonts import scale
from .icons import icon, pixmap
from .style import set_role
from .value_text import value_text

LISTED_CALLS = 200
"""Calls that the picker lists."""


class Breadcrumb(QFrame):
    """A row of buttons over the canvas; each goes to its module."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("breadcrumb")
        set_role(self, "card")
        self.on_rename: Callable[[str, str], None] = lambda module, name: None
        self.on_unlock: Callable[[str], None] = lambda module: None
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
        names = tuple(step_text(document, step) for step in steps(document, session.path or ()))
        calls, parts = self._calls(session.module), self._parts_beside()
        told = (self._told(), tuple(calls), tuple(parts))
        shown = (document, session.path, names, module.name, is_locked(module), self._root_name(), *told)
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
            way: Path = ()
            for name, step in zip(names[:-1], steps(self._editor.document, path or ()), strict=False):
                way = (*way, *step)
                self._add_step(name, way)
            self._add_current(module)
            if is_locked(module):
                self._add_lock(module)
            self._add_switch(path)
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

    def _add_lock(self, module: Module) -> None:
        """A padlock that says why nothing can be edited, and opens by a click."""
        button = QPushButton(tr("Edit a copy"), self)
        button.setObjectName("unlock")
        set_role(button, "flat")
        button.setIcon(icon("lock", "secondary"))
        button.setToolTip(locked_sentence(module.name))
        button.clicked.connect(lambda: self.on_unlock(module.id))
        self._add(button)

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
        self._add_going(-1)
        self._add(button)
        self._add_going(1)

    def _add_going(self, by: int) -> None:
        """A button that goes on to another call."""
        told = tr("The next call (Ctrl+PgDown)") if by > 0 else tr("The call before (Ctrl+PgUp)")
        button = QPushButton(self)
        button.setObjectName("call-next" if by > 0 else "call-before")
        set_role(button, "flat")
        button.setIcon(icon("chevron-right" if by > 0 else "chevron-left", "secondary"))
        button.setToolTip(told)
        button.setAccessibleName(told)
        button.setFixedWidth(round(24 * scale()))
        button.clicked.connect(lambda: self._editor.step(by))
        self._add(button)

    def _add_switch(self, path: Path | None) -> None:
        """Buttons for the parts of the branch or loop that was entered; one that is a layer is named only."""
        for key, name, way in self._parts_beside():
            button = QPushButton(key if way is not None else f"{key}: {name}", self)
            button.setObjectName(f"part-{key}")
            set_role(button, "switch")
            button.setCheckable(True)
            button.setChecked(way is not None and way == path)
            button.setEnabled(way is not None)
            button.setToolTip(tr("{part} is {name}", part=key, name=name))
            if way is not None:
                button.clicked.connect(lambda checked=False, way=way: self._editor.open_call(way))
            self._add(button)

    def _parts_beside(self) -> list[tuple[str, str, Path | None]]:
        """The parts of the branch or loop that the open call is in: key, what it is, and the way to it."""
        path = self._editor.session.path or ()
        for depth in range(len(path) - 1, 0, -1):
            if not is_part(self._editor.document, path[depth]):
                break
            call = self._editor.resolution.node_call(path[:depth])
            if call is not None and call.structure in ("if", "while", "choose"):
                return [self._part(path[:depth], key, part) for key, part in call.parts]
        return []

    def _part(self, before: Path, key: str, part: NodeCall) -> tuple[str, str, Path | None]:
        into = entry(part)
        name = kind_name(self._editor.document, made_of(part))
        return key, name, None if into is None else (*before, key, *into)

    def _add_words(self, words: str, *, code: bool = False) -> None:
        label = QLabel(words, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setContentsMargins(4, 0, 4, 0)
        set_role(label, "secondary")
        self._add(label)

    def _call_text(self, number: int, calls: list[Path], path: Path) -> str:
        way = written(self._editor.document, path)
        return tr("call {number} of {count} · {path}", number=number, count=len(calls), path=way)

    def _told(self) -> str:
        """`width = 64 · stride = 1`: what the arguments are in this call, apart from symbols."""
        call = self._editor.open_module_call()
        arguments = {} if call is None else call.arguments
        told = {name: value_text(self._editor.document, value) for name, value in arguments.items()}
        return " · ".join(f"{name} = {text}" for name, text in told.items() if text != name)

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
