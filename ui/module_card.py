"""A card about a module that may be added: its picture, ports, arguments, help, and what it costs."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.document import Document
from core.ports import input_defaults, module_ports
from core.record import Module, ModuleArgument, is_locked
from core.text import tr

from .figures import count_text
from .fonts import scale
from .icons import pixmap
from .module_example import example_of
from .module_picture import module_picture
from .rows import Row
from .shelves import LIBRARY_MARK, Shelves, is_shipped
from .style import set_role
from .value_text import value_text

REST_MS = 220
"""How long a row is pointed at before the card comes."""

WIDTH = 344
PICTURE = 148
LISTED = 10
"""Arguments of a card; the rest are counted."""


class ModuleCard(QFrame):
    """One card over the window; it comes beside the row that is pointed at, and goes with it."""

    def __init__(self, document: Callable[[], Document], shelves: Shelves, home: QWidget) -> None:
        super().__init__(home)
        self.setObjectName("module-card")
        set_role(self, "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._document = document
        self._shelves = shelves
        self._home = home
        self._wanted: tuple[str, QPoint] | None = None
        self._body: QWidget | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self._show_wanted)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self.setFixedWidth(round(WIDTH * scale()))
        self.hide()

    def point(self, row: Row | None, at: QPoint) -> None:
        """Follows what is pointed at; `at` is where the card goes, on the screen."""
        if row is None or not row.is_pictured:
            self.dismiss()
            return
        wanted = (row.key, at)
        if wanted != self._wanted:
            self._wanted = wanted
            self._timer.start(0 if self.isVisible() else REST_MS)

    def dismiss(self) -> None:
        """Takes the card away."""
        self._wanted = None
        self._timer.stop()
        self.hide()

    @property
    def words(self) -> str:
        """All that the card says, line by line."""
        labels = [] if self._body is None else self._body.findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.text())

    def _show_wanted(self) -> None:
        if self._wanted is None:
            return
        kind, at = self._wanted
        found = self._found(kind)
        if found is None:
            self.hide()
            return
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self._body = _Body(*found, self)
        self._column.addWidget(self._body)
        self._body.show()
        self.resize(self.width(), self._column.totalHeightForWidth(self.width()))
        self._place(at)
        self.show()
        self.raise_()

    def _found(self, kind: str) -> tuple[Document, Module, str] | None:
        """The module of a palette's kind, the design that holds it, and where that is."""
        if kind.startswith(LIBRARY_MARK):
            kept = self._shelves.find(kind)
            if kept is None:
                return None
            return kept.document, kept.module, tr("library") if is_shipped(kept) else tr("my library")
        module = self._document().get(kind[1:])
        return (self._document(), module, tr("in this design")) if isinstance(module, Module) else None

    def _place(self, at: QPoint) -> None:
        room, spot = self._home.rect(), self._home.mapFromGlobal(at)
        y = max(8, min(spot.y() - 12, room.height() - self.height() - 8))
        self.move(max(8, min(spot.x() + 8, room.width() - self.width() - 8)), y)


class _Body(QWidget):
    def __init__(self, document: Document, module: Module, place: str, parent: QWidget) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(6)
        size = QSize(round(WIDTH * scale()) - 2, round(PICTURE * scale()))
        picture = QLabel(self)
        picture.setObjectName("module-picture")
        picture.setPixmap(
            module_picture(document, module.id, (size.width(), size.height()), self.devicePixelRatioF())
        )
        column.addWidget(picture)
        words = QVBoxLayout()
        words.setContentsMargins(14, 4, 14, 0)
        words.setSpacing(6)
        words.addLayout(self._head(module, place))
        if module.help:
            words.addWidget(self._label(tr(module.help), "secondary"))
        words.addLayout(self._facts(document, module))
        if module.arguments:
            heading = self._label(tr("arguments").upper(), "section")
            heading.setContentsMargins(0, 6, 0, 0)
            words.addWidget(heading)
            words.addLayout(self._arguments(document, module))
        column.addLayout(words)

    def _head(self, module: Module, place: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self._label(module.name, "title"), 1)
        if is_locked(module) or place == tr("library"):
            lock = QLabel(self)
            lock.setPixmap(pixmap("lock", 13, "secondary", self.devicePixelRatioF()))
            row.addWidget(lock)
        beside = self._label(place, "secondary")
        beside.setWordWrap(False)
        row.addWidget(beside)
        return row

    def _facts(self, document: Document, module: Module) -> QGridLayout:
        ports, example = module_ports(document, module.id), example_of(document, module.id)
        defaults = input_defaults(document, module.id)
        inputs = [f"{name} = {defaults[name]:g}" if name in defaults else name for name in ports.inputs]
        told = [(tr("ports"), f"{', '.join(inputs)} → {', '.join(ports.outputs)}")]
        if example is not None:
            told.append((tr("parameters"), count_text(example.parameters)))
            told.append((tr("for inputs of"), ", ".join(example.shapes)))
        grid = QGridLayout()
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for place, (name, figure) in enumerate(told):
            grid.addWidget(self._label(name, "secondary"), place, 0)
            value = self._label(figure, "figure")
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(value, place, 1)
        return grid

    def _arguments(self, document: Document, module: Module) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        top = Qt.AlignmentFlag.AlignTop
        for place, argument in enumerate(module.arguments[:LISTED]):
            grid.addWidget(self._label(argument.name, "setting"), place, 0, top)
            grid.addWidget(self._label(_default(document, argument), "figure"), place, 1, top)
            grid.addWidget(self._label(tr(argument.help), "secondary"), place, 2, top)
        more = len(module.arguments) - LISTED
        if more > 0:
            grid.addWidget(self._label(tr("and {count} more", count=more), "secondary"), LISTED, 0, 1, 3)
        return grid

    def _label(self, text: str, role: str) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(role in ("secondary", "figure"))
        set_role(label, role)
        return label


def _default(document: Document, argument: ModuleArgument) -> str:
    return value_text(document, argument.default)
