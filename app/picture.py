"""A design, or two beside each other, as a picture file, drawn without a window; needs no display."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from core.document import Document
from core.files import FileError
from core.resolve import Resolution
from core.text import tr
from ui.canvas.picture import PictureError, drawing_of, write_painted, write_picture
from ui.fonts import load_fonts
from ui.side_by_side import Compared, SideBySide
from ui.theme import THEMES

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def draw(document: Document, resolution: Resolution, path: Path, theme: str = "light") -> None:
    """Draws the whole network into an .svg, .png or .pdf. FileError where it cannot be written."""
    with _drawing_into(path):
        write_picture(drawing_of(document, resolution, theme=THEMES[theme]), path)


def draw_apart(a: Compared, b: Compared, path: Path, theme: str = "light") -> None:
    """Draws two designs beside each other, where they part marked. FileError as above."""
    with _drawing_into(path):
        picture = SideBySide(a, b, THEMES[theme])
        write_painted(picture.paint, picture.size, THEMES[theme], path)


@contextmanager
def _drawing_into(path: Path) -> Iterator[None]:
    """Room for drawing into a file: an application, fonts, and a FileError where it cannot be written."""
    application = QGuiApplication.instance() or _application()
    load_fonts()
    try:
        with path.open("ab"):  # Qt says only that it failed; the system says why
            pass
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(tr("cannot write {file}: {reason}", file=path, reason=reason)) from None
    except PictureError as error:
        raise FileError(str(error)) from None
    assert application is not None, "Qt draws nothing without an application"


def _application() -> QGuiApplication:
    """An application for text and pixels; off the screen where there is none."""
    if os.name == "posix" and not any(os.environ.get(name) for name in _DISPLAYS):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return QApplication(["layerloom"])
