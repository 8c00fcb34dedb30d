"""Products of a few rows with a matrix that has its columns' entries side by side, as weights (out, in) have.

To lay such a matrix out for the register tile would cost more than the product itself: here each of its
columns is multiplied where it stands, a vector of entries at a time, as dot products (the outermost loop of
matrix-vector products in BLAS, Dongarra et al. 1988). The sums of the lanes are added up for as many columns
at once as a vector holds. Long ones are summed in parts.
"""

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from . import parts
from .tile import followed, put
from .vector import INTEGER, ITEM, NOTHING, WIDTH, Code, function, intrinsic
from .words import put_word, word

# What a block of columns reads, in words: rows of A, how many and how far apart; where the columns of B
# begin, how far apart they are, how many entries each has, how many there are. Then the results.
SCRATCH_WORDS = 13
(
    ROW, BY_ROW, ROWS, COLUMN, BY_COLUMN, DEPTH, WIDE, PLACE, BY_PLACE, FLAGS,
    BIAS_AT, RESIDUAL_AT, BY_RESIDUAL,
) = range(SCRATCH_WORDS)  # fmt: skip


def _lanes_summed(code: Code, sums: Sequence[ir.Value]) -> ir.Value:
    """A vector of the sums of all lanes of so many: of two vectors halves change places and add up."""
    b, whole = code.builder, ir.VectorType(ir.IntType(32), WIDTH)
    held, apart = list(sums), 1
    while apart < WIDTH:
        first = ir.Constant(whole, [j + WIDTH if j & apart else j for j in range(WIDTH)])
        other = ir.Constant(whole, [WIDTH + j - apart if j & apart else j + apart for j in range(WIDTH)])
        pairs = zip(held[::2], held[1::2], strict=True)
        held = [b.fadd(b.shuffle_vector(x, y, first), b.shuffle_vector(x, y, other)) for x, y in pairs]
        apart *= 2
    return held[0]


class _Columns:
    """Where WIDTH columns begin: as few addresses as the processor's own additions allow.

    Of fewer columns, where it is told how many there are, the last one is taken again.
    """

    BESIDE = 4
    """The columns told by one address: steps 0, 1 and 2 go into an instruction, 3 as another."""

    def __init__(self, code: Code, first: ir.Value, step: ir.Value, wide: ir.Value | None = None) -> None:
        b = code.builder
        self._code = code
        steps = [b.mul(step, code.number(at)) for at in range(WIDTH)]
        if wide is None:
            self.starts = [code.at(first, apart) for apart in steps[:: self.BESIDE]]
            self._steps = steps[: self.BESIDE]
        else:
            last = b.mul(step, b.sub(wide, code.number(1)))
            inside = [b.icmp_signed("<", code.number(at), wide) for at in range(WIDTH)]
            kept = [b.select(here, apart, last) for here, apart in zip(inside, steps, strict=True)]
            self.starts = [code.at(first, apart) for apart in kept]
            self._steps = [code.number(0)]

    def places(self, starts: Sequence[ir.Value]) -> list[ir.Value]:
        """The address of each column's entry, from those that stand for all."""
        return [self._code.at(start, apart) for start in starts for apart in self._steps]


Loop = Callable[[Code, ir.Value, Sequence[ir.Value], Sequence[ir.Value], Callable[..., Any]], list[ir.Value]]
"""Goes over what moves and what is summed, like `parts.in_parts`."""


def _row_times(
    code: Code, row: ir.Value, columns: _Columns, full: ir.Value, left: ir.Value, rest: ir.Value, loop: Loop
) -> ir.Value:
    """The row's products with WIDTH columns: so many whole vectors, and what is left behind them."""

    def added(
        x_at: ir.Value, starts: Sequence[ir.Value], mask: ir.Value | None, sums: Sequence[ir.Value]
    ) -> list[ir.Value]:
        x = code.load_lanes(x_at, mask)
        pairs = zip(columns.places(starts), sums, strict=True)
        return [code.fma(x, code.load_lanes(place, mask), held) for place, held in pairs]

    count = len(columns.starts)

    def step(_: ir.Value, x_at: ir.Value, *held: ir.Value) -> list[ir.Value]:
        sums = added(x_at, held[:count], None, held[count:])
        return [code.at(place, ITEM * WIDTH) for place in (x_at, *held[:count])] + sums

    x_at, *held = loop(code, full, [row, *columns.starts], [code.zeros()] * WIDTH, step)
    starts, sums = held[:count], held[count:]
    sums = code.chosen(
        code.builder.icmp_signed(">", left, code.number(0)),
        lambda: added(x_at, starts, rest, sums),
        lambda: sums,
    )
    return _lanes_summed(code, sums)


