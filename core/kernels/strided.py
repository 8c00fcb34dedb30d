"""Elements that stand apart, brought side by side for a chain and taken back; and truths as numbers."""

from typing import Any

import numpy as np

from ..ops.jit import kernel
from .vector import ITEM
from .words import bytes_at, floats, words_at


@kernel("void(int64, int64, int64, int64, int64)")
def repeat(source: Any, stride: Any, period: Any, target: Any, count: Any) -> None:
    """Fills a block with a short row again and again."""
    x, y = floats(source), floats(target)
    step = stride // ITEM
    for i in range(min(period, count)):
        y[i] = x[i * step]
    for i in range(period, count):
        y[i] = y[i - period]


@kernel("void(int64, int64, int64, int64)")
def gather(source: Any, stride: Any, target: Any, count: Any) -> None:
    """Brings strided elements together."""
    x, y = floats(source), floats(target)
    step = stride // ITEM
    for i in range(count):
        y[i] = x[i * step]


@kernel("void(int64, int64, int64, int64)")
def scatter(source: Any, target: Any, stride: Any, count: Any) -> None:
    """Puts elements that stand together where they belong."""
    x, y = floats(source), floats(target)
    step = stride // ITEM
    for i in range(count):
        y[i * step] = x[i]


@kernel("void(int64, int64, int64, int64)")
def read_truths(source: Any, stride: Any, target: Any, count: Any) -> None:
    """Brings strided bytes together as the numbers 1, where they are not 0, and 0."""
    x, y = bytes_at(source), floats(target)
    if stride == 1:
        for i in range(count):
            y[i] = np.float32(x[i] != 0)
    else:
        for i in range(count):
            y[i] = np.float32(x[i * stride] != 0)


@kernel("void(int64, int64, int64, int64)")
def read_whole(source: Any, stride: Any, target: Any, count: Any) -> None:
    """Brings strided 64-bit integers together as the numbers 1, where they are not 0, and 0."""
    x, y = words_at(source), floats(target)
    step = stride // 8
    for i in range(count):
        y[i] = np.float32(x[i * step] != 0)


@kernel("void(int64, int64, int64, int64)")
def note_truths(source: Any, target: Any, stride: Any, count: Any) -> None:
    """Puts numbers that stand together where they belong, as bytes: 1 where they are not 0."""
    x, y = floats(source), bytes_at(target)
    if stride == 1:
        for i in range(count):
            y[i] = np.uint8(x[i] != 0)
    else:
        for i in range(count):
            y[i * stride] = np.uint8(x[i] != 0)
