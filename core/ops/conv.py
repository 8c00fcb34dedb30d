"""Convolution (as in all of deep learning: correlation) over any number of axes, and its two gradients.

The three are each other's gradients, and the gradient of the input is a transposed convolution.
Letters: N batch, G groups, C channels in, O channels out, S spatial axes, K taps of the kernel, P windows.
"""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from ..condition import agree
from ..dim import Dim, product, text
from ..text import tr
from ..types import ShapeError, Type
from .primitive import Array, Primitive, Ref, Step, apply
from .window import Pads, span, taps, unpadded, window_counts

Sizes = Sequence[Dim]

BLOCK = 1 << 20
"""Elements of columns at a time: few megabytes stay in the cache, and memory does not grow with the batch."""


def conv(x: Ref, w: Ref, stride: Sizes, padding: Pads, dilation: Sizes, groups: Dim = 1) -> Ref:
    """Filters slid over the spatial axes: (N, C, S…), (O, C/G, K…) -> (N, O, P…)."""
    return apply("conv", x, w, **_settings(stride, padding, dilation, groups))[0]


def conv_input_grad(
    dy: Ref, w: Ref, size: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, groups: Dim = 1
) -> Ref:
    """What a convolution passes back to its input, whose spatial `size` is given: the transposed convolution.

    (N, O, P…), (O, C/G, K…) -> (N, C, S…).
    """
    settings = _settings(stride, padding, dilation, groups)
    return apply("conv_input_grad", dy, w, size=tuple(size), **settings)[0]


def conv_weight_grad(
    x: Ref, dy: Ref, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, groups: Dim = 1
) -> Ref:
    """What a convolution passes back to its filters: (N, C, S…), (N, O, P…) -> (O, C/G, K…)."""
    settings = _settings(stride, padding, dilation, groups)
    return apply("conv_weight_grad", x, dy, kernel=tuple(kernel), **settings)[0]


def _settings(stride: Sizes, padding: Pads, dilation: Sizes, groups: Dim) -> dict[str, Any]:
    return {
        "stride": tuple(stride),
        "padding": tuple((low, high) for low, high in padding),
        "dilation": tuple(dilation),
        "groups": groups,
    }


