"""What differs between operating systems; the only file that asks which one it is."""

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO


def process_mark(process: int) -> str:
    """What tells this process from a later one with its number: its start in clock ticks; empty if unknown.

    A process that has ended, and whose end nobody has asked for yet, has the mark `ended`.
    """
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "ended" if fields[0] == "Z" else fields[19]


def process_is(process: int, mark: str) -> bool:
    """Whether that very process still runs."""
    if process <= 0:
        return False
    if sys.platform == "win32":
        return process == os.getpid()
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return process_mark(process) == mark


def sync_folder(folder: Path) -> None:
    """Brings the names in a folder to the disk, where the system can: a file that was renamed stays so."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lower_priority() -> None:
    """Lets every other process go before this one."""
    if sys.platform != "win32":
        os.nice(10)


def processor() -> str:
    """What tells code for this processor from code for another: its name and what it can do."""
    try:
        lines = (
            Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split("\n\n")[0].splitlines()
        )
    except OSError:
        return platform.processor()
    return "\n".join(line for line in lines if line.startswith(("model name", "flags", "Features", "CPU")))


@contextmanager
def locked(path: Path) -> Iterator[BinaryIO]:
    """Waits until no other process holds the file, then holds it; one that dies holds nothing any more."""
    with path.open("ab") as file:
        _lock(file.fileno(), wait=True)
        yield file


def is_locked(path: Path) -> bool:
    """Whether some process holds the file."""
    try:
        with path.open("rb") as file:
            return not _lock(file.fileno(), wait=False)
    except OSError:  # it is not there, or not for this user
        return False


def _lock(descriptor: int, *, wait: bool) -> bool:
    """Locks an open file until it is closed: for this process alone if it waits, else beside who asks too."""
    if sys.platform == "win32":
        import msvcrt

        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
            else:
                return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def available_memory() -> int | None:
    """Bytes that this process could still take, its container's limit heeded; None if unknown."""
    figures = [figure for figure in (_free_memory(), _room_in_container()) if figure is not None]
    return min(figures, default=None)


def _free_memory() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None


def _room_in_container() -> int | None:
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text(encoding="ascii").strip()
        used = (folder / "memory.current").read_text(encoding="ascii").strip()
        statistics = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    if not limit.isdigit():
        return None
    # The page cache counts as used and is given up first.
    cached = sum(int(line.split()[1]) for line in statistics if line.startswith("inactive_file "))
    return max(0, int(limit) - int(used) + cached)


def nameless_file() -> int:
    """A descriptor of a file in memory that goes with its last user; a temporary file where there is no such.

    /dev/shm is not used: it may be small, and a write beyond its end kills the process.
    """
    if hasattr(os, "memfd_create"):
        return os.memfd_create("layerloom", os.MFD_CLOEXEC)
    descriptor, name = tempfile.mkstemp(prefix="layerloom-")
    if sys.platform != "win32":
        os.unlink(name)
    return descriptor


def reserve(descriptor: int, size: int) -> None:
    """Makes the file that long, with room for every byte. OSError where there is none."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    blank = bytes(1 << 20)
    os.lseek(descriptor, 0, os.SEEK_SET)
    for start in range(0, size, len(blank)):
        os.write(descriptor, blank[: size - start])


def lengthen(descriptor: int, size: int) -> None:
    """Makes the file that long; room for a byte is taken when it is first used. OSError where it cannot be.

    So it is in memory alone, where a lack of room is met as with any memory of a process. Beyond the end of a
    disk's room a write would kill the process: there all of it is taken at once.
    """
    if hasattr(os, "memfd_create"):
        os.ftruncate(descriptor, size)
    else:
        reserve(descriptor, size)


def send_file(connection: "Connection", descriptor: int, process: int) -> None:
    """Hands an open file to the process at the other end of a local connection."""
    from multiprocessing.reduction import send_handle

    send_handle(connection, descriptor, process)


def receive_file(connection: "Connection") -> int:
    """The file that the other end sends, as a descriptor of this process."""
    from multiprocessing.reduction import recv_handle

    return int(recv_handle(connection))
