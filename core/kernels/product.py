"""Matrix products, by register tiles."""

from typing import Any

from ..ops.jit import kernel
from .block import BLOCK, TABLE_WORDS, fetch_block, lay_block_out, lay_rows_out, table_of_block
from .parts import SUMMED_TOGETHER
from .tile import (
    A_NEXT,
    A_STEP,
    B_STEP,
    BIAS,
    BIAS_AT,
    C_NEXT,
    COLUMNS,
    FLAGS,
    PAST,
    RELU,
    RESIDUAL,
    RESIDUAL_AT,
    RESIDUAL_NEXT,
    ROWS,
    SHORT_ROWS,
    TABLE,
    TAP_WORDS,
    TAPS,
    TILES,
    WIDE,
    WORDS,
    C as C_ROWS,
    one_row_tile,
    short_tile,
    tile,
)
from .vector import CACHE_LINE, ITEM
from .words import put_word, word

MOST_TILES = 64
"""Tiles, one below the other, that a block of B serves at the most: their sums stay in the second cache."""

NEAR = 1 << 20
"""Bytes of A that stay in a core's second cache while the panels of B go past."""

AT_A_TIME = 4
"""Tiles that are summed before more of the next block is asked for."""

STAYS = 1 << 18
"""Bytes of B up to which it is in the second cache from one run to the next, and need not be asked for."""

AS_IT_STANDS, IN_PANELS, LAID_OUT = range(3)
"""How a matrix is read: where it is, B with its columns side by side; B in panels that were packed before; or
in parts that each thread lays out for itself just before they are used."""

# The arguments, in words.
PRODUCT_WORDS = 32
(
    SCRATCH, SCRATCH_BYTES, ROWS_AT, GROUP, SPAN, BATCH, INNER_BATCH, M, N, K,
    A, A_BATCH, A_INNER, A_ROW, A_K, A_FORM,
    B, B_BATCH, B_INNER, B_K, B_COLUMN, B_FORM,
    C, C_BATCH, C_INNER, C_ROW,
    FOLLOWING, BIAS_WORD, RESIDUAL_WORD, RESIDUAL_BATCH, RESIDUAL_INNER, RESIDUAL_ROW,
) = range(PRODUCT_WORDS)  # fmt: skip