def _write(module: ir.Module, name: str, loop: Loop) -> str:
    """The function in LLVM; its name. Its one argument is the address of the words."""
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 1) as (code, (words,)):
        b = code.builder
        (
            row, by_row, rows, column, by_column, depth, wide, place, by_place, flags,
            bias, residual, by_residual,
        ) = (code.load_word(code.at(words, 8 * index)) for index in range(SCRATCH_WORDS))  # fmt: skip
        full = b.sdiv(depth, code.number(WIDTH))
        left = b.sub(depth, b.mul(full, code.number(WIDTH)))
        rest, mask = code.first_lanes(left), code.first_lanes(wide)
        residual_table = code.at(words, 8 * RESIDUAL_AT)
        all_wide = b.icmp_signed(">=", wide, code.number(WIDTH))

        def times(row: ir.Value, columns: _Columns) -> list[ir.Value]:
            return [_row_times(code, row, columns, full, left, rest, loop)]

        def summed(row: ir.Value) -> list[ir.Value]:
            return code.chosen(
                all_wide,
                lambda: times(row, _Columns(code, column, by_column)),
                lambda: times(row, _Columns(code, column, by_column, wide)),
            )

        def each(_: ir.Value, row: ir.Value, place: ir.Value, residual: ir.Value) -> list[ir.Value]:
            b.store(residual, b.inttoptr(residual_table, INTEGER.as_pointer()), align=8)
            (total,) = followed(code, summed(row), [place], [mask], flags, bias, residual_table)
            put(code, [total], [place], [mask], wide)
            return [b.add(row, by_row), b.add(place, by_place), b.add(residual, by_residual)]

        code.loop(rows, [row, place, residual], each)
        b.ret_void()
    return name


def _dots(name: str, loop: Loop) -> Any:
    def dots(typing: Any, words: Any) -> Any:
        def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
            builder.call(builder.module.globals[_write(builder.module, name, loop)], given)
            return context.get_dummy_value()

        return types.void(types.int64), write

    dots.__name__ = name
    return intrinsic(dots)


_short_dots = _dots(
    f"dots_{WIDTH}", lambda code, count, moving, sums, step: code.loop(count, [*moving, *sums], step)
)
"""The products of some rows and up to WIDTH columns, told by the words at an address."""

_long_dots = _dots(f"long_dots_{WIDTH}", parts.in_parts)
"""The same for long ones, apart, as even the choice would take short ones a tenth of their time."""

LONG = parts.SUMMED_TOGETHER * WIDTH
"""The entries up to which a dot product is short."""

# The arguments, in words; strides in bytes.
DOTS_WORDS = 14
(
    SCRATCH, M, N, K, A, A_ROW, B, B_COLUMN, C, C_ROW, FOLLOWING, BIAS, RESIDUAL, RESIDUAL_ROW,
) = range(DOTS_WORDS)  # fmt: skip


@kernel("int64(int64, int64, int64)", words=DOTS_WORDS)
def dots(given: Any, thread: Any, threads: Any) -> int:
    """C = A·B, then what follows: (M, K), (K, N) -> (M, N); the entries along K stand side by side in both.

    Threads share the columns out; a block of them is multiplied with all rows while it is in the cache.
    """
    n = word(given, N)
    words = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    put_word(words, ROW, word(given, A))
    put_word(words, BY_ROW, word(given, A_ROW))
    put_word(words, ROWS, word(given, M))
    put_word(words, BY_COLUMN, word(given, B_COLUMN))
    put_word(words, DEPTH, word(given, K))
    put_word(words, BY_PLACE, word(given, C_ROW))
    put_word(words, FLAGS, word(given, FOLLOWING))
    put_word(words, BY_RESIDUAL, word(given, RESIDUAL_ROW))
    blocks = (n + WIDTH - 1) // WIDTH
    for block in range(blocks * thread // threads, blocks * (thread + 1) // threads):
        column = block * WIDTH
        put_word(words, COLUMN, word(given, B) + column * word(given, B_COLUMN))
        put_word(words, WIDE, n - column)
        put_word(words, PLACE, word(given, C) + column * ITEM)
        put_word(words, BIAS_AT, word(given, BIAS) + column * ITEM)
        put_word(words, RESIDUAL_AT, word(given, RESIDUAL) + column * ITEM)
        if word(given, K) > LONG:
            _long_dots(words)
        else:
            _short_dots(words)
    return 0
