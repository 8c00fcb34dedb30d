"""What a node is made of at a call: its arguments evaluated, slots and choices replaced by what they give."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .dim import Symbolic, equal
from .expression import Expression, ExpressionError, Undecided, evaluate, names as names_read, parse
from .layers.argument import ArgumentError
from .text import tr
from .use import SLOT_MARK, Use, use

MAX_STEPS = 60
"""Slots and choices that lead to each other before they are refused."""


@dataclass(frozen=True)
class Settled:
    """A kind that is a layer or an instance, and the values of its arguments."""

    kind: str
    arguments: Mapping[str, Any]


class Open(ArgumentError):
    """A choice that sizes which are not known do not decide."""


def settled(
    kind: str, arguments: Mapping[str, Any], names: Mapping[str, Any], steps: int = MAX_STEPS
) -> Settled:
    """The kind and arguments with what `names` stand for put in.

    Raises ArgumentError with the argument at fault, Open where it is a choice that is not decided.
    """
    if steps < 1:
        raise ArgumentError("module", tr("this is made of itself without end"))
    if kind.startswith(SLOT_MARK):
        given = _slot(kind, names)
        own = {name: evaluated(name, value, names) for name, value in arguments.items()}
        return settled(given.kind, {**given.named, **own}, names, steps - 1)
    if kind == "Choose":
        return _chosen(arguments, names, steps)
    return Settled(kind, {name: evaluated(name, value, names) for name, value in arguments.items()})


def evaluated(name: str, value: Any, names: Mapping[str, Any]) -> Any:
    """An argument's value; a use has its own arguments evaluated too. ArgumentError where there is none."""
    if isinstance(value, Expression):
        try:
            return _whole(name, evaluate(value, names), _without_modules(names, value))
        except Undecided as error:
            raise Open(name, error.message) from None
        except ExpressionError as error:
            raise ArgumentError(name, error.message) from None
    return _whole(name, value, names)


def _whole(name: str, value: Any, names: Mapping[str, Any]) -> Any:
    """The value with the arguments of uses in it evaluated; a default may hold some that are not."""
    if isinstance(value, Use):
        return _evaluated_use(name, value, names)
    if isinstance(value, tuple):
        return tuple(_whole(name, part, names) if isinstance(part, Use) else part for part in value)
    return value


def _without_modules(names: Mapping[str, Any], read: Expression) -> Mapping[str, Any]:
    """The names without the modules that an expression reads: what one is made of cannot be itself."""
    modules = {key for key in names_read(read) if isinstance(names.get(key), Use | tuple)}
    return {key: value for key, value in names.items() if key not in modules} if modules else names


def holds(name: str, value: Any) -> bool:
    """Whether a condition's value is true; Open where its sizes do not tell."""
    if isinstance(value, Symbolic):
        zero = equal(value, 0)
        if zero is None:
            raise Open(name, tr("whether {value} is 0 depends on its sizes", value=value))
        return not zero
    return bool(value)


def branch(arguments: Mapping[str, Any], condition: bool) -> Use:
    """The use that a choice has for a condition; Identity where none is set.

    Raises ArgumentError where it is something else.
    """
    name = "then" if condition else "otherwise"
    found = arguments.get(name, Use("Identity"))
    if isinstance(found, Expression):
        return Use(SLOT_MARK + found.source)
    if not isinstance(found, Use):
        raise ArgumentError(name, tr("expected a module, got {value}", value=repr(found)))
    return found


def _chosen(arguments: Mapping[str, Any], names: Mapping[str, Any], steps: int) -> Settled:
    condition = evaluated("condition", arguments.get("condition", True), names)
    name = "then" if holds("condition", condition) else "otherwise"
    part = branch(arguments, name == "then")
    if not part.kind:
        raise ArgumentError(name, empty_slot(name))
    return settled(part.kind, part.named, names, steps - 1)


def _evaluated_use(name: str, value: Use, names: Mapping[str, Any]) -> Use:
    inside = {key: evaluated(name, part, names) for key, part in value.arguments}
    if value.kind.startswith(SLOT_MARK):
        given = _slot(value.kind, names)
        inner = _without_modules(names, parse(value.kind[len(SLOT_MARK) :]))
        known = {key: evaluated(name, part, inner) for key, part in given.arguments}
        return use(given.kind, {**known, **inside})
    return use(value.kind, inside) if value.arguments else value


def _slot(kind: str, names: Mapping[str, Any]) -> Use:
    source = kind[len(SLOT_MARK) :]
    try:
        found = evaluate(parse(source), names)
    except Undecided as error:
        raise Open(source, error.message) from None
    except ExpressionError as error:
        raise ArgumentError(source, error.message) from None
    if not isinstance(found, Use):
        raise ArgumentError(
            source, tr("{source} is no module; an argument of that kind would fit", source=source)
        )
    if not found.kind:
        raise ArgumentError(source, empty_slot(source))
    return found


def empty_slot(name: str) -> str:
    """The sentence about a slot that nothing has been put into."""
    return tr("the slot {name} is empty; choose a module for it", name=name)
