"""Convolutions of up to three spatial axes, by register tiles: no columns are ever written.

A row of the product is a pixel of the result; each place of the filter is a tap, whose row of A is the pixel
that it sees there, or a row of zeros outside of the image (indirect convolution, Dukhan 2019). The gradient
of the input is the same kernel: pixels of one phase modulo the stride see the same taps, and go together.
"""

from typing import Any

from ..ops.jit import kernel
from .parts import SUMMED_TOGETHER
from .tile import (
    A_STEP,
    B_STEP,
    BIAS_AT,
    COLUMNS,
    FLAGS,
    RESIDUAL_AT,
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
from .vector import ITEM
from .words import SPATIAL_AXES, put_word, word

GROUP = 16
"""Blocks of pixels whose taps are looked up together, and then used for each panel of filters."""

# The arguments, in words. A pixel p of the result sees, at place k of the filter, the pixel
# (p·MULTIPLIER + BASE + k·STEP) / DIVISOR of X, if that is whole and inside. Where places along the last axis
# are JOINED, the pixels that a filter's line sees stand side by side, and make one tap if all are inside.
(SCRATCH, BATCH, GROUPS, DEPTH, OUT_CHANNELS) = range(5)
COUNTS, SIZES, KERNEL, MULTIPLIER, BASE, STEP, DIVISOR = (5 + 3 * at for at in range(7))
X, X_BATCH, X_AXES, X_GROUP = 26, 27, 28, 31
FILTERS, TAP_BYTES, PANEL_BYTES, GROUP_BYTES, JOINED = 32, 33, 34, 35, 36
Y, Y_BATCH, Y_AXES, Y_GROUP = 37, 38, 39, 42
ZEROS, FOLLOWING, BIAS = 43, 44, 45
RESIDUAL, RESIDUAL_BATCH, RESIDUAL_AXES, RESIDUAL_GROUP = 46, 47, 48, 51
CONVOLUTION_WORDS = RESIDUAL_GROUP + 1

# What is known of a block of pixels: how many taps, where its results and residuals are, what its pixels see
# first, the numbers of the taps; then the taps.
COUNT, PLACES, FIRST, NUMBERS = 0, 1, 1 + 2 * ROWS, 1 + 2 * ROWS + 5 * ROWS


@kernel("int64(int64, int64)")
def _own_words(taps: Any, depth: Any) -> Any:
    """Words of a thread's tile: its own, where its rows are, and taps none of which is deep."""
    return WORDS + 2 * ROWS + taps * (depth // SUMMED_TOGETHER + 1) * TAP_WORDS


@kernel("int64(int64)")
def _block_bytes(taps: Any) -> Any:
    """Bytes of what is known of a block of pixels."""
    return 8 * (NUMBERS + taps * (1 + TAP_WORDS))


@kernel("int64(int64, int64)")
def _bytes(own: Any, each: Any) -> Any:
    """Bytes of a thread: of its tile, a phase, the pixels of that along each axis, then blocks."""
    return 8 * (own + 2 * SPATIAL_AXES) + GROUP * each


def scratch_bytes(taps: int, depth: int) -> int:
    """Bytes of scratch memory that a thread needs for filters of so many places and channels."""
    return int(_bytes(_own_words(taps, depth), _block_bytes(taps)))


@kernel("int64(int64, int64, int64, int64, int64)")
def _pixels(given: Any, phase: Any, across: Any, first: Any, block: Any) -> int:
    """Notes for a block of pixels, from number `first` on, what it sees.

    2 where each sees all of it inside, 1 where each sees whole lines, else 0.
    """
    c0, c1, c2 = word(across, 0), word(across, 1), word(across, 2)
    pixels = word(given, BATCH) * c0 * c1 * c2
    seen, whole = block + 8 * FIRST, True
    last = word(given, SIZES + 2) - word(given, KERNEL + 2)
    reach0 = (word(given, KERNEL) - 1) * word(given, STEP)
    reach1 = (word(given, KERNEL + 1) - 1) * word(given, STEP + 1)
    reach2 = (word(given, KERNEL + 2) - 1) * word(given, STEP + 2)
    size0, size1, size2 = word(given, SIZES), word(given, SIZES + 1), word(given, SIZES + 2)
    x0, x1, x2 = word(given, X_AXES), word(given, X_AXES + 1), word(given, X_AXES + 2)
    inside = word(given, DIVISOR) * word(given, DIVISOR + 1) * word(given, DIVISOR + 2) == 1
    p2, rest = first % c2, first // c2
    p1, rest = rest % c1, rest // c1
    p0, n = rest % c0, rest // c0
    d2, y_step, r_step = word(given, DIVISOR + 2), word(given, Y_AXES + 2), word(given, RESIDUAL_AXES + 2)
    by2, base2, f2 = word(given, MULTIPLIER + 2), word(given, BASE + 2), word(phase, 2)
    y, r, at0, at1, image, moved = 0, 0, 0, 0, 0, True
    for row in range(ROWS):
        if moved:  # to another line
            q0 = p0 * word(given, DIVISOR) + word(phase, 0)
            q1 = p1 * word(given, DIVISOR + 1) + word(phase, 1)
            y = word(given, Y) + n * word(given, Y_BATCH) + q0 * word(given, Y_AXES)
            y += q1 * word(given, Y_AXES + 1)
            r = word(given, RESIDUAL) + n * word(given, RESIDUAL_BATCH) + q0 * word(given, RESIDUAL_AXES)
            r += q1 * word(given, RESIDUAL_AXES + 1)
            at0 = q0 * word(given, MULTIPLIER) + word(given, BASE)
            at1 = q1 * word(given, MULTIPLIER + 1) + word(given, BASE + 1)
            image = word(given, X) + n * word(given, X_BATCH)
            inside = inside and min(at0, at0 + reach0) >= 0 and max(at0, at0 + reach0) < size0
            inside = inside and min(at1, at1 + reach1) >= 0 and max(at1, at1 + reach1) < size1
        q2 = p2 * d2 + f2
        at2 = q2 * by2 + base2
        put_word(block, PLACES + row, y + q2 * y_step)
        put_word(block, PLACES + ROWS + row, r + q2 * r_step)
        put_word(seen, row, at0)
        put_word(seen, ROWS + row, at1)
        put_word(seen, 2 * ROWS + row, at2)
        put_word(seen, 3 * ROWS + row, image)
        put_word(seen, 4 * ROWS + row, image + at0 * x0 + at1 * x1 + at2 * x2)
        whole = whole and 0 <= at2 <= last
        inside = inside and min(at2, at2 + reach2) >= 0 and max(at2, at2 + reach2) < size2
        moved = False
        if first + row + 1 < pixels:
            p2 += 1
            if p2 == c2:
                p2, p1, moved = 0, p1 + 1, True
            if p1 == c1:
                p1, p0 = 0, p0 + 1
            if p0 == c0:
                p0, n = 0, n + 1
    return 2 if inside else 1 if whole else 0


@kernel("int64(int64, int64, int64, int64)")
def _line(given: Any, seen: Any, k0: Any, k1: Any) -> int:
    """Notes where the lines begin that pixels see at one place of the first axes, 0 for none; if any."""
    found = 0
    d0, d1 = word(given, DIVISOR), word(given, DIVISOR + 1)
    shift0, shift1 = k0 * word(given, STEP), k1 * word(given, STEP + 1)
    size0, size1 = word(given, SIZES), word(given, SIZES + 1)
    step0, step1 = word(given, X_AXES), word(given, X_AXES + 1)
    for row in range(ROWS):
        s0, s1 = word(seen, row) + shift0, word(seen, ROWS + row) + shift1
        inside = s0 >= 0 and s1 >= 0
        if d0 != 1 or d1 != 1:
            inside = inside and s0 % d0 == 0 and s1 % d1 == 0
            s0, s1 = s0 // d0, s1 // d1
        place = 0
        if inside and s0 < size0 and s1 < size1:
            place = word(seen, 3 * ROWS + row) + s0 * step0 + s1 * step1
            found = 1
        put_word(seen, 4 * ROWS + row, place)
    return found


@kernel("int64(int64, int64, int64, int64)")
def _tap(given: Any, seen: Any, k2: Any, entry: Any) -> int:
    """Writes the rows of a tap at a place of the last axis; whether any sees something."""
    found, d2, zeros = 0, word(given, DIVISOR + 2), word(given, ZEROS)
    shift2, size2, step2 = k2 * word(given, STEP + 2), word(given, SIZES + 2), word(given, X_AXES + 2)
    for row in range(ROWS):
        line = word(seen, 4 * ROWS + row)
        s2 = word(seen, 2 * ROWS + row) + shift2
        inside = line != 0 and s2 >= 0
        if d2 != 1:
            inside = inside and s2 % d2 == 0
            s2 = s2 // d2
        if inside and s2 < size2:
            put_word(entry, row, line + s2 * step2)
            found = 1
        else:
            put_word(entry, row, zeros)
    return found


@kernel("void(int64, int64, int64, int64)")
def _all_taps(given: Any, block: Any, places: Any, depth: Any) -> None:
    """Fills the taps of a block whose pixels see no border: from tap to tap all move alike."""
    k0, k1, k2 = word(given, KERNEL), word(given, KERNEL + 1), word(given, KERNEL + 2)
    step0 = word(given, STEP) * word(given, X_AXES)
    step1 = word(given, STEP + 1) * word(given, X_AXES + 1)
    step2 = word(given, STEP + 2) * word(given, X_AXES + 2)
    starts, entry = block + 8 * (FIRST + 4 * ROWS), block + 8 * (NUMBERS + k0 * k1 * k2)
    count = 0
    for i in range(k0):
        for j in range(k1):
            for k in range(places):
                shift = i * step0 + j * step1 + k * step2
                for row in range(ROWS):
                    put_word(entry, row, word(starts, row) + shift)
                put_word(entry, ROWS + 1, depth)
                put_word(block, NUMBERS + count, (i * k1 + j) * k2 + k)
                entry += 8 * TAP_WORDS
                count += 1
    put_word(block, COUNT, count)


@kernel("void(int64, int64, int64, int64, int64)")
def _look_up(given: Any, phase: Any, across: Any, first: Any, block: Any) -> None:
    """Fills what is known of the block of pixels from number `first` on: only taps that see something.

    `phase` and `across` are the addresses of three words each: the phase, and its pixels along each axis.
    """
    k0, k1, k2 = word(given, KERNEL), word(given, KERNEL + 1), word(given, KERNEL + 2)
    sight = _pixels(given, phase, across, first, block)
    joined = sight != 0 and word(given, JOINED) != 0
    seen, table, count = block + 8 * FIRST, block + 8 * (NUMBERS + k0 * k1 * k2), 0
    places, depth = k2, word(given, DEPTH)
    if joined:
        places, depth = 1, depth * k2
    if sight == 2:
        _all_taps(given, block, places, depth)
        return
    for i in range(k0):
        for j in range(k1):
            if _line(given, seen, i, j) == 0:
                continue
            for k in range(places):
                entry = table + 8 * count * TAP_WORDS
                if _tap(given, seen, k, entry) != 0:
                    put_word(entry, ROWS + 1, depth)
                    put_word(block, NUMBERS + count, (i * k1 + j) * k2 + k)
                    count += 1
    put_word(block, COUNT, count)


@kernel("int64(int64, int64, int64, int64, int64)")
def _split(given: Any, block: Any, filters: Any, shift: Any, table: Any) -> int:
    """Copies the taps for one group and panel, none deeper than SUMMED_TOGETHER; how many these are."""
    used, zeros = 0, word(given, ZEROS)
    taps = word(given, KERNEL) * word(given, KERNEL + 1) * word(given, KERNEL + 2)
    for tap in range(word(block, COUNT)):
        source = block + 8 * (NUMBERS + taps + tap * TAP_WORDS)
        b = filters + word(block, NUMBERS + tap) * word(given, TAP_BYTES)
        depth = word(source, ROWS + 1)
        for start in range(0, depth, SUMMED_TOGETHER):
            entry = table + 8 * used * TAP_WORDS
            for row in range(ROWS):
                place = word(source, row)
                put_word(entry, row, place if place == zeros else place + shift + start * ITEM)
            put_word(entry, ROWS, b + start * COLUMNS * ITEM)
            put_word(entry, ROWS + 1, min(SUMMED_TOGETHER, depth - start))
            used += 1
    return used


@kernel("void(int64, int64, int64, int64, int64)")
def _block(given: Any, words: Any, block: Any, group: Any, panel: Any) -> None:
    """One block of pixels by one panel of filters."""
    column = panel * COLUMNS
    shift = group * word(given, Y_GROUP) + column * ITEM
    residual = group * word(given, RESIDUAL_GROUP) + column * ITEM
    filters = word(given, FILTERS) + group * word(given, GROUP_BYTES) + panel * word(given, PANEL_BYTES)
    mine = words + 8 * WORDS
    for row in range(ROWS):
        put_word(mine, row, word(block, PLACES + row) + shift)
        put_word(mine, ROWS + row, word(block, PLACES + ROWS + row) + residual)
    put_word(words, WIDE, word(given, OUT_CHANNELS) - column)
    put_word(words, BIAS_AT, word(given, BIAS) + (group * word(given, OUT_CHANNELS) + column) * ITEM)
    taps = word(given, KERNEL) * word(given, KERNEL + 1) * word(given, KERNEL + 2)
    if word(given, GROUPS) == 1 and word(given, DEPTH) * word(given, KERNEL + 2) <= SUMMED_TOGETHER:
        table = block + 8 * (NUMBERS + taps)
        for tap in range(word(block, COUNT)):
            b = filters + word(block, NUMBERS + tap) * word(given, TAP_BYTES)
            put_word(table, tap * TAP_WORDS + ROWS, b)
        put_word(words, TABLE, table)
        put_word(words, TAPS, word(block, COUNT))
    else:
        local = mine + 8 * 2 * ROWS
        put_word(words, TABLE, local)
        put_word(words, TAPS, _split(given, block, filters, group * word(given, X_GROUP), local))
    tile(words)


@kernel("int64(int64, int64, int64)", words=CONVOLUTION_WORDS)
def convolution(given: Any, thread: Any, threads: Any) -> int:
    """y = filters over x, and what follows. The channels of a pixel stand side by side, filters in panels."""
    taps = word(given, KERNEL) * word(given, KERNEL + 1) * word(given, KERNEL + 2)
    each, own = _block_bytes(taps), _own_words(taps, word(given, DEPTH))
    words = word(given, SCRATCH) + thread * _bytes(own, each)
    phase = words + 8 * own
    across = phase + 8 * SPATIAL_AXES
    blocks_at = across + 8 * SPATIAL_AXES
    put_word(words, A_STEP, ITEM)
    put_word(words, B_STEP, COLUMNS * ITEM)
    put_word(words, C_ROWS, words + 8 * WORDS)
    put_word(words, TILES, 1)
    put_word(words, RESIDUAL_AT, words + 8 * (WORDS + ROWS))
    put_word(words, FLAGS, word(given, FOLLOWING))
    panels = (word(given, OUT_CHANNELS) + COLUMNS - 1) // COLUMNS
    d0, d1, d2 = word(given, DIVISOR), word(given, DIVISOR + 1), word(given, DIVISOR + 2)
    for number in range(d0 * d1 * d2):
        put_word(phase, 0, number // (d1 * d2))
        put_word(phase, 1, number // d2 % d1)
        put_word(phase, 2, number % d2)
        pixels = word(given, BATCH)
        for axis in range(SPATIAL_AXES):
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
                for block in range(some):
                    _look_up(given, phase, across, (first + block) * ROWS, blocks_at + block * each)
                found = number_of_set
            for block in range(some):
                _block(given, words, blocks_at + block * each, rest // panels, rest % panels)
    return 0
