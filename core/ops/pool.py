"""Pooling over any number of spatial axes: the greatest or the mean of each window.

Letters: N batch, C channels, S spatial axes, K taps of a window, P windows.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ..condition import at_most
from ..dim import Dim
from ..types import Shape, Type
from .primitive import Array, Primitive, Ref, Step, apply
from .window import span, taps, too_large, unpadded, window_counts

Sizes = Sequence[Dim]
Integers = Sequence[int]


def max_pool(
    x: Ref, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool = False
) -> tuple[Ref, Ref]:
    """The greatest of each window and its place in the plane in reading order: (N, C, S…) -> (N, C, P…).

    The first of equals; NaN counts as the greatest, the last of several. Padding is never taken.
    """
    settings = _settings(kernel, stride, padding, ceil_mode) | {"dilation": tuple(dilation)}
    y, index = apply("max_pool", x, **settings)
    return y, index


def avg_pool(
    x: Ref,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Ref:
    """The mean of each window: (N, C, S…) -> (N, C, P…); zeros of the padding count only if so said."""
    settings = _settings(kernel, stride, padding, ceil_mode) | {"count_include_pad": count_include_pad}
    return apply("avg_pool", x, **settings)[0]


def _settings(kernel: Sizes, stride: Sizes, padding: Sizes, ceil_mode: bool) -> dict[str, Any]:
    return {
        "kernel": tuple(kernel),
        "stride": tuple(stride),
        "padding": tuple(padding),
        "ceil_mode": ceil_mode,
    }


def pool_counts(
    sizes: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> tuple[Dim, ...]:
    """How many windows there are, per axis.

    With `ceil_mode` a window may reach over the padded end, as long as it starts within it.
    """
    if not ceil_mode:
        return window_counts(sizes, kernel, stride, [(p, p) for p in padding], dilation)
    axes = zip(sizes, kernel, stride, padding, dilation, strict=True)
    return tuple(_started(*axis) for axis in axes)


def _started(size: Dim, kernel: Dim, stride: Dim, padding: Dim, dilation: Dim) -> Dim:
    """PyTorch's rule: ⌈(size + 2·padding - span) / stride⌉ + 1, but none that starts in the padding behind.

    Which of the two bounds is the lower does not depend on the size.
    """
    slack = padding + stride - span(kernel, dilation)
    last = size + padding - 1
    if at_most(slack, 0):
        last = last + slack
    if not at_most(0, last):
        raise too_large(kernel, dilation, size, size + 2 * padding)
    return last // stride + 1


class _MaxPool(Primitive):
    """y[n, c, p] = max over k of x[n, c, p*stride + k*dilation - padding]."""

    name = "max_pool"

    def types(self, x: Type, **settings: Any) -> tuple[Type, ...]:
        shape = (*x.shape[:2], *pool_counts(x.shape[2:], **settings))
        return x.with_shape(shape), Type(shape, "int64")

    def reference(
        self,
        x: Array,
        *,
        kernel: Integers,
        stride: Integers,
        padding: Integers,
        dilation: Integers,
        ceil_mode: bool,
    ) -> tuple[Array, ...]:
        size = x.shape[2:]
        counts = _numbers(size, kernel, stride, padding, dilation, ceil_mode)
        padded = _padded(x, kernel, stride, padding, dilation, counts, -np.inf)
        places = _padded(
            np.arange(prod(size)).reshape(1, 1, *size), kernel, stride, padding, dilation, counts, -1
        )
        y = np.full((*x.shape[:2], *counts), -np.inf, x.dtype)
        index = np.full(y.shape, -1)
        for _, seen in taps(kernel, stride, dilation, counts):
            value, place = padded[seen], places[seen]
            taken = (value > y) | (value != value) | ((index < 0) & (place >= 0))
            np.copyto(y, value, where=taken)
            np.copyto(index, place, where=taken)
        return y, index

    def backward(self, step: Step, dy: Ref | None, dindex: None) -> Sequence[Ref | None]:
        assert dy is not None
        size = step.inputs[0].shape[2:]
        return (apply("max_pool_grad", step.outputs[1], dy, size=size)[0],)


class _MaxPoolGrad(Primitive):
    """dx[n, c, i] = Σ dy[n, c, p] over the windows whose greatest element stands at i."""

    name = "max_pool_grad"

    def types(self, index: Type, dy: Type, *, size: Shape) -> tuple[Type, ...]:
        return (dy.with_shape((*dy.shape[:2], *size)),)

    def reference(self, index: Array, dy: Array, *, size: Integers) -> tuple[Array, ...]:
        area, count = prod(size), prod(dy.shape[:2])
        places, seen = _flat(index) + np.arange(count)[:, None] * area, _flat(index) >= 0
        dx = np.zeros(count * area, dy.dtype)
        np.add.at(dx, places[seen], _flat(dy)[seen])
        return (dx.reshape(*dy.shape[:2], *size),)


class _AvgPool(Primitive):
    """y[n, c, p] = Σ_k x[n, c, p*stride + k - padding] / the number of taps that count."""

    name = "avg_pool"

    def types(self, x: Type, *, count_include_pad: bool, **settings: Any) -> tuple[Type, ...]:
        counts = pool_counts(x.shape[2:], dilation=_ones(settings["kernel"]), **settings)
        return (x.with_shape((*x.shape[:2], *counts)),)

    def reference(
        self,
        x: Array,
        *,
        kernel: Integers,
        stride: Integers,
        padding: Integers,
        ceil_mode: bool,
        count_include_pad: bool,
    ) -> tuple[Array, ...]:
        ones = _ones(kernel)
        counts = _numbers(x.shape[2:], kernel, stride, padding, ones, ceil_mode)
        padded = _padded(x, kernel, stride, padding, ones, counts, 0)
        y = np.zeros((*x.shape[:2], *counts), x.dtype)
        for _, seen in taps(kernel, stride, ones, counts):
            y += padded[seen]
        y /= divisors(x.shape[2:], counts, kernel, stride, padding, count_include_pad).astype(x.dtype)
        return (y,)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (apply("avg_pool_grad", dy, size=step.inputs[0].shape[2:], **step.settings)[0],)


class _AvgPoolGrad(Primitive):
    """dx[n, c, i] = Σ dy[n, c, p] / p's divisor over the windows p that i lies in."""

    name = "avg_pool_grad"

    def types(self, dy: Type, *, size: Shape, **settings: Any) -> tuple[Type, ...]:
        return (dy.with_shape((*dy.shape[:2], *size)),)

    def reference(
        self,
        dy: Array,
        *,
        size: Integers,
        kernel: Integers,
        stride: Integers,
        padding: Integers,
        ceil_mode: bool,
        count_include_pad: bool,
    ) -> tuple[Array, ...]:
        counts, ones = dy.shape[2:], _ones(kernel)
        share = dy / divisors(size, counts, kernel, stride, padding, count_include_pad).astype(dy.dtype)
        ends = _ends(size, kernel, stride, padding, ones, counts)
        dx = np.zeros(
            (*dy.shape[:2], *(p + n + end for n, p, end in zip(size, padding, ends, strict=True))), dy.dtype
        )
        for _, seen in taps(kernel, stride, ones, counts):
            dx[seen] += share
        return (np.ascontiguousarray(dx[unpadded(size, padding)]),)


