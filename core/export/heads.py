"""How frameworks keep an attention's projections: each apart, as rows or with an axis for the heads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..initialise import Array
from ..layers.spelling import Stored
from ..types import Type
from .arrangement import Same

PROJECTIONS = ("query", "key", "value")
"""What an attention projects, in the order in which PyTorch and we keep the rows of one tensor."""


@dataclass(frozen=True)
class Block:
    """One of the `count` blocks of rows in a tensor; `back` has zeros for the others."""

    place: int
    count: int

    def there(self, *ours: Array) -> Array:
        """(count·N, …) -> (N, …)."""
        return np.split(ours[0], self.count)[self.place]

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """The block in its place, zeros around it."""
        zeros = np.zeros_like(theirs)
        return (np.concatenate([theirs if place == self.place else zeros for place in range(self.count)]),)

    def gradient(self, *ours: Array) -> Array:
        """Its rows."""
        return self.there(*ours)


@dataclass(frozen=True)
class Heads:
    """One of the `count` blocks of rows in a projection, turned, with an axis for the heads that share it."""

    heads: int
    place: int = 0
    count: int = 1

    def there(self, *ours: Array) -> Array:
        """(count·heads·D, in) -> (in, heads, D), or (count·heads·D) -> (heads, D)."""
        block = Block(self.place, self.count).there(*ours).T
        return block.reshape(*block.shape[:-1], self.heads, -1)

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """The block in its place, zeros around it."""
        return Block(self.place, self.count).back(theirs.reshape(*theirs.shape[:-2], -1).T)

    def gradient(self, *ours: Array) -> Array:
        """As it is laid out."""
        return self.there(*ours)


@dataclass(frozen=True)
class Joined:
    """The projection of what all heads give, turned, with an axis for them."""

    heads: int

    def there(self, *ours: Array) -> Array:
        """(out, heads·D) -> (heads, D, out)."""
        turned = ours[0].T
        return turned.reshape(self.heads, -1, turned.shape[-1])

    def back(self, theirs: Array) -> tuple[Array, ...]:
        """(heads, D, out) -> (out, heads·D)."""
        return (theirs.reshape(-1, theirs.shape[-1]).T,)

    def gradient(self, *ours: Array) -> Array:
        """As it is laid out."""
        return self.there(*ours)


@dataclass(frozen=True)
class Projections:
    """What a framework's attention keeps of a layer: for each projection a kernel, and a bias if it has one.

    `packed` says whether ours of query, key and value stand in one tensor, `inside` what the framework calls
    a projection, `{name}` being the input's, `out` the one of the result, and `weight` what it calls a
    kernel; `by_heads` whether kernels are turned and have an axis for the heads.
    """

    packed: bool
    inside: str = "{name}"
    out: str = "out"
    weight: str = "kernel"
    by_heads: bool = True

    def __call__(self, layer: Any) -> tuple[Stored, ...]:
        """Each by its path below the layer; the layer's bias and number of heads have to be known."""
        heads, count = layer.num_heads, len(PROJECTIONS)
        found: list[Stored] = []
        for place, name in enumerate(PROJECTIONS):
            inside = self.inside.format(name=name)
            block = Heads(heads, place, count) if self.by_heads else Block(place, count)
            if self.packed:
                found.append(Stored(f"{inside}.{self.weight}", ("in_proj_weight",), block))
            else:
                alone = Heads(heads) if self.by_heads else Same()
                found.append(Stored(f"{inside}.{self.weight}", (f"{name[0]}_proj_weight",), alone))
            if layer.bias:
                found.append(Stored(f"{inside}.bias", ("in_proj_bias",), block))
        joined = Joined(heads) if self.by_heads else Same()
        found.append(Stored(f"{self.out}.{self.weight}", ("out_proj_weight",), joined))
        if layer.bias:
            found.append(Stored(f"{self.out}.bias", ("out_proj_bias",), Same()))
        return tuple(found)


def is_plain_attention(layer: Any, masks: Sequence[Type]) -> bool:
    """Whether an attention has no more to it than the frameworks' own: no masks, further keys or weights.

    Where a mask forbids a query everything, theirs looks everywhere, and ours nowhere.
    """
    more = layer.add_bias_kv is not False or layer.add_zero_attn is not False
    return not masks and not more and layer.returns == "result" and isinstance(layer.bias, bool)
