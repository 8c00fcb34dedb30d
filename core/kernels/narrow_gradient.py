"""The gradient of a convolution's filters where all channels of the result fit in one vector.

dw[k, c, o] = Σ_p x[p·stride + k, c] · dy[p, o]. A register tile has six rows, too few to keep a processor
busy when a row is one vector. Here a row is a channel of x at a place of the filter's line: those of all
places stand side by side in a line of x, as many as there are registers for them go together, and no table
tells where they are. The sums of some pixels are added to those of others (Higham 1993, section 3).
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .parts import SUMMED_TOGETHER
from .tile import put
from .vector import ITEM, NOTHING, WIDTH, function, intrinsic
from .words import word

MOST_ROWS = 15 if WIDTH == 16 else 12
"""Rows that go together: half of 32 registers keep both multipliers busy, of 16 some stay for the rest."""


def _write_tile(module: ir.Module, rows: int) -> str:
    """The function for so many rows; its name."""
    name = f"narrow_gradient_{rows}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 12) as (code, given):
        x, x_pixel, x_line, dy, dy_pixel, dy_line, lines, pixels, dw, dw_row, wide, again = given
        b, mask = code.builder, code.first_lanes(wide)

        def line(_: ir.Value, x: ir.Value, dy: ir.Value, *sums: ir.Value) -> list[ir.Value]:
            def pixel(_: ir.Value, x_at: ir.Value, at: ir.Value, *held: ir.Value) -> list[ir.Value]:
                lanes = code.load_masked(at, mask)
                each = (code.splat(code.load_one(code.at(x_at, ITEM * row))) for row in range(rows))
                made = [code.fma(value, lanes, before) for value, before in zip(each, held, strict=True)]
                return [code.at(x_at, x_pixel), code.at(at, dy_pixel), *made]

            _, _, *made = code.loop(pixels, [x, dy, *sums], pixel)
            return [code.at(x, x_line), code.at(dy, dy_line), *made]

        _, _, *sums = code.loop(lines, [x, dy, *[code.zeros()] * rows], line)
        added = b.icmp_unsigned("!=", again, code.number(0))
        places = [code.at(dw, b.mul(dw_row, code.number(row))) for row in range(rows)]
        before = [b.select(added, code.load_masked(place, mask), code.zeros()) for place in places]
        put(code, [b.fadd(*pair) for pair in zip(before, sums, strict=True)], places, [mask], wide)
        b.ret_void()
    return name


def _written(module: ir.Module) -> ir.Function:
    whole = f"narrow_gradient_{WIDTH}"
    if whole not in module.globals:
        tiles = {rows: module.globals[_write_tile(module, rows)] for rows in range(1, MOST_ROWS + 1)}
        with function(module, whole, NOTHING, 13) as (code, (rows, *given)):
            code.one_of(rows, tiles, given)
            code.builder.ret_void()
    return module.globals[whole]


@intrinsic
def _tile(
    typing: Any, rows: Any, x: Any, x_pixel: Any, x_line: Any, dy: Any, dy_pixel: Any, dy_line: Any,
    lines: Any, pixels: Any, dw: Any, dw_row: Any, wide: Any, again: Any,
) -> Any:  # fmt: skip
    """Sums so many rows over some lines of pixels, and adds them to dw where that is done `again`."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(_written(builder.module), given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 13), write


# The arguments, in words: the batch, the pixels of dy, its channels; the rows of a line of the filter, the
# parts that they are cut into, the lines of the filter along the axes before; x and its bytes from pixel to
# pixel of dy, from line to line of the filter; dy and dw, the lines of the filter in it side by side.
BATCH, COUNTS, WIDE, ROWS, PARTS, KERNEL = 0, 1, 4, 5, 6, 7
X, X_BATCH, X_AXES, BY_LINE, DY, DY_BATCH, DY_AXES, DW = 9, 10, 11, 14, 16, 17, 18, 21
NARROW_WORDS = DW + 1


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64)")
def _add(given: Any, x: Any, dy: Any, lines: Any, pixels: Any, again: Any, first: Any, last: Any) -> None:
    """Adds some lines of pixels to the parts of dw from one to another."""
    rows, parts, k1 = word(given, ROWS), word(given, PARTS), word(given, KERNEL + 1)
    by_row = word(given, WIDE) * ITEM
    for number in range(first, last):
        line, part = number // parts, number % parts
        begin, end = rows * part // parts, rows * (part + 1) // parts
        at = x + line // k1 * word(given, BY_LINE) + line % k1 * word(given, BY_LINE + 1) + begin * ITEM
        _tile(
            end - begin, at, word(given, X_AXES + 2), word(given, X_AXES + 1),
            dy, word(given, DY_AXES + 2), word(given, DY_AXES + 1),
            lines, pixels, word(given, DW) + (line * rows + begin) * by_row, by_row, word(given, WIDE), again,
        )  # fmt: skip


@kernel("int64(int64, int64, int64)", words=NARROW_WORDS)
def narrow_gradient(given: Any, thread: Any, threads: Any) -> int:
    """dw (K…, C, O) of up to WIDTH channels O: (N, S…, C), (N, P…, O), channels side by side.

    Threads share the parts of dw out; each goes over all pixels, some lines at a time.
    """
    total = word(given, KERNEL) * word(given, KERNEL + 1) * word(given, PARTS)
    first, last = total * thread // threads, total * (thread + 1) // threads
    c0, c1, c2 = word(given, COUNTS), word(given, COUNTS + 1), word(given, COUNTS + 2)
    lines, across, again = max(1, SUMMED_TOGETHER // c2), min(c2, SUMMED_TOGETHER), 0
    for plane in range(word(given, BATCH) * c0):
        n, p0 = plane // c0, plane % c0
        x = word(given, X) + n * word(given, X_BATCH) + p0 * word(given, X_AXES)
        dy = word(given, DY) + n * word(given, DY_BATCH) + p0 * word(given, DY_AXES)
        for p1 in range(0, c1, lines):
            x_at, at = x + p1 * word(given, X_AXES + 1), dy + p1 * word(given, DY_AXES + 1)
            for p2 in range(0, c2, across):
                _add(
                    given, x_at + p2 * word(given, X_AXES + 2), at + p2 * word(given, DY_AXES + 2),
                    min(lines, c1 - p1), min(across, c2 - p2), again, first, last,
                )  # fmt: skip
                again = 1
    return 0
