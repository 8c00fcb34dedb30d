"""The sizes that samples bring: symbols of the inputs' shapes matched with the axes of arrays."""

from collections.abc import Mapping

from ..dim import Dim, Symbolic, text
from ..program import Program
from ..text import tr
from ..types import Type
from .execute import RunError
from .walk import root_types, sized


def sizes_from(program: Program, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
    """The example sizes, replaced by those that the samples' shapes say.

    Raises RunError with a sentence where a sample does not fit its input, or two disagree about a size.
    """
    types = root_types(program, {})
    known: dict[str, int] = {}
    said_by: dict[str, str] = {}
    for name, shape in shapes.items():
        if name in types:
            _match(name, types[name], shape, known, said_by)
    sizes = {**program.symbols, **known}
    for name, shape in shapes.items():
        if name in types:
            _check(name, types[name], shape, sizes)
    return sizes


def _match(
    name: str, type_: Type, shape: tuple[int, ...], known: dict[str, int], said_by: dict[str, str]
) -> None:
    if len(shape) != type_.rank:
        raise RunError(
            tr(
                "the input {name} takes {type}, the sample is {shape}",
                name=name,
                type=type_,
                shape=_spelt(shape),
            )
        )
    for dim, size in zip(type_.shape, shape, strict=True):
        symbol = _alone(dim)
        if symbol is None:
            continue
        if known.setdefault(symbol, size) != size:
            other = said_by[symbol]
            raise RunError(
                tr(
                    "{symbol} is {known} in the sample of {other} and {size} in that of {name}",
                    symbol=symbol,
                    known=known[symbol],
                    other=other,
                    size=size,
                    name=name,
                )
            )
        said_by.setdefault(symbol, name)


def _alone(dim: Dim) -> str | None:
    name = text(dim)
    return name if isinstance(dim, Symbolic) and name.isidentifier() else None


def _check(name: str, type_: Type, shape: tuple[int, ...], sizes: Mapping[str, int]) -> None:
    if sized(name, type_, dict(sizes)).shape != shape:
        raise RunError(
            tr(
                "the input {name} takes {type}, the sample is {shape}",
                name=name,
                type=type_,
                shape=_spelt(shape),
            )
        )


def _spelt(shape: tuple[int, ...]) -> str:
    return str(Type(shape))
