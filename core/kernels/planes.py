"""Images copied channel by channel, each in a frame of zeros: for kernels with pixels in their lanes.

Where channels stand side by side, squares of channels and pixels are turned in registers.
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .filters import transposed
from .frame import (
    BATCH,
    CHANNELS,
    FRAME_WORDS,
    FRAMED,
    LOW,
    SIZES,
    SOURCE,
    SOURCE_AXES,
    SOURCE_BATCH,
    SOURCE_CHANNEL,
    TARGET,
)  # fmt: skip
from .tile import put
from .vector import ITEM, NOTHING, WIDTH, function, intrinsic
from .words import floats, word


def _write(module: ir.Module) -> str:
    name = f"turn_line_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 6) as (code, (source, step, pixels, channels, target, plane)):
        b = code.builder
        wanted = code.first_lanes(channels)

        def square(number: ir.Value, at: ir.Value, to: ir.Value) -> list[ir.Value]:
            left = b.sub(pixels, b.mul(number, code.number(WIDTH)))
            last = b.sub(left, code.number(1))
            rows = []
            for row in range(WIDTH):
                place = b.select(b.icmp_signed("<", code.number(row), left), code.number(row), last)
                rows.append(code.load_masked(code.at(at, b.mul(place, step)), wanted))
            mask = code.first_lanes(left)
            for channel, value in enumerate(transposed(code, rows)):
                with b.if_then(b.icmp_signed(">", channels, code.number(channel))):
                    put(code, [value], [code.at(to, b.mul(plane, code.number(channel)))], [mask], left)
            return [code.at(at, b.mul(step, code.number(WIDTH))), code.at(to, ITEM * WIDTH)]

        squares = b.sdiv(b.add(pixels, code.number(WIDTH - 1)), code.number(WIDTH))
        code.loop(squares, [source, target], square)
        b.ret_void()
    return name


@intrinsic
def _turn_line(
    typing: Any, source: Any, step: Any, pixels: Any, channels: Any, target: Any, plane: Any
) -> Any:
    """Copies a line, so many bytes from pixel to pixel, of up to WIDTH channels to a line of each plane."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write(builder.module)], given)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 6), write


@kernel("void(int64, int64)")
def _clear(target: Any, count: Any) -> None:
    """Fills with zeros."""
    y = floats(target)
    for at in range(count):
        y[at] = 0.0


@kernel("void(int64, int64, int64, int64)")
def _copy_line(source: Any, step: Any, pixels: Any, target: Any) -> None:
    """Copies the pixels of one channel side by side."""
    x, y = floats(source), floats(target)
    if step == ITEM:
        for at in range(pixels):
            y[at] = x[at]
    else:
        by_pixel = step // ITEM
        for at in range(pixels):
            y[at] = x[at * by_pixel]


@kernel("int64(int64, int64, int64)", words=FRAME_WORDS)
def frame_planes(given: Any, thread: Any, threads: Any) -> int:
    """(N, C, S…) of any strides -> (N, C, F…), side by side: the image begins at LOW, around it are zeros.

    Threads share out the images, and of each up to WIDTH channels together.
    """
    channels, by_channel = word(given, CHANNELS), word(given, SOURCE_CHANNEL)
    s0, s1, size = word(given, SIZES), word(given, SIZES + 1), word(given, SIZES + 2)
    f0, f1, f2 = word(given, FRAMED), word(given, FRAMED + 1), word(given, FRAMED + 2)
    plane, step = f0 * f1 * f2 * ITEM, word(given, SOURCE_AXES + 2)
    together = WIDTH if by_channel == ITEM and step != ITEM else 1
    blocks = (channels + together - 1) // together
    total = word(given, BATCH) * blocks
    for part in range(total * thread // threads, total * (thread + 1) // threads):
        n, channel = part // blocks, part % blocks * together
        some = min(together, channels - channel)
        source = word(given, SOURCE) + n * word(given, SOURCE_BATCH) + channel * by_channel
        target = word(given, TARGET) + (n * channels + channel) * plane
        if f0 * f1 * f2 != s0 * s1 * size:
            _clear(target, some * f0 * f1 * f2)
        for line in range(s0 * s1):
            p0, p1 = line // s1, line % s1
            at = source + p0 * word(given, SOURCE_AXES) + p1 * word(given, SOURCE_AXES + 1)
            to = ((p0 + word(given, LOW)) * f1 + p1 + word(given, LOW + 1)) * f2 + word(given, LOW + 2)
            if some > 1:
                _turn_line(at, step, size, some, target + to * ITEM, plane)
            else:
                _copy_line(at, step, size, target + to * ITEM)
    return 0