class _Conv(Primitive):
    """y[n, o, p] = Σ_c Σ_k w[o, c, k] * x[n, c, p*stride + k*dilation - low], c within o's group."""

    name = "conv"

    def types(
        self, x: Type, w: Type, *, stride: Sizes, padding: Pads, dilation: Sizes, groups: Dim
    ) -> tuple[Type, ...]:
        _check_channels(x.shape[1], w.shape[1], w.shape[0], groups)
        counts = window_counts(x.shape[2:], w.shape[2:], stride, padding, dilation)
        return (x.with_shape((x.shape[0], w.shape[0], *counts)),)

    def reference(self, x: Array, w: Array, *, groups: int, **settings: Any) -> tuple[Array, ...]:
        seen = _windows(x, w.shape[2:], **settings)  # (N, C, K…, P…)
        counts, filters = seen.shape[w.ndim :], _grouped(w, groups)
        y = np.empty((len(x), *filters.shape[:2], prod(counts)), x.dtype)
        for part in _blocks(seen):
            columns = seen[part].reshape(-1, groups, filters.shape[2], prod(counts))  # (N, G, CK, P)
            np.matmul(filters, columns, out=y[part])  # (G, O, CK) · (N, G, CK, P)
        return (y.reshape(len(x), len(w), *counts),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        x, w = step.inputs
        return (
            conv_input_grad(dy, w, x.shape[2:], **step.settings),
            conv_weight_grad(x, dy, w.shape[2:], **step.settings),
        )

    def macs(self, x: Type, w: Type, **settings: Any) -> Dim:
        (y,) = self.types(x, w, **settings)
        return product(y.shape) * product(w.shape[1:])


class _ConvInputGrad(Primitive):
    """dx[n, c, i] = Σ_o Σ_k w[o, c, k] * dy[n, o, p] over the p with p*stride + k*dilation - low = i."""

    name = "conv_input_grad"

    def types(
        self, dy: Type, w: Type, *, size: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, groups: Dim
    ) -> tuple[Type, ...]:
        if not agree(dy.shape[1], w.shape[0]):
            raise ShapeError(
                None,
                tr(
                    "expected {shape} channels, got {shape2}",
                    shape=text(w.shape[0]),
                    shape2=text(dy.shape[1]),
                ),
            )
        channels = w.shape[1] * groups
        _check_channels(channels, w.shape[1], w.shape[0], groups)
        counts = window_counts(size, w.shape[2:], stride, padding, dilation)
        assert all(agree(a, b) for a, b in zip(counts, dy.shape[2:], strict=True)), (counts, dy.shape)
        return (dy.with_shape((dy.shape[0], channels, *size)),)

    def reference(
        self,
        dy: Array,
        w: Array,
        *,
        size: Sequence[int],
        stride: Sequence[int],
        padding: Sequence[tuple[int, int]],
        dilation: Sequence[int],
        groups: int,
    ) -> tuple[Array, ...]:
        batch, kernel, counts = len(dy), w.shape[2:], dy.shape[2:]
        turned = _grouped(w, groups).transpose(0, 2, 1)  # (G, CK, O)
        passed = dy.reshape(batch, groups, len(w) // groups, prod(counts))  # (N, G, O, P)
        padded = [low + n + high for n, (low, high) in zip(size, padding, strict=True)]
        dx = np.zeros((batch, w.shape[1] * groups, *padded), dy.dtype)
        steps = list(taps(kernel, stride, dilation, counts))
        for part in _blocks_of(batch, groups * turned.shape[1] * prod(counts)):
            columns = (turned @ passed[part]).reshape(-1, dx.shape[1], *kernel, *counts)  # (N, C, K…, P…)
            for tap, seen in steps:
                dx[part][seen] += columns[tap]
        return (np.ascontiguousarray(dx[unpadded(size, [low for low, _ in padding])]),)

    def backward(self, step: Step, g: Ref) -> Sequence[Ref | None]:
        dy, w = step.inputs
        settings = {name: value for name, value in step.settings.items() if name != "size"}
        return conv(g, w, **settings), conv_weight_grad(g, dy, w.shape[2:], **settings)

    def macs(self, dy: Type, w: Type, **settings: Any) -> Dim:
        return product(dy.shape) * product(w.shape[1:])


class _ConvWeightGrad(Primitive):
    """dw[o, c, k] = Σ_n Σ_p dy[n, o, p] * x[n, c, p*stride + k*dilation - low]."""

    name = "conv_weight_grad"

    def types(
        self, x: Type, dy: Type, *, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, groups: Dim
    ) -> tuple[Type, ...]:
        return (x.with_shape((dy.shape[1], x.shape[1] // groups, *kernel)),)

    def reference(
        self, x: Array, dy: Array, *, kernel: Sequence[int], groups: int, **settings: Any
    ) -> tuple[Array, ...]:
        shape = (dy.shape[1], x.shape[1] // groups, *kernel)
        dw = np.zeros((groups, dy.shape[1] // groups, prod(shape[1:])), x.dtype)  # (G, O, CK)
        seen = _windows(x, kernel, **settings)  # (N, C, K…, P…)
        for part in _blocks(seen):
            columns = np.moveaxis(seen[part], 0, len(kernel) + 1)  # (C, K…, N, P…)
            columns = columns.reshape(groups, dw.shape[2], -1)  # (G, CK, NP)
            passed = np.moveaxis(dy[part], 0, 1).reshape(*dw.shape[:2], -1)  # (G, O, NP)
            dw += passed @ columns.transpose(0, 2, 1)  # (G, O, NP) · (G, NP, CK)
        return (dw.reshape(shape),)

    def backward(self, step: Step, g: Ref) -> Sequence[Ref | None]:
        x, dy = step.inputs
        settings = {name: value for name, value in step.settings.items() if name != "kernel"}
        return conv_input_grad(dy, g, x.shape[2:], **settings), conv(x, g, **settings)

    def macs(self, x: Type, dy: Type, **settings: Any) -> Dim:
        (dw,) = self.types(x, dy, **settings)
        return product(dy.shape) * product(dw.shape[1:])


def _check_channels(channels: Dim, per_group: Dim, filters: Dim, groups: Dim) -> None:
    if not agree(channels, per_group * groups):
        found = f"filters for {text(per_group * groups)}"
        raise ShapeError(
            None,
            tr("expected {found} channels, got an input of {channels}", found=found, channels=text(channels)),
        )
    if not agree(filters % groups, 0):
        raise ShapeError(
            None,
            tr(
                "{filters} filters cannot be divided into {groups} groups",
                filters=text(filters),
                groups=text(groups),
            ),
        )


def _grouped(w: Array, groups: int) -> Array:
    """(O, C/G, K…) -> (G, O/G, CK)."""
    return w.reshape(groups, w.shape[0] // groups, -1)


def _blocks(seen: Array) -> Iterator[slice]:
    return _blocks_of(len(seen), prod(seen.shape[1:]))


def _blocks_of(batch: int, size: int) -> Iterator[slice]:
    """The batch in parts whose columns have about BLOCK elements, given those of an image."""
    step = max(1, BLOCK // max(size, 1))
    return (slice(start, start + step) for start in range(0, batch, step))


def _windows(
    x: Array,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]],
    dilation: Sequence[int],
) -> Array:
    """What each tap sees in each window, as a view: (N, C, S…) -> (N, C, K…, P…)."""
    padded = np.pad(x, ((0, 0), (0, 0), *padding)) if any(map(any, padding)) else x
    reach = tuple(span(k, d) for k, d in zip(kernel, dilation, strict=True))
    axes = tuple(range(2, x.ndim))
    windows = np.lib.stride_tricks.sliding_window_view(padded, reach, axes)  # (N, C, S…, reach…)
    steps = tuple(slice(None, None, s) for s in (*stride, *dilation))
    seen = windows[(slice(None), slice(None), *steps)]  # (N, C, P…, K…)
    return seen.transpose(0, 1, *range(x.ndim, seen.ndim), *axes)