_PLACES = WORDS + BLOCK // SUMMED_TOGETHER * TAP_WORDS
_TABLE = _PLACES + 2 * ROWS
_BLOCK = (8 * (_TABLE + TABLE_WORDS) + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE
_SUMS = _BLOCK + BLOCK * COLUMNS * ITEM


def blocking(m: int, k: int, a_form: int) -> tuple[int, int, int, int]:
    """In words: the scratch memory's bytes, where rows of A begin in it, tiles of a group, a span of K.

    Groups are about as high as one another, spans about as deep.
    """
    down, blocks = -(-m // ROWS), max(1, -(-k // BLOCK))
    group = -(-down // -(-down // MOST_TILES))
    most = max(1, NEAR // (group * ROWS * BLOCK * ITEM))
    span = -(-blocks // -(-blocks // most)) * BLOCK
    rows_at = _SUMS + (group * ROWS * COLUMNS * ITEM if span > BLOCK else 0)
    size = rows_at + (group * ROWS * min(k, span) * ITEM if a_form == LAID_OUT else 0)
    return -(-size // CACHE_LINE) * CACHE_LINE, rows_at, group, span


@kernel("void(int64, int64, int64, int64, int64)")
def put_rows(table: Any, rows: Any, left: Any, first: Any, step: Any) -> None:
    """Writes where so many rows begin; of fewer that are left the last one is taken again."""
    for row in range(rows):
        put_word(table, row, first)
        first += step if row + 1 < left else 0


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64)")
def put_taps(words: Any, rows: Any, left: Any, a: Any, a_row: Any, b: Any, b_k: Any, depth: Any) -> None:
    """Cuts the depth of a tile into taps, after each of which its sums are put aside.

    Of fewer rows than the tile has the last one is taken again. The steps of k stand as the words tell.
    """
    entry, a_k = word(words, TABLE), word(words, A_STEP)
    taps, start = 0, 0
    while start == 0 or start < depth:
        put_rows(entry, rows, left, a + start * a_k, a_row)
        put_word(entry, rows, b + start * b_k)
        put_word(entry, rows + 1, min(SUMMED_TOGETHER, depth - start))
        entry += 8 * (rows + 2)
        taps += 1
        start += SUMMED_TOGETHER
    put_word(words, TAPS, taps)


@kernel("int64(int64)")
def _even_block(depth: Any) -> int:
    """How deep the blocks of a part of K are, one about as deep as another."""
    even: int = max(1, depth)
    if depth > BLOCK:
        blocks = (depth + BLOCK - 1) // BLOCK
        even = (depth + blocks - 1) // blocks
    return even


@kernel("int64(int64, int64, int64)")
def _ending(following: Any, c: Any, c_row: Any) -> int:
    """What of the flags is done with whole sums: past the caches go whole lines of them."""
    flags: int = following & (BIAS | RELU)
    if (c | c_row) % CACHE_LINE == 0:
        flags |= following & PAST
    return flags


@kernel("void(int64, int64, int64, int64, int64, int64, int64)")
def _sum_tiles(words: Any, rows: Any, left: Any, c: Any, c_row: Any, plus: Any, plus_row: Any) -> None:
    """Sums tiles of so many rows; the words tell the rest."""
    put_word(words, C_NEXT, ROWS * c_row)
    put_rows(word(words, C_ROWS), rows, left, c, c_row)
    if word(words, FLAGS) & RESIDUAL:
        put_word(words, RESIDUAL_NEXT, ROWS * plus_row)
        put_rows(word(words, RESIDUAL_AT), rows, left, plus, plus_row)
    if rows == ROWS:
        tile(words)
    elif rows == SHORT_ROWS:
        short_tile(words)
    else:
        one_row_tile(words)


@kernel("void(" + ", ".join(["int64"] * 17) + ")")
def _sum_block(
    words: Any, first: Any, last: Any, left: Any, a: Any, a_row: Any, b: Any, depth: Any,
    c: Any, c_row: Any, plus: Any, plus_row: Any,
    after: Any, after_k: Any, after_column: Any, deep: Any, wide: Any,
) -> None:  # fmt: skip
    """Sums the tiles from one to another over a block of B; so many rows are left.

    Meanwhile it asks for the one after, which is so deep and wide, or for nothing where it is not deep.
    """
    at = first
    while at < last:
        here = left - at * ROWS
        rows = ROWS if here > SHORT_ROWS else SHORT_ROWS if here > 1 else 1
        tiles = max(1, min(last - at, here // ROWS))
        if deep > 0:
            tiles = min(tiles, AT_A_TIME)
            done = at - first
            fetch_block(after, after_k, after_column, deep, wide, done, done + tiles, last - first)
        put_word(words, TILES, tiles)
        begin = a + at * word(words, A_NEXT)
        put_taps(words, rows, here, begin, a_row, b, word(words, B_STEP), depth)
        to, more = c + at * ROWS * c_row, plus + at * ROWS * plus_row
        _sum_tiles(words, rows, here, to, c_row, more, plus_row)
        at += tiles


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64, int64, int64, int64, int64)")
def _sum_panel(
    given: Any, words: Any, first: Any, last: Any, begin: Any, end: Any, left: Any,
    a: Any, b: Any, c: Any, residual: Any, wide: Any,
) -> None:  # fmt: skip
    """Sums the tiles from one to another of a panel over a part of K, block by block; so many rows are left.

    A block of B stays near while the tiles go past. Up to the last block their sums
    stand side by side in the thread's own memory.
    """
    block = words + _BLOCK
    k, form = word(given, K), word(given, B_FORM)
    following = word(given, FOLLOWING)
    a_row, a_k = word(given, A_ROW), word(given, A_K)
    a_block = ROWS * a_row
    if word(given, A_FORM) == LAID_OUT:
        a_row, a_k, a_block = ITEM, ROWS * ITEM, (end - begin) * ROWS * ITEM
    c_row, residual_row = word(given, C_ROW), word(given, RESIDUAL_ROW)
    b_k, b_column = word(given, B_K), word(given, B_COLUMN)
    by_panel = COLUMNS * b_column
    if form == IN_PANELS:
        b_k, b_column, by_panel = COLUMNS * ITEM, ITEM, k * COLUMNS * ITEM
    far = k * word(given, N) * ITEM > STAYS
    put_word(words, A_STEP, a_k)
    put_word(words, A_NEXT, a_block)
    put_word(words, WIDE, wide)
    put_word(words, B_STEP, COLUMNS * ITEM if form == LAID_OUT else b_k)
    sums_row = COLUMNS * ITEM
    sums = words + _SUMS - first * ROWS * sums_row
    each = _even_block(end - begin)
    start = begin
    while start == begin or start < end:
        depth = min(each, end - start)
        at_b = b + start * b_k
        if form == LAID_OUT:
            lay_block_out(at_b, b_k, b_column, depth, wide, block, words + 8 * _TABLE)
            at_b = block
        flags = following & RESIDUAL if start == 0 else RESIDUAL
        if start + depth >= k:
            flags |= _ending(following, c, c_row)
        put_word(words, FLAGS, flags)
        after, deep = b + (start + each) * b_k, min(each, end - start - each)
        if deep <= 0:
            after, deep = b + begin * b_k + by_panel, min(each, end - begin)
        to, to_row = (c, c_row) if start + depth >= end else (sums, sums_row)
        plus, plus_row = (sums, sums_row) if start > begin else (c, c_row)
        if start == 0:
            plus, plus_row = residual, residual_row
        _sum_block(
            words, first, last, left, a + (start - begin) * a_k, a_row, at_b, depth,
            to, to_row, plus, plus_row, after, b_k, b_column, deep if far else 0, wide,
        )  # fmt: skip
        start += each


@kernel("void(int64, int64, int64, int64, int64, int64, int64)")
def _sum_group(given: Any, words: Any, batch: Any, begin: Any, high: Any, first: Any, last: Any) -> None:
    """Sums the tiles from one to another of a group, panel by panel, for so much of K that A stays near.

    The tiles of a panel are `high` of the group that starts at tile `begin`.
    """
    m, n, k = word(given, M), word(given, N), word(given, K)
    i, j = batch // word(given, INNER_BATCH), batch % word(given, INNER_BATCH)
    a_row, a_k = word(given, A_ROW), word(given, A_K)
    a = word(given, A) + i * word(given, A_BATCH) + j * word(given, A_INNER) + begin * ROWS * a_row
    b = word(given, B) + i * word(given, B_BATCH) + j * word(given, B_INNER)
    c = word(given, C) + i * word(given, C_BATCH) + j * word(given, C_INNER)
    c += begin * ROWS * word(given, C_ROW)
    residual = word(given, RESIDUAL_WORD) + i * word(given, RESIDUAL_BATCH) + j * word(given, RESIDUAL_INNER)
    residual += begin * ROWS * word(given, RESIDUAL_ROW)
    left = m - begin * ROWS
    by_panel = COLUMNS * word(given, B_COLUMN)
    if word(given, B_FORM) == IN_PANELS:
        by_panel = k * COLUMNS * ITEM
    start = 0
    while start == 0 or start < k:
        end = min(k, start + word(given, SPAN))
        at_a = a + start * a_k
        if word(given, A_FORM) == LAID_OUT:
            at_a = words + word(given, ROWS_AT)
            lay_rows_out(a + start * a_k, a_row, a_k, min(high * ROWS, left), end - start, at_a)
        panel, at = first // high, first
        while at < last:
            tile_at = at - panel * high
            until = min(high, tile_at + last - at)
            column = panel * COLUMNS * ITEM
            put_word(words, BIAS_AT, word(given, BIAS_WORD) + column)
            _sum_panel(
                given, words, tile_at, until, start, end, left,
                at_a, b + panel * by_panel, c + column, residual + column, n - panel * COLUMNS,
            )  # fmt: skip
            at += until - tile_at
            panel += 1
        start += word(given, SPAN)


@kernel("int64(int64, int64, int64)", words=PRODUCT_WORDS)
def product(given: Any, thread: Any, threads: Any) -> int:
    """C = A·B, then what follows: (batch, M, K), (batch, K, N) -> (batch, M, N), strides in bytes.

    The batch is one of INNER_BATCH products within each of BATCH, every operand with a stride for both.
    The columns of C stand side by side. Panels of B have COLUMNS columns, each of whole rows k, as
    `pack.pack` leaves them. The loops are those of Goto and van de Geijn (2008): a part of A stays in the
    second cache, a block of B in the first. Threads share the tiles out, group by group, in those panel by
    panel.
    """
    m, n, group = word(given, M), word(given, N), word(given, GROUP)
    down, across = (m + ROWS - 1) // ROWS, (n + COLUMNS - 1) // COLUMNS
    words = word(given, SCRATCH) + thread * word(given, SCRATCH_BYTES)
    put_word(words, TABLE, words + 8 * WORDS)
    put_word(words, C_ROWS, words + 8 * _PLACES)
    put_word(words, RESIDUAL_AT, words + 8 * (_PLACES + ROWS))
    if word(given, B_FORM) == LAID_OUT and word(given, B_COLUMN) != ITEM:
        table_of_block(words + _BLOCK, words + 8 * _TABLE)
    total = word(given, BATCH) * word(given, INNER_BATCH) * across * down
    at, end = total * thread // threads, total * (thread + 1) // threads
    while at < end:
        batch, left = at // (across * down), at % (across * down)
        begin = left // (across * group) * group
        high = min(group, down - begin)
        first = left - begin * across
        last = min(high * across, first + end - at)
        _sum_group(given, words, batch, begin, high, first, last)
        at += last - first
    return 0
