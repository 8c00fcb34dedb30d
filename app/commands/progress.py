"""The line on a terminal that tells how far something is, over the one before; elsewhere there is none."""

import sys


def show(text: str) -> None:
    """Puts the line in the place of the one before."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="\r", file=sys.stderr, flush=True)


def clear() -> None:
    """Takes the line away, so that what follows stands alone."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
