"""Calls in a row as one thing that is made in a loop: what differs from call to call, said by the index."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..dim import Symbolic, substitute, symbol, symbols, text
from ..expression import Expression, ExpressionError, Value, names, substitute as put_in
from ..layers.spelling import Code
from ..record import INDEX
from .made import Carried, Choice, Local, Passed, Several

FIRST = Expression(f"{INDEX} == 0")
"""Whether a loop is in its first round."""


class Different(Exception):
    """The calls differ in more than sizes, so that each has to be written out."""


Said = tuple[Expression, Any]
"""The size of the next call in the words of the index, and what it is after the last call."""

Following = Callable[[Sequence[Any]], Said | None]
"""Says what the size of the next call is, from the sizes of all."""


@dataclass
class Merging:
    """Makes one description of several: `indices` are numbers, or 0 and the index as a symbol."""

    indices: Sequence[Any]
    following: Following
    name: Callable[[Code, int], str]
    """What a size in a call, at its place, is called where a loop carries it."""
    carried: list[Carried] = field(default_factory=list)

    def merged(self, values: Sequence[Any]) -> Any:
        """The one description. Raises Different where there is none."""
        first = values[0]
        if all(_alike(value, first) for value in values):
            return first
        if all(isinstance(value, Code) for value in values):
            return self._code(values)
        if all(isinstance(value, Choice) for value in values):
            parts = ([getattr(v, key) for v in values] for key in ("condition", "then", "otherwise"))
            return Choice(*(self.merged(part) for part in parts))
        if all(isinstance(value, tuple) and len(value) == len(first) for value in values):
            return tuple(self.merged(parts) for parts in zip(*values, strict=True))
        if all(_is_size(value) for value in values):
            return self._size(values, "size")
        raise Different

    def _code(self, codes: Sequence[Code]) -> Code:
        first = codes[0]
        words = [key for key, _ in first.keywords]
        for code in codes:
            same = (code.target, len(code.positional)) == (first.target, len(first.positional))
            if not same or [key for key, _ in code.keywords] != words:
                raise Different
        positional = tuple(
            self._size(parts, self.name(first, place))
            if all(map(_is_size, parts)) and not all(_alike(part, parts[0]) for part in parts)
            else self.merged(parts)
            for place, parts in enumerate(zip(*(code.positional for code in codes), strict=True))
        )
        values = zip(*([value for _, value in code.keywords] for code in codes), strict=True)
        return Code(first.target, positional, tuple(zip(words, map(self.merged, values), strict=True)))

    def _size(self, sizes: Sequence[Any], name: str) -> Any:
        index = symbol(INDEX)
        if any(isinstance(one, Symbolic) for one in self.indices):
            first, other = sizes
            return other if substitute(other, {INDEX: 0}) == first else Choice(FIRST, first, other)
        following = self.following(sizes)
        if following is not None and names(following[0]) and all(isinstance(s, int) for s in sizes[1:]):
            return self._carry(name, sizes[0], following)  # numbers here are an argument's at other calls
        if all(size == sizes[1] for size in sizes[2:]):
            return Choice(FIRST, sizes[0], sizes[1])
        step = sizes[1] - sizes[0]
        if all(size == sizes[0] + k * step for k, size in enumerate(sizes)):
            return sizes[0] + index * step
        if following is not None:
            return self._carry(name, sizes[0], following)
        try:
            return Expression(f"({', '.join(text(size) for size in sizes)})[{INDEX}]")
        except ExpressionError:
            raise Different from None

    def _carry(self, name: str, first: Any, following: Said) -> Local:
        """A variable of the loop for the size."""
        taken = {one.name for one in self.carried}
        while name in taken:
            name += "_"
        self.carried.append(Carried(name, first, *following))
        return Local(name)


def at_index(value: Any, index: int) -> Any:
    """What is made for one index, which is put in where it is read."""
    if isinstance(value, Expression):
        return put_in(value, {INDEX: index})
    if isinstance(value, Code):
        keywords = tuple((key, at_index(item, index)) for key, item in value.keywords)
        return Code(value.target, tuple(at_index(item, index) for item in value.positional), keywords)
    if isinstance(value, Choice):
        return Choice(*(at_index(part, index) for part in (value.condition, value.then, value.otherwise)))
    if isinstance(value, Passed):
        return Passed(at_index(value.source, index))
    if isinstance(value, Several):
        return replace(value, parts=tuple(at_index(part, index) for part in value.parts))
    return value


def _alike(a: Any, b: Any) -> bool:
    return a is b or (type(a) is type(b) and bool(a == b))


def _is_size(value: Any) -> bool:
    return isinstance(value, int | Symbolic) and not isinstance(value, bool)


def said_by_argument(
    sizes: Sequence[Any], written: Mapping[str, Value], evaluated: Sequence[Mapping[str, Any]]
) -> Said | None:
    """The argument whose value at each call is the size of the next."""
    for name, value in written.items():
        if isinstance(value, Expression) and all(
            one.get(name) == size for one, size in zip(evaluated, sizes[1:], strict=False)
        ):
            return value, evaluated[-1].get(name)
    return None


def said_by_output(
    sizes: Sequence[Any], outputs: Sequence[Any], definition: Sequence[Any], given: Mapping[str, Value]
) -> Said | None:
    """The size that a module gives, in the words of what it is given.

    `outputs` holds for each call the sizes of all its results, `definition` the same in the module's symbols.
    """
    for place, dim in enumerate(definition):
        if all(place < len(own) and own[place] == s for own, s in zip(outputs, sizes[1:], strict=False)):
            if isinstance(dim, int):
                return Expression(str(dim)), dim
            if symbols(dim) <= given.keys():
                try:
                    return put_in(Expression(text(dim)), given), outputs[-1][place]
                except ExpressionError:
                    continue
    return None
