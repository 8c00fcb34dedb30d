"""How attention is written in Gluon 1.9, which has no layer for it: a block of Dense layers."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...initialise import Array
from ...layers.spelling import Spelling, Stored, code
from ...types import Type
from ..arrangement import Same

NAMES = ("query", "key", "value")


@dataclass(frozen=True)
class Third:
    """One of the three projections that stand in one tensor; `back` has zeros for the others."""

    place: int

    def there(self, *ours: Array) -> Array:
        """Its rows."""
        return np.split(ours[0], 3)[self.place]

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """The whole tensor."""
        zeros = np.zeros_like(theirs)
        return (np.concatenate([theirs if place == self.place else zeros for place in range(3)]),)

    def gradient(self, *ours: Array) -> Array:
        """Its rows."""
        return self.there(*ours)


@dataclass(frozen=True)
class Projections:
    """What the block keeps: a Dense layer for each projection."""

    packed: bool

    def __call__(self, layer: Any) -> tuple[Stored, ...]:
        """Each by its path below the block."""
        found: list[Stored] = []
        for place, name in enumerate(NAMES):
            packed = Stored(f"{name}.weight", ("in_proj_weight",), Third(place))
            alone = Stored(f"{name}.weight", (f"{name[0]}_proj_weight",), Same())
            found.append(packed if self.packed else alone)
            if layer.bias:
                found.append(Stored(f"{name}.bias", ("in_proj_bias",), Third(place)))
        found.append(Stored("out.weight", ("out_proj_weight",), Same()))
        if layer.bias:
            found.append(Stored("out.bias", ("out_proj_bias",), Same()))
        return tuple(found)


def attention(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    """A MultiHeadAttention; None where masks go in, weights come out, or there are further keys."""
    query, key, value, *masks = types
    more = layer.add_bias_kv is not False or layer.add_zero_attn is not False
    if masks or more or layer.returns != "result" or not isinstance(layer.bias, bool):
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
    kept = Projections(packed=layer._packed(query, key, value))
    return Spelling(construct=made, apply="{self}({query}, {key}, {value})", kept=kept)
