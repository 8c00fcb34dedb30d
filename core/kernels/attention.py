"""Attention, some rows at a time: scores, softmax and the mix of values, while the rows are in the cache.

As in FlashAttention (Dao et al. 2022) the matrix of scores goes to memory only where something else wants it.
Whole rows of scores fit into a cache of the second level, so that a softmax needs no second look. Backwards
the same: the gradient of the weights, softmax's gradient, and its product with the keys. What lies ahead of
all rows at hand in causal attention is not computed.
"""

from typing import Any

from ..ops.jit import kernel
from .product import (
    A_ROW,
    BATCH,
    C_ROW,
    INNER_BATCH,
    PRODUCT_WORDS,
    SCRATCH,
    A,
    B,
    C,
    K,
    M,
    N,
    product,
)
from .softmax import softmax_grad_row, softmax_row
from .words import floats, put_word, word

# The arguments, in words: memory of each thread, its bytes, and how far in it
# that of the products begins; the words of both products as for the whole
# batch; how many rows a matrix has, how long they are, how many are done at a time; how many rows a causal
# matrix has (0 for none); whether the second product goes only as deep as the rows see; where the rows go,
# strides along the batch, within it, and from row to row (0 for the thread's own memory); likewise the
# softmax whose gradient is wanted (0 where the softmax itself is).
ATTENTION_WORDS = 18
(
    ROOM, ROOM_BYTES, TILES, FIRST, SECOND, ROWS, SIZE, AT_A_TIME, STEPS, CUT,
    KEPT, _, _, _,
    WEIGHTS, _, _, WEIGHTS_ROW,
) = range(ATTENTION_WORDS)  # fmt: skip

OWN_WORDS = 2 * PRODUCT_WORDS
"""What a thread needs before its rows."""


@kernel("void(int64, int64, int64)")
def _take_over(template: Any, mine: Any, tiles: Any) -> None:
    """Copies the words of a product, to be done one matrix at a time by one thread."""
    for at in range(PRODUCT_WORDS):
        put_word(mine, at, word(template, at))
    put_word(mine, SCRATCH, tiles)
    put_word(mine, BATCH, 1)
    put_word(mine, INNER_BATCH, 1)


@kernel("int64(int64, int64, int64, int64, int64)")
def _address(template: Any, operand: Any, i: Any, j: Any, begin: Any) -> Any:
    """Where a matrix's operand begins, from row `begin` on: its address, two strides and that of rows."""
    at = word(template, operand) + i * word(template, operand + 1) + j * word(template, operand + 2)
    return at + begin * word(template, operand + 3)


@kernel("void(int64, int64, int64, int64, int64, int64)")
def _soften(given: Any, rows: Any, apart: Any, weights: Any, begin: Any, seen: Any) -> None:
    """The softmax of rows of scores, or its gradient, in place; zeros behind what is seen."""
    steps, size = word(given, STEPS), word(given, SIZE)
    limit = seen if word(given, CUT) != 0 and word(given, KEPT) == 0 else size
    for row in range(min(word(given, AT_A_TIME), word(given, ROWS) - begin)):
        line = rows + row * apart
        here = seen if steps == 0 else min(size, begin + row + 1)
        if weights == 0:
            softmax_row(line, line, here, seen)
        else:
            softmax_grad_row(weights + row * word(given, WEIGHTS_ROW), line, line, here, seen)
        x = floats(line)
        for i in range(seen, limit):
            x[i] = 0.0


@kernel("int64(int64, int64, int64)", words=ATTENTION_WORDS)
def attention(given: Any, thread: Any, threads: Any) -> int:
    """C = softmax(A · B) · B', or its gradient, for blocks of rows that threads share out."""
    mine = word(given, ROOM) + thread * word(given, ROOM_BYTES)
    second = mine + 8 * PRODUCT_WORDS
    tiles = mine + word(given, TILES)
    before, after = word(given, FIRST), word(given, SECOND)
    _take_over(before, mine, tiles)
    _take_over(after, second, tiles)
    m, size, block = word(given, ROWS), word(given, SIZE), word(given, AT_A_TIME)
    inner = word(before, INNER_BATCH)
    across = (m + block - 1) // block
    total = word(before, BATCH) * inner * across
    for unit in range(total * thread // threads, total * (thread + 1) // threads):
        matrix, begin = unit // across, unit % across * block
        i, j = matrix // inner, matrix % inner
        count = min(block, m - begin)
        seen = size if word(given, STEPS) == 0 else min(size, begin + count)
        rows, apart = mine + 8 * OWN_WORDS, word(after, A_ROW)
        if word(given, KEPT) != 0:
            rows = _address(given, KEPT, i, j, begin)
        put_word(mine, A, _address(before, A, i, j, begin))
        put_word(mine, B, _address(before, B, i, j, 0))
        put_word(mine, C, rows)
        put_word(mine, C_ROW, apart)
        put_word(mine, M, count)
        put_word(mine, N, seen)
        product(mine, 0, 1)
        weights = 0
        if word(given, WEIGHTS) != 0:
            weights = _address(given, WEIGHTS, i, j, begin)
        _soften(given, rows, apart, weights, begin, seen)
        put_word(second, A, rows)
        put_word(second, B, _address(after, B, i, j, 0))
        put_word(second, C, _address(after, C, i, j, begin))
        put_word(second, M, count)
        put_word(second, K, seen if word(given, CUT) != 0 else size)
        product(second, 0, 1)
    return 0
