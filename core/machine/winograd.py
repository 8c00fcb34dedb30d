"""Winograd's convolutions as calls, and when they are worth it."""

from collections.abc import Sequence

from ..kernels.tile import BIAS, COLUMNS, RELU, RESIDUAL, ROWS, SUMMED_TOGETHER
from ..kernels.vector import ITEM
from ..kernels.winograd import FILTER_SCRATCH_BYTES, SHORT, scratch_bytes
from ..kernels.winograd_gradient import gradient_scratch_bytes, row_bytes
from ..kernels.winograd_transforms import FILTER, side
from .code import Code, Scratch, Word, at, instead
from .framing import FEW
from .view import Shape, View

CACHE = 1 << 20
"""Bytes of a block's V and M: within the second cache of the processors of today."""

FEWEST_GROUPS = 8
"""Groups of squares in a block: fewer would read the filters too often."""


# What the choice between kernels counts in: multiplications that a register tile does in the time.
BETWEEN_TAPS = 8
"""Places of a tile's inner axis that go by before and after it."""
SPREAD = {2: 70, 4: 220}
"""To bring one channel of a square to points."""
GATHER = {2: 60, 4: 180}
"""To bring one channel of a square back."""
CHANNELS_OF_4 = 64
"""With fewer channels squares are of 2 pixels: a fifth slower, and as exact as the direct convolution.

What the larger transform rounds is not less where sums are short, and would be most of the error.
"""
READ = 24
"""To read a number of the filters: they are used once or few times for each block of squares."""
MAKE = 60
"""To make one, where filters do not stay the same from run to run."""

TURNED = 1.1
"""What a product of columns takes, against one of rows."""
KEEP = 24
"""To keep a number of the filters' gradient in memory."""


