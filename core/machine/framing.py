"""Images framed with zeros; those of few channels so that a filter's line is one place of many channels."""

from collections.abc import Sequence
from math import prod

from ..kernels.vector import ITEM
from ..kernels.words import SPATIAL_AXES
from .code import Code, Word, at
from .geometry import Geometry, images, three
from .view import Shape, View, channels_last, order_of, ordered

LINE_CHANNELS = 4
"""Channels up to which lines are taken: with more, a place alone keeps a tile busy."""


def framed(code: Code, x: View, low: Sequence[int], sizes: Sequence[int], *, planes: bool) -> View:
    """x within a frame of zeros of such sizes, its first pixel `low` from the first of these.

    (N, C, S…) of any strides; the result has a pixel's channels side by side, or each in a plane of its own.
    """
    shape = (*x.shape[:2], *sizes)
    order = tuple(range(len(shape))) if planes else channels_last(len(shape))
    made = View(code.memory(prod(shape) * ITEM), 0, shape, ordered(shape, ITEM, order), ITEM)
    batch, *axes = images(x)
    words: list[Word] = [
        x.shape[0], x.shape[1], *three(x.shape[2:], 1), *three(low, 0), *three(sizes, 1),
        at(x), batch, x.strides[1], *axes, at(made),
    ]  # fmt: skip
    code.call("planes.frame_planes" if planes else "frame.frame", words, [x], [made], prod(shape))
    return made


SQUARE = 5
"""Elements along both axes from which squares are turned: less is copied one by one as quickly."""


def turns(x: View, y: View) -> bool:
    """Whether y = x is a copy of squares: neighbours in x are far apart in y, and the other way round."""
    loops = _loops(x, y)
    beside = next((at for at, (_, step) in enumerate(loops) if step == ITEM), len(loops))
    fits = beside <= 1 and 0 < len(loops) - beside - 1 <= SPATIAL_AXES and x.item == ITEM
    return fits and min(loops[beside][0], loops[-1][0]) >= SQUARE


def turn(code: Code, x: View, y: View) -> None:
    """y = x, side by side, where that `turns`."""
    loops = _loops(x, y)
    batch, by_batch = loops.pop(0) if loops[0][1] != ITEM else (1, 0)
    (beside, _), *behind = loops
    sizes = three([size for size, _ in behind], 1)
    words: list[Word] = [
        batch, beside, *sizes, *[0] * SPATIAL_AXES, *sizes,
        at(x), by_batch, ITEM, *three([step for _, step in behind], 0), at(y),
    ]  # fmt: skip
    code.call("planes.frame_planes", words, [x], [y], prod(x.shape))


def _loops(x: View, y: View) -> list[tuple[int, int]]:
    """The sizes of the axes and their strides in x, in the order of y, as few as there are loops to be."""
    loops: list[tuple[int, int]] = []
    for axis in order_of(y):
        size, step = x.shape[axis], x.strides[axis]
        if loops and loops[-1][1] == size * step:
            loops[-1] = (loops[-1][0] * size, step)
        elif size != 1:
            loops.append((size, step))
    return loops


def padded(code: Code, x: View, padding: Sequence[tuple[int, int]]) -> View:
    """x with its padding, channels side by side."""
    sizes = [n + low + high for n, (low, high) in zip(x.shape[2:], padding, strict=True)]
    return framed(code, x, [low for low, _ in padding], sizes, planes=False)


def lines(x: View, kernel: int) -> View:
    """A framed image whose every pixel has the channels of all that a line of the filter sees from it."""
    *before, last = x.shape[2:]
    shape: Shape = (x.shape[0], kernel * x.shape[1], *before, last - kernel + 1)
    return View(x.memory, x.offset, shape, x.strides, ITEM)


def takes_lines(x: Shape, kernel: Sequence[int], geometry: Geometry) -> bool:
    """Whether a convolution of (N, C, S…) is quicker by lines of its filters than by their places."""
    small = x[1] <= LINE_CHANNELS and geometry.groups == 1 and kernel[-1] > 1 and geometry.dilation[-1] == 1
    return small and all(low >= 0 and high >= 0 for low, high in geometry.padding)
