"""Convolutions of up to three spatial axes, by register tiles: no columns are ever written.

A row of the product is a pixel of the result; each place of the filter is a tap, whose row of A is the pixel
that it sees there, or a row of zeros outside of the image (indirect convolution, Dukhan 2019). The gradient
of the input is the same kernel: pixels of one phase modulo the stride see the same taps, and go together.
"""

from typing import Any

from ..ops.jit import kernel
from .product import DEEP
from .tile import (
    A_STEP,
    ADD,
    B_STEP,
    BIAS_AT,
    COLUMNS,
    FLAGS,
    RESIDUAL_AT,
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
GROUP = 16
"""Blocks of pixels whose taps are looked up together, and then used for each panel of filters."""

# The arguments, in words. A pixel p of the result sees, at place k of the filter, the pixel
# (p·MULTIPLIER + BASE + k·STEP) / DIVISOR of X, if that is whole and inside.
(SCRATCH, BATCH, GROUPS, DEPTH, WIDTH_OUT) = range(5)
COUNTS, SIZES, KERNEL, MULTIPLIER, BASE, STEP, DIVISOR = (5 + 3 * at for at in range(7))
X, X_BATCH, X_AXES, X_GROUP = 26, 27, 28, 31
FILTERS, TAP_BYTES, GROUP_BYTES = 32, 33, 34
Y, Y_BATCH, Y_AXES, Y_GROUP = 35, 36, 37, 40
ZEROS, FOLLOWING, BIAS = 41, 42, 43
RESIDUAL, RESIDUAL_BATCH, RESIDUAL_AXES, RESIDUAL_GROUP = 44, 45, 46, 49
CONVOLUTION_WORDS = 50


def scratch_words(taps: int) -> int:
    """Words of scratch memory that a thread needs for filters of so many places."""
    return WORDS + 2 * ROWS + taps * TAP_WORDS + 2 * AXES + GROUP * (taps * TAP_WORDS + 2 * ROWS)


@kernel("void(int64, int64, int64)")
def _drop_empty(table: Any, taps: Any, zeros: Any) -> None:
    """Moves the taps that see something to the front, each with its number; -1 ends them."""
    kept = 0
    for tap in range(taps):
        seen = False
        for row in range(ROWS):
            seen = seen or word(table, tap * TAP_WORDS + row) != zeros
        if seen:
            for row in range(ROWS):
                put_word(table, kept * TAP_WORDS + row, word(table, tap * TAP_WORDS + row))
            put_word(table, kept * TAP_WORDS + ROWS, tap)
            put_word(table, kept * TAP_WORDS + ROWS + 1, 0)
            kept += 1
    if kept < taps:
        put_word(table, kept * TAP_WORDS + ROWS, -1)


@kernel("int64(int64, int64, int64, int64, int64, int64, int64)")
def _look_up(given: Any, phase: Any, across: Any, first: Any, blocks: Any, taps: Any, room: Any) -> int:
    """Fills, for each block of pixels from number `first` on, its table of taps and where its results go.

    `phase` and `across` are the addresses of three words each: the phase, and its pixels along each axis.
    """
    k1, k2 = word(given, KERNEL + 1), word(given, KERNEL + 2)
    c0, c1, c2 = word(across, 0), word(across, 1), word(across, 2)
    pixels = word(given, BATCH) * c0 * c1 * c2
    each = 8 * (taps * TAP_WORDS + 2 * ROWS)
    zeros = word(given, ZEROS)
    for block in range(blocks):
        table = room + block * each
        rows = table + 8 * taps * TAP_WORDS
        for row in range(ROWS):
            pixel = min((first + block) * ROWS + row, pixels - 1)
            p2, rest = pixel % c2, pixel // c2
            p1, rest = rest % c1, rest // c1
            p0, n = rest % c0, rest // c0
            p0 = p0 * word(given, DIVISOR) + word(phase, 0)
            p1 = p1 * word(given, DIVISOR + 1) + word(phase, 1)
            p2 = p2 * word(given, DIVISOR + 2) + word(phase, 2)
            y = n * word(given, Y_BATCH) + p0 * word(given, Y_AXES)
            y += p1 * word(given, Y_AXES + 1) + p2 * word(given, Y_AXES + 2)
            put_word(rows, row, word(given, Y) + y)
            r = n * word(given, RESIDUAL_BATCH) + p0 * word(given, RESIDUAL_AXES)
            r += p1 * word(given, RESIDUAL_AXES + 1) + p2 * word(given, RESIDUAL_AXES + 2)
            put_word(rows, ROWS + row, word(given, RESIDUAL) + r)
            at0 = p0 * word(given, MULTIPLIER) + word(given, BASE)
            at1 = p1 * word(given, MULTIPLIER + 1) + word(given, BASE + 1)
            at2 = p2 * word(given, MULTIPLIER + 2) + word(given, BASE + 2)
            image = word(given, X) + n * word(given, X_BATCH)
            d0, d1, d2 = word(given, DIVISOR), word(given, DIVISOR + 1), word(given, DIVISOR + 2)
            for tap in range(taps):
                s0 = at0 + tap // (k1 * k2) * word(given, STEP)
                s1 = at1 + tap // k2 % k1 * word(given, STEP + 1)
                s2 = at2 + tap % k2 * word(given, STEP + 2)
                inside = s0 >= 0 and s1 >= 0 and s2 >= 0
                if d0 != 1 or d1 != 1 or d2 != 1:
                    inside = inside and s0 % d0 == 0 and s1 % d1 == 0 and s2 % d2 == 0
                    s0, s1, s2 = s0 // d0, s1 // d1, s2 // d2
                inside = inside and s0 < word(given, SIZES) and s1 < word(given, SIZES + 1)
                if inside and s2 < word(given, SIZES + 2):
                    place = image + s0 * word(given, X_AXES) + s1 * word(given, X_AXES + 1)
                    put_word(table, tap * TAP_WORDS + row, place + s2 * word(given, X_AXES + 2))
                else:
                    put_word(table, tap * TAP_WORDS + row, zeros)
        _drop_empty(table, taps, zeros)
    return 0


@kernel("void(int64, int64, int64, int64, int64, int64)")
def _block(given: Any, words: Any, table: Any, taps: Any, group: Any, panel: Any) -> None:
    """One block of pixels by one panel of filters, flushed every DEEP products."""
    depth = word(given, DEPTH)
    rows = table + 8 * taps * TAP_WORDS
    column = panel * COLUMNS
    shift = group * word(given, Y_GROUP) + column * ITEM
    residual = group * word(given, RESIDUAL_GROUP) + column * ITEM
    x_shift = group * word(given, X_GROUP)
    filters = word(given, FILTERS) + group * word(given, GROUP_BYTES) + panel * depth * COLUMNS * ITEM
    zeros = word(given, ZEROS)
    mine = words + 8 * WORDS
    for row in range(ROWS):
        put_word(mine, row, word(rows, row) + shift)
        put_word(mine, ROWS + row, word(rows, ROWS + row) + residual)
    put_word(words, C_ROWS, mine)
    put_word(words, RESIDUAL_AT, mine + 8 * ROWS)
    put_word(words, WIDE, word(given, WIDTH_OUT) - column)
    put_word(words, BIAS_AT, word(given, BIAS) + (group * word(given, WIDTH_OUT) + column) * ITEM)
    local = mine + 8 * 2 * ROWS
    put_word(words, TABLE, local)
    tap, start, flags = 0, 0, 0
    count = 0
    while count < taps and word(table, count * TAP_WORDS + ROWS) >= 0:
        count += 1
    while True:
        used, deep = 0, 0
        while tap < count and deep < DEEP:
            part = min(depth - start, DEEP - deep)
            entry = local + 8 * used * TAP_WORDS
            source = table + 8 * tap * TAP_WORDS
            for row in range(ROWS):
                place = word(source, row)
                if place == zeros:
                    put_word(entry, row, place)
                else:
                    put_word(entry, row, place + x_shift + start * ITEM)
            number = word(source, ROWS)
            b = filters + number * word(given, TAP_BYTES) + start * COLUMNS * ITEM
            put_word(entry, ROWS, b)
            put_word(entry, ROWS + 1, part)
            used, deep, start = used + 1, deep + part, start + part
            if start == depth:
                tap, start = tap + 1, 0
        put_word(words, TAPS, used)
        last = tap == count
        put_word(words, FLAGS, flags | word(given, FOLLOWING) if last else flags)
        tile(words)
        flags = ADD
        if last:
            break


@kernel("int64(int64, int64, int64)")
def convolution(given: Any, thread: Any, threads: Any) -> int:
    """y = filters over x, and what follows. The channels of a pixel stand side by side, filters in panels."""
    taps = word(given, KERNEL) * word(given, KERNEL + 1) * word(given, KERNEL + 2)
    each = 8 * (taps * TAP_WORDS + 2 * ROWS)
    own = WORDS + 2 * ROWS + taps * TAP_WORDS
    words = word(given, SCRATCH) + thread * 8 * (own + 2 * AXES + GROUP * (taps * TAP_WORDS + 2 * ROWS))
    phase = words + 8 * own
    across = phase + 24
    tables = across + 24
    put_word(words, A_STEP, ITEM)
    put_word(words, B_STEP, COLUMNS * ITEM)
    panels = (word(given, WIDTH_OUT) + COLUMNS - 1) // COLUMNS
    d0, d1, d2 = word(given, DIVISOR), word(given, DIVISOR + 1), word(given, DIVISOR + 2)
    for number in range(d0 * d1 * d2):
        put_word(phase, 0, number // (d1 * d2))
        put_word(phase, 1, number // d2 % d1)
        put_word(phase, 2, number % d2)
        pixels = word(given, BATCH)
        for axis in range(AXES):
            size, by = word(given, COUNTS + axis), word(given, DIVISOR + axis)
            count = (size - word(phase, axis) + by - 1) // by
            put_word(across, axis, count)
            pixels *= count
        blocks = (pixels + ROWS - 1) // ROWS
        sets = (blocks + GROUP - 1) // GROUP
        total = sets * word(given, GROUPS) * panels
        found = -1
        for at in range(total * thread // threads, total * (thread + 1) // threads):
            number_of_set, rest = at // (word(given, GROUPS) * panels), at % (word(given, GROUPS) * panels)
            first = number_of_set * GROUP
            some = min(GROUP, blocks - first)
            if found != number_of_set:
                _look_up(given, phase, across, first, some, taps, tables)
                found = number_of_set
            for block in range(some):
                _block(given, words, tables + block * each, taps, rest // panels, rest % panels)
    return 0
