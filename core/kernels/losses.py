"""What rows of scores say of the right classes: cross-entropy, mean log-probability, and their gradients.

A target that is no class ends a kernel with status 1, before anything is read by it.
"""

from math import log
from typing import Any

import numpy as np
from llvmlite import ir

from ..ops.jit import kernel
from .rows import held_at, loaded, put_one, row_function
from .softmax import greatest_of, powers_of, sum_of
from .vector import ITEM, Code
from .words import doubles, floats, real_word, word, words_at

# The arguments, in words: memory of each thread, where the scores begin, how far apart rows and neighbours
# in a row are, how many rows and classes, where the targets (64-bit integers) stand side by side, which of
# them counts as none, the smoothing, where the result goes; for a gradient where that of the loss stands.
LOSS_WORDS = 12
(
    SCRATCH, X, X_APART, X_STEP, ROWS, CLASSES, TARGETS, IGNORED, SMOOTHING, RESULT, RESULT_APART, GIVEN,
) = range(LOSS_WORDS)  # fmt: skip

ROOM = 3
"""Floats that a row's sums take."""

OUTSIDE = 1
"""The status where a target is no class."""


@row_function
def row_sums(code: Code, x: ir.Value, room: ir.Value, count: ir.Value) -> None:
    """Leaves the greatest of a row, the sum of e^(x - greatest) and the sum of x - greatest in `room`."""
    top = greatest_of(code, x, count)
    put_one(top, room)
    put_one(powers_of(code, x, None, count, top), code.at(room, ITEM))
    linear = sum_of(code, count, lambda offset, mask: loaded(code, code.at(x, offset), mask) - top)
    put_one(linear, code.at(room, 2 * ITEM))


@row_function
def row_powers(code: Code, x: ir.Value, y: ir.Value, room: ir.Value, count: ir.Value) -> None:
    """y = e^(x - greatest) over a row, and their sum in `room`."""
    put_one(powers_of(code, x, y, count, greatest_of(code, x, count)), room)


@row_function
def row_shares(code: Code, y: ir.Value, room: ir.Value, count: ir.Value) -> None:
    """y = (y · a - b) · c, the three numbers standing in `room`."""
    share, less, factor = (held_at(code, code.at(room, place * ITEM)) for place in range(ROOM))

    def made(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
        place = code.at(y, offset)
        code.store_lanes(((loaded(code, place, mask) * share - less) * factor).value, place, mask)

    code.vectors(count, made)


@kernel("int64(int64)")
def kept(given: Any) -> int:
    """How many targets count; -1 where one is no class."""
    targets, ignored = words_at(word(given, TARGETS)), word(given, IGNORED)
    classes = word(given, CLASSES)
    count = 0
    for row in range(word(given, ROWS)):
        if targets[row] != ignored:
            if targets[row] < 0 or targets[row] >= classes:
                return -1
            count += 1
    return count


@kernel("int64(int64, int64, int64)", words=LOSS_WORDS)
def cross_entropy(given: Any, thread: Any, threads: Any) -> int:
    """Each thread's sum over its rows of -(1 - ε) ln p[target] - ε · mean ln p, to RESULT[thread]."""
    if kept(given) < 0:
        return OUTSIDE
    rows, classes, ignored = word(given, ROWS), word(given, CLASSES), word(given, IGNORED)
    targets = words_at(word(given, TARGETS))
    smoothing = real_word(given, SMOOTHING)
    room = word(given, SCRATCH) + thread * 8 * ROOM
    sums = floats(room)
    total = 0.0
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        if targets[row] == ignored:
            continue
        x = word(given, X) + row * word(given, X_APART)
        row_sums(x, room, classes)
        shift = log(np.float64(sums[1]))
        total -= (1 - smoothing) * ((floats(x)[targets[row]] - sums[0]) - shift)
        if smoothing > 0:
            total -= smoothing * (sums[2] / classes - shift)
    doubles(word(given, RESULT))[thread] = total
    return 0


@kernel("int64(int64, int64, int64)", words=LOSS_WORDS)
def nll(given: Any, thread: Any, threads: Any) -> int:
    """Each thread's sum over its rows of -x[target], to RESULT[thread]."""
    if kept(given) < 0:
        return OUTSIDE
    rows, ignored = word(given, ROWS), word(given, IGNORED)
    targets = words_at(word(given, TARGETS))
    total = 0.0
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        if targets[row] != ignored:
            x = word(given, X) + row * word(given, X_APART) + targets[row] * word(given, X_STEP)
            total -= floats(x)[0]
    doubles(word(given, RESULT))[thread] = total
    return 0


# The arguments of `mean_loss`: the sums, how many, the result, and the losses' own arguments.
MEAN_WORDS = 4
SUMS, COUNT, MEAN, LOSS = range(MEAN_WORDS)


@kernel("int64(int64, int64, int64)", words=MEAN_WORDS)
def mean_loss(given: Any, thread: Any, threads: Any) -> int:
    """The threads' sums by the number of targets that count."""
    if thread == 0:
        total = 0.0
        sums = doubles(word(given, SUMS))
        for part in range(word(given, COUNT)):
            total += sums[part]
        floats(word(given, MEAN))[0] = total / kept(word(given, LOSS))
    return 0


@kernel("int64(int64, int64, int64)", words=LOSS_WORDS)
def cross_entropy_grad(given: Any, thread: Any, threads: Any) -> int:
    """RESULT = (softmax(x) - q) · GIVEN/n, row by row: q = 1 - ε at the target plus ε/C; 0 where ignored."""
    count = kept(given)
    if count < 0:
        return OUTSIDE
    rows, classes, ignored = word(given, ROWS), word(given, CLASSES), word(given, IGNORED)
    targets = words_at(word(given, TARGETS))
    smoothing = real_word(given, SMOOTHING)
    factor = floats(word(given, GIVEN))[0] / count
    room = word(given, SCRATCH) + thread * 8 * ROOM
    sums = floats(room)
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        to = word(given, RESULT) + row * word(given, RESULT_APART)
        y = floats(to)
        if targets[row] == ignored:
            for i in range(classes):
                y[i] = 0.0
            continue
        row_powers(word(given, X) + row * word(given, X_APART), to, room, classes)
        y[targets[row]] -= (1 - smoothing) * sums[0]
        sums[0] = 1 / sums[0]
        sums[1] = smoothing / classes
        sums[2] = factor
        row_shares(to, room, classes)
    return 0


@kernel("int64(int64, int64, int64)", words=LOSS_WORDS)
def nll_grad(given: Any, thread: Any, threads: Any) -> int:
    """RESULT = -GIVEN/n at the targets that count, 0 elsewhere, row by row."""
    count = kept(given)
    if count < 0:
        return OUTSIDE
    rows, classes, ignored = word(given, ROWS), word(given, CLASSES), word(given, IGNORED)
    targets = words_at(word(given, TARGETS))
    share = -floats(word(given, GIVEN))[0] / count
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        y = floats(word(given, RESULT) + row * word(given, RESULT_APART))
        for i in range(classes):
            y[i] = 0.0
        if targets[row] != ignored:
            y[targets[row]] = share
    return 0
