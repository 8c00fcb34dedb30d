"""Matrix products, by register tiles."""

from typing import Any

from ..ops.jit import kernel
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
    FOLLOWING, BIAS, RESIDUAL, RESIDUAL_BATCH, RESIDUAL_INNER, RESIDUAL_ROW,
) = range(26)  # fmt: skip
PRODUCT_WORDS = 26


@kernel("int64(int64, int64, int64)")
def product(given: Any, thread: Any, threads: Any) -> int:
    """C = A·B, then what follows: (batch, M, K), (batch, K, N) -> (batch, M, N), strides in bytes.

    The batch is one of INNER_BATCH products within each of BATCH, every operand with a stride for both.
    The columns of B and C stand side by side; with PANELS, B is in panels of COLUMNS columns, each of whole
    rows k, as `pack.pack` leaves it. Threads share the tiles out, panel by panel.
    """
    m, n, k = word(given, M), word(given, N), word(given, K)
    down, across = (m + ROWS - 1) // ROWS, (n + COLUMNS - 1) // COLUMNS
    words = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    tap = words + 8 * WORDS
    rows = tap + 8 * TAP_WORDS
    residuals = rows + 8 * ROWS
    put_word(words, TABLE, tap)
    put_word(words, TAPS, 1)
    put_word(words, A_STEP, word(given, A_K))
    put_word(words, C_ROWS, rows)
    put_word(words, RESIDUAL_AT, residuals)
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
            put_word(tap, ROWS, b + start * b_step)
            put_word(tap, ROWS + 1, depth)
            flags = ADD if start > 0 else 0
            put_word(words, FLAGS, flags | following if start + depth >= k else flags)
            for block in range(first, last):
                for row in range(ROWS):
                    line = min(block * ROWS + row, m - 1)
                    put_word(tap, row, a + line * word(given, A_ROW) + start * word(given, A_K))
                    put_word(rows, row, c + line * word(given, C_ROW))
                    put_word(residuals, row, residual + line * word(given, RESIDUAL_ROW))
                tile(words)
            start += DEEP
    return 0
