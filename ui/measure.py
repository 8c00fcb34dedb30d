"""What an array is in numbers, quickly: large ones are measured at a sample of their elements. No Qt."""

from dataclasses import dataclass

import numpy as np

from core.initialise import Array

LARGEST = 1_000_000
"""Elements that are looked at; of a larger array as many, evenly spread."""


@dataclass(frozen=True)
class Measures:
    """Statistics of the finite elements; of what is no number the norm tells too."""

    mean: float
    deviation: float
    low: float
    high: float
    zeros: float
    """Their share, 0 to 1."""
    nans: int
    infinities: int
    norm: float
    """NaN or infinite where an element is."""
    is_sampled: bool
    """Whether the array was too large to look at every element."""


def sampled(array: Array, most: int = LARGEST) -> Array:
    """The elements in a row, or an even choice of them where there are too many."""
    step = -(-array.size // most)
    if step <= 1:
        return array.reshape(-1)
    # In another order than that of reading, a row of all elements would be a copy of them.
    return array.reshape(-1)[::step] if array.flags.c_contiguous else array.flat[::step]


def measure(array: Array, most: int = LARGEST) -> Measures:
    """The statistics of an array, from so many elements at most."""
    part = sampled(array, most)
    values = part.astype(np.float64)
    finite = values[np.isfinite(values)]
    scale = array.size / max(part.size, 1)
    odd = values[~np.isfinite(values)]
    nans = int(np.isnan(odd).sum())
    none = float("nan") if not finite.size and odd.size else 0.0
    squares = float((finite**2).sum() * scale)
    return Measures(
        mean=float(finite.mean()) if finite.size else none,
        deviation=float(finite.std()) if finite.size else none,
        low=float(finite.min()) if finite.size else none,
        high=float(finite.max()) if finite.size else none,
        zeros=float((finite == 0).mean()) if finite.size else 0.0,
        nans=round(nans * scale),
        infinities=round((odd.size - nans) * scale),
        norm=float("nan") if nans else float("inf") if odd.size else squares**0.5,
        is_sampled=scale > 1,
    )


def figure(value: float) -> str:
    """A number in three digits: `0.021`, `115`, `3.1e-3`."""
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "∞" if value > 0 else "-∞"
    size = abs(value)
    if size == 0:
        return "0"
    if 0.01 <= size < 9999.5:
        digits = 3 if size < 0.0995 else 2 if size < 99.95 else 1 if size < 999.5 else 0
        return f"{value:.{digits}f}"
    mantissa, _, power = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(power)}"
