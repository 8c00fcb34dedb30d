"""The register tile: a few rows by a few vectors of a product, held in registers while it is summed.

C[r, :] = Σ_t Σ_k A[t, r, k] · B[t, k, :] for `ROWS` rows of C and up to `VECTORS` vectors of columns, as in
Goto and van de Geijn (2008). A table tells, for each tap t, where each row of A and where B begins, and how
deep they go. So the same tile is a matrix product (one tap), a convolution of any stride (a tap per place of
the filter: Dukhan's indirect convolution, 2019), and, with a step of a whole row of A from k to k, a product
of columns (the gradient of a filter, with a tap per row of an image). The sums go to memory once, together
with what follows them: a bias, a residual, ReLU.
"""

from typing import Any

from llvmlite import ir
from numba import types

from .vector import ITEM, NOTHING, WIDTH, Code, function, intrinsic

ROWS = 6
"""Rows of a full tile: with 4 vectors 24 sums, which leaves room for a row of B among 32 registers."""

VECTORS = 4 if WIDTH == 16 else 2
"""Vectors of a full tile: AVX2 has 16 registers, of which 12 hold sums."""

COLUMNS = VECTORS * WIDTH

ADD = 1
"""The sums are added to what stands in C."""
BIAS = 2
"""A number per column is added."""
RESIDUAL = 4
"""A matrix like C is added."""
RELU = 8
"""What is below zero becomes zero; NaN stays."""

# What a tile reads, in words at one address: the table of taps, the bytes from k to k in A and in B, the
# table of where the rows of C stand, how many columns there are, what follows, and where that is.
TABLE, TAPS, A_STEP, B_STEP, C, WIDE, FLAGS, BIAS_AT, RESIDUAL_AT = range(9)
WORDS = 9

TAP_WORDS = ROWS + 2
"""A tap in the table: an address per row of A, the address of B, and the depth."""


def _write(module: ir.Module, rows: int, vectors: int) -> str:
    """The function in LLVM; its name. Its one argument is the address of the words."""
    name = f"tile_{rows}x{vectors}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 1) as (code, (words,)):
        b = code.builder
        table, taps, a_step, b_step, c, wide, flags, bias, residual = (
            code.load_word(code.at(words, 8 * index)) for index in range(WORDS)
        )
        sums = [code.zeros()] * (rows * vectors)

        def tap(number: ir.Value, *given: ir.Value) -> list[ir.Value]:
            entry = code.at(table, b.mul(number, code.number(8 * (rows + 2))))
            *starts, begin, depth = (code.load_word(code.at(entry, 8 * at)) for at in range(rows + 2))

            def step(_: ir.Value, offset: ir.Value, at: ir.Value, *held: ir.Value) -> list[ir.Value]:
                lanes = [code.load(code.at(at, 4 * WIDTH * v)) for v in range(vectors)]
                made = []
                for row in range(rows):
                    x = code.splat(code.load_one(code.at(starts[row], offset)))
                    made += [code.fma(x, lanes[v], held[row * vectors + v]) for v in range(vectors)]
                return [b.add(offset, a_step), b.add(at, b_step), *made]

            _, _, *made = code.loop(depth, [code.number(0), begin, *given], step)
            return made

        sums = code.loop(taps, sums, tap)
        masks = [code.first_lanes(b.sub(wide, code.number(WIDTH * v))) for v in range(vectors)]
        places = [code.load_word(code.at(c, 8 * row)) for row in range(rows)]
        sums = _followed(code, sums, places, masks, flags, bias, residual)
        full = b.icmp_signed(">=", wide, code.number(WIDTH * vectors))

        def whole() -> tuple[()]:
            for at, place in enumerate(places):
                for v in range(vectors):
                    code.store(sums[at * vectors + v], code.at(place, ITEM * WIDTH * v))
            return ()

        def part() -> tuple[()]:
            for at, place in enumerate(places):
                for v in range(vectors):
                    code.store_masked(sums[at * vectors + v], code.at(place, ITEM * WIDTH * v), masks[v])
            return ()

        code.chosen(full, whole, part)
        b.ret_void()
    return name


def _followed(
    code: Code,
    sums: list[ir.Value],
    places: list[ir.Value],
    masks: list[ir.Value],
    flags: ir.Value,
    bias: ir.Value,
    residual: ir.Value,
) -> list[ir.Value]:
    """The sums after what the flags ask for."""
    b, vectors = code.builder, len(masks)

    def asked(flag: int) -> ir.Value:
        return b.icmp_unsigned("!=", b.and_(flags, code.number(flag)), code.number(0))

    def added(starts: list[ir.Value]) -> list[ir.Value]:
        return [
            b.fadd(
                value, code.load_masked(code.at(starts[at // vectors], ITEM * WIDTH * (at % vectors)), mask)
            )
            for at, (value, mask) in enumerate(zip(sums, masks * len(places), strict=True))
        ]

    def rows_at(table: ir.Value) -> list[ir.Value]:
        return [code.load_word(code.at(table, 8 * row)) for row in range(len(places))]

    sums = code.chosen(asked(ADD), lambda: added(places), lambda: sums)
    sums = code.chosen(asked(BIAS), lambda: added([bias] * len(places)), lambda: sums)
    sums = code.chosen(asked(RESIDUAL), lambda: added(rows_at(residual)), lambda: sums)
    zero = code.zeros()
    kept = [b.select(b.fcmp_unordered(">=", value, zero), value, zero) for value in sums]
    return [b.select(asked(RELU), one, other) for one, other in zip(kept, sums, strict=True)]


def _tile(rows: int, vectors: int) -> Any:
    def tile(typing: Any, words: Any) -> Any:
        def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
            name = _write(builder.module, rows, vectors)
            builder.call(builder.module.globals[name], given)
            return context.get_dummy_value()

        return types.void(types.int64), write

    tile.__name__ = f"tile_{rows}x{vectors}"
    return intrinsic(tile)


tile = _tile(ROWS, VECTORS)
"""Sums one full tile, told by the words at an address; a tile of fewer rows names some rows twice."""

FEW, GATES = 4, min(3, VECTORS)
short_tile, one_row_tile = _tile(FEW, VECTORS), _tile(1, VECTORS)
gates_tile, short_gates_tile, one_row_gates_tile = (_tile(rows, GATES) for rows in (ROWS, FEW, 1))
"""Tiles of fewer rows and vectors: a recurrent step has the rows of one batch, and a GRU three gates."""
