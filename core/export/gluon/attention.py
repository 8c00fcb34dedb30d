"""How attention is written in Gluon 1.9, which has no layer for it: a block of Dense layers."""

from typing import Any

from ...layers.spelling import Spelling, code
from ...types import Type
from ..heads import Projections, is_plain_attention


def attention(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    """A MultiHeadAttention; None where it has more to it."""
    query, key, value, *masks = types
    if not is_plain_attention(layer, masks):
        return None
    made = code(
        "MultiHeadAttention",
        query.shape[-1],
        layer.num_heads,
        dropout=layer.dropout,
        causal=layer.causal,
        use_bias=layer.bias,
        defaults={"dropout": 0.0, "causal": False, "use_bias": True},
    )
    kept = Projections(layer.is_packed(query, key, value), weight="weight", by_heads=False)
    return Spelling(construct=made, apply="{self}({query}, {key}, {value})", kept=kept)
