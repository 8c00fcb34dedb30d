"""Object files of kernels in a folder: each is noted with its size and checksum, and read only if both agree.

LLVM believes what it is given: bytes that a full disk has cut, or a faulty one changed, end the process.
"""

import os
import platform
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from ..platform import processor, sync_folder

Seal = tuple[int, str]
"""A file's size in bytes and its SHA-256 in hexadecimal."""

UNFINISHED = ".part"
"""How the name of a file ends while it is written, by one process at a time."""


class _Note(msgspec.Struct, frozen=True):
    """`made_for` tells what beside the folder's name code is compiled for; files go without their ending."""

    made_for: str
    seals: dict[str, Seal]


def seal(data: bytes) -> Seal:
    """What tells these bytes from others."""
    return len(data), sha256(data).hexdigest()


def note(path: Path, seals: Mapping[str, Seal]) -> None:
    """Writes down which object files stand beside, for this machine and its processor."""
    write(path, msgspec.json.encode(_Note(_this_machine(), dict(seals))))


def unharmed(path: Path) -> dict[str, bytes]:
    """The object files that a note tells of and that are as they were written.

    None are where it is damaged, not there, or about another processor.
    """
    return _unharmed(path.parent, _noted(path))


def all_unharmed(path: Path) -> dict[str, bytes]:
    """The object files that a note tells of, where each is as it was written; else none."""
    seals = _noted(path)
    found = _unharmed(path.parent, seals)
    return found if found.keys() == seals.keys() else {}


def _unharmed(folder: Path, seals: Mapping[str, Seal]) -> dict[str, bytes]:
    read = {name: _read(folder / f"{name}.o") for name in seals}
    return {name: data for name, data in read.items() if seal(data) == seals[name]}


def write(path: Path, data: bytes) -> None:
    """Writes a file that after a power cut is there as a whole, or not at all."""
    beside = path.with_name(f"{path.name}{UNFINISHED}")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)  # on a full disk it takes what little room there is
        raise
    sync_folder(path.parent)


def _noted(path: Path) -> Mapping[str, Seal]:
    try:
        found = msgspec.json.decode(_read(path), type=_Note)
    except msgspec.DecodeError:
        return {}
    return found.seals if found.made_for == _this_machine() else {}


def _read(path: Path) -> bytes:
    """The bytes of a file, none where it cannot be read: what is harmed is compiled anew, for any reason."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _this_machine() -> str:
    return repr((platform.machine(), platform.node(), processor()))
