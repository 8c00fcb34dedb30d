"""The register tile: a few rows by a few vectors of a product, held in registers while it is summed.

C[r, :] = Σ_t Σ_k A[t, r, k] · B[t, k, :] for `ROWS` rows of C and up to `VECTORS` vectors of columns, as in
Goto and van de Geijn (2008). A table tells, for each tap t, where each row of A and where B begins, and how
deep they go. So the same tile is a matrix product (one tap), a convolution of any stride (a tap per place of
the filter: Dukhan's indirect convolution, 2019), and, with a step of a whole row of A from k to k, a product
of columns (the gradient of a filter, with a tap per row of an image). The sums go to memory once, together
with what follows them: a bias, a residual, ReLU.

The error of a sum of float32 grows with its length: before the next tap the sums are put aside after
SUMMED_TOGETHER products, and others begin (see `parts`). Whoever cuts a deep product into taps makes none of
them deeper. Where fewer vectors of columns are wanted, no others are summed.
"""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from ..ops.jit import types
from .parts import SUMMED_TOGETHER
from .vector import CACHE_LINE, INTEGER, ITEM, LANES, NOTHING, WIDTH, Code, function, intrinsic

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
PAST = 16
"""Whole rows go past the caches: each begins at a multiple of a vector's bytes, and nobody reads it soon."""

# What a tile reads, in words at one address: the table of taps, the bytes from k to k in A and in B, the
# table of where the rows of C stand, how many columns there are, what follows, and where that is. Then how
# many TILES there are, one below the other, and the bytes from the rows of one to those of the next, in A, in
# C and in the residual. And where memory is that a tile asks for, if it does that, a line for each k; and the
# bytes from there to what the next one asks for, up to so many, behind which all ask for the same.
WORDS = 16
(
    TABLE, TAPS, A_STEP, B_STEP, C, WIDE, FLAGS, BIAS_AT, RESIDUAL_AT,
    TILES, A_NEXT, C_NEXT, RESIDUAL_NEXT, AHEAD, AHEAD_NEXT, AHEAD_TILES,
) = range(WORDS)  # fmt: skip

TAP_WORDS = ROWS + 2
"""A tap in the table: an address per row of A, the address of B, and the depth."""


def _write(module: ir.Module, rows: int, vectors: int, parted: bool) -> str:
    """The function in LLVM; its name. Its one argument is the address of the words."""
    name = f"{'parted_' * parted}tile_{rows}x{vectors}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 1) as (code, (words,)):
        b = code.builder
        given = [code.load_word(code.at(words, 8 * index)) for index in range(WORDS)]
        aside = [b.ptrtoint(b.alloca(LANES), INTEGER) for _ in range(rows * vectors)]
        masks = [code.first_lanes(b.sub(given[WIDE], code.number(WIDTH * v))) for v in range(vectors)]

        def one(number: ir.Value, *shifts: ir.Value) -> list[ir.Value]:
            in_a, in_c, in_residual, ahead = shifts
            sums = _summed(code, rows, vectors, given, in_a, ahead if parted else None, aside)
            places = [b.add(code.load_word(code.at(given[C], 8 * row)), in_c) for row in range(rows)]
            with b.if_then(_asked(code, given[FLAGS], ADD)):
                for place in places:
                    for start in range(0, vectors * WIDTH * ITEM, CACHE_LINE):
                        code.fetch(code.at(b.add(place, given[C_NEXT]), start))  # of the next tile
            added = given[FLAGS], given[BIAS_AT], given[RESIDUAL_AT]
            sums = followed(code, sums, places, masks, *added, in_residual)
            put(code, sums, places, masks, given[WIDE], given[FLAGS])
            again = b.icmp_signed("<", b.add(number, code.number(1)), given[AHEAD_TILES])
            further = b.select(again, given[AHEAD_NEXT], code.number(0))
            steps = given[A_NEXT], given[C_NEXT], given[RESIDUAL_NEXT], further
            return [b.add(shift, step) for shift, step in zip(shifts, steps, strict=True)]

        code.loop(given[TILES], [*[code.number(0)] * 3, given[AHEAD]], one)
        b.ret_void()
    return name


