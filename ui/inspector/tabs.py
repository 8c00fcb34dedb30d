"""What a call came to in the last run: values, gradient, parameters; and what it costs."""

from typing import Protocol

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from core.problem import Path
from core.text import tr
from ui.editor import Editor
from ui.run.runner import Runner
from ui.style import set_role

from .cost_tab import CostTab
from .gradient_tab import GradientTab
from .rounds import Rounds
from .values_tab import ValuesTab
from .weights_tab import WeightsTab
from .which_call import WhichCall


class Tab(Protocol):
    """One of the tabs; a widget."""

    def refresh(self, path: Path) -> str:
        """Tells of a call; returns a sentence instead where there is nothing to tell."""
        ...


class ResultTabs(QWidget):
    """The same for a layer, a module, a repeated node and the whole network; one tab is worked out."""

    def __init__(self, editor: Editor, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("result-tabs")
        self._editor = editor
        self._runner = runner
        self._path: Path | None = None
        self._own: Path = ()
        """The keys of the part of the call that is looked at."""
        self.rounds = Rounds(editor, self)
        self.which = WhichCall(editor, runner, self.rounds, self)
        self.values = ValuesTab(editor, runner, self.rounds, self)
        self.gradient = GradientTab(editor, runner, self.rounds, self)
        self.weights = WeightsTab(editor, runner, self)
        self.cost = CostTab(editor, self)
        self._tabs: list[Tab] = [self.values, self.gradient, self.weights, self.cost]
        self.bar = QTabBar(self)
        self.bar.setObjectName("result-bar")
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(False)
        for title in (tr("Values"), tr("Gradient"), tr("Parameters"), tr("Cost")):
            self.bar.addTab(title)
        self.note = QLabel(self)
        self.note.setObjectName("result-note")
        self.note.setWordWrap(True)
        set_role(self.note, "secondary")
        self.stack = QStackedWidget(self)
        self._pages: list[QWidget] = [self.values, self.gradient, self.weights, self.cost]
        for page in self._pages:
            self.stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(8)
        for widget in (self.which, self.bar, self.note, self.stack):
            column.addWidget(widget)
        self.bar.currentChanged.connect(lambda index: self.refresh())
        self.which.parted.connect(self._go_to_part)
        self.rounds.changed.connect(self.refresh)
        runner.resulted.connect(self._follow_result)

    def show_call(self, path: Path | None) -> None:
        """Follows what is picked; () is the whole network."""
        if path != self._path:
            self._path, self._own = path, ()
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_pages"):
            self.refresh()

    def refresh(self) -> None:
        """Shows the tab that is seen as it is now."""
        path = self._looked_at()
        self.setVisible(path is not None)
        self.which.show_call(path, self._own)
        if path is None:
            return
        index = self.bar.currentIndex()
        sentence = self._tabs[index].refresh(path)
        self.stack.setCurrentIndex(index)
        self.stack.setVisible(not sentence)
        for place, page in enumerate(self._pages):
            # Only the page that is seen has a say in the height.
            seen = QSizePolicy.Policy.Preferred if place == index else QSizePolicy.Policy.Ignored
            page.setSizePolicy(QSizePolicy.Policy.Preferred, seen)
        stale = self._runner.stale and index < 2
        self.note.setText(
            sentence or (tr("From before the last edit; run again to see it now.") if stale else "")
        )
        self.note.setVisible(bool(self.note.text()))

    def _follow_result(self) -> None:
        """Shows another result; of none that there is any more, nothing is held, on whatever page it was."""
        self.refresh()
        if self._runner.result is None:
            self.values.view.let_go()
            self.gradient.view.let_go()
            self.weights.let_go()

    def _looked_at(self) -> Path | None:
        """The call with the part of it; None where nothing is there that runs."""
        path = self._path
        if path is None or self._editor.module_at(()) is None:
            return None
        if self._own and self._editor.resolution.node_call((*path, *self._own)) is None:
            self._own = ()
        return (*path, *self._own)

    def _go_to_part(self, keys: tuple[str, ...]) -> None:
        self._own = keys
        self.refresh()
