"""The `activation` argument that linear, convolution and normalisation layers share."""

from collections.abc import Callable, Mapping

from .. import ops
from ..ops.primitive import Ref
from .layer import Layer, argument
from .spelling import Code, code

_ACTIVATIONS: Mapping[str, Callable[[Ref], Ref]] = {
    "none": lambda y: y,
    "relu": ops.relu,
    "leaky_relu": lambda y: ops.leaky_relu(y, 0.01),
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "gelu": ops.gelu,
    "silu": ops.silu,
    "elu": lambda y: ops.elu(y, 1.0),
    "relu6": ops.relu6,
    "hardswish": ops.hardswish,
    "softmax": lambda y: ops.softmax(y, -1),
    "log_softmax": lambda y: ops.log_softmax(y, -1),
}

ACTIVATIONS = tuple(_ACTIVATIONS)
"""The choices, `none` first."""

ACTIVATION_LAYERS: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "gelu": ("GELU", {}),
    "silu": ("SiLU", {}),
    "elu": ("ELU", {}),
    "relu6": ("ReLU6", {}),
    "hardswish": ("Hardswish", {}),
    "softmax": ("Softmax", {"dim": -1}),
    "log_softmax": ("LogSoftmax", {"dim": -1}),
}
"""The layer, and its arguments, that does what the choice does."""

ACTIVATION_PYTORCH: Mapping[str, str] = {
    "relu": "F.relu({x})",
    "leaky_relu": "F.leaky_relu({x}, 0.01)",
    "sigmoid": "torch.sigmoid({x})",
    "tanh": "torch.tanh({x})",
    "gelu": "F.gelu({x})",
    "silu": "F.silu({x})",
    "elu": "F.elu({x})",
    "relu6": "F.relu6({x})",
    "hardswish": "F.hardswish({x})",
    "softmax": "F.softmax({x}, dim=-1)",
    "log_softmax": "F.log_softmax({x}, dim=-1)",
}
"""Each choice as a function in PyTorch."""

ACTIVATION_MODULES_PYTORCH: Mapping[str, Code] = {
    "relu": code("nn.ReLU"),
    "leaky_relu": code("nn.LeakyReLU", 0.01),
    "sigmoid": code("nn.Sigmoid"),
    "tanh": code("nn.Tanh"),
    "gelu": code("nn.GELU"),
    "silu": code("nn.SiLU"),
    "elu": code("nn.ELU"),
    "relu6": code("nn.ReLU6"),
    "hardswish": code("nn.Hardswish"),
    "softmax": code("nn.Softmax", dim=-1),
    "log_softmax": code("nn.LogSoftmax", dim=-1),
}
"""Each choice as a module that may stand in a chain in PyTorch."""


def activate(name: str, y: Ref) -> Ref:
    """The activation of that name applied to a layer's result."""
    return _ACTIVATIONS[name](y)


class Activated(Layer, abstract=True):
    """A layer whose result may pass through an activation function."""

    activation: str = argument(
        default="none", choices=ACTIVATIONS, help="A function applied to the result, saving a node of its own"
    )

    def activated(self, y: Ref) -> Ref:
        """The layer's result after its activation."""
        return activate(self.activation, y)
