"""The sample of a picked Input of the whole network, under its arguments."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.problem import Path
from core.record import ROOT, Node
from core.text import tr
from ui.editor import Editor
from ui.run.input_sample import InputSample
from ui.run.runner import Runner

from .facts import section


class InputSection(QWidget):
    """Shown while one Input of the root is picked."""

    def __init__(self, editor: Editor, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("input-section")
        self._editor = editor
        self._runner = runner
        self._key: str | None = None
        self.sample: InputSample | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addWidget(section(tr("sample"), self))
        self.hide()
        runner.changed.connect(self.refresh)

    def show_call(self, path: Path | None) -> None:
        """Follows what is picked."""
        node = None if path is None or len(path) != 1 else self._editor.document.get(path[0])
        wanted = isinstance(node, Node) and node.kind == "Input" and node.module == ROOT
        self._key = path[0] if wanted and path else None
        self.refresh()

    def refresh(self) -> None:
        """Shows the Input's sample as it is now."""
        inputs = self._runner.inputs().values() if self._key is not None else ()
        found = [pair for pair in inputs if pair[0].id == self._key]
        if not found:
            self.hide()
            return
        node, spec = found[0]
        if self.sample is None or self.sample.objectName() != f"sample-{node.name}":
            self._replace(InputSample(self._runner, node, spec, self))
        elif self.sample is not None:
            self.sample.refresh(node, spec)
        self.show()

    def _replace(self, sample: InputSample) -> None:
        if self.sample is not None:
            self._column.removeWidget(self.sample)
            self.sample.hide()
            self.sample.deleteLater()
        self.sample = sample
        self._column.addWidget(sample)