def divisors(
    size: Integers,
    counts: Integers,
    kernel: Integers,
    stride: Integers,
    padding: Integers,
    count_include_pad: bool,
) -> Array:
    """How many elements each window's sum is divided by: (P…).

    PyTorch's rule: a window is cut off at the padded input's end, and unless padding counts at the input's.
    """
    result = np.ones((), np.int64)
    for n, p, k, s, border in zip(size, counts, kernel, stride, padding, strict=True):
        first = np.arange(p) * s - border
        stop = np.minimum(first + k, n + border)
        if not count_include_pad:
            first, stop = np.maximum(first, 0), np.minimum(stop, n)
        result = np.multiply.outer(result, stop - first)
    return result


def _numbers(
    size: Integers, kernel: Integers, stride: Integers, padding: Integers, dilation: Integers, ceil_mode: bool
) -> tuple[int, ...]:
    counts = pool_counts(size, kernel, stride, padding, dilation, ceil_mode)
    return tuple(count for count in counts if isinstance(count, int))


def _ends(
    size: Integers,
    kernel: Integers,
    stride: Integers,
    padding: Integers,
    dilation: Integers,
    counts: Integers,
) -> list[int]:
    """How much to pad behind, so that the last window fits."""
    axes = zip(size, kernel, stride, padding, dilation, counts, strict=True)
    return [max((p - 1) * s + span(k, d) - border - n, 0) for n, k, s, border, d, p in axes]


def _padded(
    x: Array,
    kernel: Integers,
    stride: Integers,
    padding: Integers,
    dilation: Integers,
    counts: Integers,
    value: float,
) -> Array:
    ends = _ends(x.shape[2:], kernel, stride, padding, dilation, counts)
    pads = tuple(zip(padding, ends, strict=True))
    return np.pad(x, ((0, 0), (0, 0), *pads), constant_values=value) if any(map(any, pads)) else x


def _flat(x: Array) -> Array:
    """(N, C, S…) -> (NC, S)."""
    return x.reshape(x.shape[0] * x.shape[1], prod(x.shape[2:]))  # -1 is unknown where N is 0


def _ones(kernel: Sequence[Any]) -> tuple[int, ...]:
    return (1,) * len(kernel)
