"""The whole window, offscreen, as the program builds it, with a design in it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QWidget

from app.main import build_application, build_window
from core.document import Document
from core.files import save


class _Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


@contextmanager
def own_home() -> Iterator[Path]:
    """An empty home for settings, journals and caches, and no display."""
    names = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    before = {name: os.environ.get(name) for name in (*names, "QT_QPA_PLATFORM", "NUMBA_CACHE_DIR")}
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    with tempfile.TemporaryDirectory(prefix="layerloom-bench-") as folder:
        os.environ.setdefault("NUMBA_CACHE_DIR", str(cache / "layerloom-tests" / "numba"))
        os.environ.update({name: str(Path(folder) / name.lower()) for name in names})
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        try:
            yield Path(folder)
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


@contextmanager
def opened(document: Document) -> Iterator["Desk"]:
    """A window that shows the design, with every panel as at the first start."""
    with own_home() as home:
        file = home / "measured.loom"
        save(document, file)
        desk = Desk(file)
        try:
            yield desk
        finally:
            desk.close()


class Desk:
    """A window with a design, and how to let it draw."""

    def __init__(self, file: Path) -> None:
        self.application = build_application()
        self.window = build_window(self.application, file)
        self.canvas = self.window.canvas
        self._paints = _Paints(self.canvas)
        self.rest()
        assert not self.window.at_start and self.document.nodes("main")

    @property
    def document(self) -> Document:
        """What is open."""
        return self.window.editor.document

    @property
    def size(self) -> int:
        """How many nodes there are."""
        return len(list(self.document.nodes("main")))

    @property
    def painted(self) -> int:
        """How often the canvas was painted."""
        return self._paints.count

    def before(self, node: str) -> str:
        """The node whose wire ends in this one."""
        return next(wire.source for wire in self.document.wires("main") if wire.target == node)

    def redraw(self) -> None:
        """Paints all of the canvas anew."""
        self.canvas.set_results(None)
        self.draw()

    def draw(self) -> None:
        """Lets everything that is due happen, painting last."""
        self.application.processEvents()

    def rest(self, seconds: float = 0.5) -> None:
        """Lets what waits for a pause, as the code pane does, have its pause."""
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1e3), loop.quit)
        loop.exec()

    def close(self) -> None:
        """Closes the window; nothing is asked."""
        self.window.editor.saved(self.window.editor.file or Path())
        self.window.close()
        self.window.deleteLater()
        self.draw()
