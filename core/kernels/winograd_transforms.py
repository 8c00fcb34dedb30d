"""Vector code that applies the matrices of Winograd's filtering, from both sides.

A transform takes one vector of channels at each of the square's places, and gives one at each of its own. The
rows of a point and of its negative differ in the sign of odd powers, and share their halves.
"""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from ..ops.jit import types
from .lanes import Lanes, where
from .tile import RELU, RESIDUAL
from .vector import INTEGER, ITEM, LANES, NOTHING, WIDTH, Code, function, intrinsic
from .winograd_matrices import Matrix, filter_matrix, input_matrix, output_matrix, turned


def _sum(coefficients: Sequence[float], values: Sequence[Lanes]) -> Lanes | None:
    total: Lanes | None = None
    for coefficient, value in zip(coefficients, values, strict=True):
        if not coefficient:
            continue
        term = value if coefficient == 1.0 else value * coefficient
        total = term if total is None else total + term
    return total


def to_points(matrix: Matrix, values: Sequence[Lanes]) -> list[Lanes]:
    """Each row times the values, rows of a point and its negative together: side results."""

    def row(coefficients: Sequence[float]) -> Lanes:
        total = _sum(coefficients, values)
        assert total is not None, "no row of zeros"
        return total

    made = [row(matrix[0])]
    for coefficients in matrix[1:-1:2]:
        even = _sum(coefficients[::2], values[::2])
        odd = _sum(coefficients[1::2], values[1::2])
        assert even is not None, "the powers of a point begin with 1"
        assert odd is not None, "no point is 0"
        made += [even + odd, even - odd]
    return [*made, row(matrix[-1])]


def from_points(matrix: Matrix, values: Sequence[Lanes]) -> list[Lanes]:
    """Each row times the values at points, those of a point and its negative added or subtracted first."""
    first, *middle, last = values
    pairs = list(zip(middle[::2], middle[1::2], strict=True))
    halves = [x + y for x, y in pairs], [x - y for x, y in pairs]
    made = []
    for power, row in enumerate(matrix):
        total = _sum([row[0], *row[1:-1:2], row[-1]], [first, *halves[power % 2], last])
        assert total is not None, "no row of zeros"
        made.append(total)
    return made


Transform = Callable[[Matrix, Sequence[Lanes]], list[Lanes]]
Places = Callable[[ir.Value], ir.Value]
"""Addresses, by their number."""

IN_REGISTERS = 36 if WIDTH == 16 else 16
"""Vectors that a compiler keeps in registers, all but a few: AVX-512 has 32 of them, AVX2 16."""


def _listed(code: Code, table: ir.Value) -> Places:
    """Those in a table of words."""
    return lambda number: code.load_word(code.at(table, code.builder.mul(number, code.number(8))))


def _stepped(code: Code, start: ir.Value, step: ir.Value) -> Places:
    """Those in equal steps."""
    return lambda number: code.at(start, code.builder.mul(number, step))


Read = Callable[[list[ir.Value]], list[Lanes]]
Write = Callable[[list[ir.Value], list[Lanes]], None]
"""Of places by their numbers."""


def _reading(code: Code, places: Places, offset: ir.Value, mask: ir.Value | None) -> Read:
    def read(numbers: list[ir.Value]) -> list[Lanes]:
        addresses = [code.at(places(number), offset) for number in numbers]
        return [Lanes(code, code.load_lanes(address, mask)) for address in addresses]

    return read


def _writing(code: Code, places: Places, offset: ir.Value, mask: ir.Value | None) -> Write:
    def write(numbers: list[ir.Value], values: list[Lanes]) -> None:
        for number, value in zip(numbers, values, strict=True):
            code.store_lanes(value.value, code.at(places(number), offset), mask)

    return write


def _room(code: Code, matrix: Matrix) -> ir.Value | None:
    """Memory for what `_both` has half done, if it needs any; to be asked for where a function begins."""
    count = len(matrix) * len(matrix[0])
    if count <= IN_REGISTERS:
        return None
    room = code.builder.alloca(ir.ArrayType(LANES, count))
    room.align = ITEM * WIDTH
    return code.builder.ptrtoint(room, INTEGER)


