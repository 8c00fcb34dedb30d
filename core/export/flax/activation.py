"""Fused activations in jax."""

from collections.abc import Mapping

from ...layers.layer import Layer
from ...layers.spelling import Code
from ..form import Activation
from ..made import Word

FUNCTIONS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "relu": ("nn.relu", {}),
    "leaky_relu": ("nn.leaky_relu", {"negative_slope": 0.01}),
    "sigmoid": ("nn.sigmoid", {}),
    "tanh": ("nn.tanh", {}),
    "gelu": ("nn.gelu", {"approximate": False}),
    "silu": ("nn.silu", {}),
    "elu": ("nn.elu", {}),
    "relu6": ("nn.relu6", {}),
    "hardswish": ("nn.hard_swish", {}),
    "softmax": ("nn.softmax", {}),
    "log_softmax": ("nn.log_softmax", {}),
}
"""Each choice as a function with its keywords."""


def activation(layer: Layer) -> Activation | None:
    """The activation that a layer has built in."""
    name = getattr(layer, "activation", "none")
    if name == "none":
        return None
    target, keywords = FUNCTIONS[name]
    told = "".join(f", {key}={value}" for key, value in keywords.items())
    return Activation(apply=f"{target}({{x}}{told})", module=as_function(target, keywords))


def as_function(target: str, keywords: Mapping[str, object]) -> object:
    """What may stand in a chain: the function, with its keywords bound where it has some."""
    return Code("partial", (Word(target),), tuple(keywords.items())) if keywords else Word(target)
