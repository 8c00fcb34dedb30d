"""Convolutions to few channels: pixels in the lanes of vectors, all channels of the result in registers.

A register tile has the result's channels in its lanes, and with six of them most lanes are idle. Here a lane
is a pixel of a line, as where images stand channel by channel; each number of a filter is multiplied with a
whole vector of pixels (Zhang, Franchetti and Low 2018, "High performance zero-memory overhead direct
convolutions"). The image stands channel by channel within a frame of zeros; the results are turned in
registers, so that their channels stand side by side like those of other images.

Lines of the filter that see nothing but the zeros above or below an image are left out: a number of theirs
that is not finite makes NaN where it meets the image alone, as in oneDNN, which leaves out all padding.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from .vector import ITEM, NOTHING, WIDTH, Code, function, intrinsic
from .words import floats, put_word, word

MOST = 8
"""Channels of the result: two vectors of pixels of each, and there are registers left."""
UNITS = 2
"""Vectors of pixels of a tile, wherever they stand."""

# A tile, in words: the channels of the result; those of x, the places of the filter along three axes, and the
# bytes from one to the next of each in x; the weights (channels of x, places, channels of the result), the
# bias, whether ReLU follows, the bytes of weights between what is used for one place of the first axis and
# the next; then of each vector of pixels where it begins in x and in the result, and how
# many there are.
OUT, DEPTH, PLACES, BY_CHANNEL, BY_PLACE, WEIGHTS, BIAS, RELU, SKIPPED, UNIT = (
    0,
    1,
    2,
    5,
    6,
    9,
    10,
    11,
    12,
    13,
)
UNIT_WORDS = 3
TILE_WORDS = UNIT + UNITS * UNIT_WORDS


def _write_tile(module: ir.Module, out: int) -> str:
    """The function for so many channels of the result; its name. Its argument is the words' address."""
    name = f"planar_{out}x{UNITS}x{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 1) as (code, (words,)):
        b = code.builder
        given = [code.load_word(code.at(words, 8 * at)) for at in range(TILE_WORDS)]
        counts, steps = given[DEPTH : DEPTH + 4], given[BY_CHANNEL : BY_CHANNEL + 4]
        starts = [given[UNIT + UNIT_WORDS * unit] for unit in range(UNITS)]
        bias = [code.splat(code.load_one(code.at(given[BIAS], ITEM * at))) for at in range(out)]

        def places(axis: int, weights: ir.Value, at: list[ir.Value], sums: list[ir.Value]) -> list[ir.Value]:
            """The sums over the filter's places from this axis on, and where the weights have come to."""
            if axis == len(counts):
                lanes = [code.load(each) for each in at]
                made = list(sums)
                for channel in range(out):
                    factor = code.splat(code.load_one(code.at(weights, ITEM * channel)))
                    for unit in range(UNITS):
                        place = channel * UNITS + unit
                        made[place] = code.fma(factor, lanes[unit], made[place])
                return [code.at(weights, ITEM * out), *made]

            def step(_: ir.Value, weights: ir.Value, *held: ir.Value) -> list[ir.Value]:
                here, so_far = list(held[:UNITS]), list(held[UNITS:])
                inner = [code.zeros()] * len(so_far) if axis == 0 else so_far
                after, *made = places(axis + 1, weights, here, inner)
                if axis == 1:
                    after = code.at(after, given[SKIPPED])
                if axis == 0:  # each channel is summed by itself, as the sums of sums are more exact
                    made = [b.fadd(x, y) for x, y in zip(so_far, made, strict=True)]
                return [after, *(b.add(each, steps[axis]) for each in here), *made]

            weights, *rest = code.loop(counts[axis], [weights, *at, *sums], step)
            return [weights, *rest[UNITS:]]

        _, *sums = places(0, given[WEIGHTS], starts, [each for each in bias for _ in range(UNITS)])
        relu = b.icmp_unsigned("!=", given[RELU], code.number(0))
        zero = code.zeros()
        kept = [b.select(b.fcmp_unordered(">=", value, zero), value, zero) for value in sums]
        sums = [b.select(relu, one, other) for one, other in zip(kept, sums, strict=True)]
        for unit in range(UNITS):
            _, target, left = given[UNIT + UNIT_WORDS * unit : UNIT + UNIT_WORDS * (unit + 1)]
            _store(code, sums[unit::UNITS], target, left)
        b.ret_void()
    return name


