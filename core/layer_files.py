"""The Python files that a design's layers are written in: found beside it, read, and loaded once trusted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal as OneOf

from .document import Document
from .program import Program
from .record import Node
from .text import tr
from .trust import Trust, digest
from .user_code import LOADED, UserCodeError, load

KIND = "PythonLayer"


@dataclass(frozen=True)
class LayerFile:
    """The file of one node: its bytes, and what became of it, in a sentence if it is not loaded."""

    node: str
    path: Path
    state: OneOf["loaded", "not trusted", "changed", "missing", "faulty"]
    text: str = ""
    source: bytes = b""

    @property
    def sha256(self) -> str:
        """The hash of what is in the file now."""
        return digest(self.source)


def layer_files(document: Document, folder: Path, trust: Trust) -> tuple[LayerFile, ...]:
    """Loads the files of a design that are trusted, and says of each what became of it.

    A file that is not trusted is only read. One that is trusted but is not the one that the design was drawn
    with is loaded and `changed`: setting the node's `sha256` to its hash takes it in.
    """
    return tuple(_looked_at(node, folder, trust) for node in _nodes(document))


def needed(program: Program) -> tuple[tuple[str, bytes], ...]:
    """The names and bytes of the loaded files that a program's layers are written in."""
    hashes = {
        str(entry.node.arguments.get("sha256", ""))
        for definition in program.definitions.values()
        for entry in definition.entries
        if entry.node.kind == KIND
    }
    return tuple((LOADED[key].name, LOADED[key].source) for key in sorted(hashes) if key in LOADED)


def _nodes(document: Document) -> Iterator[Node]:
    for record in document.records.values():
        if isinstance(record, Node) and record.kind == KIND:
            yield record


def _looked_at(node: Node, folder: Path, trust: Trust) -> LayerFile:
    name = str(node.arguments.get("file", ""))
    path = folder / name
    try:
        source = path.read_bytes()
    except (OSError, ValueError):
        return LayerFile(node.id, path, "missing", tr("there is no file {file}", file=name))
    if not trust.is_trusted(source):
        text = tr("the layer in {file} is not loaded: it has not been trusted yet", file=name)
        return LayerFile(node.id, path, "not trusted", text, source)
    try:
        code = load(name, source, trust)
    except UserCodeError as error:
        return LayerFile(node.id, path, "faulty", str(error), source)
    if code.sha256 != node.arguments.get("sha256", ""):
        text = tr("{file} is not the file that the design was drawn with", file=name)
        return LayerFile(node.id, path, "changed", text, source)
    return LayerFile(node.id, path, "loaded", source=source)
