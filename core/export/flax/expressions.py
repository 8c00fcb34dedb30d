"""How layers that keep nothing are spelled where jax says it otherwise than PyTorch: as expressions."""

import re
from collections.abc import Mapping
from typing import Any

from ...expression import Expression
from ...layers.padding import pairs_of
from ...layers.spelling import Spell, Spelling
from ...types import Type
from ..axes import each_axis
from ..cut import ends
from ..made import Word
from ..reshaped import expanded, unflattened


def one_way(text: str) -> Spelling:
    """An expression of one input, which may also stand in a chain."""
    return Spelling(apply=text, module=as_module(text))


def as_module(text: str) -> Word:
    """An expression of x as a function."""
    function = re.fullmatch(r"([\w.]+)\(\{x\}\)", text)
    return Word(function[1] if function else f"lambda x: {text.replace('{x}', 'x')}")


def is_plain(*values: Any) -> bool:
    """Whether all are numbers, truth values, lists of these or nothing: no expressions."""
    return all(
        value is None or isinstance(value, int | float) or (isinstance(value, tuple) and is_plain(*value))
        for value in values
    )


def simple(text: str, *names: str) -> Spell:
    """An expression with the layer's arguments of these names put in."""

    def spell(layer: Any, x: Type) -> Spelling | None:
        values = {name: getattr(layer, name) for name in names}
        if not is_plain(*values.values()):
            return None
        return one_way(text.format(x="{x}", **values))

    return spell


def called(text: str, *names: str) -> Spell:
    """A function that is told the layer's arguments of these names, each of which may be an expression."""

    def spell(layer: Any, x: Type) -> Spelling | None:
        values = {name: getattr(layer, name) for name in names}
        if is_plain(*values.values()):
            return one_way(text.format(x="{x}", **values))
        if not all(is_plain(value) or isinstance(value, Expression) for value in values.values()):
            return None
        return Spelling(apply=text.format(x="{x}", **values))

    return spell


def reduced(method: str, *more: tuple[str, str]) -> Spell:
    """A reduction along axes: `more` are keywords with the arguments that tell them."""

    def spell(layer: Any, x: Type) -> Spelling | None:
        told = {"axis": layer.dim if layer.dim != () else None, "keepdims": layer.keepdim}
        told = {keyword: getattr(layer, name) for keyword, name in more} | told
        if not is_plain(*told.values()):
            return None
        defaults = {"axis": None, "keepdims": False}
        texts = [
            f"{key}={value}" for key, value in told.items() if key not in defaults or value != defaults[key]
        ]
        return one_way(method.format(x="{x}", told=", ".join(texts)).replace(", )", ")"))

    return spell


def _softplus(layer: Any, x: Type) -> Spelling | None:
    if not is_plain(layer.beta, layer.threshold) or layer.threshold < 20:
        return None
    if layer.beta == 1:
        return Spelling(apply="nn.softplus({x})", module=Word("nn.softplus"))
    return one_way(f"nn.softplus({{x}} * {layer.beta}) / {layer.beta}")


def _pad(layer: Any, x: Type) -> Spelling | None:
    """jnp.pad, told of every axis."""
    if layer.mode != "constant" or not is_plain(layer.pad, layer.value):
        return None
    pads = pairs_of(layer.pad, x, "pad")
    if any(side < 0 for pair in pads for side in pair if isinstance(side, int)):
        return None
    value = "" if layer.value == 0 else f", constant_values={layer.value}"
    return one_way(f"jnp.pad({{x}}, {pads}{value})")


def _split(layer: Any, x: Type) -> Spelling | None:
    if not is_plain(layer.sizes, layer.dim) or not isinstance(layer.sizes, tuple):
        return None
    return Spelling(apply=f"jnp.split({{x}}, {list(ends(layer.sizes))}, axis={layer.dim})")


def _chunk(layer: Any, x: Type) -> Spelling | None:
    """Equal parts, the last of which may be smaller."""
    if not is_plain(layer.chunks, layer.dim) or not isinstance(x.shape[layer.dim], int):
        return None
    size = int(x.shape[layer.dim])
    part = -(-size // layer.chunks)
    if size % layer.chunks == 0:
        return Spelling(apply=f"jnp.split({{x}}, {layer.chunks}, axis={layer.dim})")
    return Spelling(apply=f"jnp.split({{x}}, {list(range(part, size, part))}, axis={layer.dim})")


def _expand(layer: Any, x: Type) -> Spelling:
    return Spelling(apply=f"jnp.broadcast_to({{x}}, {expanded(layer, x)})")


def _unflatten(layer: Any, x: Type) -> Spelling | None:
    sizes = unflattened(layer, x)
    return None if sizes is None else Spelling(apply=f"{{x}}.reshape({sizes[1:-1].removesuffix(',')})")


def adaptive(reduce: str) -> Spell:
    """As many windows as are asked for, with channels last."""

    def spell(layer: Any, x: Type) -> Spelling | None:
        axes = x.rank - 2
        size = each_axis(layer.output_size, axes)
        if not is_plain(size) or None in size:
            return None
        if size == (1,) * axes:
            method = reduce.removeprefix("jnp.")
            return one_way(f"{{x}}.{method}(axis={tuple(range(2, x.rank))}, keepdims=True)")
        pooled = f"adaptive_pool(jnp.moveaxis({{x}}, 1, -1), {size}, {reduce})"
        return one_way(f"jnp.moveaxis({pooled}, -1, 1)")

    return spell


EXPRESSIONS: Mapping[str, Spell] = {
    "Reciprocal": simple("1 / {x}"),
    "Rsqrt": simple("jax.lax.rsqrt({x})"),
    "Negative": simple("-{x}"),
    "ArgMax": reduced("{x}.argmax({told})"),
    "ArgMin": reduced("{x}.argmin({told})"),
    "OneHot": called("nn.one_hot({x}, {num_classes})", "num_classes"),
    "Pad": _pad,
    "Expand": _expand,
    "Unflatten": _unflatten,
    "Split": _split,
    "Chunk": _chunk,
    "GLU": simple("nn.glu({x}, axis={dim})", "dim"),
    "Softplus": _softplus,
    "Softmin": simple("nn.softmax(-{x}, axis={dim})", "dim"),
    "Hardtanh": simple("jnp.clip({x}, {min_val}, {max_val})", "min_val", "max_val"),
    "Tanhshrink": simple("{x} - jnp.tanh({x})"),
    "Softshrink": simple("nn.relu({x} - {lambd}) - nn.relu(-{x} - {lambd})", "lambd"),
    "Hardshrink": simple("jnp.where(jnp.abs({x}) > {lambd}, {x}, 0)", "lambd"),
    "Threshold": simple("jnp.where({x} > {threshold}, {x}, {value})", "threshold", "value"),
    "Var": reduced("{x}.var({told})", ("ddof", "correction")),
    "Std": reduced("{x}.std({told})", ("ddof", "correction")),
    "LogSumExp": reduced("nn.logsumexp({x}, {told})"),
    "Roll": called("jnp.roll({x}, {shifts}, axis={dims})", "shifts", "dims"),
    "Tile": called("jnp.tile({x}, {dims})", "dims"),
    "RepeatInterleave": called("jnp.repeat({x}, {repeats}, axis={dim})", "repeats", "dim"),
    **{f"AdaptiveAvgPool{axes}d": adaptive("jnp.mean") for axes in (1, 2, 3)},
    **{f"AdaptiveMaxPool{axes}d": adaptive("jnp.max") for axes in (1, 2, 3)},
}
"""The spelling of each layer by its name."""
