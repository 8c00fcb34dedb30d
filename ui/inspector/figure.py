"""A figure that is broken between its parts where it has no room: a shape between its sizes."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget


class Figure(QLabel):
    """A label at the right of its place whose text can be selected; `told` is the text without breaks."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.told = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setWordWrap(True)

    def tell(self, text: str) -> None:
        """Shows another text."""
        if text != self.told:
            self.told = text
            self._lay_out()
            self.updateGeometry()

    def heightForWidth(self, width: int) -> int:
        lines = broken(self.told, width, self.fontMetrics().horizontalAdvance)
        return self.fontMetrics().lineSpacing() * len(lines)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.told) + 1, metrics.lineSpacing())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().lineSpacing())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        lines = broken(self.told, self.width(), self.fontMetrics().horizontalAdvance)
        self.setText("\n".join(lines))


def broken(text: str, room: int, width: Callable[[str], int]) -> list[str]:
    """The text in lines of at most so many pixels, as far as its parts are no wider."""
    lines = [""]
    for part in _parts(text):
        together = lines[-1] + part
        if lines[-1] and width(together.rstrip()) > room:
            lines.append(part)
        else:
            lines[-1] = together
    return [line.rstrip() for line in lines]


def _parts(text: str) -> Iterator[str]:
    """What is kept together: a size with the × behind it, or a word with its space, brackets whole."""
    start, depth = 0, 0
    for place, letter in enumerate(text, 1):
        depth += (letter in "([{") - (letter in ")]}")
        if letter in "× " and depth <= 0:
            yield text[start:place]
            start = place
    yield text[start:]
