"""The gradient of depthwise filters: for each place of the filter and channel a sum over all pixels.

dw[k, c] = Σ_p x[p·stride + k·dilation - low, c] · dy[p, c]. Lanes are channels. The lines of pixels that a
place sees are taken some at a time, so that x and dy stay in the second cache for all places.
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .depthwise import VECTORS
from .vector import ITEM, NOTHING, WIDTH, Code, function, intrinsic
from .words import put_word, word

PART = 1 << 16
"""Numbers of dy that are summed for every place before the next ones come: with x they stay in the cache."""

LINES = 512
"""The most lines of pixels of these."""


def _write(module: ir.Module) -> str:
    name = f"depthwise_dot_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 8) as (code, (*given, shift, target, again, channels)):
        b = code.builder
        given += [target, again]
        whole = b.sdiv(channels, code.number(VECTORS * WIDTH))

        def block(index: ir.Value) -> tuple[()]:
            offset = b.mul(index, code.number(VECTORS * WIDTH * ITEM))
            _sums(code, given, b.add(shift, offset), VECTORS, None)
            return ()

        code.loop(whole, [], block)
        done = b.mul(whole, code.number(VECTORS * WIDTH))

        def single(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
            _sums(code, given, b.add(b.add(shift, offset), b.mul(done, code.number(ITEM))), 1, mask)

        code.vectors(b.sub(channels, done), single)
        b.ret_void()
    return name


def _sums(code: Code, given: Any, offset: ir.Value, vectors: int, mask: ir.Value | None) -> None:
    """Sums some vectors of channels over all lines, in several sums each: fused operations take a while."""
    table, lines, x_step, dy_step, target, again = given
    b = code.builder
    together = 8 // vectors

    def products(pixels: int, x: ir.Value, dy: ir.Value, held: tuple[ir.Value, ...]) -> list[ir.Value]:
        made = list(held)
        for pixel in range(pixels):
            at_x = code.at(x, b.mul(x_step, code.number(pixel)))
            at_dy = code.at(dy, b.mul(dy_step, code.number(pixel)))
            for v in range(vectors):
                first = code.load_lanes(code.at(at_x, ITEM * WIDTH * v), mask)
                second = code.load_lanes(code.at(at_dy, ITEM * WIDTH * v), mask)
                made[pixel * vectors + v] = code.fma(first, second, made[pixel * vectors + v])
        far_x, far_dy = (b.mul(step, code.number(pixels)) for step in (x_step, dy_step))
        return [code.at(x, far_x), code.at(dy, far_dy), *made]

    def line(number: ir.Value, *held: ir.Value) -> list[ir.Value]:
        entry = code.at(table, b.mul(number, code.number(24)))
        x, dy, count = (code.load_word(code.at(entry, 8 * index)) for index in range(3))
        many = b.sdiv(count, code.number(together))
        state = code.loop(
            many,
            [code.at(x, offset), code.at(dy, offset), *held],
            lambda _, x, dy, *sums: products(together, x, dy, sums),
        )
        few = b.sub(count, b.mul(many, code.number(together)))
        return code.loop(few, state, lambda _, x, dy, *sums: products(1, x, dy, sums))[2:]

    sums = code.loop(lines, [code.zeros()] * (vectors * together), line)
    for v in range(vectors):
        total = sums[v]
        for more in range(1, together):
            total = b.fadd(total, sums[more * vectors + v])
        place = code.at(code.at(target, offset), ITEM * WIDTH * v)
        old = code.load_lanes(place, mask)
        added = b.icmp_unsigned("!=", again, code.number(0))
        code.store_lanes(b.select(added, b.fadd(total, old), total), place, mask)


@intrinsic
def dot(
    typing: Any,
    table: Any,
    lines: Any,
    x_step: Any,
    dy_step: Any,
    shift: Any,
    target: Any,
    again: Any,
    channels: Any,
) -> Any:
    """Products of channels, from `shift` bytes on, summed over lines (x, dy, pixels) of a table.

    They are added to what is at `target` where `again`.
    """

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write(builder.module)], given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 8), write


# The arguments, in words.
(SCRATCH, BATCH, DEPTH) = range(3)
COUNTS, SIZES, KERNEL, STRIDE, DILATION, LOW = (3 + 3 * at for at in range(6))
X, X_BATCH, X_AXES = 21, 22, 23
DY, DY_BATCH, DY_AXES = 26, 27, 28
DW, DW_TAP = 31, 32
DEPTHWISE_WORDS = DW_TAP + 1
SCRATCH_WORDS = 3 * LINES

CHUNK = 64
"""Channels that go together: threads share out places and chunks."""


@kernel("int64(int64, int64, int64, int64, int64)")
def _lines(given: Any, tap: Any, start: Any, stop: Any, table: Any) -> int:
    """Fills the table with what a place of the filter sees of the lines from `start` to `stop`; how many."""
    k1, k2 = word(given, KERNEL + 1), word(given, KERNEL + 2)
    shift0 = tap // (k1 * k2) * word(given, DILATION) - word(given, LOW)
    shift1 = tap // k2 % k1 * word(given, DILATION + 1) - word(given, LOW + 1)
    shift2 = tap % k2 * word(given, DILATION + 2) - word(given, LOW + 2)
    stride = word(given, STRIDE + 2)
    low = max(0, (stride - 1 - shift2) // stride)
    high = min(word(given, COUNTS + 2), (word(given, SIZES + 2) - 1 - shift2) // stride + 1)
    c0, c1 = word(given, COUNTS), word(given, COUNTS + 1)
    used = 0
    for line in range(start, stop):
        p1, n = line % c1, line // c1
        p0, n = n % c0, n // c0
        s0, s1 = p0 * word(given, STRIDE) + shift0, p1 * word(given, STRIDE + 1) + shift1
        if low >= high or not (0 <= s0 < word(given, SIZES) and 0 <= s1 < word(given, SIZES + 1)):
            continue
        x = word(given, X) + n * word(given, X_BATCH) + s0 * word(given, X_AXES)
        x += s1 * word(given, X_AXES + 1) + (low * stride + shift2) * word(given, X_AXES + 2)
        dy = word(given, DY) + n * word(given, DY_BATCH) + p0 * word(given, DY_AXES)
        put_word(table, 3 * used, x)
        put_word(table, 3 * used + 1, dy + p1 * word(given, DY_AXES + 1) + low * word(given, DY_AXES + 2))
        put_word(table, 3 * used + 2, high - low)
        used += 1
    return used


@kernel("int64(int64, int64, int64)", words=DEPTHWISE_WORDS)
def depthwise_gradient(given: Any, thread: Any, threads: Any) -> int:
    """Fills dw, a row of channels for each place of the filter."""
    depth = word(given, DEPTH)
    chunks = (depth + CHUNK - 1) // CHUNK
    total = word(given, KERNEL) * word(given, KERNEL + 1) * word(given, KERNEL + 2) * chunks
    table = word(given, SCRATCH) + thread * 8 * SCRATCH_WORDS
    lines = word(given, BATCH) * word(given, COUNTS) * word(given, COUNTS + 1)
    each = max(1, min(LINES, PART // max(1, word(given, COUNTS + 2) * depth)))
    x_step = word(given, STRIDE + 2) * word(given, X_AXES + 2)
    for start in range(0, lines, each):
        stop = min(start + each, lines)
        found, used = -1, 0
        for at in range(total * thread // threads, total * (thread + 1) // threads):
            tap, first = at // chunks, at % chunks * CHUNK
            if found != tap:
                used = _lines(given, tap, start, stop, table)
                found = tap
            target = word(given, DW) + tap * word(given, DW_TAP)
            again, channels = 1 if start > 0 else 0, min(CHUNK, depth - first)
            dot(table, used, x_step, word(given, DY_AXES + 2), first * ITEM, target, again, channels)
    return 0
