"""The gradient of 3×3 filters with Winograd's transforms, 2.25 or 4 times fewer products than places.

dw = G^T [Σ (B^T d B) ⊙ (A dy A^T)] G over all squares d of the image and dy of the result (Lavin and Gray
2016, their transforms turned around): at each point a product of columns, whose inner axis is the squares. A
block of squares at a time goes to points, and is added to the sums there. Where one block is all, the sums of
some channels come to the places of the filter before those of the next: they never go to memory.
"""

from typing import Any

from ..ops.jit import kernel
from .fetch import fetch
from .tile import (
    A_NEXT,
    A_STEP,
    ADD,
    B_STEP,
    C_NEXT,
    COLUMNS,
    FLAGS,
    ROWS,
    TABLE,
    TAP_WORDS,
    TAPS,
    TILES,
    WIDE,
    WORDS,
    C,
    tile,
)
from .vector import CACHE_LINE, ITEM, WIDTH
from .winograd import MOST, row_bytes, step_bytes
from .winograd_matrices import FILTER
from .winograd_transforms import (
    collect_2,
    collect_4,
    spread_gradient_2,
    spread_gradient_4,
    spread_image_2,
    spread_image_4,
)
from .words import put_word, word

# Where dw stands, in words: its filters stand side by side.
TARGET_WORDS = 4
DW, DW_DOWN, DW_ACROSS, DW_DEPTH = range(TARGET_WORDS)

# The arguments, in words. A square is SIZE pixels of dy along both axes; BLOCK of them go to points together.
# With more PARTS than one each thread has sums of its own, else channels of its own. They stand at SUMS;
# where that is 0 they come to dw, the TARGET, at once.
GRADIENT_WORDS = 24 + TARGET_WORDS
(
    SCRATCH, SCRATCH_BYTES, SIZE, BATCH, DEPTH, OUT_CHANNELS, BLOCK, PARTS,
    IN_HEIGHT, IN_WIDTH, OUT_HEIGHT, OUT_WIDTH, LOW_DOWN, LOW_ACROSS,
    X, X_BATCH, X_DOWN, X_ACROSS, DY, DY_BATCH, DY_DOWN, DY_ACROSS, ZEROS, SUMS, TARGET, *_,
) = range(GRADIENT_WORDS)  # fmt: skip

STRIP = 3 * WIDTH
"""Channels of x that stand together where all squares are summed at once: whole vectors, and whole tiles."""

OWN_WORDS = WORDS + TAP_WORDS + ROWS + MOST
_ROOM = -(-8 * OWN_WORDS // CACHE_LINE) * CACHE_LINE


def gradient_scratch_bytes(points: int, block: int, depth: int, wide: int, at_once: bool) -> int:
    """Bytes that a thread needs: tables, and a block's squares of x and of dy at points.

    `at_once` the former in strips, one panel of the latter, and the sums of these two.
    """
    if at_once:
        strips, strip = -(-depth // STRIP), step_bytes(block, STRIP * ITEM)
        both = strips * strip + step_bytes(block, COLUMNS * ITEM) + step_bytes(STRIP, COLUMNS * ITEM)
    else:
        both = step_bytes(block, row_bytes(depth)) + step_bytes(block, row_bytes(wide))
    return int(_ROOM + points * both + COLUMNS * ITEM)


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64, int64)")
def _spread_x(
    given: Any, table: Any, first: Any, last: Any, channel: Any, channels: Any, v: Any, row: Any, step: Any
) -> None:
    """Brings some channels of squares of x to points, `step` bytes apart, each with a row for each square."""
    size = word(given, SIZE)
    n = size + FILTER - 1
    down = (word(given, OUT_HEIGHT) + size - 1) // size
    across = (word(given, OUT_WIDTH) + size - 1) // size
    by_row, by_pixel = word(given, X_DOWN), word(given, X_ACROSS)
    for square in range(first, last):
        i = square // across % down * size - word(given, LOW_DOWN)
        j = square % across * size - word(given, LOW_ACROSS)
        image = word(given, X) + square // (across * down) * word(given, X_BATCH) + channel * ITEM
        for p in range(n):
            line = image + (i + p) * by_row
            fetch(line + (j + n) * by_pixel, by_pixel, size, channels * ITEM)  # of the next square
            inside = 0 <= i + p < word(given, IN_HEIGHT)
            for q in range(n):
                seen = inside and 0 <= j + q < word(given, IN_WIDTH)
                put_word(table, p * n + q, line + (j + q) * by_pixel if seen else word(given, ZEROS))
        if size == 2:
            spread_image_2(table, v + (square - first) * row, step, channels)
        else:
            spread_image_4(table, v + (square - first) * row, step, channels)


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64, int64)")
def _spread_dy(
    given: Any, table: Any, first: Any, last: Any, channel: Any, channels: Any, m: Any, row: Any, step: Any
) -> None:
    """The same of dy."""
    size = word(given, SIZE)
    down = (word(given, OUT_HEIGHT) + size - 1) // size
    across = (word(given, OUT_WIDTH) + size - 1) // size
    for square in range(first, last):
        i, j = square // across % down * size, square % across * size
        image = word(given, DY) + square // (across * down) * word(given, DY_BATCH) + channel * ITEM
        for p in range(size):
            line = image + (i + p) * word(given, DY_DOWN) + j * word(given, DY_ACROSS)
            after = line + size * word(given, DY_ACROSS)
            fetch(after, word(given, DY_ACROSS), size, channels * ITEM)
            for q in range(size):
                seen = i + p < word(given, OUT_HEIGHT) and j + q < word(given, OUT_WIDTH)
                place = line + q * word(given, DY_ACROSS)
                put_word(table, p * size + q, place if seen else word(given, ZEROS))
        if size == 2:
            spread_gradient_2(table, m + (square - first) * row, step, channels)
        else:
            spread_gradient_4(table, m + (square - first) * row, step, channels)


