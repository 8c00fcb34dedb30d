"""Windows that slide over images: weighted sums and maxima of what they see, all channels of a pixel at once.

Where a window begins, over how many pixels it reaches and with which weights is told axis by axis in tables,
so that the same kernels pool with any padding, adaptively, and backwards. The sums of wide windows go on in
float64 from line to line.
"""

from typing import Any

import numpy as np
from llvmlite import ir

from ..ops.jit import kernel, types
from . import parts
from .lanes import Lanes, where
from .vector import ITEM, LANES, NOTHING, WIDE, WIDTH, Code, function, intrinsic
from .words import SPATIAL_AXES, doubles, floats, put_word, word, words_at

# The arguments, in words. For each axis a table of where the window of each pixel of Y begins in X, one of
# how many pixels of X it reaches over, one of their weights (of MOST pixels for each window), and how far
# apart they are.
SCRATCH, BATCH, CHANNELS = range(3)
COUNTS, BEGINS, REACHES, WEIGHTS, MOST, APART = (3 + 3 * at for at in range(6))
X, X_BATCH, X_AXES = 21, 22, 23
Y, Y_BATCH, Y_AXES = 26, 27, 28
INDEX, INDEX_BATCH, INDEX_AXES, SIZES = 31, 32, 33, 36
WINDOW_WORDS = SIZES + SPATIAL_AXES


# A row of windows, in words: how many there are; where they begin along the last axis, over how many pixels
# they reach, with which weights, and for how many pixels weights stand in a row of that table; the lines of X
# that they see: their table and their number; the bytes from pixel to pixel of X and of Y; the channels; Y.
ROW_WORDS = 11
(
    ROW_COUNT, ROW_BEGINS, ROW_REACHES, ROW_WEIGHTS, ROW_MOST, ROW_LINES, ROW_SEEN, ROW_X, ROW_Y,
    ROW_CHANNELS, ROW_TARGET,
) = range(ROW_WORDS)  # fmt: skip

LINE_WORDS = 2
"""A line that a row of windows sees: where it begins, and its weight (a float64)."""


