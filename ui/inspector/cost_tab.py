"""The tab of what a call costs; it needs no run."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.dim import Dim
from core.problem import Path
from core.text import tr
from ui.editor import Editor
from ui.figures import bytes_text, count_text, number, per_sample

from .facts import Facts

FLOAT_BYTES = 4


class CostTab(QWidget):
    """Parameters, multiply-accumulates and memory, with their shares of the whole network."""

    def __init__(self, editor: Editor, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self.facts = Facts(self)
        self.facts.setObjectName("cost")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.facts)
        column.addStretch(1)

    def refresh(self, path: Path) -> str:
        """Tells what a call costs."""
        resolution = self._editor.resolution
        call = resolution.node_call(path) if path else resolution.root
        if call is None:
            return tr("What it costs is known once its inputs are.")
        root = resolution.root
        macs, all_macs = per_sample(call.macs, resolution), per_sample(root.macs, resolution)
        self.facts.tell(
            [
                (tr("parameters"), count_text(call.parameters) + _share(call.parameters, root.parameters)),
                (tr("MACs per sample"), count_text(macs, short=True) + _share(macs, all_macs)),
                (tr("weights"), self._size(call.parameters * FLOAT_BYTES)),
                (tr("activations"), self._size(call.memory)),
            ]
        )
        return ""

    def _size(self, count: Dim) -> str:
        found = number(count, self._editor.resolution.symbols)
        return "?" if found is None else bytes_text(found)


def _share(part: Dim, whole: Dim) -> str:
    if not isinstance(part, int) or not isinstance(whole, int) or not whole:
        return ""
    return f" · {part / whole * 100:.0f} %"