def _summed(
    code: Code,
    rows: int,
    vectors: int,
    given: Sequence[ir.Value],
    shift: ir.Value,
    ahead: ir.Value | None,
    aside: list[ir.Value],
) -> list[ir.Value]:
    """The sums of a tile whose rows of A are `shift` bytes from those in the table.

    With memory to ask for `ahead` they are put aside after every tap.
    """
    b = code.builder
    most = SUMMED_TOGETHER if ahead is None else 1

    def tap(number: ir.Value, deep: ir.Value, full: ir.Value, *before: Any) -> list[ir.Value]:
        deep, full, *sums = code.chosen(
            b.icmp_signed(">=", deep, code.number(most)),
            lambda: _put_aside(code, before, aside, full),
            lambda: [deep, full, *before],
        )
        entry = code.at(given[TABLE], b.mul(number, code.number(8 * (rows + 2))))
        *starts, begin, depth = (code.load_word(code.at(entry, 8 * at)) for at in range(rows + 2))
        # Of all taps together as many lines as they are deep, where these are alike but for the last.
        by_tap = b.mul(b.mul(number, depth), code.number(CACHE_LINE))
        wanted = None if ahead is None else b.add(ahead, by_tap)

        def step(k: ir.Value, offset: ir.Value, at: ir.Value, *held: ir.Value) -> list[ir.Value]:
            if wanted is not None:
                code.fetch(b.add(wanted, b.mul(k, code.number(CACHE_LINE))))
            lanes = [code.load(code.at(at, ITEM * WIDTH * v)) for v in range(vectors)]
            made = []
            for row in range(rows):
                x = code.splat(code.load_one(code.at(starts[row], offset)))
                made += [code.fma(x, lanes[v], held[row * vectors + v]) for v in range(vectors)]
            return [b.add(offset, given[A_STEP]), b.add(at, given[B_STEP]), *made]

        _, _, *made = code.loop(depth, [shift, begin, *sums], step, as_written=True)
        return [b.add(deep, depth), full, *made]

    nothing = [code.number(0), ir.Constant(ir.IntType(1), 0), *[code.zeros()] * (rows * vectors)]
    _, full, *sums = code.loop(given[TAPS], nothing, tap)
    return code.chosen(
        full, lambda: [b.fadd(code.load(at), x) for at, x in zip(aside, sums, strict=True)], lambda: sums
    )


def put(
    code: Code,
    sums: list[ir.Value],
    places: list[ir.Value],
    masks: list[ir.Value],
    wide: ir.Value,
    flags: ir.Value | None = None,
) -> None:
    """Writes rows of so many columns, in vectors that are whole but for the last; `flags` may ask for PAST.

    No mask where none is needed: AVX2's stores by a mask take as long as a dozen others.
    """
    b, vectors = code.builder, len(masks)

    def whole(store: Any, count: int = vectors) -> tuple[()]:
        for at, place in enumerate(places):
            for v in range(count):
                store(sums[at * vectors + v], code.at(place, ITEM * WIDTH * v))
        return ()

    def all_lanes() -> tuple[()]:
        if flags is None:
            return whole(code.store)
        code.chosen(_asked(code, flags, PAST), lambda: whole(code.store_past), lambda: whole(code.store))
        return ()

    def some_lanes() -> tuple[()]:
        whole(code.store, vectors - 1)
        for value, place in zip(sums[vectors - 1 :: vectors], places, strict=True):
            code.store_masked(value, code.at(place, ITEM * WIDTH * (vectors - 1)), masks[-1])
        return ()

    code.chosen(b.icmp_signed(">=", wide, code.number(WIDTH * vectors)), all_lanes, some_lanes)


def _asked(code: Code, flags: ir.Value, flag: int) -> ir.Value:
    b = code.builder
    return b.icmp_unsigned("!=", b.and_(flags, code.number(flag)), code.number(0))


