"""The gradient of a convolution's filters where the result has few channels: pixels in the lanes of vectors.

dw[k, c, o] = Σ_p x[p + k·dilation - low, c] · dy[p, o]. A register tile has the result's channels in its
lanes, and with six of them most are idle. Here both images stand channel by channel, x within a frame of
zeros, and a lane is a pixel of a line, as in `planar`: a vector of x is multiplied with those of all channels
of dy, for as many places of the filter as there are registers. The lanes are added up at the end.

What some lines sum is added to what others did: sums of sums (Higham 1993, section 3).
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel
from .parts import SUMMED_TOGETHER
from .planar import by_channels
from .vector import CACHE_LINE, ITEM, NOTHING, WIDTH, function
from .words import floats, put_word, word

REGISTERS = 32 if WIDTH == 16 else 16
MOST_TOGETHER = 8
"""Places of the filter at once, where there are registers for more."""


def together(out: int) -> int:
    """The places of a filter whose sums for so many channels find registers, beside dy and one of x."""
    return max(1, min(MOST_TOGETHER, (REGISTERS - 1 - out) // out))


# A tile, in words: the channels of the result, where dy begins, the bytes from one of its channels and from
# one line to the next, those from line to line of x, the lines, the whole vectors of a line and the pixels
# behind them, where the sums are, how far the lines are from the first one of x; then where each place of the
# filter begins there.
OUT, DY, DY_CHANNEL, DY_LINE, X_LINE, LINES, FULL, LEFT, SUMS, AWAY, PLACES = range(11)
TILE_WORDS = PLACES + MOST_TOGETHER


def _write_tile(module: ir.Module, out: int) -> str:
    """The function for so many channels of the result; its name. Its argument is the words' address."""
    count = together(out)
    name = f"planar_gradient_{out}x{count}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 1) as (code, (words,)):
        given = [code.load_word(code.at(words, 8 * at)) for at in range(PLACES + count)]
        first, channel, dy_line, x_line = given[DY], given[DY_CHANNEL], given[DY_LINE], given[X_LINE]
        rest = code.first_lanes(given[LEFT])

        def added(
            dy: ir.Value, past: ir.Value, mask: ir.Value | None, sums: tuple[ir.Value, ...]
        ) -> list[ir.Value]:
            lanes, at = [], dy
            for _ in range(out):
                lanes.append(code.load_lanes(at, mask))
                at = code.at(at, channel)
            made = list(sums)
            for place, start in enumerate(given[PLACES:]):
                x = code.load_lanes(code.at(start, past), mask)
                for o in range(out):
                    made[place * out + o] = code.fma(x, lanes[o], made[place * out + o])
            return made

        def line(_: ir.Value, dy: ir.Value, past: ir.Value, *sums: ir.Value) -> list[ir.Value]:
            def step(_: ir.Value, at: ir.Value, over: ir.Value, *held: ir.Value) -> list[ir.Value]:
                return [code.at(at, ITEM * WIDTH), code.at(over, ITEM * WIDTH), *added(at, over, None, held)]

            at, over, *whole = code.loop(given[FULL], [dy, past, *sums], step)
            made = code.chosen(
                code.builder.icmp_signed(">", given[LEFT], code.number(0)),
                lambda: added(at, over, rest, tuple(whole)),
                lambda: whole,
            )
            return [code.at(dy, dy_line), code.at(past, x_line), *made]

        zeros = [code.zeros()] * (out * count)
        _, _, *sums = code.loop(given[LINES], [first, given[AWAY], *zeros], line)
        for at, value in enumerate(sums):
            place = code.at(given[SUMS], ITEM * WIDTH * at)
            code.store(code.builder.fadd(code.load(place), value), place)
        code.builder.ret_void()
    return name


_tile = by_channels("planar_gradient", _write_tile)

# The arguments, in words: the batch, the result's sizes and channels, x's channels, the filter's places along
# three axes, how many of them go together; x, its strides, those from place to place; dy, dw and theirs.
SCRATCH, SCRATCH_BYTES, BATCH, COUNTS, RESULT, DEPTH, KERNEL, TOGETHER = 0, 1, 2, 3, 6, 7, 8, 11
X, X_BATCH, X_CHANNEL, X_AXES, BY_PLACE = 12, 13, 14, 15, 18
DY_AT, DY_BATCH, DY_PLANE, DY_AXES, DW, DW_TAP, DW_CHANNEL = 21, 22, 23, 24, 26, 27, 28
GRADIENT_WORDS = 29


GROUPS = 8
"""Groups of places whose sums stay in the first cache together while the images go past."""


