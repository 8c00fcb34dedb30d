"""Laying matrices and filters out in panels, as the register tile reads them (Goto and van de Geijn 2008).

A panel is COLUMNS columns wide; its rows stand one after the other, zeros where there is no column. Where the
matrix has its columns side by side they are copied; where it has its rows' entries side by side, as weights
(out, in) have, squares of a vector's width are turned in registers.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from ..ops.jit import kernel
from .tile import COLUMNS
from .vector import INTEGER, ITEM, NOTHING, WIDTH, Code, function, intrinsic
from .words import floats, put_word, word

SCRATCH_WORDS = WIDTH + WIDTH * ITEM // 8

# The arguments, in words. Of OUTER · INNER matrices each has DEEP · TAPS rows and WIDE columns. The strides
# are in bytes: in the source those of all axes, in the target those of all but the columns', and from one
# panel to the next.
(
    SCRATCH, OUTER, INNER, DEEP, TAPS, WIDE,
    SOURCE, SOURCE_OUTER, SOURCE_INNER, SOURCE_DEEP, SOURCE_TAP, SOURCE_COLUMN,
    TARGET, TARGET_OUTER, TARGET_INNER, TARGET_DEEP, TARGET_TAP, TARGET_PANEL,
) = range(18)  # fmt: skip
PACK_WORDS = 18


def _write_turn(module: ir.Module) -> str:
    """A square turned in registers, by exchanging ever larger blocks (Eklundh 1972); the function's name.

    It reads `run` numbers of each of `rows` rows, zeros where there are fewer than a vector has lanes, and
    stores a vector for each number at the address that the table `places` has for it.
    """
    name = f"turn_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 5) as (code, (source, step, rows, run, places)):
        b = code.builder
        some = b.icmp_signed(">", rows, code.number(0))
        along = code.first_lanes(b.select(some, run, code.number(0)))
        lines = []
        for row in range(WIDTH):
            inside = b.icmp_signed("<", code.number(row), rows)
            at = b.select(inside, b.mul(step, code.number(row)), code.number(0))
            lines.append(code.load_masked(code.at(source, at), along))
        across = code.first_lanes(rows)
        for number, lanes in enumerate(_turned(code, lines)):
            place = code.load_word(code.at(places, 8 * number))
            code.store(b.select(across, lanes, code.zeros()), place)
        b.ret_void()
    return name


def _turned(code: Code, lines: list[ir.Value]) -> list[ir.Value]:
    distance = WIDTH // 2
    while distance:
        first, second = [], []
        for lane in range(WIDTH):
            low = lane & distance == 0
            first.append(lane if low else WIDTH + lane - distance)
            second.append(lane + distance if low else WIDTH + lane)
        turned = list(lines)
        for row in range(WIDTH):
            if row & distance == 0:
                pair = lines[row], lines[row + distance]
                turned[row] = code.builder.shuffle_vector(*pair, _lanes(first))
                turned[row + distance] = code.builder.shuffle_vector(*pair, _lanes(second))
        lines = turned
        distance //= 2
    return lines


def _lanes(places: list[int]) -> ir.Constant:
    return ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), places)


@intrinsic
def _turn(typing: Any, source: Any, step: Any, rows: Any, run: Any, places: Any) -> Any:
    """Turns a square, as told there."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write_turn(builder.module)], given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5), write


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


@kernel("void(int64, int64, int64, int64, int64, int64)")
def _turn_run(given: Any, source: Any, target: Any, rows: Any, count: Any, room: Any) -> None:
    """Turns `count` numbers that stand side by side, of `rows` columns: each is a row of the panel."""
    taps = word(given, TAPS)
    by_deep, by_tap = word(given, TARGET_DEEP), word(given, TARGET_TAP)
    nowhere = room + 8 * WIDTH
    start = 0
    while start < count:
        run = min(WIDTH, count - start)
        for at in range(WIDTH):
            row = start + at
            place = target + row // taps * by_deep + row % taps * by_tap
            put_word(room, at, place if at < run else nowhere)
        _turn(source + start * ITEM, word(given, SOURCE_COLUMN), rows, run, room)
        start += WIDTH


@kernel("void(int64, int64, int64, int64)")
def _gather(given: Any, source: Any, target: Any, rows: Any) -> None:
    """Brings a vector of columns together from anywhere, number by number."""
    by_column = word(given, SOURCE_COLUMN) // ITEM
    for d in range(word(given, DEEP)):
        for t in range(word(given, TAPS)):
            x = floats(source + d * word(given, SOURCE_DEEP) + t * word(given, SOURCE_TAP))
            y = floats(target + d * word(given, TARGET_DEEP) + t * word(given, TARGET_TAP))
            for lane in range(WIDTH):
                y[lane] = x[lane * by_column] if lane < rows else np.float32(0)


@kernel("int64(int64, int64, int64)")
def pack(given: Any, thread: Any, threads: Any) -> int:
    """Lays matrices out: (outer, inner, deep, taps, wide) -> panels; threads share the columns out."""
    deep, taps, wide = word(given, DEEP), word(given, TAPS), word(given, WIDE)
    by_deep, by_tap = word(given, SOURCE_DEEP), word(given, SOURCE_TAP)
    by_column = word(given, SOURCE_COLUMN)
    across = (wide + COLUMNS - 1) // COLUMNS * (COLUMNS // WIDTH)
    room = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    total = word(given, OUTER) * word(given, INNER) * across
    for at in range(total * thread // threads, total * (thread + 1) // threads):
        matrix, column = at // across, at % across * WIDTH
        i, j = matrix // word(given, INNER), matrix % word(given, INNER)
        source = word(given, SOURCE) + i * word(given, SOURCE_OUTER) + j * word(given, SOURCE_INNER)
        source += min(column, wide) * by_column
        target = word(given, TARGET) + i * word(given, TARGET_OUTER) + j * word(given, TARGET_INNER)
        target += column // COLUMNS * word(given, TARGET_PANEL) + column % COLUMNS * ITEM
        rows = wide - column
        if by_column == ITEM:
            for d in range(deep):
                for t in range(taps):
                    to = target + d * word(given, TARGET_DEEP) + t * word(given, TARGET_TAP)
                    _copy(source + d * by_deep + t * by_tap, to, rows)
        elif by_tap == ITEM and by_deep == taps * ITEM:
            _turn_run(given, source, target, rows, deep * taps, room)
        elif by_tap == ITEM:
            for d in range(deep):
                to = target + d * word(given, TARGET_DEEP)
                _turn_run(given, source + d * by_deep, to, rows, taps, room)
        else:
            _gather(given, source, target, rows)
    return 0
