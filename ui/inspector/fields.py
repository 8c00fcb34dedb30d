"""Fields for one value: a line of text or numbers, a choice, a tick. Each tells what was entered as text."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QSizePolicy, QWidget

from core.expression import Expression
from core.text import tr
from ui.style import set_role

from .subject import Setting

FIELD_WIDTH = 116

WIDEST = 176
"""How wide a field grows with a text; a longer one is scrolled."""

TEXT_MARGINS = 24
"""Pixels of a field beside its text: frame, padding and cursor."""

UNBOUNDED = 16_777_215
"""Qt's word for a width without a limit."""


class LineField(QLineEdit):
    """A value to be typed. Enter or leaving commits, Escape takes back, up and down step a whole number."""

    entered = Signal(str)
    dropped = Signal()
    """What was typed was taken back."""

    def __init__(self, parent: QWidget | None = None, *, role: str = "value") -> None:
        super().__init__(parent)
        self._text = ""
        self._role = role
        self._wrong = False
        self._entered_by_mouse = False
        self.setFixedWidth(FIELD_WIDTH)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        set_role(self, role)
        self.editingFinished.connect(self._commit)
        self._grows = False
        self.textChanged.connect(self._fit)

    def show_setting(self, setting: Setting) -> None:
        """Shows the value: greyed where it is the default, in the accent colour where it is computed."""
        role = "expression" if setting.is_expression else "default" if setting.is_default else "value"
        self.setPlaceholderText(tr("several") if setting.is_mixed else tr("none"))
        self.setAlignment(_alignment(setting))
        self._grows = setting.spec.is_words
        self.show_text(setting.text, role)
        self._fit()

    def _fit(self) -> None:
        """Takes the room that a text needs."""
        if self._grows and self.maximumWidth() != UNBOUNDED:
            self.ensurePolished()
            needed = self.fontMetrics().horizontalAdvance(self.text()) + TEXT_MARGINS
            self.setFixedWidth(max(FIELD_WIDTH, min(needed, WIDEST)))

    def show_text(self, text: str, role: str = "") -> None:
        """Shows a text, unless the user is typing another."""
        if role and role != self._role:
            self._role = role
            set_role(self, role)
        self._text = text
        typing = self.isModified() and self.hasFocus()
        if not typing and not self._wrong and text != self.text():
            self.setText(text)
            self.setCursorPosition(0)

    def mark(self, wrong: bool) -> None:
        """Shows that what was typed was refused, or no longer."""
        if wrong != self._wrong:
            self._wrong = wrong
            self.setProperty("wrong", wrong)
            set_role(self, self._role)

    def take_back(self) -> None:
        """Shows the value again instead of what was typed."""
        self.mark(False)
        self.setText(self._text)
        self.selectAll()
        self.dropped.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and (self.isModified() or self._wrong):
            self.take_back()
            return
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is not None and self.text().lstrip("-").isdecimal() and len(self.text()) < 12:
            self.setText(str(int(self.text()) + step))
            self.setModified(True)
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # With nothing typed, undo is the design's.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            own = self.isModified()
            keys = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
            if not own and any(event.matches(key) for key in keys):
                event.ignore()
                return False
            if own and leaves(event):
                self._commit()
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()
        self._entered_by_mouse = event.reason() == Qt.FocusReason.MouseFocusReason

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if self._entered_by_mouse:
            self._entered_by_mouse = False
            self.selectAll()

    def _commit(self) -> None:
        if self.isModified():
            self.setModified(False)
            if self.text() == self._text:
                self.take_back()
            else:
                self.entered.emit(self.text())


class ChoiceField(QComboBox):
    """One of several words. The wheel is left to what scrolls around it."""

    entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(FIELD_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_role(self, "value")
        self.activated.connect(lambda index: self.entered.emit(self.itemText(index)))

    def show_setting(self, setting: Setting) -> None:
        """Shows the word that counts."""
        if self.count() != len(setting.spec.choices):
            self.clear()
            self.addItems(setting.spec.choices)
        self.setCurrentIndex(-1 if setting.is_mixed else self.findText(setting.text))
        self.setPlaceholderText(tr("several"))
        set_role(self, "default" if setting.is_default else "value")

    def mark(self, wrong: bool) -> None:
        """A word that can be chosen is never wrong."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class TickField(QCheckBox):
    """True or false."""

    entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clicked.connect(lambda: self.entered.emit("true" if self.isChecked() else "false"))

    def show_setting(self, setting: Setting) -> None:
        """Shows the value; half ticked where several nodes differ."""
        self.setTristate(setting.is_mixed)
        state = Qt.CheckState.Checked if setting.shown is True else Qt.CheckState.Unchecked
        self.setCheckState(Qt.CheckState.PartiallyChecked if setting.is_mixed else state)

    def mark(self, wrong: bool) -> None:
        """A tick is never wrong."""


def leaves(event: QKeyEvent) -> bool:
    """Whether a key saves or runs the design, which counts what was typed."""
    pressed = event.modifiers() & Qt.KeyboardModifier.ControlModifier
    enters = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and bool(pressed)
    return enters or event.key() == Qt.Key.Key_F5 or event.matches(QKeySequence.StandardKey.Save)


class ModuleField(QPushButton):
    """A module or layer that is chosen in a search; it tells that one is wanted."""

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(FIELD_WIDTH)
        set_role(self, "chosen")
        self.clicked.connect(self.wanted)

    def show_setting(self, setting: Setting) -> None:
        """Shows the module's name, or `empty`."""
        value = setting.shown
        slot = setting.is_expression
        words = f"${setting.said}" if slot and not setting.said.startswith("$") else setting.said
        words = tr("several") if setting.is_mixed else words or tr("empty")
        if setting.spec.kind == "modules":
            words = tr("add …")
        room = min(self.maximumWidth(), FIELD_WIDTH) - 20
        self.setText(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room))
        self.setToolTip(words if value is not None else "")
        set_role(self, "chosen-slot" if slot else "chosen-default" if setting.is_default else "chosen")

    def mark(self, wrong: bool) -> None:
        """What can be chosen is never wrong by itself."""


def _alignment(setting: Setting) -> Qt.AlignmentFlag:
    text = setting.spec.is_words and not setting.is_expression
    return Qt.AlignmentFlag.AlignLeft if text else Qt.AlignmentFlag.AlignRight


AnyField = LineField | ChoiceField | TickField | ModuleField


def field_for(setting: Setting, parent: QWidget, *, typed: bool = False) -> AnyField:
    """The field for an argument's kind; an expression, or one to be `typed`, is a line whatever the kind."""
    kind = setting.spec.kind
    if kind == "module" and not typed and not isinstance(setting.value, Expression):
        return ModuleField(parent)
    if typed or setting.is_expression:
        return LineField(parent)
    match kind:
        case "bool":
            return TickField(parent)
        case "choice":
            return ChoiceField(parent)
        case "modules":
            return ModuleField(parent)
        case _:
            return LineField(parent)
