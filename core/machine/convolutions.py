"""Convolutions and their gradients as calls: images with channels side by side, filters in panels."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from ..kernels.convolution import scratch_bytes as scratch_of_taps
from ..kernels.filter_gradient import scratch_bytes as scratch_of_gradient
from ..kernels.tile import BIAS, COLUMNS, RELU, RESIDUAL
from ..kernels.vector import ITEM
from ..kernels.winograd_matrices import FILTER
from ..kernels.words import SPATIAL_AXES
from . import depthwise, narrow, planar, winograd
from .code import At, Code, Scratch, Word, at, instead
from .framing import lines, padded
from .geometry import Geometry, Sight, images, three
from .packing import packed_panels, panels_across
from .products import product
from .view import View
from .ways import Way

PIXELS = 128
"""Pixels that are added to the gradient of filters together: a panel of them stays in the first cache."""

NEAR = 256
"""Bytes from pixel to pixel up to which these are read as they stand."""


def convolve(
    code: Code,
    way: Way,
    x: View,
    w: View,
    y: View,
    geometry: Geometry,
    *,
    back: bool,
    bias: View | None,
    residual: View | None,
    relu: bool,
) -> None:
    """y = w over x, then what follows: (N, C, S…), (O, C/G, K…) -> (N, O, P…), channels side by side.

    Or, going `back`, a transposed convolution, with filters (C, O/G, K…): the gradient of x is one.
    Where the way `frames` x, that may have any strides.
    """
    filters = w.permuted((*range(2, w.rank), *((0, 1) if back else (1, 0))))  # (K…, depth, wide)
    sight, groups = geometry.sight_back() if back else geometry.sight(), geometry.groups
    match way.kernel:
        case "winograd":
            low = [FILTER - 1 - low for low in geometry.low] if back else geometry.low
            winograd.convolve(
                code, way.square, x, filters, y, flipped=back, low=low, precise=way.precise,
                at_once=way.at_once,
                bias=bias, residual=residual, relu=relu,
            )  # fmt: skip
        case "planes":
            assert residual is None, "its kernel adds none"
            planar.convolve(code, x, filters, y, sight, bias=bias, relu=relu)
        case "narrow":
            assert residual is None, "its kernel adds none"
            depth, wide = filters.shape[-2:]
            panels = _panels(code, filters, 1, depth, wide, turned=False)
            narrow.convolve(code, x, panels, y, w.shape[2:], geometry, bias=bias, relu=relu)
        case "depthwise":
            depthwise.convolve(code, x, w, y, sight, bias=bias, residual=residual, relu=relu)
        case "lines":
            line, within = w.shape[-1], replace(geometry, padding=((0, 0),) * len(geometry.padding))
            x = lines(padded(code, x, geometry.padding), line)
            _by_taps(
                code, x, filters, y, groups, within.sight(), line=line,
                bias=bias, residual=residual, relu=relu,
            )  # fmt: skip
        case "taps":
            _by_taps(code, x, filters, y, groups, sight, turned=back, bias=bias, residual=residual, relu=relu)


def _by_taps(
    code: Code,
    x: View,
    filters: View,
    y: View,
    groups: int,
    sight: Sight,
    *,
    bias: View | None,
    residual: View | None,
    relu: bool,
    turned: bool = False,
    line: int = 1,
) -> None:
    """`filters` are (K…, depth, wide): a group has a part of the depth where `turned`, else of the width.

    Pixels of x may have the channels of a whole `line` of so many places.
    """
    taps = prod(filters.shape[:-2])
    if taps == groups == 1 and sight.alone() and x.shape[2:] == y.shape[2:]:
        a, b, c = _rows(x), filters.reshaped(filters.shape[-2:]), _rows(y)
        added = _rows(residual) if residual else None
        if a and b and c and (added or not residual):
            assert product(code, a, b, c, bias=bias, residual=added, relu=relu), "no leading axes"
            return
    depth, wide = x.shape[1] // groups, y.shape[1] // groups
    panels = _panels(code, filters, groups, depth // line, wide, turned)
    kernel = three(filters.shape[:-2], 1)
    kernel[-1] //= line
    taps //= line
    joined = (
        groups == 1 and x.strides[-1] == depth * ITEM and sight.step[-1] == 1 and prod(sight.divisor) == 1
    )
    zeros = code.zeros(depth * kernel[-1] * ITEM)
    following = (BIAS if bias else 0) | (RESIDUAL if residual else 0) | (RELU if relu else 0)
    nowhere = At(y.memory, y.offset)
    added = residual or y
    words: list[Word] = [
        Scratch(scratch_of_taps(taps, depth)), y.shape[0], groups, depth, wide,
        *three(y.shape[2:], 1), *three(x.shape[2:], 1), *kernel,
        *sight.words(),
        at(x), *images(x), depth * ITEM,
        at(panels), depth * COLUMNS * ITEM, taps * depth * COLUMNS * ITEM,
        panels_across(wide) * taps * depth * COLUMNS * ITEM, int(joined),
        at(y), *images(y), wide * ITEM,
        zeros, following, at(bias) if bias else nowhere,
        at(added), *images(added), wide * ITEM,
    ]  # fmt: skip
    reads = [x, panels, *([bias] if bias else []), *([residual] if residual else [])]
    pixels = prod(y.shape) // max(1, y.shape[1])
    work = pixels * taps * depth * wide * groups // (16 * prod(sight.divisor))
    code.call("convolution.convolution", words, reads, [y], work, over=instead(y, residual, reads))


def _rows(view: View) -> View | None:
    """Images as a matrix of pixels, whose channels stand side by side; None where that needs a copy."""
    pixels = view.shape[0] * prod(view.shape[2:])
    return view.permuted((0, *range(2, view.rank), 1)).reshaped((pixels, view.shape[1]))


def _panels(code: Code, filters: View, groups: int, depth: int, wide: int, turned: bool) -> View:
    """Filters in panels, each of them one tap after the other, the panels of a group together."""
    *lead, _, _ = filters.shape
    taps = prod(lead)
    flat = filters.reshaped((taps, *filters.shape[-2:]))
    assert flat is not None, "the places of a filter stand evenly"
    by_tap, by_deep, by_column = flat.strides
    tap_bytes = depth * COLUMNS * ITEM
    panel = taps * tap_bytes
    by_group = depth * by_deep if turned else wide * by_column
    return packed_panels(
        code, flat, (by_group, 0, by_deep, by_tap, by_column), (groups, 1, depth, taps, wide),
        (panels_across(wide) * panel, 0, COLUMNS * ITEM, tap_bytes), panel,
    )  # fmt: skip


def filter_gradient(
    code: Code, way: Way, threads: int, x: View, dy: View, dw: View, geometry: Geometry
) -> None:
    """dw of a convolution: (N, C, S…), (N, O, P…) -> (O, C/G, K…), its output channels side by side."""
    stride, low = three(geometry.stride, 1), three(geometry.low, 0)
    dilation = three(geometry.dilation, 1)
    if way.kernel == "winograd":
        winograd.filter_gradient(code, way.square, threads, x, dy, dw, geometry.low)
        return
    if way.kernel == "planes":
        planar.filter_gradient(code, x, dy, dw, geometry)
        return
    if way.kernel == "narrow":
        narrow.filter_gradient(code, threads, x, dy, dw, geometry)
        return
    if way.kernel == "depthwise":
        depthwise.filter_gradient(code, x, dy, dw, stride, dilation, low)
        return
    depth, wide = dw.shape[1], dw.shape[0] // geometry.groups
    kernel, by_tap = three(dw.shape[2:], 1), dw.strides[-1]
    if way.kernel == "lines":
        line, low = kernel[-1], [0] * SPATIAL_AXES
        x, kernel[-1], depth = lines(padded(code, x, geometry.padding), line), 1, depth * line
        by_tap *= line
    elif kernel == [1] * SPATIAL_AXES and low == [0] * SPATIAL_AXES and _inside(x, dy, geometry.stride):
        # Of x only the pixels that are seen.
        for axis, (count, step) in enumerate(zip(dy.shape[2:], geometry.stride, strict=True), 2):
            x = x.sliced(axis, 0, (count - 1) * step + 1, step)
        stride = [1] * SPATIAL_AXES
    part = _part(three(dy.shape[2:], 1), three(x.shape[2:], 1), kernel, stride, dilation)
    x_laid, dy_laid = x.strides[-1] > NEAR, dy.strides[-1] > NEAR
    scratch = scratch_of_gradient(part, depth, x_laid, dy_laid)
    words: list[Word] = [
        Scratch(scratch), scratch, x.shape[0], geometry.groups, depth, wide,
        *three(dy.shape[2:], 1), *three(x.shape[2:], 1), *kernel, *stride, *dilation, *low,
        at(x), *images(x), depth * ITEM,
        at(dy), *images(dy), wide * ITEM,
        at(dw), by_tap, dw.strides[1], wide * ITEM,
        *part, int(x_laid), int(dy_laid),
    ]  # fmt: skip
    pixels = prod(dy.shape) // max(1, dy.shape[1])
    code.call("filter_gradient.filter_gradient", words, [x, dy], [dw], pixels * prod(dw.shape) // 16)


def _inside(x: View, dy: View, stride: Sequence[int]) -> bool:
    """Whether a filter of one place, with no zeros before the image, sees none behind it."""
    each = zip(x.shape[2:], dy.shape[2:], stride, strict=True)
    return all((count - 1) * step < size for size, count, step in each)


def _part(
    counts: Sequence[int], sizes: Sequence[int], kernel: Sequence[int], stride: list[int], dilation: list[int]
) -> tuple[int, int, int, int]:
    """Lines and pixels of dy that go together, and the room for lines and pixels of x that they see."""
    across = min(counts[2], PIXELS)
    lines = max(1, PIXELS // counts[2])
    reach = [(k - 1) * step for k, step in zip(kernel, dilation, strict=True)]
    x_lines = (lines - 1) * stride[1] + reach[1] + 1
    if kernel[0] > 1 or counts[0] > 1:  # whole planes
        x_lines = max(x_lines, (reach[0] + 1) * sizes[1])
    return lines, across, x_lines, min(sizes[2], (across - 1) * stride[2] + reach[2] + 1)
