"""A row of the inspector: an argument's name, its value, what an expression comes to, and what is wrong."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QPushButton, QToolButton, QWidget

from core.text import tr
from ui.icons import icon
from ui.style import set_role

from .entry import spelled
from .fields import LineField, field_for
from .subject import Setting

Offer = tuple[str, Callable[[], object]]
"""A way out of an error: what it is called, and what does it."""


class ArgumentRow(QWidget):
    """One argument. What is entered is handed to `on_enter`, which says what is wrong with it."""

    def __init__(self, setting: Setting, parent: QWidget, *, typed: bool = False) -> None:
        """`typed` is a row whose choice or tick is about to be an expression."""
        super().__init__(parent)
        self.setting = setting
        self.on_enter: Callable[[Setting, str], None] = lambda setting, text: None
        self.on_reset: Callable[[Setting], None] = lambda setting: None
        self.on_promote: Callable[[Setting], None] | None = None
        self.on_type: Callable[[Setting], None] = lambda setting: None
        name = setting.spec.name
        self.name = QLabel(name, self)
        set_role(self.name, "field")
        self.field = field_for(setting, self, typed=typed)
        self.field.setObjectName(f"argument-{name}")
        self.name.setBuddy(self.field)
        self.value = QLabel(self)
        self.value.setObjectName(f"value-{name}")
        set_role(self.value, "figure")
        self.reset = QToolButton(self)
        self.reset.setObjectName(f"reset-{name}")
        self.error = QLabel(self)
        self.error.setObjectName(f"error-{name}")
        self.offer = QPushButton(self)
        self.offer.setObjectName(f"offer-{name}")
        self._take_offer: Callable[[], object] | None = None
        self._prepare()
        self._lay_out()
        self.show_setting(setting)

    def show_setting(self, setting: Setting) -> None:
        """Shows the argument as it stands now."""
        self.setting = setting
        spec = setting.spec
        self.field.show_setting(setting)
        self.value.setText(f"= {setting.evaluated}" if setting.evaluated else "")
        self.reset.setVisible(not setting.is_default and not spec.required)
        described = [tr(spec.help), self.value.text()]
        self.field.setAccessibleName(spec.name)
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

    def _prepare(self) -> None:
        spec = self.setting.spec
        for widget in (self.name, self.field):
            widget.setToolTip(tip(self.setting))
        self.reset.setIcon(icon("undo", "secondary"))
        self.reset.setIconSize(QSize(12, 12))
        self.reset.setFixedSize(20, 20)
        self.reset.setToolTip(tr("Back to the default"))
        self.reset.setAccessibleName(tr("Reset {name}", name=spec.name))
        self.reset.clicked.connect(lambda: self.on_reset(self.setting))
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.error, "wrong")
        set_role(self.offer, "link")
        self.offer.clicked.connect(lambda: self._take_offer and self._take_offer())
        self.field.entered.connect(lambda text: self.on_enter(self.setting, text))
        if isinstance(self.field, LineField):
            self.field.dropped.connect(lambda: self.show_error(self.setting.error))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.name, 0, 0)
        grid.addWidget(self.value, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.reset, 0, 2)
        grid.addWidget(self.field, 0, 3, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.error, 1, 0, 1, 4)
        grid.addWidget(self.offer, 2, 0, 1, 4, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(1, 1)

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        reset = menu.addAction(tr("Back to the default"), lambda: self.on_reset(self.setting))
        reset.setEnabled(not self.setting.is_default and not self.setting.spec.required)
        if self.on_promote is not None and type(self.setting.value) is int:
            menu.addAction(tr("Make it an argument of the module"), lambda: self._promote())
        if can_be_typed(self.setting):
            menu.addAction(tr("Use an expression"), lambda: self.on_type(self.setting))
        menu.popup(self.mapToGlobal(at))

    def _promote(self) -> None:
        if self.on_promote is not None:
            self.on_promote(self.setting)


def can_be_typed(setting: Setting) -> bool:
    """Whether a choice or tick can begin an expression."""
    spec = setting.spec
    return spec.kind in ("bool", "choice") and not setting.is_expression


def tip(setting: Setting) -> str:
    """What the argument is, what it takes, and its default."""
    spec = setting.spec
    lines = [tr(spec.help)]
    if spec.kind in ("int", "float", "sizes") and (spec.minimum is not None or spec.maximum is not None):
        low = "" if spec.minimum is None else tr("at least {number}", number=spelled(spec.minimum))
        high = "" if spec.maximum is None else tr("at most {number}", number=spelled(spec.maximum))
        lines.append(", ".join(filter(None, (low, high))))
    if spec.kind in ("int", "sizes"):
        lines.append(tr("A number, or an expression such as 4 * width"))
    if can_be_typed(setting):
        lines.append(tr("An expression can be chosen by the right mouse button"))
    if not spec.required:
        lines.append(tr("Default: {value}", value=spelled(spec.default) or tr("none")))
    return "\n".join(lines)
