"""Chains of elementwise operations in one pass over memory: block by block, each block in the first cache.

A plan's chains differ from network to network; this kernel reads one as data, so that none is compiled. A
block of a few hundred elements goes through all operations before the next one begins, as in the vectorised
interpreters of databases (Boncz, Zukowski and Nes 2005), which costs a few nanoseconds per operation and block.
"""

from typing import Any

import numpy as np

from ..ops.jit import kernel
from .elementwise import COUNT, FIRST, OPERATION_WORDS, TARGET, operate
from .vector import ITEM
from .words import doubles, floats, put_word, real_word, word

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

DIRECT, SPREAD, GATHERED, SCATTERED, PERIODIC, HELD = range(6)
"""Read or written where it stands; one number along the inner axis; strided, read or written; a short row again
and again; not in memory at all."""

# A sum, in words: the operand whose elements are added up, where the float64 sums of the first thread stand, how
# many there are, their strides in elements along the outer axes and the inner one. A stride of -1 along the
# inner axis: a short row again and again.
SUMMED, TOTALS, WIDE, TOTAL_STRIDES, TOTAL_INNER = 0, 1, 2, 3, 7
SUM_WORDS = 8

SCRATCH_WORDS = (MOST_OPERANDS + 1) * (1 + BLOCK * ITEM // 8) + MOST_OPERATIONS * OPERATION_WORDS
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


@kernel("float64(int64, int64)", reassociate=True)
def _total(source: Any, count: Any) -> float:
    """The sum of a block."""
    x = floats(source)
    total = np.float32(0)
    for i in range(count):
        total += x[i]
    return float(total)


@kernel("void(int64, int64, int64, int64, int64)")
def _add_up(source: Any, count: Any, row: Any, totals: Any, room: Any) -> None:
    """Adds a block to float64 sums: to one, or to a row of them, the rows of the block first added in float32."""
    x, y = floats(source), doubles(totals)
    if row == 1:
        y[0] += _total(source, count)
    elif row >= count:
        for i in range(count):
            y[i] += x[i]
    else:
        sums = floats(room)
        for i in range(row):
            sums[i] = x[i]
        for start in range(1, count // row):
            x = floats(source + start * row * ITEM)
            for i in range(row):
                sums[i] += x[i]
        for i in range(row):
            y[i] += sums[i]


@kernel("int64(int64, int64, int64)")
def chain(given: Any, thread: Any, threads: Any) -> int:
    """Runs the operations on each block of `SPAN` elements along the inner axis; threads share the blocks out."""
    operands, operations = word(given, OPERANDS), word(given, OPERATIONS)
    table, code = word(given, OPERAND_TABLE), word(given, OPERATION_TABLE)
    inner, span = word(given, INNER), word(given, SPAN)
    size1, size2, size3 = word(given, OUTER + 1), word(given, OUTER + 2), word(given, OUTER + 3)
    places = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    program = places + 8 * MOST_OPERANDS
    blocks = program + 8 * MOST_OPERATIONS * OPERATION_WORDS
    room = blocks + ITEM * BLOCK * MOST_OPERANDS
    for at in range(operands):
        entry = table + 8 * OPERAND_WORDS * at
        place = blocks + ITEM * BLOCK * at
        put_word(places, at, place)
        if word(entry, KIND) == PERIODIC:
            _repeat(word(entry, ADDRESS), word(entry, INNER_STRIDE), word(entry, PERIOD), place, span)
    for at in range(operations * OPERATION_WORDS):
        put_word(program, at, word(code, at))
    sums, sinks = word(given, SUMS), word(given, SUM_TABLE)
    for at in range(sums):
        entry = sinks + 8 * SUM_WORDS * at
        mine = doubles(word(entry, TOTALS) + thread * 8 * word(entry, WIDE))
        for i in range(word(entry, WIDE)):
            mine[i] = 0.0
    across = (inner + span - 1) // span
    total = word(given, OUTER) * size1 * size2 * size3 * across
    for number in range(total * thread // threads, total * (thread + 1) // threads):
        line, start = number // across, (number % across) * span
        count = min(span, inner - start)
        i3, rest = line % size3, line // size3
        i2, rest = rest % size2, rest // size2
        i1, i0 = rest % size1, rest // size1
        for at in range(operands):
            entry = table + 8 * OPERAND_WORDS * at
            kind = word(entry, KIND)
            if kind >= PERIODIC:
                continue
            address = word(entry, ADDRESS) + start * word(entry, INNER_STRIDE)
            address += i0 * word(entry, STRIDES) + i1 * word(entry, STRIDES + 1)
            address += i2 * word(entry, STRIDES + 2) + i3 * word(entry, STRIDES + 3)
            if kind == DIRECT:
                put_word(places, at, address)
            elif kind == SPREAD:
                _repeat(address, 0, 1, word(places, at), count)
            elif kind == GATHERED:
                _gather(address, word(entry, INNER_STRIDE), word(places, at), count)
        for step in range(operations):
            here = program + 8 * OPERATION_WORDS * step
            source = code + 8 * OPERATION_WORDS * step
            put_word(here, TARGET, word(places, word(source, TARGET)))
            for part in range(3):
                put_word(here, FIRST + part, word(places, word(source, FIRST + part)))
            put_word(here, COUNT, count)
            operate(here)
        for at in range(operands):
            entry = table + 8 * OPERAND_WORDS * at
            if word(entry, KIND) == SCATTERED:
                address = word(entry, ADDRESS) + start * word(entry, INNER_STRIDE)
                address += i0 * word(entry, STRIDES) + i1 * word(entry, STRIDES + 1)
                address += i2 * word(entry, STRIDES + 2) + i3 * word(entry, STRIDES + 3)
                _scatter(word(places, at), address, word(entry, INNER_STRIDE), count)
        for at in range(sums):
            entry = sinks + 8 * SUM_WORDS * at
            step = word(entry, TOTAL_INNER)
            totals = word(entry, TOTALS) + thread * 8 * word(entry, WIDE)
            totals += 8 * (i0 * word(entry, TOTAL_STRIDES) + i1 * word(entry, TOTAL_STRIDES + 1))
            totals += 8 * (i2 * word(entry, TOTAL_STRIDES + 2) + i3 * word(entry, TOTAL_STRIDES + 3))
            row = word(given, ROW) if step == -1 else count if step == 1 else 1
            if step == 1:
                totals += 8 * start
            _add_up(word(places, word(entry, SUMMED)), count, row, totals, room)
    return 0


# The arguments of `combine`, in words.
PARTS, PARTS_WIDE, PARTS_THREADS, COMBINED, FACTOR = range(5)


@kernel("int64(int64, int64, int64)")
def combine(given: Any, thread: Any, threads: Any) -> int:
    """What each thread has summed, added up in their order and multiplied by a factor: (threads, n) -> (n,)."""
    n = word(given, PARTS_WIDE)
    parts, y = doubles(word(given, PARTS)), floats(word(given, COMBINED))
    factor = real_word(given, FACTOR)
    for i in range(n * thread // threads, n * (thread + 1) // threads):
        total = parts[i]
        for part in range(1, word(given, PARTS_THREADS)):
            total += parts[part * n + i]
        y[i] = total * factor
    return 0
