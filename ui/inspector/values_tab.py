"""The tab of a call's values."""

from dataclasses import replace

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from core.engine.cotangent import Cotangent
from core.initialise import Array
from core.ports import ports
from core.problem import Path
from core.record import Node
from core.text import tr
from ui.editor import Editor
from ui.run.runner import Runner

from .array_view import ArrayView
from .facts import Facts


class ValuesTab(QWidget):
    """The output of a call in the last run, and the types of its inputs."""

    def __init__(self, editor: Editor, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._runner = runner
        self._path: Path = ()
        self.port = QComboBox(self)
        self.port.setObjectName("port")
        self.port.setAccessibleName(tr("Output"))
        self.port.activated.connect(lambda index: self.refresh(self._path))
        self.view = ArrayView("values", self)
        self.view.on_element = self._start_at
        self.inputs = Facts(self)
        self.inputs.setObjectName("inputs")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.port)
        column.addWidget(self.view)
        column.addWidget(self.inputs)
        column.addStretch(1)

    def refresh(self, path: Path) -> str:
        """Shows the value of a call."""
        self._path = path
        result = self._runner.result
        self._fill_ports(path)
        if result is None:
            return tr("Run forward (Ctrl+Enter) to see values.")
        array = result.values.get((path, self.port.currentText()))
        if array is None:
            return why_not(self._runner, path)
        shape = shape_text(array)
        self.view.show_array(array, [(tr("output"), shape)], faded=self._runner.stale)
        self._tell_inputs(path)
        return ""

    def _fill_ports(self, path: Path) -> None:
        node = self._editor.document.get(path[-1])
        assert isinstance(node, Node)
        inputs, outputs = ports(self._editor.document, node)
        wanted = list(outputs or inputs[:1])
        if [self.port.itemText(index) for index in range(self.port.count())] != wanted:
            self.port.clear()
            self.port.addItems(wanted)
        self.port.setVisible(len(wanted) > 1)

    def _tell_inputs(self, path: Path) -> None:
        resolution = self._editor.resolution
        module = resolution.call(path[:-1])
        call = None if module is None else module.nodes.get(path[-1])
        if module is None or call is None:
            self.inputs.tell([])
            return
        names = module.ports[path[-1]].inputs
        pairs = zip(names, call.inputs, strict=False)
        self.inputs.tell(
            [(tr("input {name}", name=name), "?" if type_ is None else str(type_)) for name, type_ in pairs]
        )

    def _start_at(self, index: tuple[int, ...]) -> None:
        """Runs backward from one element."""
        runner = self._runner
        choice = Cotangent("element", self._path, self.port.currentText(), index)
        runner.set_settings(replace(runner.settings, cotangent=choice))
        runner.run(backward=True)


def why_not(runner: Runner, path: Path) -> str:
    """Why a call has no values."""
    result = runner.result
    reason = "" if result is None else result.skipped.get(path, "")
    if reason:
        return tr("Not run: {reason}.", reason=reason)
    if runner.stale:
        return tr("Run again (Ctrl+Enter) to see values.")
    return tr("This did not run.")


def shape_text(array: Array) -> str:
    """`8×6×28×28 float32`."""
    shape = "×".join(map(str, array.shape)) or tr("scalar")
    return f"{shape} {array.dtype}"
