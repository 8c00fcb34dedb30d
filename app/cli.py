"""The command line: `layerloom` opens the window, the commands below do the rest without a display.

Exit codes: 0 done, 1 the design or an input has problems, 2 wrong usage. Errors are one sentence on stderr.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core.text import tr

from . import commands
from .commands import COMMANDS, Refusal
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
        options = _parser().parse_args(given)
        return int(COMMANDS[options.command].run(options))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # whoever read the output has gone; there is nobody to tell
        return 0
    except KeyboardInterrupt:
        print(tr("stopped"), file=sys.stderr)
        return 130


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
    return commands.tour(Path(given[0]) if given else None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="layerloom",
        description=tr(
            "Draw a neural network, see its shapes, run it, export it. Without a command: the window."
        ),
    )
    parser.add_argument("--version", action="version", version=f"layerloom {commands.version()}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar=tr("command"))
    for name, command in COMMANDS.items():
        command.declare(subparsers.add_parser(name, help=command.help, description=command.help))
    return parser
