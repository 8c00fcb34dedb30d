"""The command that trusts a Python file of a layer."""

import argparse
import sys
from pathlib import Path

from core.text import tr
from core.trust import Trust, TrustError, digest

from ..settings import trust_path
from .command import Refusal, Spoken


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.py", help=tr("the file that a layer is written in"))
    parser.add_argument("--yes", action="store_true", help=tr("without asking"))


def _trust(options: argparse.Namespace) -> int:
    """Nothing of the file is run here; a design that needs it may run it from now on."""
    try:
        source = options.file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refusal(tr("cannot read {file}: {reason}", file=options.file, reason=reason)) from error
    trust = Trust(trust_path())
    print(f"{options.file}  SHA-256 {digest(source)}", flush=True)
    if trust.is_trusted(source):
        print(tr("it is trusted already"))
        return 0
    if not (options.yes or _agreed()):
        raise Refusal(tr("{file} is not trusted", file=options.file))
    try:
        trust.trust(source)
    except TrustError as error:
        raise Refusal(str(error)) from error
    print(tr("it is trusted: designs that need it run its code with your rights"))
    return 0


def _agreed() -> bool:
    """What the user answers on the terminal; only a clear yes is one."""
    if not sys.stdin.isatty():
        raise Refusal(tr("there is no terminal to ask on; --yes trusts the file without asking"))
    question = tr("Its code runs with your rights where a design needs it. Trust it? [y/N] ")
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes", tr("yes"))


TRUST = Spoken("trust a Python file that a layer is written in, as it is now", _declare, _trust)
