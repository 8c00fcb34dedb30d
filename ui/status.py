"""The status line: what the network costs, what the engine does, how large the drawing is."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from core.dim import Dim
from core.document import Change, Document
from core.resolve import Resolution, Resolver
from core.text import tr

from .figures import bytes_text, count_text, number, per_sample
from .style import set_role

FLOAT_BYTES = 4


class Status(QWidget):
    """Totals at the left, the engine and the zoom at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.totals = _label("totals", self)
        self._engine = QHBoxLayout()
        self.zoom = QToolButton(self)
        self.zoom.setObjectName("zoom")
        self.zoom.setToolTip(tr("Actual size"))
        set_role(self.zoom, "status")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 2, 8, 2)
        row.setSpacing(14)
        row.addWidget(self.totals)
        row.addStretch(1)
        row.addLayout(self._engine)
        row.addWidget(self.zoom)
        self.show_scale(1.0)

    def show_document(self, document: Document, resolver: Resolver) -> None:
        """Tells the totals of another document."""
        self._tell(resolver.resolution)

    def apply(self, change: Change, resolution: Resolution) -> None:
        """Follows the totals."""
        self._tell(resolution)

    def show_engine(self, widget: QWidget) -> None:
        """Puts what tells the engine's state in its place."""
        self._engine.addWidget(widget)

    def show_scale(self, scale: float) -> None:
        """Tells how large the drawing is."""
        self.zoom.setText(f"{round(scale * 100)} %")

    def _tell(self, resolution: Resolution) -> None:
        root = resolution.root
        parts = [
            tr("{count} parameters", count=count_text(root.parameters)),
            tr("{count} MACs per sample", count=count_text(per_sample(root.macs, resolution), short=True)),
            tr("weights {size}", size=_size(root.parameters * FLOAT_BYTES, resolution.symbols)),
            tr("activations {size}", size=_size(root.memory, resolution.symbols)),
        ]
        self.totals.setText(" · ".join(parts))


def _size(count: Dim, sizes: Mapping[str, int]) -> str:
    found = number(count, sizes)
    return "?" if found is None else bytes_text(found)


def _label(name: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setObjectName(name)
    set_role(label, "secondary")
    return label
