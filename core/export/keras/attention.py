"""Attention as Keras writes it, its projections with an axis for the heads."""

from collections.abc import Mapping
from typing import Any

from ...dim import Symbolic, text
from ...expression import Expression
from ...layers import multihead, positions
from ...layers.layer import Layer
from ...layers.spelling import Code, Spell, Spelling, code
from ...types import Type
from ..heads import Projections, is_plain_attention
from ..made import Word


def _attention(layer: Any, query: Type, key: Type, value: Type, *masks: Type) -> Spelling | None:
    if not is_plain_attention(layer, masks):
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
    return Spelling(
        construct=made,
        apply=f"{{self}}({{query}}, {{value}}, key={{key}}{causal})",
        kept=Projections(layer.is_packed(query, key, value), inside="{name}_dense", out="output_dense"),
    )


def _shared(features: Any, heads: Any) -> Any:
    """The features of each head."""
    if isinstance(heads, Expression):
        shared = text(features) if isinstance(features, Symbolic) else str(features)
        whole = shared if shared.isidentifier() or shared.isdecimal() else f"({shared})"
        by = heads.source if heads.source.isidentifier() else f"({heads.source})"
        return Expression(f"{whole} // {by}")
    return features // heads


def _learned_positions(layer: Any, x: Type) -> Spelling:
    made = code("layers.Embedding", layer.max_len, x.shape[-1])
    apply = f"{{x}} + {{self}}(ops.arange(ops.shape({{x}})[{x.rank - 2}]))"
    return Spelling(construct=made, apply=apply, weights={"weight": "embeddings"})


def _positional_encoding(layer: Any, x: Type) -> Spelling:
    settings = (("shape", (layer.max_len, x.shape[-1])), ("initializer", Word("sinusoids")))
    table = Code("self.add_weight", (), (*settings, ("trainable", False)))
    apply = f"{{x}} + {{self}}[: {{x}}.shape[{x.rank - 2}]]"
    return Spelling(apply=apply, buffers={"table": table})


ATTENTION: Mapping[type[Layer], Spell] = {
    multihead.MultiheadAttention: _attention,
    positions.LearnedPositions: _learned_positions,
    positions.PositionalEncoding: _positional_encoding,
}
"""By the layer."""
