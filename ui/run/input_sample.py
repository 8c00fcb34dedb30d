"""The sample of one Input: its source, its settings, a look at it, and what is wrong with it."""

from collections.abc import Callable
from operator import is_
from pathlib import Path as File

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QLabel, QPushButton, QSpinBox, QWidget

from core.engine.sample_files import READERS
from core.engine.samples import InputSpec, SampleError
from core.initialise import Array
from core.record import Node
from core.text import tr
from ui.array_picture import grid, pictures
from ui.results import summary
from ui.style import current_theme, set_role
from ui.theme import Theme

from .binding import Binding, Source
from .runner import Runner

WIDTH = 276
DIGITS = 10_000


class InputSample(QWidget):
    """Lets an Input's sample be chosen; a file can be dropped on it."""

    def __init__(
        self,
        runner: Runner,
        node: Node,
        spec: InputSpec,
        parent: QWidget,
        edit_sizes: Callable[[str, str], None] | None = None,
    ) -> None:
        """`edit_sizes` leads to the argument of a node by which the shape is changed, from elsewhere."""
        super().__init__(parent)
        self._edit_sizes = edit_sizes
        self.setObjectName(f"sample-{node.name}")
        self.setAcceptDrops(True)
        self._runner = runner
        self._node = node
        self._spec = spec
        self._shown: tuple[Array | None, Theme] | None = None
        self._make_source(node.name)
        self._make_look(node.name)
        self._lay_out()
        self.refresh(node, spec)

    def _make_source(self, name: str) -> None:
        self.name = QLabel(name, self)
        self.type = self._make_type(name)
        self.source = _Calm(self)
        self.source.setObjectName(f"source-{name}")
        self.source.setAccessibleName(tr("Sample of {name}", name=name))
        self.source.addItem(tr("Random"), "random")
        self.source.addItem(tr("Digits"), "digits")
        self.source.addItem(tr("File…"), "file")
        self.source.activated.connect(self._choose)
        self.start = QSpinBox(self)
        self.start.setObjectName(f"start-{name}")
        self.start.setAccessibleName(tr("First digit of {name}", name=name))
        self.start.setPrefix(tr("from "))
        self.start.setRange(0, DIGITS - 1)
        self.start.setKeyboardTracking(False)
        self.start.lineEdit().setTextMargins(5, 0, 0, 0)
        self.start.valueChanged.connect(self._set_start)
        self.file = QLabel(self)
        set_role(self.file, "secondary")

    def _make_type(self, name: str) -> QLabel | QPushButton:
        """The shape: where it is first looked for, so it leads to where it is changed."""
        if self._edit_sizes is None:
            label = QLabel(self)
            set_role(label, "figure")
            return label
        button = QPushButton(self)
        button.setObjectName(f"shape-{name}")
        button.setToolTip(_to_sizes())
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # by keyboard its neighbour leads there
        button.clicked.connect(self._go_to_sizes)
        set_role(button, "figure-link")
        return button

    def _make_look(self, name: str) -> None:
        self.picture = QLabel(self)
        self.picture.setObjectName(f"sample-picture-{name}")
        self.text = QLabel(self)
        self.text.setObjectName(f"sample-text-{name}")
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_role(self.text, "figure")
        self.error = QLabel(self)
        self.error.setObjectName(f"sample-error-{name}")
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self.error, "wrong")

        self.sizes = QPushButton(tr("Change sizes…"), self)
        self.sizes.setObjectName(f"sizes-{name}")
        self.sizes.setAccessibleName(tr("Change sizes of {name}", name=name))
        self.sizes.setToolTip(_to_sizes())
        self.sizes.setCursor(Qt.CursorShape.PointingHandCursor)
        self.sizes.setVisible(self._edit_sizes is not None)
        self.sizes.clicked.connect(self._go_to_sizes)
        set_role(self.sizes, "link")

    def _go_to_sizes(self) -> None:
        named = any(not isinstance(dim, int) for dim in self._spec.type.shape)
        if self._edit_sizes is not None:
            self._edit_sizes(self._node.id, "sizes" if named else "shape")

    def _lay_out(self) -> None:
        grid_ = QGridLayout(self)
        grid_.setContentsMargins(0, 0, 0, 0)
        grid_.setHorizontalSpacing(8)
        grid_.setVerticalSpacing(5)
        grid_.addWidget(self.name, 0, 0)
        grid_.addWidget(self.type, 0, 1, 1, 2, Qt.AlignmentFlag.AlignRight)
        grid_.addWidget(self.source, 1, 0)
        grid_.addWidget(self.start, 1, 1)
        grid_.addWidget(self.file, 1, 1)
        grid_.addWidget(self.sizes, 1, 2, Qt.AlignmentFlag.AlignRight)
        grid_.addWidget(self.picture, 2, 0, 1, 3)
        grid_.addWidget(self.text, 3, 0, 1, 3)
        grid_.addWidget(self.error, 4, 0, 1, 3)
        grid_.setColumnStretch(2, 1)

    def refresh(self, node: Node, spec: InputSpec) -> None:
        """Shows the sample as it is now."""
        self._node, self._spec = node, spec
        binding = self._runner.binding(node)
        self.name.setText(node.name)
        self.type.setText(f"{spec.type} = {'×'.join(map(str, spec.shape))}" if spec.shape else str(spec.type))
        self.source.setCurrentIndex(self.source.findData(binding.source))
        self.start.setVisible(binding.source == "digits")
        self.start.blockSignals(True)
        self.start.setValue(binding.start)
        self.start.blockSignals(False)
        self.file.setVisible(binding.file is not None)
        self.file.setText("" if binding.file is None else binding.file.name)
        self.file.setToolTip("" if binding.file is None else str(binding.file))
        try:
            array: Array | None = self._runner.sample(node, spec)
            self._tell("")
        except SampleError as error:
            array = None
            self._tell(str(error))
        self._show(array)

    def bind_file(self, file: File) -> None:
        """Takes the sample from a file, where it fits."""
        self._runner.bind(self._node.id, Binding("file", file))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and getattr(self, "_shown", None) is not None:
            self.refresh(self._node, self._spec)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        file = _dropped(event)
        if file is not None:
            event.acceptProposedAction()
            self.bind_file(file)

    def _show(self, array: Array | None) -> None:
        shown = (array, current_theme())
        if array is not None and self._shown is not None and all(map(is_, shown, self._shown)):
            return
        self._shown = shown
        images = [] if array is None or array.dtype.kind != "f" else pictures(array)
        self.picture.setVisible(bool(images))
        if images:
            flat = images[0].width() > 2 * images[0].height()
            picture = QPixmap.fromImage(grid(images, WIDTH, least=WIDTH if flat else 31))
            picture.setDevicePixelRatio(2)
            self.picture.setPixmap(picture)
        self.text.setText("" if array is None else summary(array, None))
        self.text.setVisible(array is not None)
        self.picture.setAccessibleName(self.text.text())

    def _tell(self, text: str) -> None:
        self.error.setText(text)
        self.error.setVisible(bool(text))

    def _choose(self, index: int) -> None:
        source: Source = self.source.itemData(index)
        if source != "file":
            self._runner.bind(self._node.id, Binding(source, start=self._runner.binding(self._node).start))
            return
        endings = " ".join(f"*{ending}" for ending in READERS)
        kinds = tr("Samples ({endings})", endings=endings)
        name, _ = QFileDialog.getOpenFileName(
            _without_popup(self), tr("A sample for {name}", name=self._node.name), "", kinds
        )
        if name:
            self.bind_file(File(name))
        else:
            self.refresh(self._node, self._spec)

    def _set_start(self, start: int) -> None:
        self._runner.bind(self._node.id, Binding("digits", start=start))


def _to_sizes() -> str:
    return tr("To the input's sizes in the inspector, the batch among them")


class _Calm(QComboBox):
    """Leaves the wheel to what scrolls around it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _without_popup(widget: QWidget) -> QWidget:
    """The window to ask in: a popup, which would keep the mouse, is put away."""
    window = widget.window()
    below = window.parentWidget()
    if window.windowType() == Qt.WindowType.Popup and below is not None:
        window.hide()
        return below.window()
    return window


def _dropped(event: QDropEvent) -> File | None:
    urls = event.mimeData().urls()
    file = File(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
    return file if file is not None and file.suffix.lower() in READERS else None
