"""The list of everything wrong with the design, with its repairs."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.document import Change, Document
from core.problem import Problem, Repair
from core.resolve import Resolution, Resolver
from core.text import tr

from .editor import Editor
from .problem_card import ProblemRow, place_of
from .style import set_role

LISTED = 100
"""Problems that are listed; the rest are counted."""


class Problems(QScrollArea):
    """Rows of problems, made when they are looked at."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problems")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(tr("Problems"))
        self.on_show: Callable[[Problem], None] = lambda problem: None
        self.on_mend: Callable[[Repair], None] = lambda repair: None
        self.on_count: Callable[[int, int], None] = lambda errors, others: None
        self._editor = editor
        self._rows: list[ProblemRow] = []
        self._shown: tuple[tuple[str, Problem], ...] | None = None

    @property
    def rows(self) -> list[ProblemRow]:
        """The rows as they stand."""
        return self._rows

    def show_document(self, document: Document, resolver: Resolver) -> None:
        """Lists the problems of another document."""
        self._shown = None
        self._follow(resolver.resolution)

    def apply(self, change: Change, resolution: Resolution) -> None:
        """Follows the problems."""
        self._follow(resolution)

    def showEvent(self, event: QShowEvent) -> None:
        self._refresh()
        super().showEvent(event)

    def _follow(self, resolution: Resolution) -> None:
        errors = sum(problem.kind == "error" for problem in resolution.problems)
        self.on_count(errors, len(resolution.problems) - errors)
        if self.isVisible():
            self._refresh()

    def _refresh(self) -> None:
        # What keeps the design from running comes first; beyond that the order is that of the calls.
        problems = sorted(self._editor.resolution.problems, key=lambda problem: problem.kind != "error")
        listed = tuple((place_of(self._editor.document, problem), problem) for problem in problems[:LISTED])
        if listed == self._shown:
            return
        self._shown = listed
        body = QWidget()
        body.setObjectName("problems-body")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(4, 6, 4, 6)
        layout.setSpacing(0)
        self._rows = [ProblemRow(each, place, self.on_show, self.on_mend, body) for place, each in listed]
        for row, before in zip(self._rows, [None, *self._rows], strict=False):
            if row.problem.kind != "error" and (before is None or before.problem.kind == "error"):
                why = tr("These keep nothing from running: they depend on the sizes, or are seldom meant.")
                layout.addWidget(_words(why, body))
            layout.addWidget(row)
        if not listed:
            layout.addWidget(_words(tr("Nothing is wrong with this design."), body))
        if len(problems) > LISTED:
            more = tr("{count} more", count=len(problems) - LISTED)
            layout.addWidget(_words(more, body))
        layout.addStretch(1)
        # A row's own button may be what brought the change, so the old rows go when it is done.
        old = self.takeWidget()
        self.setWidget(body)
        if old is not None:
            old.deleteLater()


def _words(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setContentsMargins(12, 8, 12, 8)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft)
    set_role(label, "secondary")
    return label
