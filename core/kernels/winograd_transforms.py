"""Winograd's minimal filtering F(m×m, 3×3): its matrices, and straight-line vector code that applies them.

y = A^T [(G g G^T) ⊙ (B^T d B)] A for a square d of m + 2 pixels a side, a filter g and the m×m pixels y that
it gives (Lavin and Gray 2016). The matrices come of polynomials: a signal's values at points, of which the
last is infinity. F(4×4) takes the points 0, ±√½, ±√2 rather than 0, ±1, ±2, since points c and 1/c leave a
quarter of the error (Alam, Anderson, Barabasz and Gregg 2022).

A transform takes one vector of channels at each of the square's places, and gives one at each of its own. The
rows of a point and of its negative differ in the sign of odd powers, and share their halves.
"""

from collections.abc import Callable, Sequence
from math import prod, sqrt
from typing import Any

from llvmlite import ir

from ..ops.jit import types
from .lanes import Lanes, where
from .tile import RELU, RESIDUAL
from .vector import NOTHING, WIDTH, Code, function, intrinsic

FILTER = 3
"""Places of a filter along an axis."""

POINTS = {2: (1.0,), 4: (sqrt(0.5), sqrt(2.0))}
"""By the pixels m of a result's square: the points, beside 0 and infinity, that come with their negatives."""

Matrix = tuple[tuple[float, ...], ...]
Grid = list[list[Lanes]]


def side(size: int) -> int:
    """The pixels along a side of what a square of so many results is made from."""
    return size + FILTER - 1


def _finite(size: int) -> list[float]:
    return [0.0, *(sign * point for point in POINTS[size] for sign in (1.0, -1.0))]


def _polynomial(roots: Sequence[float]) -> list[float]:
    """The coefficients of Π(x - root), the lowest power first; a root and its negative must be neighbours."""
    made = [1.0]
    places = iter(range(len(roots)))
    for at in places:
        root = roots[at]
        if at + 1 < len(roots) and root and roots[at + 1] == -root:
            next(places)
            factor = [-root * root, 0.0, 1.0]
        else:
            factor = [-root, 1.0]
        made = [
            sum(made[i] * factor[k - i] for i in range(len(made)) if 0 <= k - i < len(factor))
            for k in range(len(made) + len(factor) - 1)
        ]
    return made


def input_matrix(size: int) -> Matrix:
    """B^T: side × side."""
    roots = _finite(size)
    rows = [[*_polynomial([q for q in roots if q != p]), 0.0] for p in roots]
    return tuple(map(tuple, [*rows, _polynomial(roots)]))


def filter_matrix(size: int) -> Matrix:
    """G: side × 3."""
    roots = _finite(size)
    rows = [tuple(p**power / prod(p - q for q in roots if q != p) for power in range(FILTER)) for p in roots]
    return (*rows, (0.0, 0.0, 1.0))


def output_matrix(size: int) -> Matrix:
    """A: side × m."""
    rows = [tuple(p**power for power in range(size)) for p in _finite(size)]
    return (*rows, (*[0.0] * (size - 1), 1.0))


def turned(matrix: Matrix) -> Matrix:
    """The transposed matrix."""
    return tuple(zip(*matrix, strict=True))


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


def both(transform: Transform, matrix: Matrix, grid: Grid) -> Grid:
    """M · grid · M^T."""
    columns = [transform(matrix, column) for column in zip(*grid, strict=True)]
    return [transform(matrix, row) for row in zip(*columns, strict=True)]


def _table(code: Code, table: ir.Value, count: int) -> list[ir.Value]:
    return [code.load_word(code.at(table, 8 * at)) for at in range(count)]


def _steps(code: Code, start: ir.Value, step: ir.Value, count: int) -> list[ir.Value]:
    return [code.at(start, code.builder.mul(step, code.number(at))) for at in range(count)]


def _square(code: Code, places: Sequence[ir.Value], offset: ir.Value, mask: ir.Value | None) -> Grid:
    n = round(sqrt(len(places)))
    values = [Lanes(code, code.load_lanes(code.at(place, offset), mask)) for place in places]
    return [values[n * row : n * row + n] for row in range(n)]


def _put(code: Code, grid: Grid, places: Sequence[ir.Value], offset: ir.Value, mask: ir.Value | None) -> None:
    for value, place in zip([value for row in grid for value in row], places, strict=True):
        code.store_lanes(value.value, code.at(place, offset), mask)


def _spreading(name: str, matrix: Matrix) -> Any:
    """The function that brings squares to points: from addresses in a table, to equal steps."""

    def write(module: ir.Module) -> str:
        if name not in module.globals:
            with function(module, name, NOTHING, 4) as (code, (table, into, step, count)):
                sources = _table(code, table, len(matrix[0]) ** 2)
                targets = _steps(code, into, step, len(matrix) ** 2)

                def spread(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
                    made = both(to_points, matrix, _square(code, sources, offset, mask))
                    _put(code, made, targets, offset, mask)

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
                sources = _steps(code, start, step, side(size) ** 2)
                targets, added = _table(code, table, size**2), _table(code, residual, size**2)

                def gathered(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
                    made = both(from_points, matrix, _square(code, sources, offset, mask))
                    shift = Lanes(code, code.load_lanes(code.at(bias, offset), mask))
                    values = [value + shift for row in made for value in row]
                    followed = _followed(code, values, added, following, offset, mask)
                    _put(code, [followed], targets, offset, mask)

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
    code: Code,
    values: list[Lanes],
    added: Sequence[ir.Value],
    following: ir.Value,
    offset: ir.Value,
    mask: ir.Value | None,
) -> list[Lanes]:
    """The residual is added where that is asked for, then what is below zero becomes zero; NaN stays."""
    b = code.builder

    def asked(flag: int) -> ir.Value:
        return b.icmp_unsigned("!=", b.and_(following, code.number(flag)), code.number(0))

    def more() -> list[ir.Value]:
        return [
            b.fadd(value.value, code.load_lanes(code.at(place, offset), mask))
            for value, place in zip(values, added, strict=True)
        ]

    sums = code.chosen(asked(RESIDUAL), more, lambda: [value.value for value in values])
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
                sources = _steps(code, start, step, side(size) ** 2)
                targets = _table(code, table, FILTER**2)

                def collected(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
                    first = [code.load_lanes(code.at(source, offset), mask) for source in sources]

                    def more(part: ir.Value, *held: ir.Value) -> list[ir.Value]:
                        far = code.builder.mul(code.builder.add(part, code.number(1)), apart)
                        places = [code.at(code.at(source, offset), far) for source in sources]
                        return [
                            code.builder.fadd(value, code.load_lanes(place, mask))
                            for value, place in zip(held, places, strict=True)
                        ]

                    rest = code.builder.sub(parts, code.number(1))
                    sums = [Lanes(code, value) for value in code.loop(rest, first, more)]
                    n = side(size)
                    grid = [sums[n * row : n * row + n] for row in range(n)]
                    _put(code, both(from_points, matrix, grid), targets, offset, mask)

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
