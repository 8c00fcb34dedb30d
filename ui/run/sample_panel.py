"""The panel under the sample button: samples, where the backward starts, exact convolutions, weights."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.engine.cotangent import Cotangent, Kind
from core.problem import Path
from core.text import tr
from ui.style import set_role

from .binding import Binding
from .input_sample import InputSample
from .runner import Runner
from .settings import exact_told
from .weight_files import WeightFiles


class SamplePanel(QFrame):
    """What runs are fed with, and how exact they are."""

    def __init__(self, runner: Runner, files: WeightFiles, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("sample-panel")
        set_role(self, "card")
        self._runner = runner
        self._samples: dict[str, InputSample] = {}
        self.on_sizes: Callable[[Path, str], None] = lambda path, argument: None
        """Goes to the argument of an input by which its shape is changed."""
        self._list = QVBoxLayout()
        self._list.setSpacing(12)
        self.empty = QLabel(tr("The network has no input with a shape yet."), self)
        set_role(self.empty, "secondary")
        self.start = QComboBox(self)
        self.exact = self._exact_choice()
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(10)
        column.addWidget(self._heading(tr("samples")))
        column.addLayout(self._list)
        column.addWidget(self.empty)
        column.addWidget(self._heading(tr("gradients")))
        column.addLayout(self._start_row())
        column.addWidget(self._heading(tr("convolutions")))
        column.addWidget(self.exact, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._heading(tr("weights")))
        column.addLayout(self._weights_row(files))
        self.setMinimumWidth(316)
        runner.changed.connect(self._follow)

    def _start_row(self) -> QHBoxLayout:
        self.start.setObjectName("cotangent")
        self.start.setAccessibleName(tr("Where the backward starts"))
        for kind, text in _starts():
            self.start.addItem(text, kind)
        self.start.activated.connect(self._choose_start)
        label = QLabel(tr("Backward starts from"), self)
        set_role(label, "field")
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.start, 1)
        return row

    def _exact_choice(self) -> QCheckBox:
        box = QCheckBox(tr("Exact convolutions"), self)
        box.setObjectName("exact")
        box.setToolTip(exact_told())
        box.clicked.connect(self._choose_exact)
        return box

    def _weights_row(self, files: WeightFiles) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for name, text, act in (
            ("reinitialise", tr("New weights"), self._runner.reinitialise),
            ("load-weights", tr("Load…"), files.ask_load),
            ("save-weights", tr("Save"), files.save_beside),
        ):
            button = QPushButton(text, self)
            button.setObjectName(name)
            button.clicked.connect(partial(self._act, act, name != "reinitialise"))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def refresh(self) -> None:
        """Shows samples and choices as they are."""
        found = self._runner.inputs()
        keys = [node.id for node, _ in found.values()]
        if keys != list(self._samples):
            self._build()
        for node, spec in found.values():
            self._samples[node.id].refresh(node, spec)
        self.empty.setVisible(not found)
        self.exact.setChecked(self._runner.settings.exact)
        kind = self._runner.settings.cotangent.kind
        self.start.setCurrentIndex(self.start.findData(kind))
        self.adjustSize()

    def _act(self, act: Callable[[], object], asks: bool, checked: bool = False) -> None:
        """Does what a button says; a popup would keep the mouse from what asks."""
        if asks:
            self.hide()
        act()

    def _follow(self) -> None:
        if self.isVisible():
            self.refresh()

    def headline(self) -> str:
        """`digits · 8×1×28×28`, for the button."""
        found = list(self._runner.inputs().values())
        if not found:
            return tr("Sample")
        node, spec = found[0]
        shape = "×".join(map(str, spec.shape))
        source = _source_text(self._runner.binding(node))
        return tr("{source} · {shape}", source=source, shape=shape or tr("scalar"))

    def _build(self) -> None:
        for sample in self._samples.values():
            self._list.removeWidget(sample)
            sample.hide()
            sample.deleteLater()
        self._samples = {
            node.id: InputSample(self._runner, node, spec, self, self._edit_sizes)
            for node, spec in self._runner.inputs().values()
        }
        for sample in self._samples.values():
            self._list.addWidget(sample)

    def _edit_sizes(self, node: str, argument: str) -> None:
        self.hide()
        self.on_sizes((node,), argument)

    def _heading(self, text: str) -> QLabel:
        label = QLabel(text.upper(), self)
        set_role(label, "section")
        return label

    def _choose_start(self, index: int) -> None:
        kind: Kind = self.start.itemData(index)
        settings = self._runner.settings
        if kind == "element" and settings.cotangent.kind != "element":
            self._runner.say(tr("pick an element in the inspector's values to start the backward there"))
            self.refresh()
            return
        if kind != settings.cotangent.kind:
            self._runner.set_settings(replace(settings, cotangent=Cotangent(kind)))

    def _choose_exact(self, chosen: bool) -> None:
        self._runner.set_settings(replace(self._runner.settings, exact=chosen))


def _starts() -> list[tuple[Kind, str]]:
    return [
        ("automatic", tr("automatic: 1 at scalars, else random")),
        ("one", tr("1 at scalar outputs")),
        ("random", tr("a random cotangent")),
        ("element", tr("one element, picked in the values")),
    ]


def _source_text(binding: Binding) -> str:
    match binding.source:
        case "digits":
            return tr("digits")
        case "file":
            return "?" if binding.file is None else binding.file.name
        case _:
            return tr("random")