@kernel("void(int64, int64, int64, int64, int64)")
def _sum_tiles(mine: Any, channels: Any, a: Any, c: Any, by_row: Any) -> None:
    """Sums the tiles of so many channels, which stand side by side at `a`, to rows at `c`."""
    tap = mine + 8 * WORDS
    rows = tap + 8 * TAP_WORDS
    put_word(mine, A_NEXT, ROWS * ITEM)
    put_word(mine, C_NEXT, ROWS * by_row)
    first = 0
    while first < channels:
        have, tiles = min(ROWS, channels - first), max(1, (channels - first) // ROWS)
        put_word(mine, TILES, tiles)
        for row in range(ROWS):
            channel = first + min(row, have - 1)
            put_word(tap, row, a + channel * ITEM)
            put_word(rows, row, c + channel * by_row)
        tile(mine)
        first += tiles * ROWS


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64, int64)")
def _multiply(
    given: Any, mine: Any, begin: Any, end: Any, squares: Any, v: Any, m: Any, sums: Any, again: Any
) -> None:
    """Adds the products of so many squares to the sums of channels `begin` to `end`, or sets these."""
    n = word(given, SIZE) + FILTER - 1
    depth, wide = word(given, DEPTH), word(given, OUT_CHANNELS)
    x_row = row_bytes(depth)
    dy_row = row_bytes(wide)
    v_step, m_step = step_bytes(word(given, BLOCK), x_row), step_bytes(word(given, BLOCK), dy_row)
    tap = mine + 8 * WORDS
    put_word(mine, A_STEP, x_row)
    put_word(mine, B_STEP, dy_row)
    put_word(mine, FLAGS, again)
    put_word(tap, ROWS + 1, squares)
    for point in range(n * n):
        for column in range(0, wide, COLUMNS):
            put_word(mine, WIDE, wide - column)
            put_word(tap, ROWS, m + point * m_step + column * ITEM)
            c = sums + (point * depth + begin) * dy_row + column * ITEM
            _sum_tiles(mine, end - begin, v + point * v_step, c, dy_row)


@kernel("int64(int64, int64, int64, int64)")
def _place(target: Any, tap: Any, channel: Any, column: Any) -> Any:
    """Where dw of a filter's place stands, for a channel, from a column on."""
    down, across = tap // FILTER * word(target, DW_DOWN), tap % FILTER * word(target, DW_ACROSS)
    return word(target, DW) + down + across + channel * word(target, DW_DEPTH) + column * ITEM


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64, int64, int64)")
def _collect(
    target: Any, size: Any, channel: Any, column: Any, wide: Any,
    source: Any, step: Any, parts: Any, apart: Any, table: Any,
) -> None:  # fmt: skip
    """dw of a channel, for so many filters beginning with one: from sums at points, `step` bytes apart.

    There are so many parts of them, `apart`, which are added up first.
    """
    for tap in range(FILTER**2):
        put_word(table, tap, _place(target, tap, channel, column))
    if size == 2:
        collect_2(source, step, parts, apart, table, wide)
    else:
        collect_4(source, step, parts, apart, table, wide)


