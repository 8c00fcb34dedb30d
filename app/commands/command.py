"""What a command is, and how it refuses."""

import argparse
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.call_path import dotted
from core.document import Document
from core.files import FileError, load
from core.layer_files import LayerFile, layer_files
from core.program import Program, build_program
from core.resolve import Resolver
from core.text import tr
from core.trust import Trust

from ..settings import trust_path


class Refusal(Exception):
    """One sentence for stderr; the command ends with this exit code."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


class Command(Protocol):
    """A word behind `layerloom`: how its options are declared, and what it does."""

    @property
    def help(self) -> str:
        """One line for the list of commands."""
        ...

    @property
    def declare(self) -> Callable[[argparse.ArgumentParser], None]:
        """Adds the command's own options."""
        ...

    @property
    def run(self) -> Callable[[argparse.Namespace], int]:
        """Does it and returns the exit code; raises Refusal."""
        ...


@dataclass(frozen=True)
class Spoken:
    """A command made of three parts; its help is put into the user's language where it is shown."""

    help: str
    declare: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


@dataclass(frozen=True)
class Opened:
    """A design that was read and resolved."""

    document: Document
    resolver: Resolver

    def program(self) -> Program:
        """The lowered form."""
        return build_program(self.document, self.resolver)

    def place(self, path: tuple[str, ...]) -> str:
        """A call path in the names that the user gave: `stages.1.blocks.0.conv1`."""
        return dotted(self.document, path)


def opened(path: Path, layers: Path | None = None) -> Opened:
    """The design in a file; Refusal with one sentence where there is none.

    The Python files of its layers are looked for in the folder `layers`, which is the design's where it is
    None. Those that are trusted are loaded; of the others stderr is told.
    """
    try:
        document = load(path)
    except FileError as error:
        raise Refusal(f"{path.name}: {error}") from error
    files = layer_files(document, (layers or path.absolute().parent), Trust(trust_path()))
    for text in dict.fromkeys(map(_told, files)):
        if text:
            print(text, file=sys.stderr)
    return Opened(document, Resolver(document))


def _told(file: LayerFile) -> str:
    if file.state != "not trusted":
        return file.text
    return tr("{text}; `layerloom trust {path}` does so", text=file.text, path=shlex.quote(str(file.path)))


def design_argument(parser: argparse.ArgumentParser) -> None:
    """The design that the command is about."""
    parser.add_argument("file", type=Path, metavar="FILE", help=tr("a design (.loom)"))
