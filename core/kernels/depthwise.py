"""Depthwise convolutions of up to three spatial axes: each channel has a filter of its own.

There is no product to be had here: lanes are channels, and a run of pixels along the last axis goes by with a
filter's place in registers (Zhang, Lo and Lu 2020). Pixels at the ends of a run, which see less, go alone. A
block of channels stays for the whole run, so that what is read is read in whole lines. The gradient of the
input is the same kernel: pixels of one phase modulo the stride see the same places, and make a run.
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel, types
from . import parts
from .tile import RELU, RESIDUAL
from .vector import ITEM, NOTHING, WIDTH, Code, function, intrinsic
from .words import SPATIAL_AXES, put_word, word

PIXELS = 4
"""Pixels whose sums are in registers together."""

VECTORS = 4 if WIDTH == 16 else 2
"""Vectors of channels of each."""

# What a run reads, in words at one address: the table of taps (where the first pixel sees it, its weights),
# bytes from pixel to pixel in X, Y and the residual, how many pixels and channels, and what follows.
RUN_WORDS = 11
(
    TABLE, TAPS, X_STEP, Y_AT, Y_STEP, RESIDUAL_AT, RESIDUAL_STEP, COUNT, CHANNELS, BIAS_AT, FLAGS,
) = range(RUN_WORDS)  # fmt: skip


def _write(module: ir.Module) -> str:
    name = f"depthwise_run_{WIDTH}"
    if name in module.globals:
        return name
    with function(module, name, NOTHING, 1) as (code, (words,)):
        given = [code.load_word(code.at(words, 8 * index)) for index in range(RUN_WORDS)]
        b = code.builder
        whole = b.sdiv(given[CHANNELS], code.number(VECTORS * WIDTH))

        def block(index: ir.Value) -> tuple[()]:
            _channels(code, given, b.mul(index, code.number(VECTORS * WIDTH * ITEM)), VECTORS, None)
            return ()

        code.loop(whole, [], block)
        done = b.mul(whole, code.number(VECTORS * WIDTH))

        def single(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
            _channels(code, given, b.add(offset, b.mul(done, code.number(ITEM))), 1, mask)

        code.vectors(b.sub(given[CHANNELS], done), single)
        b.ret_void()
    return name


def _channels(
    code: Code, given: list[ir.Value], offset: ir.Value, vectors: int, mask: ir.Value | None
) -> None:
    """The whole run for some vectors of channels: PIXELS at a time, then one by one."""
    b = code.builder
    many = b.sdiv(given[COUNT], code.number(PIXELS))
    few = b.sub(given[COUNT], b.mul(many, code.number(PIXELS)))
    places = [offset, b.add(given[Y_AT], offset), b.add(given[RESIDUAL_AT], offset)]
    steps = [given[X_STEP], given[Y_STEP], given[RESIDUAL_STEP]]
    for pixels, count in ((PIXELS, many), (1, few)):

        def some(_: ir.Value, *at: ir.Value, pixels: int = pixels) -> list[ir.Value]:
            _pixels(code, given, offset, list(at), pixels, vectors, mask)
            return [
                b.add(place, b.mul(step, code.number(pixels))) for place, step in zip(at, steps, strict=True)
            ]

        places = code.loop(count, places, some)


def _pixels(
    code: Code,
    given: list[ir.Value],
    offset: ir.Value,
    places: list[ir.Value],
    pixels: int,
    vectors: int,
    mask: ir.Value | None,
) -> None:
    """Sums some pixels over all taps, and does what follows."""
    b = code.builder
    x_at, y_at, residual_at = places

    def rows(start: ir.Value, step: ir.Value) -> list[ir.Value]:
        return [
            code.at(start, b.add(b.mul(step, code.number(pixel)), code.number(ITEM * WIDTH * v)))
            for pixel in range(pixels)
            for v in range(vectors)
        ]

    seen = rows(x_at, given[X_STEP])
    bias = [
        code.load_lanes(code.at(code.at(given[BIAS_AT], offset), ITEM * WIDTH * v), mask)
        for v in range(vectors)
    ]

    def tap(number: ir.Value, *held: ir.Value) -> list[ir.Value]:
        entry = code.at(given[TABLE], b.mul(number, code.number(16)))
        start, weights = code.load_word(entry), code.at(code.load_word(code.at(entry, 8)), offset)
        w = [code.load_lanes(code.at(weights, ITEM * WIDTH * v), mask) for v in range(vectors)]
        return [
            code.fma(code.load_lanes(code.at(start, place), mask), w[at % vectors], value)
            for at, (place, value) in enumerate(zip(seen, held, strict=True))
        ]

    sums = parts.summed(code, given[TAPS], [], bias * pixels, tap)

    def asked(flag: int) -> ir.Value:
        return b.icmp_unsigned("!=", b.and_(given[FLAGS], code.number(flag)), code.number(0))

    def added() -> list[ir.Value]:
        more = [code.load_lanes(place, mask) for place in rows(residual_at, given[RESIDUAL_STEP])]
        return [b.fadd(x, y) for x, y in zip(sums, more, strict=True)]

    zero = code.zeros()
    for place, value in zip(
        rows(y_at, given[Y_STEP]), code.chosen(asked(RESIDUAL), added, lambda: sums), strict=True
    ):
        kept = b.select(b.fcmp_unordered(">=", value, zero), value, zero)
        code.store_lanes(b.select(asked(RELU), kept, value), place, mask)


@intrinsic
def run(typing: Any, words: Any) -> Any:
    """A run of pixels of some channels, told by the words at an address."""

    def write(context: Any, builder: ir.IRBuilder, signature: Any, given: Any) -> ir.Value:
        builder.call(builder.module.globals[_write(builder.module)], given)
        return context.get_dummy_value()

    return types.void(types.int64), write


SPAN = 64
"""Pixels along the last axis that go together."""

CHUNK = 256
"""Channels that go together: threads share out spans and chunks."""

# The arguments, in words. A pixel p of the result sees, at place k of the filter, the pixel
# (p·MULTIPLIER + BASE + k·STEP) / DIVISOR of X, if that is whole and inside.
(SCRATCH, BATCH, DEPTH) = range(3)
SIZED, SIZES, KERNEL, MULTIPLIER, BASE, STEP, DIVISOR = (3 + 3 * at for at in range(7))
X, X_BATCH, X_AXES = 24, 25, 26
FILTERS, TAP_BYTES = 29, 30
Y, Y_BATCH, Y_AXES = 31, 32, 33
FOLLOWING, BIAS = 36, 37
RESIDUAL_IN, RESIDUAL_BATCH, RESIDUAL_AXES = 38, 39, 40
DEPTHWISE_WORDS = RESIDUAL_AXES + SPATIAL_AXES


@kernel("int64(int64, int64)")
def scratch_words(taps: Any, last: Any) -> Any:
    """Words of scratch memory of a thread for filters of so many places, so many along the last axis."""
    return RUN_WORDS + 4 * taps + 2 * last


@kernel("int64(int64, int64, int64, int64, int64)")
def _lines(given: Any, image: Any, p0: Any, p1: Any, table: Any) -> int:
    """Where the lines of x begin that a line of the result sees, each with its weights; how many."""
    count, d0, d1 = 0, word(given, DIVISOR), word(given, DIVISOR + 1)
    k1, k2 = word(given, KERNEL + 1), word(given, KERNEL + 2)
    for i in range(word(given, KERNEL)):
        s0 = p0 * word(given, MULTIPLIER) + word(given, BASE) + i * word(given, STEP)
        if s0 < 0 or s0 % d0 != 0 or s0 // d0 >= word(given, SIZES):
            continue
        for j in range(k1):
            s1 = p1 * word(given, MULTIPLIER + 1) + word(given, BASE + 1) + j * word(given, STEP + 1)
            if s1 < 0 or s1 % d1 != 0 or s1 // d1 >= word(given, SIZES + 1):
                continue
            x = image + s0 // d0 * word(given, X_AXES) + s1 // d1 * word(given, X_AXES + 1)
            put_word(table, 2 * count, x)
            put_word(table, 2 * count + 1, word(given, FILTERS) + (i * k1 + j) * k2 * word(given, TAP_BYTES))
            count += 1
    return count


@kernel("void(int64, int64, int64, int64, int64, int64, int64)")
def _some(given: Any, words: Any, lines: Any, columns: Any, count: Any, first: Any, pixels: Any) -> None:
    """A few pixels of a run, from number `first` on, that see the same taps as the first one."""
    used, size = 0, word(given, SIZES + 2)
    by, table = word(given, MULTIPLIER + 2), word(words, TABLE)
    k2 = word(given, KERNEL + 2)
    for line in range(count):
        for k in range(k2):
            start = word(columns, k)
            if word(columns, k2 + k) == 0 or start + first * by < 0 or start + first * by >= size:
                continue
            seen = (start + first * by) * word(given, X_AXES + 2)
            put_word(table, 2 * used, word(lines, 2 * line) + seen)
            put_word(table, 2 * used + 1, word(lines, 2 * line + 1) + k * word(given, TAP_BYTES))
            used += 1
    put_word(words, TAPS, used)
    put_word(words, COUNT, pixels)
    run(words)
    put_word(words, Y_AT, word(words, Y_AT) + pixels * word(words, Y_STEP))
    put_word(words, RESIDUAL_AT, word(words, RESIDUAL_AT) + pixels * word(words, RESIDUAL_STEP))


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64)")
def _span(
    given: Any, words: Any, lines: Any, columns: Any, count: Any, phase: Any, begin: Any, end: Any
) -> None:
    """The pixels number `begin` to `end` of a phase of a line: the ends one by one, the middle as a run."""
    size, by, d = word(given, SIZES + 2), word(given, MULTIPLIER + 2), word(given, DIVISOR + 2)
    low, high = begin, end
    for k in range(word(given, KERNEL + 2)):
        at = phase * by + word(given, BASE + 2) + k * word(given, STEP + 2)
        whole = at % d == 0
        put_word(columns, k, at // d)
        put_word(columns, word(given, KERNEL + 2) + k, 1 if whole else 0)
        if whole:
            low = max(low, -(at // d // by))
            high = min(high, (size - 1 - at // d) // by + 1)
    low = min(low, end)
    high = max(high, low)
    for pixel in range(begin, low):
        _some(given, words, lines, columns, count, pixel, 1)
    if high > low:
        _some(given, words, lines, columns, count, low, high - low)
    for pixel in range(high, end):
        _some(given, words, lines, columns, count, pixel, 1)


@kernel("int64(int64, int64, int64)", words=DEPTHWISE_WORDS)
def depthwise(given: Any, thread: Any, threads: Any) -> int:
    """y = filters over x, and what follows: channels side by side, a row of weights for each place."""
    k2 = word(given, KERNEL + 2)
    taps = word(given, KERNEL) * word(given, KERNEL + 1) * k2
    words = word(given, SCRATCH) + thread * 8 * scratch_words(taps, k2)
    lines = words + 8 * (RUN_WORDS + 2 * taps)
    columns = lines + 8 * 2 * taps
    put_word(words, TABLE, words + 8 * RUN_WORDS)
    put_word(words, FLAGS, word(given, FOLLOWING))
    d2 = word(given, DIVISOR + 2)
    put_word(words, X_STEP, word(given, MULTIPLIER + 2) * word(given, X_AXES + 2))
    put_word(words, Y_STEP, d2 * word(given, Y_AXES + 2))
    put_word(words, RESIDUAL_STEP, d2 * word(given, RESIDUAL_AXES + 2))
    c0, c1, c2 = word(given, SIZED), word(given, SIZED + 1), word(given, SIZED + 2)
    spans = ((c2 + d2 - 1) // d2 + SPAN - 1) // SPAN
    chunks = (word(given, DEPTH) + CHUNK - 1) // CHUNK
    total = word(given, BATCH) * c0 * c1 * spans * chunks
    for at in range(total * thread // threads, total * (thread + 1) // threads):
        chunk, rest = at % chunks, at // chunks
        span, rest = rest % spans, rest // spans
        p1, rest = rest % c1, rest // c1
        p0, n = rest % c0, rest // c0
        shift = chunk * CHUNK * ITEM
        put_word(words, CHANNELS, min(CHUNK, word(given, DEPTH) - chunk * CHUNK))
        put_word(words, BIAS_AT, word(given, BIAS) + shift)
        image = word(given, X) + n * word(given, X_BATCH) + shift
        count = _lines(given, image, p0, p1, lines)
        for line in range(count):
            put_word(lines, 2 * line + 1, word(lines, 2 * line + 1) + shift)
        y = word(given, Y) + n * word(given, Y_BATCH) + shift
        y += p0 * word(given, Y_AXES) + p1 * word(given, Y_AXES + 1)
        r = word(given, RESIDUAL_IN) + n * word(given, RESIDUAL_BATCH) + shift
        r += p0 * word(given, RESIDUAL_AXES) + p1 * word(given, RESIDUAL_AXES + 1)
        for phase in range(d2):
            begin, end = span * SPAN, min((span + 1) * SPAN, (c2 - phase + d2 - 1) // d2)
            put_word(words, Y_AT, y + (phase + begin * d2) * word(given, Y_AXES + 2))
            put_word(words, RESIDUAL_AT, r + (phase + begin * d2) * word(given, RESIDUAL_AXES + 2))
            if begin < end:
                _span(given, words, lines, columns, count, phase, begin, end)
    return 0