def _put_aside(code: Code, sums: Sequence[ir.Value], aside: list[ir.Value], full: ir.Value) -> list[ir.Value]:
    """Adds the sums to those put aside, if there are any, and begins anew."""
    b, zero = code.builder, code.zeros()
    for place, value in zip(aside, sums, strict=True):
        code.store(b.fadd(b.select(full, code.load(place), zero), value), place)
    return [code.number(0), ir.Constant(ir.IntType(1), 1), *[zero] * len(sums)]


def _write_by_width(module: ir.Module, rows: int, vectors: int, parted: bool) -> str:
    """The function that calls the tile of as many vectors as there are columns for; its name."""
    name = f"{'parted_' * parted}tile_{rows}x1to{vectors}x{WIDTH}"
    if name in module.globals:
        return name
    tiles = [module.globals[_write(module, rows, count, parted)] for count in range(1, vectors + 1)]
    with function(module, name, NOTHING, 1) as (code, (words,)):
        b = code.builder
        wide = code.load_word(code.at(words, 8 * WIDE))
        for count, narrow in enumerate(tiles[:-1], 1):
            with b.if_then(b.icmp_signed("<=", wide, code.number(count * WIDTH))):
                b.call(narrow, [words])
                b.ret_void()
        b.call(tiles[-1], [words])
        b.ret_void()
    return name


def followed(
    code: Code,
    sums: list[ir.Value],
    places: list[ir.Value],
    masks: list[ir.Value],
    flags: ir.Value,
    bias: ir.Value,
    residual: ir.Value,
    shift: ir.Value | None = None,
) -> list[ir.Value]:
    """The sums after what the flags ask for; the residual's rows stand `shift` bytes from its table's."""
    b, vectors = code.builder, len(masks)

    def added(starts: list[ir.Value]) -> list[ir.Value]:
        return [
            b.fadd(
                value, code.load_masked(code.at(starts[at // vectors], ITEM * WIDTH * (at % vectors)), mask)
            )
            for at, (value, mask) in enumerate(zip(sums, masks * len(places), strict=True))
        ]

    def rows_of_residual() -> list[ir.Value]:
        rows = [code.load_word(code.at(residual, 8 * row)) for row in range(len(places))]
        return rows if shift is None else [b.add(row, shift) for row in rows]

    sums = code.chosen(_asked(code, flags, ADD), lambda: added(places), lambda: sums)
    sums = code.chosen(_asked(code, flags, BIAS), lambda: added([bias] * len(places)), lambda: sums)
    sums = code.chosen(_asked(code, flags, RESIDUAL), lambda: added(rows_of_residual()), lambda: sums)
    zero = code.zeros()
    return code.chosen(
        _asked(code, flags, RELU),
        lambda: [b.select(b.fcmp_unordered(">=", value, zero), value, zero) for value in sums],
        lambda: sums,
    )


def _tile(rows: int, vectors: int, parted: bool = False) -> Any:
    def tile(typing: Any, words: Any) -> Any:
        def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
            name = _write_by_width(builder.module, rows, vectors, parted)
            builder.call(builder.module.globals[name], given)
            return context.get_dummy_value()

        return types.void(types.int64), write

    tile.__name__ = f"{'parted_' * parted}tile_{rows}x{vectors}"
    return intrinsic(tile)


tile = _tile(ROWS, VECTORS)
"""Sums TILES tiles, told by the words at an address.

One of fewer rows names some rows twice. That is safe with ADD too, and where the residual stands in C: of a
tile all that is read is read before the first row is written, so that twice the same sum comes to the same
place. Of several tiles no row may stand twice, and a residual in C stands there row by row.
"""

parted_tile = _tile(ROWS, VECTORS, parted=True)
"""The same with its sums put aside after every tap, and it asks for memory AHEAD."""

SHORT_ROWS, GATES = 4, min(3, VECTORS)
short_tile, one_row_tile = _tile(SHORT_ROWS, VECTORS), _tile(1, VECTORS)
gates_tile, short_gates_tile, one_row_gates_tile = (_tile(rows, GATES) for rows in (ROWS, SHORT_ROWS, 1))
"""Tiles of fewer rows and vectors: a recurrent step has the rows of one batch, and a GRU three gates."""
