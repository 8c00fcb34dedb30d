"""The designs that ship: an id, a title, a line about it, and the file."""

from dataclasses import dataclass
from pathlib import Path

from .document import Document
from .files import FileError, load
from .record import ROOT
from .text import tr

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "templates"


@dataclass(frozen=True)
class Template:
    """A design that ships, known by the name of its file."""

    id: str
    title: str
    help: str

    def document(self) -> Document:
        """A fresh document of the design."""
        return load(FOLDER / f"{self.id}.loom")


TITLES = {
    "mlp": "MLP as a chain",
    "mlp-class": "MLP as a module",
    "lenet5": "LeNet-5",
    "residual-cnn": "Residual CNN",
}
"""What the start page calls them, in its order; others come after, by the name of their root."""


def templates() -> list[Template]:
    """Every template, in the start page's order."""
    ids = sorted((file.stem for file in FOLDER.glob("*.loom")), key=_rank)
    roots = [(key, load(FOLDER / f"{key}.loom").module(ROOT)) for key in ids]
    return [Template(key, TITLES.get(key, root.name), root.help) for key, root in roots]


def template(key: str) -> Template:
    """The template of that id; FileError with the ids there are where it is unknown."""
    found = {entry.id: entry for entry in templates()}
    if key not in found:
        raise FileError(tr("there is no template {key}; there are {names}", key=key, names=", ".join(found)))
    return found[key]


def _rank(key: str) -> tuple[int, str]:
    order = list(TITLES)
    return (order.index(key) if key in TITLES else len(order), key)
