"""The parameters that a formula declares: `W: x.shape[-1], 20; b: 20 = zeros; g: 20 = ones`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from keyword import iskeyword
from typing import Any

from ..dim import Dim, Symbolic, symbol
from ..expression import ExpressionError, evaluate, names, parse
from ..initialise import Constant, FirstAxisUniform, Initialiser, Normal
from ..text import tr
from ..types import Shape, Type
from .syntax import FUNCTIONS, MODULE, NO_NAMES

INITIALISERS: Mapping[str, Initialiser] = {
    "uniform": FirstAxisUniform(),
    "normal": Normal(),
    "zeros": Constant(0.0),
    "ones": Constant(1.0),
}
"""First values by their names: uniform, which is the default, is within 1/√n, n being the first size."""


@dataclass(frozen=True)
class Declared:
    """A parameter: the sizes of its axes as texts and where these stand, and its first values."""

    name: str
    sizes: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    initialiser: Initialiser

    def shape(self, types: Mapping[str, Type]) -> Shape:
        """The sizes where the inputs have these types. Raises ExpressionError where one is none."""
        return tuple(_size(self.name, text, types) for text in self.sizes)


@lru_cache(maxsize=1024)
def declarations(source: str) -> tuple[Declared, ...]:
    """The parameters in the order in which they are declared. Raises ExpressionError with the column."""
    found: list[Declared] = []
    start = 0
    for part in re.split(r"[;\n]", source):
        if part.strip():
            found.append(_declared(part, start, [one.name for one in found]))
        start += len(part) + 1
    return tuple(found)


def places(source: str) -> Sequence[tuple[int, int]]:
    """Where the sizes stand, from left to right."""
    return [place for one in declarations(source) for place in one.places]


def _declared(part: str, start: int, taken: Sequence[str]) -> Declared:
    head, colon, rest = part.partition(":")
    name, column = head.strip(), start + len(part) - len(part.lstrip())
    if not colon:
        raise ExpressionError(tr("a parameter is written as in W: 20, 10 = zeros"), column)
    if not name.isidentifier() or iskeyword(name) or name in {*FUNCTIONS, *NO_NAMES, MODULE}:
        raise ExpressionError(tr("{name} cannot name a parameter", name=repr(name[:40])), column)
    if name in taken:
        raise ExpressionError(tr("{name} is declared twice", name=name), column)
    shape, equals, first = rest.partition("=")
    behind = start + len(head) + 1
    stands = list(_places(shape, behind))
    sizes = tuple(part[a - start : b - start] for a, b in stands)
    for size, (place, _) in zip(sizes, stands, strict=True):
        try:
            parse(size)
        except ExpressionError as error:
            raise ExpressionError(error.message, place + error.column) from None
    return Declared(name, sizes, tuple(stands), _initialiser(first, bool(equals), behind + len(shape) + 1))


def _places(shape: str, start: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    parts = shape.split(",")
    if not parts[-1].strip():
        parts.pop()  # a scalar, or a comma at the end as in a tuple of one
    for part in parts:
        lead = len(part) - len(part.lstrip()) if part.strip() else 0
        found.append((start + lead, start + lead + len(part.strip())))
        start += len(part) + 1
    return found


def _initialiser(text: str, is_given: bool, column: int) -> Initialiser:
    name = text.strip()
    if not is_given:
        return INITIALISERS["uniform"]
    if name in INITIALISERS:
        return INITIALISERS[name]
    try:
        number = float(name)
    except ValueError:
        number = float("nan")
    if number - number != 0:
        column += len(text) - len(text.lstrip())
        known = ", ".join(INITIALISERS)
        raise ExpressionError(tr("first values are {known} or a number", known=known), column)
    return Constant(number)


def _size(name: str, text: str, types: Mapping[str, Type]) -> Dim:
    expression = parse(text)
    unknown: dict[str, Any] = {size: symbol(size) for size in names(expression) - types.keys()}
    found = evaluate(expression, {**unknown, **types})
    if isinstance(found, bool) or not isinstance(found, int | Symbolic):
        raise ExpressionError(tr("{size} is no size of {name}", size=text, name=name))
    if isinstance(found, int) and found < 1:
        raise ExpressionError(tr("{name} would have the size {found}", name=name, found=found))
    return found
