"""Compiles every kernel into the cache on disk, in a process of low priority: `python -m core.engine.warm`.

A line `n/N name` is printed before each, and the same is kept in a file for whoever asks `progress`.
One process compiles at a time: another waits for it, and then finds all there. What one that died has left is
taken up file by file, and what is damaged is compiled anew; half-written files go when the next one starts.
Where the folder is deleted under it, it begins with another, once, and keeps what it has compiled. What the
system refuses it is the last line of its errors. Nothing here imports Numba before `main` runs.

Who uses kernels takes all of them into its memory at once: nothing is missed that is deleted meanwhile.

Every version of the sources has a folder of its own. When a new one is made, those go that nobody has used
for long, by the times of their last change: whoever takes kernels from one makes that time now.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from errno import ENOENT
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from ..ops import jit
from ..platform import is_locked, locked, lower_priority
from ..system_error import reason
from ..text import tr
from . import objects
from .compiling import TOLD, Compiling, check_room
from .shared import SharedFile

MARKER = "complete"
"""The note of all object files, written once they are there."""
CONTENTS = "contents"
"""The note of those that are there so far."""
PROGRESS = "progress"
LOCK = "lock"
FAILURE = "failure"
"""What the last process was refused, where that could be written."""
WAITED_FOR = "--waited-for"
UNUSED_DAYS = 30
"""For so long a folder stays that nobody uses."""


class NotCompiled(Exception):
    """The process that compiles has ended before its time, for a reason in words."""


@dataclass(frozen=True)
class Progress:
    """How many of the kernels are compiled, and the one that is being compiled."""

    done: int
    total: int
    name: str

    def __str__(self) -> str:
        """`3/20 pool.max_pool`."""
        return f"{self.done}/{self.total} {self.name}"


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
            raise NotCompiled(tr("the process that does it ended too soon"))
    return _taken[jit.cache_folder()]


def is_deleted() -> bool:
    """Whether the folder is gone that this process has its kernels from."""
    return any(not (folder / MARKER).exists() for folder in _taken)


def last_failure() -> str:
    """Why the last process that compiled was no success; nothing where there was none, or one is at work."""
    folder = jit.cache_folder()
    if not (folder / PROGRESS).exists() or under_way() or ready():
        return ""
    with suppress(OSError, UnicodeDecodeError):
        return (folder / FAILURE).read_text("utf-8")
    if (folder / MARKER).exists():
        return ""  # it had ended well: what it wrote was damaged since
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
    check_room(jit.cache_folder().parent)
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
    return Compiling(process, words)


def compile_now() -> None:
    """Has every kernel compiled, and waits for it. Raises NotCompiled."""
    try:
        compiling = start(waited_for=True)
        compiling.wait()
    except OSError as error:
        raise NotCompiled(reason(error)) from error
    if compiling.failure:
        raise NotCompiled(compiling.failure)


def use(folder: Path) -> None:
    """Notes that kernels are taken from a folder, so that it stays, where that may be noted."""
    with suppress(OSError):  # a folder that is not this user's stays anyway
        os.utime(folder)


def _delete_unused(base: Path) -> None:
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


def _delete_unfinished(folder: Path) -> None:
    for path in folder.glob("*.*"):
        if _UNFINISHED.fullmatch(path.name) and path.is_file():
            with suppress(OSError):  # another process was faster, or it is another user's
                path.unlink()


def main() -> int:
    """Compiles every kernel that is not there, and then writes the marker; an exit code."""
    if WAITED_FOR not in sys.argv:
        lower_priority()
    folder = jit.cache_folder()
    try:
        _fill(folder)
    except OSError as error:
        print(reason(error), file=sys.stderr)
        with suppress(OSError):  # likely there is no room for that either
            (folder / FAILURE).write_text(reason(error), "utf-8")
        return TOLD
    return 0


def _fill(folder: Path) -> None:
    """Fills the folder, and where it is deleted meanwhile another, once. Raises OSError."""
    if not folder.exists():
        _delete_unused(folder.parent)
    for other in folder.parent.glob(f"{jit.PREFIX}*"):
        if not is_locked(other / LOCK):
            _delete_unfinished(other)
    compilation: _Compilation | None = None
    for is_last in (False, True):
        folder.mkdir(parents=True, exist_ok=True)
        use(folder)
        with suppress(*() if is_last else (FileNotFoundError,)), locked(folder / LOCK) as lock:
            if not ready():
                _delete_unfinished(folder)
                compilation = compilation or _Compilation(folder)
                compilation.write(lock)
            (folder / FAILURE).unlink(missing_ok=True)
            return


class _Compilation:
    """The kernels that this process has compiled, whatever becomes of the folder meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, bytes] = {}
        self._declared = jit.declared()
        self._count = _Count(folder / PROGRESS, sum(map(len, self._declared.values())))
        self._lock: BinaryIO | None = None
        jit.listeners.append(self._begin)
        jit.compile_from_now_on()

    def write(self, lock: BinaryIO) -> None:
        """Compiles and writes what is not there, and the marker. FileNotFoundError if the folder goes."""
        self._lock = lock
        found = objects.unharmed(self._folder / CONTENTS)
        seals = {file: objects.seal(data) for file, data in found.items()}
        for module, names in self._declared.items():
            file = module.rpartition(".")[2]
            if file in seals:
                self._count.skip({f"{file}.{name}" for name in names})
                continue
            if file not in self._made:
                self._made[file] = _object_of(module, file)
            self._check_folder()
            objects.write(self._folder / f"{file}.o", self._made[file])
            seals[file] = objects.seal(self._made[file])
            objects.note(self._folder / CONTENTS, seals)
        objects.note(self._folder / MARKER, seals)

    def _begin(self, name: str) -> None:
        self._check_folder()
        self._count.begin(name)

    def _check_folder(self) -> None:
        """Raises FileNotFoundError where the folder was deleted, and perhaps is another's by now."""
        assert self._lock is not None, "kernels are compiled while the folder is held"
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(self._lock.fileno()), (self._folder / LOCK).stat()):
                return
        told = tr("it was deleted while kernels were being compiled into it")
        raise FileNotFoundError(ENOENT, told, str(self._folder))


def _object_of(module: str, file: str) -> bytes:
    from .compiler import object_of  # LLVM, which only this needs

    full = f"{jit.__name__.removesuffix('.ops.jit')}.{module}"
    import_module(full)
    return object_of(file, jit.KERNELS[full])


class _Count:
    """Tells how many kernels have been begun, on standard output and in a file."""

    def __init__(self, path: Path, total: int) -> None:
        self._path = path
        self._total = total
        self._begun: set[str] = set()

    def begin(self, name: str) -> None:
        """Notes the kernel whose turn it is."""
        told = self._path.with_name(f"{self._path.name}{objects.UNFINISHED}")
        try:
            told.write_text(str(Progress(len(self._begun), self._total, name)), "utf-8")
            told.replace(self._path)
        except OSError:
            told.unlink(missing_ok=True)
            raise
        self._begun.add(name)
        print(f"{len(self._begun)}/{self._total} {name}", flush=True)

    def skip(self, names: set[str]) -> None:
        """Notes kernels that are there."""
        self._begun |= names


if __name__ == "__main__":
    sys.exit(main())
