"""The compiling itself, in the process that is there for it: kernel by kernel, counted, file by file."""

import os
from contextlib import suppress
from errno import ENOENT
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from ..ops import jit
from . import objects
from .kernel_folder import CONTENTS, LOCK, MARKER, PROGRESS, FolderDeleted, Progress


class Compilation:
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
        """Compiles and writes what is not there, and the marker. Raises FolderDeleted, or another OSError."""
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
        """Raises FolderDeleted where this is no longer the folder that was locked."""
        assert self._lock is not None, "kernels are compiled while the folder is held"
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(self._lock.fileno()), (self._folder / LOCK).stat()):
                return
        raise FolderDeleted(ENOENT, os.strerror(ENOENT), str(self._folder))


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
        beside = self._path.with_name(f"{self._path.name}{objects.UNFINISHED}")
        try:
            beside.write_text(str(Progress(len(self._begun), self._total, name)), "utf-8")
            beside.replace(self._path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        self._begun.add(name)
        print(f"{len(self._begun)}/{self._total} {name}", flush=True)

    def skip(self, names: set[str]) -> None:
        """Notes kernels that are there."""
        self._begun |= names
