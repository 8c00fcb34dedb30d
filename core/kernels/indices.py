"""Elements by their numbers: rows of a table and sums back into one, places along an axis, ones at a place.

An index that is outside ends a kernel with status 1, before anything is read or written by it.
"""

from typing import Any

from ..ops.jit import kernel
from .vector import ITEM
from .words import floats, word, words_at

OUTSIDE = 1
"""The status where an index is outside."""

# The arguments of `gather` and `scatter_add`, in words: the table, how far apart its rows are, how many, how
# many floats each, the indices (64-bit integers) side by side, how many, the rows side by side, and the index
# whose row stays 0 in a sum (-1 for none); for a sum, whether the table has numbers to be added to.
SCATTER_WORDS = 9
TABLE, APART, COUNT, WIDE, INDICES, NUMBER, ROWS, UNLEARNT, ONTO = range(SCATTER_WORDS)
GATHER_WORDS = UNLEARNT


@kernel("int64(int64, int64, int64)", words=GATHER_WORDS)
def gather(given: Any, thread: Any, threads: Any) -> int:
    """ROWS[n] = TABLE[INDICES[n]]."""
    wide, count, total = word(given, WIDE), word(given, COUNT), word(given, NUMBER)
    indices = words_at(word(given, INDICES))
    for n in range(total * thread // threads, total * (thread + 1) // threads):
        index = indices[n]
        if index < 0 or index >= count:
            return OUTSIDE
        row, to = (
            floats(word(given, TABLE) + index * word(given, APART)),
            floats(word(given, ROWS) + n * wide * ITEM),
        )
        for i in range(wide):
            to[i] = row[i]
    return 0


@kernel("int64(int64, int64, int64)", words=SCATTER_WORDS)
def scatter_add(given: Any, thread: Any, threads: Any) -> int:
    """TABLE[i] = the sum of ROWS[n] over the n with INDICES[n] = i; each thread has rows of its own."""
    wide, count, unlearnt = word(given, WIDE), word(given, COUNT), word(given, UNLEARNT)
    indices = words_at(word(given, INDICES))
    begin, end = count * thread // threads, count * (thread + 1) // threads
    nothing = floats(word(given, TABLE) + begin * wide * ITEM)
    if word(given, ONTO) == 0:
        for i in range((end - begin) * wide):
            nothing[i] = 0.0
    for n in range(word(given, NUMBER)):
        index = indices[n]
        if index < 0 or index >= count:
            return OUTSIDE
        if begin <= index < end and index != unlearnt:
            row = floats(word(given, ROWS) + n * wide * ITEM)
            total = floats(word(given, TABLE) + index * wide * ITEM)
            for i in range(wide):
                total[i] += row[i]
    return 0


# The arguments of `take_along` and its gradient, in words: X (OUTER, SIZE, INNER), the indices and Y (OUTER,
# TAKEN, INNER), all side by side.
ALONG_WORDS = 7
X, PICKED, Y, OUTER, SIZE, TAKEN, INNER = range(ALONG_WORDS)


@kernel("int64(int64, int64, int64)", words=ALONG_WORDS)
def take_along(given: Any, thread: Any, threads: Any) -> int:
    """Y[o, i, c] = X[o, PICKED[o, i, c], c]."""
    x, picked, y = floats(word(given, X)), words_at(word(given, PICKED)), floats(word(given, Y))
    size, taken, inner = word(given, SIZE), word(given, TAKEN), word(given, INNER)
    total = word(given, OUTER) * taken
    for number in range(total * thread // threads, total * (thread + 1) // threads):
        first = number // taken * size
        for c in range(inner):
            index = picked[number * inner + c]
            if index < 0 or index >= size:
                return OUTSIDE
            y[number * inner + c] = x[(first + index) * inner + c]
    return 0


@kernel("int64(int64, int64, int64)", words=ALONG_WORDS)
def take_along_grad(given: Any, thread: Any, threads: Any) -> int:
    """X[o, j, c] = the sum of Y[o, i, c] over the i with PICKED[o, i, c] = j."""
    x, picked, y = floats(word(given, X)), words_at(word(given, PICKED)), floats(word(given, Y))
    size, taken, inner = word(given, SIZE), word(given, TAKEN), word(given, INNER)
    outer = word(given, OUTER)
    begin, end = outer * thread // threads, outer * (thread + 1) // threads
    nothing = floats(word(given, X) + begin * size * inner * ITEM)
    for i in range((end - begin) * size * inner):
        nothing[i] = 0.0
    for number in range(begin * taken, end * taken):
        first = number // taken * size
        for c in range(inner):
            index = picked[number * inner + c]
            if index < 0 or index >= size:
                return OUTSIDE
            x[(first + index) * inner + c] += y[number * inner + c]
    return 0


# The arguments of `one_hot`, in words: the indices, how many, the rows of Y, how many places each has.
ONE_HOT_WORDS = 4
PLACES, HOW_MANY, ONES, ROOM = range(ONE_HOT_WORDS)


@kernel("int64(int64, int64, int64)", words=ONE_HOT_WORDS)
def one_hot(given: Any, thread: Any, threads: Any) -> int:
    """ONES[n, PLACES[n]] = 1, and 0 elsewhere."""
    places, total, room = words_at(word(given, PLACES)), word(given, HOW_MANY), word(given, ROOM)
    for n in range(total * thread // threads, total * (thread + 1) // threads):
        if places[n] < 0 or places[n] >= room:
            return OUTSIDE
        y = floats(word(given, ONES) + n * room * ITEM)
        for i in range(room):
            y[i] = 0.0
        y[places[n]] = 1.0
    return 0
