"""Reads samples from files: arrays of NumPy (never a pickle), tables of numbers, pictures."""

import csv
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..initialise import Array
from ..text import tr
from .input_spec import InputSpec, SampleError, fitted, rows_fitted

PICKLE_MARK = b"\x80"
"""The first byte of a pickle."""

_BROKEN = (ValueError, EOFError, KeyError, MemoryError, zipfile.BadZipFile, zlib.error, NotImplementedError)


def read_npy(spec: InputSpec, path: Path) -> Array:
    """The array of an .npy file."""
    try:
        with path.open("rb") as file:
            if file.peek(1)[:1] == PICKLE_MARK:
                raise _pickled(path)
            array = np.lib.format.read_array(file, allow_pickle=False)
    except SampleError:
        raise
    except _BROKEN as error:
        raise _refusal(path, error) from None
    return fitted(spec, array, path.name)


def read_npz(spec: InputSpec, path: Path) -> Array:
    """The array of an .npz file that has the input's name, or the only one."""
    [array] = _read_archive(path, lambda names: [_chosen(spec, path, names)]).values()
    return fitted(spec, array, path.name)


def read_arrays(path: Path) -> dict[str, Array]:
    """Every array of an .npz file by its name. Raises SampleError, or OSError where it cannot be read."""
    return _read_archive(path, lambda names: names)


def _chosen(spec: InputSpec, path: Path, names: list[str]) -> str:
    if spec.name in names or len(names) == 1:
        return spec.name if spec.name in names else names[0]
    held = ", ".join(names) or "nothing"
    raise SampleError(
        tr(
            "{path} holds {held}, but no array named {spec}",
            path=path.name,
            held=held,
            spec=spec.name,
        )
    )


def _read_archive(path: Path, choose: Callable[[list[str]], list[str]]) -> dict[str, Array]:
    if not zipfile.is_zipfile(path):
        path.open("rb").close()  # a missing file is told as such
        raise SampleError(tr("{path} is not an archive of arrays", path=path.name))
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: np.asarray(archive[name]) for name in choose(list(archive.files))}
    except SampleError:
        raise
    except _BROKEN as error:
        raise _refusal(path, error) from None


def _refusal(path: Path, error: Exception) -> SampleError:
    if "allow_pickle" in str(error):
        return _pickled(path)
    return SampleError(tr("{path} is not an array file, or is damaged", path=path.name))


def _pickled(path: Path) -> SampleError:
    return SampleError(tr("{path} holds a pickle, which could run code and is not opened", path=path.name))


def read_csv(spec: InputSpec, path: Path) -> Array:
    """A table, each row a sample; a first line that holds no number is a heading."""
    return rows_fitted(spec, read_table(path)[1], path.name)


def read_table(path: Path) -> tuple[list[str], Array]:
    """A .csv file's heading, empty where there is none, and its numbers, (rows, columns)."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except (UnicodeDecodeError, csv.Error):
        raise SampleError(
            tr("{path} is not a table of numbers separated by commas", path=path.name)
        ) from None
    heading: list[str] = []
    if rows and not any(_is_number(cell) for cell in rows[0]):
        heading = [cell.strip() for cell in rows.pop(0)]
    if not rows:
        raise SampleError(tr("{path} holds no rows", path=path.name))
    return heading, np.array(_numbers(path, rows))


def _numbers(path: Path, rows: list[list[str]]) -> list[list[float]]:
    for place, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise SampleError(
                tr(
                    "{path} has {count} values in row {place} and {count2} in row 1",
                    path=path.name,
                    count=len(row),
                    place=place,
                    count2=len(rows[0]),
                )
            )
        wrong = next((cell for cell in row if not _is_number(cell)), None)
        if wrong is not None:
            raise SampleError(
                tr(
                    "{path} has {wrong} in row {place}, expected a number",
                    path=path.name,
                    wrong=repr(wrong),
                    place=place,
                )
            )
    return [[float(cell) for cell in row] for row in rows]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def read_picture(spec: InputSpec, path: Path) -> Array:
    """A PNG or JPEG as grey or RGB by the input's channels, resized to its height and width, from 0 to 1."""
    channels, height, width = _picture_shape(spec, path)
    from PIL import Image, UnidentifiedImageError  # only pictures need it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as picture:
                mode = picture.convert("L" if channels == 1 else "RGB")
        pixels = np.asarray(mode.resize((width, height), Image.Resampling.BILINEAR), np.float32)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise SampleError(tr("{path} has too many pixels for a sample", path=path.name)) from None
    except (UnidentifiedImageError, SyntaxError, ValueError):
        raise SampleError(tr("{path} is not a PNG or JPEG picture", path=path.name)) from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise SampleError(tr("{path} is a damaged picture", path=path.name)) from None
    axes = pixels[..., np.newaxis] if channels == 1 else pixels  # (H, W, C)
    return fitted(spec, np.moveaxis(axes, 2, 0) / np.float32(255), path.name)


def _picture_shape(spec: InputSpec, path: Path) -> tuple[int, int, int]:
    shape = spec.shape[-3:]
    if spec.type.rank not in (3, 4) or spec.is_whole or shape[0] not in (1, 3):
        raise SampleError(
            tr(
                "{path} is a picture, {spec} takes {spec2}, not one or three channels",
                path=path.name,
                spec=spec.name,
                spec2=spec,
            )
        )
    channels, height, width = shape
    return channels, height, width


READERS: dict[str, Callable[[InputSpec, Path], Array]] = {
    ".npy": read_npy,
    ".npz": read_npz,
    ".csv": read_csv,
    ".png": read_picture,
    ".jpg": read_picture,
    ".jpeg": read_picture,
}
"""How a file is read, by its ending."""