def _store(code: Code, channels: list[ir.Value], target: ir.Value, left: ir.Value) -> None:
    """Puts the channels of `left` pixels side by side there, pixel by pixel."""
    b, out = code.builder, len(channels)
    values = _turned(code, channels)

    def whole() -> tuple[()]:
        for at, value in enumerate(values):
            code.store(value, code.at(target, ITEM * WIDTH * at))
        return ()

    def part() -> tuple[()]:
        count = b.mul(left, code.number(out))
        for at, value in enumerate(values):
            mask = code.first_lanes(b.sub(count, code.number(WIDTH * at)))
            code.store_masked(value, code.at(target, ITEM * WIDTH * at), mask)
        return ()

    code.chosen(b.icmp_signed(">=", left, code.number(WIDTH)), whole, part)


def _turned(code: Code, channels: list[ir.Value]) -> list[ir.Value]:
    """(channels, pixels) -> (pixels, channels), in as many vectors."""
    b, out = code.builder, len(channels)
    joined = list(channels)
    while len(joined) > 1:
        if len(joined) % 2:
            joined.append(ir.Constant(joined[-1].type, ir.Undefined))
        joined = [_side_by_side(b, *joined[at : at + 2]) for at in range(0, len(joined), 2)]
    nothing = ir.Constant(joined[0].type, ir.Undefined)
    places = [at % out * WIDTH + at // out for at in range(out * WIDTH)]
    return [
        b.shuffle_vector(joined[0], nothing, _lanes(places[at : at + WIDTH]))
        for at in range(0, out * WIDTH, WIDTH)
    ]


def _side_by_side(b: ir.IRBuilder, one: ir.Value, other: ir.Value) -> ir.Value:
    return b.shuffle_vector(one, other, _lanes(list(range(2 * one.type.count))))


def _lanes(places: list[int]) -> ir.Constant:
    return ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)


def by_channels(name: str, write_tile: Callable[[ir.Module, int], str]) -> Any:
    """What does the tile of as many channels as the first word at an address says, told by those words."""

    def written(module: ir.Module) -> ir.Function:
        whole = f"{name}_{WIDTH}"
        if whole not in module.globals:
            tiles = {out: module.globals[write_tile(module, out)] for out in range(1, MOST + 1)}
            with function(module, whole, NOTHING, 1) as (code, (words,)):
                code.one_of(code.load_word(words), tiles, [words])
                code.builder.ret_void()
        return module.globals[whole]

    def tile(typing: Any, words: Any) -> Any:
        def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
            builder.call(written(builder.module), given)
            return context.get_dummy_value()

        return types.void(types.int64), write

    tile.__name__ = name
    return intrinsic(tile)


planar_tile = by_channels("planar", _write_tile)

# The arguments of `planar`, in words: scratch memory; the batch and the result's sizes; the words of a tile
# up to its vectors; the framed x and its strides; the result and its strides; along the middle axis the pixel
# of the frame with which the image begins, the one behind the image, and those from place to place.
SCRATCH, BATCH, COUNTS, TILE = 0, 1, 2, 5
X, X_BATCH, X_AXES = 18, 19, 20
Y, Y_BATCH, Y_AXES = 23, 24, 25
BEGIN, END, APART = 28, 29, 30
PLANAR_WORDS = APART + 1


