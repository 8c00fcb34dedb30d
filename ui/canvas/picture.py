"""Writes a module as a picture: PNG, SVG or PDF, by the function that paints the window."""

from collections.abc import Callable
from math import ceil
from pathlib import Path as File

from PySide6.QtCore import QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from core.document import Document
from core.problem import Path
from core.resolve import Resolution
from core.text import tr
from ui.shapes import known_sizes
from ui.theme import LIGHT, Theme

from .geometry import Geometry
from .labels import Labels
from .paint import Drawing, paint_design
from .pills import Pills
from .typeface import text_width
from .view import View

BORDER = 72.0
"""Room around the drawing, in scene units; labels and problems stand in it."""

FORMATS = (".png", ".svg", ".pdf")

LARGEST_PIXELS = 16_000
"""A longer side is scaled down to this many pixels: Qt's raster images end at 32,767."""

_POINTS_PER_UNIT = 0.75

Paint = Callable[[QPainter], object]
"""Draws everything, one scene unit a pixel."""


class PictureError(ValueError):
    """One sentence that says why a picture cannot be written."""


def drawing_of(document: Document, resolution: Resolution, path: Path = (), theme: Theme = LIGHT) -> Drawing:
    """The drawing of the module call at a path; () is the root."""
    call = resolution.call(path)
    assert call is not None, f"no module call at {path}"
    geometry = Geometry(document, call.module, text_width)
    labels = Labels(geometry, call, resolution.symbols, known_sizes(resolution))
    return Drawing(geometry, labels, Pills(geometry), theme, path)


def write_picture(drawing: Drawing, file: File, scale: float = 2.0) -> None:
    """Writes the whole drawing in the format of the file's ending; `scale` is of PNG's pixels.

    Raises PictureError for another ending, or where the file cannot be written.
    """
    box = drawing.geometry.bounds() or (0.0, 0.0, 320.0, 200.0)
    size = ceil(box[2] - box[0] + 2 * BORDER), ceil(box[3] - box[1] + 2 * BORDER)
    view = View(1.0, BORDER - box[0], BORDER - box[1])
    write_painted(
        lambda painter: paint_design(painter, drawing, view, size), size, drawing.theme, file, scale
    )


def write_painted(paint: Paint, size: tuple[int, int], theme: Theme, file: File, scale: float = 2.0) -> None:
    """Writes what `paint` draws on so many scene units, in the format of the file's ending.

    Raises PictureError as `write_picture` does.
    """
    if file.suffix.lower() not in FORMATS:
        raise PictureError(tr("a picture is written as {formats}", formats=", ".join(FORMATS)))
    ending = file.suffix.lower()
    if ending == ".png":
        written = _write_png(paint, file, theme, size, scale)
    elif ending == ".svg":
        written = _write_svg(paint, file, size)
    else:
        written = _write_pdf(paint, file, size)
    if not written:
        raise PictureError(tr("{file} cannot be written", file=str(file)))


def _write_png(paint: Paint, file: File, theme: Theme, size: tuple[int, int], scale: float) -> bool:
    width, height = size
    scale = min(scale, LARGEST_PIXELS / max(size))
    image = QImage(ceil(width * scale), ceil(height * scale), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(theme.canvas)
    with QPainter(image) as painter:
        painter.scale(scale, scale)
        paint(painter)
    return image.save(str(file))


def _write_svg(paint: Paint, file: File, size: tuple[int, int]) -> bool:
    generator = QSvgGenerator()
    generator.setFileName(str(file))
    generator.setSize(QSize(*size))
    generator.setViewBox(QRectF(0, 0, *size))
    painter = QPainter()
    if not painter.begin(generator):
        return False
    paint(painter)
    return painter.end()


def _write_pdf(paint: Paint, file: File, size: tuple[int, int]) -> bool:
    width, height = size
    writer = QPdfWriter(str(file))
    page = QPageSize(QSizeF(width * _POINTS_PER_UNIT, height * _POINTS_PER_UNIT), QPageSize.Unit.Point)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    painter = QPainter()
    if not painter.begin(writer):
        return False
    dots = writer.resolution() / 72 * _POINTS_PER_UNIT
    painter.scale(dots, dots)
    paint(painter)
    return painter.end()
