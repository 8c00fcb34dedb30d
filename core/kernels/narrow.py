"""Convolutions to so few channels that they fit in one vector: many pixels of a line at a time.

A register tile has six rows, too few to keep a processor busy when a row is one vector. Here the rows are up
to MOST_ROWS pixels of a line of the result, evenly apart in x, so that no table tells where they see it. The
sums of a filter's line are added to those of others (Higham 1993, section 3).
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .tile import COLUMNS, followed, put
from .vector import ITEM, NOTHING, WIDTH, function, intrinsic
from .words import word

MOST_ROWS = 14 if WIDTH == 16 else 12
"""Pixels that go together: of 32 registers as many hold the sums of a line as those of all."""
BESIDE = 4
"""Pixels told by one address: steps 0, 1 and 2 go into an instruction, 3 as another."""


def _write_tile(module: ir.Module, rows: int) -> str:
    """The function for so many pixels; its name."""
    name = f"narrow_{rows}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 13) as (code, given):
        x, x_pixel, by_plane, by_line, planes, lines, depth, weights, y, y_pixel, wide, flags, bias = given
        b = code.builder
        steps = [b.mul(x_pixel, code.number(at)) for at in range(rows)]
        near, far = steps[:BESIDE], steps[::BESIDE]

        def summed(first: ir.Value, at: ir.Value) -> list[ir.Value]:
            """Where the weights have come to, and the sums of a filter's line that the pixels see there."""

            def step(_: ir.Value, at: ir.Value, *held: ir.Value) -> list[ir.Value]:
                starts, sums = held[: len(far)], held[len(far) :]
                places = [code.at(start, apart) for start in starts for apart in near][:rows]
                lanes = code.load(at)
                each = (code.splat(code.load_one(place)) for place in places)
                made = [code.fma(value, lanes, before) for value, before in zip(each, sums, strict=True)]
                moved = [code.at(start, ITEM) for start in starts]
                return [code.at(at, ITEM * COLUMNS), *moved, *made]

            starts = [code.at(first, apart) for apart in far]
            at, *rest = code.loop(depth, [at, *starts, *[code.zeros()] * rows], step)
            return [at, *rest[len(far) :]]

        def line(_: ir.Value, first: ir.Value, at: ir.Value, *sums: ir.Value) -> list[ir.Value]:
            at, *made = summed(first, at)
            return [code.at(first, by_line), at, *(b.fadd(*pair) for pair in zip(sums, made, strict=True))]

        def plane(_: ir.Value, first: ir.Value, *held: ir.Value) -> list[ir.Value]:
            _, *made = code.loop(lines, [first, *held], line)
            return [code.at(first, by_plane), *made]

        _, _, *sums = code.loop(planes, [x, weights, *[code.zeros()] * rows], plane)
        places = [code.at(y, b.mul(y_pixel, code.number(row))) for row in range(rows)]
        mask = code.first_lanes(wide)
        sums = followed(code, sums, places, [mask], flags, bias, y)
        put(code, sums, places, [mask], wide)
        b.ret_void()
    return name


def _written(module: ir.Module) -> ir.Function:
    whole = f"narrow_{WIDTH}"
    if whole not in module.globals:
        tiles = {rows: module.globals[_write_tile(module, rows)] for rows in range(1, MOST_ROWS + 1)}
        with function(module, whole, NOTHING, 14) as (code, (rows, *given)):
            code.one_of(rows, tiles, given)
            code.builder.ret_void()
    return module.globals[whole]


@intrinsic
def _tile(
    typing: Any, rows: Any, x: Any, x_pixel: Any, by_plane: Any, by_line: Any, planes: Any, lines: Any,
    depth: Any, weights: Any, y: Any, y_pixel: Any, wide: Any, flags: Any, bias: Any,
) -> Any:  # fmt: skip
    """So many pixels of the result, and what follows."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(_written(builder.module), given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 14), write


# The arguments, in words: the batch, the pixels of the result, its channels, the parts that its lines are cut
# into; the lines of the filter along two axes and the numbers of each; x, its bytes from pixel to pixel of
# the result, from line to line of the filter; the filters in panels; the result; what follows, and the bias.
BATCH, COUNTS, WIDE, PARTS, KERNEL, DEPTH = 0, 1, 4, 5, 6, 8
X, X_BATCH, X_AXES, BY_LINE, FILTERS = 9, 10, 11, 14, 16
Y, Y_BATCH, Y_AXES, FOLLOWING, BIAS = 17, 18, 19, 22, 23
NARROW_WORDS = BIAS + 1


@kernel("int64(int64, int64, int64)", words=NARROW_WORDS)
def narrow(given: Any, thread: Any, threads: Any) -> int:
    """y = filters over x, then what follows: (N, S…, C), (K…, C, O) -> (N, P…, O), channels side by side.

    Threads share the lines of the result out.
    """
    c0, c1, c2 = word(given, COUNTS), word(given, COUNTS + 1), word(given, COUNTS + 2)
    parts, lines = word(given, PARTS), word(given, BATCH) * c0 * c1
    for line in range(lines * thread // threads, lines * (thread + 1) // threads):
        p1, rest = line % c1, line // c1
        p0, n = rest % c0, rest // c0
        x = word(given, X) + n * word(given, X_BATCH) + p0 * word(given, X_AXES)
        x += p1 * word(given, X_AXES + 1)
        y = word(given, Y) + n * word(given, Y_BATCH) + p0 * word(given, Y_AXES)
        y += p1 * word(given, Y_AXES + 1)
        for part in range(parts):
            first, last = c2 * part // parts, c2 * (part + 1) // parts
            _tile(
                last - first, x + first * word(given, X_AXES + 2), word(given, X_AXES + 2),
                word(given, BY_LINE), word(given, BY_LINE + 1), word(given, KERNEL), word(given, KERNEL + 1),
                word(given, DEPTH), word(given, FILTERS), y + first * word(given, Y_AXES + 2),
                word(given, Y_AXES + 2), word(given, WIDE), word(given, FOLLOWING), word(given, BIAS),
            )  # fmt: skip
    return 0
