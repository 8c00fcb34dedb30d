"""Convolutions, pools and what else is for images as Keras writes them, channels first as they are drawn."""

from collections.abc import Mapping
from typing import Any

from ...layers import convolution, pooling, pooling_whole
from ...layers.layer import Layer
from ...layers.spelling import Code, Spell, Spelling, Stored, code
from ...types import Type
from ..arrangement import Arrangement, Same, permuted
from ..axes import are_numbers, each_axis, short
from ..made import Several
from .activated import fused

FIRST: Mapping[str, Any] = {"data_format": "channels_first"}
"""What tells a layer that channels stand before the places, where Keras would have them last."""


def _conv(layer: Any, x: Type) -> Spelling | None:
    axes = layer.axes
    if not are_numbers(layer.dilation, layer.kernel_size) or layer.padding_mode != "zeros":
        return None
    dilation = each_axis(layer.dilation, axes)
    # A stride that is worked out when the layer is made may be any.
    stride = each_axis(layer.stride, axes) if are_numbers(layer.stride) else (2,) * axes
    if max(stride) > 1 and max(dilation) > 1:
        return None  # Keras refuses both at once
    kernel = each_axis(layer.kernel_size, axes)
    border, same = border_of(layer, kernel, stride, dilation)
    if border is None:
        return None
    settings = {
        "strides": layer.stride,
        "padding": "same" if same else "valid",
        "dilation_rate": layer.dilation,
        "groups": layer.groups,
        "use_bias": layer.bias,
    }
    defaults = {"strides": 1, "padding": "valid", "dilation_rate": 1, "groups": 1, "use_bias": True}
    made = code(
        f"layers.Conv{axes}D",
        layer.out_channels,
        layer.kernel_size,
        defaults=defaults,
        **fused(layer),
        **settings,
        **FIRST,
    )
    return _bordered(border, made)


