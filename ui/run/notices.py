"""What is said of runs and of the kernels, and taken back when it is no longer so."""

from PySide6.QtCore import QObject, Signal

from core.text import tr


class Notices(QObject):
    """Sentences for the user to read."""

    said = Signal(str)
    """A sentence."""

    kernels_missing = Signal(str)
    """The sentence that runs have to do without compiled kernels, for which another try can be offered."""

    unsaid = Signal(str)
    """A sentence that is no longer so."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._of_run = self._of_kernels = ""

    def say_of_run(self, text: str) -> None:
        """Says what came of a run; it stays until the next one begins."""
        self._of_run = text
        self.said.emit(text)

    def begin_run(self) -> None:
        """Another run begins: what came of the last one has been read."""
        self.unsaid.emit(self._of_run)

    def say_kernels_missing(self, reason: str) -> None:
        """Says that runs have to do without compiled kernels, and why."""
        self._of_kernels = tr(
            "the kernels could not be compiled, so runs go on without them, more slowly: {reason}",
            reason=reason,
        )
        self.kernels_missing.emit(self._of_kernels)

    def say_kernels_unkept(self, reason: str) -> None:
        """Says that the kernels of this session could not be kept for the next, and why."""
        self._of_kernels = tr(
            "the kernels' folder was deleted and could not be filled anew, "
            "so runs go on by those in memory until the window is closed: {reason}",
            reason=reason,
        )
        self.said.emit(self._of_kernels)

    def unsay_kernels_missing(self) -> None:
        """They are there, or are being compiled again."""
        self.unsaid.emit(self._of_kernels)