def _write_row(module: ir.Module) -> str:
    """The function behind `sum_row`; its name."""
    name = f"sum_row_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 1) as (code, (words,)):
        b = code.builder
        count, begins, reaches, weights, most, lines, seen, by_x, by_y, channels, target = (
            code.load_word(code.at(words, 8 * at)) for at in range(ROW_WORDS)
        )

        def window(number: ir.Value) -> tuple[()]:
            here = b.mul(number, code.number(8))
            begin = b.mul(code.load_word(code.at(begins, here)), by_x)
            reach = code.load_word(code.at(reaches, here))
            own = code.at(weights, b.mul(here, most))
            y = code.at(target, b.mul(number, by_y))

            def summed(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
                def line(at: ir.Value, total: ir.Value) -> ir.Value:
                    entry = code.at(lines, b.mul(at, code.number(8 * LINE_WORDS)))
                    first = code.at(code.at(code.load_word(entry), begin), offset)
                    outer = b.load(b.inttoptr(code.at(entry, 8), DOUBLES), align=8)

                    def pixel(step: ir.Value, place: ir.Value, so_far: ir.Value) -> list[ir.Value]:
                        weight = code.at(own, b.mul(step, code.number(8)))
                        inner = b.load(b.inttoptr(weight, DOUBLES), align=8)
                        factor = code.splat(b.fptrunc(b.fmul(outer, inner), ir.FloatType()))
                        return [b.add(place, by_x), code.fma(code.load_lanes(place, mask), factor, so_far)]

                    return parts.summed(code, reach, [first], [total], pixel)[1]

                def wide_line(at: ir.Value, total: ir.Value) -> list[ir.Value]:
                    return [b.fadd(total, b.fpext(line(at, code.zeros()), WIDE))]

                def wide_sum() -> list[ir.Value]:
                    (total,) = code.loop(seen, [ir.Constant(WIDE, [0.0] * WIDTH)], wide_line)
                    return [b.fptrunc(total, LANES)]

                (total,) = code.chosen(
                    b.icmp_signed(">", b.mul(seen, reach), code.number(parts.SUMMED_TOGETHER)),
                    wide_sum,
                    lambda: code.loop(seen, [code.zeros()], lambda at, total: [line(at, total)]),
                )
                code.store_lanes(total, code.at(y, offset), mask)

            code.vectors(channels, summed)
            return ()

        code.loop(count, [], window)
        b.ret_void()
    return name


DOUBLES = ir.DoubleType().as_pointer()


@intrinsic
def sum_row(typing: Any, words: Any) -> Any:
    """The weighted sums of a row of windows, told by the words at an address."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write_row(builder.module)], given)
        return context.get_dummy_value()

    return types.void(types.int64), write


@kernel("int64(int64, int64, int64)", words=WINDOW_WORDS)
def window_sum(given: Any, thread: Any, threads: Any) -> int:
    """y[n, p, c] = the sum of x[n, q, c] · w0 · w1 · w2 over the pixels q of window p.

    A row of windows goes at once, its sums in registers; threads share the rows out.
    """
    lines = word(given, MOST) * word(given, MOST + 1)
    row = word(given, SCRATCH) + thread * 8 * (ROW_WORDS + LINE_WORDS * lines)
    table = row + 8 * ROW_WORDS
    put_word(row, ROW_COUNT, word(given, COUNTS + 2))
    put_word(row, ROW_BEGINS, word(given, BEGINS + 2))
    put_word(row, ROW_REACHES, word(given, REACHES + 2))
    put_word(row, ROW_WEIGHTS, word(given, WEIGHTS + 2))
    put_word(row, ROW_MOST, word(given, MOST + 2))
    put_word(row, ROW_LINES, table)
    put_word(row, ROW_X, word(given, X_AXES + 2))
    put_word(row, ROW_Y, word(given, Y_AXES + 2))
    put_word(row, ROW_CHANNELS, word(given, CHANNELS))
    b0, b1 = words_at(word(given, BEGINS)), words_at(word(given, BEGINS + 1))
    r0, r1 = words_at(word(given, REACHES)), words_at(word(given, REACHES + 1))
    w0, w1 = doubles(word(given, WEIGHTS)), doubles(word(given, WEIGHTS + 1))
    c0, c1 = word(given, COUNTS), word(given, COUNTS + 1)
    total = word(given, BATCH) * c0 * c1
    for number in range(total * thread // threads, total * (thread + 1) // threads):
        p1, rest = number % c1, number // c1
        p0, n = rest % c0, rest // c0
        image = word(given, X) + n * word(given, X_BATCH)
        seen = 0
        for t0 in range(r0[p0]):
            plane = image + (b0[p0] + t0) * word(given, X_AXES)
            for t1 in range(r1[p1]):
                weight = doubles(table + 8 * (LINE_WORDS * seen + 1))
                put_word(table, LINE_WORDS * seen, plane + (b1[p1] + t1) * word(given, X_AXES + 1))
                weight[0] = w0[p0 * word(given, MOST) + t0] * w1[p1 * word(given, MOST + 1) + t1]
                seen += 1
        put_word(row, ROW_SEEN, seen)
        to = word(given, Y) + n * word(given, Y_BATCH) + p0 * word(given, Y_AXES)
        put_word(row, ROW_TARGET, to + p1 * word(given, Y_AXES + 1))
        sum_row(row)
    return 0


def _write_maximum(module: ir.Module) -> str:
    """The function behind `take_greater`; its name."""
    name = f"take_greater_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 5) as (code, (x, y, places, place, count)):
        b = code.builder
        here = code.splat(b.sitofp(place, ir.FloatType()))

        def taken(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
            value, old, at = (code.load_lanes(code.at(start, offset), mask) for start in (x, y, places))
            value, old = Lanes(code, value), Lanes(code, old)
            greater = b.or_(value > old, b.fcmp_unordered("uno", value.value, value.value))
            code.store_lanes(where(greater, value, old).value, code.at(y, offset), mask)
            noted = where(greater, Lanes(code, here), Lanes(code, at))
            code.store_lanes(noted.value, code.at(places, offset), mask)

        code.vectors(count, taken)
        b.ret_void()
    return name


@intrinsic
def take_greater(typing: Any, x: Any, y: Any, places: Any, place: Any, count: Any) -> Any:
    """Where x is greater than y, or NaN, it takes y's part, and its place is noted (as a float)."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write_maximum(builder.module)], given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5), write


@kernel("void(int64, int64, int64)")
def _spread_out(given: Any, number: Any, places: Any) -> None:
    """The place of window `number` along the batch and each axis, in four words."""
    for axis in range(SPATIAL_AXES - 1, -1, -1):
        count = word(given, COUNTS + axis)
        put_word(places, 1 + axis, number % count)
        number //= count
    put_word(places, 0, number)


@kernel("int64(int64, int64, int64)", words=WINDOW_WORDS)
def window_maximum(given: Any, thread: Any, threads: Any) -> int:
    """y = the greatest that each window sees, and its place in the image where INDEX is not 0."""
    channels = word(given, CHANNELS)
    places = word(given, SCRATCH) + thread * (8 * (SPATIAL_AXES + 1) + ITEM * (channels + channels % 2))
    room = places + 8 * (SPATIAL_AXES + 1)
    noted = floats(room)
    total = word(given, BATCH) * word(given, COUNTS) * word(given, COUNTS + 1) * word(given, COUNTS + 2)
    s1, s2 = word(given, SIZES + 1), word(given, SIZES + 2)
    for number in range(total * thread // threads, total * (thread + 1) // threads):
        _spread_out(given, number, places)
        n, p0, p1, p2 = word(places, 0), word(places, 1), word(places, 2), word(places, 3)
        to = word(given, Y) + n * word(given, Y_BATCH) + p0 * word(given, Y_AXES)
        to += p1 * word(given, Y_AXES + 1) + p2 * word(given, Y_AXES + 2)
        y = floats(to)
        for c in range(channels):
            y[c] = -np.inf
            noted[c] = -1.0
        image = word(given, X) + n * word(given, X_BATCH)
        b0 = words_at(word(given, BEGINS))
        b1 = words_at(word(given, BEGINS + 1))
        b2 = words_at(word(given, BEGINS + 2))
        r0 = words_at(word(given, REACHES))
        r1 = words_at(word(given, REACHES + 1))
        r2 = words_at(word(given, REACHES + 2))
        first = True
        for t0 in range(r0[p0]):
            q0 = b0[p0] + t0 * word(given, APART)
            for t1 in range(r1[p1]):
                q1 = b1[p1] + t1 * word(given, APART + 1)
                for t2 in range(r2[p2]):
                    q2 = b2[p2] + t2 * word(given, APART + 2)
                    x = image + q0 * word(given, X_AXES) + q1 * word(given, X_AXES + 1)
                    x += q2 * word(given, X_AXES + 2)
                    place = (q0 * s1 + q1) * s2 + q2
                    if first:
                        seen = floats(x)
                        for c in range(channels):
                            y[c] = seen[c]
                            noted[c] = np.float32(place)
                        first = False
                    else:
                        take_greater(x, to, room, place, channels)
        if word(given, INDEX) != 0:
            at = word(given, INDEX) + n * word(given, INDEX_BATCH) + p0 * word(given, INDEX_AXES)
            index = words_at(at + p1 * word(given, INDEX_AXES + 1) + p2 * word(given, INDEX_AXES + 2))
            for c in range(channels):
                index[c] = np.int64(noted[c])
    return 0


# The arguments of `put_back`, in words.
BACK_WORDS = 7
BACK_CHANNELS, BACK_BATCH, BACK_WINDOWS, BACK_PIXELS, BACK_INDEX, BACK_DY, BACK_DX = range(BACK_WORDS)


@kernel("int64(int64, int64, int64)", words=BACK_WORDS)
def put_back(given: Any, thread: Any, threads: Any) -> int:
    """dx[n, index[n, p, c], c] += dy[n, p, c], channels side by side; each thread has channels of its own."""
    channels, pixels = word(given, BACK_CHANNELS), word(given, BACK_PIXELS)
    begin, end = channels * thread // threads, channels * (thread + 1) // threads
    for n in range(word(given, BACK_BATCH)):
        dx = floats(word(given, BACK_DX) + n * pixels * channels * ITEM)
        for pixel in range(pixels):
            for c in range(begin, end):
                dx[pixel * channels + c] = 0.0
        first = n * word(given, BACK_WINDOWS) * channels
        for window in range(word(given, BACK_WINDOWS)):
            index = words_at(word(given, BACK_INDEX) + 8 * (first + window * channels))
            dy = floats(word(given, BACK_DY) + ITEM * (first + window * channels))
            for c in range(begin, end):
                if index[c] >= 0:
                    dx[index[c] * channels + c] += dy[c]
    return 0
