"""The arguments of a layer: their kinds, their limits, and what is refused in which words."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log10
from typing import Any, Literal as OneOf, get_type_hints

from ..dim import Dim, Symbolic, substitute, text
from ..expression import Expression, ExpressionError, names, parse, shaped_names, substitute as replaced
from ..text import tr
from ..types import parse_shape, shape_text
from ..use import Use

Size = Dim
"""A whole number, or a symbol while a definition is resolved with its arguments as symbols."""

Sizes = Dim | tuple[Dim, ...]
"""One number for every spatial axis, or one per axis."""

SizesOrWord = Dim | tuple[Dim, ...] | str
"""Sizes, or one of the words that the argument's `choices` list."""

ArgumentKind = OneOf["int", "float", "bool", "choice", "sizes", "text", "module"]

_KINDS: dict[Any, ArgumentKind] = {
    int: "int",
    Size: "int",
    float: "float",
    bool: "bool",
    str: "text",
    Sizes: "sizes",
    SizesOrWord: "sizes",
    Use: "module",
}
_REQUIRED = object()


class ArgumentError(ValueError):
    """A value that an argument cannot take."""

    def __init__(self, argument: str, message: str, column: int | None = None) -> None:
        super().__init__(f"{argument}: {message}")
        self.argument = argument
        self.message = message
        self.column = column
        """Where in a text, in characters from 0."""


def placed(error: ExpressionError) -> str:
    """What is wrong with a text, and at which column, counted from 1."""
    return tr("{reason} (column {column})", reason=error.message, column=error.column + 1)


@dataclass(frozen=True)
class TextForm:
    """How an argument's text is read where it is more than words.

    `read` raises ExpressionError where the text does not fit. `parts` gives the places (start, end) of the
    sizes that the text spells, which may name sizes of the module around it.
    """

    read: Callable[[str], Any]
    parts: Callable[[str], Sequence[tuple[int, int]]]

    def sizes(self, text: str) -> frozenset[str]:
        """The names of sizes that the text reads; none where it cannot be read."""
        try:
            self.read(text)
        except ExpressionError:
            return frozenset()
        return frozenset().union(*(size_names(text[start:end]) for start, end in self.parts(text)))

    def with_sizes(self, text: str, put: Callable[[str], str]) -> str:
        """The text with each of its sizes replaced by what `put` makes of it."""
        for start, end in reversed(self.parts(text)):
            text = text[:start] + put(text[start:end]) + text[end:]
        return text


def _axes(text: str) -> list[tuple[int, int]]:
    """The places of a shape's sizes, one an axis."""
    found: list[tuple[int, int]] = []
    start = 0
    for part in text.split(","):
        end = start + len(part)
        if part.strip():
            found.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip())))
        start = end + 1
    return found


SHAPE = TextForm(parse_shape, _axes)
"""Sizes with commas between them."""


def size_names(part: str) -> frozenset[str]:
    """The names in a size that is no shape of an input: of `width * x.shape[1]` it is width."""
    read = parse(part)
    return names(read) - shaped_names(read)


@dataclass(frozen=True, kw_only=True)
class Argument:
    """A constructor setting of a layer, as the inspector shows it."""

    name: str
    kind: ArgumentKind
    help: str
    default: Any = _REQUIRED
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False
    dimensions: bool = False
    """Whether a text is a shape: dimensions with commas between them."""
    form: TextForm | None = None
    """How another text that is more than words is read; its faults are told with the column."""

    @property
    def required(self) -> bool:
        """Whether there is no default: a new node gets `initial`."""
        return self.default is _REQUIRED


def argument(
    *,
    default: Any = _REQUIRED,
    help: str,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
    initial: Any = None,
    dimensions: bool = False,
    form: TextForm | None = None,
) -> Any:
    """A field of a layer. `initial` is what a new node is given: where it is missing, the default."""
    metadata = {
        "help": help,
        "minimum": minimum,
        "maximum": maximum,
        "choices": choices,
        "initial": initial,
        "dimensions": dimensions,
        "form": form,
    }
    if default is _REQUIRED:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


def check(spec: Argument, value: Any) -> Any:
    """The value as the argument takes it (an int for a float becomes one); ArgumentError otherwise."""
    if value is None and spec.optional:
        return value
    if spec.kind == "choice":
        if value not in spec.choices:
            raise ArgumentError(
                spec.name,
                tr(
                    "expected one of {names}, got {value}", names=", ".join(spec.choices), value=_shown(value)
                ),
            )
        return value
    if spec.kind == "sizes" and isinstance(value, str) and spec.choices:
        if value not in spec.choices:
            words = " or ".join(spec.choices)
            raise ArgumentError(
                spec.name,
                tr(
                    "expected {words}, or {words2}, got {value}",
                    words=_words[spec.kind],
                    words2=words,
                    value=_shown(value),
                ),
            )
        return value
    if spec.kind == "sizes" and isinstance(value, tuple):
        return tuple(_number(spec, item) for item in value)
    if spec.kind in ("int", "sizes"):
        return _number(spec, value)
    if spec.kind == "float":
        if type(value) is int and abs(value) <= LARGEST_INT:
            value = float(value)
        return _number(spec, value, float)
    if isinstance(value, str):
        _check_text(spec, value)
    expected: type = {"bool": bool, "module": Use}.get(spec.kind, str)
    if type(value) is not expected:
        raise ArgumentError(
            spec.name, tr("expected {words}, got {value}", words=_words[spec.kind], value=_shown(value))
        )
    return value


