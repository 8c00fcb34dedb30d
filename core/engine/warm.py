"""Compiles every kernel into the cache on disk, in a process of low priority: `python -m core.engine.warm`.

A line `n/N name` is printed before each, and the same is kept in a file for whoever asks `progress`.
One process compiles at a time: another waits for it, and then finds all there. What one that died has left is
taken up file by file, and what is damaged is compiled anew; half-written files go when the next one starts.
Where the folder is deleted under it, it begins with another, once, and keeps what it has compiled. What the
system refuses it is the last line of its errors, and what ends it at all is left in the folder until the next
one begins. Nothing here imports Numba before `main` runs.

Who uses kernels takes all of them into its memory at once: nothing is missed that is deleted meanwhile.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..ops import jit
from ..platform import is_locked, locked, lower_priority
from ..system_error import reason
from ..text import tr
from . import objects
from .compilation import Compilation
from .compiling import DELETED, TOLD, Compiling, deleted, lost
from .kernel_folder import (
    FAILURE,
    LOCK,
    MARKER,
    PROGRESS,
    FailureNoted,
    FolderDeleted,
    Progress,
    check_room,
    delete_unfinished,
    delete_unused,
    use,
)
from .shared import SharedFile

WAITED_FOR = "--waited-for"


class NotCompiled(Exception):
    """The process that compiles has ended before its time, for a reason in words."""


_taken: dict[Path, Mapping[str, bytes]] = {}
"""What was read from a folder."""


def ready() -> bool:
    """Whether every kernel is in the cache, undamaged, from these very sources and for this processor."""
    return bool(objects.all_unharmed(jit.cache_folder() / MARKER))


def take() -> bool:
    """Has every kernel in this process, as it is from then on; False where the cache is not `ready`."""
    folder = jit.cache_folder()
    if folder not in _taken:
        found = objects.all_unharmed(folder / MARKER)
        if not found:
            return False
        use(folder)
        _taken[folder] = found
    return True


def taken() -> Mapping[str, bytes]:
    """The object files by their kernels' files. They are compiled first where that was never done.

    Raises NotCompiled.
    """
    if not take():
        compile_now()
        if not take():
            raise NotCompiled(lost())
    return _taken[jit.cache_folder()]


def is_deleted() -> bool:
    """Whether the folder is gone that this process has its kernels from."""
    return any(not (folder / MARKER).exists() for folder in _taken)


def last_failure() -> str:
    """Why the last process that compiled was no success; nothing where there was none, or one is at work."""
    folder = jit.cache_folder()
    if under_way() or ready():
        return ""
    with suppress(OSError, UnicodeDecodeError):
        if told := (folder / FAILURE).read_text("utf-8"):
            return told
    if (folder / MARKER).exists() or not (folder / PROGRESS).exists():
        return ""  # it had ended well, and what it wrote was damaged since; or there was none
    return tr("the process that does it ended too soon")


def under_way() -> bool:
    """Whether some process compiles now."""
    return is_locked(jit.cache_folder() / LOCK)


def progress() -> Progress | None:
    """How far the process has come that compiles; None where there is none, and before its first kernel."""
    if not under_way():
        return None
    try:
        count, name = (jit.cache_folder() / PROGRESS).read_text("utf-8").split()
        done, total = map(int, count.split("/"))
    except (OSError, ValueError):
        return None
    return Progress(done, total, name)


def start(*, waited_for: bool = False, outlives: bool = False) -> Compiling:
    """Starts the process that compiles; it ends with 0 when `ready` has come true.

    It gives way to everything else that the machine does, but where it is `waited_for`. Where it `outlives`
    this process, Ctrl+C in the terminal does not end it. Raises OSError where the cache cannot be written.
    """
    folder = jit.cache_folder()
    check_room(folder)
    name = __name__ if __name__ != "__main__" or __spec__ is None else __spec__.name
    root = str(Path(__file__).resolve().parents[name.count(".")])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    words = SharedFile()
    process = subprocess.Popen(
        # -P: these very files, whatever the current folder holds
        [sys.executable, "-P", "-m", name, *[WAITED_FOR] * waited_for],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=words.descriptor,
        start_new_session=outlives,
    )
    return Compiling(process, words, folder)


def compile_now() -> None:
    """Has every kernel compiled, and waits for it. Raises NotCompiled."""
    try:
        compiling = start(waited_for=True)
        compiling.wait()
    except OSError as error:
        raise NotCompiled(reason(error)) from error
    if compiling.failure:
        raise NotCompiled(compiling.failure)


def main() -> int:
    """Compiles every kernel that is not there, and then writes the marker; an exit code."""
    if WAITED_FOR not in sys.argv:
        lower_priority()
    folder = jit.cache_folder()
    try:
        with FailureNoted(folder):
            _fill(folder)
    except FolderDeleted:
        print(deleted(folder), file=sys.stderr)
        return DELETED
    except OSError as error:
        print(reason(error), file=sys.stderr)
        return TOLD
    return 0


def _fill(folder: Path) -> None:
    """Fills the folder, and where it is deleted meanwhile another, once. Raises OSError."""
    if not folder.exists():
        delete_unused(folder.parent)
    for other in folder.parent.glob(f"{jit.PREFIX}*"):
        if not is_locked(other / LOCK):
            delete_unfinished(other)
    compilation: Compilation | None = None
    for is_last in (False, True):
        folder.mkdir(parents=True, exist_ok=True)
        use(folder)
        with suppress(*() if is_last else (FileNotFoundError,)), locked(folder / LOCK) as lock:
            (folder / FAILURE).unlink(missing_ok=True)  # that of another attempt
            if not ready():
                delete_unfinished(folder)
                compilation = compilation or Compilation(folder)
                compilation.write(lock)
            return


if __name__ == "__main__":
    sys.exit(main())
