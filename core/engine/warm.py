"""Compiles every kernel into the cache on disk, in a process of low priority: `python -m core.engine.warm`.

A line `n/N name` is printed before each, and the same is kept in a file for whoever asks `progress`.
Nothing here imports Numba before `main` runs.
"""

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ..ops import jit
from ..platform import lower_priority

MARKER = "complete"
PROGRESS = "progress"


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
    """Whether every kernel is in the cache, compiled from these very files on this machine."""
    try:
        return (jit.cache_folder() / MARKER).read_text("utf-8") == _stamp()
    except OSError:
        return False


def progress() -> Progress | None:
    """How far the process has come that compiles; None before its first kernel."""
    try:
        count, name = (jit.cache_folder() / PROGRESS).read_text("utf-8").split()
        done, total = map(int, count.split("/"))
    except (OSError, ValueError):
        return None
    return Progress(done, total, name)


def start() -> "subprocess.Popen[bytes]":
    """Starts the process that compiles; it ends with 0 when `ready` has come true."""
    name = __name__ if __name__ != "__main__" or __spec__ is None else __spec__.name
    root = str(Path(__file__).resolve().parents[name.count(".")])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", name],  # -P: these very files, whatever the current folder holds
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def main() -> None:
    """Compiles, or finds in the cache, every kernel, and then writes the marker."""
    lower_priority()
    folder = jit.cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    count = _Count(folder / PROGRESS, sum(map(len, jit.declared().values())))
    jit.listeners.append(count.begin)
    load()
    count.end()
    _write(folder / MARKER, _stamp())


def load() -> None:
    """Has every kernel in this process: from the cache where it is there, else compiled."""
    core = jit.__name__.removesuffix(".ops.jit")
    for module in jit.declared():
        import_module(f"{core}.{module}")


class _Count:
    """Tells how many kernels have been begun, on standard output and in a file."""

    def __init__(self, path: Path, total: int) -> None:
        self._path = path
        self._total = total
        self._begun = 0
        self._name = ""

    def begin(self, name: str) -> None:
        """Notes the kernel whose turn it is."""
        _write(self._path, str(Progress(self._begun, self._total, name)))
        self._begun += 1
        self._name = name
        print(f"{self._begun}/{self._total} {name}", flush=True)

    def end(self) -> None:
        """Notes that all are compiled."""
        _write(self._path, str(Progress(self._begun, self._total, self._name)))


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def _stamp() -> str:
    """What Numba's own index goes by beside the sources' text: their place and times, Python, machine."""
    files = [(str(path), path.stat().st_mtime_ns) for path in jit.files()]
    return repr((files, sys.version, platform.machine(), platform.node()))


if __name__ == "__main__":
    main()
