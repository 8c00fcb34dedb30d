"""What an array is in numbers, quickly: large ones are measured at a sample of their elements. No Qt."""

from dataclasses import dataclass

import numpy as np

from core.initialise import Array

LARGEST = 1_000_000
"""Elements that are looked at; of a larger array as many, evenly spread."""


@dataclass(frozen=True)
class Measures:
    """Statistics of the numbers among the elements; `nans` counts the others."""

    mean: float
    deviation: float
    low: float
    high: float
    zeros: float
    """Their share, 0 to 1."""
    nans: int
    norm: float
    is_sampled: bool
    """Whether the array was too large to look at every element."""


def sampled(array: Array, most: int = LARGEST) -> Array:
    """The elements in a row, or an even choice of them where there are too many."""
    step = -(-array.size // most)
    return array.reshape(-1)[::step] if step > 1 else array.reshape(-1)


def measure(array: Array, most: int = LARGEST) -> Measures:
    """The statistics of an array, from so many elements at most."""
    part = sampled(array, most)
    values = part.astype(np.float64)
    finite = values[np.isfinite(values)]
    scale = array.size / max(part.size, 1)
    nans = round((values.size - finite.size) * scale)
    if not finite.size:
        return Measures(0.0, 0.0, 0.0, 0.0, 0.0, nans, 0.0, scale > 1)
    return Measures(
        mean=float(finite.mean()),
        deviation=float(finite.std()),
        low=float(finite.min()),
        high=float(finite.max()),
        zeros=float((finite == 0).mean()),
        nans=nans,
        norm=float(np.sqrt((finite**2).sum() * scale)),
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
