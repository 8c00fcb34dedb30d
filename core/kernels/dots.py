"""Products of a few rows with a matrix that has its columns' entries side by side, as weights (out, in) have.

To lay such a matrix out for the register tile would cost more than the product itself: here each of its
columns is multiplied where it stands, a vector of entries at a time, as dot products (the outermost loop of
matrix-vector products in BLAS, Dongarra et al. 1988). The sums of the lanes are added up for as many columns
at once as a vector holds.
"""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .tile import followed
from .vector import ITEM, NOTHING, WIDTH, Code, function, intrinsic
from .words import put_word, word

# What a block of columns reads, in words: a row of A, where the columns of B begin, how far apart they are,
# how many entries each has, how many columns there are, where the results go, what follows and where it is.
ROW, COLUMN, BY_COLUMN, DEPTH, WIDE, PLACE, FLAGS, BIAS_AT, RESIDUAL_AT = range(9)
SCRATCH_WORDS = 9


def _lanes_summed(code: Code, sums: Sequence[ir.Value]) -> ir.Value:
    """A vector of the sums of all lanes of so many: halves of growing length change places and are added."""
    whole = ir.VectorType(ir.IntType(32), WIDTH)
    held, apart = list(sums), 1
    while apart < WIDTH:
        first = ir.Constant(whole, [j if not j & apart else WIDTH + j - apart for j in range(WIDTH)])
        second = ir.Constant(whole, [j + apart if not j & apart else WIDTH + j for j in range(WIDTH)])
        b = code.builder
        held = [
            b.fadd(b.shuffle_vector(x, y, first), b.shuffle_vector(x, y, second))
            for x, y in zip(held[::2], held[1::2], strict=True)
        ]
        apart *= 2
    return held[0]


def _write(module: ir.Module) -> str:
    """The function in LLVM; its name. Its one argument is the address of the words."""
    name = f"dots_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 1) as (code, (words,)):
        b = code.builder
        row, column, by_column, depth, wide, place, flags, bias = (
            code.load_word(code.at(words, 8 * index)) for index in range(RESIDUAL_AT)
        )
        last = b.sub(wide, code.number(1))
        starts = []
        for lane in range(WIDTH):
            number = code.number(lane)
            number = b.select(b.icmp_signed("<", number, wide), number, last)
            starts.append(code.at(column, b.mul(number, by_column)))

        def added(offset: ir.Value, mask: ir.Value | None, sums: Sequence[ir.Value]) -> list[ir.Value]:
            x = code.load_lanes(code.at(row, offset), mask)
            pairs = zip(starts, sums, strict=True)
            return [code.fma(x, code.load_lanes(code.at(start, offset), mask), held) for start, held in pairs]

        full = b.sdiv(depth, code.number(WIDTH))
        done = b.mul(full, code.number(WIDTH))
        sums = code.loop(
            full,
            [code.zeros()] * WIDTH,
            lambda index, *held: added(b.mul(index, code.number(ITEM * WIDTH)), None, held),
        )
        whole = sums
        left = b.sub(depth, done)
        sums = code.chosen(
            b.icmp_signed(">", left, code.number(0)),
            lambda: added(b.mul(done, code.number(ITEM)), code.first_lanes(left), whole),
            lambda: whole,
        )
        mask = code.first_lanes(wide)
        residual = code.at(words, 8 * RESIDUAL_AT)
        (total,) = followed(code, [_lanes_summed(code, sums)], [place], [mask], flags, bias, residual)
        code.store_masked(total, place, mask)
        b.ret_void()
    return name


@intrinsic
def _dots(typing: Any, words: Any) -> Any:
    """The products of one row and up to WIDTH columns, told by the words at an address."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write(builder.module)], given)
        return context.get_dummy_value()

    return types.void(types.int64), write


# The arguments, in words; strides in bytes.
SCRATCH, M, N, K, A, A_ROW, B, B_COLUMN, C, C_ROW, FOLLOWING, BIAS, RESIDUAL, RESIDUAL_ROW = range(14)


@kernel("int64(int64, int64, int64)")
def dots(given: Any, thread: Any, threads: Any) -> int:
    """C = A·B, then what follows: (M, K), (K, N) -> (M, N); the entries along K stand side by side in both.

    Threads share the columns out; a block of them is multiplied with all rows while it is in the cache.
    """
    m, n = word(given, M), word(given, N)
    words = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    put_word(words, BY_COLUMN, word(given, B_COLUMN))
    put_word(words, DEPTH, word(given, K))
    put_word(words, FLAGS, word(given, FOLLOWING))
    blocks = (n + WIDTH - 1) // WIDTH
    for block in range(blocks * thread // threads, blocks * (thread + 1) // threads):
        column = block * WIDTH
        put_word(words, COLUMN, word(given, B) + column * word(given, B_COLUMN))
        put_word(words, WIDE, n - column)
        put_word(words, BIAS_AT, word(given, BIAS) + column * ITEM)
        for row in range(m):
            put_word(words, ROW, word(given, A) + row * word(given, A_ROW))
            put_word(words, PLACE, word(given, C) + row * word(given, C_ROW) + column * ITEM)
            at = word(given, RESIDUAL) + row * word(given, RESIDUAL_ROW) + column * ITEM
            put_word(words, RESIDUAL_AT, at)
            _dots(words)
    return 0
