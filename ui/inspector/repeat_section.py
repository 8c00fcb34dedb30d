"""How often a node is called in a row, and whether the calls share their weights."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QToolButton, QWidget

from core import edits
from core.calls import NodeCall
from core.edits import EditError
from core.expression import Expression, ExpressionError, parse
from core.layers.layer import ArgumentError
from core.ports import as_owner
from core.record import INDEX, Node
from core.summary import times_of
from core.text import tr
from core.value import names_of
from ui.editor import Editor
from ui.icons import icon
from ui.style import set_role
from ui.value_text import value_text

from .fields import FIELD_WIDTH, LineField
from .subject import scope_of


class RepeatSection(QWidget):
    """Shown for one node that is no port."""

    def __init__(self, editor: Editor, keys: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("repeat-section")
        self._editor = editor
        self._keys = tuple(keys)
        self.count = LineField(self)
        self.count.setObjectName("repeat-count")
        self.count.setPlaceholderText(tr("once"))
        self.count.setAccessibleName(tr("How often it is called in a row"))
        self.count.setToolTip(
            tr("How often it is called in a row: a number or an expression; the arguments may read {index}",
               index=INDEX)
        )  # fmt: skip
        self.value = QLabel(self)
        set_role(self.value, "figure")
        self.promote = QToolButton(self)
        self.promote.setObjectName("promote-repeat")
        self.promote.setIcon(icon("promote", "secondary"))
        self.promote.setIconSize(QSize(12, 12))
        self.promote.setFixedSize(20, 20)
        self.weights = QComboBox(self)
        self.weights.setObjectName("repeat-weights")
        self.weights.setAccessibleName(tr("Weights of the calls"))
        self.weights.addItems([tr("separate"), tr("shared")])
        self.weights.setFixedWidth(FIELD_WIDTH)
        set_role(self.weights, "value")
        self._words = QLabel(tr("weights"), self)
        self.error = QLabel(self)
        self.error.setObjectName("error-repeat")
        self.error.setWordWrap(True)
        set_role(self.error, "wrong")
        self._lay_out()
        self.count.entered.connect(self._set_count)
        self.count.dropped.connect(lambda: self._say(""))
        self.weights.activated.connect(self._share)
        self.promote.clicked.connect(self._promote)
        self._say("")

    def refresh(self) -> None:
        """Shows the repetition as it is now."""
        node = self._node()
        self.setVisible(node is not None)
        if node is None:
            return
        made = as_owner(self._editor.document, node)
        repeat = made.repeat
        written = "" if repeat is None else repeat.source if isinstance(repeat, Expression) else str(repeat)
        self.count.show_text(written, "expression" if isinstance(repeat, Expression) else "value")
        self.value.setText(self._evaluated(made))
        for widget in (self.weights, self._words):
            widget.setVisible(repeat is not None)
        self.weights.setCurrentIndex(1 if made.shared else 0)
        module = self._editor.document.module(node.module).name
        self.promote.setVisible(type(repeat) is int)
        self.promote.setToolTip(tr("Make it an argument of {module}", module=module))
        self.promote.setAccessibleName(self.promote.toolTip())

    def _node(self) -> Node | None:
        found = self._editor.document.get(self._keys[0])
        is_part = isinstance(found, Node) and found.kind not in ("Input", "Output")
        return found if isinstance(found, Node) and is_part and len(self._keys) == 1 else None

    def _evaluated(self, made: Node) -> str:
        module = self._editor.open_module_call()
        call: NodeCall | None = None if module is None else module.nodes.get(made.id)
        times = None if call is None else times_of(call)
        if times is None or not isinstance(made.repeat, Expression):
            return ""
        return f"= {value_text(self._editor.document, times)}"

    def _set_count(self, text: str) -> None:
        typed = text.strip().removeprefix("×").removeprefix("=").strip()
        try:
            count = None if not typed else int(typed) if typed.isdecimal() else parse(typed)
        except ExpressionError as error:
            self._say(error.message)
            return
        node = self._node()
        if node is None:
            return
        scope = scope_of(self._editor.document, self._editor.open_module_call(), node.module)
        missing = sorted(names_of(count) - scope.keys() - {INDEX})
        if missing:
            module = self._editor.document.module(node.module).name
            self._say(tr("{module} has no {name}", module=module, name=missing[0]))
            return
        self._try(lambda key: edits.set_repeat(self._editor.document, key, count))

    def _share(self, index: int) -> None:
        self._try(lambda key: edits.set_shared(self._editor.document, key, index == 1))

    def _promote(self) -> None:
        self._try(lambda key: edits.promote_repeat(self._editor.document, key))

    def _try(self, edit: Callable[[str], object]) -> None:
        node = self._node()
        if node is None:
            return
        try:
            self.count.mark(False)
            edit(node.id)
        except (EditError, ArgumentError) as error:
            self._say(error.message if isinstance(error, ArgumentError) else str(error))
        else:
            self._say("")
            self.refresh()

    def _say(self, text: str) -> None:
        self.count.mark(bool(text))
        self.error.setText(text)
        self.error.setVisible(bool(text))

    def _lay_out(self) -> None:
        name = QLabel(tr("repeat"), self)
        name.setBuddy(self.count)
        for label in (name, self._words):
            set_role(label, "field")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 6, 0, 0)
        grid.setHorizontalSpacing(2)
        grid.setVerticalSpacing(5)
        grid.addWidget(name, 0, 0)
        grid.addWidget(self.value, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.promote, 0, 2)
        grid.addWidget(self.count, 0, 3)
        grid.addWidget(self.error, 1, 0, 1, 4)
        grid.addWidget(self._words, 2, 0)
        grid.addWidget(self.weights, 2, 3)
        grid.setColumnStretch(1, 1)
