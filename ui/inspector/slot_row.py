"""What a slot is made of by default: the argument that it reads, and a chooser of its module."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from core import edits
from core.edits import EditError
from core.layers import LAYERS
from core.layers.layer import ArgumentError, initial_arguments
from core.ports import as_owner, slot_default
from core.record import Node
from core.text import tr
from core.use import Use, use
from ui.editor import Editor
from ui.style import set_role
from ui.value_text import value_text

from .fields import ModuleField
from .module_chooser import ModuleChooser
from .spec import Spec
from .subject import Setting


class SlotRow(QWidget):
    """Shown for one node that is a slot."""

    def __init__(self, editor: Editor, keys: Sequence[str], chooser: ModuleChooser, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._keys = tuple(keys)
        self._chooser = chooser
        self.name = QLabel(self)
        set_role(self.name, "field")
        self.value = QLabel(self)
        self.value.setObjectName("slot-value")
        set_role(self.value, "figure")
        self.field = ModuleField(self)
        self.field.setObjectName("slot-default")
        self.field.wanted.connect(lambda: chooser.ask(self.field, self._fill))
        self.error = QLabel(self)
        self.error.setWordWrap(True)
        set_role(self.error, "wrong")
        self.error.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.addWidget(self.name, 0, 0)
        grid.addWidget(self.value, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.field, 0, 2)
        grid.addWidget(self.error, 1, 0, 1, 3)
        grid.setColumnStretch(1, 1)

    def refresh(self) -> None:
        """Shows what the slot is by default, and in the open call."""
        node = self._node()
        self.setVisible(node is not None)
        if node is None:
            return
        document = self._editor.document
        made = as_owner(document, node)
        given = slot_default(document, made.module, made.kind)
        self.name.setText(tr("{slot} by default", slot=made.slot or ""))
        said = value_text(document, given) if given is not None and given.kind else ""
        spec = Spec(name="module", kind="module", help=tr("What stands here where nothing else is given"))
        self.field.show_setting(Setting(spec, given, said=said))
        self.field.setAccessibleName(self.name.text())
        module = self._editor.open_module_call()
        call = None if module is None else module.nodes.get(node.id)
        kind = "" if call is None else call.kind
        here = value_text(document, Use(kind)) if kind else ""
        self.value.setText(f"= {here}" if here and here != said else "")

    def _node(self) -> Node | None:
        found = self._editor.document.get(self._keys[0])
        if len(self._keys) != 1 or not isinstance(found, Node):
            return None
        return found if as_owner(self._editor.document, found).slot is not None else None

    def _fill(self, kind: str) -> None:
        node = self._node()
        if node is None:
            return
        layer = LAYERS.get(kind)
        value = Use(kind) if layer is None else use(kind, initial_arguments(layer))
        try:
            edits.fill_slot(self._editor.document, node.id, value)
        except (EditError, ArgumentError) as error:
            self.error.setText(error.message if isinstance(error, ArgumentError) else str(error))
            self.error.show()
        else:
            self.error.hide()
            self.refresh()
