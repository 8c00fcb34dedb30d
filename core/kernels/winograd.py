"""Convolutions by 3×3 filters with Winograd's transforms: 2.25 or 4 times fewer products than places.

The image is cut in squares that overlap by two pixels. For a block of them: every square goes to points, V;
for each point a product of V with some filters there, M, by register tiles; M goes back to pixels. What a
block has of V and M stays near. The gradient of the input is the same, with filters turned around.

Filters at points are up to four times as many numbers. Those that one block alone sees, in this run, need not
go to memory: some channels of some panels are brought to points just before they are multiplied with.
"""

from typing import Any

from ..ops.jit import kernel
from .fetch import fetch
from .parts import SUMMED_TOGETHER
from .tile import (
    A_NEXT,
    A_STEP,
    ADD,
    AHEAD,
    AHEAD_NEXT,
    AHEAD_TILES,
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
    parted_tile,
)
from .vector import CACHE_LINE, ITEM
from .winograd_filters import FILTER_SCRATCH_BYTES, SOURCE_WORDS, filters_to_points, point_bytes
from .winograd_matrices import FILTER
from .winograd_transforms import gather_2, gather_4, spread_image_2, spread_image_4
from .words import put_word, word

MOST = 36
"""Points of the larger transform."""

MADE_TOGETHER = 64
"""Channels of filters that come to points together: half a megabyte of 64 filters and larger squares."""

SHORT = {2: 32, 4: 16}
"""Products of M that are summed together where results shall be precise, by the pixels of a square's side."""

_TABLE_WORDS = SUMMED_TOGETHER // min(SHORT.values()) * TAP_WORDS

# The arguments, in words. A square is SIZE pixels of the result along both axes; a group is ROWS squares, and
# a block BLOCK groups, which meet PANELS panels of filters together. An image is IN_HEIGHT by IN_WIDTH pixels
# of DEPTH channels, the result OUT_HEIGHT by OUT_WIDTH of OUT_CHANNELS; its first pixel sees LOW pixels
# outside. TOGETHER products are summed for M. FILTERS are at points, or 0: then they are made of the SOURCE,
# told in words as by `winograd_filters`.
WINOGRAD_WORDS = 31 + SOURCE_WORDS
(
    SCRATCH, SCRATCH_BYTES, SIZE, BATCH, DEPTH, OUT_CHANNELS, BLOCK,
    IN_HEIGHT, IN_WIDTH, OUT_HEIGHT, OUT_WIDTH, LOW_DOWN, LOW_ACROSS,
    X, X_BATCH, X_DOWN, X_ACROSS, FILTERS, Y, Y_BATCH, Y_DOWN, Y_ACROSS,
    ZEROS, FOLLOWING, BIAS, RESIDUAL, RESIDUAL_BATCH, RESIDUAL_DOWN, RESIDUAL_ACROSS, TOGETHER, PANELS,
    SOURCE, *_,
) = range(WINOGRAD_WORDS)  # fmt: skip

