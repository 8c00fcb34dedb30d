"""The Python files that a design's layers are written in: found beside it, read, and loaded once trusted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal as OneOf

from .document import Change, Document
from .program import Program
from .record import Module, Node, Record
from .text import tr
from .trust import Trust, digest
from .user_code import LOADED, UNLOADED, UserCodeError, load
from .value import uses_of

KIND = "PythonLayer"


@dataclass(frozen=True)
class LayerFile:
    """The file of one layer: its bytes, and what became of it, in a sentence if it is not loaded.

    `node` is the record that the layer stands in: a node, or a module that is given one by default.
    """

    node: str
    name: str
    path: Path
    state: OneOf["loaded", "not trusted", "changed", "missing", "faulty"]
    text: str = ""
    source: bytes = b""

    @property
    def sha256(self) -> str:
        """The hash of what is in the file now."""
        return digest(self.source)


def layer_files(document: Document, folder: Path | None, trust: Trust) -> tuple[LayerFile, ...]:
    """Loads the files of a design that are trusted, and says of each what became of it.

    A file that is not trusted is only read. One that is trusted but is not the one that the design was drawn
    with is loaded and `changed`: setting the node's `sha256` to its hash takes it in. Without a folder,
    as of a design that was never saved, only files that are named by their whole path are found.
    """
    return tuple(
        _looked_at(record.id, arguments, folder, trust)
        for record in document.records.values()
        for arguments in _layers(record)
    )


def names_layer_files(change: Change) -> bool:
    """Whether a change brings other Python layers in, so that their files must be looked for."""
    pairs = [
        [[] if record is None else list(_layers(record)) for record in pair] for pair in change.diff.values()
    ]
    return any(before != after for before, after in pairs)


def needed(program: Program) -> tuple[tuple[str, bytes], ...]:
    """The names and bytes of the loaded files that a program's layers are written in."""
    records: list[Node | Module] = []
    for definition in program.definitions.values():
        records += [definition.module, *(entry.node for entry in definition.entries)]
    hashes = {str(arguments.get("sha256", "")) for record in records for arguments in _layers(record)}
    return tuple((LOADED[key].name, LOADED[key].source) for key in sorted(hashes) if key in LOADED)


def _layers(record: Record) -> Iterator[Mapping[str, Any]]:
    """The arguments of each Python layer that stands in a record: the node itself, and those it is given."""
    if isinstance(record, Node):
        if record.kind == KIND and not record.owner:
            yield record.arguments
        values: tuple[Any, ...] = tuple(record.arguments.values())
    elif isinstance(record, Module):
        given = (value for setting in record.settings.values() for value in setting.values())
        values = (*(argument.default for argument in record.arguments), *given)
    else:
        return
    for found in uses_of(values):
        if found.kind == KIND:
            yield found.named


def _looked_at(record: str, arguments: Mapping[str, Any], folder: Path | None, trust: Trust) -> LayerFile:
    name, wanted = str(arguments.get("file", "")), str(arguments.get("sha256", ""))
    if folder is None and not Path(name).is_absolute():
        text = tr("{file} is looked for beside the design, which is not saved yet", file=name)
        found = LayerFile(record, name, Path(name), "missing", text)
    else:
        found = _found(record, name, (folder or Path()) / name, wanted, trust)
    if found.text:
        UNLOADED[name, wanted] = found.text
    return found


def _found(record: str, name: str, path: Path, wanted: str, trust: Trust) -> LayerFile:
    try:
        source = path.read_bytes() if path.is_file() else None  # a device would never end
    except (OSError, ValueError):
        source = None
    if source is None:
        return LayerFile(record, name, path, "missing", tr("there is no file {file}", file=name))
    if not trust.is_trusted(source):
        return LayerFile(record, name, path, "not trusted", _strange(name, source, wanted), source)
    try:
        code = load(name, source, trust)
    except UserCodeError as error:
        return LayerFile(record, name, path, "faulty", str(error), source)
    if code.sha256 != wanted:
        text = tr("{file} is not the file that the design was drawn with", file=name)
        return LayerFile(record, name, path, "changed", text, source)
    return LayerFile(record, name, path, "loaded", source=source)


def _strange(name: str, source: bytes, wanted: str) -> str:
    if wanted in ("", digest(source)):
        return tr("the layer in {file} is not loaded: it has not been trusted yet", file=name)
    return tr(
        "the layer in {file} is not loaded: the file has changed and has not been trusted since", file=name
    )
