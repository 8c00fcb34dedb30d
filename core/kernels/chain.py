"""Chains of elementwise operations in one pass over memory: block by block, each block in the first cache.

A plan's chains differ from network to network; this kernel reads one as data, so that none is compiled. A
block of a few hundred elements goes through all operations before the next one begins, as in the vectorised
interpreters of databases (Boncz, Zukowski and Nes 2005): a few nanoseconds per operation and block.
"""

from typing import Any

import numpy as np

from ..ops.jit import kernel
from .elementwise import COUNT, FIRST, INPUTS, OPERATION_WORDS, TARGET, operate
from .vector import ITEM
from .words import bytes_at, doubles, floats, put_word, real_word, word, words_at

BLOCK = 512
"""Elements at a time: a dozen such blocks stay in the first cache."""

MOST_OPERANDS = 48
MOST_OPERATIONS = 64
AXES = 4
"""Loops around the inner one."""

# The arguments, in words: scratch memory, the sizes of the outer axes and of the inner one, the elements of
# a block, how many operands, operations and sums, where their tables are, how long a short row is.
SCRATCH, OUTER = 0, 1
INNER, SPAN, OPERANDS, OPERATIONS, SUMS, OPERAND_TABLE, OPERATION_TABLE, SUM_TABLE, ROW = range(5, 14)

# An operand, in words: what it is, its address, its strides in bytes along the outer axes and the inner one,
# its period in elements.
KIND, ADDRESS, STRIDES, INNER_STRIDE, PERIOD = 0, 1, 2, 6, 7
OPERAND_WORDS = 8

DIRECT, SPREAD, GATHERED, SCATTERED, PERIODIC, HELD, TRUTHS, WHOLE, NOTED = range(9)
"""Read or written where it stands; one number along the inner axis; strided, read or written; a short row
again and again; not in memory at all; strided bytes, or 64-bit integers, read as 1 where they are not 0;
strided bytes written as 1 where the number is not 0."""

# A sum, in words: the operand whose elements are added up, where the float64 sums of the first thread stand,
# how many there are, their strides in elements along the outer axes and the inner one. A stride of -1 along
# the inner axis: a short row again and again.
SUMMED, TOTALS, WIDE, TOTAL_STRIDES, TOTAL_INNER = 0, 1, 2, 3, 7
SUM_WORDS = 8

