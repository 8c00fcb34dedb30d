"""How layers are spelled in Flax, each on its own: images come and go with channels first, as in the drawing.

The turns between layers are taken out where a network is laid out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...layers.layer import Layer
from ...layers.spelling import Code, Spell, Spelling, code
from ...types import Type
from ..axes import each_axis
from ..made import Word
from .activation import as_function
from .composed import first_values
from .expressions import EXPRESSIONS, as_module, one_way
from .losses import (
    absolute,
    binary,
    cross_entropy,
    huber,
    likelihood,
    scaled_attention,
    smooth,
    squared,
)
from .rewritten import NOT_TRAINING
from .sequences import attention, recurrent
from .spatial import (
    LAST,
    SCALE,
    WEIGHT,
    conv,
    conv_transpose,
    depthwise,
    instance_norm,
    upsample,
)
from .translated import translated


def spelling(layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    """The layer in Flax; None where it is printed from its primitives."""
    spell = SPELLINGS.get(type(layer).__name__)
    return _as_in_pytorch(layer, types) if spell is None else spell(layer, *types)


def _as_in_pytorch(layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    """The expression that PyTorch has, under jax's names, where the layer keeps nothing."""
    found = layer.pytorch(*types)
    if found is None or found.construct is not None or found.registered or found.body:
        return None
    if found.pasted is not None:
        return replace(found, apply=found.apply.replace("{pasted}.apply(", "{pasted}("))
    text = translated(found.apply)
    if text is None:
        return None
    return Spelling(apply=text, module=_as_module(text))


def _as_module(text: str) -> Word | None:
    """A function that may stand in a chain; None for one of several inputs, or that reads an argument."""
    alone = set(PLACES.findall(text)) == {"x"} and "\ue000" not in text
    return as_module(text) if alone else None


PLACES = re.compile(r"\{(\w+)\}")
"""Where an input goes in a template."""


def _linear(layer: Any, x: Type) -> Spelling:
    made = code("nn.Dense", layer.out_features, use_bias=layer.bias, defaults={"use_bias": True})
    return Spelling(construct=made, weights=WEIGHT)


def _embedding(layer: Any, x: Type) -> Spelling | None:
    if layer.padding_idx is not None:
        return None
    made = code("nn.Embed", layer.num_embeddings, layer.embedding_dim)
    return Spelling(construct=made, weights={"weight": "embedding"})


def _batch_norm(layer: Any, x: Type) -> Spelling | None:
    if layer.track_running_stats is not True or not isinstance(layer.momentum, float | int):
        return None
    made = code(
        "nn.BatchNorm",
        use_running_average=NOT_TRAINING,
        momentum=round(1 - layer.momentum, 12),
        epsilon=layer.eps,
        use_bias=layer.bias if layer.affine is True else layer.affine,
        use_scale=layer.affine,
        use_fast_variance=False,
        defaults={"use_bias": True, "use_scale": True},
    )
    if x.rank == 2:
        return Spelling(construct=made, weights=SCALE)
    module = replace(made, keywords=(("axis", 1), *made.keywords))
    return Spelling(construct=made, apply=LAST, module=module, weights=SCALE)


def _last_axes(count: int) -> dict[str, Any]:
    axes = tuple(range(-count, 0))
    return {} if count == 1 else {"reduction_axes": axes, "feature_axes": axes}


def _layer_norm(layer: Any, x: Type) -> Spelling | None:
    affine: Any = layer.elementwise_affine
    if not isinstance(layer.normalized_axes, int) or not isinstance(affine, bool):
        return None
    made = code(
        "nn.LayerNorm",
        epsilon=layer.eps,
        use_scale=affine,
        use_bias=affine and layer.bias,
        **_last_axes(layer.normalized_axes),
        use_fast_variance=False,
        defaults={"use_bias": True, "use_scale": True},
    )
    return Spelling(construct=made, weights=SCALE)


def _rms_norm(layer: Any, x: Type) -> Spelling | None:
    if not isinstance(layer.normalized_axes, int):
        return None
    made = code(
        "nn.RMSNorm",
        epsilon=layer.added,
        use_scale=layer.elementwise_affine,
        **_last_axes(layer.normalized_axes),
        defaults={"use_scale": True},
    )
    return Spelling(construct=made, weights=SCALE)


def _group_norm(layer: Any, x: Type) -> Spelling:
    made = code(
        "nn.GroupNorm",
        layer.num_groups,
        epsilon=layer.eps,
        use_bias=layer.bias if layer.affine is True else layer.affine,
        use_scale=layer.affine,
        use_fast_variance=False,
        defaults={"use_bias": True, "use_scale": True},
    )
    module = replace(made, target="GroupNormChannelsFirst")
    return Spelling(construct=made, apply=LAST, module=module, weights=SCALE)


def _dropout(layer: Any, x: Type) -> Spelling:
    return Spelling(construct=code("nn.Dropout", layer.p, deterministic=NOT_TRAINING))


def _dropout_channels(layer: Any, x: Type) -> Spelling:
    made, module = (
        code(
            "nn.Dropout", layer.p, broadcast_dims=tuple(range(first, first + x.rank - 2)),
            deterministic=NOT_TRAINING,
        )
        for first in (1, 2)
    )  # fmt: skip
    return Spelling(construct=made, apply=LAST, module=module)


def _listed(values: Sequence[Any]) -> str:
    return f"({', '.join(map(str, values))}{',' if len(values) == 1 else ''})"


