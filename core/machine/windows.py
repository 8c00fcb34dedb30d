"""Pooling as calls: for each axis the windows in tables, weights among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from operator import mul

from ..kernels import parts
from ..kernels.window import LINE_WORDS, ROW_WORDS
from ..kernels.words import SPATIAL_AXES
from ..ops.adaptive import bounds
from ..ops.pool import divisors
from .code import Code, Scratch, Table, Word, at
from .geometry import images, three
from .view import View


@dataclass(frozen=True, slots=True)
class Axis:
    """The windows along one axis: where each begins, over how many pixels it reaches, and their weights."""

    begins: tuple[int, ...]
    reaches: tuple[int, ...]
    weights: tuple[tuple[float, ...], ...]
    apart: int = 1


ALONE = Axis((0,), (1,), ((1.0,),))


def sliding(size: int, count: int, kernel: int, stride: int, low: int, dilation: int = 1) -> Axis:
    """Windows in equal steps, cut off at the ends of the image."""
    begins, reaches = [], []
    for place in range(count):
        seen = [q for k in range(kernel) if 0 <= (q := place * stride - low + k * dilation) < size]
        begins.append(seen[0] if seen else 0)
        reaches.append(len(seen))
    return Axis(tuple(begins), tuple(reaches), tuple((1.0,) * n for n in reaches), dilation)


def averaging(axis: Axis, counts: Sequence[int]) -> Axis:
    """The same windows, each sum divided by a number of its own."""
    shares = (1 / count if count else 0.0 for count in counts)
    weights = tuple((share,) * n for share, n in zip(shares, axis.reaches, strict=True))
    return Axis(axis.begins, axis.reaches, weights)


def adaptive(size: int, count: int) -> Axis:
    """Windows that cover the image in so many parts."""
    first, stop = (tuple(map(int, ends)) for ends in bounds(size, count))
    reaches = tuple(b - a for a, b in zip(first, stop, strict=True))
    return averaging(Axis(first, reaches, ()), reaches)


def backwards(axis: Axis, size: int) -> Axis:
    """For each pixel the windows that see it, one after the other, with the weights that they see it with."""
    seen: list[list[tuple[int, float]]] = [[] for _ in range(size)]
    for place, (begin, reach) in enumerate(zip(axis.begins, axis.reaches, strict=True)):
        for k in range(reach):
            seen[begin + k].append((place, axis.weights[place][k]))
    begins = tuple(each[0][0] if each else 0 for each in seen)
    # Between the first window and the last one every window sees the pixel.
    reaches = tuple(each[-1][0] - each[0][0] + 1 if each else 0 for each in seen)
    return Axis(begins, reaches, tuple(tuple(weight for _, weight in each) for each in seen))


def divided(size: int, count: int, kernel: int, stride: int, low: int, count_include_pad: bool) -> Axis:
    """The windows of a mean."""
    axis = sliding(size, count, kernel, stride, low)
    counts = divisors([size], [count], [kernel], [stride], [low], count_include_pad)
    return averaging(axis, counts.tolist())


def weighted(code: Code, x: View, y: View, axes: Sequence[Axis]) -> None:
    """y = the weighted sums of what the windows see of x: (N, C, S…) -> (N, C, P…), channels side by side."""
    if _as_tiles(code, x, y, axes):
        return
    every = [ALONE] * (SPATIAL_AXES - len(axes)) + list(axes)
    lines = prod(max((len(each) for each in axis.weights), default=0) for axis in every[:2])
    scratch = 8 * (ROW_WORDS + LINE_WORDS * lines)
    words = [Scratch(scratch), *_shared(x, y, axes), 0, 0, 0, 0, 0, *three(x.shape[2:], 1)]
    code.call("window.window_sum", words, [x], [y], prod(y.shape) * _taps(axes) // 8)


def _as_tiles(code: Code, x: View, y: View, axes: Sequence[Axis]) -> bool:
    """Adds the call where windows of one weight lie side by side, or each pixel of y is in one of those of x.

    False, with nothing added, where it is otherwise.
    """
    reaches = [set(axis.reaches) for axis in axes]
    if any(len(each) != 1 for each in reaches) or any(axis.apart != 1 for axis in axes):
        return False
    if any(len({w for own in axis.weights for w in own}) != 1 for axis in axes):
        return False
    factor = prod(axis.weights[0][0] for axis in axes)
    reach = [each for (each,) in reaches]
    back = all(each == 1 for each in reach)
    large, small = (y, x) if back else (x, y)
    if back:
        reach = [n // count for n, count in zip(large.shape[2:], small.shape[2:], strict=True)]
    begins = [
        [q // r for q in range(r * count)] if back else [r * p for p in range(count)]
        for r, count in zip(reach, small.shape[2:], strict=True)
    ]
    if [list(axis.begins) for axis in axes] != begins or not 1 < prod(reach) <= parts.SUMMED_TOGETHER:
        return False
    steps = large.strides[2:]
    table = [sum(map(mul, place, steps)) for place in product(*map(range, reach))]
    words: list[Word] = [
        small.shape[0], small.shape[1], *three(small.shape[2:], 1), len(table), Table(tuple(table)), factor,
        at(large), large.strides[0], *three([r * step for r, step in zip(reach, steps, strict=True)], 0),
        at(small), *images(small),
    ]  # fmt: skip
    code.call(f"tiled_window.{'spread' if back else 'mean'}", words, [x], [y], prod(large.shape) // 8)
    return True


def greatest(code: Code, x: View, y: View, index: View | None, axes: Sequence[Axis]) -> None:
    """y = the greatest that the windows see of x, and the index of each in its image where that is wanted."""
    channels = x.shape[1]
    noted: list[Word] = [at(index), *images(index)] if index else [0, 0, 0, 0, 0]
    scratch = 8 * (SPATIAL_AXES + 1) + 4 * (channels + channels % 2)
    words = [Scratch(scratch), *_shared(x, y, axes), *noted, *three(x.shape[2:], 1)]
    writes = [y, index] if index else [y]
    code.call("window.window_maximum", words, [x], writes, prod(y.shape) * _taps(axes) // 8)


def put_back(code: Code, index: View, dy: View, dx: View) -> None:
    """dx = dy where the index says, summed: (N, C, P…) -> (N, C, S…), channels side by side in all three."""
    words: list[Word] = [
        dx.shape[1], dx.shape[0], prod(dy.shape[2:]), prod(dx.shape[2:]), at(index), at(dy), at(dx),
    ]  # fmt: skip
    code.call("window.put_back", words, [index, dy], [dx], prod(dx.shape) + prod(dy.shape))


def _shared(x: View, y: View, axes: Sequence[Axis]) -> list[Word]:
    every = [ALONE] * (SPATIAL_AXES - len(axes)) + list(axes)
    most = [max((len(each) for each in axis.weights), default=0) for axis in every]
    weights = [
        Table(tuple(w for each in axis.weights for w in (*each, *[0.0] * (m - len(each)))))
        for axis, m in zip(every, most, strict=True)
    ]
    return [
        y.shape[0], y.shape[1], *three(y.shape[2:], 1),
        *(Table(axis.begins) for axis in every), *(Table(axis.reaches) for axis in every), *weights,
        *most, *(axis.apart for axis in every),
        at(x), *images(x), at(y), *images(y),
    ]  # fmt: skip


def _taps(axes: Sequence[Axis]) -> int:
    return prod(max(axis.reaches, default=1) for axis in axes)
