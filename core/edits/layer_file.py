"""Taking in what a layer's Python file holds now, wherever the design names that file."""

from typing import Any

from msgspec.structs import replace

from ..document import Document
from ..layer_files import KIND
from ..record import Module, Node, Record
from ..text import tr
from ..use import Use, use


def take_in_file(document: Document, file: str, sha256: str) -> None:
    """Notes the hash of a Python file in each layer that is written in it; as one entry of the history."""
    changed = [(record, _with_hash(record, file, sha256)) for record in document.records.values()]
    with document.edit(tr("Take in {file}", file=file)):
        for before, after in changed:
            if after != before:
                document.put(after)


def _with_hash(record: Record, file: str, sha256: str) -> Record:
    if isinstance(record, Node):
        arguments = {name: _renewed(value, file, sha256) for name, value in record.arguments.items()}
        if record.kind == KIND and not record.owner:
            arguments = _of_file(arguments, file, sha256)
        return replace(record, arguments=arguments)
    if isinstance(record, Module):
        declared = tuple(
            replace(argument, default=_renewed(argument.default, file, sha256))
            for argument in record.arguments
        )
        settings = {
            name: {word: _renewed(value, file, sha256) for word, value in values.items()}
            for name, values in record.settings.items()
        }
        return replace(record, arguments=declared, settings=settings)
    return record


def _renewed(value: Any, file: str, sha256: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_renewed(part, file, sha256) for part in value)
    if not isinstance(value, Use):
        return value
    named = {name: _renewed(part, file, sha256) for name, part in value.arguments}
    return use(value.kind, _of_file(named, file, sha256) if value.kind == KIND else named)


def _of_file(arguments: dict[str, Any], file: str, sha256: str) -> dict[str, Any]:
    return {**arguments, "sha256": sha256} if arguments.get("file", "") == file else arguments
