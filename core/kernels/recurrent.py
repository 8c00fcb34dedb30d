"""Recurrent layers over a whole sequence: at each step a product with the state, and a cell on its sums.

What the inputs give to all steps is one product beforehand, and so are the gradients of weights afterwards;
what is left to go from step to step is small, and its weights are packed once (Appleyard, Kočiský and Blunsom
2016). A thread has hidden units of its own, with all their gates, as in persistent recurrent networks (Diamos
et al. 2016): between the product and the cell nobody waits, and one meeting of the threads ends a step.
"""

from typing import Any

from ..ops.jit import kernel
from .cells import (
    CELL,
    CELL_WORDS,
    FIRST_OPERAND,
    OPERAND_PLACE,
    ROWS_HERE,
    SUMS,
    SUMS_PART,
    SUMS_ROW,
    UNITS_LEFT,
    VECTORS_HERE,
    run_cell,
)
from .filters import turn
from .parts import SUMMED_TOGETHER
from .product import put_taps
from .table import SHARED_BYTES, meet
from .tile import (
    A_NEXT,
    A_STEP,
    ADD,
    B_STEP,
    C_NEXT,
    COLUMNS,
    FLAGS,
    ROWS,
    SHORT_ROWS,
    TABLE,
    TAP_WORDS,
    TILES,
    VECTORS,
    WIDE,
    WORDS,
    C as C_ROWS,
    gates_tile,
    one_row_gates_tile,
    one_row_tile,
    short_gates_tile,
    short_tile,
    tile,
)
from .vector import ITEM, WIDTH
from .words import floats, put_word, word

GRU_VECTORS = 3 if VECTORS == 4 else 4
"""Vectors of a GRU's gates: with registers for two, a fourth that is zero."""

SUMS_LENGTH = max(COLUMNS, 4 * WIDTH)
AT_A_TIME = 8 * ROWS
"""Rows of a batch that go past a block of weights, BLOCK rows of a panel, while it is near."""

TAPS_AT_ONCE = 2
BLOCK = TAPS_AT_ONCE * SUMMED_TOGETHER
"""With vectors of 16 deeper than a product's: of so few rows to begin and to end tiles takes the longer."""
_TABLES = WORDS + TAPS_AT_ONCE * TAP_WORDS + ROWS
SCRATCH_WORDS = _TABLES + CELL_WORDS + AT_A_TIME * SUMS_LENGTH * ITEM // 8
"""Of each thread."""

# The arguments, in words: scratch memory, what threads share at their meetings, how many steps there are and
# whether they go from the last one on, how many phases a step has, where those are, and the one after all.
SCRATCH, SHARED, STEPS, DOWN, PHASES, PHASE, AFTER = 0, 1, 2, 3, 4, 5, 7
STEPS_WORDS = AFTER + 1

# A phase, in words: the cell, rows of the batch, units, units and vectors of a block, floats of a row of the
# weights in a block, their depth, where they stand, how many operands; then the matrix that is multiplied and
# the operands.
(
    PHASE_CELL, BATCH, UNITS, BLOCK_UNITS, BLOCK_VECTORS, LENGTH, DEPTH, WEIGHTS, OPERANDS, MATRIX,
) = range(10)  # fmt: skip

# An operand, in words: where it stands, the bytes from row to row, from step to step and from part to part,
# which step is meant; where it stands instead at an end of the sequence, and the bytes from row to row there.
OPERAND_WORDS = 7
BASE, ROW, STEP, PART, WHEN, END, END_ROW = range(OPERAND_WORDS)

NOW, COMING, STATE, PING, PONG = range(5)
"""This step; the next one, at the last step the end; the same place at every step, at the first one the end;
of two places the one that the step before has written, at the first step the end (nothing is multiplied
where there is none); the other of the two."""


@kernel("int64(int64, int64, int64)")
def _at_end(operand: Any, number: Any, steps: Any) -> Any:
    """Whether an operand's other place is meant at a step."""
    when = word(operand, WHEN)
    if when == COMING:
        return number == steps - 1
    return number == 0 and when in (STATE, PING)


@kernel("int64(int64, int64, int64, int64)")
def _address(operand: Any, number: Any, steps: Any, down: Any) -> Any:
    """Where an operand stands at a step."""
    if _at_end(operand, number, steps) != 0:
        return word(operand, END)
    when = word(operand, WHEN)
    at = 0
    if when in (NOW, COMING):
        at = number + (1 if when == COMING else 0)
        at = steps - 1 - at if down != 0 else at
    elif when in (PING, PONG):
        at = (number + (1 if when == PONG else 0)) % 2
    return word(operand, BASE) + at * word(operand, STEP)