def _both(
    code: Code,
    transform: Transform,
    matrix: Matrix,
    room: ir.Value | None,
    read: Read,
    write: Write,
) -> None:
    """M · D · M^T: `read` gives what D has at some places, `write` gets the result's places and values.

    Straight-line code without a room. With one a column of M · D at a time goes there, into the first cache,
    and comes back row by row: where there are too few registers, straight-line code took up to twice as long.
    """
    b, high, wide = code.builder, len(matrix), len(matrix[0])

    def places(first: ir.Value, step: int, count: int) -> list[ir.Value]:
        return [b.add(first, code.number(step * at)) for at in range(count)]

    if room is None:
        values = read(places(code.number(0), 1, wide * wide))
        columns = [transform(matrix, values[at::wide]) for at in range(wide)]
        made = [value for row in zip(*columns, strict=True) for value in transform(matrix, row)]
        write(places(code.number(0), 1, high * high), made)
        return

    def kept(line: ir.Value, at: ir.Value) -> ir.Value:
        """Where a value of M · D stands."""
        return code.at(room, b.mul(b.add(b.mul(line, code.number(wide)), at), code.number(ITEM * WIDTH)))

    def column(at: ir.Value) -> tuple[()]:
        for line, value in enumerate(transform(matrix, read(places(at, wide, wide)))):
            code.store(value.value, kept(code.number(line), at))
        return ()

    def row(at: ir.Value) -> tuple[()]:
        values = [Lanes(code, code.load(kept(at, code.number(k)))) for k in range(wide)]
        write(places(b.mul(at, code.number(high)), 1, high), transform(matrix, values))
        return ()

    code.loop(code.number(wide), [], column, as_written=True)
    code.loop(code.number(high), [], row, as_written=True)


