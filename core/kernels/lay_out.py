"""Columns of a matrix laid out as the register tile reads them, where they stand far apart.

ROWS of them make a block, in which those of each row follow the row before; a panel has COLUMNS. So neither
takes more lines of the cache than it fills (Goto and van de Geijn 2008, section 4.2).
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .tile import COLUMNS, ROWS
from .vector import CACHE_LINE, ITEM, NOTHING, WIDTH, Code, function, intrinsic

BESIDE = 16
"""Blocks that are laid out together: their lines go on being written."""


WHOLE = -(-ROWS // WIDTH) * WIDTH
"""Floats of the vectors that ROWS floats take."""
SPILT = WHOLE - ROWS if WHOLE < 2 * ROWS else 0
"""Floats behind a row of a block that are written with it, where that takes whole vectors.

The next row is written over them. AVX2's stores by a mask take as long as a dozen others.
"""


@kernel("int64(int64)")
def block_bytes(rows: Any) -> Any:
    """Bytes from one block of so many rows to the next: an odd number of lines, lest they meet in a cache."""
    return (((rows * ROWS + SPILT) * ITEM + CACHE_LINE - 1) // CACHE_LINE | 1) * CACHE_LINE


def _copy(code: Code, source: ir.Value, target: ir.Value, count: ir.Value) -> None:
    def some(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
        code.store_lanes(code.load_lanes(code.at(source, offset), mask), code.at(target, offset), mask)

    code.vectors(count, some)


def copies(
    code: Code,
    count: ir.Value,
    source: tuple[ir.Value, ir.Value | int],
    target: tuple[ir.Value, ir.Value | int],
    have: ir.Value,
) -> list[ir.Value]:
    """Copies `have` of ROWS floats so many times, from and to addresses in steps; where these come to then.

    All but the last are written with what they spill. Behind the last there may be other numbers, or none.
    """
    b, none = code.builder, code.number(0)
    before = b.sub(count, code.number(1))
    spilt = b.select(b.icmp_signed(">", before, none), before, none) if SPILT else none
    (x, x_step), (y, y_step) = source, target

    def spilling(_: ir.Value, x: ir.Value, y: ir.Value) -> list[ir.Value]:
        for at in range(0, WHOLE * ITEM, WIDTH * ITEM):
            code.store(code.load(code.at(x, at)), code.at(y, at))
        return [code.at(x, x_step), code.at(y, y_step)]

    def alone(_: ir.Value, x: ir.Value, y: ir.Value) -> list[ir.Value]:
        _copy(code, x, y, have)
        return [code.at(x, x_step), code.at(y, y_step)]

    return code.loop(b.sub(count, spilt), code.loop(spilt, [x, y], spilling), alone)


def _write_blocks(module: ir.Module) -> str:
    name = f"blocks_{ROWS}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 7) as (code, given):
        source, step, rows, blocks, floats, target, by_block = given
        b = code.builder

        def row(_: ir.Value, start: ir.Value, end: ir.Value) -> list[ir.Value]:
            each = code.number(ROWS)
            x, y = copies(code, blocks, (start, ROWS * ITEM), (end, by_block), each)
            with b.if_then(b.icmp_signed(">", floats, code.number(0))):
                _copy(code, x, y, floats)
            return [b.add(start, step), code.at(end, ROWS * ITEM)]

        code.loop(rows, [source, target], row)
        b.ret_void()
    return name


@intrinsic
def _blocks(
    typing: Any, source: Any, step: Any, rows: Any, blocks: Any, floats: Any, target: Any, by_block: Any
) -> Any:
    """Of each row, ROWS floats to each of some blocks, and the last `floats` to one more."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write_blocks(builder.module)], given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 7), write


@kernel("void(int64, int64, int64, int64, int64, int64)")
def lay_out_blocks(source: Any, step: Any, rows: Any, columns: Any, target: Any, by_block: Any) -> None:
    """Lays so many columns of rows, `step` bytes apart, out in blocks, `by_block` bytes apart."""
    for start in range(0, columns, BESIDE * ROWS):
        some = min(BESIDE * ROWS, columns - start)
        place = target + start // ROWS * by_block
        _blocks(source + start * ITEM, step, rows, some // ROWS, some % ROWS, place, by_block)


def _write_panel(module: ir.Module) -> str:
    name = f"panel_{COLUMNS}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 5) as (code, (source, step, rows, floats, target)):
        b = code.builder

        def row(_: ir.Value, start: ir.Value, end: ir.Value) -> list[ir.Value]:
            _copy(code, start, end, floats)
            return [b.add(start, step), code.at(end, COLUMNS * ITEM)]

        code.loop(rows, [source, target], row)
        b.ret_void()
    return name


@intrinsic
def _panel(typing: Any, source: Any, step: Any, rows: Any, floats: Any, target: Any) -> Any:
    """Rows of so many floats, `step` bytes apart, to rows of COLUMNS floats."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write_panel(builder.module)], given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5), write


@kernel("void(int64, int64, int64, int64, int64)")
def lay_out_panel(source: Any, step: Any, rows: Any, columns: Any, target: Any) -> None:
    """Lays up to COLUMNS columns of rows, `step` bytes apart, out side by side: whole vectors are read."""
    _panel(source, step, rows, (min(COLUMNS, columns) + WIDTH - 1) // WIDTH * WIDTH, target)
