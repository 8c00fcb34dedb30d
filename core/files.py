"""Designs as files: JSON with one record a line, read strictly, written so that nothing is ever lost.

The lines stand in a stable order and each ends with a comma, so moving a node changes one line and two
designs can be compared and merged line by line. Reading checks every field and never runs anything.
"""

import math
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import fields, replace

from .document import Document
from .expression import Expression, ExpressionError, Value, parse
from .record import ROOT, Comment, Module, Node, Record, Unread, Wire, module_of

VERSION = (1, 0)
"""Major and minor: a newer minor version is read and its unread fields kept, a newer major one is refused."""

LARGEST_FILE = 256 * 2**20
"""Bytes; a larger file is no design."""

_TYPES: dict[str, type[Module] | type[Node] | type[Wire] | type[Comment]] = {
    "module": Module,
    "node": Node,
    "wire": Wire,
    "comment": Comment,
}
_RANKS: dict[type, int] = {Module: 0, Node: 1, Wire: 2, Comment: 3, Unread: 4}


class FileError(ValueError):
    """A file that cannot be read or written: one sentence, and the place where there is one."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.message = message
        self.place = place


def dumps(document: Document) -> bytes:
    """The design as the bytes of a file; equal documents give equal bytes."""
    head = f'{{"layerloom": [{VERSION[0]}, {VERSION[1]}], "records": ['
    lines = [msgspec.json.encode(to_plain(record)).decode() + "," for record in _ordered(document)]
    return "\n".join([head, *lines, '{"record": "end"}]}', ""]).encode()


def loads(data: bytes) -> Document:
    """The design in these bytes; FileError where they are not one.

    What the document can represent (a dangling wire, a loop, an unknown layer) is read, and is a problem.
    """
    raw = _decode(data)
    if not isinstance(raw, dict) or "layerloom" not in raw:
        raise FileError("this is not a Layerloom design")
    _check_version(raw["layerloom"])
    lines = raw.get("records")
    if not isinstance(lines, list):
        raise FileError("expected a list of records", "records")
    if not lines or lines[-1] != {"record": "end"}:
        raise FileError("the file is cut off: its last line is missing", "records")
    records = [from_plain(line, f"records[{place}]") for place, line in enumerate(lines[:-1])]
    _check_whole(records)
    return Document(records)


def load(path: Path) -> Document:
    """The design in a file; FileError with one sentence where it cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FileError(f"{path.name} is too large for a design")
        return loads(path.read_bytes())
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error


def save(document: Document, path: Path) -> None:
    """Writes the design: the old file is kept as a backup (`name.loom~`) and is whole at every moment."""
    write_whole(path, dumps(document), backup=True)


def write_whole(path: Path, data: bytes, *, backup: bool = False) -> None:
    """Writes a file by way of a temporary one beside it: it is never half written. FileError if it fails."""
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if backup and path.exists():
            shutil.copy2(path, path.with_name(path.name + "~"))
        if path.exists():
            shutil.copymode(path, temporary)
        else:
            temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise FileError(f"cannot write {path}: {error.strerror or error}") from error


def to_plain(record: Record) -> dict[str, Any]:
    """A record as what JSON can hold; non-finite numbers and expressions become tagged objects."""
    if isinstance(record, Unread):
        return dict(record.extra)
    tag = next(tag for tag, kind in _TYPES.items() if isinstance(record, kind))
    plain: dict[str, Any] = {"record": tag}
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name == "extra" or value == _default(field):
            continue
        if isinstance(record, Node) and field.name == "arguments":
            value = {name: _value_to_plain(argument) for name, argument in sorted(value.items())}
        plain[field.name] = value
    return {**plain, **record.extra}