def _ceiled(layer: Any, axes: int) -> Spelling | None:
    """Max pooling whose last windows may reach beyond the border."""
    if layer.dilation not in (1, (1,) * axes):
        return None
    kernel = each_axis(layer.kernel_size, axes)
    stride = kernel if layer.stride is None else each_axis(layer.stride, axes)
    told = ", ".join(_listed(sizes) for sizes in (kernel, stride, each_axis(layer.padding, axes)))
    text = f"jnp.moveaxis(max_pool_ceil(jnp.moveaxis({{x}}, 1, -1), {told}), -1, 1)"
    return Spelling(apply=text, module=_as_module(text))


def _pool(layer: Any, x: Type) -> Spelling | None:
    axes, name = x.rank - 2, type(layer).__name__
    if layer.ceil_mode is True and name.startswith("Max"):
        return _ceiled(layer, axes)
    if layer.ceil_mode is not False or getattr(layer, "dilation", 1) not in (1, (1,) * axes):
        return None
    if getattr(layer, "divided_by", None) is not None:
        return None
    kernel = each_axis(layer.kernel_size, axes)
    stride = kernel if layer.stride is None else each_axis(layer.stride, axes)
    told = f"{_listed(kernel)}, strides={_listed(stride)}"
    padding = each_axis(layer.padding, axes)
    if any(side != 0 for side in padding):
        told += f", padding={_listed([_listed((side, side)) for side in padding])}"
        if name.startswith("Avg") and layer.count_include_pad is not True:
            told += f", count_include_pad={layer.count_include_pad}"
    function = "nn.max_pool" if name.startswith("Max") else "nn.avg_pool"
    text = f"jnp.moveaxis({function}(jnp.moveaxis({{x}}, 1, -1), {told}), -1, 1)"
    return Spelling(apply=text, module=_as_module(text))


def _flatten(layer: Any, x: Type) -> Spelling | None:
    start, end = layer.start_dim, layer.end_dim
    if type(start) is not int or type(end) is not int:
        return None
    if (start, end) not in ((1, -1), (1, x.rank - 1)):
        stop = "" if end in (-1, x.rank - 1) else f", {end % x.rank + 1}"
        return one_way(f"jax.lax.collapse({{x}}, {start % x.rank}{stop})")
    return Spelling(apply="{x}.reshape({x}.shape[0], -1)", module=Word("lambda x: x.reshape(x.shape[0], -1)"))


def _identity(layer: Any, x: Type) -> Spelling:
    return Spelling(apply="{x}", module=Word("lambda x: x"))


def _function(target: str, keyword: str = "", argument: str = "") -> Spell:
    """A function of one input, with one keyword that is told."""

    def spell(layer: Any, x: Type) -> Spelling:
        if not keyword:
            return Spelling(apply=f"{target}({{x}})", module=Word(target))
        value = getattr(layer, argument)
        return Spelling(
            apply=f"{target}({{x}}, {keyword}={value})", module=as_function(target, {keyword: value})
        )

    return spell


def _gelu(layer: Any, x: Type) -> Spelling:
    is_tanh = layer.approximate == "tanh"
    return Spelling(
        apply=f"nn.gelu({{x}}, approximate={is_tanh})",
        module=as_function("nn.gelu", {"approximate": is_tanh}),
    )


def _kept(layer: Any) -> Spelling:
    """A tensor that the class makes itself."""
    tensors = {**layer.parameters(), **layer.buffers()}
    first = {name: Code(first_values(one), (one.shape,)) for name, one in tensors.items()}
    if layer.parameters():
        return Spelling(apply="{self}", parameters=first)
    return Spelling(apply="{self}", buffers=first)


SPELLINGS: Mapping[str, Spell] = {
    "Linear": _linear,
    "Embedding": _embedding,
    **dict.fromkeys(("Conv1d", "Conv2d", "Conv3d"), conv),
    **dict.fromkeys(("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"), conv_transpose),
    "DepthwiseConv2d": depthwise,
    **dict.fromkeys(("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"), instance_norm),
    "Upsample": upsample,
    "MSELoss": squared,
    "L1Loss": absolute,
    "HuberLoss": huber,
    "SmoothL1Loss": smooth,
    "BCEWithLogitsLoss": binary,
    "CrossEntropyLoss": cross_entropy,
    "NLLLoss": likelihood,
    "ScaledDotProductAttention": scaled_attention,
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"), _batch_norm),
    "LayerNorm": _layer_norm,
    "RMSNorm": _rms_norm,
    "GroupNorm": _group_norm,
    "Dropout": _dropout,
    **dict.fromkeys(("Dropout1d", "Dropout2d", "Dropout3d"), _dropout_channels),
    **dict.fromkeys([f"{kind}Pool{n}d" for kind in ("Max", "Avg") for n in (1, 2, 3)], _pool),
    **EXPRESSIONS,
    "Flatten": _flatten,
    "Identity": _identity,
    "ReLU": _function("nn.relu"),
    "Sigmoid": _function("nn.sigmoid"),
    "Tanh": _function("nn.tanh"),
    "SiLU": _function("nn.silu"),
    "ReLU6": _function("nn.relu6"),
    "Hardswish": _function("nn.hard_swish"),
    "Hardsigmoid": _function("nn.hard_sigmoid"),
    "SELU": _function("nn.selu"),
    "Softsign": _function("nn.soft_sign"),
    "Mish": _function("jax.nn.mish"),
    "GELU": _gelu,
    "LeakyReLU": _function("nn.leaky_relu", "negative_slope", "negative_slope"),
    "ELU": _function("nn.elu", "alpha", "alpha"),
    "Softmax": _function("nn.softmax", "axis", "dim"),
    "LogSoftmax": _function("nn.log_softmax", "axis", "dim"),
    "Constant": _kept,
    "Parameter": _kept,
    **dict.fromkeys(("LSTM", "GRU", "RNN"), recurrent),
    "MultiheadAttention": attention,
}
"""The spelling of each layer by its name; what is missing is PyTorch's expression or primitives."""
