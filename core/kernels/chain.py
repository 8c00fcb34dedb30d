"""Chains of elementwise operations in one pass over memory: block by block, each block in the first cache.

A plan's chains differ from network to network; this kernel reads one as data, so that none is compiled. A
block of a few hundred elements goes through all operations before the next one begins, as in the vectorised
interpreters of databases (Boncz, Zukowski and Nes 2005), which costs a few nanoseconds per operation and block.
"""

from typing import Any

from ..ops.jit import kernel
from .elementwise import COUNT, FIRST, OPERATION_WORDS, TARGET, operate
from .vector import ITEM
from .words import floats, put_word, word

BLOCK = 512
"""Elements at a time: a dozen such blocks stay in the first cache."""

MOST_OPERANDS = 48
MOST_OPERATIONS = 64
AXES = 3

# The arguments, in words: scratch memory, the sizes of three outer axes and of the inner one, how many
# operands and operations, then where their tables are.
SCRATCH, OUTER, INNER, SPAN, OPERANDS, OPERATIONS, OPERAND_TABLE, OPERATION_TABLE = 0, 1, 4, 5, 6, 7, 8, 9
CHAIN_WORDS = 10

# An operand, in words: what it is, its address, its strides in bytes along the outer axes and the inner one,
# its period in elements.
KIND, ADDRESS, STRIDES, INNER_STRIDE, PERIOD = 0, 1, 2, 5, 6
OPERAND_WORDS = 7

DIRECT, SPREAD, GATHERED, SCATTERED, PERIODIC, HELD = range(6)
"""Read or written where it stands; one number along the inner axis; strided, read or written; a short row again
and again; not in memory at all."""

SCRATCH_WORDS = MOST_OPERANDS * (1 + BLOCK * ITEM // 8) + MOST_OPERATIONS * OPERATION_WORDS
"""Of each thread."""


@kernel("void(int64, int64, int64, int64, int64)")
def _repeat(source: Any, stride: Any, period: Any, target: Any, count: Any) -> None:
    x, y = floats(source), floats(target)
    step = stride // ITEM
    for i in range(min(period, count)):
        y[i] = x[i * step]
    for i in range(period, count):
        y[i] = y[i - period]


@kernel("void(int64, int64, int64, int64)")
def _gather(source: Any, stride: Any, target: Any, count: Any) -> None:
    x, y = floats(source), floats(target)
    step = stride // ITEM
    for i in range(count):
        y[i] = x[i * step]


@kernel("void(int64, int64, int64, int64)")
def _scatter(source: Any, target: Any, stride: Any, count: Any) -> None:
    x, y = floats(source), floats(target)
    step = stride // ITEM
    for i in range(count):
        y[i * step] = x[i]


@kernel("int64(int64, int64, int64)")
def chain(given: Any, thread: Any, threads: Any) -> int:
    """Runs the operations on each block of `SPAN` elements along the inner axis; threads share the blocks out."""
    operands, operations = word(given, OPERANDS), word(given, OPERATIONS)
    table, code = word(given, OPERAND_TABLE), word(given, OPERATION_TABLE)
    inner, span = word(given, INNER), word(given, SPAN)
    size1, size2 = word(given, OUTER + 1), word(given, OUTER + 2)
    places = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    program = places + 8 * MOST_OPERANDS
    blocks = program + 8 * MOST_OPERATIONS * OPERATION_WORDS
    for at in range(operands):
        entry = table + 8 * OPERAND_WORDS * at
        place = blocks + ITEM * BLOCK * at
        put_word(places, at, place)
        if word(entry, KIND) == PERIODIC:
            _repeat(word(entry, ADDRESS), word(entry, INNER_STRIDE), word(entry, PERIOD), place, span)
    for at in range(operations * OPERATION_WORDS):
        put_word(program, at, word(code, at))
    across = (inner + span - 1) // span
    total = word(given, OUTER) * size1 * size2 * across
    for number in range(total * thread // threads, total * (thread + 1) // threads):
        line, start = number // across, (number % across) * span
        count = min(span, inner - start)
        i2, rest = line % size2, line // size2
        i1, i0 = rest % size1, rest // size1
        for at in range(operands):
            entry = table + 8 * OPERAND_WORDS * at
            kind = word(entry, KIND)
            if kind >= PERIODIC:
                continue
            address = word(entry, ADDRESS) + start * word(entry, INNER_STRIDE)
            address += i0 * word(entry, STRIDES) + i1 * word(entry, STRIDES + 1) + i2 * word(entry, STRIDES + 2)
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
                address += i2 * word(entry, STRIDES + 2)
                _scatter(word(places, at), address, word(entry, INNER_STRIDE), count)
    return 0
