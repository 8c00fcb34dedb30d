"""The inspector: follows what is picked, and shows its page."""

from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QScrollArea, QVBoxLayout, QWidget

from core.document import Change, Document
from core.problem import Path
from core.record import Node, module_of
from core.resolve import Resolution, Resolver
from core.text import tr
from ui.editor import Editor
from ui.session import Aspect

from .module_chooser import ModuleChooser
from .module_page import ModulePage
from .node_page import NodePage

MARGIN = 16


class Below(Protocol):
    """What stands under a node's arguments and follows the picked call by itself; a widget."""

    def show_call(self, path: Path | None) -> None:
        """Tells of this call; None where nothing that runs is picked."""
        ...


class Inspector(QScrollArea):
    """Generated from what is picked: a node, several, or the open module where nothing is."""

    def __init__(self, editor: Editor, say: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setAccessibleName(tr("Inspector"))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumWidth(280)
        self._editor = editor
        self._say = say
        self._chooser = ModuleChooser(editor)
        self._below: list[Below] = []
        self._subject: tuple[object, ...] = ()
        self._resolution: Resolution | None = None
        self.page: NodePage | ModulePage | None = None
        self._body = body = QWidget(self)
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(MARGIN, 14, MARGIN, 14)
        self._column.setSpacing(10)
        self._column.addStretch(1)
        self.setWidget(body)
        self._leave = editor.session.subscribe(self._on_session)
        self.destroyed.connect(self._leave)

    def add_below(self, widget: Below) -> None:
        """Puts a part under the page; parts stand in the order in which they are added."""
        assert isinstance(widget, QWidget)
        self._below.append(widget)
        self._column.insertWidget(self._column.count() - 1, widget)
        widget.show_call(self.path)

    @property
    def path(self) -> Path | None:
        """The call of the one picked node, of the open module where nothing is; None if undecided."""
        picked = self._picked()
        path = self._editor.session.path
        return None if path is None or len(picked) > 1 else (*path, *picked)

    def edit_argument(self, path: Path, name: str) -> None:
        """Picks a node, and gives the keyboard to one of its arguments."""
        self._editor.show(path)
        dock = self.parentWidget()
        if isinstance(dock, QDockWidget):
            dock.show()
            dock.raise_()
        if isinstance(self.page, NodePage) and name in self.page.rows:
            field = self.page.rows[name].field
            self.ensureWidgetVisible(field)
            field.activateWindow()
            field.setFocus(Qt.FocusReason.TabFocusReason)

    def show_document(self, document: Document, resolver: Resolver) -> None:
        """Another document is open."""
        self._subject = ()
        self._show(resolver.resolution)

    def apply(self, change: Change, resolution: Resolution) -> None:
        """Follows an edit; one that neither resolves anew nor touches the page is passed over."""
        module = self._editor.session.module
        records = [record for pair in change.diff.values() for record in pair if record is not None]
        near = any(module_of(record) == module for record in records)
        if resolution is not self._resolution or (near and not _only_moved(change)):
            self._show(resolution)

    def _show(self, resolution: Resolution) -> None:
        self._resolution = resolution
        picked = self._picked()
        subject = (self._editor.document, self._editor.session.module, *picked)
        if subject != self._subject:
            self._subject = subject
            self._replace_page(picked)
        elif self.page is not None:
            self.page.refresh()
        for below in self._below:
            below.show_call(self.path)

    def _replace_page(self, picked: tuple[str, ...]) -> None:
        old, self.page = self.page, None
        if old is not None:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        made = self._page_for(picked)
        self.page = made
        self._column.insertWidget(0, made)
        self.verticalScrollBar().setValue(0)

    def _page_for(self, picked: tuple[str, ...]) -> NodePage | ModulePage:
        if picked:
            return NodePage(self._editor, picked, self._say, self._chooser, self._body)
        return ModulePage(self._editor, self._say, self._chooser, self._body)

    def _picked(self) -> tuple[str, ...]:
        document = self._editor.document
        return tuple(
            sorted(key for key in self._editor.session.selection if isinstance(document.get(key), Node))
        )

    def _on_session(self, aspect: Aspect) -> None:
        if aspect in ("selection", "open"):
            self._show(self._editor.resolution)


def _only_moved(change: Change) -> bool:
    """Whether nodes only stand elsewhere."""
    for old, new in change.diff.values():
        if not isinstance(old, Node) or not isinstance(new, Node):
            return False
        if replace(old, at=new.at) != new:
            return False
    return True
