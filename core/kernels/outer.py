"""Products of a few steps, as the gradient of weights for a small batch: sums of outer products.

To sum a register tile of so short a depth takes less time than to begin it and to end it. Here the steps of B
stay in registers while the rows of C go past, each written as it is made (the rank-k update of BLAS, Dongarra
et al. 1990, where k is small).
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .tile import VECTORS, put
from .vector import ITEM, NOTHING, WIDTH, function, intrinsic
from .words import word

DEEPEST = 4
"""The steps at most: with VECTORS vectors of each, which leaves room for a row of sums."""


_WIDE = 6
"""The place of the number of columns among the arguments of the function below."""


def _write(module: ir.Module, deep: int, vectors: int) -> str:
    """The function in LLVM for so many steps and vectors of columns; its name."""
    name = f"outer_{deep}x{vectors}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 9) as (code, (a, a_row, a_k, rows, b, b_k, wide, c, c_row)):
        build = code.builder
        masks = [code.first_lanes(build.sub(wide, code.number(WIDTH * v))) for v in range(vectors)]
        steps = [code.at(b, build.mul(b_k, code.number(k))) for k in range(deep)]
        held = [
            [code.load_masked(code.at(at, ITEM * WIDTH * v), mask) for v, mask in enumerate(masks)]
            for at in steps
        ]
        apart = [build.mul(a_k, code.number(k)) for k in range(deep)]

        def row(_: ir.Value, at: ir.Value, to: ir.Value) -> list[ir.Value]:
            sums = [code.zeros()] * vectors
            for lanes, step in zip(held, apart, strict=True):
                x = code.splat(code.load_one(code.at(at, step)))
                sums = [code.fma(x, y, before) for y, before in zip(lanes, sums, strict=True)]
            put(code, sums, [to], masks, wide)
            return [code.at(at, a_row), code.at(to, c_row)]

        code.loop(rows, [a, c], row)
        build.ret_void()
    return name


def _write_any(module: ir.Module) -> str:
    """The function that calls the one for so many steps and columns; its name."""
    name = f"outer_{WIDTH}"
    if name in module.globals:
        return name
    sizes = [(deep, vectors) for deep in range(1, DEEPEST + 1) for vectors in range(1, VECTORS + 1)]
    written = [(*size, module.globals[_write(module, *size)]) for size in sizes]
    with function(module, name, NOTHING, 10) as (code, (deep, *given)):
        b, wide = code.builder, given[_WIDE]
        for steps, vectors, one in written[:-1]:
            so_deep = b.icmp_signed("<=", deep, code.number(steps))
            so_wide = b.icmp_signed("<=", wide, code.number(vectors * WIDTH))
            with b.if_then(so_deep if vectors == VECTORS else b.and_(so_deep, so_wide)):
                b.call(one, given)
                b.ret_void()
        b.call(written[-1][-1], given)
        b.ret_void()
    return name


@intrinsic
def _outer(
    typing: Any, deep: Any,
    a: Any, a_row: Any, a_k: Any, rows: Any, b: Any, b_k: Any, wide: Any, c: Any, c_row: Any,
) -> Any:  # fmt: skip
    """The sums of so many outer products in up to VECTORS vectors of columns."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write_any(builder.module)], given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 10), write


# The arguments, in words; strides in bytes.
OUTER_WORDS = 10
M, N, K, A, A_ROW, A_K, B, B_K, C, C_ROW = range(OUTER_WORDS)


@kernel("int64(int64, int64, int64)", words=OUTER_WORDS)
def outer(given: Any, thread: Any, threads: Any) -> int:
    """C = A·B: (M, K), (K, N) -> (M, N), with K up to DEEPEST; the rows of B and C stand side by side.

    Threads share the rows out.
    """
    m, n, k = word(given, M), word(given, N), word(given, K)
    first, last = m * thread // threads, m * (thread + 1) // threads
    a_row, a_k, b_k, c_row = word(given, A_ROW), word(given, A_K), word(given, B_K), word(given, C_ROW)
    a, c = word(given, A) + first * a_row, word(given, C) + first * c_row
    for column in range(0, n, VECTORS * WIDTH):
        b, to, wide = word(given, B) + column * ITEM, c + column * ITEM, n - column
        _outer(k, a, a_row, a_k, last - first, b, b_k, wide, to, c_row)
    return 0
