"""The inputs and outputs of a node, with their shapes at the open call."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.ports import ports
from core.record import Node
from core.text import tr
from ui.editor import Editor

from .facts import Facts, section


class PortFacts(QWidget):
    """Shown where one node is picked."""

    def __init__(self, editor: Editor, keys: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._keys = tuple(keys)
        self.facts = Facts(self)
        self.facts.setObjectName("node-ports")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(section(tr("inputs and outputs"), self))
        column.addWidget(self.facts)

    def refresh(self) -> None:
        """Tells the ports as they are now."""
        node = self._editor.document.get(self._keys[0])
        self.setVisible(len(self._keys) == 1 and isinstance(node, Node))
        if isinstance(node, Node):
            self.facts.tell(self._told(node))

    def _told(self, node: Node) -> list[tuple[str, str]]:
        module = self._editor.open_module_call()
        call = None if module is None else module.nodes.get(node.id)
        known = ports(self._editor.document, node)
        if module is not None and call is not None:
            known = module.ports.get(node.id, known)
        inputs = () if call is None else call.inputs
        outputs = () if call is None else call.outputs
        told = []
        for names, types, kind in (
            (known.inputs, inputs, "input"),
            (known.outputs, outputs, "output"),
        ):
            padded = [*types, *[None] * len(names)]
            told += [
                (_name(kind, name), "?" if type_ is None else str(type_))
                for name, type_ in zip(names, padded, strict=False)
            ]
        return told


def _name(kind: str, name: str) -> str:
    return tr("input {name}", name=name) if kind == "input" else tr("output {name}", name=name)
