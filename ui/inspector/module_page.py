"""The page for the open module itself: its name, its arguments, its inputs and outputs, and its help."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from core import edits
from core.edits import EditError
from core.record import ROOT, Module
from core.text import tr
from ui.editor import Editor
from ui.style import set_role

from .declared_row import DeclaredRow
from .facts import section
from .head import Head
from .initial_section import InitialSection
from .module_chooser import ModuleChooser
from .node_page import badge_text, call_of
from .port_rows import PortRows
from .spec import spec_of
from .words import WordsField


class ModulePage(QWidget):
    """What stands in the inspector while nothing is picked."""

    def __init__(
        self, editor: Editor, say: Callable[[str], None], chooser: ModuleChooser, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._say = say
        self._chooser = chooser
        self._document = editor.document
        self._module = editor.session.module
        self.head = Head(self)
        self.head.name.entered.connect(self._rename)
        self.words = WordsField(self)
        self.words.setObjectName("module-help")
        self.words.setAccessibleName(tr("What it is for"))
        self.words.setPlaceholderText(tr("What it is for; its code says so too"))
        self.words.entered.connect(self._describe)
        self.rows: dict[str, DeclaredRow] = {}
        self._shape: tuple[object, ...] = ()
        self._fresh = ""
        """The argument that was just added, which is shown with all that can be declared."""
        self._list = QVBoxLayout()
        self._list.setSpacing(5)
        self.add = QPushButton(tr("Add argument"), self)
        self.add.setObjectName("add-argument")
        self.add.setToolTip(tr("A setting that nodes inside read by its name"))
        set_role(self.add, "link")
        self.add.clicked.connect(self._add)
        self.ports = PortRows(editor, self._module, self)
        self.initial = InitialSection(editor, self._module, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.head)
        column.addWidget(section(tr("arguments"), self))
        column.addLayout(self._list)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(section(tr("inputs and outputs"), self))
        column.addWidget(self.ports)
        column.addWidget(self.initial)
        column.addWidget(section(tr("help"), self))
        column.addWidget(self.words)
        self.refresh()

    def refresh(self) -> None:
        """Shows the module as it is now."""
        editor = self._editor
        module = editor.document.get(self._module)
        if not isinstance(module, Module):
            return
        call = call_of(editor)
        self.head.tell(module.name, self._kind(module), badge_text(call))
        self.words.show_words(module.help)
        shape = tuple((a.name, spec_of(a).kind, a.choices) for a in module.arguments)
        if shape != self._shape:
            self._shape = shape
            self._build(module)
        for argument in module.arguments:
            self.rows[argument.name].show_argument(argument, call)
        self.ports.refresh(call)
        self.initial.refresh()

    def _kind(self, module: Module) -> str:
        if module.id == ROOT:
            return tr("The whole network")
        count = len(self._editor.resolver.calls_of(module.id))
        return tr("Module, 1 call") if count == 1 else tr("Module, {count} calls", count=count)

    def _build(self, module: Module) -> None:
        unfolded = {name for name, row in self.rows.items() if row.is_unfolded} | {self._fresh}
        names = [argument.name for argument in module.arguments]
        if len(names) == len(self.rows) and set(names) != set(self.rows):
            # One was renamed, which stays in its place.
            unfolded |= {new for old, new in zip(self.rows, names, strict=True) if old in unfolded}
        focus = QApplication.focusWidget()
        had = focus.objectName() if focus is not None and self.isAncestorOf(focus) else ""
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for argument in module.arguments:
            open_ = argument.name in unfolded
            row = DeclaredRow(self._editor, module.id, argument, self._chooser, self, unfolded=open_)
            self._list.addWidget(row)
            self.rows[argument.name] = row
        self._give_back_focus(had)

    def _give_back_focus(self, name: str) -> None:
        """Gives the keyboard to the new field in the place of the one that had it."""
        fields = (row.findChild(QWidget, name) for row in self.rows.values() if name)
        field = next((each for each in fields if each is not None), None)
        if field is not None:
            field.setFocus()

    @property
    def _is_gone(self) -> bool:
        """Whether the module, or the whole design, went while something was being typed."""
        document = self._editor.document
        return document is not self._document or document.get(self._module) is None

    def _describe(self, text: str) -> None:
        if self._is_gone:
            return
        try:
            edits.set_help(self._document, self._module, text)
        except EditError as error:
            self._say(str(error))
            self.refresh()

    def _rename(self, name: str) -> None:
        if self._is_gone:
            return
        try:
            edits.rename(self._document, self._module, name)
        except EditError as error:
            self.head.show_error(str(error))
        else:
            self.head.show_error("")

    def _add(self) -> None:
        document, key = self._document, self._module
        taken = {argument.name for argument in document.module(key).arguments}
        taken |= {node.name for node in document.nodes(key) if node.kind == "Input"}
        name = self._fresh = edits.unique_name(taken, "width")
        try:
            edits.add_module_argument(document, key, name, 1, minimum=1)
        except EditError as error:
            self._say(str(error))
        row = self.rows.get(name)
        if row is not None:
            row.name.setFocus()
            row.name.selectAll()
