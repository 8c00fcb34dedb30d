"""Layers that are one expression in Gluon, or one layer of its own beside those of layers.py."""

from collections.abc import Callable, Mapping
from typing import Any

from ...layers.class_loss import CrossEntropyLoss
from ...layers.spelling import Code, Spelling, code
from ...types import Type
from ..applied import with_arguments
from ..cut import equal_parts, split_ends
from ..reshaped import expanded, unflattened

Speller = Callable[[Any, tuple[Type, ...]], Spelling | None]
"""A layer with its arguments as the user wrote them, and the types of its inputs."""

APPLIED: Mapping[str, str] = {
    "ELU": "elu({x}, <alpha>)",
    "Hardsigmoid": "relu6({x} + 3) / 6",
    "LogSigmoid": '-npx.activation(-{x}, act_type="softrelu")',
    "Mish": '{x} * np.tanh(npx.activation({x}, act_type="softrelu"))',
    "Negative": "-{x}",
    "OneHot": "npx.one_hot({x}, <num_classes>)",
    "Reciprocal": "1 / {x}",
    "RepeatInterleave": "np.repeat({x}, <repeats>, axis=<dim>)",
    "Rsqrt": "1 / np.sqrt({x})",
    "SELU": "1.0507009873554805 * elu({x}, 1.6732632423543772)",
    "Sign": "np.sign({x})",
    "Softmin": "npx.softmax(-{x}, axis=<dim>)",
    "Softshrink": "{x} - np.clip({x}, -<lambd>, <lambd>)",
    "Softsign": 'npx.activation({x}, act_type="softsign")',
    "Square": "np.square({x})",
    "Squeeze": "{x}.squeeze(<dim>)",
    "Stack": "np.stack([{xs}], axis=<dim>)",
    "Tanhshrink": "{x} - np.tanh({x})",
    "Tile": "np.tile({x}, <dims>)",
    "Unsqueeze": "np.expand_dims({x}, <dim>)",
}
"""Expressions over inputs and `<arguments>`. nn.SELU is left out: its gradient below 0 is wrong in 1.9.1."""


def applied(template: str, module: Callable[[Any], Code] | None = None) -> Speller:
    """An expression in the layer's arguments; `module` is what may stand in a chain."""

    def spell(layer: Any, types: tuple[Type, ...]) -> Spelling:
        return Spelling(apply=with_arguments(template, layer), module=module and module(layer))

    return spell


def _searched(function: str) -> Speller:
    def spell(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
        plain = layer.keepdim is False
        return Spelling(apply=f"np.{function}({{x}}, axis={layer.dim})") if plain else None

    return spell


def _flip(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    """np.flip counts no axes from the end."""
    axes = layer.dim if isinstance(layer.dim, tuple) else (layer.dim,)
    if not all(type(axis) is int for axis in axes):
        return None
    counted = tuple(axis % types[0].rank for axis in axes)
    return Spelling(apply=f"np.flip({{x}}, {counted[0] if len(counted) == 1 else counted})")


def _dropout(layer: Any, types: tuple[Type, ...]) -> Spelling:
    """Whole channels."""
    return Spelling(construct=code("nn.Dropout", layer.p, axes=tuple(range(2, types[0].rank))))


def _split(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    ends = split_ends(layer)
    return None if ends is None else Spelling(apply=f"np.split({{x}}, {ends}, axis={layer.dim})")


def _chunk(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    count = equal_parts(layer, types[0])
    return None if count is None else Spelling(apply=f"np.split({{x}}, {count}, axis={layer.dim})")


def _expand(layer: Any, types: tuple[Type, ...]) -> Spelling:
    return Spelling(apply=f"np.broadcast_to({{x}}, {expanded(layer, types[0])})")


def _unflatten(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    sizes = unflattened(layer, types[0])
    return None if sizes is None else Spelling(apply=f"{{x}}.reshape({sizes[1:-1].removesuffix(',')})")


def _prelu(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    x = types[0]
    if layer.per_channel is not True or x.rank < 3:
        return None
    first = code("mx.init.Constant", layer.init)
    made = code("nn.PReLU", first, x.shape[1])
    return Spelling(construct=made, weights={"weight": "alpha"})


def _mean_loss(template: str) -> Speller:
    ends = {"mean": ".mean()", "sum": ".sum()", "none": ""}

    def spell(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
        return Spelling(apply=f"{template}{ends[layer.reduction]}") if layer.reduction in ends else None

    return spell


def _cross_entropy(layer: CrossEntropyLoss, types: tuple[Type, ...]) -> Spelling | None:
    """The mean over the examples that count; gluon.loss has one value for each, also where none counts."""
    usual = {spec.name: spec.default for spec in layer.arguments}
    told = ("ignore_index", "label_smoothing")
    if any(getattr(layer, name) != default for name, default in usual.items() if name not in told):
        return None
    if any(type_.dtype == "float32" for type_ in types[1:]):
        return None
    settings = "".join(
        f", {name}={getattr(layer, name)}" for name in told if getattr(layer, name) != usual[name]
    )
    return Spelling(apply=f"cross_entropy({{x}}, {{target}}{settings})")


WORDS: Mapping[str, Speller] = {
    **{kind: applied(template) for kind, template in APPLIED.items()},
    "ELU": applied(APPLIED["ELU"], lambda layer: code("nn.ELU", layer.alpha)),
    "Softsign": applied(APPLIED["Softsign"], lambda layer: code("nn.Activation", "softsign")),
    "ArgMax": _searched("argmax"),
    "ArgMin": _searched("argmin"),
    "Flip": _flip,
    "Dropout1d": _dropout,
    "Dropout2d": _dropout,
    "Dropout3d": _dropout,
    "Split": _split,
    "Chunk": _chunk,
    "Expand": _expand,
    "Unflatten": _unflatten,
    "PReLU": _prelu,
    "MSELoss": _mean_loss("np.square({x} - {target})"),
    "L1Loss": _mean_loss("np.abs({x} - {target})"),
    "CrossEntropyLoss": _cross_entropy,
}
"""By the kinds of layers."""
