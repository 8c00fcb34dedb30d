"""The mask of causal attention: no step looks ahead."""

from typing import Any

import numpy as np

from ..ops.jit import kernel
from .words import floats, real_word, word

# The arguments, in words: where X and Y begin and how far apart their rows are, how many rows, how long, how
# many rows a matrix has, and what stands above the diagonal (as float64).
CAUSAL_WORDS = 8
X, X_APART, Y, Y_APART, ROWS, SIZE, STEPS, VALUE = range(CAUSAL_WORDS)


@kernel("int64(int64, int64, int64)", words=CAUSAL_WORDS)
def causal(given: Any, thread: Any, threads: Any) -> int:
    """Y = X on and below the diagonal of each matrix, and the value above it."""
    rows, size, steps = word(given, ROWS), word(given, SIZE), word(given, STEPS)
    value = np.float32(real_word(given, VALUE))
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        x = floats(word(given, X) + row * word(given, X_APART))
        y = floats(word(given, Y) + row * word(given, Y_APART))
        seen = min(size, row % steps + 1)
        for i in range(seen):
            y[i] = x[i]
        for i in range(seen, size):
            y[i] = value
    return 0
