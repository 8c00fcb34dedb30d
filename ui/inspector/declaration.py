"""What a module's argument takes, where it is used, and its place among the others."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from core.edits.passing import argument_users
from core.module_arguments import EMPTY, KINDS, kind_of
from core.record import ModuleArgument
from core.text import tr
from ui.editor import Editor
from ui.icons import icon
from ui.style import set_role

from .entry import spelled
from .fields import ChoiceField, LineField

if TYPE_CHECKING:
    from .declared_row import DeclaredRow

NUMBERS = ("int", "float", "list")
FIRST_CHOICES = ("a", "b")
MOST_USERS = 12


class Declaration(QWidget):
    """Stands under the row of an argument."""

    def __init__(self, editor: Editor, module: str, row: "DeclaredRow", parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._module = module
        self._row = row
        self._argument: ModuleArgument | None = None
        self._fields: dict[str, LineField] = {}
        self._labels: dict[str, QLabel] = {}
        self.kind = ChoiceField(self)
        self.kind.addItems(list(kind_names().values()))
        self.kind.setAccessibleName(tr("Kind"))
        self.kind.entered.connect(self._set_kind)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 8)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._line(tr("kind"), "kind", self.kind)
        for name, words in (
            ("choices", tr("choices")),
            ("minimum", tr("at least")),
            ("maximum", tr("at most")),
            ("help", tr("help")),
        ):
            field = self._fields[name] = LineField(self)
            field.entered.connect(lambda text, name=name: self._enter(name, text))
            field.dropped.connect(row.error.hide)
            self._line(words, name, field)
        self._fields["help"].setAlignment(Qt.AlignmentFlag.AlignLeft)
        self._fields["help"].setFixedWidth(160)
        self.used = QPushButton(self)
        set_role(self.used, "link")
        self.used.setCheckable(True)
        self.users = QWidget(self)
        self._users = QGridLayout(self.users)
        self._users.setContentsMargins(8, 0, 0, 0)
        self._users.setVerticalSpacing(0)
        self.users.hide()
        self.used.toggled.connect(self.users.setVisible)
        self.up = self._arrow("up", "chevron-up", tr("Move up"), -1)
        self.down = self._arrow("down", "chevron-down", tr("Move down"), 1)
        last = QHBoxLayout()
        last.setSpacing(2)
        for widget in (self.used, self.up, self.down):
            last.addWidget(widget)
        last.insertStretch(1, 1)
        row_count = self._grid.rowCount()
        self._grid.addLayout(last, row_count, 0, 1, 2)
        self._grid.addWidget(self.users, row_count + 1, 0, 1, 2)

    def show_argument(self, argument: ModuleArgument) -> None:
        """Shows the declaration as it is now."""
        self._argument = argument
        name, kind = argument.name, kind_of(argument)
        self.kind.setObjectName(f"argument-kind-{name}")
        self.kind.setCurrentIndex(KINDS.index(kind))
        shown = {
            "choices": (kind == "choice", ", ".join(argument.choices)),
            "minimum": (kind in NUMBERS, spelled(argument.minimum)),
            "maximum": (kind in NUMBERS, spelled(argument.maximum)),
            "help": (True, argument.help),
        }
        for part, (there, text) in shown.items():
            field = self._fields[part]
            field.setObjectName(f"argument-{part}-{name}")
            field.setVisible(there)
            self._labels[part].setVisible(there)
            field.setPlaceholderText(tr("none"))
            field.show_text(text)
        self._fields["help"].setCursorPosition(0)
        names = [each.name for each in self._editor.document.module(self._module).arguments]
        self.up.setEnabled(names[:1] != [name])
        self.down.setEnabled(names[-1:] != [name])
        for button, word in ((self.up, "up"), (self.down, "down")):
            button.setObjectName(f"argument-{word}-{name}")
        self._tell_users(name)

    def _tell_users(self, name: str) -> None:
        document = self._editor.document
        found = argument_users(document, self._module, name)
        count = len(found)
        words = tr("not used") if not count else tr("used in 1 place") if count == 1 else ""
        self.used.setText(words or tr("used in {count} places", count=count))
        self.used.setObjectName(f"users-{name}")
        self.used.setEnabled(bool(count))
        while self._users.count():
            item = self._users.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, reader in enumerate(found[:MOST_USERS]):
            node = document.node(reader.node)
            link = QPushButton(f"{node.name}.{reader.argument}" if reader.argument else node.name, self.users)
            link.setObjectName(f"user-{name}-{place}")
            set_role(link, "link")
            link.clicked.connect(lambda _=False, key=node.id: self._editor.session.select([key]))
            self._users.addWidget(link, place, 0, Qt.AlignmentFlag.AlignLeft)
        if count > MOST_USERS:
            more = QLabel(tr("and {count} more", count=count - MOST_USERS), self.users)
            set_role(more, "secondary")
            self._users.addWidget(more, MOST_USERS, 0)

    def _line(self, words: str, name: str, field: QWidget) -> None:
        label = self._labels[name] = QLabel(words, self)
        set_role(label, "field")
        label.setBuddy(field)
        field.setAccessibleName(words)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignRight)

    def _arrow(self, name: str, picture: str, words: str, by: int) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(picture, "secondary"))
        button.setIconSize(QSize(12, 12))
        button.setFixedSize(20, 20)
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.clicked.connect(lambda: self._row.move_by(by))
        return button

    def _set_kind(self, text: str) -> None:
        kind = KINDS[self.kind.currentIndex()]
        if self._argument is None or kind == kind_of(self._argument):
            return
        default: Any = FIRST_CHOICES[0] if kind == "choice" else EMPTY[kind]
        self._row.declare(
            kind=kind,
            default=default,
            choices=FIRST_CHOICES if kind == "choice" else (),
            minimum=self._argument.minimum if kind in NUMBERS else None,
            maximum=self._argument.maximum if kind in NUMBERS else None,
        )

    def _enter(self, name: str, text: str) -> None:
        argument, field = self._argument, self._fields[name]
        if argument is None:
            return
        if name == "help":
            self._row.declare(field, help=text.strip())
        elif name == "choices":
            choices = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
            default = argument.default if argument.default in choices else choices[0] if choices else ""
            self._row.declare(field, choices=choices, default=default)
        else:
            self._set_bound(name, text.strip(), field)

    def _set_bound(self, name: str, text: str, field: LineField) -> None:
        number: float | int | None = None
        if text:
            try:
                number = int(text) if text.lstrip("+-").isdecimal() else float(text)
            except ValueError:
                self._row.refuse(tr("expected a number, got {typed}", typed=text), field)
                return
        self._row.declare(field, **{name: number})


def kind_names() -> dict[str, str]:
    """What the kinds of arguments are called, in the order in which they are offered."""
    words = {
        "int": tr("whole number"),
        "float": tr("number"),
        "bool": tr("yes or no"),
        "choice": tr("choice"),
        "list": tr("list"),
        "shape": tr("shape"),
        "string": tr("text"),
        "module": tr("module"),
        "modules": tr("modules"),
    }
    return {kind: words[kind] for kind in KINDS}
