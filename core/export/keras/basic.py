"""Dense layers, activations, shapes, merges, losses and stored tensors as Keras writes them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...layers import (
    activation,
    comparison,
    linear,
    lookup,
    maths,
    merge,
    padding,
    parts,
    rearrange,
    rectifier,
    regularisation,
    repeating,
    shape,
    shrink,
    structure,
)
from ...layers.layer import Layer
from ...layers.padding import pairs_of
from ...layers.spelling import CLOSE, OPEN, Code, Spell, Spelling, Stored, code
from ...types import Type, parse_shape
from ..applied import with_arguments
from ..cut import equal_parts, split_ends
from ..made import Several
from ..reshaped import expanded, unflattened
from .activated import fused
from .arrangements import Spread
from .translated import translated


def _dense(layer: linear.Linear, x: Type) -> Spelling:
    made = code(
        "layers.Dense",
        layer.out_features,
        **fused(layer),
        use_bias=layer.bias,
        defaults={"use_bias": True},
    )
    return Spelling(construct=made, weights={"weight": "kernel"})


def _embedding(layer: linear.Embedding, x: Type) -> Spelling | None:
    if layer.padding_idx is not None:
        return None  # Keras has no row that is never trained
    made = code("layers.Embedding", layer.num_embeddings, layer.embedding_dim)
    return Spelling(construct=made, weights={"weight": "embeddings"})


def _unary(apply: str, *module: Any, **keywords: Any) -> Spell:
    """A function without settings, and the layer that does it in a chain."""
    made = Code(module[0], module[1:], tuple(keywords.items())) if module else None
    return lambda layer, x: Spelling(apply=apply, module=made)


def _leaky_relu(layer: activation.LeakyReLU, x: Type) -> Spelling:
    return Spelling(
        apply=f"ops.leaky_relu({{x}}, negative_slope={layer.negative_slope})",
        module=code("layers.LeakyReLU", negative_slope=layer.negative_slope),
    )


def _elu(layer: rectifier.ELU, x: Type) -> Spelling:
    made = code("layers.ELU", alpha=layer.alpha)
    return Spelling(apply=f"ops.elu({{x}}, alpha={layer.alpha})", module=made)


def _gelu(layer: activation.GELU, x: Type) -> Spelling:
    plain = layer.approximate == "none"
    module = code("layers.Activation", "gelu") if plain else None
    return Spelling(apply=f"ops.gelu({{x}}, approximate={not plain})", module=module)


def _softmax(layer: activation.Softmax, x: Type) -> Spelling:
    made = code("layers.Softmax", axis=layer.dim, defaults={"axis": -1})
    return Spelling(apply=f"ops.softmax({{x}}, axis={layer.dim})", module=made)


def _log_softmax(layer: activation.LogSoftmax, x: Type) -> Spelling:
    module = code("layers.Activation", "log_softmax") if layer.dim == -1 else None
    return Spelling(apply=f"ops.log_softmax({{x}}, axis={layer.dim})", module=module)


def _flatten(layer: shape.Flatten, x: Type) -> Spelling | None:
    if (layer.start_dim, layer.end_dim) != (1, -1):
        return None
    return Spelling(construct=code("layers.Flatten"))


def _permute(layer: shape.Permute, x: Type) -> Spelling | None:
    dims = layer.dims
    if not isinstance(dims, tuple) or not all(type(dim) is int for dim in dims):
        return None
    axes = tuple(dim % x.rank for dim in dims if isinstance(dim, int))
    module = code("layers.Permute", axes[1:]) if axes[0] == 0 and x.rank > 1 else None
    return Spelling(apply=f"ops.transpose({{x}}, {axes})", module=module)


def _concat(layer: merge.Concat, *xs: Type) -> Spelling:
    return Spelling(apply=f"ops.concatenate([{{xs}}], axis={layer.dim})")


def _stack(layer: merge.Stack, *xs: Type) -> Spelling:
    return Spelling(apply=f"ops.stack([{{xs}}], axis={layer.dim})")


def _stored(layer: Any, *types: Type) -> Spelling:
    sizes: tuple[Any, ...] = parse_shape(layer.shape)
    first: Any = {
        "zeros": "zeros",
        "ones": "ones",
        "uniform": Code("keras.initializers.RandomUniform", (0.0, 1.0)),
        "normal": Code("keras.initializers.RandomNormal", (0.0, 1.0)),
        "fill": Code("keras.initializers.Constant", (layer.fill,)),
    }[layer.initial]
    learnt = isinstance(layer, structure.Parameter)
    rest = () if learnt else (("trainable", False),)
    made = {"value": Code("self.add_weight", (), (("shape", sizes), ("initializer", first), *rest))}
    if learnt:
        return Spelling(apply="{self}", parameters=made)
    return Spelling(apply="{self}", buffers=made)


def _clamp(layer: rectifier.Clamp, x: Type) -> Spelling:
    if layer.min is None and layer.max is None:
        return Spelling(apply="{x}")
    if layer.min is None or layer.max is None:
        bound = (
            f"ops.minimum({{x}}, {layer.max})" if layer.min is None else f"ops.maximum({{x}}, {layer.min})"
        )
        return Spelling(apply=bound)
    return Spelling(apply=f"ops.clip({{x}}, {layer.min}, {layer.max})")


def _softplus(layer: rectifier.Softplus, x: Type) -> Spelling:
    if layer.threshold == 20 and layer.beta == 1:
        return Spelling(apply="ops.softplus({x})", module=code("layers.Activation", "softplus"))
    return Spelling(apply=f"softplus({{x}}, {layer.beta}, {layer.threshold})")


def _prelu(layer: Any, x: Type) -> Spelling | None:
    if not isinstance(layer.per_channel, bool) or x.rank < 2:
        return None
    shared = tuple(range(2 if layer.per_channel else 1, x.rank))
    first = Code("keras.initializers.Constant", (layer.init,))
    settings: dict[str, Any] = {"shared_axes": Several(shared)} if shared else {}
    made = code("layers.PReLU", alpha_initializer=first, **settings)
    more = x.rank - 2
    return Spelling(construct=made, stored=(Stored("alpha", ("weight",), Spread(more)),))


def _split(layer: Any, x: Type) -> Spelling | None:
    ends = split_ends(layer)
    return None if ends is None else Spelling(apply=f"ops.split({{x}}, {list(ends)}, axis={layer.dim})")


def _chunk(layer: Any, x: Type) -> Spelling | None:
    count = equal_parts(layer, x)
    return None if count is None else Spelling(apply=f"ops.split({{x}}, {count}, axis={layer.dim})")


def _where(layer: Any, condition: Type, a: Type, b: Type) -> Spelling:
    truth = "{condition}" if condition.dtype == "bool" else "ops.not_equal({condition}, 0)"
    return Spelling(apply=f"ops.where({truth}, {{a}}, {{b}})")


def _matmul(layer: Any, a: Type, b: Type) -> Spelling | None:
    turned = {"a": layer.transpose_a, "b": layer.transpose_b}
    if not all(isinstance(one, bool) for one in turned.values()):
        return None
    given = [f"ops.swapaxes({{{port}}}, -2, -1)" if turn else f"{{{port}}}" for port, turn in turned.items()]
    return Spelling(apply=f"ops.matmul({', '.join(given)})")


def _pad(layer: Any, x: Type) -> Spelling | None:
    """Borders of one value or mirrored, of sizes that are known and not below 0."""
    if layer.mode not in ("constant", "reflect"):
        return None
    pairs = pairs_of(layer.pad, x, "pad")
    if not all(type(size) is int and size >= 0 for pair in pairs for size in pair):
        return None
    how = ', mode="reflect"' if layer.mode == "reflect" else ""
    value = f", constant_values={layer.value}" if not how and layer.value != 0 else ""
    return Spelling(apply=f"ops.pad({{x}}, {pairs}{how}{value})")


def _reshape(layer: Any, x: Type) -> Spelling | None:
    found = neutral(layer, (x,))
    sizes = layer.completed(x)
    kept = sizes[:1] == x.shape[:1] and len(sizes) > 1
    return found and replace(found, module=code("layers.Reshape", tuple(sizes[1:])) if kept else None)


def _expand(layer: Any, x: Type) -> Spelling:
    return Spelling(apply=f"ops.broadcast_to({{x}}, {expanded(layer, x)})")


def _unflatten(layer: Any, x: Type) -> Spelling | None:
    sizes = unflattened(layer, x)
    return None if sizes is None else Spelling(apply=f"ops.reshape({{x}}, {sizes})")


def _applied(template: str) -> Spell:
    """An expression in the layer's arguments."""
    return lambda layer, *types: Spelling(apply=with_arguments(template, layer))


