"""Attention as Keras writes it, its projections with an axis for the heads."""

from collections.abc import Callable, Mapping
from typing import Any

from ...dim import Symbolic, text
from ...expression import Expression
from ...layers import multihead, positions
from ...layers.layer import Layer
from ...layers.spelling import Code, Spelling, Stored, code
from ...types import Type
from ..arrangement import Same
from ..made import Word
from .arrangements import Joined, Projected

NAMES = ("query", "key", "value")
"""What is projected, in the order in which our packed tensors have it."""


def _attention(layer: Any, query: Type, key: Type, value: Type, *masks: Type) -> Spelling | None:
    """None with masks: where one forbids all, Keras looks everywhere, and we nowhere."""
    more = layer.add_bias_kv is not False or layer.add_zero_attn is not False
    if masks or more or layer.returns != "result" or type(layer.bias) is not bool:
        return None
    made = code(
        "layers.MultiHeadAttention",
        num_heads=layer.num_heads,
        key_dim=_shared(query.shape[2], layer.num_heads),
        dropout=layer.dropout,
        use_bias=layer.bias,
        defaults={"dropout": 0.0, "use_bias": True},
    )
    causal = "" if layer.causal is False else f", use_causal_mask={layer.causal}"
    packed = layer._packed(query, key, value)
    return Spelling(
        construct=made,
        apply=f"{{self}}({{query}}, {{value}}, key={{key}}{causal})",
        kept=lambda known: _kept(known, packed),
    )


def _shared(features: Any, heads: Any) -> Any:
    """The features of each head."""
    if isinstance(heads, Expression):
        shared = text(features) if isinstance(features, Symbolic) else str(features)
        whole = shared if shared.isidentifier() or shared.isdecimal() else f"({shared})"
        by = heads.source if heads.source.isidentifier() else f"({heads.source})"
        return Expression(f"{whole} // {by}")
    return features // heads


def _kept(layer: Any, packed: bool) -> tuple[Stored, ...]:
    heads = layer.num_heads
    found: list[Stored] = []
    for part, name in enumerate(NAMES):
        packed_kernel = Stored(f"{name}_dense.kernel", ("in_proj_weight",), Projected(heads, part, 3))
        alone = Stored(f"{name}_dense.kernel", (f"{name[0]}_proj_weight",), Projected(heads))
        found.append(packed_kernel if packed else alone)
        if layer.bias:
            found.append(Stored(f"{name}_dense.bias", ("in_proj_bias",), Projected(heads, part, 3)))
    found.append(Stored("output_dense.kernel", ("out_proj_weight",), Joined(heads)))
    if layer.bias:
        found.append(Stored("output_dense.bias", ("out_proj_bias",), Same()))
    return tuple(found)


def _learned_positions(layer: Any, x: Type) -> Spelling:
    made = code("layers.Embedding", layer.max_len, x.shape[-1])
    apply = f"{{x}} + {{self}}(ops.arange(ops.shape({{x}})[{x.rank - 2}]))"
    return Spelling(construct=made, apply=apply, weights={"weight": "embeddings"})


def _positional_encoding(layer: Any, x: Type) -> Spelling:
    settings = (("shape", (layer.max_len, x.shape[-1])), ("initializer", Word("sinusoids")))
    table = Code("self.add_weight", (), (*settings, ("trainable", False)))
    apply = f"{{x}} + {{self}}[: {{x}}.shape[{x.rank - 2}]]"
    return Spelling(apply=apply, buffers={"table": table})


ATTENTION: Mapping[type[Layer], Callable[..., Spelling | None]] = {
    multihead.MultiheadAttention: _attention,
    positions.LearnedPositions: _learned_positions,
    positions.PositionalEncoding: _positional_encoding,
}
"""By the layer."""
