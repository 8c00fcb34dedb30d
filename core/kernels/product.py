"""Matrix products, by register tiles."""

from typing import Any

from ..ops.jit import kernel
from .tile import (
    A_STEP,
    ADD,
    B_STEP,
    BIAS_AT,
    COLUMNS,
    FEW,
    FLAGS,
    RESIDUAL_AT,
    ROWS,
    TABLE,
    TAP_WORDS,
    TAPS,
    WIDE,
    WORDS,
    C as C_ROWS,
    one_row_tile,
    short_tile,
    tile,
)
from .vector import ITEM
from .words import floats, put_word, word

DEEP = 256
"""The products after which sums go to memory: a float32 sum of so many is still exact to a few 1e-7."""

DOWN = 16
"""The tiles of a panel, one below the other, that go through all of K before the next ones do.

Their part of C stays in the cache, also where a power of two between its rows has them share few sets.
"""

SCRATCH_WORDS = WORDS + TAP_WORDS + 2 * ROWS

# The arguments, in words.
(
    SCRATCH, BATCH, INNER_BATCH, M, N, K,
    A, A_BATCH, A_INNER, A_ROW, A_K,
    B, B_BATCH, B_INNER, B_K, PANELS,
    C, C_BATCH, C_INNER, C_ROW,
    FOLLOWING, BIAS, RESIDUAL, RESIDUAL_BATCH, RESIDUAL_INNER, RESIDUAL_ROW, A_BLOCK,
) = range(27)  # fmt: skip
PRODUCT_WORDS = 27


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64)")
def _block(given: Any, block: Any, a: Any, b: Any, depth: Any, c: Any, residual: Any, words: Any) -> None:
    """Sums one tile, of fewer rows where few are left; the words tell the rest."""
    tap = words + 8 * WORDS
    places = tap + 8 * TAP_WORDS
    a += block * word(given, A_BLOCK)
    left = word(given, M) - block * ROWS
    rows = ROWS if left > FEW else FEW if left > 1 else 1
    for row in range(rows):
        down = min(row, left - 1)
        put_word(tap, row, a + down * word(given, A_ROW))
        line = block * ROWS + down
        put_word(places, row, c + line * word(given, C_ROW))
        put_word(places + 8 * ROWS, row, residual + line * word(given, RESIDUAL_ROW))
    put_word(tap, rows, b)
    put_word(tap, rows + 1, depth)
    if rows == ROWS:
        tile(words)
    elif rows == FEW:
        short_tile(words)
    else:
        one_row_tile(words)


@kernel("int64(int64, int64, int64)")
def product(given: Any, thread: Any, threads: Any) -> int:
    """C = A·B, then what follows: (batch, M, K), (batch, K, N) -> (batch, M, N), strides in bytes.

    The batch is one of INNER_BATCH products within each of BATCH, every operand with a stride for both.
    The columns of B and C stand side by side; with PANELS, B is in panels of COLUMNS columns, each of whole
    rows k, as `pack.pack` leaves it. Rows of A come in blocks of ROWS, A_BLOCK bytes apart, as `pack_rows`
    leaves them. Threads share the tiles out, panel by panel.
    """
    m, n, k = word(given, M), word(given, N), word(given, K)
    down, across = (m + ROWS - 1) // ROWS, (n + COLUMNS - 1) // COLUMNS
    words = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    tap = words + 8 * WORDS
    places = tap + 8 * TAP_WORDS
    put_word(words, TABLE, tap)
    put_word(words, TAPS, 1)
    put_word(words, A_STEP, word(given, A_K))
    put_word(words, C_ROWS, places)
    put_word(words, RESIDUAL_AT, places + 8 * ROWS)
    following = word(given, FOLLOWING)
    inner = word(given, INNER_BATCH)
    total = word(given, BATCH) * inner * across * down
    at, end = total * thread // threads, total * (thread + 1) // threads
    while at < end:
        batch, left = at // (across * down), at % (across * down)
        panel, first = left // down, left % down
        last = min(down, first + end - at, first + DOWN)
        at += last - first
        column = panel * COLUMNS
        i, j = batch // inner, batch % inner
        a = word(given, A) + i * word(given, A_BATCH) + j * word(given, A_INNER)
        b = word(given, B) + i * word(given, B_BATCH) + j * word(given, B_INNER)
        if word(given, PANELS) != 0:
            b += panel * k * COLUMNS * ITEM
            b_step = COLUMNS * ITEM
        else:
            b += column * ITEM
            b_step = word(given, B_K)
        c = word(given, C) + i * word(given, C_BATCH) + j * word(given, C_INNER) + column * ITEM
        residual = word(given, RESIDUAL) + i * word(given, RESIDUAL_BATCH) + column * ITEM
        residual += j * word(given, RESIDUAL_INNER)
        put_word(words, B_STEP, b_step)
        put_word(words, WIDE, n - column)
        put_word(words, BIAS_AT, word(given, BIAS) + column * ITEM)
        start = 0
        while start == 0 or start < k:
            depth = min(DEEP, k - start)
            flags = ADD if start > 0 else 0
            put_word(words, FLAGS, flags | following if start + depth >= k else flags)
            for block in range(first, last):
                _block(
                    given, block, a + start * word(given, A_K), b + start * b_step, depth, c, residual, words
                )
            start += DEEP
    return 0


# The arguments of `pack_rows`, in words.
ROWS_SOURCE, ROWS_BATCH, ROWS_INNER, ROWS_M, ROWS_K, ROWS_BY_BATCH, ROWS_BY_INNER, ROWS_BY_K, ROWS_TARGET = (
    range(9)
)

TURN = 8
"""Steps of k at a time: so many lines that are a page apart still find room in the first cache."""


@kernel("int64(int64, int64, int64)")
def pack_rows(given: Any, thread: Any, threads: Any) -> int:
    """Lays a matrix whose rows m stand side by side out in blocks: (batch, K, M) -> (batch, blocks, K, ROWS).

    A block of A, as Goto and van de Geijn (2008) have it: where a step of k is far, each would be a miss of
    the caches, for every panel of B anew. Behind the last row stands what is no number of the matrix.
    """
    m, k = word(given, ROWS_M), word(given, ROWS_K)
    down = (m + ROWS - 1) // ROWS
    inner = word(given, ROWS_INNER)
    by_k = word(given, ROWS_BY_K) // ITEM
    total = word(given, ROWS_BATCH) * inner * down
    begin, end = total * thread // threads, total * (thread + 1) // threads
    while begin < end:
        batch, first = begin // down, begin % down
        last = min(down, first + end - begin)
        begin += last - first
        source = word(given, ROWS_SOURCE) + batch // inner * word(given, ROWS_BY_BATCH)
        source += batch % inner * word(given, ROWS_BY_INNER)
        start = 0
        while start < k:
            stop = min(k, start + TURN)
            for block in range(first, last):
                x = floats(source + (block * ROWS + start * by_k) * ITEM)
                y = floats(word(given, ROWS_TARGET) + ((batch * down + block) * k + start) * ROWS * ITEM)
                wide = min(ROWS, m - block * ROWS)
                for step in range(stop - start):
                    if wide == ROWS:
                        for row in range(ROWS):
                            y[step * ROWS + row] = x[step * by_k + row]
                    else:
                        for row in range(wide):
                            y[step * ROWS + row] = x[step * by_k + row]
            start = stop
    return 0
