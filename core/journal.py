"""The recovery journal: every change of an open design on disk at once, so that a kill loses none.

A journal is a text file: a head (which file, which process), the design as it was, then a line a change.
It goes when the design is closed; one that is left over belongs to a process that died.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import msgspec

from .document import Change, Document
from .files import FileError, dumps, from_plain, loads, to_plain, write_whole
from .platform import process_is, process_mark as mark_of
from .record import Record, fresh_id

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
        self._stream: TextIO | None = None
        self._written = 0
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
            self._stream = self._file.open("a", encoding="utf-8")
            self.problem = ""
        except (OSError, FileError) as error:
            self.problem = f"changes cannot be kept for recovery: {error}"
        self._written = 0

    def sync(self) -> None:
        """Brings what was written to the disk itself; call it every few seconds."""
        if self._stream is not None and self._written:
            try:
                os.fsync(self._stream.fileno())
            except OSError as error:
                self.problem = f"changes cannot be kept for recovery: {error.strerror or error}"

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
        line = msgspec.json.encode([change.name, plain]).decode()
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except OSError as error:
            self.problem = f"changes cannot be kept for recovery: {error.strerror or error}"
            return
        self._written += len(line)
        if self._written > COMPACT_AFTER:
            self.rewrite(self._path)

    def _shut(self) -> None:
        if self._stream is not None:
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
        _, base, changes = _read(self.file)
        document = loads(base.encode())
        records: dict[str, Record] = dict(document.records)
        for place, (_, diff) in enumerate(changes):
            for key, plain in diff.items():
                if plain is None:
                    records.pop(key, None)
                else:
                    records[key] = from_plain(plain, f"change {place + 1}")
        return Document(records.values())

    def discard(self) -> None:
        """Takes the journal away."""
        self.file.unlink(missing_ok=True)


def recoverable(folder: Path) -> list[Recovery]:
    """The designs with changes that dead processes left in the folder, the latest first."""
    found = []
    for file in folder.glob(f"*{SUFFIX}"):
        try:
            head, _, changes = _read(file)
            when = file.stat().st_mtime
        except (FileError, OSError):
            continue
        if changes and not process_is(head["process"], head["mark"]):
            path = Path(head["path"]) if head["path"] else None
            found.append(Recovery(file, path, len(changes), when))
    return sorted(found, key=lambda recovery: -recovery.when)


def _read(file: Path) -> tuple[dict[str, Any], str, list[tuple[str, dict[str, Any]]]]:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
        head, base = json.loads(lines[0]), json.loads(lines[1])
        assert {"path", "process", "mark"} <= set(head)
    except OSError as error:
        raise FileError(f"cannot read {file}: {error.strerror or error}") from error
    except (ValueError, IndexError, AssertionError, TypeError) as error:
        raise FileError(f"{file.name} is not a journal") from error
    return head, str(base), list(_changes(lines[2:]))


def _changes(lines: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The changes up to the first line that a kill cut off."""
    for line in lines:
        try:
            name, diff = json.loads(line)
        except ValueError:
            return
        yield name, diff
