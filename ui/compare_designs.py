"""What tells the open design from another file's: both pictures beside each other with the differences."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.text import tr

from .canvas.picture import PictureError, write_painted
from .side_by_side import Compared, SideBySide
from .style import current_theme

LARGEST = QSize(1240, 760)
"""The picture is scrolled where it is larger."""

SMALLEST_SCALE = 0.6
"""Smaller than this its words could not be read."""


class CompareDesigns(QDialog):
    """Shows the picture that `layerloom diff` draws, and can write it into a file."""

    def __init__(self, a: Compared, b: Compared, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("compare-designs")
        self.setWindowTitle(tr("Compare {a} with {b}", a=a.title, b=b.title))
        self.picture = SideBySide(a, b, current_theme())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 12)
        layout.addWidget(self._area())
        layout.addWidget(self._said())
        layout.addLayout(self._buttons())

    def write(self, file: Path) -> None:
        """Writes the picture. Raises PictureError."""
        write_painted(self.picture.paint, self.picture.size, current_theme(), file)

    def _area(self) -> QScrollArea:
        scale = self._scale()
        width, height = (round(side * scale) for side in self.picture.size)
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(width * ratio), round(height * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(QColor(current_theme().canvas))
        with QPainter(pixmap) as painter:
            painter.scale(scale, scale)
            self.picture.paint(painter)
        label = QLabel(self)
        label.setObjectName("designs-picture")
        label.setAccessibleName("\n".join(self.picture.comparison.lines) or tr("nothing differs"))
        label.setPixmap(pixmap)
        area = QScrollArea(self)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setAlignment(Qt.AlignmentFlag.AlignCenter)
        area.setWidget(label)
        area.setMinimumSize(QSize(width + 4, height + 4).boundedTo(LARGEST))
        return area

    def _scale(self) -> float:
        """At which the whole width is seen, as far as words can be read then."""
        return max(SMALLEST_SCALE, min(1.0, (LARGEST.width() - 20) / self.picture.size[0]))

    def _said(self) -> QLabel:
        self.said = QLabel("", self)
        self.said.setObjectName("designs-said")
        self.said.setContentsMargins(18, 0, 18, 0)
        self.said.hide()
        return self.said

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(18, 0, 18, 0)
        row.addStretch(1)
        save = QPushButton(tr("Save the picture…"), self)
        save.setObjectName("save-comparison")
        save.setAutoDefault(False)
        save.clicked.connect(self._ask)
        close = QPushButton(tr("Close"), self)
        close.setObjectName("close-comparison")
        close.setDefault(True)
        close.clicked.connect(self.reject)
        row.addWidget(save)
        row.addWidget(close)
        return row

    def _ask(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save the picture"), "", tr("Pictures (*.png *.svg *.pdf)")
        )
        if not name:
            return
        file = Path(name)
        try:
            self.write(file if file.suffix else file.with_suffix(".png"))
        except PictureError as error:
            self.said.setText(str(error))
            self.said.show()
