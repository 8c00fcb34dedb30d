"""The `activation` argument in Keras."""

from collections.abc import Mapping
from typing import Any

from ...layers.convolution import Convolution
from ...layers.depthwise import DepthwiseConv2d
from ...layers.layer import Layer
from ...layers.linear import Linear
from ...layers.spelling import Code, code

ACTIVATION_KERAS: Mapping[str, str] = {
    "relu": "ops.relu({x})",
    "leaky_relu": "ops.leaky_relu({x}, negative_slope=0.01)",
    "sigmoid": "ops.sigmoid({x})",
    "tanh": "ops.tanh({x})",
    "gelu": "ops.gelu({x}, approximate=False)",
    "silu": "ops.silu({x})",
    "elu": "ops.elu({x}, alpha=1.0)",
    "relu6": "ops.relu6({x})",
    "hardswish": "ops.hard_silu({x})",
    "softmax": "ops.softmax({x}, axis=-1)",
    "log_softmax": "ops.log_softmax({x}, axis=-1)",
}
"""Each choice as a function in Keras."""

_NAMES: Mapping[str, str] = {name: name for name in ACTIVATION_KERAS} | {"hardswish": "hard_silu"}

ACTIVATION_LAYERS_KERAS: Mapping[str, Code] = {
    "relu": code("layers.ReLU"),
    "leaky_relu": code("layers.LeakyReLU", negative_slope=0.01),
    "elu": code("layers.ELU", alpha=1.0),
    "softmax": code("layers.Softmax"),
    **{
        name: code("layers.Activation", word)
        for name, word in _NAMES.items()
        if name not in ("relu", "leaky_relu", "elu", "softmax")
    },
}
"""Each choice as a layer of its own."""

FUSING: tuple[type[Layer], ...] = (Linear, Convolution, DepthwiseConv2d)
"""Layers whose counterpart takes the activation itself."""


def fused(layer: Any) -> Mapping[str, Any]:
    """The keyword that fuses a layer's activation."""
    if layer.activation == "none":
        return {}
    if layer.activation == "leaky_relu":
        return {"activation": ACTIVATION_LAYERS_KERAS["leaky_relu"]}
    return {"activation": _NAMES[layer.activation]}
