"""How layers with channels are spelled in Flax: convolutions, norms of places, and what enlarges images."""

from dataclasses import replace
from typing import Any

from ...layers.spelling import Spelling, code
from ...types import Type
from ..axes import are_numbers, each_axis, is_list, short

LAST = "jnp.moveaxis({self}(jnp.moveaxis({x}, 1, -1)), -1, 1)"
"""A layer that has channels last, called on what has them first."""

WEIGHT = {"weight": "kernel"}
"""What linen calls the weight of a layer that multiplies."""

SCALE = {"weight": "scale", "running_mean": "mean", "running_var": "var"}
"""What linen calls the tensors of a norm."""

PADDING = {"same": "SAME", "same_upper": "SAME", "valid": "VALID"}
"""Words for padding; the odd element of SAME stands behind, as that of both others does."""


def convolution(layer: Any, axes: int, out_channels: Any, groups: Any) -> Spelling | None:
    """nn.Conv; None where the border is made of something else than zeros."""
    word = isinstance(layer.padding, str)
    if layer.padding_mode != "zeros" or (word and layer.padding not in PADDING):
        return None
    padding: Any = PADDING[layer.padding] if word else _shortly(layer.padding, axes)
    padding = "VALID" if type(padding) is int and padding == 0 else padding
    made = code(
        "nn.Conv",
        out_channels,
        layer.kernel_size if is_list(layer.kernel_size) else each_axis(layer.kernel_size, axes),
        strides=_shortly(layer.stride, axes),
        padding=padding,
        kernel_dilation=_shortly(layer.dilation, axes),
        feature_group_count=groups,
        use_bias=layer.bias,
        defaults={"strides": 1, "kernel_dilation": 1, "feature_group_count": 1, "use_bias": True},
    )
    module = replace(made, target="ConvChannelsFirst")
    return Spelling(construct=made, apply=LAST, module=module, weights=WEIGHT)


def _shortly(value: Any, axes: int) -> Any:
    """A setting that linen takes as one value or several."""
    return value if is_list(value) else short(each_axis(value, axes))


def conv(layer: Any, x: Type) -> Spelling | None:
    """Conv1d, Conv2d, Conv3d."""
    return convolution(layer, x.rank - 2, layer.out_channels, layer.groups)


def depthwise(layer: Any, x: Type) -> Spelling | None:
    """A group for each channel; None where the number of channels is an expression."""
    if not isinstance(layer.depth_multiplier, int):
        return None
    channels = x.shape[1]
    return convolution(layer, 2, channels * layer.depth_multiplier, channels)


def conv_transpose(layer: Any, x: Type) -> Spelling | None:
    """nn.ConvTranspose with the padding of what is spread out; None with groups, or sizes not known here.

    With transpose_kernel its kernel is that of the convolution whose backward it is, as it is here.
    """
    axes = x.rank - 2
    names = ("kernel_size", "padding", "output_padding", "dilation")
    sizes = [each_axis(getattr(layer, name), axes) for name in names]
    if layer.groups != 1 or not are_numbers(*sizes):
        return None
    reach = [(d * (k - 1) - p, more) for k, p, more, d in zip(*sizes, strict=True)]
    made = code(
        "nn.ConvTranspose",
        layer.out_channels,
        sizes[0],
        strides=each_axis(layer.stride, axes),
        padding=tuple((low, low + more) for low, more in reach),
        kernel_dilation=sizes[3],
        use_bias=layer.bias,
        transpose_kernel=True,
        defaults={"strides": (1,) * axes, "kernel_dilation": (1,) * axes, "use_bias": True},
    )
    module = replace(made, target="ConvTransposeChannelsFirst")
    return Spelling(construct=made, apply=LAST, module=module, weights=WEIGHT)


def instance_norm(layer: Any, x: Type) -> Spelling | None:
    """nn.InstanceNorm; None where running averages are kept."""
    if (
        layer.track_running_stats is not False
        or not isinstance(layer.affine, bool)
        or not isinstance(layer.bias, bool)
    ):
        return None
    made = code(
        "nn.InstanceNorm",
        epsilon=layer.eps,
        use_bias=layer.bias and layer.affine,
        use_scale=layer.affine,
        use_fast_variance=False,
        defaults={"use_bias": True, "use_scale": True},
    )
    module = replace(made, target="InstanceNormChannelsFirst")
    return Spelling(construct=made, apply=LAST, module=module, weights=SCALE)


def upsample(layer: Any, x: Type) -> Spelling | None:
    """The nearest pixels, so many times each; None where it is no whole number of times."""
    factors = each_axis(layer.scale_factor, x.rank - 2)
    if layer.size is not None or layer.mode != "nearest" or not are_numbers(factors):
        return None
    text = "jnp.moveaxis({x}, 1, -1)"
    for axis, factor in enumerate(factors, 1):
        text = f"jnp.repeat({text}, {factor}, axis={axis})"
    return Spelling(apply=f"jnp.moveaxis({text}, -1, 1)")
