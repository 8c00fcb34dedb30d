"""The page for one node or several: name, help, and a row for each argument."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core import edits
from core.calls import ModuleCall
from core.document import Document
from core.edits import EditError
from core.expression import Value
from core.layers import LAYERS
from core.layers.layer import ArgumentError
from core.record import Module, Node
from core.text import tr
from ui.editor import Editor
from ui.figures import count_text
from ui.style import set_role

from .entry import read
from .fields import LineField
from .head import Head
from .help import HelpSection
from .row import ArgumentRow
from .subject import Setting, check_in_scope, scope_of, settings_of, shared, specs_of, unknown_names

MANY_CALLS = 100
"""From here on calls are not counted out."""


class NodePage(QWidget):
    """What one node is, or what several share; every field is one entry of the history."""

    def __init__(
        self, editor: Editor, keys: Sequence[str], say: Callable[[str], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._keys = tuple(keys)
        self._say = say
        self.head = Head(self)
        self.head.name.entered.connect(self._rename)
        self.help = HelpSection(self)
        self.rows: dict[str, ArgumentRow] = {}
        self._shape: tuple[object, ...] = ()
        self._typed = ""
        """The choice or tick that is about to be an expression."""
        self.problem = QLabel(self)
        self.problem.setObjectName("node-problem")
        self.problem.setWordWrap(True)
        set_role(self.problem, "wrong")
        self._list = QVBoxLayout()
        self._list.setSpacing(5)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.head)
        column.addWidget(self.problem)
        column.addLayout(self._list)
        column.addWidget(self.help)
        self.refresh()

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids of the nodes."""
        return self._keys

    def refresh(self) -> None:
        """Shows the nodes as they are now."""
        nodes = self._nodes()
        if not nodes:
            return
        call = call_of(self._editor)
        found = shared([settings_of(self._editor.document, node, call) for node in nodes])
        self._tell(nodes, call)
        # Fields differ by kind, and between a value and an expression.
        shape = tuple((s.spec, self._is_typed(s)) for s in found)
        if shape != self._shape:
            self._shape = shape
            self._build(found)
        for setting in found:
            self.rows[setting.spec.name].show_setting(setting)

    def _nodes(self) -> list[Node]:
        found = (self._editor.document.get(key) for key in self._keys)
        return [node for node in found if isinstance(node, Node)]

    def _is_typed(self, setting: Setting) -> bool:
        """Whether a choice or tick is a line of text."""
        written = setting.is_expression or setting.spec.name == self._typed
        return written and setting.spec.kind in ("bool", "choice")

    def _build(self, settings: Sequence[Setting]) -> None:
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for setting in settings:
            row = ArgumentRow(setting, self, typed=self._is_typed(setting))
            row.on_enter = self._enter
            row.on_type = self._type
            row.on_reset = lambda setting: self._set(setting, None)
            if len(self._keys) == 1:
                row.on_promote = self._promote
            self._list.addWidget(row)
            self.rows[setting.spec.name] = row

    def _tell(self, nodes: Sequence[Node], call: ModuleCall | None) -> None:
        document = self._editor.document
        if len(nodes) > 1:
            kinds = sorted({kind_text(document, node) for node in nodes})
            listed = ", ".join(kinds[:4]) + (", …" if len(kinds) > 4 else "")
            self.head.tell(tr("{count} nodes", count=len(nodes)), listed, renamable=False)
            self.help.show_help(None, "", ())
            self.problem.hide()
            return
        node = nodes[0]
        inside = None if call is None else call.nodes.get(node.id)
        self.head.tell(node.name, f"{kind_text(document, node)} · {self._where(node)}", badge_text(inside))
        layer = LAYERS.get(node.kind)
        module = document.get(node.definition or "")
        words = module.help if isinstance(module, Module) else ""
        self.help.show_help(layer, words, specs_of(document, node))
        faults = () if inside is None else inside.faults
        told = [fault.text for fault in faults if fault.argument is None]
        self.problem.setText("\n".join(told))
        self.problem.setVisible(bool(told))

    def _where(self, node: Node) -> str:
        module = self._editor.document.module(node.module)
        count = len(self._editor.resolver.calls_of(module.id)) if module.id != "main" else 1
        if count <= 1:
            return tr("in {module}", module=module.name)
        number = f"{count:,}" if count < 10_000 else tr("more than {count}", count="10,000")
        return tr("in {module}, {count} calls", module=module.name, count=number)

    # Editing

    def _rename(self, name: str) -> None:
        if not self._nodes():
            return
        try:
            edits.rename(self._editor.document, self._keys[0], name)
        except EditError as error:
            self.head.show_error(str(error))
        else:
            self.head.show_error("")

    def _enter(self, setting: Setting, text: str) -> None:
        row = self.rows[setting.spec.name]
        if not self._nodes():
            return  # they went while something was being typed
        try:
            value = read(setting.spec, text)
            self._check(setting, value)
        except ArgumentError as error:
            row.refuse(error.message)
            return
        except _UnknownName as unknown:
            missing = unknown
            row.refuse(str(unknown), (tr("Add it as an argument"), lambda: self._declare(setting, missing)))
            return
        self._set(setting, value)

    def _type(self, setting: Setting) -> None:
        """Lets a choice or tick be typed, until it is."""
        self._typed = setting.spec.name
        self.refresh()
        field = self.rows[self._typed].field
        field.setFocus()
        if isinstance(field, LineField):
            field.selectAll()

    def _check(self, setting: Setting, value: Value | None) -> None:
        node = self._nodes()[0]
        scope = scope_of(self._editor.document, call_of(self._editor), node.module)
        missing = unknown_names(value, scope)
        if missing:
            module = self._editor.document.module(node.module)
            raise _UnknownName(missing[0], module, sorted(scope), value)
        check_in_scope(setting.spec, value, scope)

    def _declare(self, setting: Setting, unknown: "_UnknownName") -> None:
        """Adds the missing argument to the module, and sets what was typed."""
        document = self._editor.document
        default = setting.value if type(setting.value) is int else 1
        with document.edit(tr("Add argument {unknown}", unknown=unknown.name)):
            edits.add_module_argument(document, unknown.module.id, unknown.name, default)
            self._set(setting, unknown.value)

    def _set(self, setting: Setting, value: Value | None) -> None:
        document = self._editor.document
        row = self.rows[setting.spec.name]
        nodes = self._nodes()
        name = setting.spec.name
        whose = nodes[0].name if len(nodes) == 1 else f"{len(nodes)} nodes"
        try:
            with document.edit(tr("Set {name} of {whose}", name=name, whose=whose)):
                for node in nodes:
                    edits.set_argument(document, node.id, name, value)
        except (ArgumentError, EditError) as error:
            row.refuse(error.message if isinstance(error, ArgumentError) else str(error))
            return
        row.accept()
        row.show_setting(row.setting)
        if self._typed == name:
            self._typed = ""
            self.refresh()

    def _promote(self, setting: Setting) -> None:
        try:
            edits.promote_argument(self._editor.document, self._keys[0], setting.spec.name)
        except EditError as error:
            self._say(str(error))


class _UnknownName(ValueError):
    """An expression reads a name that its module does not have."""

    def __init__(self, name: str, module: Module, known: Sequence[str], value: Value | None) -> None:
        listed = ", ".join(known[:8])
        hint = tr("known are {names}", names=listed) if known else tr("it has no arguments")
        super().__init__(tr("{module} has no {name}; {hint}", module=module.name, name=name, hint=hint))
        self.name = name
        self.module = module
        self.value = value


def call_of(editor: Editor) -> ModuleCall | None:
    """The open module as it counts now: its open call, or where there is none its definition."""
    path = editor.session.path
    if path is None:
        return editor.resolver.definition(editor.session.module)
    return editor.resolution.call(path)


def kind_text(document: Document, node: Node) -> str:
    """The layer's name, or the module's."""
    module = document.get(node.definition or "")
    return module.name if isinstance(module, Module) else node.kind


def badge_text(call: object) -> str:
    """`36,864 parameters`; empty where there are none."""
    count = getattr(call, "parameters", 0)
    if count == 0:
        return ""
    return tr("1 parameter") if count == 1 else tr("{count} parameters", count=count_text(count))