def _noisy(target: str) -> Spell:
    """A layer that does something in training alone, by one number."""
    return lambda layer, x: Spelling(construct=code(target, layer.std if "Noise" in target else layer.p))


def neutral(layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    """The layer where PyTorch writes it as an expression of what Keras has too."""
    found = layer.pytorch(*types)
    if found is not None and found.pasted is not None:
        return found  # the printer says that it cannot be
    if found is None or found.construct is not None or found.registered:
        return None
    text = _in_keras(found.body or found.apply)
    if text is None:
        return None
    return Spelling(body=text) if found.body else Spelling(apply=text)


def _in_keras(template: str) -> str | None:
    """The template where it has operators alone, and else translated."""
    bare = re.sub(rf"\{{\w+\}}|{OPEN}[^{CLOSE}]*{CLOSE}|[0-9]e-", "", template)
    return translated(template) if re.search(r"[^\W\d]", bare) else template


BASIC: Mapping[type[Layer], Spell] = {
    linear.Linear: _dense,
    linear.Embedding: _embedding,
    activation.ReLU: _unary("ops.relu({x})", "layers.ReLU"),
    activation.LeakyReLU: _leaky_relu,
    activation.Sigmoid: _unary("ops.sigmoid({x})", "layers.Activation", "sigmoid"),
    activation.Tanh: _unary("ops.tanh({x})", "layers.Activation", "tanh"),
    activation.GELU: _gelu,
    activation.SiLU: _unary("ops.silu({x})", "layers.Activation", "silu"),
    activation.Softmax: _softmax,
    activation.LogSoftmax: _log_softmax,
    rectifier.ELU: _elu,
    rectifier.SELU: _unary("ops.selu({x})", "layers.Activation", "selu"),
    rectifier.Mish: _unary("keras.activations.mish({x})", "layers.Activation", "mish"),
    rectifier.Softsign: _unary("ops.softsign({x})", "layers.Activation", "softsign"),
    rectifier.ReLU6: _unary("ops.relu6({x})", "layers.Activation", "relu6"),
    rectifier.Hardsigmoid: _unary("ops.hard_sigmoid({x})", "layers.Activation", "hard_sigmoid"),
    rectifier.Hardswish: _unary("ops.hard_silu({x})", "layers.Activation", "hard_silu"),
    maths.Exp: _unary("ops.exp({x})", "layers.Activation", "exponential"),
    maths.Log: _unary("ops.log({x})"),
    maths.Sqrt: _unary("ops.sqrt({x})"),
    maths.Abs: _unary("ops.abs({x})"),
    maths.Square: _unary("ops.square({x})"),
    maths.Rsqrt: _unary("ops.rsqrt({x})"),
    maths.Sin: _unary("ops.sin({x})"),
    maths.Cos: _unary("ops.cos({x})"),
    rectifier.Clamp: _clamp,
    rectifier.Softplus: _softplus,
    rectifier.PReLU: _prelu,
    shrink.CELU: _applied("ops.celu({x}, alpha=<alpha>)"),
    shrink.Hardtanh: _applied("ops.clip({x}, <min_val>, <max_val>)"),
    shrink.Softshrink: _applied("ops.soft_shrink({x}, threshold=<lambd>)"),
    shrink.Hardshrink: _applied("ops.hard_shrink({x}, threshold=<lambd>)"),
    shrink.Threshold: _applied("ops.threshold({x}, <threshold>, <value>)"),
    shrink.GLU: _applied("ops.glu({x}, axis=<dim>)"),
    shrink.Softmin: _applied("ops.softmax(-{x}, axis=<dim>)"),
    comparison.Where: _where,
    merge.MatMul: _matmul,
    lookup.Gather: _applied("pick({x}, {index}, <dim>)"),
    lookup.OneHot: _applied("ops.one_hot({x}, <num_classes>)"),
    rearrange.Expand: _expand,
    repeating.Unflatten: _unflatten,
    parts.Split: _split,
    parts.Chunk: _chunk,
    padding.Pad: _pad,
    regularisation.Dropout: _noisy("layers.Dropout"),
    regularisation.AlphaDropout: _noisy("layers.AlphaDropout"),
    regularisation.GaussianNoise: _noisy("layers.GaussianNoise"),
    shape.Reshape: _reshape,
    shape.Flatten: _flatten,
    shape.Permute: _permute,
    merge.Concat: _concat,
    merge.Stack: _stack,
    structure.Constant: _stored,
    structure.Parameter: _stored,
    structure.Identity: _unary("{x}", "layers.Identity"),
}
"""By the layer."""
