"""What differs between operating systems; the only file that asks which one it is."""

import os
import sys
from pathlib import Path


def process_mark(process: int) -> str:
    """What tells this process from a later one with its number: its start in clock ticks; empty if unknown."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


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


def lower_priority() -> None:
    """Lets every other process go before this one."""
    if sys.platform != "win32":
        os.nice(10)
