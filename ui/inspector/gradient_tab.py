"""The tab of a call's gradients."""

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.call_path import names
from core.engine.cotangent import Cotangent
from core.problem import Path
from core.text import tr
from ui.editor import Editor
from ui.measure import figure, measure
from ui.results import gradient_at, value_at
from ui.run.runner import Runner
from ui.style import set_role

from .array_view import ArrayView
from .facts import Facts
from .values_tab import shape_text, why_not


class GradientTab(QWidget):
    """The gradient of a call's value and of its parameters, and where the backward started."""

    def __init__(self, editor: Editor, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._runner = runner
        self.view = ArrayView("gradient", self, centred=True)
        self.parameters = Facts(self)
        self.parameters.setObjectName("parameter-gradients")
        self.start = QLabel(self)
        self.start.setObjectName("backward-start")
        self.start.setWordWrap(True)
        set_role(self.start, "secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.view, self.parameters, self.start):
            column.addWidget(widget)
        column.addStretch(1)

    def refresh(self, path: Path) -> str:
        """Shows the gradients of a call."""
        result = self._runner.result
        if result is None or result.cotangent is None:
            return tr("Run forward and backward (F5) to see gradients.")
        array = gradient_at(result, self._editor.document, path)
        if array is None:
            whole = value_at(result, self._editor.document, path) is not None
            return tr("Whole numbers have no gradient.") if whole else why_not(self._runner, path)
        facts = [(tr("gradient"), shape_text(array)), (tr("norm"), figure(measure(array).norm))]
        self.view.show_array(array, facts, faded=self._runner.stale)
        prefix = "/".join((*path, ""))
        own = [
            (name[len(prefix) :], gradient)
            for name, gradient in result.parameter_gradients.items()
            if name.startswith(prefix) and "/" not in name[len(prefix) :]
        ]
        self.parameters.tell([(f"|∇ {name}|", figure(measure(each).norm)) for name, each in own])
        self.start.setText(self._start_text(result.cotangent))
        return ""

    def _start_text(self, choice: Cotangent) -> str:
        automatic = self._runner.settings.cotangent.kind == "automatic"
        match choice.kind:
            case "one":
                text = tr("The backward starts from 1 at scalar outputs")
            case "element":
                name = names(self._editor.document, choice.path[-1:])[0] if choice.path else "?"
                place = ", ".join(map(str, choice.index))
                text = tr("The backward starts from 1 at {name}[{place}]", name=name, place=place)
            case _:
                text = tr("The backward starts from a random cotangent per output")
        return text + (tr(" (chosen automatically).") if automatic else ".")
