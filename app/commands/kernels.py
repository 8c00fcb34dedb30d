"""The compiled kernels: waited for by a command that is long enough for it to pay, else made for the next."""

import subprocess
import sys
from time import monotonic

from core.engine.compiling import Compiling
from core.engine.warm import last_failure, progress, start, take, under_way
from core.system_error import reason
from core.text import tr

from .progress import clear, show

LINES = 10.0
"""Seconds from one line to the next where there is no terminal."""


def compiled() -> bool:
    """Whether the kernels can be used: they are compiled first where they never were on this machine."""
    if take():
        return True
    print(tr("compiling the kernels, once on this machine"), file=sys.stderr)
    try:
        compiling = start()
    except OSError as error:
        _tell_failure(reason(error))
        return False
    _wait_for(compiling)
    if take():
        return True
    _tell_failure(compiling.why_missing)
    return False


def compiled_meanwhile() -> bool:
    """Whether the kernels can be used at once: where not, they are compiled while this and others go on."""
    if take():
        return True
    failure = last_failure()
    try:
        if not under_way():
            start(outlives=True)
    except OSError as error:
        _tell_failure(reason(error))
        return False
    if failure:
        print(tr("the kernels could not be compiled last time: {reason}", reason=failure), file=sys.stderr)
    print(
        tr("this run goes without compiled kernels, more slowly; they are being compiled in the background"),
        file=sys.stderr,
    )
    return False


def _wait_for(process: Compiling) -> None:
    told = monotonic()
    try:
        while process.poll() is None:
            told = _tell(told)
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
        clear()
    finally:
        process.kill()  # of no effect where it has ended
        process.wait()


def _tell(told: float) -> float:
    """Tells how far it is, always on a terminal, else now and then; when that was last."""
    found = progress()
    if found is None:
        return told
    text = tr("compiling kernels {done} of {total}", done=found.done, total=found.total)
    show(text)
    if sys.stderr.isatty() or monotonic() - told < LINES:
        return told
    print(text, file=sys.stderr, flush=True)
    return monotonic()


def _tell_failure(reason: str) -> None:
    text = tr(
        "the kernels could not be compiled, so it goes without them, more slowly: {reason}", reason=reason
    )
    print(text, file=sys.stderr)
