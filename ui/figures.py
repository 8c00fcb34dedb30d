"""Large numbers as people read them. No Qt."""

from collections.abc import Mapping

from core.dim import Dim, substitute, text
from core.resolve import Resolution

_UNITS = ("", " k", " M", " G", " T", " P")
_BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def count_text(count: Dim, *, short: bool = False) -> str:
    """`25,557,032`, or `25.6 M` where it is to be short; a symbolic count as it is written."""
    if not isinstance(count, int):
        return text(count)
    if not short or count < 1000:
        return f"{count:,}"
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{_three_digits(value)}{_UNITS[unit]}"


def bytes_text(count: int) -> str:
    """`97.5 MiB`."""
    value, unit = float(count), 0
    while value >= 1023.5 and unit < len(_BYTES) - 1:
        value, unit = value / 1024, unit + 1
    return f"{count} B" if unit == 0 else f"{_three_digits(value)} {_BYTES[unit]}"


def number(count: Dim, sizes: Mapping[str, int]) -> int | None:
    """The count with its sizes put in; None where one is missing."""
    found = substitute(count, sizes)
    return found if isinstance(found, int) else None


def per_sample(count: Dim, resolution: Resolution) -> Dim:
    """A count over the whole batch for one sample: the first input's first size is 1, others are bound."""
    inputs = resolution.root.inputs
    first = next((type_ for type_ in inputs if type_ is not None and type_.shape), None)
    batch = "" if first is None else text(first.shape[0])
    return substitute(count, {**resolution.symbols, **({batch: 1} if batch.isidentifier() else {})})


def _three_digits(value: float) -> str:
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f}"
