"""Compiles every kernel into the cache on disk, in a process of low priority: `python -m core.engine.warm`.

A line `n/N name` is printed before each, and the same is kept in a file for whoever asks `progress`.
One process compiles at a time: another waits for it, and then finds all there. What one that died has left is
taken up file by file, and what is damaged is compiled anew. Nothing here imports Numba before `main` runs.

Who uses kernels takes all of them into its memory at once: nothing is missed that is deleted meanwhile.

Every version of the sources has a folder of its own. When a new one is made, those go that nobody has used
for long, by the times of their last change: whoever takes kernels from one makes that time now.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from errno import EACCES
from importlib import import_module
from pathlib import Path

from ..ops import jit
from ..platform import is_locked, locked, lower_priority
from . import objects

MARKER = "complete"
"""The note of all object files, written once they are there."""
CONTENTS = "contents"
"""The note of those that are there so far."""
PROGRESS = "progress"
LOCK = "lock"
WAITED_FOR = "--waited-for"
UNUSED_DAYS = 30
"""For so long a folder stays that nobody uses."""


class NotCompiled(Exception):
    """The process that compiles has ended before its time."""


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
            raise NotCompiled
    return _taken[jit.cache_folder()]


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


def start(*, waited_for: bool = False, outlives: bool = False) -> "subprocess.Popen[bytes]":
    """Starts the process that compiles; it ends with 0 when `ready` has come true.

    It gives way to everything else that the machine does, but where it is `waited_for`. Where it `outlives`
    this process, Ctrl+C in the terminal does not end it. Raises OSError where the cache cannot be written.
    """
    base = jit.cache_folder().parent
    base.mkdir(parents=True, exist_ok=True)
    if not os.access(base, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), str(base))
    name = __name__ if __name__ != "__main__" or __spec__ is None else __spec__.name
    root = str(Path(__file__).resolve().parents[name.count(".")])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        # -P: these very files, whatever the current folder holds
        [sys.executable, "-P", "-m", name, *[WAITED_FOR] * waited_for],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=outlives,
    )


def compile_now() -> None:
    """Has every kernel compiled, and waits for it. Raises NotCompiled."""
    try:
        code = start(waited_for=True).wait()
    except OSError as error:
        raise NotCompiled from error
    if code != 0:
        raise NotCompiled


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


def main() -> None:
    """Compiles every kernel that is not there, and then writes the marker."""
    if WAITED_FOR not in sys.argv:
        lower_priority()
    folder = jit.cache_folder()
    if not folder.exists():
        _delete_unused(folder.parent)
    folder.mkdir(parents=True, exist_ok=True)
    use(folder)
    with locked(folder / LOCK):
        if not ready():
            _compile(folder)


def _compile(folder: Path) -> None:
    from .compiler import object_of  # LLVM, which only this needs

    seals = {file: objects.seal(data) for file, data in objects.unharmed(folder / CONTENTS).items()}
    declared = jit.declared()
    count = _Count(folder / PROGRESS, sum(map(len, declared.values())))
    jit.listeners.append(count.begin)
    jit.compile_from_now_on()
    core = jit.__name__.removesuffix(".ops.jit")
    for module, names in declared.items():
        file = module.rpartition(".")[2]
        if file in seals:
            count.skip({f"{file}.{name}" for name in names})
        else:
            full = f"{core}.{module}"
            import_module(full)
            data = object_of(file, jit.KERNELS[full])
            objects.write(folder / f"{file}.o", data)
            seals[file] = objects.seal(data)
            objects.note(folder / CONTENTS, seals)
    objects.note(folder / MARKER, seals)


class _Count:
    """Tells how many kernels have been begun, on standard output and in a file."""

    def __init__(self, path: Path, total: int) -> None:
        self._path = path
        self._total = total
        self._begun: set[str] = set()

    def begin(self, name: str) -> None:
        """Notes the kernel whose turn it is."""
        told = self._path.with_name(f"{self._path.name}{objects.UNFINISHED}")
        told.write_text(str(Progress(len(self._begun), self._total, name)), "utf-8")
        told.replace(self._path)
        self._begun.add(name)
        print(f"{len(self._begun)}/{self._total} {name}", flush=True)

    def skip(self, names: set[str]) -> None:
        """Notes kernels that are there."""
        self._begun |= names


if __name__ == "__main__":
    main()