def from_plain(plain: Any, place: str) -> Record:
    """The record in what JSON held; FileError with the place where a field is missing or of a wrong type."""
    if not isinstance(plain, dict):
        raise FileError("expected a record", place)
    kind = _TYPES.get(plain.get("record", ""))
    if kind is None:
        return _unread(plain, place)
    known = {field.name for field in fields(kind)} - {"extra"}
    own = {name: value for name, value in plain.items() if name in known}
    extra = {name: value for name, value in plain.items() if name not in known and name != "record"}
    arguments = own.pop("arguments", {}) if kind is Node else None
    try:
        record = msgspec.convert({"type": plain["record"], **own}, kind)
    except msgspec.ValidationError as error:
        raise FileError(*_told(error, place)) from error
    record = replace(record, extra=extra)
    if isinstance(record, Node):
        record = replace(record, arguments=_values(arguments, f"{place}.arguments"))
    _check_finite(record, place)
    return record


def _ordered(document: Document) -> Iterable[Record]:
    """The root's records first, then module by module; within one by kind and id."""
    return sorted(
        document.records.values(),
        key=lambda record: (module_of(record) != ROOT, module_of(record), _RANKS[type(record)], record.id),
    )


def _decode(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        text = str(error)
        if "truncated" in text:
            raise FileError("the file is cut off") from error
        raise FileError(f"this is not JSON: {text}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise FileError("this is not a text that a design could be") from error


def _check_version(version: Any) -> None:
    if not (isinstance(version, list) and len(version) == 2 and all(type(part) is int for part in version)):
        raise FileError(f"expected a version such as [1, 0], got {version!r}", "layerloom")
    if version[0] != VERSION[0]:
        raise FileError(
            f"the file is of version {version[0]}.{version[1]}, this program reads {VERSION[0]}.x; "
            "open it with a newer Layerloom"
        )


def _check_whole(records: list[Record]) -> None:
    seen: set[str] = set()
    modules = {record.id for record in records if isinstance(record, Module)}
    if ROOT not in modules:
        raise FileError(f"there is no module {ROOT}", "records")
    for place, record in enumerate(records):
        if not record.id or record.id in seen:
            raise FileError(f"the id {record.id!r} stands twice or is empty", f"records[{place}].id")
        seen.add(record.id)
        if module_of(record) not in modules:
            raise FileError(f"there is no module {module_of(record)!r}", f"records[{place}].module")


def _check_finite(record: Record, place: str) -> None:
    for name in ("at", "size"):
        if not all(math.isfinite(number) and abs(number) < 1e9 for number in getattr(record, name, ())):
            raise FileError("expected numbers within the canvas", f"{place}.{name}")


def _values(arguments: Any, place: str) -> Mapping[str, Value]:
    if not isinstance(arguments, dict):
        raise FileError("expected arguments by name", place)
    return {name: _value_from_plain(value, f"{place}.{name}") for name, value in arguments.items()}


def _value_to_plain(value: Value) -> Any:
    if isinstance(value, Expression):
        return {"expression": value.source}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    return value


def _value_from_plain(value: Any, place: str) -> Value:
    if isinstance(value, list):
        return tuple(_whole(item, f"{place}[{i}]") for i, item in enumerate(value))
    if isinstance(value, dict):
        return _tagged(value, place)
    if isinstance(value, bool | int | float | str):
        return value
    raise FileError(f"expected a value, got {value!r}", place)


def _whole(item: Any, place: str) -> int:
    if type(item) is not int:
        raise FileError(f"expected a whole number, got {item!r}", place)
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
    raise FileError("expected a value or an expression", place)


def _unread(plain: dict[str, Any], place: str) -> Record:
    key, module = plain.get("id"), plain.get("module", ROOT)
    if not isinstance(plain.get("record"), str) or not isinstance(key, str) or not isinstance(module, str):
        raise FileError("expected a record with its kind and id", place)
    return Unread(id=key, module=module, extra=plain)


def _told(error: msgspec.ValidationError, place: str) -> tuple[str, str]:
    text, _, path = str(error).partition(" - at `$")
    return text[:1].lower() + text[1:].replace("`", ""), place + path.rstrip("`")


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default
