"""The arguments that a module declares: their kinds, and which values they take."""

from collections.abc import Mapping
from typing import Any

from .dim import Symbolic
from .layers.argument import ArgumentError
from .record import ArgumentKind, Module, ModuleArgument
from .text import tr
from .types import parse_shape
from .use import Use

KINDS: tuple[ArgumentKind, ...] = (
    "int", "float", "bool", "choice", "list", "shape", "string", "module", "modules",
)  # fmt: skip
"""Every kind that an argument may have, in the order in which they are offered."""

EMPTY: Mapping[ArgumentKind, Any] = {
    "int": 1, "float": 0.0, "bool": False, "choice": "", "list": (), "shape": "", "string": "",
    "module": Use("Identity"), "modules": (Use("Identity"),),
}  # fmt: skip
"""The default that a new argument of each kind gets."""


def kind_of(argument: ModuleArgument) -> ArgumentKind:
    """The kind as declared, or as the default tells."""
    if argument.kind:
        return argument.kind
    match argument.default:
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case str():
            return "choice" if argument.choices else "string"
        case Use():
            return "module"
        case tuple() as items if items and isinstance(items[0], Use):
            return "modules"
    return "list"


def check_argument(argument: ModuleArgument, value: Any) -> Any:
    """The value as the argument takes it (an int for a float becomes one); ArgumentError otherwise."""
    kind = kind_of(argument)
    if kind in ("int", "list") and isinstance(value, Symbolic):
        return value
    given: Any = value
    if kind == "choice" and value not in argument.choices:
        names = ", ".join(argument.choices)
        raise ArgumentError(
            argument.name, tr("expected one of {names}, got {value}", names=names, value=repr(value))
        )
    if not _is_of(kind, value):
        raise ArgumentError(
            argument.name,
            tr("expected {noun}, got {value}", noun=_NOUNS[kind], value=_shown(value)),
        )
    if kind == "shape":
        _check_shape(argument, given)
    for number in given if kind == "list" else (given,) if kind in ("int", "float") else ():
        _check_bounds(argument, number)
    return float(given) if kind == "float" else value


def module_arguments(module: Module, values: Mapping[str, Any]) -> dict[str, Any]:
    """A module's arguments with defaults filled in; ArgumentError where one is unknown or does not fit."""
    known = {argument.name: argument for argument in module.arguments}
    for name in values:
        if name not in known:
            raise ArgumentError(name, tr("{module} has no argument {name}", module=module.name, name=name))
    return {
        name: check_argument(argument, values.get(name, argument.default)) for name, argument in known.items()
    }


_NOUNS: Mapping[ArgumentKind, str] = {
    "int": "a whole number", "float": "a number", "bool": "true or false", "choice": "a choice",
    "list": "a list", "shape": "a shape", "string": "a text", "module": "a module",
    "modules": "a list of modules",
}  # fmt: skip


def _is_of(kind: ArgumentKind, value: Any) -> bool:
    match kind:
        case "int":
            return type(value) is int
        case "float":
            return type(value) in (int, float)
        case "bool":
            return type(value) is bool
        case "module":
            return isinstance(value, Use)
        case "modules":
            return isinstance(value, tuple) and all(isinstance(item, Use) for item in value)
        case "list":
            return isinstance(value, tuple) and all(type(item) in (int, Symbolic) for item in value)
    return isinstance(value, str)


def _check_bounds(argument: ModuleArgument, value: Any) -> None:
    if isinstance(value, Symbolic):
        return
    if argument.minimum is not None and value < argument.minimum:
        raise ArgumentError(
            argument.name,
            tr("expected at least {minimum}, got {value}", minimum=argument.minimum, value=value),
        )
    if argument.maximum is not None and value > argument.maximum:
        raise ArgumentError(
            argument.name,
            tr("expected at most {maximum}, got {value}", maximum=argument.maximum, value=value),
        )


def _check_shape(argument: ModuleArgument, value: str) -> None:
    try:
        parse_shape(value)
    except ValueError as error:
        raise ArgumentError(argument.name, str(error)) from None


def _shown(value: Any) -> str:
    if isinstance(value, Use):
        return tr("a module")
    return repr(value)