def _check_text(spec: Argument, text: str) -> None:
    try:
        if spec.dimensions:
            parse_shape(text)
        elif spec.form is not None:
            spec.form.read(text)
    except ExpressionError as error:
        reason = error.message if spec.dimensions else placed(error)
        raise ArgumentError(spec.name, reason, error.column) from None


_words = {"int": "a whole number", "sizes": "a whole number or a list of them", "float": "a number",
          "bool": "true or false", "text": "a text", "choice": "a choice", "module": "a module"}  # fmt: skip

LARGEST_INT = 2**31 - 1
"""Sizes beyond it are refused: no tensor of ours has more elements along an axis."""


def _number(spec: Argument, value: Any, kind: type[int] | type[float] = int) -> Any:
    if isinstance(value, Symbolic):
        return value
    if isinstance(value, bool) or not isinstance(value, kind):
        raise ArgumentError(
            spec.name, tr("expected {words}, got {value}", words=_words[spec.kind], value=_shown(value))
        )
    if value != value or abs(value) > LARGEST_INT:
        raise ArgumentError(
            spec.name,
            tr(
                "expected a number up to {largest_int}, got {value}",
                largest_int=LARGEST_INT,
                value=_shown(value),
            ),
        )
    if spec.minimum is not None and value < spec.minimum:
        raise ArgumentError(
            spec.name, tr("expected at least {minimum}, got {value}", minimum=spec.minimum, value=value)
        )
    if spec.maximum is not None and value > spec.maximum:
        raise ArgumentError(
            spec.name, tr("expected at most {maximum}, got {value}", maximum=spec.maximum, value=value)
        )
    return value


def _shown(value: Any) -> str:
    """The value as a sentence can hold it; Python refuses to spell numbers of thousands of digits."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(_shown(item) for item in value[:9])}{', …' if len(value) > 9 else ''}]"
    if isinstance(value, int) and abs(value) > 10**30:
        return f"a number of {round(value.bit_length() * log10(2))} digits"
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}…"


def with_sizes(spec: Argument, value: Any, sizes: Mapping[str, Dim]) -> Any:
    """The argument's value with sizes put in for its symbols, those of a text of a shape included."""
    if spec.dimensions and isinstance(value, str):
        return shape_text(tuple(substitute(dim, sizes) for dim in parse_shape(value)))
    if spec.form is not None and isinstance(value, str):
        return spec.form.with_sizes(value, lambda part: _sized(part, sizes))
    if isinstance(value, tuple):
        return tuple(with_sizes(spec, item, sizes) for item in value)
    return substitute(value, sizes) if isinstance(value, Symbolic) else value


def _sized(part: str, sizes: Mapping[str, Dim]) -> str:
    known = {name: Expression(text(sizes[name])) for name in size_names(part) if name in sizes}
    return replaced(parse(part), known).source


def read_argument(cls: type, declared: "dataclasses.Field[Any]") -> Argument:
    """The argument that a field declares; TypeError where the declaration is not complete."""
    meta = declared.metadata
    if not meta.get("help"):
        raise TypeError(f"{cls.__name__}.{declared.name}: use argument(help=…)")
    hint, optional = _without_none(get_type_hints(cls)[declared.name])
    kind: ArgumentKind | None = "choice" if meta["choices"] and hint != SizesOrWord else _KINDS.get(hint)
    if kind is None:
        raise TypeError(f"{cls.__name__}.{declared.name}: no editor for a field of type {hint}")
    default = _REQUIRED if declared.default is dataclasses.MISSING else declared.default
    return Argument(
        name=declared.name,
        kind=kind,
        help=meta["help"],
        default=default,
        minimum=meta["minimum"],
        maximum=meta["maximum"],
        choices=meta["choices"],
        optional=optional,
        dimensions=meta["dimensions"],
        form=meta["form"],
    )


def _without_none(hint: Any) -> tuple[Any, bool]:
    """The type of a field's values, and whether None may stand in their place."""
    parts = getattr(hint, "__args__", ())
    if hint in _KINDS or type(None) not in parts:
        return hint, False
    for known in _KINDS:
        if set(getattr(known, "__args__", (known,))) == set(parts) - {type(None)}:
            return known, True
    return hint, True
