"""One array to look at: picture, statistics, and its elements as a table."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSpinBox, QVBoxLayout, QWidget

from core.initialise import Array
from core.text import tr
from ui.array_picture import (
    WIDEST_ROW,
    as_image,
    grid,
    has_many_zeros,
    heat_map,
    histogram,
    is_image,
    sample_maps,
)
from ui.measure import LARGEST, Measures, figure, measure, sampled
from ui.style import current_theme, set_role

from .array_table import ArrayTable
from .facts import Facts

WIDTH = 276
MOST_MAPS = 64
HISTOGRAM_HEIGHT = 64


class ArrayView(QWidget):
    """A value, gradient or parameter; `centred` colours have zero in the middle."""

    def __init__(self, name: str, parent: QWidget, *, centred: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.on_element: Callable[[tuple[int, ...]], None] | None = None
        self._name = name
        self._centred = centred
        self._array: Array | None = None
        self._faded = False
        self._told: tuple[object, ...] = ()
        self._make_histogram()
        self._make_maps()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.histogram)
        column.addLayout(self.span)
        for widget in (self.facts, self.maps, self._chooser, self.table):
            column.addWidget(widget)

    def _make_histogram(self) -> None:
        name = self._name
        self.histogram = Picture(self)
        self.histogram.setObjectName(f"{name}-histogram")
        self.span = QHBoxLayout()
        self.low, self.high = QLabel(self), QLabel(self)
        for label in (self.low, self.high):
            set_role(label, "figure")
        self.span.addWidget(self.low)
        self.span.addStretch(1)
        self.left_out = QLabel(tr("without the zeros"), self)
        set_role(self.left_out, "figure")
        self.span.addWidget(self.left_out)
        self.span.addStretch(1)
        self.span.addWidget(self.high)
        self.facts = Facts(self)
        self.facts.setObjectName(f"{name}-facts")

    def _make_maps(self) -> None:
        name = self._name
        self.maps = Picture(self)
        self.maps.setObjectName(f"{name}-picture")
        self.maps.clicked.connect(self._pick_map)
        self.axes = [self._spin(index) for index in range(2)]
        self._chooser = QWidget(self)
        row = QHBoxLayout(self._chooser)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for spin in self.axes:
            row.addWidget(spin)
        row.addStretch(1)
        self.table = ArrayTable(self)
        self.table.setObjectName(f"{name}-table")
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._open_menu)

    def show_array(self, array: Array, facts: list[tuple[str, str]], *, faded: bool = False) -> None:
        """Shows the array; `facts` stand before its statistics."""
        told = (facts, faded, current_theme())
        if array is self._array and told == self._told:
            return
        self._array, self._faded, self._told = array, faded, told
        found = measure(array)
        self.facts.tell([*facts, *measured(array, found)])
        self._draw_histogram(array, found, faded)
        for axis, spin in enumerate(self.axes):
            there = array.ndim - 2 > axis
            spin.setVisible(there)
            spin.blockSignals(True)
            spin.setMaximum(max(0, array.shape[axis] - 1) if there else 0)
            spin.blockSignals(False)
        self._chooser.setVisible(array.ndim > 2)
        self.table.setVisible(array.size > 0)
        self._draw_maps()
        self._show_matrix()
        self.table.setAccessibleName(tr("elements"))
        self.setAccessibleName(", ".join(f"{name} {text}" for name, text in self.facts.figures().items()))

    def let_go(self) -> None:
        """Holds no array any more; to be called while it is not seen."""
        self._array, self._told = None, ()
        self.table.let_go()

    def _spin(self, axis: int) -> QSpinBox:
        spin = QSpinBox(self)
        spin.setObjectName(f"{self._name}-axis-{axis}")
        spin.setPrefix(tr("sample ") if axis == 0 else tr("channel "))
        spin.setWrapping(True)
        spin.lineEdit().setTextMargins(5, 0, 0, 0)
        spin.valueChanged.connect(lambda value: self._chosen(axis))
        return spin

    def _chosen(self, axis: int) -> None:
        if self._array is not None:
            if axis == 0:
                self._draw_maps()
            self._show_matrix()

    def _lead(self) -> tuple[int, ...]:
        """The axes before the matrix, as they are chosen."""
        assert self._array is not None
        count = max(self._array.ndim - 2, 0)
        chosen = [spin.value() for spin in self.axes[:count]]
        return tuple(chosen) + (0,) * (count - len(chosen))

    def _show_matrix(self) -> None:
        assert self._array is not None
        array = self._array
        if array.size == 0:
            return
        matrix = array[self._lead()] if array.ndim > 2 else array.reshape(1, -1) if array.ndim < 2 else array
        self.table.show_matrix(matrix)

    def _draw_histogram(self, array: Array, found: Measures, faded: bool) -> None:
        there = array.size > 1 and array.dtype.kind == "f"
        self.histogram.setVisible(there)
        for label, value in ((self.low, found.low), (self.high, found.high)):
            label.setVisible(there)
            label.setText(figure(value))
        left_out = there and has_many_zeros(sampled(array))
        self.left_out.setVisible(left_out)
        if left_out:
            part = sampled(array)
            part = part[(part != 0) & np.isfinite(part)]
            self.low.setText(figure(float(part.min())) if part.size else "")
        if there:
            made = histogram(array, WIDTH, HISTOGRAM_HEIGHT)
            self.histogram.show_picture(QPixmap.fromImage(made), 0, faded)

    def _draw_maps(self) -> None:
        images = self._images()
        self.maps.setVisible(bool(images))
        if images:
            columns = 1 if len(images) == 1 else min(len(images), 8)
            wide = images[0].width() / max(images[0].height(), 1)
            across = WIDTH if columns > 1 or wide > 1.5 else WIDTH // 2
            least = across if len(images) == 1 else 31
            made = grid(images, across, least=least)
            self.maps.show_picture(QPixmap.fromImage(made), columns, self._faded)

    def _images(self) -> list[QImage]:
        """The pictures, of the chosen sample where the array is no picture itself."""
        array, centred, sample = self._array, self._centred, self.axes[0].value()
        assert array is not None
        if array.dtype.kind != "f" or array.size < 2:
            return []
        if array.ndim == 4 and not centred and is_image(array):
            return [as_image(each) for each in array[:MOST_MAPS]]
        if array.ndim == 4:
            return sample_maps(array[:, :MOST_MAPS], sample, centred=centred)
        if array.ndim == 3:
            return [heat_map(array[sample], centred=centred)]
        if array.ndim == 2 and 1 < array.shape[1] <= WIDEST_ROW:
            return [heat_map(array, centred=centred)]
        return []

    def _pick_map(self, place: int) -> None:
        array = self._array
        if array is None or array.ndim != 4:
            return
        axis = 0 if not self._centred and is_image(array) else 1
        if place < array.shape[axis]:
            self.axes[axis].setValue(place)

    def _open_menu(self, at: QPoint) -> None:
        index = self.table.indexAt(at)
        if not index.isValid() or self.on_element is None or self._array is None:
            return
        if self._array.dtype.kind != "f":
            return  # whole numbers have no gradient
        rank = self._array.ndim
        place = (*self._lead(), index.row(), index.column())[-rank:] if rank else ()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Start the backward at this element"), lambda: self._start_at(place))
        menu.popup(self.table.viewport().mapToGlobal(at))

    def _start_at(self, place: tuple[int, ...]) -> None:
        if self.on_element is not None:
            self.on_element(place)


class Picture(QWidget):
    """A picture at the size it was made for, at two dots a pixel; clicks tell which of a grid it was."""

    clicked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pixmap = QPixmap()
        self._columns = 0
        self._faded = False

    def show_picture(self, pixmap: QPixmap, columns: int, faded: bool) -> None:
        """Shows a picture of so many columns."""
        pixmap.setDevicePixelRatio(2)
        self._pixmap, self._columns, self._faded = pixmap, columns, faded
        self.setFixedHeight(round(pixmap.height() / 2))
        self.setMinimumWidth(0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setOpacity(0.45 if self._faded else 1.0)
        if self._columns <= 1 and self._pixmap.width() >= 2 * WIDTH:
            painter.drawPixmap(self.rect(), self._pixmap)
        else:
            painter.drawPixmap(0, 0, self._pixmap)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._columns:
            return
        side = self._pixmap.width() / 2 / self._columns
        column, row = int(event.position().x() // side), int(event.position().y() // side)
        if column < self._columns:
            self.clicked.emit(row * self._columns + column)


def measured(array: Array, found: Measures) -> list[tuple[str, str]]:
    """The statistics of an array in words."""
    if array.size == 0:
        return []
    if array.dtype.kind != "f":
        return [(tr("smallest, largest"), f"{found.low:g}, {found.high:g}")]
    facts = [
        (tr("mean, deviation"), f"{figure(found.mean)}, {figure(found.deviation)}"),
        (tr("smallest, largest"), f"{figure(found.low)}, {figure(found.high)}"),
        (tr("zeros"), f"{found.zeros * 100:.1f} %"),
    ]
    if found.nans:
        facts.append((tr("not a number"), f"{found.nans:,}"))
    if found.infinities:
        facts.append((tr("infinite"), f"{found.infinities:,}"))
    if found.is_sampled:
        facts.append((tr("measured at"), tr("every {step}th element", step=-(-array.size // LARGEST))))
    return facts
