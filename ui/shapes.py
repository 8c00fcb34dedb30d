"""Shapes as wires and lists show them: short, with the numbers that the examples give. No Qt."""

from collections.abc import Mapping

from core.dim import Dim, Symbolic, substitute, text
from core.resolve import Resolution
from core.summary import batch_symbol
from core.types import Type


def known_sizes(resolution: Resolution) -> dict[str, int]:
    """The example of each size but the batch's, which stays a letter."""
    batch = batch_symbol(resolution)
    return {name: size for name, size in resolution.symbols.items() if name != batch}


def shown(found: Type, sizes: Mapping[str, int]) -> str:
    """`B×64×56×56`: a size by its letter, what is worked out from sizes by its number."""
    return str(found.with_shape(tuple(_shown(dim, sizes) for dim in found.shape)))


def _shown(dim: Dim, sizes: Mapping[str, int]) -> Dim:
    plain = isinstance(dim, Symbolic) and not text(dim).isidentifier()
    return substitute(dim, sizes) if plain else dim