def scratch_bytes(out: int) -> int:
    """Bytes that a thread needs for one group: the words of a tile, and its sums."""
    return (8 * TILE_WORDS + together(out) * out * WIDTH * ITEM + CACHE_LINE - 1) // CACHE_LINE * CACHE_LINE


@kernel("int64(int64, int64)")
def _seen(given: Any, number: Any) -> Any:
    """Where what a place sees of x begins; places are counted channel by channel."""
    k1, k2 = word(given, KERNEL + 1), word(given, KERNEL + 2)
    taps = word(given, KERNEL) * k1 * k2
    channel, tap = number // taps, number % taps
    at = word(given, X) + channel * word(given, X_CHANNEL)
    at += tap // (k1 * k2) * word(given, BY_PLACE) + tap // k2 % k1 * word(given, BY_PLACE + 1)
    return at + tap % k2 * word(given, BY_PLACE + 2)


@kernel("void(int64, int64, int64, int64)")
def _begin(given: Any, words: Any, first: Any, last: Any) -> None:
    """Prepares the tile of the places from `first` on; of fewer than go together the last is taken again."""
    many, out, pixels = word(given, TOGETHER), word(given, RESULT), word(given, COUNTS + 2)
    put_word(words, OUT, out)
    put_word(words, DY_CHANNEL, word(given, DY_PLANE))
    put_word(words, DY_LINE, word(given, DY_AXES + 1))
    put_word(words, X_LINE, word(given, X_AXES + 1))
    put_word(words, FULL, pixels // WIDTH)
    put_word(words, LEFT, pixels % WIDTH)
    put_word(words, SUMS, words + 8 * TILE_WORDS)
    y = floats(word(words, SUMS))
    for at in range(many * out * WIDTH):
        y[at] = 0.0
    for at in range(many):
        put_word(words, PLACES + at, _seen(given, min(first + at, last - 1)))


@kernel("void(int64, int64, int64)")
def _sum_up(given: Any, words: Any, groups: Any) -> None:
    """Sums the places of so many groups over all images, some lines at a time."""
    c0, c1, each = word(given, COUNTS), word(given, COUNTS + 1), word(given, SCRATCH_BYTES)
    lines = min(c1, max(1, SUMMED_TOGETHER * WIDTH // word(given, COUNTS + 2)))
    for image in range(word(given, BATCH) * c0):
        n, p0 = image // c0, image % c0
        for line in range(0, c1, lines):
            away = n * word(given, X_BATCH) + p0 * word(given, X_AXES) + line * word(given, X_AXES + 1)
            dy = word(given, DY_AT) + n * word(given, DY_BATCH) + p0 * word(given, DY_AXES)
            dy += line * word(given, DY_AXES + 1)
            for group in range(groups):
                tile = words + group * each
                put_word(tile, AWAY, away)
                put_word(tile, DY, dy)
                put_word(tile, LINES, min(lines, c1 - line))
                _tile(tile)


@kernel("void(int64, int64, int64, int64)")
def _put_sums(given: Any, words: Any, first: Any, last: Any) -> None:
    """Adds the lanes of each sum up and puts it into dw."""
    taps = word(given, KERNEL) * word(given, KERNEL + 1) * word(given, KERNEL + 2)
    out = word(given, RESULT)
    for number in range(first, last):
        at = word(given, DW) + number // taps * word(given, DW_CHANNEL) + number % taps * word(given, DW_TAP)
        sums = floats(word(words, SUMS) + (number - first) * out * WIDTH * ITEM)
        y = floats(at)
        for o in range(out):
            total = 0.0
            for lane in range(WIDTH):
                total += sums[o * WIDTH + lane]
            y[o] = total


@kernel("int64(int64, int64, int64)", words=GRADIENT_WORDS)
def planar_gradient(given: Any, thread: Any, threads: Any) -> int:
    """dw of few channels, which stand side by side: (N, C, F…), (N, O, P…) -> (O, C, K…).

    Threads share the places of the filter's channels out.
    """
    each, many = word(given, SCRATCH_BYTES), word(given, TOGETHER)
    words = word(given, SCRATCH) + thread * GROUPS * each
    total = word(given, DEPTH) * word(given, KERNEL) * word(given, KERNEL + 1) * word(given, KERNEL + 2)
    first, end = total * thread // threads, total * (thread + 1) // threads
    while first < end:
        groups = min(GROUPS, (end - first + many - 1) // many)
        for group in range(groups):
            begin = first + group * many
            _begin(given, words + group * each, begin, min(begin + many, end))
        _sum_up(given, words, groups)
        for group in range(groups):
            begin = first + group * many
            _put_sums(given, words + group * each, begin, min(begin + many, end))
        first += groups * many
    return 0
