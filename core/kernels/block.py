"""A block of the second operand of a product, laid out just before it is multiplied.

As Goto and van de Geijn (2008) have it: BLOCK rows of a panel of COLUMNS columns, side by side, so few that
they stay near while all rows of the first operand go past. The matrix itself is never copied.
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .fetch import fetch
from .filters import turn
from .lay_out import copies
from .parts import SUMMED_TOGETHER
from .tile import COLUMNS, ROWS
from .vector import ITEM, NOTHING, WIDTH, Code, function, intrinsic
from .words import put_word

BLOCK = SUMMED_TOGETHER if WIDTH == 16 else 2 * SUMMED_TOGETHER
"""Rows of a block: 32 KB at the most, so that a core's first cache holds it while the tiles go past."""


@intrinsic
def _copy_block(typing: Any, source: Any, step: Any, target: Any, deep: Any, wide: Any) -> Any:
    """Copies rows of up to COLUMNS numbers; behind the last column the vector it is in has zeros."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        name = _write_copy_block(builder.module)
        builder.call(builder.module.globals[name], given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5), write


def _write_copy_block(module: ir.Module) -> str:
    name = f"copy_block_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 5) as (code, (source, step, target, deep, wide)):
        b = code.builder
        masks = [code.first_lanes(b.sub(wide, code.number(WIDTH * v))) for v in range(COLUMNS // WIDTH)]

        def rows(load: Any) -> Any:
            def row(_: ir.Value, at: ir.Value, to: ir.Value) -> list[ir.Value]:
                for v, mask in enumerate(masks):
                    code.store(load(code.at(at, ITEM * WIDTH * v), mask), code.at(to, ITEM * WIDTH * v))
                return [b.add(at, step), code.at(to, ITEM * COLUMNS)]

            code.loop(deep, [source, target], row)
            return ()

        code.chosen(
            b.icmp_signed(">=", wide, code.number(COLUMNS)),
            lambda: rows(lambda at, _: code.load(at)),
            lambda: rows(code.load_masked),
        )
        b.ret_void()
    return name


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64)")
def fetch_block(
    source: Any, by_k: Any, by_column: Any, deep: Any, wide: Any, begin: Any, end: Any, parts: Any
) -> None:
    """Asks for some of so many parts of a block that is wanted soon: so nobody waits for memory."""
    wide = min(wide, COLUMNS)
    step, count, length = by_k, deep, wide * ITEM
    if by_column != ITEM:
        step, count, length = by_column, wide, deep * ITEM
    first, last = count * begin // parts, count * end // parts
    fetch(source + first * step, step, last - first, length)


TABLE_WORDS = BLOCK + WIDTH + COLUMNS * ITEM // 8
"""Words of memory that `lay_block_out` needs: a table of rows, and a row for what is unused."""


@kernel("void(int64, int64)")
def table_of_block(block: Any, table: Any) -> None:
    """Writes the table of the rows of a block that stands there."""
    for at in range(BLOCK):
        put_word(table, at, block + at * COLUMNS * ITEM)


@kernel("void(int64, int64, int64, int64, int64, int64, int64)")
def lay_block_out(
    source: Any, by_k: Any, by_column: Any, deep: Any, wide: Any, block: Any, table: Any
) -> None:
    """Lays a part of a panel out, BLOCK rows of COLUMNS columns at most, one of whose steps is a float."""
    if by_column == ITEM:
        _copy_block(source, by_k, block, deep, wide)
        return
    for at in range(deep, min(BLOCK, deep + WIDTH)):
        put_word(table, at, table + 8 * (BLOCK + WIDTH))
    for at in range(BLOCK, BLOCK + WIDTH):
        put_word(table, at, table + 8 * (BLOCK + WIDTH))
    for column in range(0, min(wide, COLUMNS), WIDTH):
        turn(source + column * by_column, by_column, min(WIDTH, wide - column), deep, table, column * ITEM)
    for at in range(deep, min(BLOCK, deep + WIDTH)):
        put_word(table, at, block + at * COLUMNS * ITEM)


def _write_interleave(module: ir.Module) -> str:
    """Rows whose numbers stand side by side become columns: WIDTH steps of k are ROWS whole vectors."""
    name = f"interleave_{ROWS}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 5) as (code, (source, by_row, have, deep, target)):
        b = code.builder
        starts = []
        for row in range(ROWS):
            last = b.sub(have, code.number(1))
            place = code.number(row)
            place = b.select(b.icmp_signed("<", place, have), place, last)
            starts.append(code.at(source, b.mul(place, by_row)))

        def square(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
            rows = [code.load_lanes(code.at(start, offset), mask) for start in starts]
            to = code.at(target, b.mul(offset, code.number(ROWS)))
            left = b.sub(b.mul(deep, code.number(ROWS)), b.udiv(b.sub(to, target), code.number(ITEM)))
            for at, value in enumerate(_interleaved(code, rows)):
                here = None if mask is None else code.first_lanes(b.sub(left, code.number(at * WIDTH)))
                code.store_lanes(value, code.at(to, at * WIDTH * ITEM), here)

        code.vectors(deep, square)
        b.ret_void()
    return name


def _interleaved(code: Code, rows: list[ir.Value]) -> list[ir.Value]:
    """Vectors in which number i of all rows comes before number i + 1 of any."""
    # Rows two by two first: pairs of numbers move together then.
    half = WIDTH // 2
    pairs = [
        [
            _shuffled(code, x, y, [(lane + start) // 2 + lane % 2 * WIDTH for lane in range(WIDTH)])
            for start in (0, WIDTH)
        ]
        for x, y in zip(rows[::2], rows[1::2], strict=True)
    ]
    made = []
    for at in range(ROWS):
        # For each lane the pair of rows, which of its two vectors, and the lane there.
        lanes = [divmod(at * WIDTH + lane, ROWS) for lane in range(WIDTH)]
        wanted = [(row // 2, k // half, k % half * 2 + row % 2) for k, row in lanes]
        sources = sorted({(pair, part) for pair, part, _ in wanted})
        value = pairs[sources[0][0]][sources[0][1]]
        for number, (pair, part) in enumerate(sources[1:], 1):
            chosen = []
            for lane, (p, q, from_lane) in enumerate(wanted):
                if (p, q) == (pair, part):
                    chosen.append(WIDTH + from_lane)
                else:  # what is of an earlier one has come to its lane already, but at first
                    chosen.append(from_lane if number == 1 and (p, q) == sources[0] else lane)
            value = _shuffled(code, value, pairs[pair][part], chosen)
        made.append(value)
    return made


def _shuffled(code: Code, x: ir.Value, y: ir.Value, lanes: list[int]) -> ir.Value:
    return code.builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), lanes))


def _write_cut(module: ir.Module) -> str:
    """Copies `count` numbers of each of so many rows of the source to every ROWS numbers of the target."""
    name = f"cut_{ROWS}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 5) as (code, (source, by_k, have, deep, target)):
        b = code.builder
        each = b.select(b.icmp_signed("<", have, code.number(ROWS)), have, code.number(ROWS))
        copies(code, deep, (source, by_k), (target, ROWS * ITEM), each)
        b.ret_void()
    return name


def _rows_intrinsic(write_it: Any) -> Any:
    def lay(typing: Any, source: Any, step: Any, have: Any, deep: Any, target: Any) -> Any:
        def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
            name = write_it(builder.module)
            builder.call(builder.module.globals[name], given)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 5), write

    return intrinsic(lay)


_interleave, _cut = _rows_intrinsic(_write_interleave), _rows_intrinsic(_write_cut)

TURN = 8
"""Steps of k at a time: so many lines that are a page apart still find room in the first cache."""


@kernel("void(int64, int64, int64, int64, int64, int64)")
def lay_rows_out(source: Any, by_row: Any, by_k: Any, rows: Any, deep: Any, target: Any) -> None:
    """Lays rows of the first operand out in blocks: (K, ROWS) for each ROWS of them, one after the other.

    The rows' numbers stand side by side, or those of a step of k do. Behind the last row stands what is no
    number of the matrix, or the last one's once more.
    """
    by_block = deep * ROWS * ITEM
    blocks = (rows + ROWS - 1) // ROWS
    if by_k == ITEM:
        for at in range(blocks):
            _interleave(source + at * ROWS * by_row, by_row, rows - at * ROWS, deep, target + at * by_block)
        return
    for start in range(0, deep, TURN):
        some = min(TURN, deep - start)
        for at in range(blocks):
            have = min(ROWS, rows - at * ROWS)
            to = target + at * by_block + start * ROWS * ITEM
            _cut(source + at * ROWS * ITEM + start * by_k, by_k, have, some, to)
