"""Filters laid out in panels: COLUMNS of them side by side, for each of their places and channels a row.

Filters come as (O, C, K): for one filter and channel the places stand together. Rows of panels are columns of
that, so the matrix is turned, square by square in registers (Eklundh 1972), and never read with long steps.
"""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .tile import COLUMNS
from .vector import ITEM, NOTHING, WIDTH, Code, function, intrinsic
from .words import floats, put_word, word


def transposed(code: Code, rows: Sequence[ir.Value]) -> list[ir.Value]:
    """A square of vectors turned: halves of growing length change places."""
    whole = ir.VectorType(ir.IntType(32), WIDTH)
    made, apart = list(rows), 1
    while apart < WIDTH:
        first = [j if not j & apart else WIDTH + j - apart for j in range(WIDTH)]
        second = [j + apart if not j & apart else WIDTH + j for j in range(WIDTH)]
        for at in range(WIDTH):
            if not at & apart:
                x, y = made[at], made[at + apart]
                made[at] = code.builder.shuffle_vector(x, y, ir.Constant(whole, first))
                made[at + apart] = code.builder.shuffle_vector(x, y, ir.Constant(whole, second))
        apart *= 2
    return made


def _write(module: ir.Module) -> str:
    name = f"turn_{WIDTH}"
    if name not in module.globals:
        with function(module, name, NOTHING, 6) as (code, (source, step, have, columns, table, offset)):
            b = code.builder
            starts = []
            for row in range(WIDTH):
                last = b.sub(have, code.number(1))
                place = code.number(row)
                place = b.select(b.icmp_signed("<", place, have), place, last)
                starts.append(code.at(source, b.mul(place, step)))

            def square(code: Code, at: ir.Value, mask: ir.Value | None) -> None:
                rows = [code.load_lanes(code.at(start, at), mask) for start in starts]
                targets = code.at(table, b.mul(at, code.number(8 // ITEM)))
                for row, value in enumerate(transposed(code, rows)):
                    code.store(value, code.at(code.load_word(code.at(targets, 8 * row)), offset))

            code.vectors(columns, square)
            b.ret_void()
    return name


@intrinsic
def turn(typing: Any, source: Any, step: Any, have: Any, columns: Any, table: Any, offset: Any) -> Any:
    """Turns up to WIDTH rows, so many bytes apart: each column goes to an address in a table, plus an offset.

    The table has WIDTH - 1 further addresses, at which something may be written too. Of fewer rows the last
    is taken again.
    """

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write(builder.module)], given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 6), write


CHANNELS_TOGETHER = 8
"""Channels whose rows are turned at once."""


@kernel("void(int64, int64, int64, int64, int64, int64, int64)")
def _copy_rows(source: Any, by_depth: Any, by_tap: Any, taps: Any, deep: Any, have: Any, table: Any) -> None:
    """Where filters stand side by side, takes each row as it is to its address in the table."""
    for at in range(deep * taps):
        x = floats(source + at // taps * by_depth + at % taps * by_tap)
        y = floats(word(table, at))
        for i in range(have):
            y[i] = x[i]


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64)")
def bring(
    source: Any, by_depth: Any, by_filter: Any, by_tap: Any, taps: Any, deep: Any, have: Any, room: Any
) -> None:
    """Takes `have` filters of `deep` channels to rows, of which `room` begins with the table.

    The table tells for each channel where the row of each place goes. The filters' places may stand side by
    side, or their channels, or a channel's filters.
    """
    unused = room + 8 * deep * taps
    own = unused + 8 * WIDTH
    spare = own + 8 * (max(taps, CHANNELS_TOGETHER) + WIDTH)
    for row in range(WIDTH):
        put_word(unused, row, spare)
        put_word(own, taps + row, spare)
    if by_filter == ITEM:
        _copy_rows(source, by_depth, by_tap, taps, deep, have, room)
        return
    for first in range(0, have, WIDTH):
        rows = min(WIDTH, have - first)
        begin = source + first * by_filter
        if by_tap == ITEM and by_depth == taps * ITEM:
            turn(begin, by_filter, rows, deep * taps, room, first * ITEM)
        elif by_tap == ITEM:
            for k in range(deep):
                for tap in range(taps):
                    put_word(own, tap, word(room, k * taps + tap))
                turn(begin + k * by_depth, by_filter, rows, taps, own, first * ITEM)
        else:
            for row in range(WIDTH):
                put_word(own, deep + row, spare)
            for tap in range(taps):
                for k in range(deep):
                    put_word(own, k, word(room, k * taps + tap))
                turn(begin + tap * by_tap, by_filter, rows, deep, own, first * ITEM)


def room_words(taps: int) -> int:
    """Words of memory that `bring` needs for CHANNELS_TOGETHER: two tables, and a row for what is unused."""
    return CHANNELS_TOGETHER * taps + max(taps, CHANNELS_TOGETHER) + 2 * WIDTH + COLUMNS * ITEM // 8