@kernel("void(int64, int64, int64, int64, int64)")
def _at_once(given: Any, mine: Any, begin: Any, end: Any, v: Any) -> None:
    """dw of channels `begin` to `end`, of which a STRIP at a time is summed with a panel of filters.

    What these have at points stands together, for all squares. dw is asked for while sums are made.
    """
    size, wide, squares = word(given, SIZE), word(given, OUT_CHANNELS), word(given, BLOCK)
    points = (size + FILTER - 1) ** 2
    step, sums_step = step_bytes(squares, STRIP * ITEM), step_bytes(STRIP, COLUMNS * ITEM)
    m_step = step_bytes(squares, COLUMNS * ITEM)
    m = v + (end - begin + STRIP - 1) // STRIP * points * step
    sums = m + points * m_step
    tap = mine + 8 * WORDS
    table = tap + 8 * (TAP_WORDS + ROWS)
    put_word(mine, A_STEP, STRIP * ITEM)
    put_word(mine, B_STEP, COLUMNS * ITEM)
    put_word(mine, FLAGS, 0)
    put_word(tap, ROWS + 1, squares)
    for start in range(begin, end, STRIP):
        into = v + (start - begin) // STRIP * points * step
        _spread_x(given, table, 0, squares, start, min(STRIP, end - start), into, STRIP * ITEM, step)
    for column in range(0, wide, COLUMNS):
        some = min(COLUMNS, wide - column)
        put_word(mine, WIDE, some)
        _spread_dy(given, table, 0, squares, column, some, m, COLUMNS * ITEM, m_step)
        for start in range(begin, end, STRIP):
            stop = min(end, start + STRIP)
            for point in range(points):
                a = v + ((start - begin) // STRIP * points + point) * step
                low = start + (stop - start) * point // points
                high = start + (stop - start) * (point + 1) // points
                for at in range(FILTER**2):
                    place = _place(given + 8 * TARGET, at, low, column)
                    fetch(place, word(given, TARGET + DW_DEPTH), high - low, some * ITEM)
                put_word(tap, ROWS, m + point * m_step)
                _sum_tiles(mine, stop - start, a, sums + point * sums_step, COLUMNS * ITEM)
            for channel in range(start, stop):
                source = sums + (channel - start) * COLUMNS * ITEM
                _collect(given + 8 * TARGET, size, channel, column, some, source, sums_step, 1, 0, table)


@kernel("int64(int64, int64, int64)", words=GRADIENT_WORDS)
def winograd_gradient(given: Any, thread: Any, threads: Any) -> int:
    """Sums at points, (PARTS, side², depth, row of filters), or dw, from (N, C, H, W) and (N, O, P, Q)."""
    size, depth = word(given, SIZE), word(given, DEPTH)
    n = size + FILTER - 1
    down = (word(given, OUT_HEIGHT) + size - 1) // size
    across = (word(given, OUT_WIDTH) + size - 1) // size
    squares = word(given, BATCH) * down * across
    x_row, dy_row = row_bytes(depth), row_bytes(word(given, OUT_CHANNELS))
    mine = word(given, SCRATCH) + thread * word(given, SCRATCH_BYTES)
    table = mine + 8 * (WORDS + TAP_WORDS + ROWS)
    v = mine + _ROOM
    v_step, m_step = step_bytes(word(given, BLOCK), x_row), step_bytes(word(given, BLOCK), dy_row)
    m = v + n * n * v_step
    put_word(mine, TABLE, mine + 8 * WORDS)
    put_word(mine, TAPS, 1)
    put_word(mine, C, mine + 8 * (WORDS + TAP_WORDS))
    begin, end, first, last, sums = 0, depth, 0, squares, word(given, SUMS)
    if word(given, PARTS) > 1:
        first, last = squares * thread // threads, squares * (thread + 1) // threads
        sums += thread * n * n * depth * dy_row
    else:
        blocks = (depth + ROWS - 1) // ROWS
        begin = blocks * thread // threads * ROWS
        end = min(depth, blocks * (thread + 1) // threads * ROWS)
    if begin >= end:
        return 0
    if word(given, SUMS) == 0:
        _at_once(given, mine, begin, end, v)
        return 0
    again = 0
    for start in range(first, last, word(given, BLOCK)):
        stop = min(last, start + word(given, BLOCK))
        _spread_x(given, table, start, stop, begin, end - begin, v, x_row, v_step)
        _spread_dy(given, table, start, stop, 0, word(given, OUT_CHANNELS), m, dy_row, m_step)
        _multiply(given, mine, begin, end, stop - start, v, m, sums, again)
        again = ADD
    return 0


# The arguments of `winograd_collect`, in words.
COLLECT_WORDS = 6 + TARGET_WORDS
(
    COLLECT_SCRATCH, COLLECT_SIZE, COLLECT_DEPTH, COLLECT_WIDE, COLLECT_PARTS, COLLECTED, COLLECT_TARGET, *_,
) = range(COLLECT_WORDS)  # fmt: skip


@kernel("int64(int64, int64, int64)", words=COLLECT_WORDS)
def winograd_collect(given: Any, thread: Any, threads: Any) -> int:
    """dw from the sums at points, in the order of threads."""
    size, depth, wide = word(given, COLLECT_SIZE), word(given, COLLECT_DEPTH), word(given, COLLECT_WIDE)
    n = size + FILTER - 1
    row = row_bytes(wide)
    table = word(given, COLLECT_SCRATCH) + thread * 8 * FILTER**2
    step, parts = depth * row, word(given, COLLECT_PARTS)
    for channel in range(depth * thread // threads, depth * (thread + 1) // threads):
        source, target = word(given, COLLECTED) + channel * row, given + 8 * COLLECT_TARGET
        _collect(target, size, channel, 0, wide, source, step, parts, n * n * step, table)
    return 0