OWN_WORDS = WORDS + _TABLE_WORDS + ROWS + 2 * MOST
_ROOM = -(-8 * OWN_WORDS // CACHE_LINE) * CACHE_LINE


@kernel("int64(int64)")
def row_bytes(columns: Any) -> Any:
    """Bytes of a row of so many floats, in whole lines.

    Of a multiple of 8 lines one more: else a column would fall on few places of the first cache.
    """
    lines = (columns * ITEM + CACHE_LINE - 1) // CACHE_LINE
    return (lines + (1 if lines % 8 == 0 else 0)) * CACHE_LINE


@kernel("int64(int64, int64)")
def step_bytes(squares: Any, row: Any) -> Any:
    """Bytes from one point to the next, each with a row of so many bytes for every square.

    A line lies between them: else all points of V, and of M, would fall on the same part of a cache.
    """
    return squares * row + CACHE_LINE


def scratch_bytes(points: int, block: int, depth: int, panels: int, at_once: bool) -> int:
    """Bytes that a thread needs: tables, a row for pixels outside, V, and M for so many panels of filters.

    Where filters come to points `at_once`, MADE_TOGETHER channels of these panels beside that.
    """
    squares, row = block * ROWS, panels * COLUMNS * ITEM
    both = step_bytes(squares, row_bytes(depth)) + step_bytes(squares, row)
    made = FILTER_SCRATCH_BYTES + panels * points * point_bytes(MADE_TOGETHER) if at_once else 0
    return int(_ROOM + row + points * both + made)


@kernel("void(int64, int64, int64, int64, int64, int64)")
def _spread(given: Any, mine: Any, first: Any, last: Any, start: Any, v: Any) -> None:
    """Brings the squares of groups `first` to `last`, of a block that begins at group `start`, to points."""
    size = word(given, SIZE)
    n = size + FILTER - 1
    down = (word(given, OUT_HEIGHT) + size - 1) // size
    across = (word(given, OUT_WIDTH) + size - 1) // size
    total = word(given, BATCH) * down * across
    depth = word(given, DEPTH)
    by_square = row_bytes(depth)
    step = step_bytes(word(given, BLOCK) * ROWS, by_square)
    table = mine + 8 * (WORDS + _TABLE_WORDS + ROWS)
    height, wide, zeros = word(given, IN_HEIGHT), word(given, IN_WIDTH), word(given, ZEROS)
    by_row, by_pixel = word(given, X_DOWN), word(given, X_ACROSS)
    for square in range(first * ROWS, min(last * ROWS, total)):
        i = square // across % down * size - word(given, LOW_DOWN)
        j = square % across * size - word(given, LOW_ACROSS)
        image = word(given, X) + square // (across * down) * word(given, X_BATCH)
        for row in range(n):
            line = image + (i + row) * by_row
            fetch(line + (j + n) * by_pixel, by_pixel, size, depth * ITEM)  # of the next square
            inside = 0 <= i + row < height
            for column in range(n):
                seen = inside and 0 <= j + column < wide
                put_word(table, row * n + column, line + (j + column) * by_pixel if seen else zeros)
        into = v + (square - start * ROWS) * by_square
        if size == 2:
            spread_image_2(table, into, step, depth)
        else:
            spread_image_4(table, into, step, depth)


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64, int64)")
def _multiply(
    given: Any, mine: Any, first: Any, last: Any, panel: Any, some: Any, v: Any, m: Any, room: Any
) -> None:
    """M = V · the filters of some panels at each point, for groups `first` to `last` of the block.

    Results are differences of such sums, larger than they, whose errors they keep. So TOGETHER may be few,
    and their sums summed in turn (Higham 1993, section 3).
    """
    size, depth, together = word(given, SIZE), word(given, DEPTH), word(given, TOGETHER)
    n = size + FILTER - 1
    wide = word(given, OUT_CHANNELS)
    panels = (wide + COLUMNS - 1) // COLUMNS
    by_square = row_bytes(depth)
    squares, m_row = word(given, BLOCK) * ROWS, word(given, PANELS) * COLUMNS * ITEM
    v_step, m_step = step_bytes(squares, by_square), step_bytes(squares, m_row)
    taps = mine + 8 * WORDS
    rows = taps + 8 * _TABLE_WORDS
    put_word(mine, TILES, last - first)
    put_word(mine, A_NEXT, ROWS * by_square)
    put_word(mine, C_NEXT, ROWS * m_row)
    put_word(mine, AHEAD_TILES, COLUMNS * ITEM // CACHE_LINE)
    made = word(given, FILTERS)
    most = SUMMED_TOGETHER if made else MADE_TOGETHER
    for start in range(0, depth, most):
        deep = min(most, depth - start)
        count = (deep + together - 1) // together
        if made:
            f, f_step = made + (panel * depth + start) * COLUMNS * ITEM, point_bytes(panels * depth)
            f_panel = depth * COLUMNS * ITEM
        else:
            f, f_step = room + FILTER_SCRATCH_BYTES, point_bytes(MADE_TOGETHER)
            f_panel = n * n * f_step
            for at in range(some):
                have, into = min(COLUMNS, wide - (panel + at) * COLUMNS), f + at * f_panel
                source = given + 8 * SOURCE
                filters_to_points(source, size, panel + at, have, start, start + deep, room, into, f_step)
        put_word(mine, TAPS, count)
        put_word(mine, FLAGS, ADD if start > 0 else 0)
        put_word(mine, AHEAD_NEXT, deep * CACHE_LINE if made else 0)
        for step in range(n * n * some):
            point, number = step // some, step % some
            b = f + point * f_step + number * f_panel
            put_word(mine, WIDE, wide - (panel + number) * COLUMNS)
            for at in range(count):
                done = at * together
                put_word(taps, at * TAP_WORDS + ROWS, b + done * COLUMNS * ITEM)
                put_word(taps, at * TAP_WORDS + ROWS + 1, min(together, deep - done))
            # The filters of the next panel, or at the next point, or of the next channels at the first; those
            # that are made here are there.
            ahead = f + deep * COLUMNS * ITEM + ((some - 1) * f_panel if start + deep == depth else 0)
            if number + 1 < some:
                ahead = b + f_panel
            elif point + 1 < n * n:
                ahead = f + (point + 1) * f_step
            put_word(mine, AHEAD, ahead if made else f)
            a = v + point * v_step + first * ROWS * by_square + start * ITEM
            c = m + point * m_step + first * ROWS * m_row + number * COLUMNS * ITEM
            for row in range(ROWS):
                put_word(rows, row, c + row * m_row)
                for at in range(count):
                    put_word(taps, at * TAP_WORDS + row, a + row * by_square + at * together * ITEM)
            parted_tile(mine)


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64, int64)")
def _gather(
    given: Any, mine: Any, first: Any, last: Any, start: Any, panel: Any, some: Any, m: Any, spare: Any
) -> None:
    """Brings M back to pixels, for the squares of groups `first` to `last`, and does what follows."""
    size = word(given, SIZE)
    down = (word(given, OUT_HEIGHT) + size - 1) // size
    across = (word(given, OUT_WIDTH) + size - 1) // size
    total = word(given, BATCH) * down * across
    m_row = word(given, PANELS) * COLUMNS * ITEM
    m_step = step_bytes(word(given, BLOCK) * ROWS, m_row)
    column = panel * COLUMNS * ITEM
    wide = min(some * COLUMNS, word(given, OUT_CHANNELS) - panel * COLUMNS)
    table = mine + 8 * (WORDS + _TABLE_WORDS + ROWS)
    residuals = table + 8 * MOST
    for square in range(first * ROWS, min(last * ROWS, total)):
        i, j = square // across % down * size, square % across * size
        image = square // (across * down)
        y = word(given, Y) + image * word(given, Y_BATCH) + column
        y += i * word(given, Y_DOWN) + j * word(given, Y_ACROSS)
        r = word(given, RESIDUAL) + image * word(given, RESIDUAL_BATCH) + column
        r += i * word(given, RESIDUAL_DOWN) + j * word(given, RESIDUAL_ACROSS)
        for row in range(size):
            inside = i + row < word(given, OUT_HEIGHT)
            for k in range(size):
                seen = inside and j + k < word(given, OUT_WIDTH)
                to = y + row * word(given, Y_DOWN) + k * word(given, Y_ACROSS)
                more = r + row * word(given, RESIDUAL_DOWN) + k * word(given, RESIDUAL_ACROSS)
                put_word(table, row * size + k, to if seen else spare)
                put_word(residuals, row * size + k, more if seen else spare)
        source = m + (square - start * ROWS) * m_row
        following, bias = word(given, FOLLOWING), word(given, BIAS) + column
        if size == 2:
            gather_2(source, m_step, table, wide, following, bias, residuals)
        else:
            gather_4(source, m_step, table, wide, following, bias, residuals)


