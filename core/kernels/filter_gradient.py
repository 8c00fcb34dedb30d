"""The gradient of a convolution's filters, by register tiles.

dw[k, c, o] = Σ_p x[p·stride + k·dilation - low, c] · dy[p, o]: for each place k of the filter a product of
columns of x with dy, whose inner axis is the pixels. A part of dy at a time, some hundred pixels, is added to
all of dw. What a part sees of x, and what it has of dy for a panel of columns, is laid out first as the tile
reads it, one after the other (Goto and van de Geijn 2008): ROWS channels of x for each pixel, so that a place
of the filter is nothing but an offset, and the panel stays in the first cache for all channels of x.
"""

from typing import Any

from ..ops.jit import kernel
from .lay_out import BESIDE, block_bytes, lay_out_blocks, lay_out_panel
from .parts import SUMMED_TOGETHER
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
    C as C_ROWS,
    tile,
)
from .vector import CACHE_LINE, ITEM
from .words import put_word, word

# The arguments, in words. A part is up to LINES lines of dy, and ACROSS pixels of each, for which X_LINES
# lines of x and X_ACROSS pixels of these have room. x and dy are laid out where so told, or read as they are.
(SCRATCH, SCRATCH_BYTES, BATCH, GROUPS, DEPTH, OUT_CHANNELS) = range(6)
COUNTS, SIZES, KERNEL, STRIDE, DILATION, LOW = (6 + 3 * at for at in range(6))
X, X_BATCH, X_AXES, X_GROUP = 24, 25, 26, 29
DY, DY_BATCH, DY_AXES, DY_GROUP = 30, 31, 32, 35
DW, DW_TAP, DW_ROW, DW_GROUP = 36, 37, 38, 39
LINES, ACROSS, X_LINES, X_ACROSS, X_LAID, DY_LAID = range(40, 46)
GRADIENT_WORDS = DY_LAID + 1

# Of a thread, in words: the tile, its rows, what is known of a part, the taps; then the panel and x.
PART_WORDS = 6
FIRST_LINE, LAST_LINE, FIRST_PIXEL, LAST_PIXEL, X_FIRST_LINE, X_FIRST_PIXEL = range(PART_WORDS)


