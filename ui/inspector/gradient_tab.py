"""The tab of a call's gradients."""

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.call_path import names
from core.engine.cotangent import Cotangent
from core.engine.run import Result
from core.problem import Path
from core.text import tr
from ui.editor import Editor
from ui.measure import figure, measure
from ui.run.runner import Runner
from ui.style import set_role

from .array_view import ArrayView
from .facts import Facts
from .parameters import Leaf, items
from .rounds import Rounds, output_places
from .values_tab import shape_text, until_then, why_not
from .which_output import WhichOutput


class GradientTab(QWidget):
    """The gradient of each output of a call and of its parameters, and where the backward started."""

    def __init__(self, editor: Editor, runner: Runner, rounds: Rounds, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._runner = runner
        self._rounds = rounds
        self._path: Path = ()
        self.port = WhichOutput("gradient-port", self)
        self.port.changed.connect(lambda: self.refresh(self._path))
        self.none = QLabel(self)
        self.none.setObjectName("no-gradient")
        self.none.setWordWrap(True)
        set_role(self.none, "secondary")
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
        for widget in (self.port, self.none, self.view, self.parameters, self.start):
            column.addWidget(widget)
        column.addStretch(1)

    def refresh(self, path: Path) -> str:
        """Shows the gradients of a call."""
        self._path = path
        result = self._runner.result
        place = self.port.show_places(output_places(self._editor, path))
        if result is None or result.cotangent is None:
            return until_then(self._runner) or tr("Run forward and backward (F5) to see gradients.")
        if place is None:
            return tr("It has no outputs.")
        array = self._rounds.gradient(result, place)
        self.view.setVisible(array is not None)
        self.none.setVisible(array is None)
        if array is None:
            whole = self._rounds.value(result, place) is not None
            text = tr("Whole numbers have no gradient.") if whole else why_not(self._runner, place[0])
            if len(output_places(self._editor, path)) < 2:
                return text
            self.none.setText(text)  # another output may have one
        else:
            facts = [(tr("gradient"), shape_text(array)), (tr("norm"), figure(measure(array).norm))]
            self.view.show_array(array, facts, faded=self._runner.stale)
        self._tell_parameters(result, path)
        self.start.setText(self._start_text(result.cotangent))
        return ""

    def _tell_parameters(self, result: Result, path: Path) -> None:
        own = [item for item in items(self._editor, path) if isinstance(item, Leaf)]
        gradients = [(leaf.name, result.parameter_gradients.get(leaf.slot)) for leaf in own]
        self.parameters.tell(
            [(f"|∇ {name}|", figure(measure(each).norm)) for name, each in gradients if each is not None]
        )

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
