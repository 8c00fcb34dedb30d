"""Chains of elementwise operations in one pass over memory: block by block, each block in the first cache.

A plan's chains differ from network to network; this kernel reads one as data, so that none is compiled. A
block of a few hundred elements goes through all operations before the next one begins, as in the vectorised
interpreters of databases (Boncz, Zukowski and Nes 2005): a few nanoseconds per operation and block.
"""

from typing import Any

import numpy as np

from ..ops.jit import kernel
from .elementwise import AHEAD, COUNT, FIRST, INPUTS, OPERATION, OPERATION_WORDS, TARGET, number, operate
from .fetch import fetch
from .strided import gather, note_truths, read_truths, read_whole, repeat, scatter
from .vector import ITEM
from .words import doubles, floats, put_word, real_word, word

BLOCK = 512
"""Elements at a time: a dozen such blocks stay in the first cache."""

FETCHED = 2
"""Blocks from one that is worked on to one that is asked for: so nobody waits for memory."""

MOST_OPERANDS = 48
MOST_OPERATIONS = 64
OUTER_LOOPS = 4
"""Loops around the inner one."""

# The arguments, in words: scratch memory and how much of it a thread has, the sizes of the outer axes and of
# the inner one, the elements of a block, how many operands, operations and sums, where their tables are, how
# long a short row is, and of how many blocks sums are kept.
SCRATCH, SCRATCH_BYTES, OUTER = 0, 1, 2
CHAIN_WORDS = 16
(
    INNER, SPAN, OPERANDS, OPERATIONS, SUMS, OPERAND_TABLE, OPERATION_TABLE, SUM_TABLE, ROW, SLOTS
) = range(6, CHAIN_WORDS)  # fmt: skip

# An operand, in words: what it is, its address, its strides in bytes along the outer axes and the inner one,
# its period in elements, and whether memory for a DIRECT one is asked for at once: else an operation does
# that, whose word AHEAD names the operand, or is -1.
KIND, ADDRESS, STRIDES, INNER_STRIDE, PERIOD, AT_ONCE = 0, 1, 2, 6, 7, 8
OPERAND_WORDS = AT_ONCE + 1

DIRECT, SPREAD, GATHERED, SCATTERED, PERIODIC, HELD, TRUTHS, WHOLE, NOTED = range(9)
"""Read or written where it stands; one number along the inner axis; strided, read or written; a short row
again and again; not in memory at all; strided bytes, or 64-bit integers, read as 1 where they are not 0;
strided bytes written as 1 where the number is not 0."""

# A sum, in words: the operand whose elements are added up, where the float64 sums of the first thread stand,
# how many there are, their strides in elements along the outer axes and the inner one. A stride of -1 along
# the inner axis: a short row again and again. Where sums are KEPT no outer axis has a stride: a block is
# added to another, and all are added up seldom; each element is multiplied with one of FACTORS, if not -1.
SUMMED, TOTALS, WIDE, TOTAL_STRIDES, TOTAL_INNER, FACTORS, KEPT = 0, 1, 2, 3, 7, 8, 9
SUM_WORDS = KEPT + 1

SELDOM = 32
"""Blocks whose elements are added up in float32, before the sums are put to others in float64."""

ADD, MULTIPLY_ADD = number("add"), number("multiply_add")

MOST_SLOTS = 8
"""Blocks that a row may have whose sums are kept."""

