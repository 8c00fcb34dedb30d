"""Which Python files of layers the user trusts, by the hash of what is in them: a changed one is strange."""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from .text import tr


class TrustError(ValueError):
    """The list of trusted files cannot be written."""


def digest(source: bytes) -> str:
    """The SHA-256 of a file's bytes in hexadecimal."""
    return hashlib.sha256(source).hexdigest()


class Trust:
    """The hashes of trusted files, kept in a JSON file; one that is missing or damaged trusts nothing.

    Without a path what is trusted is known until the program ends.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._hashes = frozenset[str]() if path is None else _read(path)

    def is_trusted(self, source: bytes) -> bool:
        """Whether the user trusts a file with exactly these bytes."""
        return digest(source) in self._hashes

    def trust(self, source: bytes) -> str:
        """Notes that the user trusts these bytes, and returns their hash. TrustError where that fails."""
        found = digest(source)
        self._write(self._hashes | {found})
        return found

    def forget(self, sha256: str) -> None:
        """Takes the trust back. TrustError where that cannot be kept."""
        self._write(self._hashes - {sha256})

    def _write(self, hashes: frozenset[str]) -> None:
        try:
            if self._path is not None:
                _put(self._path, hashes)
        except OSError as error:
            raise TrustError(
                tr("what is trusted cannot be kept: {error}", error=error.strerror or str(error))
            ) from None
        self._hashes = hashes


def _put(path: Path, hashes: frozenset[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        json.dump({"version": 1, "sha256": sorted(hashes)}, file, indent=1)
    os.replace(file.name, path)


def _read(path: Path) -> frozenset[str]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return frozenset()
    hashes = found.get("sha256") if isinstance(found, dict) else None
    if not isinstance(hashes, list):
        return frozenset()
    return frozenset(each for each in hashes if isinstance(each, str) and len(each) == 64)
