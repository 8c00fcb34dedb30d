"""A row of the inspector: an argument's name, its value, what an expression comes to, and what is wrong."""

from collections.abc import Callable
from typing import Literal as OneOf

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QPushButton, QToolButton, QWidget

from core.text import tr
from ui.icons import icon
from ui.style import set_role

from .entry import spelled
from .fields import LineField, ModuleField, field_for
from .subject import Setting

Offer = tuple[str, Callable[[], object]]
"""A way out of an error: what it is called, and what does it."""

INDENT = 14
"""How far an argument of a module stands in that an argument holds."""

Step = OneOf["up", "down", "remove"]
"""What can be done with a module of a list."""


class ArgumentRow(QWidget):
    """One argument. What is entered is handed to `on_enter`, which says what is wrong with it."""

    def __init__(self, setting: Setting, parent: QWidget, *, typed: bool = False) -> None:
        """`typed` is a row whose choice, tick or module is about to be an expression."""
        super().__init__(parent)
        self.setting = setting
        self.on_enter: Callable[[Setting, str], None] = lambda setting, text: None
        self.on_reset: Callable[[Setting], None] = lambda setting: None
        self.on_promote: Callable[[Setting], None] | None = None
        self.on_type: Callable[[Setting], None] = lambda setting: None
        self.on_choose: Callable[[Setting, QWidget], None] = lambda setting, field: None
        self.on_step: Callable[[Setting, Step], None] = lambda setting, step: None
        key = setting.key
        self.setObjectName(f"row-{key}")
        self.name = QLabel(setting.spec.name, self)
        set_role(self.name, "field")
        self.field = field_for(setting, self, typed=typed)
        self.field.setObjectName(f"argument-{key}")
        self.name.setBuddy(self.field)
        self.value = QLabel(self)
        self.value.setObjectName(f"value-{key}")
        set_role(self.value, "figure")
        self.reset = self._button(f"reset-{key}", "undo", tr("Back to the default"))
        self.promote = self._button(f"promote-{key}", "promote", "")
        self.steps: dict[Step, QToolButton] = {}
        self.error = QLabel(self)
        self.error.setObjectName(f"error-{key}")
        self.offer = QPushButton(self)
        self.offer.setObjectName(f"offer-{key}")
        self._take_offer: Callable[[], object] | None = None
        self._prepare()
        self._lay_out()
        self.show_setting(setting)

    def show_setting(self, setting: Setting, promotion: str = "") -> None:
        """Shows the argument as it stands now; `promotion` says what the promote mark does, if anything."""
        self.setting = setting
        spec = setting.spec
        self.field.show_setting(setting)
        self.value.setText(f"= {setting.evaluated}" if setting.evaluated else "")
        self.value.setToolTip(setting.evaluated)
        self.reset.setVisible(not setting.is_default and not spec.required and not setting.is_item)
        self.promote.setVisible(bool(promotion))
        self.promote.setToolTip(promotion)
        self.promote.setAccessibleName(f"{promotion}: {setting.key}" if promotion else "")
        if "up" in self.steps:
            self.steps["up"].setEnabled(setting.way[-1] != 0)
            self.steps["down"].setEnabled(setting.way[-1] != setting.length - 1)
        described = [tr(spec.help), self.value.text()]
        self.field.setAccessibleName(setting.key)
        self.field.setAccessibleDescription(". ".join(filter(None, described)))
        self.show_error(setting.error)

    def show_error(self, text: str, offer: Offer | None = None) -> None:
        """Says what is wrong, in place; an empty text takes it away."""
        self.error.setText(text)
        self.error.setVisible(bool(text))
        self.offer.setVisible(offer is not None)
        if offer is not None:
            self.offer.setText(offer[0])
            self._take_offer = offer[1]

    def refuse(self, text: str, offer: Offer | None = None) -> None:
        """Says why what was entered was not taken; the old value stands."""
        self.field.mark(True)
        self.show_error(text, offer)

    def accept(self) -> None:
        """What was entered was taken."""
        self.field.mark(False)

    def _button(self, name: str, picture: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setIcon(icon(picture, "secondary"))
        button.setIconSize(QSize(12, 12))
        button.setFixedSize(20, 20)
        button.setToolTip(tip)
        return button

    def _prepare(self) -> None:
        spec = self.setting.spec
        for widget in (self.name, self.field):
            widget.setToolTip(tip(self.setting))
        self.reset.setAccessibleName(tr("Reset {name}", name=spec.name))
        self.reset.clicked.connect(lambda: self.on_reset(self.setting))
        self.promote.clicked.connect(self._promote)
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.error, "wrong")
        set_role(self.offer, "link")
        self.offer.clicked.connect(lambda: self._take_offer and self._take_offer())
        if isinstance(self.field, ModuleField):
            self.field.wanted.connect(lambda: self.on_choose(self.setting, self.field))
        else:
            self.field.entered.connect(lambda text: self.on_enter(self.setting, text))
        if isinstance(self.field, LineField):
            self.field.dropped.connect(lambda: self.show_error(self.setting.error))
        if self.setting.is_item:
            self._add_steps()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)

    def _add_steps(self) -> None:
        told: tuple[tuple[Step, str, str], ...] = (
            ("up", "chevron-up", tr("Move up")),
            ("down", "chevron-down", tr("Move down")),
            ("remove", "delete", tr("Take out of the list")),
        )
        for step, picture, words in told:
            button = self._button(f"{step}-{self.setting.key}", picture, words)
            button.setAccessibleName(f"{words}: {self.setting.key}")
            button.clicked.connect(lambda _=False, step=step: self.on_step(self.setting, step))
            self.steps[step] = button

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(INDENT * self.setting.depth, 0, 0, 0)
        grid.setHorizontalSpacing(2)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.name, 0, 0)
        grid.addWidget(self.value, 0, 1, Qt.AlignmentFlag.AlignRight)
        middle = [*self.steps.values(), self.reset, self.promote]
        for place, button in enumerate(middle, 2):
            grid.addWidget(button, 0, place)
        last = 2 + len(middle)
        grid.addWidget(self.field, 0, last, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.error, 1, 0, 1, last + 1)
        grid.addWidget(self.offer, 2, 0, 1, last + 1, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(last - 1, 4)

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        reset = menu.addAction(tr("Back to the default"), lambda: self.on_reset(self.setting))
        reset.setEnabled(not self.setting.is_default and not self.setting.spec.required)
        if self.on_promote is not None and not self.promote.isHidden():
            menu.addAction(self.promote.toolTip(), self._promote)
        if can_be_typed(self.setting):
            menu.addAction(tr("Use an expression"), lambda: self.on_type(self.setting))
        menu.popup(self.mapToGlobal(at))

    def _promote(self) -> None:
        if self.on_promote is not None:
            self.on_promote(self.setting)


def can_be_typed(setting: Setting) -> bool:
    """Whether a choice, tick or list of modules can begin an expression."""
    return setting.spec.kind in ("bool", "choice", "modules") and not setting.is_expression


def tip(setting: Setting) -> str:
    """What the argument is, what it takes, and its default."""
    spec = setting.spec
    lines = [tr(spec.help)]
    numbers = ("int", "float", "sizes", "list")
    if spec.kind in numbers and (spec.minimum is not None or spec.maximum is not None):
        low = "" if spec.minimum is None else tr("at least {number}", number=spelled(spec.minimum))
        high = "" if spec.maximum is None else tr("at most {number}", number=spelled(spec.maximum))
        lines.append(", ".join(filter(None, (low, high))))
    if spec.kind in ("int", "sizes"):
        lines.append(tr("A number, or an expression such as 4 * width"))
    if spec.kind == "list":
        lines.append(tr("Numbers with commas between them, or an expression"))
    if spec.is_words:
        lines.append(tr("A text; with = in front an expression"))
    if can_be_typed(setting):
        lines.append(tr("An expression can be chosen by the right mouse button"))
    if not spec.required and spec.kind not in ("module", "modules"):
        lines.append(tr("Default: {value}", value=spelled(spec.default) or tr("none")))
    return "\n".join(lines)