def scratch_bytes(part: tuple[int, int, int, int], depth: int, x_laid: bool, dy_laid: bool) -> int:
    """Bytes that a thread needs for a part: its tables, and what of it is laid out."""
    lines, across, x_lines, x_across = part
    words = WORDS + ROWS + PART_WORDS + lines * (across // SUMMED_TOGETHER + 2) * (TAP_WORDS + 1)
    panel = lines * across * COLUMNS * ITEM if dy_laid else 0
    blocks = -(-depth // ROWS) * block_bytes(x_lines * x_across) if x_laid else 0
    return -(-8 * words // CACHE_LINE) * CACHE_LINE + panel + blocks


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


@kernel("int64(int64, int64, int64)")
def _line_of(given: Any, line: Any, end: Any) -> Any:
    """The number of the first line of x that a line of dy may see, or with `end` of the last one."""
    c0, c1 = word(given, COUNTS), word(given, COUNTS + 1)
    size0, size1, k0 = word(given, SIZES), word(given, SIZES + 1), word(given, KERNEL)
    p1, n = line % c1, line // c1
    p0, n = n % c0, n // c0
    s0 = p0 * word(given, STRIDE) - word(given, LOW) + end * (k0 - 1) * word(given, DILATION)
    s1 = p1 * word(given, STRIDE + 1) - word(given, LOW + 1)
    s1 += end * (word(given, KERNEL + 1) - 1) * word(given, DILATION + 1)
    if k0 > 1 or c0 > 1:  # planes before and behind may be seen with any of their lines
        s1 = end * (size1 - 1)
    return (n * size0 + min(max(s0, 0), size0 - 1)) * size1 + min(max(s1, 0), size1 - 1)


@kernel("void(int64, int64, int64)")
def _begin(given: Any, part: Any, line: Any) -> None:
    """Notes the lines of the part that begins with a line: as many as their lines of x have room."""
    lines = word(given, BATCH) * word(given, COUNTS) * word(given, COUNTS + 1)
    first, stop = _line_of(given, line, 0), line + 1
    most = min(lines, line + word(given, LINES))
    while stop < most and _line_of(given, stop, 1) - first < word(given, X_LINES):
        stop += 1
    put_word(part, FIRST_LINE, line)
    put_word(part, LAST_LINE, stop)
    put_word(part, X_FIRST_LINE, first)


@kernel("void(int64, int64, int64, int64, int64, int64, int64)")
def _lay_out_x(given: Any, part: Any, x: Any, first: Any, last: Any, by_block: Any, target: Any) -> None:
    """Lays out what the part sees of x, its blocks of channels from `first` to `last`."""
    size0, size1 = word(given, SIZES), word(given, SIZES + 1)
    begin, end = word(part, X_FIRST_LINE), _line_of(given, word(part, LAST_LINE) - 1, 1) + 1
    pixel = word(part, X_FIRST_PIXEL)
    pixels = min(word(given, X_ACROSS), word(given, SIZES + 2) - pixel)
    step, row = word(given, X_AXES + 2), word(given, X_ACROSS) * ROWS * ITEM
    channels = min(word(given, DEPTH), last * ROWS) - first * ROWS
    for line in range(begin, end):
        s1, n = line % size1, line // size1
        s0, n = n % size0, n // size0
        source = x + n * word(given, X_BATCH) + s0 * word(given, X_AXES) + s1 * word(given, X_AXES + 1)
        source += pixel * step + first * ROWS * ITEM
        lay_out_blocks(source, step, pixels, channels, target + (line - begin) * row, by_block)


@kernel("void(int64, int64, int64, int64, int64)")
def _lay_out_dy(given: Any, part: Any, dy: Any, columns: Any, target: Any) -> None:
    """Lays out the part of a panel of dy, and of so many columns from there on."""
    c0, c1, step = word(given, COUNTS), word(given, COUNTS + 1), word(given, DY_AXES + 2)
    pixel, pixels = word(part, FIRST_PIXEL), word(part, LAST_PIXEL) - word(part, FIRST_PIXEL)
    place = target
    for line in range(word(part, FIRST_LINE), word(part, LAST_LINE)):
        p1, n = line % c1, line // c1
        p0, n = n % c0, n // c0
        source = dy + n * word(given, DY_BATCH) + p0 * word(given, DY_AXES) + p1 * word(given, DY_AXES + 1)
        lay_out_panel(source + pixel * step, step, pixels, columns, place)
        place += word(given, ACROSS) * COLUMNS * ITEM


@kernel("int64(int64, int64, int64, int64, int64, int64, int64)")
def _taps(given: Any, part: Any, words: Any, x: Any, dy: Any, tap: Any, starts: Any) -> int:
    """Fills the table of what is summed at a place of the filter; how many entries. `starts`: their rows."""
    k1, k2 = word(given, KERNEL + 1), word(given, KERNEL + 2)
    c0, c1, size0, size1 = (
        word(given, COUNTS), word(given, COUNTS + 1), word(given, SIZES), word(given, SIZES + 1)
    )  # fmt: skip
    shift0 = tap // (k1 * k2) * word(given, DILATION) - word(given, LOW)
    shift1 = tap // k2 % k1 * word(given, DILATION + 1) - word(given, LOW + 1)
    shift2 = tap % k2 * word(given, DILATION + 2) - word(given, LOW + 2)
    low = max(_first(given, shift2, 2), word(part, FIRST_PIXEL))
    high = min(_last(given, shift2, 2), word(part, LAST_PIXEL))
    x_laid, dy_laid = word(given, X_LAID), word(given, DY_LAID)
    a_step, b_step = word(words, A_STEP), word(words, B_STEP)
    x_row, dy_row = word(given, X_ACROSS) * ROWS * ITEM, word(given, ACROSS) * COLUMNS * ITEM
    seen = low * word(given, STRIDE + 2) + shift2
    table, used, deep, next_a, next_b = word(words, TABLE), 0, SUMMED_TOGETHER, 0, 0
    for line in range(word(part, FIRST_LINE), word(part, LAST_LINE)):
        p1, n = line % c1, line // c1
        p0, n = n % c0, n // c0
        s0, s1 = p0 * word(given, STRIDE) + shift0, p1 * word(given, STRIDE + 1) + shift1
        if low >= high or not (0 <= s0 < size0 and 0 <= s1 < size1):
            continue
        if x_laid != 0:
            a = x + ((n * size0 + s0) * size1 + s1 - word(part, X_FIRST_LINE)) * x_row
            a += (seen - word(part, X_FIRST_PIXEL)) * ROWS * ITEM
        else:
            a = x + n * word(given, X_BATCH) + s0 * word(given, X_AXES) + s1 * word(given, X_AXES + 1)
            a += seen * word(given, X_AXES + 2)
        if dy_laid != 0:
            b = dy + (line - word(part, FIRST_LINE)) * dy_row + (low - word(part, FIRST_PIXEL)) * b_step
        else:
            b = dy + n * word(given, DY_BATCH) + p0 * word(given, DY_AXES) + p1 * word(given, DY_AXES + 1)
            b += low * b_step
        first = low
        while first < high:
            if deep >= SUMMED_TOGETHER or a != next_a or b != next_b:
                put_word(starts, used, a)
                put_word(table, used * TAP_WORDS + ROWS, b)
                used, deep = used + 1, 0
            some = min(high - first, SUMMED_TOGETHER - deep)
            deep, first = deep + some, first + some
            a, b = a + some * a_step, b + some * b_step
            next_a, next_b = a, b
            put_word(table, (used - 1) * TAP_WORDS + ROWS + 1, deep)
    return used


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64)")
def _sum_up(
    given: Any, words: Any, used: Any, starts: Any, first: Any, last: Any, by_block: Any, dw: Any
) -> None:
    """Adds what is in the table to the tiles of dw of the blocks of channels from `first` to `last`."""
    table, rows, depth = word(words, TABLE), word(words, C_ROWS), word(given, DEPTH)
    by_row = word(given, DW_ROW)
    put_word(words, TAPS, used)
    put_word(words, A_NEXT, by_block)
    put_word(words, C_NEXT, ROWS * by_row)
    block = first
    while block < last:
        have = min(ROWS, depth - block * ROWS)
        some = 1 if have < ROWS else min(last, depth // ROWS) - block
        put_word(words, TILES, some)
        for row in range(ROWS):
            put_word(rows, row, dw + (block * ROWS + min(row, have - 1)) * by_row)
        for at in range(used):
            start = word(starts, at) + (block - first) * by_block
            for row in range(ROWS):
                put_word(table, at * TAP_WORDS + row, start + min(row, have - 1) * ITEM)
        tile(words)
        block += some


@kernel("void(int64, int64, int64, int64, int64, int64, int64)")
def _part(given: Any, words: Any, part: Any, group: Any, thread: Any, threads: Any, again: Any) -> None:
    """Adds a part to what of dw is the thread's: channels of x, or panels of dy, whichever takes less."""
    depth, wide = word(given, DEPTH), word(given, OUT_CHANNELS)
    taps = word(given, KERNEL) * word(given, KERNEL + 1) * word(given, KERNEL + 2)
    down, across = (depth + ROWS - 1) // ROWS, (wide + COLUMNS - 1) // COLUMNS
    first, last, begin, end = 0, down, 0, across
    fewer, narrower = (down + threads - 1) // threads, (across + threads - 1) // threads
    # What is laid out takes about as long as this many columns.
    if fewer * (across * taps + BESIDE // 4) + across <= narrower * down * taps + down * (BESIDE // 4):
        first, last = down * thread // threads, down * (thread + 1) // threads
    else:
        begin, end = across * thread // threads, across * (thread + 1) // threads
    if first >= last or begin >= end:
        return
    starts = part + 8 * PART_WORDS
    most = word(given, LINES) * (word(given, ACROSS) // SUMMED_TOGETHER + 2)
    put_word(words, TABLE, starts + 8 * most)
    own = 8 * (WORDS + ROWS + PART_WORDS + most * (TAP_WORDS + 1))
    panel = words + (own + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE
    x = word(given, X) + group * word(given, X_GROUP)
    dy = word(given, DY) + group * word(given, DY_GROUP)
    by_block, from_x = ROWS * ITEM, x + first * ROWS * ITEM
    put_word(words, A_STEP, word(given, STRIDE + 2) * word(given, X_AXES + 2))
    put_word(words, B_STEP, word(given, DY_AXES + 2))
    if word(given, DY_LAID) != 0:
        put_word(words, B_STEP, COLUMNS * ITEM)
    if word(given, X_LAID) != 0:
        by_block = block_bytes(word(given, X_LINES) * word(given, X_ACROSS))
        from_x = panel
        if word(given, DY_LAID) != 0:
            from_x += word(given, LINES) * word(given, ACROSS) * COLUMNS * ITEM
        put_word(words, A_STEP, word(given, STRIDE + 2) * ROWS * ITEM)
        _lay_out_x(given, part, x, first, last, by_block, from_x)
    put_word(words, FLAGS, again)
    for column in range(begin * COLUMNS, end * COLUMNS, COLUMNS):
        put_word(words, WIDE, wide - column)
        from_dy = dy + column * ITEM
        if word(given, DY_LAID) != 0:
            _lay_out_dy(given, part, from_dy, wide - column, panel)
            from_dy = panel
        for tap in range(taps):
            used = _taps(given, part, words, from_x, from_dy, tap, starts)
            dw = word(given, DW) + group * word(given, DW_GROUP) + tap * word(given, DW_TAP) + column * ITEM
            if used > 0 or again == 0:
                _sum_up(given, words, used, starts, first, last, by_block, dw)


@kernel("int64(int64, int64, int64)", words=GRADIENT_WORDS)
def filter_gradient(given: Any, thread: Any, threads: Any) -> int:
    """Fills dw, whose rows of output channels stand side by side; threads share tiles out."""
    words = word(given, SCRATCH) + thread * word(given, SCRATCH_BYTES)
    part = words + 8 * (WORDS + ROWS)
    put_word(words, C_ROWS, words + 8 * WORDS)
    lines = word(given, BATCH) * word(given, COUNTS) * word(given, COUNTS + 1)
    pixels, across = word(given, COUNTS + 2), word(given, ACROSS)
    for group in range(word(given, GROUPS)):
        line, again = 0, 0
        while line < lines:
            _begin(given, part, line)
            for start in range(0, pixels, across):
                put_word(part, FIRST_PIXEL, start)
                put_word(part, LAST_PIXEL, min(pixels, start + across))
                seen = start * word(given, STRIDE + 2) - word(given, LOW + 2)
                put_word(part, X_FIRST_PIXEL, min(max(0, seen), word(given, SIZES + 2) - 1))
                _part(given, words, part, group, thread, threads, again)
                again = ADD
            line = word(part, LAST_LINE)
    return 0