@kernel("int64(int64)")
def _rows(left: Any) -> Any:
    """How many rows the next tile takes of those that are left: so that few are taken twice."""
    if left == 1:
        return 1
    return SHORT_ROWS if left <= SHORT_ROWS or left == 2 * SHORT_ROWS or left == 2 * SHORT_ROWS - 1 else ROWS


@kernel("int64(int64)")
def _whole_tiles(left: Any) -> Any:
    """How many tiles of ROWS rows are next, none of them with a row twice."""
    tiles = 0
    while left >= ROWS and _rows(left) == ROWS:
        left -= ROWS
        tiles += 1
    return tiles


@kernel("void(int64, int64, int64)")
def _tile(words: Any, rows: Any, length: Any) -> None:
    """Sums tiles of so many rows."""
    if length < COLUMNS:
        if rows == ROWS:
            gates_tile(words)
        elif rows == SHORT_ROWS:
            short_gates_tile(words)
        else:
            one_row_gates_tile(words)
    elif rows == ROWS:
        tile(words)
    elif rows == SHORT_ROWS:
        short_tile(words)
    else:
        one_row_tile(words)


@kernel("void(int64, int64, int64, int64, int64, int64, int64)")
def _multiply(words: Any, a: Any, a_row: Any, count: Any, weights: Any, length: Any, depth: Any) -> None:
    """The sums of so many rows of the matrix with a block of weights, into the thread's own memory."""
    tap = words + 8 * WORDS
    places = tap + 8 * TAPS_AT_ONCE * TAP_WORDS
    sums = places + 8 * (ROWS + CELL_WORDS)
    put_word(words, TABLE, tap)
    put_word(words, A_STEP, ITEM)
    put_word(words, B_STEP, length * ITEM)
    put_word(words, C_ROWS, places)
    put_word(words, A_NEXT, ROWS * a_row)
    put_word(words, C_NEXT, ROWS * length * ITEM)
    put_word(words, WIDE, COLUMNS)
    for column in range(0, length, COLUMNS):
        start = 0
        while start == 0 or start < depth:
            put_word(words, FLAGS, ADD if start > 0 else 0)
            deep = min(BLOCK, depth - start)
            first = 0
            while first < count:
                rows, tiles = _rows(count - first), max(1, _whole_tiles(count - first))
                put_word(words, TILES, tiles)
                for row in range(rows):
                    line = min(first + row, count - 1)
                    put_word(places, row, sums + (line * length + column) * ITEM)
                at_a = a + first * a_row + start * ITEM
                at_b = weights + (start * length + column) * ITEM
                put_taps(words, rows, count - first, at_a, a_row, at_b, length * ITEM, deep)
                _tile(words, rows, length)
                first += rows * tiles
            start += BLOCK


