"""What a call came to in the last run: values, gradient, weights; and what it costs."""

from typing import Protocol

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from core.problem import Path
from core.record import Node
from core.text import tr
from ui.editor import Editor
from ui.run.runner import Runner
from ui.style import set_role

from .cost_tab import CostTab
from .gradient_tab import GradientTab
from .values_tab import ValuesTab
from .weights_tab import WeightsTab


class Tab(Protocol):
    """One of the tabs; a widget."""

    def refresh(self, path: Path) -> str:
        """Tells of a call; returns a sentence instead where there is nothing to tell."""
        ...


class ResultTabs(QWidget):
    """Only the tab that is seen is worked out."""

    def __init__(self, editor: Editor, runner: Runner, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("result-tabs")
        self._editor = editor
        self._runner = runner
        self._path: Path | None = None
        self.values = ValuesTab(editor, runner, self)
        self.gradient = GradientTab(editor, runner, self)
        self.weights = WeightsTab(editor, runner, self)
        self.cost = CostTab(editor, self)
        self._tabs: list[Tab] = [self.values, self.gradient, self.weights, self.cost]
        self.bar = QTabBar(self)
        self.bar.setObjectName("result-bar")
        self.bar.setExpanding(False)
        for title in (tr("Values"), tr("Gradient"), tr("Weights"), tr("Cost")):
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
        column.addWidget(self.bar)
        column.addWidget(self.note)
        column.addWidget(self.stack)
        self.bar.currentChanged.connect(lambda index: self.refresh())
        runner.resulted.connect(self.refresh)

    def show_call(self, path: Path | None) -> None:
        """Follows what is picked."""
        self._path = path
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_pages"):
            self.refresh()

    def refresh(self) -> None:
        """Shows the tab that is seen as it is now."""
        path = self._path
        there = path is not None and isinstance(self._editor.document.get(path[-1]), Node)
        self.setVisible(there)
        if path is None or not there:
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
