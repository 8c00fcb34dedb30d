"""The commands of the command line, by the word that calls them."""

import importlib
import importlib.metadata
from collections.abc import Mapping

from .command import Command, Refusal

COMMANDS: Mapping[str, str] = {
    "new": "designs.NEW",
    "templates": "designs.TEMPLATES",
    "check": "designs.CHECK",
    "summary": "designs.SUMMARY",
    "run": "runs.RUN",
    "train": "training.TRAIN",
    "export": "exports.EXPORT",
    "verify": "verify.VERIFY",
    "picture": "exports.PICTURE",
    "diff": "differing.DIFF",
    "layers": "designs.LAYERS_COMMAND",
    "trust": "trusting.TRUST",
}
"""Where each is: its file, which is imported when it is asked for, and its name there."""


def command(name: str) -> Command:
    """The command that a word calls."""
    file, _, place = COMMANDS[name].partition(".")
    found: Command = getattr(importlib.import_module(f"{__name__}.{file}"), place)
    return found


def version() -> str:
    """The installed version; `unknown` where the program runs from its sources alone."""
    try:
        return importlib.metadata.version("layerloom")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


__all__ = ["COMMANDS", "Command", "Refusal", "command", "version"]
