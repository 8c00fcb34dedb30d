"""Windows that slide over spatial axes: how many there are, and which elements each tap of them sees.

A window of `kernel` taps, `dilation` apart, is moved in steps of `stride` over an axis that is padded by
`low` elements before and `high` after.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from ..condition import at_most
from ..dim import Dim, text
from ..text import tr
from ..types import ShapeError

Pads = Sequence[tuple[Dim, Dim]]
"""Elements added before and after, per spatial axis."""


D = TypeVar("D", int, Dim)


def span(kernel: D, dilation: D) -> D:
    """How many elements a window reaches over."""
    return dilation * (kernel - 1) + 1


def window_counts(
    sizes: Sequence[Dim], kernel: Sequence[Dim], stride: Sequence[Dim], pads: Pads, dilation: Sequence[Dim]
) -> tuple[Dim, ...]:
    """How many whole windows fit, per axis; ShapeError where not even one does."""
    counts: list[Dim] = []
    for size, k, s, (low, high), d in zip(sizes, kernel, stride, pads, dilation, strict=True):
        padded = size + low + high
        if not at_most(span(k, d), padded):
            raise too_large(k, d, size, padded)
        counts.append((padded - span(k, d)) // s + 1)
    return tuple(counts)


def too_large(kernel: Dim, dilation: Dim, size: Dim, padded: Dim) -> ShapeError:
    """What to raise where no window fits."""
    reach = f" (over {text(span(kernel, dilation))} with its dilation)" if dilation != 1 else ""
    border = f" ({text(padded)} with its padding)" if padded != size else ""
    return ShapeError(
        None,
        tr(
            "a kernel of {kernel}{reach} does not fit an input of {size}{border}",
            kernel=text(kernel),
            reach=reach,
            size=text(size),
            border=border,
        ),
    )


Index = tuple[Any, ...]


def taps(
    kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int], counts: Sequence[int]
) -> Iterator[tuple[Index, Index]]:
    """Each tap as an index: into kernel axes that stand behind two others, and of what it sees."""
    for place in np.ndindex(*kernel):
        axes = zip(place, stride, dilation, counts, strict=True)
        seen = (slice(k * d, k * d + (n - 1) * s + 1, s) for k, s, d, n in axes)
        yield (slice(None), slice(None), *place), (..., *seen)


def unpadded(size: Sequence[int], before: Sequence[int]) -> Index:
    """The index of what stands within the padding."""
    return (..., *(slice(low, low + n) for n, low in zip(size, before, strict=True)))
