"""Where an axis is cut into parts, for frameworks that are told where parts end."""

from itertools import accumulate
from typing import Any

from ..types import Type


def ends(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Where each part but the last ends."""
    return tuple(accumulate(sizes[:-1]))


def split_ends(layer: Any) -> tuple[int, ...] | None:
    """Where a Split cuts; None where that is not known, or it gives the whole."""
    sizes = layer.sizes if isinstance(layer.sizes, tuple) else (layer.sizes,)
    return ends(sizes) if len(sizes) > 1 and all(type(size) is int for size in sizes) else None


def equal_parts(layer: Any, x: Type) -> int | None:
    """Into how many parts a Chunk cuts; None where they are not known to be equal, or it gives the whole."""
    size = x.shape[layer.dim] if isinstance(layer.dim, int) else None
    chunks = layer.chunks
    even = isinstance(size, int) and isinstance(chunks, int) and size % chunks == 0
    return chunks if even and chunks != 1 else None
