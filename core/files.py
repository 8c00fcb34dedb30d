"""Designs as files: JSON with one record a line, read strictly, written so that nothing is ever lost.

The lines stand in a stable order and each ends with a comma, so moving a node changes one line and two
designs can be compared and merged line by line. Reading checks every field and never runs anything.
"""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from .document import Document
from .plain import FileError, from_plain, to_plain
from .platform import sync_folder
from .record import ROOT, Comment, Module, Node, Record, Tie, Unread, Wire, fresh_id, module_of
from .text import tr

__all__ = ["FileError", "check_whole", "dumps", "load", "loads", "save", "write_whole"]

VERSION = (1, 0)
"""Major and minor: a newer minor version is read and its unread fields kept, a newer major one is refused."""

LARGEST_FILE = 256 * 2**20
"""Bytes; a larger file is no design."""

_RANKS: dict[type, int] = {Module: 0, Node: 1, Wire: 2, Tie: 3, Comment: 4, Unread: 5}


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
        raise FileError(tr("this is not a Layerloom design"))
    _check_version(raw["layerloom"])
    lines = raw.get("records")
    if not isinstance(lines, list):
        raise FileError(tr("expected a list of records"), "records")
    if not lines or lines[-1] != {"record": "end"}:
        raise FileError(tr("the file is cut off: its last line is missing"), "records")
    records = [from_plain(line, f"records[{place}]") for place, line in enumerate(lines[:-1])]
    check_whole(records)
    return Document(records)


def load(path: Path) -> Document:
    """The design in a file; FileError with one sentence where it cannot be read."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise FileError(tr("{path} is a pipe or a device; a design is a file", path=path.name))
        if found.st_size > LARGEST_FILE:
            raise FileError(
                tr(
                    "{path} has {st_size} bytes; a design has {largest_file} at most",
                    path=path.name,
                    st_size=f"{found.st_size:,}",
                    largest_file=f"{LARGEST_FILE:,}",
                )
            )
        return loads(path.read_bytes())
    except OSError as error:
        raise FileError(
            tr("cannot read {path}: {strerror}", path=path, strerror=error.strerror or error)
        ) from error


def save(document: Document, path: Path) -> None:
    """Writes the design: the old file is kept as a backup (`name.loom~`) and is whole at every moment."""
    write_whole(path, dumps(document), backup=True)


def write_whole(path: Path, data: bytes, *, backup: bool = False) -> None:
    """Writes a file by way of a temporary one beside it: it is never half written. FileError if it fails.

    A link stays a link, and what it leads to is written.
    """
    try:
        target = path.resolve()
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not mode & 0o222:
            raise FileError(tr("cannot write {path}: it is read-only", path=path))
        if mode is not None and backup:
            _put_in_place(target.with_name(target.name + "~"), target.read_bytes(), mode)
        _put_in_place(target, data, mode)
        sync_folder(target.parent)
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        raise FileError(
            tr("cannot write {path}: {error}", path=path, error=getattr(error, "strerror", None) or error)
        ) from error


def _put_in_place(path: Path, data: bytes, mode: int | None) -> None:
    temporary = path.with_name(f".{fresh_id()}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def check_whole(records: list[Record]) -> None:
    """FileError where an id stands twice, or a record stands in a module that is not there."""
    seen: set[str] = set()
    modules = {record.id for record in records if isinstance(record, Module)}
    if ROOT not in modules:
        raise FileError(tr("there is no module {main}", main=ROOT), "records")
    for place, record in enumerate(records):
        if not record.id:
            raise FileError(tr("the id is empty"), f"records[{place}].id")
        if record.id in seen:
            raise FileError(tr("the id {id} stands twice", id=repr(record.id)), f"records[{place}].id")
        seen.add(record.id)
        if module_of(record) not in modules:
            raise FileError(
                tr("there is no module {record}", record=repr(module_of(record))), f"records[{place}].module"
            )


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
            raise FileError(tr("the file is cut off")) from error
        raise FileError(tr("this is not JSON: {text}", text=text)) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise FileError(tr("this is not a text that a design could be")) from error


def _check_version(version: Any) -> None:
    if not (isinstance(version, list) and len(version) == 2 and all(type(part) is int for part in version)):
        raise FileError(
            tr("expected a version such as [1, 0], got {version}", version=repr(version)), "layerloom"
        )
    if version[0] != VERSION[0]:
        raise FileError(
            tr(
                "the file is of version {version}.{version2}, this program reads {known}.x; "
                "open it with a newer Layerloom",
                version=version[0],
                version2=version[1],
                known=VERSION[0],
            )
        )
