"""Waits for the compiled kernels where a command is long enough for them to pay."""

import subprocess
import sys

from core.engine.warm import progress, ready, start
from core.text import tr


def compiled() -> bool:
    """Whether the kernels can be used: they are compiled first where they never were on this machine."""
    if ready():
        return True
    print(tr("compiling the kernels, once on this machine"), file=sys.stderr)
    process = start()
    try:
        while process.poll() is None:
            _tell()
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
    finally:
        process.kill()  # of no effect where it has ended
        process.wait()
    return ready()


def _tell() -> None:
    done = progress()
    if done is not None and sys.stderr.isatty():
        print(f"\r\033[K{done}", end="\r", file=sys.stderr, flush=True)