def border_of(
    layer: Any, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[Any, bool]:
    """The border that a layer of its own adds, and whether Keras's "same" is what is meant."""
    none = (0,) * len(kernel)
    if layer.padding in ("same_upper", "same"):
        even = any(d * (k - 1) % 2 for k, d in zip(kernel, dilation, strict=True))
        return (None, False) if layer.padding == "same" and even and max(stride) > 1 else (none, True)
    if layer.padding == "valid":
        return none, False
    if not are_numbers(layer.padding):
        return None, False
    padding = each_axis(layer.padding, len(kernel))
    halves = tuple(d * (k - 1) / 2 for k, d in zip(kernel, dilation, strict=True))
    if max(stride) == 1 and padding == halves and max(padding) > 0:
        return none, True
    return padding, False


def _bordered(border: tuple[int, ...], made: Code) -> Spelling:
    if not any(border):
        return Spelling(construct=made, weights={"weight": "kernel"})
    inside, turned = "layers.1.", permuted((*range(2, len(border) + 2), 1, 0))
    return Spelling(construct=bordered(border, made), kept=lambda known: biased(known, inside, turned))


def biased(layer: Any, inside: str, how: Arrangement) -> tuple[Stored, ...]:
    """The filters that a convolution keeps so below a path, and its bias, if it has one."""
    kernel = Stored(f"{inside}kernel", ("weight",), how)
    return (kernel, Stored(f"{inside}bias", ("bias",), Same())) if layer.bias else (kernel,)


def bordered(border: tuple[int, ...], made: Code) -> Code:
    """A convolution with a layer before it that adds zeros, if any."""
    if not any(border):
        return made
    around = Code(f"layers.ZeroPadding{len(border)}D", (short(border),), tuple(FIRST.items()))
    return Code("keras.Sequential", (Several((around, made)),))


def _max_pool(layer: Any, x: Type) -> Spelling | None:
    plain = layer.dilation == 1 and layer.ceil_mode is False
    return _pool("MaxPooling", layer, ', constant_values=float("-inf")') if plain else None


def _avg_pool(layer: Any, x: Type) -> Spelling | None:
    counts = layer.padding == 0 or layer.count_include_pad is True
    plain = counts and layer.ceil_mode is False and layer.divided_by is None
    return _pool("AveragePooling", layer, "") if plain else None


def _both_sides(padding: Any, axes: int) -> str | None:
    """What `ops.pad` is told for as many numbers on both sides; None where these are expressions."""
    if not are_numbers(padding):
        return None
    return f"({', '.join(str((size, size)) for size in (0, 0, *each_axis(padding, axes)))})"


def _pool(name: str, layer: Any, value: str) -> Spelling | None:
    """A pool; a padded one is of what `ops.pad` makes, since Keras pads by words alone."""
    stride = layer.kernel_size if layer.stride is None else layer.stride
    made = code(
        f"layers.{name}{layer.axes}D",
        layer.kernel_size,
        strides=stride,
        defaults={"strides": layer.kernel_size},
        **FIRST,
    )
    if layer.padding == 0:
        return Spelling(construct=made)
    border = _both_sides(layer.padding, layer.axes)
    if border is None or layer.axes == 3:  # not every backend pads volumes so
        return None
    return Spelling(construct=made, apply=f"{{self}}(ops.pad({{x}}, {border}{value}))")


def _global(name: str) -> Spell:
    def spell(layer: Any, x: Type) -> Spelling | None:
        if not isinstance(layer.keepdim, bool):
            return None
        kept = code(
            f"layers.{name}{x.rank - 2}D", keepdims=layer.keepdim, defaults={"keepdims": False}, **FIRST
        )
        return Spelling(construct=kept)

    return spell


def _adaptive(name: str) -> Spell:
    def spell(layer: Any, x: Type) -> Spelling | None:
        if not are_numbers(layer.output_size):
            return None
        axes = x.rank - 2
        if set(each_axis(layer.output_size, 1)) == {1}:
            return Spelling(construct=code(f"layers.Global{name}Pooling{axes}D", keepdims=True, **FIRST))
        if axes == 3:
            return None  # TensorFlow has no pools of volumes in float64, so that nothing could prove them
        return Spelling(construct=code(f"layers.Adaptive{name}Pooling{axes}D", layer.output_size, **FIRST))

    return spell


SPATIAL: Mapping[type[Layer], Spell] = {
    convolution.Conv1d: _conv,
    convolution.Conv2d: _conv,
    convolution.Conv3d: _conv,
    pooling.MaxPool1d: _max_pool,
    pooling.MaxPool2d: _max_pool,
    pooling.MaxPool3d: _max_pool,
    pooling.AvgPool1d: _avg_pool,
    pooling.AvgPool2d: _avg_pool,
    pooling.AvgPool3d: _avg_pool,
    pooling_whole.GlobalAvgPool1d: _global("GlobalAveragePooling"),
    pooling_whole.GlobalAvgPool2d: _global("GlobalAveragePooling"),
    pooling_whole.GlobalAvgPool3d: _global("GlobalAveragePooling"),
    pooling_whole.AdaptiveAvgPool1d: _adaptive("Average"),
    pooling_whole.AdaptiveAvgPool2d: _adaptive("Average"),
    pooling_whole.AdaptiveAvgPool3d: _adaptive("Average"),
    pooling_whole.AdaptiveMaxPool1d: _adaptive("Max"),
    pooling_whole.AdaptiveMaxPool2d: _adaptive("Max"),
    pooling_whole.AdaptiveMaxPool3d: _adaptive("Max"),
    pooling_whole.GlobalMaxPool1d: _global("GlobalMaxPooling"),
    pooling_whole.GlobalMaxPool2d: _global("GlobalMaxPooling"),
    pooling_whole.GlobalMaxPool3d: _global("GlobalMaxPooling"),
}
"""By the layer."""
