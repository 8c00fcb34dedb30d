"""Products of a few rows with a matrix in panels: small batches, and weights that stay.

Where a whole product takes less than a microsecond, tables for a register tile take longer to write than its
sums to form. Here nothing is written down: the rows of a panel of B go past the sums of all rows of C.
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .parts import SUMMED_TOGETHER
from .tile import COLUMNS, SHORT_ROWS, VECTORS, followed, put
from .vector import ITEM, NOTHING, WIDTH, function, intrinsic
from .words import word

MOST_ROWS, DEEPEST = SHORT_ROWS, SUMMED_TOGETHER
"""The rows and the depth at most: sums stay in registers, and none is so long that it would go in parts."""


def _write(module: ir.Module, rows: int, vectors: int) -> str:
    """The function for so many rows and vectors of columns; its name."""
    name = f"few_rows_{rows}x{vectors}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 10) as (code, given):
        a, a_row, a_k, depth, panel, c, c_row, wide, flags, bias = given
        b = code.builder
        apart = [b.mul(a_row, code.number(row)) for row in range(rows)]

        def step(_: ir.Value, at: ir.Value, place: ir.Value, *sums: ir.Value) -> list[ir.Value]:
            lanes = [code.load(code.at(place, ITEM * WIDTH * v)) for v in range(vectors)]
            made = []
            for row in range(rows):
                x = code.splat(code.load_one(code.at(at, apart[row])))
                made += [code.fma(x, lanes[v], sums[row * vectors + v]) for v in range(vectors)]
            return [b.add(at, a_k), code.at(place, ITEM * COLUMNS), *made]

        _, _, *sums = code.loop(depth, [a, panel, *[code.zeros()] * (rows * vectors)], step)
        places = [code.at(c, b.mul(c_row, code.number(row))) for row in range(rows)]
        masks = [code.first_lanes(b.sub(wide, code.number(WIDTH * v))) for v in range(vectors)]
        sums = followed(code, sums, places, masks, flags, bias, c)
        put(code, sums, places, masks, wide)
        b.ret_void()
    return name


def _written(module: ir.Module) -> ir.Function:
    whole = f"few_rows_{WIDTH}"
    if whole not in module.globals:
        sizes = [(rows, vectors) for rows in range(1, MOST_ROWS + 1) for vectors in range(1, VECTORS + 1)]
        tiles = {
            rows * VECTORS + vectors: module.globals[_write(module, rows, vectors)] for rows, vectors in sizes
        }
        with function(module, whole, NOTHING, 11) as (code, (size, *given)):
            code.one_of(size, tiles, given)
            code.builder.ret_void()
    return module.globals[whole]


@intrinsic
def _rows(
    typing: Any, size: Any, a: Any, a_row: Any, a_k: Any, depth: Any, panel: Any,
    c: Any, c_row: Any, wide: Any, flags: Any, bias: Any,
) -> Any:  # fmt: skip
    """The product of rows · VECTORS + vectors, which is the `size`, and what follows."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(_written(builder.module), given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 11), write


# The arguments, in words; strides in bytes.
FEW_WORDS = 11
M, N, K, A, A_ROW, A_K, B, C, C_ROW, FOLLOWING, BIAS = range(FEW_WORDS)


@kernel("int64(int64, int64, int64)", words=FEW_WORDS)
def few_rows(given: Any, thread: Any, threads: Any) -> int:
    """C = A·B, then what follows: (M, K), (K, N) in panels -> (M, N); threads share the panels out."""
    n, k = word(given, N), word(given, K)
    size = word(given, M) * VECTORS
    panels = (n + COLUMNS - 1) // COLUMNS
    for panel in range(panels * thread // threads, panels * (thread + 1) // threads):
        column = panel * COLUMNS
        vectors = (min(COLUMNS, n - column) + WIDTH - 1) // WIDTH
        _rows(
            size + vectors, word(given, A), word(given, A_ROW), word(given, A_K), k,
            word(given, B) + column * k * ITEM, word(given, C) + column * ITEM, word(given, C_ROW),
            n - column, word(given, FOLLOWING), word(given, BIAS) + column * ITEM,
        )  # fmt: skip
    return 0
