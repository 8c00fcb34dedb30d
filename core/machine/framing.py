"""Images framed with zeros; those of few channels so that a filter's line is one place of many channels."""

from collections.abc import Sequence
from math import prod

from ..kernels.vector import ITEM
from .code import Code, Word, at
from .geometry import Geometry, images, three
from .view import Shape, View, channels_last, ordered

FEW = 4
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
    small = x[1] <= FEW and geometry.groups == 1 and kernel[-1] > 1 and geometry.dilation[-1] == 1
    return small and all(low >= 0 and high >= 0 for low, high in geometry.padding)
