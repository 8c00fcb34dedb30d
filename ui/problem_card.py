"""One problem in full: where it is, what is wrong, and what mends it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.call_path import written
from core.document import Document
from core.problem import Problem, Repair
from core.record import ROOT, Module
from core.text import tr

from .style import set_role


class ProblemRow(QFrame):
    """A problem with its repairs as links; a link that shows the place stands first."""

    def __init__(
        self,
        problem: Problem,
        place: str,
        show: Callable[[Problem], None],
        mend: Callable[[Repair], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.problem = problem
        head = QPushButton(place, self)
        head.setObjectName("problem-place")
        head.setToolTip(tr("Show it on the canvas"))
        head.clicked.connect(lambda: show(problem))
        set_role(head, "problem-link" if problem.kind == "error" else "link")
        text = QLabel(problem.text, self)
        text.setObjectName("problem-text")
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        links = QHBoxLayout()
        links.setSpacing(14)
        for repair in problem.repairs:
            links.addWidget(_link(repair, mend, self))
        links.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 7, 12, 7)
        layout.setSpacing(1)
        layout.addWidget(head, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(text)
        if problem.repairs:
            layout.addLayout(links)


def _link(repair: Repair, mend: Callable[[Repair], None], parent: QWidget) -> QPushButton:
    link = QPushButton(repair.text[:1].upper() + repair.text[1:], parent)
    link.setObjectName("repair")
    set_role(link, "link")
    link.clicked.connect(lambda: mend(repair))
    return link


def place_of(document: Document, problem: Problem) -> str:
    """`stages[1] › blocks[0] › conv1, port x`: the names on the way to the place."""
    root = document.get(ROOT)
    way = written(document, problem.path, " › ")
    if not way:
        way = root.name if isinstance(root, Module) else ROOT
    if problem.port is not None:
        return tr("{way}, port {port}", way=way, port=problem.port)
    if problem.argument is not None:
        return tr("{way}, {argument}", way=way, argument=problem.argument)
    return way
