"""The gradient of a convolution's filters, by register tiles.

dw[k, c, o] = Σ_p x[p·stride + k·dilation - low, c] · dy[p, o]: for each place k of the filter a product of
columns of x with dy, whose inner axis is the pixels. A line of pixels of dy is a tap: as long as the filter's
place is inside of the image, x moves on by a stride from pixel to pixel. The lines are taken in parts that
stay in the second cache, and each part is added to all of dw before the next one.
"""

from typing import Any

from ..ops.jit import kernel
from .product import DEEP
from .tile import (
    A_STEP,
    ADD,
    B_STEP,
    COLUMNS,
    FLAGS,
    ROWS,
    TABLE,
    TAP_WORDS,
    TAPS,
    WIDE,
    WORDS,
    C as C_ROWS,
    tile,
)
from .vector import ITEM
from .words import put_word, word

AXES = 3
PART = 1024
"""Pixels whose channels are used for every filter and place before the next ones come."""

LINES = 512
"""The most lines that go into one tile."""

# The arguments, in words.
(SCRATCH, BATCH, GROUPS, DEPTH, WIDTH_OUT) = range(5)
COUNTS, SIZES, KERNEL, STRIDE, DILATION, LOW = (5 + 3 * at for at in range(6))
X, X_BATCH, X_AXES, X_GROUP = 23, 24, 25, 28
DY, DY_BATCH, DY_AXES, DY_GROUP = 29, 30, 31, 34
DW, DW_TAP, DW_ROW, DW_GROUP = 35, 36, 37, 38
GRADIENT_WORDS = 39
SCRATCH_WORDS = WORDS + 2 * ROWS + LINES * TAP_WORDS


@kernel("int64(int64, int64, int64)")
def _first(given: Any, shift: Any, axis: Any) -> Any:
    """The first pixel of dy along an axis from which the filter's place, so far away, is in the image."""
    stride = word(given, STRIDE + axis)
    return max(0, (stride - 1 - shift) // stride)


@kernel("int64(int64, int64, int64)")
def _last(given: Any, shift: Any, axis: Any) -> Any:
    """The pixel behind the last one of these."""
    stride = word(given, STRIDE + axis)
    return min(word(given, COUNTS + axis), (word(given, SIZES + axis) - 1 - shift) // stride + 1)


@kernel("void(int64, int64, int64, int64, int64)")
def _sum_up(words: Any, used: Any, flags: Any, first: Any, again: Any) -> None:
    """Sums what is in the table of taps into the tile: the first time over what stands there, if so told."""
    put_word(words, TAPS, used)
    put_word(words, FLAGS, first if flags == 0 else again)
    tile(words)


@kernel("void(int64, int64, int64, int64, int64, int64)")
def _tile_of(given: Any, words: Any, at: Any, start: Any, stop: Any, table: Any) -> None:
    """Adds the lines from `start` to `stop` to one tile of dw."""
    depth, wide = word(given, DEPTH), word(given, WIDTH_OUT)
    k1, k2 = word(given, KERNEL + 1), word(given, KERNEL + 2)
    taps = word(given, KERNEL) * k1 * k2
    down, across = (depth + ROWS - 1) // ROWS, (wide + COLUMNS - 1) // COLUMNS
    block, rest = at % down, at // down
    column, rest = rest % across * COLUMNS, rest // across
    tap, group = rest % taps, rest // taps
    dw = word(given, DW) + group * word(given, DW_GROUP) + tap * word(given, DW_TAP) + column * ITEM
    for row in range(ROWS):
        put_word(word(words, C_ROWS), row, dw + min(block * ROWS + row, depth - 1) * word(given, DW_ROW))
    put_word(words, WIDE, wide - column)
    shift0 = tap // (k1 * k2) * word(given, DILATION) - word(given, LOW)
    shift1 = tap // k2 % k1 * word(given, DILATION + 1) - word(given, LOW + 1)
    shift2 = tap % k2 * word(given, DILATION + 2) - word(given, LOW + 2)
    low, high = _first(given, shift2, 2), _last(given, shift2, 2)
    c0, c1 = word(given, COUNTS), word(given, COUNTS + 1)
    before = ADD if start > 0 else 0
    used, deep, done = 0, 0, 0
    for line in range(start, stop):
        p1, n = line % c1, line // c1
        p0, n = n % c0, n // c0
        s0, s1 = p0 * word(given, STRIDE) + shift0, p1 * word(given, STRIDE + 1) + shift1
        if not (0 <= s0 < word(given, SIZES) and 0 <= s1 < word(given, SIZES + 1)):
            continue
        x = word(given, X) + n * word(given, X_BATCH) + group * word(given, X_GROUP)
        x += s0 * word(given, X_AXES) + s1 * word(given, X_AXES + 1) + shift2 * word(given, X_AXES + 2)
        dy = word(given, DY) + n * word(given, DY_BATCH) + group * word(given, DY_GROUP)
        dy += p0 * word(given, DY_AXES) + p1 * word(given, DY_AXES + 1) + column * ITEM
        first = low
        while first < high:
            part = min(high - first, DEEP - deep)
            entry = table + 8 * used * TAP_WORDS
            place = x + first * word(given, STRIDE + 2) * word(given, X_AXES + 2)
            for row in range(ROWS):
                put_word(entry, row, place + min(block * ROWS + row, depth - 1) * ITEM)
            put_word(entry, ROWS, dy + first * word(given, DY_AXES + 2))
            put_word(entry, ROWS + 1, part)
            used, deep, first = used + 1, deep + part, first + part
            if deep == DEEP or used == LINES:
                _sum_up(words, used, done, before, ADD)
                used, deep, done = 0, 0, done + 1
    if used > 0 or done == 0:
        _sum_up(words, used, done, before, ADD)


@kernel("int64(int64, int64, int64)")
def filter_gradient(given: Any, thread: Any, threads: Any) -> int:
    """Fills dw, whose rows of output channels stand side by side; threads share tiles out."""
    depth, wide = word(given, DEPTH), word(given, WIDTH_OUT)
    words = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    rows = words + 8 * WORDS
    table = rows + 8 * 2 * ROWS
    put_word(words, TABLE, table)
    put_word(words, C_ROWS, rows)
    put_word(words, A_STEP, word(given, STRIDE + 2) * word(given, X_AXES + 2))
    put_word(words, B_STEP, word(given, DY_AXES + 2))
    total = word(given, GROUPS) * word(given, KERNEL) * word(given, KERNEL + 1) * word(given, KERNEL + 2)
    total *= ((depth + ROWS - 1) // ROWS) * ((wide + COLUMNS - 1) // COLUMNS)
    lines = word(given, BATCH) * word(given, COUNTS) * word(given, COUNTS + 1)
    each = max(1, min(LINES, PART // max(1, word(given, COUNTS + 2))))
    start = 0
    while start == 0 or start < lines:
        stop = min(start + each, lines)
        for at in range(total * thread // threads, total * (thread + 1) // threads):
            _tile_of(given, words, at, start, stop, table)
        start += each
    return 0
