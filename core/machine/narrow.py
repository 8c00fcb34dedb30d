"""Convolutions to so few channels that they fit in one vector, and their gradient, as calls."""

from collections.abc import Sequence
from math import prod

from ..kernels import narrow
from ..kernels.narrow_gradient import MOST_ROWS
from ..kernels.parts import SUMMED_TOGETHER
from ..kernels.tile import BIAS, RELU, ROWS
from ..kernels.vector import ITEM, WIDTH
from .code import At, Code, Word, at
from .framing import padded
from .geometry import Geometry, images, three
from .view import Shape, View


def suits(x: Shape, y: Shape, kernel: Sequence[int], geometry: Geometry) -> bool:
    """Whether a convolution (N, C, S…) -> (N, O, P…) is quicker so: few O, more pixels than in a tile."""
    return (
        _plain(geometry)
        and y[1] <= WIDTH
        and y[-1] > ROWS
        and prod(kernel) > 1
        and x[1] * kernel[-1] <= SUMMED_TOGETHER // 2  # all of a filter's line, with nothing put aside
    )


def _plain(geometry: Geometry) -> bool:
    """Whether what a filter's line sees stands side by side, if need be in a frame."""
    whole = all(low >= 0 and high >= 0 for low, high in geometry.padding)
    return geometry.groups == 1 and geometry.dilation[-1] == 1 and whole


def convolve(
    code: Code, x: View, panels: View, y: View, kernel: Sequence[int], geometry: Geometry,
    *, bias: View | None, relu: bool,
) -> None:  # fmt: skip
    """y = filters in panels over x, then what follows: (N, C, S…) -> (N, O, P…), channels side by side."""
    image = _framed(code, x, geometry)
    words: list[Word] = [
        *y.shape[:1], *three(y.shape[2:], 1), y.shape[1], -(-y.shape[-1] // narrow.MOST_ROWS),
        *three(kernel, 1)[:-1], x.shape[1] * kernel[-1],
        *_seen(image, geometry), at(panels),
        at(y), *images(y), (BIAS if bias else 0) | (RELU if relu else 0),
        at(bias) if bias else At(y.memory, y.offset),
    ]  # fmt: skip
    work = prod(y.shape) * x.shape[1] * prod(kernel) // 16
    code.call("narrow.narrow", words, [image, panels, *([bias] if bias else [])], [y], work)


def _framed(code: Code, x: View, geometry: Geometry) -> View:
    """x with its padding, each line dense: all numbers of a filter's line are read one after the other."""
    alone = x.shape[1] == 1 or x.strides[1] == ITEM
    dense = alone and x.strides[-1] == x.shape[1] * ITEM
    return x if dense and not any(map(any, geometry.padding)) else padded(code, x, geometry.padding)


def _seen(image: View, geometry: Geometry) -> list[Word]:
    """Where images stand; the bytes to the next, to the result's next pixel, to the filter's next line."""
    batch, *steps = images(image)
    by_pixel = [step * by for step, by in zip(three(geometry.stride, 1), steps, strict=True)]
    by_line = [step * by for step, by in zip(three(geometry.dilation, 1), steps, strict=True)]
    return [at(image), batch, *by_pixel, *by_line[:-1]]


DEEPEST = 64
"""Channels of x beyond which the parts of dw do not stay in the first cache while images go past."""


def suits_gradient(x: Shape, dy: Shape, kernel: Sequence[int], geometry: Geometry) -> bool:
    """Whether the gradient of filters (O, C, K…) is quicker so: one vector of O, more rows than in a tile."""
    return _plain(geometry) and dy[1] <= WIDTH and x[1] <= DEEPEST and x[1] * kernel[-1] > ROWS


def filter_gradient(code: Code, threads: int, x: View, dy: View, dw: View, geometry: Geometry) -> None:
    """dw of a convolution, channels side by side: (N, C, S…), (N, O, P…) -> (O, C, K…)."""
    x = _framed(code, x, geometry)
    wide, depth, *kernel = dw.shape
    rows, lines = depth * kernel[-1], prod(kernel[:-1])
    parts = _parts(rows, lines, threads)
    words: list[Word] = [
        x.shape[0], *three(dy.shape[2:], 1), wide, rows, parts, *three(kernel, 1)[:-1],
        *_seen(x, geometry), at(dy), *images(dy), at(dw),
    ]  # fmt: skip
    work = prod(dy.shape[2:]) * dy.shape[0] * prod(dw.shape) // 16
    code.call("narrow_gradient.narrow_gradient", words, [x, dy], [dw], work)


FEWEST = 8
"""Rows up to which fewer take as long: each sum waits for the one before."""


def _parts(rows: int, lines: int, threads: int) -> int:
    """Into how many parts the rows of each line are best cut: threads share the parts of all lines out."""

    def taken(parts: int) -> int:
        return -(-parts * lines // threads) * max(FEWEST, -(-rows // parts) + 1)

    return min(range(-(-rows // MOST_ROWS), rows + 1), key=taken)