@kernel("int64(int64, int64, int64, int64)")
def _leave_out(given: Any, words: Any, first: Any, last: Any) -> int:
    """Has a tile take those places of the middle axis alone that see the image from these lines.

    The bytes of x from its first place to the first one that is taken.
    """
    places, apart = word(given, TILE + PLACES + 1), word(given, APART)
    begin = min(places, max(0, (word(given, BEGIN) - last + apart - 1) // apart))
    end = max(begin, min(places, (word(given, END) - first + apart - 1) // apart))
    line = word(given, TILE + PLACES + 2) * word(given, TILE + OUT) * ITEM
    put_word(words, PLACES + 1, end - begin)
    put_word(words, WEIGHTS, word(given, TILE + WEIGHTS) + begin * line)
    put_word(words, SKIPPED, (places - end + begin) * line)
    away: int = begin * word(given, TILE + BY_PLACE + 1)
    return away


@kernel("int64(int64, int64, int64)", words=PLANAR_WORDS)
def planar(given: Any, thread: Any, threads: Any) -> int:
    """y = filters over x, then what follows: (N, C, F…), (C, K…, O) -> (N, P…, O), side by side.

    The vectors of a tile are mostly of the same line, of one image or of two: what of its filters sees
    nothing but the frame above or below from any of their lines is left out.
    """
    words = word(given, SCRATCH) + thread * 8 * TILE_WORDS
    for at in range(UNIT):
        put_word(words, at, word(given, TILE + at))
    c0, c1, c2 = word(given, COUNTS), word(given, COUNTS + 1), word(given, COUNTS + 2)
    across = (c2 + WIDTH - 1) // WIDTH
    batch, lines = word(given, BATCH), c0 * c1
    units = batch * lines * across
    tiles = (units + UNITS - 1) // UNITS
    begin, end = tiles * thread // threads, tiles * (thread + 1) // threads
    unit = begin * UNITS
    group, rest = unit // (UNITS * lines * across), unit % (UNITS * lines * across)
    images = min(UNITS, batch - group * UNITS)
    part, image, line = rest % across, rest // across % images, rest // across // images
    above, below, away = -1, -1, 0
    for _ in range(begin, end):
        first, last = c1, 0
        for at in range(UNITS):
            n, p0, p1, p2 = group * UNITS + image, line // c1, line % c1, part * WIDTH
            first, last = min(first, p1), max(last, p1)
            x = n * word(given, X_BATCH) + p0 * word(given, X_AXES) + p1 * word(given, X_AXES + 1)
            y = n * word(given, Y_BATCH) + p0 * word(given, Y_AXES) + p1 * word(given, Y_AXES + 1)
            own = UNIT + UNIT_WORDS * at
            put_word(words, own, word(given, X) + x + p2 * ITEM)
            put_word(words, own + 1, word(given, Y) + y + p2 * word(given, Y_AXES + 2))
            put_word(words, own + 2, min(WIDTH, c2 - p2) if unit < units else 0)
            unit += 1
            if unit < units:  # else the last one is taken again
                part += 1
                if part == across:
                    part, image = 0, image + 1
                if image == images:
                    image, line = 0, line + 1
                if line == lines:
                    line, group = 0, group + 1
                    images = min(UNITS, batch - group * UNITS)
        if first != above or last != below:
            above, below, away = first, last, _leave_out(given, words, first, last)
        for at in range(UNITS):
            own = UNIT + UNIT_WORDS * at
            put_word(words, own, word(words, own) + away)
        planar_tile(words)
    return 0


# The arguments of `pack_planar`, in words.
(
    PACK_DEPTH, PACK_PLACES, PACK_OUT, FILTERS, BY_DEPTH, BY_PLACES, BY_OUT, TURNED, PACKED,
) = 0, 1, 4, 5, 6, 7, 10, 11, 12  # fmt: skip
PACK_WORDS = PACKED + 1


@kernel("int64(int64, int64, int64)", words=PACK_WORDS)
def pack_planar(given: Any, thread: Any, threads: Any) -> int:
    """Lays filters out as (C, K…, O), places in reverse where they are TURNED."""
    k0, k1, k2 = word(given, PACK_PLACES), word(given, PACK_PLACES + 1), word(given, PACK_PLACES + 2)
    depth, out, places = word(given, PACK_DEPTH), word(given, PACK_OUT), k0 * k1 * k2
    y = floats(word(given, PACKED))
    for channel in range(depth * thread // threads, depth * (thread + 1) // threads):
        for place in range(places):
            seen = places - 1 - place if word(given, TURNED) != 0 else place
            at = word(given, FILTERS) + channel * word(given, BY_DEPTH)
            at += seen // (k1 * k2) * word(given, BY_PLACES) + seen // k2 % k1 * word(given, BY_PLACES + 1)
            x = floats(at + seen % k2 * word(given, BY_PLACES + 2))
            for o in range(out):
                y[(channel * places + place) * out + o] = x[o * word(given, BY_OUT) // ITEM]
    return 0
