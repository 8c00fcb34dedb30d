"""What a class may make in its constructor beside a plain call: choices, calls in a row, given modules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..dim import Symbolic
from ..layers.spelling import Code


@dataclass(frozen=True)
class Choice:
    """One of two things, by a condition over the constructor's arguments."""

    condition: Any
    then: Any
    otherwise: Any


@dataclass(frozen=True)
class Carried:
    """A size that is another one in each round of a loop: its name, first value, and what comes next.

    After the loop the name stands for `last`.
    """

    name: str
    first: Any
    following: Any
    last: Any


@dataclass(frozen=True)
class Container:
    """What holds several things: `target([a, b])`, `target(a, b)` where it is `spread`, or a plain list."""

    target: str = ""
    spread: bool = False

    @property
    def opening(self) -> str:
        """What stands before things that are written out."""
        return f"{self.target}(" if self.spread else f"{self.target}([" if self.target else "["

    @property
    def closing(self) -> str:
        """What stands behind them."""
        return ")" if self.spread else "])" if self.target else "]"

    @property
    def empty(self) -> str:
        """One that holds nothing yet."""
        return f"{self.target}()" if self.target else "[]"

    def of(self, text: str) -> str:
        """One that holds what is in a list."""
        return f"{self.target}({'*' if self.spread else ''}{text})" if self.target else text


@dataclass(frozen=True)
class Row:
    """The same thing made so many times: `count` is a number or an expression, `what` may read the index.

    `container` is what holds them: one that runs them in order, or a list. With `carried` sizes it is made in
    a loop.
    """

    what: Any
    count: Any
    container: Container
    indexed: bool
    carried: tuple[Carried, ...] = ()


@dataclass(frozen=True)
class Several:
    """Different things in a container, or in a plain list."""

    parts: tuple[Any, ...]
    container: Container = Container()


@dataclass(frozen=True)
class Passed:
    """A module that the constructor was given: `source` is an expression over its arguments."""

    source: Any


@dataclass(frozen=True)
class Maker:
    """A function that makes something when it is told the sizes that go in front."""

    sizes: tuple[str, ...]
    code: Code
    settings: bool = False
    """Whether it takes further arguments by name."""


@dataclass(frozen=True)
class Word:
    """A name in code as it is, such as a class's."""

    text: str


@dataclass(frozen=True)
class Local:
    """A size under the name that a loop's variable has."""

    name: str


STRUCTURES = (Choice, Row, Several, Passed, Maker, Word, Local)
"""What is no plain call or value."""


def values_in(value: Any) -> Iterator[Any]:
    """What a made thing is made of, one step down; nothing for a plain value."""
    match value:
        case Code():
            yield from value.positional
            yield from (item for _, item in value.keywords)
        case Choice():
            yield from (value.condition, value.then, value.otherwise)
        case Row():
            yield from (value.count, value.what)
            for one in value.carried:
                yield from (one.first, one.following)
        case Several():
            yield from value.parts
        case Passed():
            yield value.source
        case Maker():
            yield value.code
        case tuple():
            yield from value


def with_locals(value: Any, names: Mapping[Any, str]) -> Any:
    """What is made, with sizes that a variable of the constructor holds under its name."""
    if isinstance(value, Symbolic):
        return Local(names[value]) if value in names else value
    if isinstance(value, Code):
        keywords = tuple((key, with_locals(item, names)) for key, item in value.keywords)
        return Code(value.target, tuple(with_locals(item, names) for item in value.positional), keywords)
    if isinstance(value, tuple):
        return tuple(with_locals(item, names) for item in value)
    if isinstance(value, Choice):
        return Choice(*(with_locals(part, names) for part in (value.condition, value.then, value.otherwise)))
    if isinstance(value, Row):
        carried = tuple(replace(one, first=with_locals(one.first, names)) for one in value.carried)
        return replace(value, what=with_locals(value.what, names), carried=carried)
    return value


def codes_in(value: Any) -> Iterator[Code]:
    """Every call within what is made."""
    if isinstance(value, Code):
        yield value
    for part in values_in(value):
        yield from codes_in(part)


def local_names(value: Any) -> Mapping[str, str]:
    """The names that a made thing brings along itself, so that nobody has to tell them."""
    if isinstance(value, Row):
        return {"i": "i"}
    if isinstance(value, Maker):
        return {size: size for size in value.sizes}
    return {}