SCRATCH_WORDS = AXES + (MOST_OPERANDS + 1) * (1 + BLOCK * ITEM // 8) + MOST_OPERATIONS * OPERATION_WORDS
"""Of each thread."""


@kernel("void(int64, int64, int64, int64, int64)")
def _repeat(source: Any, stride: Any, period: Any, target: Any, count: Any) -> None:
    """Fills a block with a short row again and again."""
    x, y = floats(source), floats(target)
    step = stride // ITEM
    for i in range(min(period, count)):
        y[i] = x[i * step]
    for i in range(period, count):
        y[i] = y[i - period]


@kernel("void(int64, int64, int64, int64)")
def _gather(source: Any, stride: Any, target: Any, count: Any) -> None:
    """Brings strided elements together."""
    x, y = floats(source), floats(target)
    step = stride // ITEM
    for i in range(count):
        y[i] = x[i * step]


@kernel("void(int64, int64, int64, int64)")
def _scatter(source: Any, target: Any, stride: Any, count: Any) -> None:
    """Puts elements that stand together where they belong."""
    x, y = floats(source), floats(target)
    step = stride // ITEM
    for i in range(count):
        y[i * step] = x[i]


@kernel("void(int64, int64, int64, int64)")
def _read_truths(source: Any, stride: Any, target: Any, count: Any) -> None:
    """Brings strided bytes together as the numbers 1, where they are not 0, and 0."""
    x, y = bytes_at(source), floats(target)
    if stride == 1:
        for i in range(count):
            y[i] = np.float32(x[i] != 0)
    else:
        for i in range(count):
            y[i] = np.float32(x[i * stride] != 0)


@kernel("void(int64, int64, int64, int64)")
def _read_whole(source: Any, stride: Any, target: Any, count: Any) -> None:
    """Brings strided 64-bit integers together as the numbers 1, where they are not 0, and 0."""
    x, y = words_at(source), floats(target)
    step = stride // 8
    for i in range(count):
        y[i] = np.float32(x[i * step] != 0)


@kernel("void(int64, int64, int64, int64)")
def _note_truths(source: Any, target: Any, stride: Any, count: Any) -> None:
    """Puts numbers that stand together where they belong, as bytes: 1 where they are not 0."""
    x, y = floats(source), bytes_at(target)
    if stride == 1:
        for i in range(count):
            y[i] = np.uint8(x[i] != 0)
    else:
        for i in range(count):
            y[i * stride] = np.uint8(x[i] != 0)


@kernel("float64(int64, int64)", reassociate=True)
def _total(source: Any, count: Any) -> float:
    """The sum of a block."""
    x = floats(source)
    total = np.float32(0)
    for i in range(count):
        total += x[i]
    return float(total)


FOLD = 128
"""Elements of rows that are added up side by side, in several vectors, before they are folded."""


@kernel("void(int64, int64, int64)")
def _add_row(source: Any, sums: Any, count: Any) -> None:
    """Adds a row to sums."""
    x, y = floats(source), floats(sums)
    for i in range(count):
        y[i] += x[i]


@kernel("void(int64, int64, int64, int64, int64)")
def _add_up(source: Any, count: Any, row: Any, totals: Any, room: Any) -> None:
    """Adds a block to float64 sums: to one, or to a row of them, its own rows first added in float32."""
    x, y = floats(source), doubles(totals)
    if row == 1:
        y[0] += _total(source, count)
    elif row >= count:
        for i in range(count):
            y[i] += x[i]
    else:
        sums = floats(room)
        wide = row * min(count // row, max(1, FOLD // row))  # of short rows several go at once
        for i in range(wide):
            sums[i] = x[i]
        for start in range(wide, count - wide + 1, wide):
            _add_row(source + start * ITEM, room, wide)
        for start in range(count // wide * wide, count, row):
            _add_row(source + start * ITEM, room, row)
        for start in range(row, wide, row):
            _add_row(room + start * ITEM, room, row)
        for i in range(row):
            y[i] += sums[i]


@kernel("int64(int64, int64, int64, int64)")
def _address(entry: Any, strides: Any, places: Any, start: Any) -> Any:
    """Where an operand stands for a block: by the line's places along the outer axes, then its start."""
    at = word(entry, ADDRESS) + start * word(entry, strides + AXES)
    for axis in range(AXES):
        at += word(places, axis) * word(entry, strides + axis)
    return at


@kernel("void(int64, int64, int64)")
def _begin(given: Any, thread: Any, room: Any) -> None:
    """Lays out the thread's own memory: where operands stand, the program, short rows, sums of nothing."""
    blocks = room + 8 * (MOST_OPERANDS + MOST_OPERATIONS * OPERATION_WORDS)
    for at in range(word(given, OPERANDS)):
        entry = word(given, OPERAND_TABLE) + 8 * OPERAND_WORDS * at
        place = blocks + ITEM * BLOCK * at
        put_word(room, at, place)
        if word(entry, KIND) == PERIODIC:
            _repeat(word(entry, ADDRESS), ITEM, word(entry, PERIOD), place, word(given, SPAN))
    for at in range(word(given, OPERATIONS) * OPERATION_WORDS):
        put_word(room, MOST_OPERANDS + at, word(word(given, OPERATION_TABLE), at))
    for at in range(word(given, SUMS)):
        entry = word(given, SUM_TABLE) + 8 * SUM_WORDS * at
        mine = doubles(word(entry, TOTALS) + thread * 8 * word(entry, WIDE))
        for i in range(word(entry, WIDE)):
            mine[i] = 0.0


@kernel("void(int64, int64, int64, int64, int64)")
def _bring(given: Any, room: Any, places: Any, start: Any, count: Any) -> None:
    """Has every operand of a block stand side by side, where its place in `room` says."""
    blocks = room + 8 * (MOST_OPERANDS + MOST_OPERATIONS * OPERATION_WORDS)
    for at in range(word(given, OPERANDS)):
        entry = word(given, OPERAND_TABLE) + 8 * OPERAND_WORDS * at
        kind = word(entry, KIND)
        if kind == DIRECT:
            put_word(room, at, _address(entry, STRIDES, places, start))
        elif kind == SPREAD:
            _repeat(_address(entry, STRIDES, places, start), 0, 1, blocks + ITEM * BLOCK * at, count)
        elif kind == GATHERED:
            source = _address(entry, STRIDES, places, start)
            _gather(source, word(entry, INNER_STRIDE), blocks + ITEM * BLOCK * at, count)
        elif kind == TRUTHS:
            source = _address(entry, STRIDES, places, start)
            _read_truths(source, word(entry, INNER_STRIDE), blocks + ITEM * BLOCK * at, count)
        elif kind == WHOLE:
            source = _address(entry, STRIDES, places, start)
            _read_whole(source, word(entry, INNER_STRIDE), blocks + ITEM * BLOCK * at, count)


@kernel("void(int64, int64, int64)")
def _work(given: Any, room: Any, count: Any) -> None:
    """Does the operations on a block, one after the other."""
    code = word(given, OPERATION_TABLE)
    for step in range(word(given, OPERATIONS)):
        here = room + 8 * (MOST_OPERANDS + OPERATION_WORDS * step)
        source = code + 8 * OPERATION_WORDS * step
        for part in range(TARGET, FIRST + INPUTS):
            put_word(here, part, word(room, word(source, part)))
        put_word(here, COUNT, count)
        operate(here)


@kernel("void(int64, int64, int64, int64, int64)")
def _take_away(given: Any, room: Any, places: Any, start: Any, count: Any) -> None:
    """Puts strided results of a block where they belong."""
    for at in range(word(given, OPERANDS)):
        entry = word(given, OPERAND_TABLE) + 8 * OPERAND_WORDS * at
        kind = word(entry, KIND)
        if kind == SCATTERED:
            target = _address(entry, STRIDES, places, start)
            _scatter(word(room, at), target, word(entry, INNER_STRIDE), count)
        elif kind == NOTED:
            target = _address(entry, STRIDES, places, start)
            _note_truths(word(room, at), target, word(entry, INNER_STRIDE), count)


@kernel("void(int64, int64, int64, int64, int64, int64)")
def _sum_up(given: Any, thread: Any, room: Any, places: Any, start: Any, count: Any) -> None:
    """Adds a block to the thread's sums."""
    spare = room + 8 * (MOST_OPERANDS + MOST_OPERATIONS * OPERATION_WORDS) + ITEM * BLOCK * MOST_OPERANDS
    for at in range(word(given, SUMS)):
        entry = word(given, SUM_TABLE) + 8 * SUM_WORDS * at
        step = word(entry, TOTAL_INNER)
        place = thread * word(entry, WIDE) + (start if step == 1 else 0)
        for axis in range(AXES):
            place += word(places, axis) * word(entry, TOTAL_STRIDES + axis)
        row = word(given, ROW) if step == -1 else count if step == 1 else 1
        _add_up(word(room, word(entry, SUMMED)), count, row, word(entry, TOTALS) + 8 * place, spare)


@kernel("int64(int64, int64, int64)")
def chain(given: Any, thread: Any, threads: Any) -> int:
    """Runs the operations on each block of SPAN elements of the inner axis; threads share the blocks out."""
    inner, span = word(given, INNER), word(given, SPAN)
    places = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    room = places + 8 * AXES
    _begin(given, thread, room)
    across = (inner + span - 1) // span
    total = across
    for axis in range(AXES):
        total *= word(given, OUTER + axis)
    for number in range(total * thread // threads, total * (thread + 1) // threads):
        line, start = number // across, (number % across) * span
        count = min(span, inner - start)
        for axis in range(AXES - 1, -1, -1):
            size = word(given, OUTER + axis)
            put_word(places, axis, line % size)
            line //= size
        _bring(given, room, places, start, count)
        _work(given, room, count)
        _take_away(given, room, places, start, count)
        _sum_up(given, thread, room, places, start, count)
    return 0


# The arguments of `combine`, in words.
PARTS, PARTS_WIDE, PARTS_THREADS, COMBINED, FACTOR = range(5)


@kernel("int64(int64, int64, int64)")
def combine(given: Any, thread: Any, threads: Any) -> int:
    """What each thread has summed, added up in their order, times a factor: (threads, n) -> (n,)."""
    n = word(given, PARTS_WIDE)
    parts, y = doubles(word(given, PARTS)), floats(word(given, COMBINED))
    factor = real_word(given, FACTOR)
    for i in range(n * thread // threads, n * (thread + 1) // threads):
        total = parts[i]
        for part in range(1, word(given, PARTS_THREADS)):
            total += parts[part * n + i]
        y[i] = total * factor
    return 0
