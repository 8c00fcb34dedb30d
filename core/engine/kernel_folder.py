"""The folder that compiled kernels are kept in: what its files are called, its room, and when it goes.

Every version of the sources has one of its own. When a new one is made, those go that nobody has used for
long, by the times of their last change: whoever takes kernels from one makes that time now.
"""

import os
import re
import shutil
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from ..ops import jit
from ..platform import is_locked
from ..system_error import reason

MARKER = "complete"
"""The note of all object files, written once they are there."""
CONTENTS = "contents"
"""The note of those that are there so far."""
PROGRESS = "progress"
LOCK = "lock"
FAILURE = "failure"
"""What ended the last process, where that could be written."""
UNUSED_DAYS = 30
"""For so long a folder stays that nobody uses."""
ROOM = 2_000_000
"""Bytes that the compiled kernels take up, with some to spare."""


@dataclass(frozen=True)
class Progress:
    """How many of the kernels are compiled, and the one that is being compiled."""

    done: int
    total: int
    name: str

    def __str__(self) -> str:
        """`3/20 pool.max_pool`."""
        return f"{self.done}/{self.total} {self.name}"


class FolderDeleted(FileNotFoundError):
    """The folder was deleted while kernels were being compiled into it, and perhaps is another's by now."""


class FailureNoted:
    """Leaves in the folder what ends a block before its time, for who asks later.

    A folder that was deleted, or that another process is already at work in, is left alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        """Nothing is written yet."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes the error's last line, where there is one and room for it."""
        if not isinstance(error, Exception) or isinstance(error, FolderDeleted):
            return
        if is_locked(self._folder / LOCK):
            return
        words = reason(error) if isinstance(error, OSError) else _last_line(error)
        with suppress(OSError):  # likely there is no room for that either
            (self._folder / FAILURE).write_text(words, "utf-8")


def _last_line(error: Exception) -> str:
    return traceback.format_exception_only(error)[-1].strip().splitlines()[-1]


def check_room(folder: Path) -> None:
    """Raises OSError, in the system's words, where the kernels cannot be written there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = folder if folder.exists() else folder.parent
    try:
        # Without a name, so that nothing is left of it however this ends.
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(bytes(ROOM))
            file.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(place)) from None


def use(folder: Path) -> None:
    """Notes that kernels are taken from a folder, so that it stays, where that may be noted."""
    with suppress(OSError):  # a folder that is not this user's stays anyway
        os.utime(folder)


def delete_unused(base: Path) -> None:
    """Deletes the folders of kernels that nobody has used for UNUSED_DAYS."""
    for folder in base.glob(f"{jit.PREFIX}*"):
        with suppress(OSError):  # another process was faster, or has a file open
            days = (time.time() - folder.stat().st_mtime) / (24 * 60 * 60)
            if days > UNUSED_DAYS and not is_locked(folder / LOCK):
                # Renamed first, it is there with all its files or not at all.
                away = folder.rename(folder.with_name(f"{folder.name}.{os.getpid()}"))
                shutil.rmtree(away)


_UNFINISHED = re.compile(r".+\.(part|\d+)")
"""Files that were being written when a process died, of this version and of those before."""


def delete_unfinished(folder: Path) -> None:
    """Deletes what is half written; of use where nobody is at work in the folder."""
    for path in folder.glob("*.*"):
        if _UNFINISHED.fullmatch(path.name) and path.is_file():
            with suppress(OSError):  # another process was faster, or it is another user's
                path.unlink()