def best_square(x: Shape, y: Shape, *, fixed: bool = True, precise: bool = False) -> int:
    """The pixels a side of the squares by which 3×3 filters go fastest over x: 2 or 4, or 1 for none.

    (N, C, H, W) -> (N, O, P, Q). Lavin and Gray's transforms save products, but have filters of 16 or 36
    numbers for 9: they pay where there are many squares, and channels enough, and less where the filters are
    not `fixed`. Where it shall be `precise`, larger squares want more channels: the images are large where
    those are few, and most signs that a wrong last digit could turn stand there.
    """
    each = READ if fixed else READ + MAKE
    depth, panels = x[1], -(-y[1] // COLUMNS)
    places = panels * COLUMNS

    def tiles(rows: int) -> int:
        return -(-rows // ROWS) * ROWS * places

    taps = FILTER if depth <= FEW else FILTER**2  # of few channels a line of the filter is one place
    deep = depth * FILTER**2 // taps
    costs = {1: taps * tiles(y[0] * y[2] * y[3]) * (deep + BETWEEN_TAPS / 4) + 9 * depth * places * each}
    least = CHANNELS_OF_4 * (2 if precise else 1)
    for size in (2, 4) if depth >= least else (2,):
        points, count = side(size) ** 2, squares(y, size)
        products = points * tiles(count) * (depth + BETWEEN_TAPS)
        costs[size] = products + count * (depth * SPREAD[size] + places * GATHER[size])
        costs[size] += points * depth * places * each
    return min(costs, key=lambda size: costs[size])


def best_gradient_square(x: Shape, dy: Shape) -> int:
    """The same for the gradient of the filters, (N, C, H, W), (N, O, P, Q) -> (O, C, 3, 3)."""
    depth, wide = -(-x[1] // ROWS) * ROWS, -(-dy[1] // COLUMNS) * COLUMNS
    numbers = depth * wide
    costs = {1: 9 * numbers * (dy[0] * dy[2] * dy[3] * TURNED + 2 * KEEP)}
    for size in (2, 4):
        points, count = side(size) ** 2, squares(dy, size)
        costs[size] = points * numbers * (count + KEEP * (_blocks(size, count) + 1))
        costs[size] += count * (depth * SPREAD[size] + wide * GATHER[size])
    return min(costs, key=lambda size: costs[size])


def squares(shape: Shape, size: int) -> int:
    """How many squares of so many pixels a side cover all images of (N, C, H, W)."""
    batch, _, height, width = shape
    return batch * -(-height // size) * -(-width // size)


def convolve(
    code: Code,
    size: int,
    x: View,
    filters: View,
    y: View,
    *,
    low: Sequence[int],
    flipped: bool,
    precise: bool = False,
    bias: View | None,
    residual: View | None,
    relu: bool,
) -> None:
    """y = filters (3, 3, C, O) over x, (N, C, H, W) -> (N, O, P, Q), `size` pixels squared at a time.

    The first pixel of y sees `low` pixels outside of x; `flipped` filters are turned around. To be `precise`
    sums are shorter, which takes an eighth longer.
    """
    depth, wide = filters.shape[-2:]
    points = side(size) ** 2
    panels = -(-wide // COLUMNS)
    matrix = _at_points(code, size, filters, flipped)
    groups = -(-squares(y.shape, size) // ROWS)
    most = max(FEWEST_GROUPS, CACHE // (scratch_bytes(points, 2, depth) - scratch_bytes(points, 1, depth)))
    block = -(-groups // -(-groups // most))
    scratch = scratch_bytes(points, block, depth)
    zeros = code.zeros(max(depth * ITEM, panels * COLUMNS * ITEM))
    following = (RESIDUAL if residual else 0) | (RELU if relu else 0) | (BIAS if bias else 0)
    added = residual or y
    words: list[Word] = [
        Scratch(scratch), scratch, size, y.shape[0], depth, wide, block,
        *x.shape[2:], *y.shape[2:], *low,
        at(x), x.strides[0], *x.strides[2:], at(matrix), at(y), y.strides[0], *y.strides[2:],
        zeros, following, at(bias) if bias else zeros,
        at(added), added.strides[0], *added.strides[2:], SHORT if precise else SUMMED_TOGETHER,
    ]  # fmt: skip
    reads = [x, matrix, *([bias] if bias else []), *([residual] if residual else [])]
    work = groups * ROWS * points * depth * wide // 16
    code.call("winograd.winograd", words, reads, [y], work, over=instead(y, residual, reads))


def _at_points(code: Code, size: int, filters: View, flipped: bool) -> View:
    """The filters at the points of the transform, in panels."""
    depth, wide = filters.shape[-2:]
    shape = (side(size) ** 2, -(-wide // COLUMNS), depth, COLUMNS)
    count = shape[0] * shape[1] * depth * COLUMNS
    made = View(code.memory(count * ITEM), 0, shape, (0,) * 4, ITEM)
    words: list[Word] = [
        Scratch(FILTER_SCRATCH_BYTES), size, depth, wide, at(filters), *filters.strides[1:], int(flipped),
        at(made),
    ]  # fmt: skip
    code.call("winograd.winograd_filters", words, [filters], [made], count)
    return made


GRADIENT_POINTS = 64 * 36
"""Points of all squares of a block: with fewer squares sums go to memory too often, with more these do."""

SMALL_SUMS = 4 << 20
"""Bytes of sums of which each thread may have its own."""


def filter_gradient(
    code: Code, size: int, threads: int, x: View, dy: View, dw: View, low: Sequence[int]
) -> None:
    """dw (O, C, 3, 3), its output channels side by side, from (N, C, H, W) and (N, O, P, Q)."""
    wide, depth, *_ = dw.shape
    points, count = side(size) ** 2, squares(dy.shape, size)
    bytes_of_sums = points * depth * row_bytes(wide)
    parts = threads if bytes_of_sums <= SMALL_SUMS and count >= threads * ROWS else 1
    block = -(-count // (parts * _blocks(size, -(-count // parts))))
    shape = (parts, points, depth, row_bytes(wide) // ITEM)
    sums = View(code.memory(parts * bytes_of_sums), 0, shape, (0,) * 4, ITEM)
    scratch = gradient_scratch_bytes(points, block, depth, wide)
    words: list[Word] = [
        Scratch(scratch), scratch, size, x.shape[0], depth, wide, block, parts,
        *x.shape[2:], *dy.shape[2:], *low,
        at(x), x.strides[0], *x.strides[2:], at(dy), dy.strides[0], *dy.strides[2:],
        code.zeros(max(depth, wide) * ITEM), at(sums),
    ]  # fmt: skip
    work = count * points * depth * wide // 16
    code.call("winograd_gradient.winograd_gradient", words, [x, dy], [sums], work)
    words = [
        Scratch(8 * FILTER**2), size, depth, wide, parts,
        at(sums), at(dw), *dw.strides[2:], dw.strides[1],
    ]  # fmt: skip
    code.call("winograd_gradient.winograd_collect", words, [sums], [dw], parts * points * depth * wide)


def _blocks(size: int, count: int) -> int:
    """In how many blocks so many squares are added up."""
    return -(-count * side(size) ** 2 // GRADIENT_POINTS)
