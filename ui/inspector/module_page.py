"""The page for the open module itself: its name, its arguments, its inputs and outputs, and what it costs."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core import edits
from core.calls import ModuleCall
from core.edits import EditError
from core.layers.layer import ArgumentError
from core.ports import module_ports
from core.record import ROOT, Module, ModuleArgument
from core.text import tr
from core.use import Use
from ui.editor import Editor
from ui.figures import bytes_text, count_text, number, per_sample
from ui.icons import icon
from ui.style import set_role
from ui.value_text import value_text

from .entry import spelled
from .facts import Facts, section
from .fields import UNBOUNDED, LineField
from .head import Head
from .node_page import badge_text, call_of
from .words import WordsField


class ModulePage(QWidget):
    """What stands in the inspector while nothing is picked."""

    def __init__(self, editor: Editor, say: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._say = say
        self._document = editor.document
        self._module = editor.session.module
        self.head = Head(self)
        self.head.name.entered.connect(self._rename)
        self.words = WordsField(self)
        self.words.setObjectName("module-help")
        self.words.setAccessibleName(tr("What it is for"))
        self.words.setPlaceholderText(tr("What it is for; its code says so too"))
        self.words.entered.connect(self._describe)
        self.rows: dict[str, ModuleArgumentRow] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(5)
        self.add = QPushButton(tr("Add argument"), self)
        self.add.setObjectName("add-argument")
        self.add.setToolTip(tr("A whole number that nodes inside read by its name"))
        set_role(self.add, "link")
        self.add.clicked.connect(self._add)
        self.ports = Facts(self)
        self.ports.setObjectName("ports")
        self.totals = Facts(self)
        self.totals.setObjectName("module-totals")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.head)
        column.addWidget(section(tr("arguments"), self))
        column.addLayout(self._list)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(section(tr("inputs and outputs"), self))
        column.addWidget(self.ports)
        column.addWidget(section(tr("totals"), self))
        column.addWidget(self.totals)
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
        if [argument.name for argument in module.arguments] != list(self.rows):
            self._build(module)
        for argument in module.arguments:
            self.rows[argument.name].show_argument(argument, call)
        self.ports.tell(self._ports(module, call))
        self.totals.tell(self._totals(call))

    def _kind(self, module: Module) -> str:
        if module.id == ROOT:
            return tr("The whole network")
        count = len(self._editor.resolver.calls_of(module.id))
        return tr("Module, 1 call") if count == 1 else tr("Module, {count} calls", count=count)

    def _build(self, module: Module) -> None:
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for argument in module.arguments:
            row = ModuleArgumentRow(self._editor, module.id, argument, self)
            self._list.addWidget(row)
            self.rows[argument.name] = row

    def _ports(self, module: Module, call: ModuleCall | None) -> list[tuple[str, str]]:
        ports = module_ports(self._editor.document, module.id)
        found = []
        for names, types in (
            (ports.inputs, () if call is None else call.inputs),
            (ports.outputs, () if call is None else call.outputs),
        ):
            padded = [*types, *[None] * (len(names) - len(types))]
            found += [
                (name, "?" if type_ is None else str(type_))
                for name, type_ in zip(names, padded, strict=False)
            ]
        return found

    def _totals(self, call: ModuleCall | None) -> list[tuple[str, str]]:
        if call is None:
            return []
        resolution = self._editor.resolution
        memory = number(call.memory, resolution.symbols)
        return [
            (tr("parameters"), count_text(call.parameters)),
            (tr("MACs per sample"), count_text(per_sample(call.macs, resolution), short=True)),
            (tr("activations"), "?" if memory is None else bytes_text(memory)),
        ]

    @property
    def _is_gone(self) -> bool:
        """Whether the module, or the whole design, went while something was being typed."""
        document = self._editor.document
        return document is not self._document or document.get(self._module) is None

    def _describe(self, text: str) -> None:
        if not self._is_gone:
            edits.set_help(self._document, self._module, text)

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
        name = edits.unique_name(taken, "width")
        edits.add_module_argument(document, key, name, 1, minimum=1)
        row = self.rows.get(name)
        if row is not None:
            row.name.setFocus()
            row.name.selectAll()


class ModuleArgumentRow(QWidget):
    """An argument that the module declares: name, what it is in the open call, default, and its removal."""

    def __init__(self, editor: Editor, module: str, argument: ModuleArgument, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._module = module
        self._key = argument.name
        self.name = LineField(self, role="name-field")
        self.name.setObjectName(f"argument-name-{argument.name}")
        self.name.setAccessibleName(tr("Name of the argument {name}", name=argument.name))
        self.name.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.name.setMaximumWidth(UNBOUNDED)
        self.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.value = QLabel(self)
        set_role(self.value, "figure")
        self.default = LineField(self)
        self.default.setObjectName(f"argument-default-{argument.name}")
        self.default.setAccessibleName(tr("Default of {name}", name=argument.name))
        self.default.setToolTip(argument.help or tr("Where an instance sets nothing else"))
        self.default.setFixedWidth(76)
        self.remove = QToolButton(self)
        self.remove.setObjectName(f"remove-{argument.name}")
        self.remove.setIcon(icon("delete", "secondary"))
        self.remove.setIconSize(QSize(13, 13))
        self.remove.setToolTip(tr("Remove it; where it is read, its default stands from then on"))
        self.remove.setAccessibleName(tr("Remove {name}", name=argument.name))
        self.error = QLabel(self)
        self.error.setWordWrap(True)
        self.error.hide()
        set_role(self.error, "wrong")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(2)
        for column, widget in enumerate((self.name, self.value, self.default, self.remove)):
            grid.addWidget(widget, 0, column)
        grid.addWidget(self.error, 1, 0, 1, 4)
        grid.setColumnStretch(0, 1)
        self.name.entered.connect(self._rename)
        self.default.entered.connect(self._set)
        self.remove.clicked.connect(self._remove)
        for field in (self.name, self.default):
            field.dropped.connect(self.error.hide)

    def show_argument(self, argument: ModuleArgument, call: ModuleCall | None) -> None:
        """Shows the argument, and its value in a call."""
        self.name.show_text(argument.name)
        self.default.show_text(
            value_text(self._editor.document, argument.default)
            if isinstance(argument.default, Use)
            else spelled(argument.default)
        )
        value = None if call is None else call.arguments.get(argument.name)
        told = "" if value is None or value == argument.default else value_text(self._editor.document, value)
        self.value.setText(f"= {told}" if told else "")

    def _rename(self, text: str) -> None:
        name = text.strip()
        self._try(
            self.name,
            lambda: edits.rename_module_argument(self._editor.document, self._module, self._key, name),
        )

    def _set(self, text: str) -> None:
        text = text.strip()
        if not text.lstrip("+-").isdecimal() or len(text) > 12:
            self._refuse(
                self.default, tr("expected a whole number, got {typed}", typed=text or tr("nothing"))
            )
            return
        self._try(
            self.default,
            lambda: edits.set_module_argument(self._editor.document, self._module, self._key, int(text)),
        )

    def _remove(self) -> None:
        edits.remove_module_argument(self._editor.document, self._module, self._key)

    def _try(self, field: LineField, edit: Callable[[], object]) -> None:
        try:
            field.mark(False)
            edit()
        except EditError as error:
            self._refuse(field, str(error))
        except ArgumentError as error:
            self._refuse(field, error.message)
        else:
            self.error.hide()

    def _refuse(self, field: LineField, text: str) -> None:
        field.mark(True)
        self.error.setText(text)
        self.error.show()
