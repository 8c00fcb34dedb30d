"""What a node is given, read and changed as one: expressions, and uses with values of their own."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from .expression import Expression, ExpressionError, Value, names, parse
from .record import INSTANCE_MARK, Module, Node
from .use import SLOT_MARK, Use


def names_of(value: Any) -> frozenset[str]:
    """The names that must be known to evaluate a value."""
    if isinstance(value, Expression):
        return names(value)
    if isinstance(value, Use):
        return frozenset().union(kind_names(value.kind), *(names_of(part) for _, part in value.arguments))
    if isinstance(value, tuple):
        return frozenset().union(*map(names_of, value))
    return frozenset()


def kind_names(kind: str) -> frozenset[str]:
    """The names that a kind reads; none for one that is fixed or cannot be read."""
    if not kind.startswith(SLOT_MARK):
        return frozenset()
    try:
        return names(parse(kind[len(SLOT_MARK) :]))
    except ExpressionError:
        return frozenset()


def uses_of(value: Any) -> Iterator[Use]:
    """Every use in a value, those within uses among them."""
    if isinstance(value, Use):
        yield value
        for _, part in value.arguments:
            yield from uses_of(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from uses_of(part)


def kinds_of(record: Node | Module) -> Iterator[str]:
    """Every kind that a node is made of, or that a module's defaults name."""
    values: tuple[Any, ...]
    if isinstance(record, Node):
        yield record.kind
        values = tuple(record.arguments.values())
    else:
        values = (
            *(argument.default for argument in record.arguments),
            *(value for one in record.settings.values() for value in one.values()),
        )
    for use in uses_of(values):
        yield use.kind


def definitions_of(record: Node | Module) -> frozenset[str]:
    """The ids of the modules that a node is made of, or that a module's defaults name."""
    return frozenset(kind[1:] for kind in kinds_of(record) if kind.startswith(INSTANCE_MARK))


def mapped(value: Value, change: Callable[[Expression], Value], kind: Callable[[str], str] = str) -> Value:
    """The value with every expression changed, those within uses among them, and every use's kind."""
    if isinstance(value, Expression):
        return change(value)
    if isinstance(value, Use):
        pairs = tuple((name, mapped(part, change, kind)) for name, part in value.arguments)
        return replace(value, kind=kind(value.kind), arguments=pairs)
    if isinstance(value, tuple):
        return tuple(part if isinstance(part, int) else _mapped_use(part, change, kind) for part in value)
    return value


def _mapped_use(value: Use, change: Callable[[Expression], Value], kind: Callable[[str], str]) -> Use:
    found = mapped(value, change, kind)
    assert isinstance(found, Use)
    return found


def with_kinds(node: Node, kinds: Mapping[str, str]) -> Node:
    """The node with other kinds in the place of these, in its arguments too."""

    def kind(old: str) -> str:
        return kinds.get(old, old)

    arguments = {name: mapped(value, lambda same: same, kind) for name, value in node.arguments.items()}
    changed = replace(node, kind=kind(node.kind), arguments=arguments)
    return node if changed == node else changed
