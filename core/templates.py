"""The designs that ship: an id, a title, a line about it, a group, and the file."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from .document import Document
from .files import FileError, load
from .record import ROOT
from .settings import with_setting
from .text import tr

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "templates"

SMALL = "small"
"""The setting that most have for a first try: few parameters, small images, short texts."""


@dataclass(frozen=True)
class Template:
    """A design that ships, known by the name of its file."""

    id: str
    title: str
    help: str
    group: str

    def document(self) -> Document:
        """A fresh document of the design."""
        return load(FOLDER / f"{self.id}.loom")

    @property
    def weights(self) -> Path | None:
        """The file of trained weights that ships with it; None where there is none."""
        file = FOLDER / f"{self.id}.safetensors"
        return file if file.exists() else None

    def small(self) -> Document:
        """The design at its setting `small`; as it is where it has none."""
        document = self.document()
        return with_setting(document, SMALL) if SMALL in document.module(ROOT).settings else document


class _Entry(msgspec.Struct, frozen=True):
    """A template as the index lists it."""

    id: str
    title: str


class _Group(msgspec.Struct, frozen=True):
    """Templates that stand under one heading."""

    title: str
    templates: tuple[_Entry, ...]


class _Index(msgspec.Struct, frozen=True):
    """index.json beside the files: the start page's order, titles and groups."""

    groups: tuple[_Group, ...]


def templates() -> list[Template]:
    """Every template, in the start page's order."""
    return [
        Template(entry.id, tr(entry.title), tr(_help(entry.id)), tr(group.title))
        for group in _index().groups
        for entry in group.templates
    ]


def template(key: str) -> Template:
    """The template of that id; FileError with the ids there are where it is unknown."""
    found = {entry.id: entry for entry in templates()}
    if key not in found:
        raise FileError(tr("there is no template {key}; there are {names}", key=key, names=", ".join(found)))
    return found[key]


@cache
def _index() -> _Index:
    return msgspec.json.decode((FOLDER / "index.json").read_bytes(), type=_Index)


@cache
def _help(key: str) -> str:
    return load(FOLDER / f"{key}.loom").module(ROOT).help
