"""How parameters get their first values: a row for each, with what it inherits in grey."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from core import edits
from core.edits import EditError
from core.initial import BIASES, WEIGHTS
from core.initial_kinds import DEFAULT, KINDS, SEED, Setting, settings_of, told
from core.layers.layer import ArgumentError
from core.record import Initial
from core.text import tr
from ui.editor import Editor
from ui.style import set_role

from .entry import spelled
from .facts import section
from .fields import ChoiceField, LineField
from .initial_subject import FirstValues, first_values_of

KIND_WIDTH = 150


class InitialSection(QWidget):
    """Shown for a node that may have parameters, and for a module; every choice is one entry of the history.

    `refresh` follows the design, the open call among it.
    """

    def __init__(self, editor: Editor, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("initial-section")
        self._editor = editor
        self._key = key
        self.rows: dict[str, InitialRow] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(5)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(section(tr("initialisation"), self))
        column.addLayout(self._list)
        self.refresh()

    def refresh(self) -> None:
        """Shows first values as they are now."""
        found = first_values_of(self._editor, self._key)
        self.setVisible(bool(found))
        if [one.key for one in found] != list(self.rows):
            self._build(found)
        for one in found:
            self.rows[one.key].show_values(one)

    def _build(self, found: tuple[FirstValues, ...]) -> None:
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {one.key: InitialRow(one, self._set, self) for one in found}
        for row in self.rows.values():
            self._list.addWidget(row)

    def _set(self, key: str, initial: Initial | None) -> str:
        """Sets first values; what is wrong with them, or nothing."""
        try:
            edits.set_initial(self._editor.document, self._key, key, initial)
        except (ArgumentError, EditError) as error:
            return error.message if isinstance(error, ArgumentError) else str(error)
        return ""


class InitialRow(QWidget):
    """One parameter or group: the kind of its first values, and the settings that this takes."""

    def __init__(
        self, values: FirstValues, change: Callable[[str, Initial | None], str], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._values = values
        self._change = change
        self._kinds: tuple[str, ...] = ()
        groups = {WEIGHTS: tr("weights"), BIASES: tr("biases")}
        self.name = QLabel(groups.get(values.key, values.key), self)
        set_role(self.name, "field")
        self.kind = KindField(self)
        self.kind.setObjectName(f"initial-{values.key}")
        self.kind.setAccessibleName(tr("First values of {key}", key=values.key))
        self.kind.activated.connect(self._choose)
        self.name.setBuddy(self.kind)
        self.inherited = QLabel(self)
        self.inherited.setObjectName(f"inherited-{values.key}")
        self.inherited.setWordWrap(True)
        self.inherited.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.inherited, "secondary")
        self.error = QLabel(self)
        self.error.setObjectName(f"error-initial-{values.key}")
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.error, "wrong")
        self.fields: dict[str, SettingField] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(self.name, 0, 0)
        self._grid.addWidget(self.kind, 0, 1, Qt.AlignmentFlag.AlignRight)
        self._grid.addWidget(self.inherited, 1, 0, 1, 2)
        self._grid.addWidget(self.error, 2, 0, 1, 2)

    def show_values(self, values: FirstValues) -> None:
        """Shows what is said now."""
        self._values = values
        own = values.own
        if values.kinds != self._kinds:
            self._kinds = values.kinds
            self.kind.clear()
            self.kind.addItems([tr("inherited"), *(tr(KINDS[name].title) for name in values.kinds)])
        known = own is not None and own.kind in self._kinds
        self.kind.setCurrentIndex(1 + self._kinds.index(own.kind) if own is not None and known else 0)
        self.kind.setToolTip(tr(KINDS[own.kind].help) if own is not None else inherited_text(values))
        set_role(self.kind, "value" if own is not None else "default")
        self.inherited.setText(inherited_text(values))
        self.inherited.setVisible(own is None)
        self._show_settings(own)
        self.show_error("")

    def show_error(self, text: str) -> None:
        """Says what is wrong; an empty text takes it away."""
        self.error.setText(text)
        self.error.setVisible(bool(text))

    def _show_settings(self, own: Initial | None) -> None:
        settings = () if own is None else settings_of(own.kind)
        if [field.setting for field in self.fields.values()] != list(settings):
            for field in self.fields.values():
                self._grid.removeWidget(field)
                field.hide()
                field.deleteLater()
            self.fields = {one.name: SettingField(self._values.key, one, self) for one in settings}
            for place, field in enumerate(self.fields.values()):
                field.on_enter = self._enter
                field.on_drop = lambda: self.show_error("")
                self._grid.addWidget(field, 3 + place, 0, 1, 2)
        for name, field in self.fields.items():
            field.show_value(None if own is None else own.settings.get(name))

    def _choose(self, index: int) -> None:
        kind = None if index == 0 else self._kinds[index - 1]
        own = self._values.own
        if kind == (None if own is None else own.kind):
            return
        known = {setting.name for setting in settings_of(kind or "")}
        kept = {} if own is None else {name: v for name, v in own.settings.items() if name in known}
        error = self._change(self._values.key, None if kind is None else Initial(kind, kept))
        if error:
            self.show_values(self._values)
            self.show_error(error)

    def _enter(self, setting: Setting, text: str) -> None:
        own = self._values.own
        if own is None:
            return
        settings = {name: value for name, value in own.settings.items() if name != setting.name}
        if text.strip():
            settings[setting.name] = read_setting(setting, text.strip())
        error = self._change(self._values.key, Initial(own.kind, settings))
        self.fields[setting.name].mark(bool(error))
        self.show_error(error)


class KindField(QComboBox):
    """The kinds of first values. The wheel is left to what scrolls around it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedWidth(KIND_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_role(self, "default")

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SettingField(QWidget):
    """A setting of a kind: a number to be typed, or a choice; greyed where it is the default."""

    def __init__(self, key: str, setting: Setting, parent: QWidget) -> None:
        super().__init__(parent)
        self.setting = setting
        self.on_enter: Callable[[Setting, str], None] = lambda setting, text: None
        self.on_drop: Callable[[], None] = lambda: None
        name = QLabel(setting.name, self)
        set_role(name, "field")
        self.field: LineField | ChoiceField = ChoiceField(self) if setting.choices else LineField(self)
        self.field.setObjectName(f"initial-{key}-{setting.name}")
        self.field.setAccessibleName(f"{key}: {setting.name}")
        for widget in (name, self.field):
            widget.setToolTip(tr(setting.help))
        self.field.entered.connect(lambda text: self.on_enter(self.setting, text))
        if isinstance(self.field, ChoiceField):
            self.field.addItems(setting.choices)
        else:
            self.field.dropped.connect(lambda: self.on_drop())
            empty = tr("the run's") if setting.name == SEED else spelled(setting.default)
            self.field.setPlaceholderText(empty)
        row = QGridLayout(self)
        row.setContentsMargins(12, 0, 0, 0)
        row.setColumnStretch(0, 1)
        row.addWidget(name, 0, 0)
        row.addWidget(self.field, 0, 1, Qt.AlignmentFlag.AlignRight)

    def show_value(self, value: int | float | str | None) -> None:
        """Shows what was set, or the default."""
        role = "default" if value is None else "value"
        shown = self.setting.default if value is None else value
        if isinstance(self.field, ChoiceField):
            self.field.setCurrentIndex(self.field.findText(str(shown)))
            set_role(self.field, role)
        else:
            self.field.show_text("" if value is None and self.setting.name == SEED else spelled(shown), role)

    def mark(self, wrong: bool) -> None:
        """Shows that what was typed was refused, or no longer."""
        self.field.mark(wrong)


def inherited_text(values: FirstValues) -> str:
    """Who says what counts where nothing is said here: `Normal, std 0.01, inherited from Block`."""
    if values.inherited is None or values.inherited.kind == DEFAULT:
        return tr("PyTorch's default")
    return tr("{told}, inherited from {source}", told=told(values.inherited), source=values.source)


def read_setting(setting: Setting, text: str) -> int | float | str:
    """What was typed, as a number where it is one; else the text, which is refused with a sentence."""
    if setting.choices:
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
