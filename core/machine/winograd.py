"""Winograd's convolutions as calls."""

from collections.abc import Sequence
from math import prod

from ..kernels.parts import SUMMED_TOGETHER
from ..kernels.tile import BIAS, COLUMNS, RELU, RESIDUAL, ROWS
from ..kernels.vector import ITEM
from ..kernels.winograd import SHORT, row_bytes, scratch_bytes
from ..kernels.winograd_filters import FILTER_SCRATCH_BYTES, SOURCE_WORDS, point_bytes
from ..kernels.winograd_gradient import TARGET_WORDS, gradient_scratch_bytes
from ..kernels.winograd_matrices import FILTER, side
from .code import Code, Scratch, Word, at, instead
from .view import Shape, View

CACHE = 1 << 20
"""Bytes of a block's V and M: about the second cache of the processors of today.

Where that is half as large, from a quarter of these bytes to twice as many took equally long.
"""

FILTERS_TOGETHER = 64
"""Filters that a block meets together: each point's part of V is read once for all panels of them.

With vectors of 8, which have four such panels, it took a tenth less than panel by panel.
"""

FEWEST_GROUPS = 8
"""Groups of squares in a block: fewer would read the filters too often."""


def squares(shape: Shape, size: int) -> int:
    """How many squares of so many pixels a side cover all images of (N, C, H, W)."""
    batch, _, height, width = shape
    return batch * -(-height // size) * -(-width // size)


def _panels(wide: int) -> int:
    """How many panels of so many filters a block meets together, each time about as many."""
    panels = -(-wide // COLUMNS)
    return -(-panels // -(-panels * COLUMNS // FILTERS_TOGETHER))


def _groups(shape: Shape, size: int, depth: int) -> tuple[int, int]:
    """How many groups of squares cover (N, C, H, W), and how many of them make a block."""
    points, panels = side(size) ** 2, _panels(shape[1])
    one, two = (scratch_bytes(points, block, depth, panels, at_once=False) for block in (1, 2))
    groups, most = -(-squares(shape, size) // ROWS), max(FEWEST_GROUPS, CACHE // (two - one))
    return groups, -(-groups // max(1, -(-groups // most)))


def sees_at_once(shape: Shape, depth: int, size: int) -> bool:
    """Whether one block is all: of filters over so many channels, that give (N, C, H, W)."""
    groups, block = _groups(shape, size, depth)
    return groups == block


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
    at_once: bool = False,
    bias: View | None,
    residual: View | None,
    relu: bool,
) -> None:
    """y = filters (3, 3, C, O) over x, (N, C, H, W) -> (N, O, P, Q), `size` pixels squared at a time.

    The first pixel of y sees `low` pixels outside of x; `flipped` filters are turned around. To be `precise`
    sums are shorter, which takes a quarter longer. Filters come to points in a call before, which may be done
    once for many runs, or `at_once` in the same, for each block and by each thread that uses them.
    """
    depth, wide = filters.shape[-2:]
    points = side(size) ** 2
    panels = -(-wide // COLUMNS)
    groups, block = _groups(y.shape, size, depth)
    scratch = scratch_bytes(points, block, depth, _panels(wide), at_once)
    source: list[Word] = [at(filters), *filters.strides[1:], int(flipped)]
    matrix = filters if at_once else _at_points(code, size, filters, source)
    zeros = code.zeros(max(depth * ITEM, panels * COLUMNS * ITEM))
    following = (RESIDUAL if residual else 0) | (RELU if relu else 0) | (BIAS if bias else 0)
    added = residual or y
    words: list[Word] = [
        Scratch(scratch), scratch, size, y.shape[0], depth, wide, block,
        *x.shape[2:], *y.shape[2:], *low,
        at(x), x.strides[0], *x.strides[2:], 0 if at_once else at(matrix),
        at(y), y.strides[0], *y.strides[2:],
        zeros, following, at(bias) if bias else zeros,
        at(added), added.strides[0], *added.strides[2:], SHORT[size] if precise else SUMMED_TOGETHER,
        _panels(wide),
        *(source if at_once else [0] * SOURCE_WORDS),
    ]  # fmt: skip
    reads = [x, matrix, *([bias] if bias else []), *([residual] if residual else [])]
    work = groups * ROWS * points * depth * wide // 16
    code.call("winograd.winograd", words, reads, [y], work, over=instead(y, residual, reads))


def _at_points(code: Code, size: int, filters: View, source: Sequence[Word]) -> View:
    """The filters at the points of the transform, in panels."""
    depth, wide = filters.shape[-2:]
    shape = (side(size) ** 2, -(-wide // COLUMNS), depth, COLUMNS)
    made = View(code.memory(shape[0] * point_bytes(shape[1] * depth)), 0, shape, (0,) * 4, ITEM)
    words: list[Word] = [Scratch(FILTER_SCRATCH_BYTES), size, depth, wide, at(made), *source]
    code.call("winograd_filters.winograd_filters", words, [filters], [made], prod(shape))
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
    blocks = gradient_blocks(size, -(-count // parts))
    at_once, block = parts == blocks == 1, -(-count // (parts * blocks))
    shape = (parts, points, depth, row_bytes(wide) // ITEM)
    sums = dw if at_once else View(code.memory(parts * bytes_of_sums), 0, shape, (0,) * 4, ITEM)
    scratch = gradient_scratch_bytes(points, block, depth, wide, at_once)
    target: list[Word] = [at(dw), *dw.strides[2:], dw.strides[1]]
    words: list[Word] = [
        Scratch(scratch), scratch, size, x.shape[0], depth, wide, block, parts,
        *x.shape[2:], *dy.shape[2:], *low,
        at(x), x.strides[0], *x.strides[2:], at(dy), dy.strides[0], *dy.strides[2:],
        code.zeros(max(depth, wide) * ITEM), 0 if at_once else at(sums),
        *(target if at_once else [0] * TARGET_WORDS),
    ]  # fmt: skip
    work = count * points * depth * wide // 16
    code.call("winograd_gradient.winograd_gradient", words, [x, dy], [sums], work)
    if at_once:
        return
    words = [Scratch(8 * FILTER**2), size, depth, wide, parts, at(sums), *target]
    code.call("winograd_gradient.winograd_collect", words, [sums], [dw], parts * points * depth * wide)


def gradient_blocks(size: int, count: int) -> int:
    """In how many blocks so many squares are added up to the gradient of filters."""
    return -(-count * side(size) ** 2 // GRADIENT_POINTS)
