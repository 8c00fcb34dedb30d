"""A linear map along one axis: each place of the result is a weighted sum of a few places of the argument.

The map is a sparse matrix told row by row (compressed rows): flips, borders made of edges, resampling, and
the gradients of these, which are the transposed matrices.
"""

from typing import Any

import numpy as np
from llvmlite import ir

from ..ops.jit import kernel
from .lanes import Lanes
from .rows import lanes, row_function
from .vector import ITEM, Code
from .words import doubles, floats, word, words_at

# The arguments, in words: X (OUTER, SIZE, INNER) and Y (OUTER, COUNT, INNER) side by side; STARTS has
# COUNT + 1 entries: where in PLACES and WEIGHTS (float64) the entries of each place of Y begin.
MIX_WORDS = 9
X, Y, OUTER, SIZE, COUNT, INNER, STARTS, PLACES, WEIGHTS = range(MIX_WORDS)

SHORT = 4
"""Up to so many neighbours go one by one."""


@row_function
def mix_row(
    code: Code, x: ir.Value, y: ir.Value, places: ir.Value, weights: ir.Value, taps: ir.Value, count: ir.Value
) -> None:
    """y = the sum of so many rows of x at `places`, `count` floats each, by their weights."""
    b = code.builder
    apart = b.mul(count, code.number(ITEM))

    def made(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
        def tap(index: ir.Value, total: ir.Value) -> list[ir.Value]:
            word_at = b.mul(index, code.number(8))
            place = code.load_word(code.at(places, word_at))
            weight = Lanes(code, code.splat(code.load_double(code.at(weights, word_at))))
            seen = code.load_lanes(code.at(code.at(x, b.mul(place, apart)), offset), mask)
            return [(Lanes(code, total) + Lanes(code, seen) * weight).value]

        (total,) = code.loop(taps, [lanes(code, 0.0).value], tap)
        code.store_lanes(total, code.at(y, offset), mask)

    code.vectors(count, made)


@kernel("int64(int64, int64, int64)", words=MIX_WORDS)
def mix(given: Any, thread: Any, threads: Any) -> int:
    """Y[o, p] = the sum over p's entries of weight · X[o, place]."""
    size, count, inner = word(given, SIZE), word(given, COUNT), word(given, INNER)
    starts, places = words_at(word(given, STARTS)), words_at(word(given, PLACES))
    weights = doubles(word(given, WEIGHTS))
    total = word(given, OUTER) * count
    for number in range(total * thread // threads, total * (thread + 1) // threads):
        outer, p = number // count, number % count
        x = word(given, X) + outer * size * inner * ITEM
        y = word(given, Y) + number * inner * ITEM
        first = starts[p]
        taps = starts[p + 1] - first
        if inner > SHORT:
            mix_row(x, y, word(given, PLACES) + 8 * first, word(given, WEIGHTS) + 8 * first, taps, inner)
            continue
        seen, made = floats(x), floats(y)
        for i in range(inner):
            value = np.float32(0)
            for tap in range(first, first + taps):
                value += seen[places[tap] * inner + i] * np.float32(weights[tap])
            made[i] = value
    return 0
