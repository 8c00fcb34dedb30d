"""What a module's argument holds by default where that is a module or a list: a row for each part of it."""

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.expression import Expression
from core.layers import LAYERS
from core.layers.layer import ArgumentError, initial_arguments
from core.record import ModuleArgument
from core.text import tr
from core.use import Use, use
from ui.editor import Editor

from .entry import read
from .module_chooser import ModuleChooser
from .row import ArgumentRow, Step
from .subject import Place, Setting, default_settings

if TYPE_CHECKING:
    from .declared_row import DeclaredRow


class DefaultParts(QWidget):
    """Stands under the row of the argument; what is changed in it is declared as a whole."""

    def __init__(
        self, editor: Editor, module: str, row: "DeclaredRow", chooser: ModuleChooser, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._module = module
        self._row = row
        self._chooser = chooser
        self._default: Any = None
        self._shape: tuple[object, ...] = ()
        self.rows: dict[str, ArgumentRow] = {}
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 4)
        self._list.setSpacing(5)

    def show_argument(self, argument: ModuleArgument) -> None:
        """Shows the parts as they are now."""
        self._default = argument.default
        found = default_settings(self._editor.document, self._module, argument)
        self.setVisible(bool(found))
        shape = tuple((setting.key, setting.spec) for setting in found)
        if shape != self._shape:
            self._shape = shape
            self._build(found)
        for setting in found:
            self.rows[setting.key].show_setting(setting)

    def _build(self, found: tuple[Setting, ...]) -> None:
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for setting in found:
            row = self.rows[setting.key] = ArgumentRow(setting, self)
            row.on_enter = self._enter
            row.on_reset = lambda setting: self._put(setting, None)
            row.on_choose = self._choose
            row.on_step = self._step
            self._list.addWidget(row)

    def _enter(self, setting: Setting, text: str) -> None:
        try:
            value = read(setting.spec, text)
            if isinstance(value, Expression):
                raise ArgumentError(setting.spec.name, tr("a default is a plain value, not an expression"))
            setting.spec.check(value)
        except ArgumentError as error:
            self.rows[setting.key].refuse(error.message)
            return
        self._put(setting, value)

    def _choose(self, setting: Setting, field: QWidget) -> None:
        def pick(kind: str) -> None:
            layer = LAYERS.get(kind)
            chosen = Use(kind) if layer is None else use(kind, initial_arguments(layer))
            if setting.spec.kind == "modules":
                old = setting.shown
                self._put(setting, (*(old if isinstance(old, tuple) else ()), chosen))
            else:
                self._put(setting, chosen)

        self._chooser.ask(field, pick)

    def _step(self, setting: Setting, step: Step) -> None:
        index = setting.way[-1]
        items = list(within(self._default, setting.way[1:-1]))
        assert isinstance(index, int)
        item = items.pop(index)
        if step != "remove":
            items.insert(max(0, index + (-1 if step == "up" else 1)), item)
        self._row.put(changed(self._default, setting.way[1:-1], tuple(items)))

    def _put(self, setting: Setting, value: Any) -> None:
        self._row.put(changed(self._default, setting.way[1:], value))


def within(value: Any, way: Place) -> Any:
    """What stands at a place in a value."""
    for step in way:
        value = value[step] if isinstance(step, int) else value.named[step]
    return value


def changed(value: Any, way: Place, new: Any) -> Any:
    """The value with another at a place in it; by None an argument of a module gets its default again."""
    if not way:
        return new
    step, *rest = way
    if isinstance(step, int):
        inside = changed(value[step], tuple(rest), new)
        return (*value[:step], inside, *value[step + 1 :])
    inside = changed(value.named.get(step), tuple(rest), new)
    kept = {key: each for key, each in value.named.items() if key != step}
    return use(value.kind, kept if inside is None else {**kept, step: inside})
