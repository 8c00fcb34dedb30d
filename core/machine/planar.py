"""Convolutions to few channels as calls: the image channel by channel in a frame, pixels in lanes."""

from collections.abc import Sequence
from math import prod

from ..kernels.planar import MOST, TILE_WORDS
from ..kernels.planar_gradient import GROUPS, scratch_bytes, together
from ..kernels.vector import ITEM, WIDTH
from ..kernels.words import SPATIAL_AXES
from .code import Code, Scratch, Word, at
from .framing import framed
from .geometry import Geometry, Sight, three
from .view import Shape, View

MOST_NUMBERS = 1024
"""Numbers of a filter beyond which weights and lines of x leave the first cache."""


def suits(x: Shape, y: Shape, kernel: Sequence[int], sight: Sight, groups: int) -> bool:
    """Whether a convolution (N, C, S…) -> (N, O, P…) is quicker so: few channels, lines that fill lanes."""
    plain = sight.multiplier == sight.divisor == [1] * SPATIAL_AXES
    if groups > 1 or y[1] > MOST or not plain:
        return False
    frame = zip(_low(sight, kernel), _sizes(y, sight, kernel), three(x[2:], 1), strict=True)
    fits = all(low >= 0 and whole - low - size >= 0 for low, whole, size in frame)
    return fits and x[1] * prod(kernel) <= MOST_NUMBERS and prod(kernel) > 1 and 2 * y[-1] > WIDTH


def _turned(sight: Sight) -> bool:
    """Whether a filter's places are seen from the last one on: along all axes, or along none."""
    return sight.step[-1] < 0


def _low(sight: Sight, kernel: Sequence[int]) -> list[int]:
    """The pixels of the frame before the image: the first pixel of the result sees so far outside."""
    reach = zip(sight.base, three(kernel, 1), sight.step, strict=True)
    return [-(base + min(0, (k - 1) * step)) for base, k, step in reach]


def _sizes(y: Shape, sight: Sight, kernel: Sequence[int]) -> list[int]:
    """The sizes of the framed image."""
    sizes = zip(three(y[2:], 1), three(kernel, 1), sight.step, strict=True)
    return [count + (k - 1) * abs(step) for count, k, step in sizes]


def convolve(
    code: Code, x: View, filters: View, y: View, sight: Sight, *, bias: View | None, relu: bool
) -> None:
    """y = filters (K…, C, O) over x, of any strides: (N, C, S…) -> (N, O, P…), then what follows."""
    *kernel, depth, out = filters.shape
    low = _low(sight, kernel)
    image = framed(code, x, low, _sizes(y.shape, sight, kernel), planes=True)
    begin = low[1]
    places = three(kernel, 1)
    weights = View(code.memory(prod(filters.shape) * ITEM), 0, filters.shape, filters.strides, ITEM)
    words: list[Word] = [
        depth, *places, out, at(filters), filters.strides[-2], *three(filters.strides[:-2], 0),
        filters.strides[-1], int(_turned(sight)), at(weights),
    ]  # fmt: skip
    code.call("planar.pack_planar", words, [filters], [weights], prod(filters.shape))
    _, by_channel, *by_axes = image.strides
    steps = [abs(step) * stride for step, stride in zip(sight.step, by_axes, strict=True)]
    added = code.zeros(MOST * ITEM) if bias is None else at(bias)
    words = [
        Scratch(8 * TILE_WORDS), y.shape[0], *three(y.shape[2:], 1),
        out, depth, *places, by_channel, *steps, at(weights), added, int(relu), 0,
        at(image), image.strides[0], *by_axes,
        at(y), y.strides[0], *three(y.strides[2:], 0),
        begin, begin + three(x.shape[2:], 1)[1], abs(sight.step[1]),
    ]  # fmt: skip
    reads = [image, weights, *([bias] if bias else [])]
    work = prod(y.shape[2:]) * y.shape[0] * prod(filters.shape) // 16
    code.call("planar.planar", words, reads, [y], work)


def suits_gradient(dy: Shape, kernel: Sequence[int], geometry: Geometry) -> bool:
    """Whether the gradient of filters (O, C, K…) is quicker so."""
    whole = all(low >= 0 and high >= 0 for low, high in geometry.padding)
    plain = geometry.groups == 1 and prod(geometry.stride) == 1 and whole and prod(kernel) > 1
    return plain and dy[1] <= MOST and 2 * dy[-1] > WIDTH


def filter_gradient(code: Code, x: View, dy: View, dw: View, geometry: Geometry) -> None:
    """dw of a convolution, of any strides: (N, C, S…), (N, O, P…) -> (O, C, K…), its O side by side."""
    out, depth, *kernel = dw.shape
    reach = [(k - 1) * step for k, step in zip(kernel, geometry.dilation, strict=True)]
    sizes = [count + more for count, more in zip(dy.shape[2:], reach, strict=True)]
    counts = three(dy.shape[2:], 1)
    image = framed(code, x, three(geometry.low, 0), three(sizes, 1), planes=True)
    given = framed(code, dy, [0] * SPATIAL_AXES, counts, planes=True)
    steps = zip(three(geometry.dilation, 1), image.strides[2:], strict=True)
    scratch = scratch_bytes(out)
    words: list[Word] = [
        Scratch(GROUPS * scratch), scratch,
        dy.shape[0], *counts, out, depth, *three(kernel, 1), together(out),
        at(image), *image.strides, *(step * stride for step, stride in steps),
        at(given), *given.strides[:-1],
        at(dw), dw.strides[-1], dw.strides[1],
    ]  # fmt: skip
    work = prod(counts) * dy.shape[0] * prod(dw.shape) // 16
    code.call("planar_gradient.planar_gradient", words, [image, given], [dw], work)
