"""An argument that a module declares: its name and default, and unfolded its kind, limits, help and users."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget

from core import edits
from core.calls import ModuleCall
from core.edits import EditError
from core.edits.module_arguments import find_argument
from core.expression import Expression
from core.layers import LAYERS
from core.layers.layer import ArgumentError, initial_arguments
from core.module_arguments import kind_of
from core.record import ModuleArgument
from core.text import tr
from core.use import Use, use
from ui.editor import Editor
from ui.icons import icon
from ui.style import set_role
from ui.value_text import value_text

from .declaration import Declaration
from .default_parts import DefaultParts
from .entry import read
from .fields import UNBOUNDED, ChoiceField, LineField, ModuleField, TickField, field_for
from .module_chooser import ModuleChooser
from .spec import spec_of
from .subject import Setting

DEFAULT_WIDTH = 108


class DeclaredRow(QWidget):
    """One argument of the open module; every field is one entry of the history."""

    def __init__(
        self,
        editor: Editor,
        module: str,
        argument: ModuleArgument,
        chooser: ModuleChooser,
        parent: QWidget,
        *,
        unfolded: bool = False,
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._module = module
        self._key = argument.name
        self._chooser = chooser
        self.setObjectName(f"declared-{argument.name}")
        self.name = LineField(self, role="name-field")
        self.name.setObjectName(f"argument-name-{argument.name}")
        self.name.setAccessibleName(tr("Name of the argument {name}", name=argument.name))
        self.name.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.name.setMinimumWidth(60)
        self.name.setMaximumWidth(UNBOUNDED)
        self.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.value = QLabel(self)
        set_role(self.value, "figure")
        self.default = field_for(_setting(editor, argument), self)
        self.default.setObjectName(f"argument-default-{argument.name}")
        self.default.setAccessibleName(tr("Default of {name}", name=argument.name))
        self.default.setToolTip(argument.help or tr("Where an instance sets nothing else"))
        if not isinstance(self.default, TickField):
            self.default.setFixedWidth(DEFAULT_WIDTH)
        self.fold = self._button("fold", "", tr("Kind, limits, help and where it is used"))
        self.fold.setCheckable(True)
        self.remove = self._button(
            "remove", "delete", tr("Remove it; where it is read, its default stands from then on")
        )
        self.remove.setAccessibleName(tr("Remove {name}", name=argument.name))
        self.error = QLabel(self)
        self.error.setObjectName(f"argument-error-{argument.name}")
        self.error.setWordWrap(True)
        self.error.hide()
        set_role(self.error, "wrong")
        self.details: Declaration | None = None
        self.parts = DefaultParts(editor, module, self, chooser, self)
        set_role(self.fold, "fold")
        self._lay_out()
        self._join()
        self._argument = argument
        self._set_folded(unfolded)

    @property
    def is_unfolded(self) -> bool:
        """Whether kind, limits, help and users are seen."""
        return self.fold.isChecked()

    def show_argument(self, argument: ModuleArgument, call: ModuleCall | None) -> None:
        """Shows the argument, and its value in a call."""
        self._argument = argument
        self.name.show_text(argument.name)
        self.default.show_setting(_setting(self._editor, argument))
        value = None if call is None else call.arguments.get(argument.name)
        same = value is None or value == argument.default
        told = "" if same else value_text(self._editor.document, value)
        if told == argument.name:  # a definition without calls is shown with its arguments as symbols
            told = ""
        self.value.setText(f"= {told}" if told else "")
        self.value.setToolTip(told)
        self.parts.show_argument(argument)
        if self.details is not None:
            self.details.show_argument(argument)

    def refuse(self, text: str, field: QWidget | None = None) -> None:
        """Says why what was entered was not taken."""
        if isinstance(field, LineField):
            field.mark(True)
        self.error.setText(text)
        self.error.show()

    def attempt(self, edit: Callable[[], object], field: QWidget | None = None) -> None:
        """Does an edit, or says at the row why it cannot be done."""
        try:
            if isinstance(field, LineField):
                field.mark(False)
            edit()
        except EditError as error:
            self.refuse(str(error), field)
        except ArgumentError as error:
            self.refuse(error.message, field)
        else:
            self.error.hide()

    def declare(self, field: QWidget | None = None, **changes: Any) -> None:
        """Declares the argument anew with some of its parts changed."""

        def edit() -> None:
            module = self._editor.document.module(self._module)
            declared = replace(find_argument(module, self._key), **changes)
            edits.declare_module_argument(self._editor.document, self._module, declared)

        self.attempt(edit, field)

    def move_by(self, by: int) -> None:
        """Puts the argument so many places further on."""
        names = [each.name for each in self._editor.document.module(self._module).arguments]
        place = names.index(self._key) + by
        self.attempt(
            lambda: edits.reorder_module_argument(self._editor.document, self._module, self._key, place)
        )

    def _button(self, name: str, picture: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"{name}-{self._key}")
        if picture:
            button.setIcon(icon(picture, "secondary"))
        button.setIconSize(QSize(13, 13))
        button.setFixedSize(22, 22)
        button.setToolTip(tip)
        button.setAccessibleName(f"{tip}: {self._key}")
        return button

    def _lay_out(self) -> None:
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.fold, 0, 0)
        for column, widget in enumerate((self.name, self.value, self.default, self.remove), 1):
            grid.addWidget(widget, 0, column)
        grid.addWidget(self.error, 1, 1, 1, 4)
        grid.addWidget(self.parts, 2, 1, 1, 4)
        grid.setColumnStretch(1, 1)

    def _join(self) -> None:
        self.name.entered.connect(self._rename)
        if isinstance(self.default, ModuleField):
            self.default.wanted.connect(lambda: self._chooser.ask(self.default, self._choose))
        else:
            self.default.entered.connect(self._set)
        self.remove.clicked.connect(self._remove)
        self.fold.toggled.connect(self._set_folded)
        for field in (self.name, self.default):
            if isinstance(field, LineField):
                field.dropped.connect(self.error.hide)

    def _set_folded(self, unfolded: bool) -> None:
        self.fold.blockSignals(True)
        self.fold.setChecked(unfolded)
        self.fold.blockSignals(False)
        self.fold.setIcon(icon("chevron-down" if unfolded else "chevron-right", "secondary"))
        if unfolded and self.details is None:
            self.details = Declaration(self._editor, self._module, self, self)
            self.details.show_argument(self._argument)
            self._grid.addWidget(self.details, 3, 1, 1, 4)
        if self.details is not None:
            self.details.setVisible(unfolded)

    def _rename(self, text: str) -> None:
        name = text.strip()
        self.attempt(
            lambda: edits.rename_module_argument(self._editor.document, self._module, self._key, name),
            self.name,
        )

    def _set(self, text: str) -> None:
        spec = spec_of(self._argument)
        text = text.strip()
        if not text and not spec.is_words and spec.kind != "list":
            self.refuse(tr("expected a value, got nothing"), self.default)
            return
        try:
            value = () if spec.kind == "list" and not text else read(spec, text)
        except ArgumentError as error:
            self.refuse(error.message, self.default)
            return
        if isinstance(value, Expression):
            noun = tr("a whole number") if spec.kind == "int" else tr("a plain value")
            self.refuse(tr("expected {noun}, got {typed}", noun=noun, typed=text), self.default)
            return
        self.put(value)

    def put(self, value: Any) -> None:
        """Sets the default."""
        self.attempt(
            lambda: edits.set_module_argument(self._editor.document, self._module, self._key, value),
            self.default if isinstance(self.default, LineField | ChoiceField) else None,
        )

    def _choose(self, kind: str) -> None:
        layer = LAYERS.get(kind)
        chosen = Use(kind) if layer is None else use(kind, initial_arguments(layer))
        if kind_of(self._argument) == "modules":
            old = self._argument.default
            self.put((*(old if isinstance(old, tuple) else ()), chosen))
        else:
            self.put(chosen)

    def _remove(self) -> None:
        self.attempt(lambda: edits.remove_module_argument(self._editor.document, self._module, self._key))


def _setting(editor: Editor, argument: ModuleArgument) -> Setting:
    """The default as a field shows it."""
    default = argument.default
    said = value_text(editor.document, default) if isinstance(default, Use) and default.kind else ""
    return Setting(spec_of(argument), default, said=said)
