"""Depthwise convolutions and their gradients as calls."""

from math import prod

from ..kernels.depthwise import scratch_words
from ..kernels.depthwise_gradient import SCRATCH_WORDS
from ..kernels.tile import COLUMNS, RELU, RESIDUAL
from ..kernels.vector import ITEM
from .code import Code, Scratch, Word, at
from .geometry import Sight, images, three
from .packing import packed_panels, panels_across
from .view import Shape, View


def is_depthwise(filters: Shape, groups: int) -> bool:
    """Whether each channel has one filter of its own: (O, C/G, K…) in so many groups."""
    return filters[0] == groups > 1 and filters[1] == 1


def convolve(
    code: Code,
    x: View,
    w: View,
    y: View,
    sight: Sight,
    *,
    bias: View | None,
    residual: View | None,
    relu: bool,
) -> None:
    """y = w over x, then what follows: (N, C, S…), (C, 1, K…) -> (N, C, P…)."""
    depth, taps = w.shape[0], prod(w.shape[2:])
    row = panels_across(depth) * COLUMNS * ITEM
    rows = packed_panels(
        code, w, (0, 0, taps * ITEM, ITEM, w.strides[0]), (1, 1, 1, taps, depth),
        (0, 0, 0, row), COLUMNS * ITEM,
    )  # fmt: skip
    kernel = three(w.shape[2:], 1)
    zeros = code.zeros(depth * ITEM)
    added = residual or y
    words: list[Word] = [
        Scratch(8 * scratch_words(taps, kernel[-1])), y.shape[0], depth,
        *three(y.shape[2:], 1), *three(x.shape[2:], 1), *kernel,
        *sight.words(),
        at(x), *images(x), at(rows), row, at(y), *images(y),
        (RESIDUAL if residual else 0) | (RELU if relu else 0), at(bias) if bias else zeros,
        at(added), *images(added),
    ]  # fmt: skip
    reads = [x, rows, *([bias] if bias else []), *([residual] if residual else [])]
    code.call("depthwise.depthwise", words, reads, [y], prod(y.shape) * taps // prod(sight.divisor) // 4)


def filter_gradient(
    code: Code, x: View, dy: View, dw: View, stride: list[int], dilation: list[int], low: list[int]
) -> None:
    """dw of a depthwise convolution: (N, C, S…), (N, C, P…) -> (C, 1, K…), its channels side by side."""
    words: list[Word] = [
        Scratch(8 * SCRATCH_WORDS), x.shape[0], dw.shape[0],
        *three(dy.shape[2:], 1), *three(x.shape[2:], 1), *three(dw.shape[2:], 1),
        *stride, *dilation, *low,
        at(x), *images(x), at(dy), *images(dy), at(dw), dw.strides[-1],
    ]  # fmt: skip
    work = prod(dy.shape) * prod(dw.shape[2:]) // 4
    code.call("depthwise_gradient.depthwise_gradient", words, [x, dy], [dw], work)
