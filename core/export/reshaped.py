"""What a function is told that repeats or cuts axes: all sizes as one tuple, open ones read off its input."""

from typing import Any

from ..layers.shape import size_of
from ..types import Type, parse_shape


def expanded(layer: Any, x: Type) -> str:
    """The sizes that an Expand comes to; those that stay are x's own."""
    shape = parse_shape(layer.shape)
    more = len(shape) - x.rank
    stay = next((place for place in range(len(shape), more, -1) if shape[place - 1] != -1), more)
    sizes = [
        f"{{x}}.shape[{place - more}]" if dim == -1 else size_of(dim, x)
        for place, dim in enumerate(shape[:stay])
    ]
    return _tuple([*sizes, *_from(stay - more, x.rank)])


def unflattened(layer: Any, x: Type) -> str | None:
    """The sizes that an Unflatten comes to; None where its axis is an expression."""
    if type(layer.dim) is not int:
        return None
    along = layer.dim % x.rank
    before = ["{x}.shape[0]"] if along == 1 else [f"*{{x}}.shape[:{along}]"] * (along > 0)
    parts = [str(dim) if dim == -1 else size_of(dim, x) for dim in parse_shape(layer.sizes)]
    return _tuple([*before, *parts, *_from(along + 1, x.rank)])


def _from(first: int, rank: int) -> list[str]:
    """All of x's sizes from an axis on."""
    if rank - first < 2:
        return [f"{{x}}.shape[{axis}]" for axis in range(first, rank)]
    return [f"*{{x}}.shape[{first}:]"]


def _tuple(sizes: list[str]) -> str:
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