@kernel("int64(int64, int64, int64)", words=WINOGRAD_WORDS)
def winograd(given: Any, thread: Any, threads: Any) -> int:
    """y = filters over x, and what follows. The channels of a pixel stand side by side.

    Threads share out the groups of all panels of all blocks. One that begins within a block brings to points
    what it needs of it.
    """
    size = word(given, SIZE)
    n = size + FILTER - 1
    down = (word(given, OUT_HEIGHT) + size - 1) // size
    across = (word(given, OUT_WIDTH) + size - 1) // size
    groups = (word(given, BATCH) * down * across + ROWS - 1) // ROWS
    panels = (word(given, OUT_CHANNELS) + COLUMNS - 1) // COLUMNS
    mine = word(given, SCRATCH) + thread * word(given, SCRATCH_BYTES)
    spare = mine + _ROOM
    squares, m_row = word(given, BLOCK) * ROWS, word(given, PANELS) * COLUMNS * ITEM
    v = spare + m_row
    m = v + n * n * step_bytes(squares, row_bytes(word(given, DEPTH)))
    room = m + n * n * step_bytes(squares, m_row)
    put_word(mine, TABLE, mine + 8 * WORDS)
    put_word(mine, A_STEP, ITEM)
    put_word(mine, B_STEP, COLUMNS * ITEM)
    put_word(mine, C, mine + 8 * (WORDS + _TABLE_WORDS))
    at, end = groups * panels * thread // threads, groups * panels * (thread + 1) // threads
    found, low, high = -1, 0, 0
    while at < end:
        start = at // (panels * word(given, BLOCK)) * word(given, BLOCK)
        held = min(word(given, BLOCK), groups - start)
        left = at - start * panels
        panel, first = left // held, left % held
        last = min(held, first + end - at)
        some = 1
        if last - first == held:  # whole panels
            some = min(word(given, PANELS), panels - panel, (end - at) // held)
        if found != start:
            found, low, high = start, first, first
        if first < low:
            _spread(given, mine, start + first, start + low, start, v)
            low = first
        if last > high:
            _spread(given, mine, start + high, start + last, start, v)
            high = last
        _multiply(given, mine, first, last, panel, some, v, m, room)
        _gather(given, mine, start + first, start + last, start, panel, some, m, spare)
        at += (last - first) * some
    return 0
