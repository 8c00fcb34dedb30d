"""The recovery journal: every change of an open design on disk at once, so that a kill loses none.

A journal is a text file: a head (which file, which process), the design as it was, then a line a change.
It goes when the design is closed; one that is left over belongs to a process that died.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from errno import ENOSPC
from io import RawIOBase
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from .document import Change, Document
from .files import FileError, check_whole, dumps, loads, write_whole
from .plain import from_plain, to_plain
from .platform import process_is, process_mark as mark_of
from .record import Record, fresh_id
from .text import tr

SUFFIX = ".journal"

COMPACT_AFTER = 4 * 2**20
"""Bytes of changes after which the design is written anew."""


class Journal:
    """Writes a document's changes behind a copy of it. That it cannot is told by `problem`, never raised."""

    def __init__(self, folder: Path, document: Document, path: Path | None) -> None:
        self.problem = ""
        self._file = folder / (fresh_id() + SUFFIX)
        self._document = document
        self._path = path
        self._stream: RawIOBase | None = None
        self._written = 0
        self._outdated = False
        self.rewrite(path)
        self._unsubscribe = document.subscribe(self._note)

    def rewrite(self, path: Path | None) -> None:
        """Starts anew from the design as it is; `path` is the file it was last saved to or opened from."""
        self._path = path
        head = {"path": str(path) if path else None, "process": os.getpid(), "mark": mark_of(os.getpid())}
        lines = [json.dumps(head), json.dumps(dumps(self._document).decode()), ""]
        self._shut()
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, "\n".join(lines).encode())
            self._stream = self._file.open("ab", buffering=0)
        except (OSError, FileError) as error:
            self._fail(error)
            return
        self._written, self._outdated, self.problem = 0, False, ""

    def sync(self) -> None:
        """Brings what was written to the disk; starts anew where that failed. For every few seconds."""
        if self._outdated:
            self.rewrite(self._path)
        elif self._stream is not None and self._written:
            try:
                os.fsync(self._stream.fileno())
            except OSError as error:
                self._fail(error)

    def close(self) -> None:
        """Ends the journal and takes it away: the design was saved, or its loss was agreed to."""
        self._unsubscribe()
        self._shut()
        with suppress(OSError):
            self._file.unlink(missing_ok=True)

    def _note(self, change: Change) -> None:
        if self._stream is None:
            return
        plain = {key: None if after is None else to_plain(after) for key, (_, after) in change.diff.items()}
        line = msgspec.json.encode([change.name, plain]) + b"\n"
        try:
            written = self._stream.write(line)
        except OSError as error:
            self._fail(error)
            return
        if written != len(line):
            self._fail(OSError(ENOSPC, os.strerror(ENOSPC)))
            return
        self._written += len(line)
        if self._written > COMPACT_AFTER:
            self.rewrite(self._path)

    def _fail(self, error: OSError | FileError) -> None:
        """Stops writing, since a line behind half a line could not be read; `sync` starts anew."""
        self._shut()
        self._outdated = True
        reason = error.strerror if isinstance(error, OSError) else None
        self.problem = f"changes cannot be kept for recovery: {reason or error}"

    def _shut(self) -> None:
        if self._stream is not None:
            with suppress(OSError):
                self._stream.close()
            self._stream = None


@dataclass(frozen=True)
class Recovery:
    """A design that a process left behind when it died."""

    file: Path
    path: Path | None
    changes: int
    when: float
    """Seconds since 1970 of the last change."""

    def document(self) -> Document:
        """The design as it was last; FileError where the journal cannot be read."""
        journal = _read(self.file)
        records: dict[str, Record] = dict(loads(journal.base.encode()).records)
        for place, diff in enumerate(journal.changes):
            for key, plain in diff.items():
                if plain is None:
                    records.pop(key, None)
                else:
                    records[key] = from_plain(plain, f"change {place + 1}")
        check_whole(list(records.values()))
        return Document(records.values())

    def discard(self) -> None:
        """Takes the journal away."""
        self.file.unlink(missing_ok=True)


def recoverable(folder: Path) -> list[Recovery]:
    """The designs with changes that dead processes left in the folder, the latest first."""
    found = []
    for file in folder.glob(f"*{SUFFIX}"):
        try:
            journal = _read(file)
            when = file.stat().st_mtime
        except (FileError, OSError):
            continue
        if journal.changes and not process_is(journal.head.process, journal.head.mark):
            path = Path(journal.head.path) if journal.head.path else None
            found.append(Recovery(file, path, len(journal.changes), when))
    return sorted(found, key=lambda recovery: -recovery.when)


class _Head(msgspec.Struct, frozen=True):
    path: str | None
    process: int
    mark: str


class _Content(NamedTuple):
    head: _Head
    base: str
    changes: list[dict[str, Any]]


def _read(file: Path) -> _Content:
    try:
        lines = file.read_bytes().split(b"\n")
        head = msgspec.json.decode(lines[0], type=_Head)
        base = msgspec.json.decode(b"".join(lines[1:2]), type=str)
    except OSError as error:
        raise FileError(
            tr("cannot read {file}: {strerror}", file=file, strerror=error.strerror or error)
        ) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise FileError(tr("{file} is not a journal", file=file.name)) from error
    return _Content(head, base, list(_changes(lines[2:])))


def _changes(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    """What each change left behind, up to the first line that a kill cut off."""
    for line in lines:
        try:
            _, diff = msgspec.json.decode(line, type=tuple[str, dict[str, Any]])
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return
        yield diff
