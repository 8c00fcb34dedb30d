"""Records as what JSON can hold, and back, every field checked: the lines of a file, a journal or a clip."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec.structs import FieldInfo, asdict, fields, replace

from .expression import Expression, ExpressionError, Value, parse
from .initial_kinds import checked
from .layers.argument import ArgumentError
from .record import (
    ROOT,
    Comment,
    Initial,
    Module,
    ModuleArgument,
    Node,
    Origin,
    Record,
    Tie,
    Unread,
    Wire,
)
from .text import tr
from .use import Use, use

_TYPES: dict[str, type[Module] | type[Node] | type[Wire] | type[Comment] | type[Tie]] = {
    "module": Module,
    "node": Node,
    "wire": Wire,
    "comment": Comment,
    "tie": Tie,
}


class FileError(ValueError):
    """A file that cannot be read or written: one sentence, and the place where there is one."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.message = message
        self.place = place


def to_plain(record: Record) -> dict[str, Any]:
    """A record as what JSON can hold; non-finite numbers and expressions become tagged objects."""
    if isinstance(record, Unread):
        return dict(record.extra)
    tag = next(tag for tag, kind in _TYPES.items() if isinstance(record, kind))
    plain: dict[str, Any] = {"record": tag}
    for field in _fields(type(record)):
        value = getattr(record, field.name)
        if field.name == "extra" or value == _default(field):
            continue
        if field.name == "arguments":
            value = _arguments_to_plain(value)
        if field.name == "repeat":
            value = _value_to_plain(value)
        if isinstance(value, Origin):
            value = asdict(value)
        if field.name == "settings":
            value = {name: _arguments_to_plain(one) for name, one in sorted(value.items())}
        if field.name == "initial":
            value = {key: initial_to_plain(one) for key, one in sorted(value.items())}
        plain[field.name] = value
    return {**plain, **dict(sorted(record.extra.items()))}


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[FieldInfo, ...]:
    """The fields of a kind of record; msgspec reads the annotations anew at every question."""
    return fields(kind)


def from_plain(plain: Any, place: str) -> Record:
    """The record in what JSON held; FileError with the place where a field is missing or of a wrong type."""
    if not isinstance(plain, dict):
        raise FileError(tr("expected a record"), place)
    tag = plain.get("record")
    kind = _TYPES.get(tag) if isinstance(tag, str) else None
    if kind is None:
        return _unread(plain, place)
    own, extra = _split(kind, plain)
    del extra["record"]
    arguments, repeat, settings, initial = (
        own.pop(name, None) for name in ("arguments", "repeat", "settings", "initial")
    )
    record = replace(_converted({"type": tag, **own}, kind, place), extra=extra)
    if isinstance(record, Node) and arguments is not None:
        record = replace(record, arguments=_values(arguments, f"{place}.arguments"))
    if isinstance(record, Module) and arguments is not None:
        record = replace(record, arguments=_declarations(arguments, f"{place}.arguments"))
    if isinstance(record, Node) and repeat is not None:
        record = replace(record, repeat=_value_from_plain(repeat, f"{place}.repeat"))
    if isinstance(record, Module) and settings is not None:
        record = replace(record, settings=_settings(settings, f"{place}.settings"))
    if isinstance(record, Node | Module) and initial is not None:
        record = replace(record, initial=_initials(initial, f"{place}.initial"))
    _check_finite(record, place)
    return record


def _check_finite(record: Record, place: str) -> None:
    for name in ("at", "size"):
        if not all(math.isfinite(number) and abs(number) < 1e9 for number in getattr(record, name, ())):
            raise FileError(tr("expected numbers within the canvas"), f"{place}.{name}")


_Kind = TypeVar("_Kind")


def _converted(plain: dict[str, Any], kind: type[_Kind], place: str) -> _Kind:
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        raise FileError(*_told(error, place)) from error


