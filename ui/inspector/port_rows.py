"""The inputs and outputs of the open module: their shapes, names, order, and what they are unwired."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core import edits
from core.calls import ModuleCall
from core.edits import EditError
from core.layers.layer import ArgumentError
from core.ports import port_nodes
from core.record import ROOT, Node
from core.text import tr
from ui.editor import Editor
from ui.icons import icon
from ui.style import set_role

from .entry import spelled
from .fields import UNBOUNDED, LineField


class PortRows(QWidget):
    """A row for each Input, then one for each Output."""

    def __init__(self, editor: Editor, module: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("ports")
        self._editor = editor
        self._module = module
        self.rows: dict[str, PortRow] = {}
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(3)

    def refresh(self, call: ModuleCall | None) -> None:
        """Shows the ports as they are now."""
        document = self._editor.document
        found = [(n, port_nodes(document, self._module, n)) for n in ("Input", "Output")]
        keys = [node.id for _, nodes in found for node in nodes]
        if keys != list(self.rows):
            self._build([node for _, nodes in found for node in nodes])
        for kind, nodes in found:
            types = () if call is None else call.inputs if kind == "Input" else call.outputs
            padded = [*types, *[None] * len(nodes)]
            for place, (node, type_) in enumerate(zip(nodes, padded, strict=False)):
                told = "?" if type_ is None else str(type_)
                self.rows[node.id].show_port(node, told, place, len(nodes))

    def figures(self) -> dict[str, str]:
        """The shape of each port by name."""
        return {row.name.text(): row.told for row in self.rows.values()}

    def _build(self, nodes: Sequence[Node]) -> None:
        for row in self.rows.values():
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for node in nodes:
            row = self.rows[node.id] = PortRow(self._editor, node, self)
            self._list.addWidget(row)


class PortRow(QWidget):
    """An Input or Output of the open module."""

    def __init__(self, editor: Editor, node: Node, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._key = node.id
        self.told = ""
        self._place = 0
        is_input = node.kind == "Input"
        self.way = QLabel("→" if is_input else "←", self)
        self.way.setToolTip(tr("Input") if is_input else tr("Output"))
        set_role(self.way, "figure")
        self.name = LineField(self, role="port-name")
        self.name.setObjectName(f"port-name-{node.name}")
        self.name.setAccessibleName(
            tr("Name of the input {name}", name=node.name)
            if is_input
            else tr("Name of the output {name}", name=node.name)
        )
        self.name.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.name.setMinimumWidth(56)
        self.name.setMaximumWidth(UNBOUNDED)
        self.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.type = QLabel(self)
        self.type.setObjectName(f"port-type-{node.name}")
        set_role(self.type, "figure")
        self.up = self._button("port-up", node, "chevron-up", tr("Move up"))
        self.down = self._button("port-down", node, "chevron-down", tr("Move down"))
        self.eye = self._button("port-hide", node, "shown", "")
        self.unwired = QLabel(tr("where nothing is wired"), self)
        set_role(self.unwired, "secondary")
        self.default = LineField(self)
        self.default.setObjectName(f"port-default-{node.name}")
        self.default.setAccessibleName(tr("{name} where nothing is wired", name=node.name))
        self.default.setFixedWidth(72)
        self.default.setPlaceholderText(tr("required"))
        self.error = QLabel(self)
        self.error.setObjectName(f"port-error-{node.name}")
        self.error.setWordWrap(True)
        set_role(self.error, "wrong")
        self.error.hide()
        self._lay_out()
        self._join()

    def show_port(self, node: Node, told: str, place: int, count: int) -> None:
        """Shows the port, and its shape in the open call."""
        self._place, self.told = place, told
        inner = node.module != ROOT
        hidden = node.arguments.get("hidden") is True
        self.name.show_text(node.name)
        self.type.setText(self.type.fontMetrics().elidedText(told, Qt.TextElideMode.ElideMiddle, 128))
        self.type.setToolTip(told)
        self.type.setAccessibleName(f"{node.name}: {told}")
        for button, there in ((self.up, place > 0), (self.down, place < count - 1)):
            button.setVisible(count > 1)
            button.setEnabled(there)
        self.eye.setVisible(inner)
        self.eye.setIcon(icon("hidden" if hidden else "shown", "secondary"))
        words = tr("Show it on instances again") if hidden else tr("Hide it on instances while unwired")
        self.eye.setToolTip(words)
        self.eye.setAccessibleName(f"{words}: {node.name}")
        can_default = inner and node.kind == "Input" and node.arguments.get("dtype", "float32") == "float32"
        for widget in (self.unwired, self.default):
            widget.setVisible(can_default)
        self.default.show_text(spelled(node.arguments.get("default")))

    def _button(self, name: str, node: Node, picture: str, words: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"{name}-{node.name}")
        button.setIcon(icon(picture, "secondary"))
        button.setIconSize(QSize(12, 12))
        button.setFixedSize(20, 20)
        button.setToolTip(words)
        button.setAccessibleName(f"{words}: {node.name}")
        return button

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2)
        grid.setVerticalSpacing(2)
        for column, widget in enumerate((self.way, self.name, self.type, self.up, self.down, self.eye)):
            grid.addWidget(widget, 0, column)
        grid.addWidget(self.unwired, 1, 1, 1, 1)
        grid.addWidget(self.default, 1, 2, 1, 4, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.error, 2, 1, 1, 5)
        grid.setColumnStretch(1, 1)

    def _join(self) -> None:
        document = self._editor.document
        self.name.entered.connect(
            lambda text: self._try(lambda: edits.rename(document, self._key, text.strip()), self.name)
        )
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.eye.clicked.connect(self._hide)
        self.default.entered.connect(self._set_default)
        for field in (self.name, self.default):
            field.dropped.connect(self.error.hide)

    def _move(self, by: int) -> None:
        self._try(lambda: edits.move_port(self._editor.document, self._key, self._place + by))

    def _hide(self) -> None:
        node = self._editor.document.get(self._key)
        hidden = isinstance(node, Node) and node.arguments.get("hidden") is True
        self._try(lambda: edits.hide_port(self._editor.document, self._key, not hidden))

    def _set_default(self, text: str) -> None:
        typed = text.strip()
        try:
            value = float(typed) if typed else None
        except ValueError:
            self._refuse(tr("expected a number, got {typed}", typed=typed), self.default)
            return
        self._try(lambda: edits.set_port_default(self._editor.document, self._key, value), self.default)

    def _try(self, edit: Callable[[], object], field: LineField | None = None) -> None:
        if self._editor.document.get(self._key) is None:
            return
        try:
            if field is not None:
                field.mark(False)
            edit()
        except (EditError, ArgumentError) as error:
            self._refuse(error.message if isinstance(error, ArgumentError) else str(error), field)
        else:
            self.error.hide()

    def _refuse(self, text: str, field: LineField | None) -> None:
        if field is not None:
            field.mark(True)
        self.error.setText(text)
        self.error.show()
