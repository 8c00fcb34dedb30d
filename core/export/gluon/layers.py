"""How layers are written in Gluon; what is not here is printed from its primitives."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...expression import Expression
from ...layers.layer import Layer
from ...layers.spelling import OPEN, Code, Spelling, code
from ...types import Type, parse_shape
from ..form import Activation
from ..made import Word
from .attention import attention
from .recurrent import recurrent
from .renamed import renamed
from .words import WORDS, Speller

FUSED = ("relu", "sigmoid", "tanh")
"""Activations that nn.Dense and the convolutions take themselves."""

ACTIVATIONS: Mapping[str, str] = {
    "relu": "npx.relu({x})",
    "leaky_relu": "leaky_relu({x}, 0.01)",
    "sigmoid": "npx.sigmoid({x})",
    "tanh": "np.tanh({x})",
    "gelu": "gelu({x})",
    "silu": "silu({x})",
    "elu": "elu({x}, 1.0)",
    "relu6": "relu6({x})",
    "hardswish": "hardswish({x})",
    "softmax": "npx.softmax({x}, axis=-1)",
    "log_softmax": "npx.log_softmax({x}, axis=-1)",
}
"""Each choice of a fused activation as an expression."""


def spelling(layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    """How the layer is written; None where it is printed from its primitives."""
    known = SPELLINGS.get(type(layer).__name__)
    if known is not None:
        return known(layer, types)
    # Called through the class: where PyTorch's spelling is a class of its own, so is this one's.
    words = layer.pytorch(*types)
    if words is None or words.construct is not None or words.registered or words.body or words.pasted:
        return None
    text = renamed(words.apply)
    return None if text is None else function(text)


def activation(layer: Layer) -> Activation | None:
    """The activation that follows a layer, where the layer does not take it itself."""
    name = getattr(layer, "activation", "none")
    if name == "none" or (_takes_activation(layer) and name in FUSED):
        return None
    text = ACTIVATIONS[name]
    module = code("nn.Activation", name) if name in FUSED else _lambda(text)
    return Activation(apply=text, module=module)


def function(text: str, module: Code | None = None) -> Spelling:
    """An expression over `{x}` or other inputs; one over `{x}` alone may stand in a chain, as a `module`."""
    if module is not None:
        return Spelling(apply=text, module=module)
    alone = "{x}" in text and text.replace("{x}", "").count("{") == 0 and OPEN not in text
    return Spelling(apply=text, module=_lambda(text) if alone else None)


def _lambda(text: str) -> Code:
    named = text.removesuffix("({x})")
    plain = named if named.isidentifier() else "lambda x: " + text.replace("{x}", "x")
    return Code("nn.Lambda", (Word(plain),))


def _takes_activation(layer: Layer) -> bool:
    return type(layer).__name__ in ("Linear", "Conv1d", "Conv2d", "Conv3d")


def _fused(layer: Any) -> dict[str, Any]:
    return {"activation": layer.activation} if layer.activation in FUSED else {}


def _linear(layer: Any, types: tuple[Type, ...]) -> Spelling:
    flat = types[0].rank == 2  # as flat as can be
    made = code("nn.Dense", layer.out_features, flatten=flat, defaults={"flatten": True})
    return Spelling(construct=replace(made, keywords=(*made.keywords, *_bias(layer), *_fused(layer).items())))


def _bias(layer: Any) -> tuple[tuple[str, Any], ...]:
    return () if layer.bias is True else (("use_bias", layer.bias),)


def _convolution(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    words = _slid(layer, types)
    if words is None:
        return None
    made = _convolved(f"nn.{type(layer).__name__[:-1]}D", layer, dict(words.keywords))
    return Spelling(construct=replace(made, keywords=(*made.keywords, *_fused(layer).items())))


def _slid(layer: Any, types: tuple[Type, ...]) -> Code | None:
    """The convolution as PyTorch makes it; None where it is padded otherwise than with so many zeros."""
    words = layer.pytorch(*types)
    if words is None or words.construct is None or words.apply:
        return None
    made: Code = words.construct
    settings = dict(made.keywords)
    return None if settings.get("padding_mode") or _is_word(settings.get("padding")) else made


def _is_word(padding: Any) -> bool:
    """Whether it is, or may come to, a word such as `valid`, of which MXNet has none."""
    return isinstance(padding, str) or (isinstance(padding, Expression) and "'" in padding.source)


def _depthwise(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    words = _slid(layer, types)
    if words is None:
        return None
    _, *told = words.positional
    return Spelling(construct=Code("nn.Conv2D", tuple(told), _renamed(dict(words.keywords))))


def _transposed(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    if types[0].rank == 5:
        return None
    settings = dict(layer.pytorch(*types).construct.keywords)
    return Spelling(construct=_convolved(f"nn.Conv{types[0].rank - 2}DTranspose", layer, settings))


CALLED = {
    "stride": "strides",
    "padding": "padding",
    "output_padding": "output_padding",
    "dilation": "dilation",
    "groups": "groups",
    "bias": "use_bias",
}
"""What Gluon calls the settings of a convolution."""


def _convolved(target: str, layer: Any, settings: Mapping[str, Any]) -> Code:
    return Code(target, (layer.out_channels, layer.kernel_size), _renamed(settings))


def _renamed(settings: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((CALLED[key], value) for key, value in settings.items() if key in CALLED)


def _pool(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    if getattr(layer, "dilation", 1) != 1:
        return None
    if getattr(layer, "divided_by", None) is not None:
        return None
    kind = type(layer).__name__
    words = dict(layer.pytorch(*types).construct.keywords)
    if layer.ceil_mode is not False and not _ends_inside(layer, words, types[0].rank - 2):
        return None
    settings = {"strides": words["stride"]}
    if "padding" in words:
        settings["padding"] = words["padding"]
    if "count_include_pad" in words:
        settings["count_include_pad"] = words["count_include_pad"]
    if layer.ceil_mode is not False:
        settings["ceil_mode"] = True
    return Spelling(construct=code(f"nn.{kind[:-1]}D", layer.kernel_size, **settings))


def _ends_inside(layer: Any, words: Mapping[str, Any], axes: int) -> bool:
    """Whether no window can begin behind the last element: MXNet counts those too, where PyTorch does not."""
    settings = (layer.kernel_size, words["stride"], words.get("padding", 0))
    if layer.ceil_mode is not True:
        return False
    sizes = [value if isinstance(value, tuple) else (value,) * axes for value in settings]
    return all(
        all(isinstance(size, int) for size in each) and each[0] >= each[1] + each[2]
        for each in zip(*sizes, strict=True)
    )


def _adaptive(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    sizes = layer.output_size if isinstance(layer.output_size, tuple) else (layer.output_size,)
    if any(type(size) is not int or size != 1 for size in sizes):
        return None
    return Spelling(construct=code(f"nn.GlobalAvgPool{types[0].rank - 2}D"))


def _batch_norm(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    if layer.affine is not True or layer.bias is not True or layer.track_running_stats is not True:
        return None
    rate = layer.momentum
    if isinstance(rate, Expression):
        momentum: Any = Expression(f"1 - ({rate.source})")
    elif isinstance(rate, int | float):
        momentum = round(1 - rate, 12)
    else:
        return None
    made = code("nn.BatchNorm", momentum=momentum, epsilon=layer.eps)
    return Spelling(construct=made, weights={"weight": "gamma", "bias": "beta"})


def _layer_norm(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    if layer.normalized_axes != 1 or layer.elementwise_affine is not True or layer.bias is not True:
        return None
    made = code("nn.LayerNorm", epsilon=layer.eps)
    return Spelling(construct=made, weights={"weight": "gamma", "bias": "beta"})


def _embedding(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    if layer.padding_idx is not None:
        return None
    return Spelling(construct=code("nn.Embedding", layer.num_embeddings, layer.embedding_dim))


def _dropout(layer: Any, types: tuple[Type, ...]) -> Spelling:
    return Spelling(construct=code("nn.Dropout", layer.p))


def _flatten(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    if layer.start_dim != 1 or layer.end_dim not in (-1, types[0].rank - 1):
        return None
    return Spelling(construct=code("nn.Flatten"))


def _relu(layer: Any, types: tuple[Type, ...]) -> Spelling:
    return Spelling(apply="npx.relu({x})", module=code("nn.Activation", "relu"))


def _sigmoid(layer: Any, types: tuple[Type, ...]) -> Spelling:
    return Spelling(apply="npx.sigmoid({x})", module=code("nn.Activation", "sigmoid"))


def _tanh(layer: Any, types: tuple[Type, ...]) -> Spelling:
    return Spelling(apply="np.tanh({x})", module=code("nn.Activation", "tanh"))


def _leaky_relu(layer: Any, types: tuple[Type, ...]) -> Spelling:
    """nn.LeakyReLU takes no slope below 0."""
    slope = layer.negative_slope
    plain = isinstance(slope, float) and slope >= 0
    return function(f"leaky_relu({{x}}, {slope})", code("nn.LeakyReLU", slope) if plain else None)


def _gelu(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    """nn.GELU reckons with constants of float32, which are wrong by 6e-8."""
    names = {"none": "gelu", "tanh": "gelu_tanh"}
    return function(f"{names[layer.approximate]}({{x}})") if layer.approximate in names else None


def _constant(layer: Any, types: tuple[Type, ...]) -> Spelling:
    first = code("self.params.get_constant", _first_value(layer))
    return Spelling(apply="{self}.data()", buffers={"value": first})


def _parameter(layer: Any, types: tuple[Type, ...]) -> Spelling:
    plain = {
        "zeros": code("mx.init.Zero"),
        "ones": code("mx.init.One"),
        "normal": code("mx.init.Normal", 1.0),
    }
    first = plain.get(layer.initial) or code("mx.init.Constant", _first_value(layer))
    made = code("self.params.get", shape=parse_shape(layer.shape), init=first)
    return Spelling(apply="{self}.data()", parameters={"value": made})


def _first_value(layer: Any) -> Code:
    shape = parse_shape(layer.shape)
    match layer.initial:
        case "zeros" | "ones":
            return code(f"np.{layer.initial}", shape)
        case "uniform":
            return code("np.random.uniform", 0, 1, shape)
        case "normal":
            return code("np.random.normal", 0, 1, shape)
    return code("np.full", shape, layer.fill)


def _where(layer: Any, types: tuple[Type, ...]) -> Spelling:
    truth = "{condition}" if types[0].dtype == "bool" else "{condition} != 0"
    return Spelling(apply=f"np.where({truth}, {{a}}, {{b}})")


def _positions(layer: Any, types: tuple[Type, ...]) -> Spelling:
    x = types[0]
    first = code("self.params.get_constant", code("sinusoids", layer.max_len, x.shape[-1]))
    apply = f"{{x}} + {{self}}.data()[:{{x}}.shape[{x.rank - 2}]]"
    return Spelling(apply=apply, buffers={"table": first})


def _learned_positions(layer: Any, types: tuple[Type, ...]) -> Spelling:
    made = code("nn.Embedding", layer.max_len, types[0].shape[-1])
    apply = f"{{x}} + {{self}}.weight.data()[: {{x}}.shape[{types[0].rank - 2}]]"
    return Spelling(construct=made, apply=apply)


def _python(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    words: Spelling | None = layer.pytorch(*types)
    return words and replace(words, apply=words.apply.replace("{pasted}.apply(", "{pasted}()("))


SPELLINGS: Mapping[str, Speller] = {
    **WORDS,
    "Linear": _linear,
    **dict.fromkeys(("Conv1d", "Conv2d", "Conv3d"), _convolution),
    "DepthwiseConv2d": _depthwise,
    **dict.fromkeys(("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"), _transposed),
    **dict.fromkeys(("MaxPool1d", "MaxPool2d", "MaxPool3d"), _pool),
    **dict.fromkeys(("AvgPool1d", "AvgPool2d", "AvgPool3d"), _pool),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"), _batch_norm),
    **dict.fromkeys(("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"), _adaptive),
    "LayerNorm": _layer_norm,
    "ReLU6": lambda layer, types: function("relu6({x})"),
    "Embedding": _embedding,
    "Dropout": _dropout,
    "Flatten": _flatten,
    "ReLU": _relu,
    "Sigmoid": _sigmoid,
    "Tanh": _tanh,
    "Constant": _constant,
    "Parameter": _parameter,
    **dict.fromkeys(("LSTM", "GRU", "RNN"), recurrent),
    "MultiheadAttention": attention,
    "Where": _where,
    "LeakyReLU": _leaky_relu,
    "SiLU": lambda layer, types: function("silu({x})", code("nn.Swish")),
    "Identity": lambda layer, types: function("{x}", code("contrib.nn.Identity")),
    "GELU": _gelu,
    "PositionalEncoding": _positions,
    "PythonLayer": _python,
    "LearnedPositions": _learned_positions,
}
"""The layers that Gluon has words of its own for, by their kinds."""
