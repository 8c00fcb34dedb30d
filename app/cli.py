"""The command line: `layerloom` opens the window, the commands below do the rest without a display.

Exit codes: 0 done, 1 the design or an input has problems, 2 wrong usage; of `diff` 1 that the designs part, 2
that it could not tell. Errors are one sentence on stderr.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from core.system_error import reason
from core.text import tr

from . import commands
from .commands import COMMANDS, Refusal
from .commands.progress import clear
from .platform import has_display


def main(arguments: Sequence[str]) -> int:
    """Runs what the arguments say and returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a terminal without × is no reason to fail
    given = list(arguments)
    try:
        if not given or (given[0] not in COMMANDS and not given[0].startswith("-")):
            return _open(given)
        asked = [given[0]] if given[0] in COMMANDS else [*COMMANDS]
        options = _parser(asked).parse_args(given)
        code = int(commands.command(options.command).run(options))
        sys.stdout.flush()  # what cannot be written is told here, not when the process ends
        return code
    except Refusal as refusal:
        clear()
        print(refusal, file=sys.stderr)
        return refusal.code
    except BrokenPipeError:
        _silence()  # whoever read the output has gone; there is nobody to tell
        return 0
    except OSError as error:
        clear()
        _silence()
        # Standard output has no name; what has one was needed on the way.
        named = tr("the system refused what this needs: {reason}", reason=reason(error))
        unnamed = tr("cannot write the output: {reason}", reason=error.strerror or error)
        print(unnamed if error.filename is None else named, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        clear()
        print(tr("stopped"), file=sys.stderr)
        return 130


def _silence() -> None:
    """Lets what is still to be printed go nowhere, since Python would fail on it again at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):  # a stream without a descriptor keeps what it has
        os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _open(given: list[str]) -> int:
    if len(given) > 1 or (given and not given[0].endswith(".loom") and not Path(given[0]).exists()):
        print(
            tr("there is no command {name}; there are {names}", name=given[0], names=", ".join(COMMANDS)),
            file=sys.stderr,
        )
        return 2
    if has_display():
        from .main import open_window  # Qt is loaded only for a window

        return open_window(Path(given[0]) if given else None)
    from .commands.tour import tour  # what it needs, a window does not

    return tour(Path(given[0]) if given else None)


def _parser(asked: Sequence[str]) -> argparse.ArgumentParser:
    """For these commands; the others' files need not be read."""
    parser = argparse.ArgumentParser(
        prog="layerloom",
        description=tr(
            "Draw a neural network, see its shapes, run it, export it. Without a command: the window."
        ),
    )
    parser.add_argument("--version", action="version", version=f"layerloom {commands.version()}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar=tr("command"))
    for name in asked:
        command = commands.command(name)
        command.declare(subparsers.add_parser(name, help=tr(command.help), description=tr(command.help)))
    return parser