def _spreading(name: str, matrix: Matrix) -> Any:
    """The function that brings squares to points: from addresses in a table, to equal steps."""

    def write(module: ir.Module) -> str:
        if name not in module.globals:
            with function(module, name, NOTHING, 4) as (code, (table, into, step, count)):
                sources, targets, room = _listed(code, table), _stepped(code, into, step), _room(code, matrix)

                def spread(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
                    read, write = _reading(code, sources, offset, mask), _writing(code, targets, offset, mask)
                    _both(code, to_points, matrix, room, read, write)

                code.vectors(count, spread)
                code.builder.ret_void()
        return name

    def spread(typing: Any, table: Any, into: Any, step: Any, count: Any) -> Any:
        return types.void(*[types.int64] * 4), _called(write)

    return intrinsic(spread)


def _called(write: Callable[[ir.Module], str]) -> Any:
    def called(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[write(builder.module)], given)
        return context.get_dummy_value()

    return called


def _gathering(size: int) -> Any:
    """The function that brings points to squares of results, and does what follows a convolution."""
    name = f"winograd_output_{size}x{WIDTH}"
    matrix = turned(output_matrix(size))

    def write(module: ir.Module) -> str:
        if name not in module.globals:
            with function(module, name, NOTHING, 7) as (
                code,
                (start, step, table, count, following, bias, residual),
            ):
                sources, room = _stepped(code, start, step), _room(code, matrix)
                targets, added = _listed(code, table), _listed(code, residual)

                def gathered(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
                    shift = Lanes(code, code.load_lanes(code.at(bias, offset), mask))
                    read, write = _reading(code, sources, offset, mask), _writing(code, targets, offset, mask)
                    residuals = _reading(code, added, offset, mask)

                    def put(numbers: list[ir.Value], values: list[Lanes]) -> None:
                        values = [value + shift for value in values]
                        write(numbers, _followed(code, values, lambda: residuals(numbers), following))

                    _both(code, from_points, matrix, room, read, put)

                code.vectors(count, gathered)
                code.builder.ret_void()
        return name

    def gathered(
        typing: Any,
        start: Any,
        step: Any,
        table: Any,
        count: Any,
        following: Any,
        bias: Any,
        residual: Any,
    ) -> Any:
        return types.void(*[types.int64] * 7), _called(write)

    return intrinsic(gathered)


def _followed(
    code: Code, values: list[Lanes], more: Callable[[], list[Lanes]], following: ir.Value
) -> list[Lanes]:
    """The residual is added where that is asked for, then what is below zero becomes zero; NaN stays."""
    b = code.builder

    def asked(flag: int) -> ir.Value:
        return b.icmp_unsigned("!=", b.and_(following, code.number(flag)), code.number(0))

    sums = code.chosen(
        asked(RESIDUAL),
        lambda: [(value + other).value for value, other in zip(values, more(), strict=True)],
        lambda: [value.value for value in values],
    )
    cut = b.select(asked(RELU), code.zeros(), Lanes(code, code.zeros()).like(float("-inf")).value)
    floor = Lanes(code, cut)
    return [where(Lanes(code, value) < floor, floor, Lanes(code, value)) for value in sums]


def _collecting(size: int) -> Any:
    """The function that brings the sums at points to the gradient of a filter's nine places."""
    name = f"winograd_collect_{size}x{WIDTH}"
    matrix = turned(filter_matrix(size))

    def write(module: ir.Module) -> str:
        if name not in module.globals:
            with function(module, name, NOTHING, 6) as (code, (start, step, parts, apart, table, count)):
                sources, targets = _stepped(code, start, step), _listed(code, table)
                rest = code.builder.sub(parts, code.number(1))

                def collected(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
                    def read(numbers: list[ir.Value]) -> list[Lanes]:
                        places = [code.at(sources(number), offset) for number in numbers]

                        def more(_: ir.Value, far: ir.Value, *held: ir.Value) -> list[ir.Value]:
                            others = [code.load_lanes(code.at(place, far), mask) for place in places]
                            sums = map(code.builder.fadd, held, others)
                            return [code.builder.add(far, apart), *sums]

                        first = [code.load_lanes(place, mask) for place in places]
                        _, *sums = code.loop(rest, [apart, *first], more)
                        return [Lanes(code, value) for value in sums]

                    # It waits for memory, which straight-line code asks for earlier.
                    _both(code, from_points, matrix, None, read, _writing(code, targets, offset, mask))

                code.vectors(count, collected)
                code.builder.ret_void()
        return name

    def collected(typing: Any, start: Any, step: Any, parts: Any, apart: Any, table: Any, count: Any) -> Any:
        return types.void(*[types.int64] * 6), _called(write)

    return intrinsic(collected)


spread_image_2 = _spreading(f"winograd_input_2x{WIDTH}", input_matrix(2))
spread_image_4 = _spreading(f"winograd_input_4x{WIDTH}", input_matrix(4))
"""B^T d B: (table of side² addresses, where to, bytes from place to place there, channels)."""

spread_filter_2 = _spreading(f"winograd_filter_2x{WIDTH}", filter_matrix(2))
spread_filter_4 = _spreading(f"winograd_filter_4x{WIDTH}", filter_matrix(4))
"""G g G^T: (table of 9 addresses, where to, bytes from place to place there, filters)."""

spread_gradient_2 = _spreading(f"winograd_gradient_2x{WIDTH}", output_matrix(2))
spread_gradient_4 = _spreading(f"winograd_gradient_4x{WIDTH}", output_matrix(4))
"""A dy A^T: (table of m² addresses, where to, bytes from place to place there, channels)."""

gather_2, gather_4 = _gathering(2), _gathering(4)
"""A^T M A and what follows: (M, bytes from place to place, table of m² addresses of results, columns, flags,
bias, table of m² addresses of residuals). A bias is always added."""

collect_2, collect_4 = _collecting(2), _collecting(4)
"""G^T U G: (U, bytes from place to place, how many such parts are added up first, bytes between these, table
of 9 addresses, columns)."""
