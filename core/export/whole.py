"""A folder that is written whole or not at all, over an earlier export but over nothing else."""

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from ..text import tr
from .error import ExportError


def check_target(directory: Path, own: frozenset[str], code: str = "", later: str = "") -> None:
    """Raises ExportError where there is something else than an earlier export.

    That holds the `own` files, and one whose name ends in `code` where that is given; perhaps also one that
    was made of it `later`.
    """
    if not directory.exists():
        return
    if not directory.is_dir():
        raise ExportError(tr("{directory} is a file; a folder is written", directory=directory))
    found = {entry.name for entry in directory.iterdir()} - {"__pycache__", later}
    more = {name for name in found - own if code and name.endswith(code)}
    if found and (not found >= own or len(more) != bool(code) or found != own | more):
        raise ExportError(
            tr(
                "{directory} holds other files; an empty folder or an earlier export would fit",
                directory=directory,
            )
        )


def write_folder(directory: Path, fill: Callable[[Path], None]) -> None:
    """Writes beside the target and puts it in its place when all is there."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    beside = directory.with_name(f".{directory.name}.{secrets.token_hex(4)}")
    beside.mkdir()
    try:
        fill(beside)
        _put_in_place(beside, directory)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _put_in_place(fresh: Path, directory: Path) -> None:
    if not directory.exists():
        fresh.rename(directory)
        return
    old = fresh.with_name(fresh.name + ".old")
    directory.rename(old)
    try:
        fresh.rename(directory)
    except OSError:
        old.rename(directory)
        raise
    shutil.rmtree(old)
