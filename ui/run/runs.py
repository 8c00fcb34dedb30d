"""Everything that runs the network, joined: the runner, its bar, its panel, its words, and the results."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from core.text import tr
from ui.bar import Bar
from ui.canvas.canvas import Canvas
from ui.editor import Editor
from ui.inspector.input_page import InputSection
from ui.inspector.inspector import Inspector
from ui.inspector.tabs import ResultTabs
from ui.memory import Memory
from ui.results import ResultPictures

from .bar import RunBar
from .engine_label import EngineLabel
from .runner import Runner
from .sample_panel import SamplePanel
from .weight_files import WeightFiles


class Runs(QObject):
    """What the window holds of running."""

    def __init__(
        self,
        editor: Editor,
        canvas: Canvas,
        inspector: Inspector,
        say: Callable[[str], None],
        bar: Bar,
        memory: Memory,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._editor = editor
        self._canvas = canvas
        self._shown: ResultPictures | None = None
        self.runner = Runner(editor, memory, self)
        self.weights = WeightFiles(editor, self.runner, window)
        self.panel = SamplePanel(self.runner, self.weights, window)
        self.panel.on_sizes = inspector.edit_argument
        self.bar = RunBar(self.runner, self.panel, window)
        self.label = EngineLabel(self.runner, window)
        self.tabs = ResultTabs(editor, self.runner, inspector)
        inspector.add_below(InputSection(editor, self.runner, inspector))
        inspector.add_below(self.tabs)
        self.runner.notices.said.connect(say)
        self.runner.notices.unsaid.connect(bar.take_back)
        self.runner.notices.kernels_missing.connect(
            lambda text: bar.say(text, {tr("Try again"): self.runner.compile})
        )
        self.runner.resulted.connect(self._show_results)
        self.tabs.rounds.changed.connect(self._show_round)
        editor.add_view(self.runner)

    def close(self) -> None:
        """Ends the engine."""
        self.runner.close()

    def _show_results(self) -> None:
        result = self.runner.result
        if result is None and self.runner.is_between and self._shown is not None:
            self._shown.let_go()
        elif result is None:
            self._shown = None
        elif self._shown is None or self._shown.result is not result:
            self._shown = ResultPictures(self._editor.document, result, rounds=self.tabs.rounds.at)
        if self._shown is not None:
            self._shown.stale = self.runner.stale
        self._canvas.set_results(self._shown)

    def _show_round(self) -> None:
        """Another round of a loop is looked at: the canvas shows that one too."""
        if self._shown is not None:
            self._shown.forget()
            self._canvas.set_results(self._shown)
