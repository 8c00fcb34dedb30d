"""Samples for an Input: drawn at random, read from a file, or the bundled digits, always of its type.

A single sample serves for the whole batch; a sample with the batch's axis says how large the batch is.
"""

from pathlib import Path

import numpy as np

from ..initialise import Array
from ..text import tr
from .chance import generator
from .input_spec import InputSpec, SampleError, check_room, input_specs, rows_fitted
from .sample_files import READERS

__all__ = ["InputSpec", "SampleError", "digits_sample", "file_sample", "input_specs", "random_sample"]

DIGITS = Path(__file__).resolve().parents[2] / "assets" / "samples" / "digits.npz"


def random_sample(spec: InputSpec, seed: int) -> Array:
    """Normal numbers, or whole ones below the bound; they depend on the seed and the input's name alone.

    An input that is a number by default is that number everywhere.

    Raises SampleError where memory would not suffice.
    """
    check_room(spec)
    chance = generator(seed, "sample", spec.name)
    if spec.is_whole:
        return chance.integers(0, spec.bound, spec.shape)
    if spec.default is not None:
        return np.full(spec.shape, spec.default, np.float32)
    return chance.standard_normal(spec.shape).astype(np.float32)


def file_sample(spec: InputSpec, path: Path) -> Array:
    """A sample from a file, read as its ending says. SampleError where it cannot be read or does not fit."""
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise SampleError(
            tr(
                "{path} is of no kind that can be read; those are {names}",
                path=path.name,
                names=", ".join(READERS),
            )
        )
    try:
        return read(spec, path)
    except OSError as error:
        raise SampleError(
            tr("cannot read {path}: {strerror}", path=path, strerror=error.strerror or error)
        ) from None


def digits_sample(spec: InputSpec, start: int = 0) -> Array:
    """Handwritten digits in order from number `start` on; their labels where whole numbers are taken.

    An image has values from 0 to 1. After the last comes the first again.
    """
    with np.load(DIGITS, allow_pickle=False) as file:
        array = file["labels"].astype(np.int64) if spec.is_whole else file["images"] / np.float32(255)
    count = spec.shape[0] if spec.type.rank else 1
    check_room(spec)
    chosen = np.take(array, np.arange(start, start + count), axis=0, mode="wrap")
    return rows_fitted(spec, chosen, "the sample of digits")
