"""Dense layers, activations, shapes, merges, losses and stored tensors as Keras writes them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ...layers import activation, linear, maths, merge, rectifier, reduce, regularisation, shape, structure
from ...layers.layer import Layer
from ...layers.spelling import CLOSE, OPEN, Code, Spelling, code
from ...types import Type, parse_shape
from .activated import fused

Spell = Callable[..., Spelling | None]


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
    made = code("layers.Softmax", axis=layer.dim)
    return Spelling(apply=f"ops.softmax({{x}}, axis={layer.dim})", module=made)


def _log_softmax(layer: activation.LogSoftmax, x: Type) -> Spelling:
    module = code("layers.Activation", "log_softmax") if layer.dim == -1 else None
    return Spelling(apply=f"ops.log_softmax({{x}}, axis={layer.dim})", module=module)


def _dropout(layer: regularisation.Dropout, x: Type) -> Spelling:
    return Spelling(construct=code("layers.Dropout", layer.p))


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


def _reduction(function: str) -> Spell:
    def spell(layer: Any, x: Type) -> Spelling | None:
        found = layer.pytorch(x)
        match = found and re.fullmatch(r"\{x\}\.\w+\((?:dim=)?([^()]*)\)", found.apply)
        if not match:
            return None
        axes = f", axis={match[1].replace('keepdim=', 'keepdims=')}" if match[1] else ""
        return Spelling(apply=f"ops.{function}({{x}}{axes})")

    return spell


def neutral(layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    """The layer where PyTorch writes it with operators alone, which every framework has."""
    found = layer.pytorch(*types)
    if found is not None and found.pasted is not None:
        return found  # the printer says that it cannot be
    if found is None or not found.apply or found.construct is not None or found.registered:
        return None
    bare = re.sub(rf"\{{\w+\}}|{OPEN}[^{CLOSE}]*{CLOSE}|[0-9]e-", "", found.apply)
    return None if re.search(r"[^\W\d]", bare) else Spelling(apply=found.apply)


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
    maths.Abs: _unary("ops.absolute({x})"),
    maths.Square: _unary("ops.square({x})"),
    maths.Rsqrt: _unary("ops.rsqrt({x})"),
    maths.Sin: _unary("ops.sin({x})"),
    maths.Cos: _unary("ops.cos({x})"),
    reduce.Mean: _reduction("mean"),
    reduce.Sum: _reduction("sum"),
    regularisation.Dropout: _dropout,
    shape.Flatten: _flatten,
    shape.Permute: _permute,
    merge.Concat: _concat,
    merge.Stack: _stack,
    structure.Constant: _stored,
    structure.Parameter: _stored,
    structure.Identity: _unary("{x}", "layers.Identity"),
}
"""By the layer."""
