"""The page for one node or several: name, help, a row for each argument, repeats and ties."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core import edits
from core.calls import ModuleCall
from core.document import Document
from core.edits import EditError
from core.expression import Expression, Value
from core.layers import LAYERS
from core.layers.layer import ArgumentError, initial_arguments
from core.ports import as_owner
from core.record import Module, Node
from core.summary import kind_name
from core.text import tr
from core.use import SLOT_MARK, Use, use
from ui.editor import Editor
from ui.figures import count_text
from ui.style import set_role

from . import changes
from .entry import read
from .fields import LineField
from .head import Head
from .help import HelpSection
from .initial_section import InitialSection
from .module_chooser import ModuleChooser
from .port_facts import PortFacts
from .repeat_section import RepeatSection
from .row import ArgumentRow, Step
from .slot_row import SlotRow
from .spec import specs_of
from .subject import Setting, check_in_scope, scope_at, settings_of, shared, unknown_names
from .tie_section import TieSection

MANY_CALLS = 100
"""From here on calls are not counted out."""


class NodePage(QWidget):
    """What one node is, or what several share; every field is one entry of the history."""

    def __init__(
        self,
        editor: Editor,
        keys: Sequence[str],
        say: Callable[[str], None],
        chooser: ModuleChooser,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._keys = tuple(keys)
        self._say = say
        self._chooser = chooser
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
        self.slot = SlotRow(editor, self.keys, chooser, self)
        self.repeat = RepeatSection(editor, self.keys, self)
        self.tied = TieSection(editor, self.keys, self)
        self.ports = PortFacts(editor, self.keys, self)
        self.initial = InitialSection(editor, self.keys[0], self) if len(self.keys) == 1 else None
        self._list = QVBoxLayout()
        self._list.setSpacing(5)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.head)
        column.addWidget(self.problem)
        column.addWidget(self.tied)
        column.addWidget(self.slot)
        column.addLayout(self._list)
        column.addWidget(self.repeat)
        column.addWidget(self.help)
        column.addWidget(self.ports)
        if self.initial is not None:
            column.addWidget(self.initial)
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
        shape = tuple((s.key, s.spec, self._is_typed(s)) for s in found)
        if shape != self._shape:
            self._shape = shape
            self._build(found)
        for setting in found:
            self.rows[setting.key].show_setting(setting, self._promotion(setting))
        for part in (self.slot, self.repeat, self.tied, self.ports):
            part.refresh()
        if self.initial is not None:
            self.initial.refresh()

    def _nodes(self) -> list[Node]:
        found = (self._editor.document.get(key) for key in self._keys)
        return [node for node in found if isinstance(node, Node)]

    def _is_typed(self, setting: Setting) -> bool:
        """Whether a choice, tick or module is a line of text."""
        kind = setting.spec.kind
        if kind == "module":
            return isinstance(setting.value, Expression)
        written = setting.is_expression or setting.key == self._typed
        return written and kind in ("bool", "choice", "modules")

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
            row.on_choose = self._choose
            row.on_step = self._step
            if len(self._keys) == 1:
                row.on_promote = self._promote
            self._list.addWidget(row)
            self.rows[setting.key] = row

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
        made = as_owner(document, node)
        module = document.get(made.definition or "")
        words = module.help if isinstance(module, Module) else ""
        self.help.show_help(LAYERS.get(made.kind), words, specs_of(document, made))
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
        row = self.rows[setting.key]
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
        self._typed = setting.key
        self.refresh()
        field = self.rows[self._typed].field
        field.setFocus()
        if isinstance(field, LineField):
            field.selectAll()

    def _check(self, setting: Setting, value: Value | None) -> None:
        node = self._nodes()[0]
        scope = scope_at(self._editor.document, call_of(self._editor), node)
        missing = unknown_names(value, scope)
        if missing:
            module = self._editor.document.module(node.module)
            raise _UnknownName(missing[0], module, sorted(scope), value)
        check_in_scope(setting.spec, value, scope)

    def _declare(self, setting: Setting, unknown: "_UnknownName") -> None:
        """Adds the missing argument to the module, and sets what was typed."""
        document = self._editor.document
        value = setting.value
        default = value if isinstance(value, int | float) else 1
        try:
            with document.edit(tr("Add argument {unknown}", unknown=unknown.name)):
                edits.add_module_argument(document, unknown.module.id, unknown.name, default)
                self._set(setting, unknown.value)
        except EditError as error:
            self._say(str(error))

    def _set(self, setting: Setting, value: Value | None) -> None:
        whose = self._whose()
        with_name = tr("Set {name} of {whose}", name=setting.key, whose=whose)
        self._change(setting, with_name, lambda node: changes.put(node[0], node[1], setting.way, value))

    def _whose(self) -> str:
        nodes = self._nodes()
        return nodes[0].name if len(nodes) == 1 else f"{len(nodes)} nodes"

    def _change(self, setting: Setting, name: str, edit: Callable[[tuple[Document, str]], None]) -> None:
        """One entry of the history for all picked nodes, or a refusal at the row."""
        document = self._editor.document
        row = self.rows[setting.key]
        try:
            with document.edit(name):
                for node in self._nodes():
                    edit((document, node.id))
        except (ArgumentError, EditError) as error:
            row.refuse(error.message if isinstance(error, ArgumentError) else str(error))
            return
        row.accept()
        row.show_setting(row.setting, row.promote.toolTip())
        if self._typed == setting.key:
            self._typed = ""
            self.refresh()

    # Modules

    def _choose(self, setting: Setting, field: QWidget) -> None:
        self._chooser.ask(field, lambda kind: self._take(setting, kind))

    def _take(self, setting: Setting, kind: str) -> None:
        """Puts a module where one was asked for; what its arguments have in common with the old one stays."""
        name = tr("Set {name} of {whose}", name=setting.key, whose=self._whose())
        if setting.spec.kind == "modules":
            self._change(
                setting, name, lambda node: changes.append(node[0], node[1], setting.way, fresh_use(kind))
            )
            return
        self._set(setting, fresh_use(kind))

    def _step(self, setting: Setting, step: Step) -> None:
        name = tr("Set {name} of {whose}", name=setting.spec.name, whose=self._whose())
        if step == "remove":
            self._change(setting, name, lambda node: changes.remove(node[0], node[1], setting.way))
            return
        by = -1 if step == "up" else 1
        self._change(setting, name, lambda node: changes.move(node[0], node[1], setting.way, by))

    # Promoting

    def _found(self, setting: Setting) -> changes.Promotion | None:
        nodes = self._nodes()
        if len(nodes) != 1 or setting.is_item or setting.is_mixed:
            return None
        session = self._editor.session
        return changes.promotion(self._editor.document, session.path, nodes[0], setting.way)

    def _promotion(self, setting: Setting) -> str:
        """What the promote mark does; empty where there is nothing to promote."""
        found = self._found(setting)
        if found is None:
            return ""
        module = self._editor.document.module(found.module).name
        if found.module == self._nodes()[0].module:
            return tr("Make it an argument of {module}", module=module)
        return tr("Promote further: make it an argument of {module}", module=module)

    def _promote(self, setting: Setting) -> None:
        found = self._found(setting)
        if found is None:
            return
        try:
            name = changes.promote(self._editor.document, found)
        except EditError as error:
            self._say(str(error))
        except ArgumentError as error:
            self._say(error.message)
        else:
            module = self._editor.document.module(found.module).name
            self._say(tr("{name} is an argument of {module} now", name=name, module=module))


class _UnknownName(ValueError):
    """An expression reads a name that its module does not have."""

    def __init__(self, name: str, module: Module, known: Sequence[str], value: Value | None) -> None:
        listed = ", ".join(known[:8])
        hint = tr("known are {names}", names=listed) if known else tr("it has no arguments")
        super().__init__(tr("{module} has no {name}; {hint}", module=module.name, name=name, hint=hint))
        self.name = name
        self.module = module
        self.value = value


def fresh_use(kind: str) -> Use:
    """A use of a kind with what a new layer is given."""
    layer = LAYERS.get(kind)
    return Use(kind) if layer is None else use(kind, initial_arguments(layer))


def call_of(editor: Editor) -> ModuleCall | None:
    """The open module as it counts now: its open call, or where there is none its definition."""
    return editor.open_module_call()


def kind_text(document: Document, node: Node) -> str:
    """The layer's name, or the module's; of a slot the argument that it reads."""
    kind = as_owner(document, node).kind
    if kind.startswith(SLOT_MARK):
        return tr("slot {name}", name=kind_name(document, kind))
    return kind_name(document, kind)


def badge_text(call: object) -> str:
    """`36,864 parameters`; empty where there are none."""
    count = getattr(call, "parameters", 0)
    if count == 0:
        return ""
    return tr("1 parameter") if count == 1 else tr("{count} parameters", count=count_text(count))