def _split(kind: type, plain: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that the kind has, and the others, which are carried along."""
    known = {field.name for field in _fields(kind)} - {"extra"}
    own = {name: value for name, value in plain.items() if name in known}
    return own, {name: value for name, value in plain.items() if name not in known}


def _declarations(arguments: Any, place: str) -> tuple[ModuleArgument, ...]:
    if not isinstance(arguments, list):
        raise FileError(tr("expected a list of arguments"), place)
    return tuple(_declaration(plain, f"{place}[{i}]") for i, plain in enumerate(arguments))


def _declaration(plain: Any, place: str) -> ModuleArgument:
    if not isinstance(plain, dict):
        raise FileError(tr("expected an argument with its name and default"), place)
    own, extra = _split(ModuleArgument, plain)
    if "default" not in own:
        raise FileError(tr("expected an argument with its name and default"), place)
    default = _value_from_plain(own["default"], f"{place}.default")
    if isinstance(default, Expression):
        raise FileError(tr("a default is a plain value, not an expression"), f"{place}.default")
    declared = _converted({**own, "default": 0}, ModuleArgument, place)
    return replace(declared, default=default, extra=extra)


def _settings(settings: Any, place: str) -> dict[str, Any]:
    if not isinstance(settings, dict):
        raise FileError(tr("expected sets of values by name"), place)
    return {name: _values(values, f"{place}.{name}") for name, values in settings.items()}


def initial_to_plain(initial: Initial) -> dict[str, Any]:
    """First values as JSON holds them: the kind, and beside it its settings."""
    return {"kind": initial.kind, **dict(sorted(initial.settings.items()))}


def _initials(initials: Any, place: str) -> dict[str, Initial]:
    if not isinstance(initials, dict):
        raise FileError(tr("expected first values by parameter"), place)
    return {key: _initial(plain, f"{place}.{key}") for key, plain in initials.items()}


def _initial(plain: Any, place: str) -> Initial:
    if not isinstance(plain, dict) or not isinstance(plain.get("kind"), str):
        raise FileError(tr("expected first values with their kind"), place)
    settings = {name: value for name, value in plain.items() if name != "kind"}
    try:
        return checked(Initial(plain["kind"], settings))
    except ArgumentError as error:
        raise FileError(error.message, f"{place}.{error.argument}") from error


def _arguments_to_plain(arguments: Mapping[str, Value] | tuple[ModuleArgument, ...]) -> Any:
    """A node's values by name, or what a module declares."""
    if isinstance(arguments, tuple):
        return [_declaration_to_plain(argument) for argument in arguments]
    return {name: _value_to_plain(value) for name, value in sorted(arguments.items())}


def _declaration_to_plain(argument: ModuleArgument) -> dict[str, Any]:
    plain = {"name": argument.name, "default": _value_to_plain(argument.default)}
    for name in ("help", "kind", "choices", "minimum", "maximum"):
        if getattr(argument, name) not in ("", (), None):
            plain[name] = getattr(argument, name)
    return {**plain, **dict(sorted(argument.extra.items()))}


def _values(arguments: Any, place: str) -> Mapping[str, Value]:
    if not isinstance(arguments, dict):
        raise FileError(tr("expected arguments by name"), place)
    return {name: _value_from_plain(value, f"{place}.{name}") for name, value in arguments.items()}


def _value_to_plain(value: Value) -> Any:
    if isinstance(value, Expression):
        return {"expression": value.source}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if isinstance(value, Use):
        plain = {"use": value.kind, "arguments": _arguments_to_plain(value.named)}
        return plain if value.arguments else {"use": value.kind}
    if isinstance(value, tuple):
        return [_value_to_plain(part) for part in value]
    return value


def _value_from_plain(value: Any, place: str) -> Value:
    if isinstance(value, list):
        return tuple(_item(item, f"{place}[{i}]") for i, item in enumerate(value))
    if isinstance(value, dict):
        return _tagged(value, place)
    if isinstance(value, bool | int | float | str):
        return value
    raise FileError(tr("expected a value, got {value}", value=repr(value)), place)


def _item(item: Any, place: str) -> int | Use:
    if isinstance(item, dict):
        found = _tagged(item, place)
        if isinstance(found, Use):
            return found
    if type(item) is not int:
        raise FileError(tr("expected a whole number, got {item}", item=repr(item)), place)
    return item


def _tagged(value: dict[str, Any], place: str) -> Value:
    match value:
        case {"expression": str(source)}:
            try:
                return parse(source)
            except ExpressionError as error:
                raise FileError(error.message, place) from error
        case {"float": "nan" | "inf" | "-inf" as text}:
            return float(text)
        case {"use": str(kind), **rest} if rest.keys() <= {"arguments"}:
            return use(kind, _values(rest.get("arguments", {}), f"{place}.arguments"))
    raise FileError(tr("expected a value or an expression"), place)


def _unread(plain: dict[str, Any], place: str) -> Record:
    key, module = plain.get("id"), plain.get("module", ROOT)
    if not isinstance(plain.get("record"), str) or not isinstance(key, str) or not isinstance(module, str):
        raise FileError(tr("expected a record with its kind and id"), place)
    return Unread(id=key, module=module, extra=plain)


def _told(error: msgspec.ValidationError, place: str) -> tuple[str, str]:
    text, _, path = str(error).partition(" - at `$")
    return text[:1].lower() + text[1:].replace("`", ""), place + path.rstrip("`")


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default
