"""Transposed and depthwise convolutions, and what repeats or drops pixels, as Keras writes them."""

from collections.abc import Mapping
from typing import Any

from ...layers import deconvolution, depthwise, regularisation, resize
from ...layers.layer import Layer
from ...layers.spelling import Code, Spell, Spelling, code
from ...types import Type
from ..arrangement import permuted
from ..axes import are_numbers, each_axis, short
from ..made import Several
from .activated import fused
from .arrangements import Depthwise
from .spatial import FIRST, biased, border_of, bordered


def _transposed(layer: Any, x: Type) -> Spelling | None:
    """What the filters reach, and a border cut off it; None where more is wanted than that."""
    axes = layer.axes
    names = ("kernel_size", "stride", "padding", "output_padding")
    if not are_numbers(*(getattr(layer, name) for name in names)) or layer.groups != 1:
        return None
    if set(each_axis(layer.dilation, axes)) != {1}:
        return None  # TensorFlow has none on a CPU
    sizes = list(zip(*(each_axis(getattr(layer, name), axes) for name in names), strict=True))
    same = all(more == 0 and k - s == 2 * p and p > 0 for k, s, p, more in sizes)
    cut = tuple((p, max(0, s - k) + p - more) for k, s, p, more in sizes)
    if not same and min(end for _, end in cut) < 0:
        return None
    made = code(
        f"layers.Conv{axes}DTranspose",
        layer.out_channels,
        layer.kernel_size,
        strides=layer.stride,
        padding="same" if same else "valid",
        use_bias=layer.bias,
        defaults={"strides": 1, "padding": "valid", "use_bias": True},
        **FIRST,
    )
    if same or not any(any(pair) for pair in cut):
        return Spelling(construct=made, weights={"weight": "kernel"})
    return _cropped(made, cut)


def _cropped(made: Code, cut: tuple[tuple[int, int], ...]) -> Spelling:
    axes = len(cut)
    if axes == 1:  # Cropping1D has the steps in axis 1
        ((low, high),) = cut
        part = f"[:, :, {low or ''}:{-high if high else ''}]"
        return Spelling(construct=made, apply=f"{{self}}({{x}}){part}", weights={"weight": "kernel"})
    sides = cut if any(low != high for low, high in cut) else short(tuple(low for low, _ in cut))
    crop = Code(f"layers.Cropping{axes}D", (sides,), tuple(FIRST.items()))
    turned = permuted((*range(2, axes + 2), 1, 0))
    whole = Code("keras.Sequential", (Several((made, crop)),))
    return Spelling(construct=whole, kept=lambda known: biased(known, "layers.0.", turned))


def _depthwise(layer: Any, x: Type) -> Spelling | None:
    if not are_numbers(layer.dilation, layer.kernel_size, layer.stride) or layer.padding_mode != "zeros":
        return None
    kernel, stride, dilation = (
        each_axis(getattr(layer, name), 2) for name in ("kernel_size", "stride", "dilation")
    )
    if len(set(stride)) > 1 or (max(stride) > 1 and max(dilation) > 1):
        return None  # TensorFlow refuses them
    border, same = border_of(layer, kernel, stride, dilation)
    if border is None:
        return None
    made = code(
        "layers.DepthwiseConv2D",
        layer.kernel_size,
        strides=layer.stride,
        padding="same" if same else "valid",
        depth_multiplier=layer.depth_multiplier,
        dilation_rate=layer.dilation,
        **fused(layer),
        use_bias=layer.bias,
        defaults={
            "strides": 1,
            "padding": "valid",
            "depth_multiplier": 1,
            "dilation_rate": 1,
            "use_bias": True,
        },
        **FIRST,
    )
    inside = "layers.1." if any(border) else ""
    return Spelling(
        construct=bordered(border, made),
        kept=lambda known: biased(known, inside, Depthwise(known.depth_multiplier)),
    )


def _dropped(layer: Any, x: Type) -> Spelling:
    return Spelling(construct=Code(f"layers.SpatialDropout{x.rank - 2}D", (layer.p,), tuple(FIRST.items())))


def _upsample(layer: resize.Upsample, x: Type) -> Spelling | None:
    """Pixels repeated a whole number of times; TensorFlow mixes pixels in float32 whatever they are."""
    if x.rank != 4 or layer.size is not None or layer.mode not in ("nearest", "nearest-exact"):
        return None
    if not are_numbers(layer.scale_factor):
        return None
    return Spelling(construct=code("layers.UpSampling2D", layer.scale_factor, **FIRST))


ENLARGED: Mapping[type[Layer], Spell] = {
    deconvolution.ConvTranspose1d: _transposed,
    deconvolution.ConvTranspose2d: _transposed,
    deconvolution.ConvTranspose3d: _transposed,
    depthwise.DepthwiseConv2d: _depthwise,
    regularisation.Dropout2d: _dropped,
    regularisation.Dropout3d: _dropped,
    resize.Upsample: _upsample,
}
"""By the layer."""
