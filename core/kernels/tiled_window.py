"""Means over windows that lie side by side, like tiles, and the way back: all windows have the same pixels.

Where a window's pixels stand, seen from its first one, is a short table; a few windows of a line go together,
so that its entries are read for all of them. All channels of a pixel go at once.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .vector import NOTHING, WIDTH, Code, function, intrinsic
from .words import SPATIAL_AXES, word

TOGETHER = 4
"""Windows of a line that go together."""

# The arguments, in words: the batch, the channels, the windows along three axes; the pixels of a window, and
# the bytes to each from its first one; what they are multiplied with (a float64); the larger image, its bytes
# from image to image, and from window to window along each axis; the smaller one, likewise.
BATCH, CHANNELS, COUNTS, PIXELS, TABLE, FACTOR = 0, 1, 2, 5, 6, 7
LARGE, LARGE_BATCH, LARGE_AXES, SMALL, SMALL_BATCH, SMALL_AXES = 8, 9, 10, 13, 14, 15
TILED_WORDS = SMALL_AXES + SPATIAL_AXES


def _write(module: ir.Module, name: str, do: Callable[..., None]) -> str:
    """The function that goes over a line of windows; its name."""
    name = f"{name}_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 9) as (code, given):
        count, channels, pixels, table, factor_at, large, by_large, small, by_small = given
        b, factor = code.builder, code.splat(code.load_double(factor_at))

        def some(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
            def windows(number: int) -> Callable[..., list[ir.Value]]:
                def step(_: ir.Value, first: ir.Value, place: ir.Value) -> list[ir.Value]:
                    starts, places = [first], [place]
                    for _each in range(number):
                        starts.append(b.add(starts[-1], by_large))
                        places.append(b.add(places[-1], by_small))
                    do(code, factor, pixels, table, starts[:-1], places[:-1], mask)
                    return [starts[-1], places[-1]]

                return step

            whole = b.sdiv(count, code.number(TOGETHER))
            begin = [code.at(large, offset), code.at(small, offset)]
            left = b.sub(count, b.mul(whole, code.number(TOGETHER)))
            code.loop(left, code.loop(whole, begin, windows(TOGETHER)), windows(1))

        code.vectors(channels, some)
        b.ret_void()
    return name


def _pixel(code: Code, table: ir.Value, number: ir.Value) -> ir.Value:
    return code.load_word(code.at(table, code.builder.mul(number, code.number(8))))


def _mean(
    code: Code, factor: ir.Value, pixels: ir.Value, table: ir.Value,
    starts: list[ir.Value], places: list[ir.Value], mask: ir.Value | None,
) -> None:  # fmt: skip
    def pixel(number: ir.Value, *sums: ir.Value) -> list[ir.Value]:
        away = _pixel(code, table, number)
        pairs = zip(starts, sums, strict=True)
        return [code.fma(code.load_lanes(code.at(at, away), mask), factor, held) for at, held in pairs]

    sums = code.loop(pixels, [code.zeros()] * len(starts), pixel)
    for value, place in zip(sums, places, strict=True):
        code.store_lanes(value, place, mask)


def _spread(
    code: Code, factor: ir.Value, pixels: ir.Value, table: ir.Value,
    starts: list[ir.Value], places: list[ir.Value], mask: ir.Value | None,
) -> None:  # fmt: skip
    values = [code.builder.fmul(code.load_lanes(place, mask), factor) for place in places]

    def pixel(number: ir.Value) -> tuple[()]:
        away = _pixel(code, table, number)
        for value, at in zip(values, starts, strict=True):
            code.store_lanes(value, code.at(at, away), mask)
        return ()

    code.loop(pixels, [], pixel)


def _line(name: str, do: Callable[..., None]) -> Any:
    def line(
        typing: Any, count: Any, channels: Any, pixels: Any, table: Any, factor: Any,
        large: Any, by_large: Any, small: Any, by_small: Any,
    ) -> Any:  # fmt: skip
        def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
            builder.call(builder.module.globals[_write(builder.module, name, do)], given)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 9), write

    line.__name__ = name
    return intrinsic(line)


_mean_line, _spread_line = _line("mean_line", _mean), _line("spread_line", _spread)


@kernel("int64(int64, int64)")
def _large_at(given: Any, line: Any) -> Any:
    """Where a line of windows begins in the larger image."""
    c0, c1 = word(given, COUNTS), word(given, COUNTS + 1)
    at = word(given, LARGE) + line // (c0 * c1) * word(given, LARGE_BATCH)
    return at + line // c1 % c0 * word(given, LARGE_AXES) + line % c1 * word(given, LARGE_AXES + 1)


@kernel("int64(int64, int64)")
def _small_at(given: Any, line: Any) -> Any:
    """Where it begins in the smaller one."""
    c0, c1 = word(given, COUNTS), word(given, COUNTS + 1)
    at = word(given, SMALL) + line // (c0 * c1) * word(given, SMALL_BATCH)
    return at + line // c1 % c0 * word(given, SMALL_AXES) + line % c1 * word(given, SMALL_AXES + 1)


@kernel("int64(int64, int64, int64)", words=TILED_WORDS)
def mean(given: Any, thread: Any, threads: Any) -> int:
    """small[n, p, c] = FACTOR · the sum of large over window p; threads share the lines of windows out."""
    lines = word(given, BATCH) * word(given, COUNTS) * word(given, COUNTS + 1)
    for line in range(lines * thread // threads, lines * (thread + 1) // threads):
        _mean_line(
            word(given, COUNTS + 2), word(given, CHANNELS), word(given, PIXELS), word(given, TABLE),
            given + 8 * FACTOR, _large_at(given, line), word(given, LARGE_AXES + 2),
            _small_at(given, line), word(given, SMALL_AXES + 2),
        )  # fmt: skip
    return 0


@kernel("int64(int64, int64, int64)", words=TILED_WORDS)
def spread(given: Any, thread: Any, threads: Any) -> int:
    """large[n, q, c] = FACTOR · small[n, p, c] for each pixel q of window p; all pixels are in one."""
    lines = word(given, BATCH) * word(given, COUNTS) * word(given, COUNTS + 1)
    for line in range(lines * thread // threads, lines * (thread + 1) // threads):
        _spread_line(
            word(given, COUNTS + 2), word(given, CHANNELS), word(given, PIXELS), word(given, TABLE),
            given + 8 * FACTOR, _large_at(given, line), word(given, LARGE_AXES + 2),
            _small_at(given, line), word(given, SMALL_AXES + 2),
        )  # fmt: skip
    return 0
