"""Laying matrices and filters out in panels, as the register tile reads them (Goto and van de Geijn 2008).

A panel is COLUMNS columns wide; its rows stand one after the other. A vector that has any column is filled up
with zeros or with its last column, one that has none is left as it is: no tile reads it. Where the matrix has
its columns side by side they are copied; where it has its rows' entries side by side, as weights
(out, in) have, squares of a vector's width are turned in registers.
"""

from typing import Any

import numpy as np
from llvmlite import ir

from ..ops.jit import kernel, types
from .filters import turn
from .tile import COLUMNS
from .vector import INTEGER, ITEM, WIDTH, Code, intrinsic
from .words import floats, put_word, word

SCRATCH_WORDS = WIDTH + WIDTH * ITEM // 8

# The arguments, in words. Of OUTER · INNER matrices each has DEPTH · TAPS rows and WIDE columns. The strides
# are in bytes: in the source those of all axes, in the target those of all but the columns', and from one
# panel to the next.
PACK_WORDS = 18
(
    SCRATCH, OUTER, INNER, DEPTH, TAPS, WIDE,
    SOURCE, SOURCE_OUTER, SOURCE_INNER, SOURCE_DEPTH, SOURCE_TAP, SOURCE_COLUMN,
    TARGET, TARGET_OUTER, TARGET_INNER, TARGET_DEPTH, TARGET_TAP, TARGET_PANEL,
) = range(PACK_WORDS)  # fmt: skip


@intrinsic
def _copy(typing: Any, source: Any, target: Any, count: Any) -> Any:
    """Fills a vector with the first `count` numbers at an address and zeros."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        code, (start, end, some) = Code(builder), given
        whole = builder.icmp_signed(">=", some, ir.Constant(INTEGER, WIDTH))
        (lanes,) = code.chosen(
            whole,
            lambda: [code.load(start)],
            lambda: [code.load_masked(start, code.first_lanes(some))],
        )
        code.store(lanes, end)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 3), write


@kernel("void(int64, int64, int64, int64, int64, int64, int64)")
def _turn_run(given: Any, source: Any, target: Any, rows: Any, count: Any, taps: Any, room: Any) -> None:
    """Turns `count` numbers that stand side by side, of `rows` columns: each is a row of the panel.

    They are so many taps of one row of the matrix after the other.
    """
    by_deep, by_tap = word(given, TARGET_DEPTH), word(given, TARGET_TAP)
    nowhere = room + 8 * WIDTH
    place, tap = target, 0
    for start in range(0, count, WIDTH):
        run = min(WIDTH, count - start)
        for at in range(run):
            put_word(room, at, place)
            tap += 1
            place += by_tap
            if tap == taps:
                place += by_deep - taps * by_tap
                tap = 0
        for at in range(run, WIDTH):
            put_word(room, at, nowhere)
        turn(source + start * ITEM, word(given, SOURCE_COLUMN), rows, run, room, 0)


@kernel("void(int64, int64, int64, int64)")
def _gather(given: Any, source: Any, target: Any, rows: Any) -> None:
    """Brings a vector of columns together from anywhere, number by number."""
    by_column = word(given, SOURCE_COLUMN) // ITEM
    for d in range(word(given, DEPTH)):
        for t in range(word(given, TAPS)):
            x = floats(source + d * word(given, SOURCE_DEPTH) + t * word(given, SOURCE_TAP))
            y = floats(target + d * word(given, TARGET_DEPTH) + t * word(given, TARGET_TAP))
            for lane in range(WIDTH):
                y[lane] = x[lane * by_column] if lane < rows else np.float32(0)


@kernel("int64(int64, int64, int64)", words=PACK_WORDS)
def pack(given: Any, thread: Any, threads: Any) -> int:
    """Lays matrices out: (outer, inner, deep, taps, wide) -> panels; threads share the columns out."""
    deep, taps, wide = word(given, DEPTH), word(given, TAPS), word(given, WIDE)
    by_deep, by_tap = word(given, SOURCE_DEPTH), word(given, SOURCE_TAP)
    by_column = word(given, SOURCE_COLUMN)
    across = (wide + WIDTH - 1) // WIDTH
    room = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    total = word(given, OUTER) * word(given, INNER) * across
    for at in range(total * thread // threads, total * (thread + 1) // threads):
        matrix, column = at // across, at % across * WIDTH
        i, j = matrix // word(given, INNER), matrix % word(given, INNER)
        source = word(given, SOURCE) + i * word(given, SOURCE_OUTER) + j * word(given, SOURCE_INNER)
        source += column * by_column
        target = word(given, TARGET) + i * word(given, TARGET_OUTER) + j * word(given, TARGET_INNER)
        target += column // COLUMNS * word(given, TARGET_PANEL) + column % COLUMNS * ITEM
        rows = min(WIDTH, wide - column)
        if by_column == ITEM:
            for d in range(deep):
                for t in range(taps):
                    to = target + d * word(given, TARGET_DEPTH) + t * word(given, TARGET_TAP)
                    _copy(source + d * by_deep + t * by_tap, to, rows)
        elif by_tap == ITEM and by_deep == taps * ITEM:
            _turn_run(given, source, target, rows, deep * taps, taps, room)
        elif by_tap == ITEM:
            for d in range(deep):
                to = target + d * word(given, TARGET_DEPTH)
                _turn_run(given, source + d * by_deep, to, rows, taps, taps, room)
        elif by_deep == ITEM:
            for t in range(taps):
                to = target + t * word(given, TARGET_TAP)
                _turn_run(given, source + t * by_tap, to, rows, deep, 1, room)
        else:
            _gather(given, source, target, rows)
    return 0
