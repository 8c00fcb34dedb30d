"""Compiles every kernel into the cache on disk, in a process of low priority: `python -m core.engine.warm`.

A line `n/N name` is printed before each, and the same is kept in a file for whoever asks `progress`.
One process compiles at a time: another waits for it, and then finds all there. What one that died has left is
taken up file by file. Nothing here imports Numba before `main` runs.

Every version of the sources has a folder of its own. When a new one is made, those go that nobody has used
for long, by the times of their last change: whoever takes kernels from one makes that time now.
"""

import os
import platform
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ..ops import jit
from ..platform import is_locked, locked, lower_priority, processor

MARKER = "complete"
PROGRESS = "progress"
PROCESSOR = "processor"
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


def ready() -> bool:
    """Whether every kernel is in the cache, compiled from these very files for this processor."""
    try:
        return (jit.cache_folder() / MARKER).read_text("utf-8") == _stamp()
    except OSError:
        return False


def progress() -> Progress | None:
    """How far the process has come that compiles; None where there is none, and before its first kernel."""
    folder = jit.cache_folder()
    if not is_locked(folder / LOCK):
        return None
    try:
        count, name = (folder / PROGRESS).read_text("utf-8").split()
        done, total = map(int, count.split("/"))
    except (OSError, ValueError):
        return None
    return Progress(done, total, name)


def start(*, waited_for: bool = False) -> "subprocess.Popen[bytes]":
    """Starts the process that compiles; it ends with 0 when `ready` has come true.

    It gives way to everything else that the machine does, but where it is `waited_for`.
    """
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
    )


def compile_now() -> None:
    """Has every kernel compiled, and waits for it. Raises NotCompiled."""
    if start(waited_for=True).wait() != 0:
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
            _write(folder / MARKER, _stamp().encode())


def _compile(folder: Path) -> None:
    from .compiler import object_of  # LLVM, which only this needs

    if not _is_of_this_processor(folder):
        for path in folder.glob("*.o"):
            path.unlink()
    _write(folder / PROCESSOR, _stamp().encode())
    declared = jit.declared()
    count = _Count(folder / PROGRESS, sum(map(len, declared.values())))
    jit.listeners.append(count.begin)
    jit.compile_from_now_on()
    core = jit.__name__.removesuffix(".ops.jit")
    for module, names in declared.items():
        file = module.rpartition(".")[2]
        path = folder / f"{file}.o"
        if path.exists():
            count.skip({f"{file}.{name}" for name in names})
        else:
            full = f"{core}.{module}"
            import_module(full)
            _write(path, object_of(file, jit.KERNELS[full]))


def _is_of_this_processor(folder: Path) -> bool:
    try:
        return (folder / PROCESSOR).read_text("utf-8") == _stamp()
    except OSError:
        return False


class _Count:
    """Tells how many kernels have been begun, on standard output and in a file."""

    def __init__(self, path: Path, total: int) -> None:
        self._path = path
        self._total = total
        self._begun: set[str] = set()

    def begin(self, name: str) -> None:
        """Notes the kernel whose turn it is."""
        _write(self._path, str(Progress(len(self._begun), self._total, name)).encode())
        self._begun.add(name)
        print(f"{len(self._begun)}/{self._total} {name}", flush=True)

    def skip(self, names: set[str]) -> None:
        """Notes kernels that are there."""
        self._begun |= names


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)


def _stamp() -> str:
    """What kernels are compiled for beside what the folder's name tells: this machine and its processor."""
    return repr((platform.machine(), platform.node(), processor()))


if __name__ == "__main__":
    main()
