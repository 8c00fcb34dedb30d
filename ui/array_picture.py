"""Arrays as pictures: images, feature maps, heat maps, histograms."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from core.initialise import Array

from .colours import diverging, sequential
from .measure import sampled
from .style import current_theme

MOST = 8
"""Pictures of one value that stand side by side."""

LONGEST_SIDE = 256
"""Pixels; a longer axis is thinned out."""

WIDEST_ROW = 512
"""Elements of a last axis that a heat map can still show."""

BINS = 44

STRIP = (240, 48)
"""How many pixels a strip under a node is wide and high at least."""

MANY_ZEROS = 0.2
"""A larger share of zeros is left out of histograms: its bar would flatten all others."""


def pictures(array: Array, *, centred: bool = False) -> list[QImage]:
    """Small pictures of a value (N, …): its samples where they are images, else the channels of the first.

    `centred` shows zero as the middle of the colours, as gradients and weights are. Empty for a scalar.
    """
    if array.size == 0 or array.ndim == 0 or array.dtype.kind != "f":
        return []
    if array.ndim >= 4:
        return _of_images(array.reshape(-1, *array.shape[-3:]), centred)
    if array.ndim == 3:
        return [_wide(heat_map(array[0], centred=centred))]
    if array.ndim == 2 and array.shape[1] <= WIDEST_ROW and array.shape[0] > 1:
        return [_wide(heat_map(array, centred=centred))]
    return [histogram(array, 96, 24)]


def sample_maps(array: Array, sample: int, *, centred: bool = False) -> list[QImage]:
    """The feature maps of one sample (N, C, H, W), on one scale of colours."""
    maps = array[sample]
    low, high = _span(maps, centred)
    return [_coloured(_thinned(each), low, high, centred) for each in maps]


def heat_map(array: Array, *, centred: bool = False) -> QImage:
    """A matrix (H, W) as colours."""
    matrix = _thinned(array.reshape(-1, array.shape[-1]))
    low, high = _span(matrix, centred)
    return _coloured(matrix, low, high, centred)


def is_image(array: Array) -> bool:
    """Whether (N, C, H, W) holds pictures: one or three channels from 0 to 1."""
    if array.ndim != 4 or array.shape[1] not in (1, 3):
        return False
    part = sampled(array)
    return bool(np.isfinite(part).all() and part.min() >= 0 and 0.05 < part.max() <= 1)


def as_image(pixels: Array) -> QImage:
    """One picture (C, H, W) with values from 0 to 1, in grey or in colour."""
    channels = np.repeat(pixels, 3, axis=0) if pixels.shape[0] == 1 else pixels
    thin = np.stack([_thinned(channel) for channel in channels], axis=-1)  # (H, W, 3)
    return _image(np.rint(np.clip(np.nan_to_num(thin), 0, 1) * 255).astype(np.uint8))


def histogram(array: Array, width: int, height: int, colour: str = "") -> QImage:
    """How often values occur, as bars in a colour of the theme."""
    image = QImage(width * 2, height * 2, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.scale(2, 2)
    paint_histogram(painter, array, QRectF(0, 0, width, height), colour)
    painter.end()
    return image


def paint_histogram(painter: QPainter, array: Array, place: QRectF, colour: str = "") -> None:
    """Draws the bars into a place; nothing where there is no number."""
    values = sampled(array).astype(np.float64)
    values = values[np.isfinite(values)]
    if has_many_zeros(values):
        values = values[values != 0]
    if not values.size:
        return
    bins = max(8, min(BINS, int(place.width() // 3)))
    counts = _counted(values, bins)
    wide = place.width() / bins
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour or current_theme().category("convolution")))
    for index, share in enumerate((counts / counts.max()).tolist()):
        high = max(1.0, share * (place.height() - 1)) if share else 0.6
        painter.drawRect(QRectF(place.left() + index * wide, place.bottom() - high, max(1.0, wide - 1), high))


def _counted(values: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    """How many values are in each of even bins from least to largest; where all are alike, in the middle."""
    low, high = float(values.min()), float(values.max())
    if (high - low) / bins <= np.spacing(max(abs(low), abs(high))):
        # So close together, NumPy finds no edges for the bins.
        return np.bincount([bins // 2], minlength=bins)
    return np.histogram(values, bins=bins, range=(low, high))[0]


def has_many_zeros(values: Array) -> bool:
    """Whether a histogram leaves zeros out."""
    zeros = int((values == 0).sum())
    return MANY_ZEROS * values.size < zeros < values.size


def grid(images: Sequence[QImage], width: int, *, least: int = 34, gap: int = 4) -> QImage:
    """Pictures in rows that fill a width, each enlarged without blur."""
    columns = max(1, min(len(images), MOST, (width + gap) // (least + gap)))
    side = (width - gap * (columns - 1)) / columns
    tall = side * images[0].height() / max(1, images[0].width())
    rows = ceil(len(images) / columns)
    made = QImage(width * 2, ceil(rows * (tall + gap) - gap) * 2, QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.scale(2, 2)
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        painter.drawImage(QRectF(column * (side + gap), row * (tall + gap), side, tall), image)
    painter.end()
    return made


def _of_images(array: Array, centred: bool) -> list[QImage]:
    if not centred and is_image(array):
        return [as_image(each) for each in array[:MOST]]
    return sample_maps(array[:, :MOST], 0, centred=centred)


def _wide(image: QImage) -> QImage:
    """The picture stretched to a strip, each element a sharp block."""
    across = -(-STRIP[0] // image.width()) * image.width()
    down = max(1, STRIP[1] // image.height()) * image.height()
    return image.scaled(max(across, STRIP[0] * down // STRIP[1]), down)


def _thinned(matrix: Array) -> Array:
    steps = tuple(slice(None, None, -(-size // LONGEST_SIDE) or 1) for size in matrix.shape)
    return matrix[steps]


def _span(array: Array, centred: bool) -> tuple[float, float]:
    values = sampled(array)
    values = values[np.isfinite(values)]
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if centred:
        size = max(abs(low), abs(high))
        return -size, size
    return (min(low, 0.0), high) if low >= 0 else (low, high)


def _coloured(matrix: Array, low: float, high: float, centred: bool) -> QImage:
    """A matrix in colours; what is no number has the colour of errors."""
    values = matrix.astype(np.float64)
    known = np.isfinite(values)
    part = (np.where(known, values, low) - low) / (high - low) if high > low else np.full(values.shape, 0.5)
    table = diverging() if centred else sequential()
    pixels = table[np.rint(np.clip(part, 0, 1) * (len(table) - 1)).astype(np.intp)]
    if not known.all():
        pixels[~known] = _error_colour()
    return _image(pixels)


def _error_colour() -> tuple[int, int, int]:
    colour = QColor(current_theme().error)
    return colour.red(), colour.green(), colour.blue()


def _image(pixels: NDArray[np.uint8]) -> QImage:
    """(H, W, 3) as a picture of its own."""
    solid = np.ascontiguousarray(pixels)
    height, width, _ = solid.shape
    return QImage(solid.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
