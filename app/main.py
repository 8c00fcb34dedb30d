"""The window's composition root: the application, its look, its memory, and the window itself."""

import gc
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from core.trust import Trust
from ui.icons import application_icon
from ui.style import apply_theme
from ui.theme import THEMES, Theme

from .memory import Remembered
from .settings import Settings, load_settings, trust_path

if TYPE_CHECKING:
    from ui.window import Window


def open_window(file: Path | None = None) -> int:
    """Opens the window, with a design where one is given, and returns the exit code once it is closed."""
    application = build_application()
    window = build_window(application, file)
    signal.signal(signal.SIGINT, lambda number, frame: window.close())
    return application.exec()


def build_application() -> QApplication:
    """Qt's application under the program's name."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Layerloom")
    application.setApplicationDisplayName("Layerloom")
    application.setDesktopFileName("layerloom")
    application.setWindowIcon(application_icon())
    return application


def build_window(application: QApplication, file: Path | None) -> "Window":
    """The window as the settings want it, shown; it opens the file once it is drawn."""
    loaded = load_settings()
    apply_theme(application, theme_of(loaded.settings, application))
    from ui.canvas.accessible import install
    from ui.editor import Joined
    from ui.window import Window  # after the look stands, as it draws with it

    install()
    sentences = [loaded.warning] if loaded.warning else []
    memory = Remembered(loaded.settings, sentences.append, Trust(trust_path()))
    window = Window(memory, command_line())
    memory.tell = window.say
    window.show()
    # The window is drawn before what takes longer.
    QTimer.singleShot(0, lambda: window.begin(file, sentences))
    window.runs.runner.start_soon()
    window.editor.add_view(Joined(lambda document, resolver: settle_memory_soon(), lambda *change: None))
    return window


def command_line() -> tuple[str, ...]:
    """What starts this very program's command line, in whatever folder."""
    # Without -P the folder of the file would come first, and a module in it hide one of Python's own.
    return sys.executable, "-P", str(Path(__file__).with_name("__main__.py"))


def settle_memory_soon() -> None:
    """Takes what the program and the open design stand on out of the garbage collector's sight.

    A full collection goes through every object, 0.1 s with a design of 2,000 nodes, and comes in the middle
    of an edit or a drag; from now on it only sees what was made since. What a closed design left is freed.
    """
    QTimer.singleShot(0, _settle_memory)


def _settle_memory() -> None:
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def theme_of(settings: Settings, application: QApplication) -> Theme:
    """The theme of the settings; the system's choice of light or dark where they leave it to that."""
    if settings.theme != "system":
        return THEMES[settings.theme]
    dark = application.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return THEMES["dark" if dark else "light"]
