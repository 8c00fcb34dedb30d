"""The commands of the command line, by the word that calls them."""

import importlib.metadata
from collections.abc import Mapping

from .command import Command, Refusal
from .designs import CHECK, LAYERS_COMMAND, NEW, SUMMARY, TEMPLATES
from .differing import DIFF
from .exports import EXPORT, PICTURE
from .runs import RUN
from .tour import tour
from .training import TRAIN
from .trusting import TRUST
from .verify import VERIFY

COMMANDS: Mapping[str, Command] = {
    "new": NEW,
    "templates": TEMPLATES,
    "check": CHECK,
    "summary": SUMMARY,
    "run": RUN,
    "train": TRAIN,
    "export": EXPORT,
    "verify": VERIFY,
    "picture": PICTURE,
    "diff": DIFF,
    "layers": LAYERS_COMMAND,
    "trust": TRUST,
}


def version() -> str:
    """The installed version; `unknown` where the program runs from its sources alone."""
    try:
        return importlib.metadata.version("layerloom")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


__all__ = ["COMMANDS", "Command", "Refusal", "tour", "version"]