@kernel("void(int64, int64, int64, int64, int64, int64, int64)")
def _phase(phase: Any, words: Any, number: Any, steps: Any, down: Any, thread: Any, threads: Any) -> None:
    """One product and its cell, on the thread's own units."""
    cell = words + 8 * _TABLES
    batch, units, each = word(phase, BATCH), word(phase, UNITS), word(phase, BLOCK_UNITS)
    length = word(phase, LENGTH)
    matrix = phase + 8 * MATRIX
    a, a_row = _address(matrix, number, steps, down), word(matrix, ROW)
    depth = word(phase, DEPTH)
    if _at_end(matrix, number, steps) != 0:
        a_row = word(matrix, END_ROW)
        depth = 0 if a == 0 else depth
    put_word(cell, CELL, word(phase, PHASE_CELL))
    put_word(cell, VECTORS_HERE, word(phase, BLOCK_VECTORS))
    put_word(cell, SUMS, cell + 8 * CELL_WORDS)
    put_word(cell, SUMS_ROW, length * ITEM)
    put_word(cell, SUMS_PART, WIDTH * ITEM)
    blocks = (units + each - 1) // each
    for block in range(blocks * thread // threads, blocks * (thread + 1) // threads):
        weights = word(phase, WEIGHTS) + block * word(phase, DEPTH) * length * ITEM
        put_word(cell, UNITS_LEFT, units - block * each)
        first = 0
        while first < batch:
            rows = min(AT_A_TIME, batch - first)
            _multiply(words, a + first * a_row, a_row, rows, weights, length, depth)
            put_word(cell, ROWS_HERE, rows)
            for at in range(word(phase, OPERANDS)):
                operand = matrix + 8 * OPERAND_WORDS * (at + 1)
                by_row = word(operand, ROW)
                if _at_end(operand, number, steps) != 0:
                    by_row = word(operand, END_ROW)
                place = _address(operand, number, steps, down) + first * by_row + block * each * ITEM
                put_word(cell, FIRST_OPERAND + OPERAND_PLACE * at, place)
                put_word(cell, FIRST_OPERAND + OPERAND_PLACE * at + 1, by_row)
                put_word(cell, FIRST_OPERAND + OPERAND_PLACE * at + 2, word(operand, PART))
            run_cell(cell)
            first += rows


@kernel("int64(int64, int64, int64)", words=1)
def begin(given: Any, thread: Any, threads: Any) -> int:
    """Clears what threads share at their meetings; its one argument is where that stands."""
    if thread == 0:
        for at in range(SHARED_BYTES // 8):
            put_word(word(given, 0), at, 0)
    return 0


@kernel("int64(int64, int64, int64)", words=STEPS_WORDS)
def steps(given: Any, thread: Any, threads: Any) -> int:
    """All steps in order, the phases of each, and what comes after them."""
    words = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    count, down = word(given, STEPS), word(given, DOWN)
    for number in range(count):
        for phase in range(word(given, PHASES)):
            _phase(word(given, PHASE + phase), words, number, count, down, thread, threads)
            meet(word(given, SHARED), threads)
    if word(given, AFTER) != 0:
        _phase(word(given, AFTER), words, count, count, down, thread, threads)
    return 0


# The arguments of `pack_gates`, in words.
GATES_WORDS = 9
(
    PACK_SCRATCH, SOURCE, HIDDEN, GATES_HERE, PACK_LENGTH, PACK_DEPTH, BY_ROW, BY_DEPTH, TARGET,
) = range(GATES_WORDS)  # fmt: skip
PACK_SCRATCH_WORDS = 2 * WIDTH + WIDTH * ITEM // 8


@kernel("void(int64, int64, int64, int64, int64)")
def _turn_gate(given: Any, source: Any, target: Any, units: Any, room: Any) -> None:
    """Takes the rows of one gate of a block, whose entries stand side by side, to columns."""
    depth, by_row = word(given, PACK_DEPTH), word(given, BY_ROW)
    start = 0
    while start < depth:
        count = min(WIDTH, depth - start)
        for at in range(2 * WIDTH):
            place = target + (start + at) * word(given, PACK_LENGTH) * ITEM
            put_word(room, at, place if at < count else room + 16 * WIDTH)
        turn(source + start * ITEM, by_row, units, count, room, 0)
        start += WIDTH


@kernel("int64(int64, int64, int64)", words=GATES_WORDS)
def pack_gates(given: Any, thread: Any, threads: Any) -> int:
    """Lays weights out in blocks of units with all their gates: (gates, H, K) -> (blocks, K, gates, WIDTH).

    What stands for units and gates that are none is not used; it is a number, or one of the weights again.
    """
    hidden, gates, depth = word(given, HIDDEN), word(given, GATES_HERE), word(given, PACK_DEPTH)
    length = word(given, PACK_LENGTH)
    by_row, by_depth = word(given, BY_ROW), word(given, BY_DEPTH)
    room = word(given, PACK_SCRATCH) + thread * 8 * PACK_SCRATCH_WORDS
    blocks = (hidden + WIDTH - 1) // WIDTH
    for block in range(blocks * thread // threads, blocks * (thread + 1) // threads):
        units = min(WIDTH, hidden - block * WIDTH)
        for gate in range(length // WIDTH):
            source = word(given, SOURCE) + (min(gate, gates - 1) * hidden + block * WIDTH) * by_row
            target = word(given, TARGET) + (block * depth * length + gate * WIDTH) * ITEM
            if by_depth == ITEM:
                _turn_gate(given, source, target, units, room)
            else:
                x, y = floats(source), floats(target)
                for k in range(depth):
                    for unit in range(WIDTH):
                        row = min(unit, units - 1) * by_row // ITEM
                        y[k * length + unit] = x[row + k * by_depth // ITEM]
    return 0