# Of a thread, in words: its place along the outer axes, where each operand stands for a block, where its line
# begins that the block is part of, the program, an operation that adds up, two words of state; then a block
# of each operand and a spare one, and those of the sums that are kept.
HERE, BEGIN = OUTER_LOOPS, OUTER_LOOPS + MOST_OPERANDS
PROGRAM = BEGIN + MOST_OPERANDS
ADDING = PROGRAM + MOST_OPERATIONS * OPERATION_WORDS
LINE_NUMBER = ADDING + OPERATION_WORDS
SINCE = LINE_NUMBER + 1
BLOCKS = -(-(SINCE + 1) // 8) * 8
"""Whole lines of the cache, lest half of a block's vectors lie in two of them."""


def scratch_bytes(operands: int, sums: int, slots: int) -> int:
    """Of each thread, for a chain of so many operands where the sums of so many blocks are kept."""
    return 8 * BLOCKS + (operands + 1 + sums * slots) * BLOCK * ITEM


@kernel("int64(int64, int64)")
def _block(room: Any, number: Any) -> int:
    """Where a block of the thread's own memory begins."""
    at: int = room + 8 * BLOCKS + ITEM * BLOCK * number
    return at


@kernel("int64(int64, int64)")
def _kept(given: Any, room: Any) -> int:
    """Where the sums that are kept begin: behind the operands' blocks and a spare one."""
    at: int = _block(room, word(given, OPERANDS) + 1)
    return at


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


@kernel("void(int64, int64)")
def _clear(given: Any, room: Any) -> None:
    """Begins sums that are kept with nothing."""
    kept = floats(_kept(given, room))
    for i in range(word(given, SUMS) * word(given, SLOTS) * BLOCK):
        kept[i] = 0.0
    put_word(room, SINCE, 0)


@kernel("void(int64, int64, int64)")
def _begin(given: Any, thread: Any, room: Any) -> None:
    """Lays out the thread's own memory: where operands stand, the program, short rows, sums of nothing."""
    for at in range(word(given, OPERANDS)):
        entry = word(given, OPERAND_TABLE) + 8 * OPERAND_WORDS * at
        place = _block(room, at)
        put_word(room, HERE + at, place)
        if word(entry, KIND) == PERIODIC:
            repeat(word(entry, ADDRESS), ITEM, word(entry, PERIOD), place, word(given, SPAN))
    for at in range(word(given, OPERATIONS) * OPERATION_WORDS):
        put_word(room, PROGRAM + at, word(word(given, OPERATION_TABLE), at))
    for at in range(word(given, SUMS)):
        entry = word(given, SUM_TABLE) + 8 * SUM_WORDS * at
        mine = doubles(word(entry, TOTALS) + thread * 8 * word(entry, WIDE))
        for i in range(word(entry, WIDE)):
            mine[i] = 0.0
    _clear(given, room)
    put_word(room, LINE_NUMBER, -1)


@kernel("void(int64, int64, int64)")
def _to_line(given: Any, room: Any, line: Any) -> None:
    """Notes where the operands of a line begin."""
    put_word(room, LINE_NUMBER, line)
    for axis in range(OUTER_LOOPS - 1, -1, -1):
        size = word(given, OUTER + axis)
        put_word(room, axis, line % size)
        line //= size
    for at in range(word(given, OPERANDS)):
        entry = word(given, OPERAND_TABLE) + 8 * OPERAND_WORDS * at
        begin = word(entry, ADDRESS)
        for axis in range(OUTER_LOOPS):
            begin += word(room, axis) * word(entry, STRIDES + axis)
        put_word(room, BEGIN + at, begin)


@kernel("void(int64, int64, int64, int64)")
def _bring(given: Any, room: Any, start: Any, count: Any) -> None:
    """Has every operand of a block stand side by side, where its place in `room` says."""
    for at in range(word(given, OPERANDS)):
        entry = word(given, OPERAND_TABLE) + 8 * OPERAND_WORDS * at
        kind = word(entry, KIND)
        if kind in (HELD, PERIODIC):
            continue
        step, place = word(entry, INNER_STRIDE), _block(room, at)
        source = word(room, BEGIN + at) + start * step
        if kind == DIRECT:
            put_word(room, HERE + at, source)
            if word(entry, AT_ONCE) != 0:
                fetch(source + FETCHED * count * ITEM, 0, 1, count * ITEM)
        elif kind == SPREAD:
            repeat(source, 0, 1, place, count)
        elif kind == GATHERED:
            gather(source, step, place, count)
        elif kind == TRUTHS:
            read_truths(source, step, place, count)
        elif kind == WHOLE:
            read_whole(source, step, place, count)


@kernel("void(int64, int64, int64)")
def _work(given: Any, room: Any, count: Any) -> None:
    """Does the operations on a block, one after the other."""
    code = word(given, OPERATION_TABLE)
    for step in range(word(given, OPERATIONS)):
        here = room + 8 * (PROGRAM + OPERATION_WORDS * step)
        source = code + 8 * OPERATION_WORDS * step
        for part in range(TARGET, FIRST + INPUTS):
            put_word(here, part, word(room, HERE + word(source, part)))
        ahead, target = word(source, AHEAD), word(here, TARGET)
        put_word(here, AHEAD, word(room, HERE + ahead) + FETCHED * count * ITEM if ahead >= 0 else target)
        put_word(here, COUNT, count)
        operate(here)


@kernel("void(int64, int64, int64, int64)")
def _take_away(given: Any, room: Any, start: Any, count: Any) -> None:
    """Puts strided results of a block where they belong."""
    for at in range(word(given, OPERANDS)):
        entry = word(given, OPERAND_TABLE) + 8 * OPERAND_WORDS * at
        kind = word(entry, KIND)
        if kind in (SCATTERED, NOTED):
            step = word(entry, INNER_STRIDE)
            target = word(room, BEGIN + at) + start * step
            if kind == SCATTERED:
                scatter(word(room, HERE + at), target, step, count)
            else:
                note_truths(word(room, HERE + at), target, step, count)


@kernel("void(int64, int64, int64, int64, int64)")
def _sum_up(given: Any, thread: Any, room: Any, start: Any, count: Any) -> None:
    """Adds a block to the thread's sums."""
    spare = _block(room, word(given, OPERANDS))
    here, slots = room + 8 * ADDING, word(given, SLOTS)
    put_word(here, COUNT, count)
    for at in range(word(given, SUMS)):
        entry = word(given, SUM_TABLE) + 8 * SUM_WORDS * at
        value, step = word(room, HERE + word(entry, SUMMED)), word(entry, TOTAL_INNER)
        put_word(here, FIRST, value)
        if word(entry, FACTORS) >= 0:
            put_word(here, FIRST + 1, word(room, HERE + word(entry, FACTORS)))
        if word(entry, KEPT) != 0:
            slot = start // word(given, SPAN) if step == 1 else 0
            kept = _kept(given, room) + (at * slots + slot) * BLOCK * ITEM
            put_word(here, TARGET, kept)
            put_word(here, AHEAD, kept)
            if word(entry, FACTORS) >= 0:
                put_word(here, OPERATION, MULTIPLY_ADD)
                put_word(here, FIRST + 2, kept)
            else:
                put_word(here, OPERATION, ADD)
                put_word(here, FIRST + 1, kept)
            operate(here)
            continue
        place = thread * word(entry, WIDE) + (start if step == 1 else 0)
        for axis in range(OUTER_LOOPS):
            place += word(room, axis) * word(entry, TOTAL_STRIDES + axis)
        row = word(given, ROW) if step == -1 else count if step == 1 else 1
        _add_up(value, count, row, word(entry, TOTALS) + 8 * place, spare)


@kernel("void(int64, int64, int64)")
def _add_doubles(source: Any, sums: Any, count: Any) -> None:
    """Adds a row to float64 sums."""
    x, y = floats(source), doubles(sums)
    for i in range(count):
        y[i] += x[i]


@kernel("void(int64, int64, int64)")
def _put_aside(given: Any, thread: Any, room: Any) -> None:
    """Adds what is kept of sums to the thread's own, and begins anew."""
    slots, span, inner = word(given, SLOTS), word(given, SPAN), word(given, INNER)
    for at in range(word(given, SUMS)):
        entry = word(given, SUM_TABLE) + 8 * SUM_WORDS * at
        if word(entry, KEPT) == 0:
            continue
        mine, step = word(entry, TOTALS) + thread * 8 * word(entry, WIDE), word(entry, TOTAL_INNER)
        kept = _kept(given, room) + at * slots * BLOCK * ITEM
        if step == 1:
            for slot in range(slots):
                some = min(span, inner - slot * span)
                _add_doubles(kept + slot * BLOCK * ITEM, mine + 8 * slot * span, some)
        elif step == -1:
            row = word(given, ROW)
            for start in range(0, span, row):
                _add_doubles(kept + start * ITEM, mine, row)
        else:
            total = doubles(mine)
            total[0] += _total(kept, span)
    _clear(given, room)


@kernel("int64(int64, int64, int64)", words=CHAIN_WORDS)
def chain(given: Any, thread: Any, threads: Any) -> int:
    """Runs the operations on each block of SPAN elements of the inner axis; threads share the blocks out."""
    inner, span = word(given, INNER), word(given, SPAN)
    room = word(given, SCRATCH) + thread * word(given, SCRATCH_BYTES)
    _begin(given, thread, room)
    across = (inner + span - 1) // span
    total = across
    for axis in range(OUTER_LOOPS):
        total *= word(given, OUTER + axis)
    most = SELDOM * word(given, SLOTS)
    for block in range(total * thread // threads, total * (thread + 1) // threads):
        line, start = block // across, (block % across) * span
        count = min(span, inner - start)
        if line != word(room, LINE_NUMBER):
            _to_line(given, room, line)
        _bring(given, room, start, count)
        _work(given, room, count)
        _take_away(given, room, start, count)
        if word(given, SUMS) > 0:
            _sum_up(given, thread, room, start, count)
            put_word(room, SINCE, word(room, SINCE) + 1)
            if word(room, SINCE) == most:
                _put_aside(given, thread, room)
    if most > 0 and word(room, SINCE) > 0:
        _put_aside(given, thread, room)
    return 0


# The arguments of `combine`, in words.
COMBINE_WORDS = 8
(
    PARTS, PARTS_WIDE, PARTS_THREADS, COMBINED, FACTOR, LESS, LESS_PARTS, LESS_FACTOR,
) = range(COMBINE_WORDS)  # fmt: skip


@kernel("float64(int64, int64, int64, int64)")
def _all_parts(parts: Any, n: Any, threads: Any, i: Any) -> float:
    """One of n sums: what each thread has of it, added up in their order."""
    x = doubles(parts)
    total: float = x[i]
    for part in range(1, threads):
        total += x[part * n + i]
    return total


@kernel("int64(int64, int64, int64)", words=COMBINE_WORDS)
def combine(given: Any, thread: Any, threads: Any) -> int:
    """What each thread has summed, added up, times a factor: (threads, n) -> (n,).

    Where so told, less the square of another such sum: what is left is not below zero.
    """
    n, many = word(given, PARTS_WIDE), word(given, PARTS_THREADS)
    y = floats(word(given, COMBINED))
    for i in range(n * thread // threads, n * (thread + 1) // threads):
        value = _all_parts(word(given, PARTS), n, many, i) * real_word(given, FACTOR)
        if word(given, LESS) != 0:
            other = _all_parts(word(given, LESS_PARTS), n, many, i) * real_word(given, LESS_FACTOR)
            value -= other * other
            if value < 0.0:
                value = 0.0
        y[i] = value
    return 0
