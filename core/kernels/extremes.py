"""The greatest or least of rows, and the place of the greatest."""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel
from .formulas import maximum, minimum
from .lanes import Lanes
from .rows import folded, greatest_lane, least_lane, loaded, put_one, row_function
from .vector import ITEM, Code
from .words import floats, word, words_at

# The arguments, in words: where the rows begin, how far apart rows and neighbours are, where the results
# stand side by side, how many rows, how long.
EXTREME_WORDS = 6
X, X_APART, X_STEP, Y, ROWS, SIZE = range(EXTREME_WORDS)


@row_function
def row_greatest(code: Code, x: ir.Value, y: ir.Value, count: ir.Value) -> None:
    """y = the greatest of a row, NaN where one is NaN."""
    infinity = float("-inf")

    def step(offset: ir.Value, mask: ir.Value | None, held: Any) -> list[Lanes]:
        return [maximum(held[0], loaded(code, code.at(x, offset), mask, infinity))]

    (found,) = folded(code, count, [infinity], step, lambda place, a, b: maximum(a, b))
    put_one(greatest_lane(found), y)


@row_function
def row_least(code: Code, x: ir.Value, y: ir.Value, count: ir.Value) -> None:
    """y = the least of a row, NaN where one is NaN."""
    infinity = float("inf")

    def step(offset: ir.Value, mask: ir.Value | None, held: Any) -> list[Lanes]:
        return [minimum(held[0], loaded(code, code.at(x, offset), mask, infinity))]

    (found,) = folded(code, count, [infinity], step, lambda place, a, b: minimum(a, b))
    put_one(least_lane(found), y)


@kernel("int64(int64, int64, int64)", words=EXTREME_WORDS)
def greatest(given: Any, thread: Any, threads: Any) -> int:
    """Y = the greatest of each row."""
    rows = word(given, ROWS)
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        row_greatest(
            word(given, X) + row * word(given, X_APART), word(given, Y) + row * ITEM, word(given, SIZE)
        )
    return 0


@kernel("int64(int64, int64, int64)", words=EXTREME_WORDS)
def least(given: Any, thread: Any, threads: Any) -> int:
    """Y = the least of each row."""
    rows = word(given, ROWS)
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        row_least(word(given, X) + row * word(given, X_APART), word(given, Y) + row * ITEM, word(given, SIZE))
    return 0


@kernel("int64(int64, int64, int64)", words=EXTREME_WORDS)
def place_of_greatest(given: Any, thread: Any, threads: Any) -> int:
    """Y = the place of the greatest of each row, as 64-bit integers: the first of equals; NaN is greatest."""
    rows, size, step = word(given, ROWS), word(given, SIZE), word(given, X_STEP) // ITEM
    y = words_at(word(given, Y))
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        x = floats(word(given, X) + row * word(given, X_APART))
        best, place = x[0], 0
        for i in range(1, size):
            value = x[i * step]
            if value > best or (value != value and best == best):
                best, place = value, i
        y[row] = place
    return 0
