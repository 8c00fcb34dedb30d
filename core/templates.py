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

    @property
    def weights(self) -> Path | None:
        """The file of trained weights that ships with it; None where there is none."""
        file = FOLDER / f"{self.id}.safetensors"
        return file if file.exists() else None


ORDER = ("mlp", "mlp-class", "lenet5", "residual-cnn")
"""How the start page lists them; others come after."""


def _titles() -> dict[str, str]:
    """What the start page calls them; others go by the name of their root."""
    return {
        "mlp": tr("MLP as a chain"),
        "mlp-class": tr("MLP as a module"),
        "lenet5": "LeNet-5",
        "residual-cnn": tr("Residual CNN"),
    }


def templates() -> list[Template]:
    """Every template, in the start page's order."""
    ids = sorted((file.stem for file in FOLDER.glob("*.loom")), key=_rank)
    roots = [(key, load(FOLDER / f"{key}.loom").module(ROOT)) for key in ids]
    titles = _titles()
    return [Template(key, titles.get(key, root.name), tr(root.help)) for key, root in roots]


def template(key: str) -> Template:
    """The template of that id; FileError with the ids there are where it is unknown."""
    found = {entry.id: entry for entry in templates()}
    if key not in found:
        raise FileError(tr("there is no template {key}; there are {names}", key=key, names=", ".join(found)))
    return found[key]


def _rank(key: str) -> tuple[int, str]:
    return (ORDER.index(key) if key in ORDER else len(ORDER), key)
