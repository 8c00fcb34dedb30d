"""A clip as text, so that it can be pasted into another window."""

from typing import Any

import msgspec
from msgspec.structs import replace

from ..expression import Expression
from ..plain import FileError, from_plain, to_plain
from ..record import Comment, Module, ModuleArgument, Node, Record, Tie, Wire, module_of
from ..text import tr
from .clip import Clip
from .error import EditError

MARK = "layerloom-clip"
VERSION = 1


def to_text(clip: Clip) -> str:
    """The clip as JSON: its records as a file has them, and the module that they were copied from."""
    arguments = tuple(
        ModuleArgument(name=name, default=value)
        for name, value in clip.scope.items()
        if not isinstance(value, Expression)
    )
    origin = Module(id=clip.module or "none", name="origin", arguments=arguments)
    records: list[Record] = [*clip.nodes, *clip.wires, *clip.ties, *clip.comments]
    plain = {
        MARK: VERSION,
        "origin": to_plain(origin),
        "records": [to_plain(record) for record in records],
        "definitions": [to_plain(record) for record in clip.definitions],
        "shapes": clip.shapes,
        "document": clip.document,
    }
    return msgspec.json.encode(plain).decode()


def from_text(text: str) -> Clip:
    """The clip in a text; EditError where it is something else."""
    try:
        raw = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raw = None
    if not isinstance(raw, dict) or MARK not in raw:
        raise EditError(tr("the clipboard holds nothing that a design can take"))
    if raw[MARK] != VERSION:
        raise EditError(tr("what is in the clipboard was copied by another version"))
    try:
        origin = from_plain(raw.get("origin"), "origin")
        records = _records(raw, "records")
        definitions = _records(raw, "definitions")
        shapes = msgspec.convert(raw.get("shapes", {}), dict[str, tuple[int, ...]])
        home = msgspec.convert(raw.get("document", ""), str)
    except (FileError, msgspec.ValidationError) as error:
        raise EditError(tr("what is in the clipboard is damaged: {error}", error=error)) from error
    return replace(_whole(origin, records, definitions), shapes=shapes, document=home)


def _records(raw: dict[str, Any], name: str) -> list[Record]:
    lines = raw.get(name)
    if not isinstance(lines, list):
        raise FileError(tr("expected a list of records"), name)
    return [from_plain(line, f"{name}[{place}]") for place, line in enumerate(lines)]


def _whole(origin: Record, records: list[Record], definitions: list[Record]) -> Clip:
    """The clip of these records; EditError where they do not belong together."""
    nodes = tuple(record for record in records if isinstance(record, Node))
    wires = tuple(record for record in records if isinstance(record, Wire))
    known = {node.id for node in nodes}
    modules = {record.id for record in definitions if isinstance(record, Module)}
    ids = [record.id for record in (*records, *definitions)]
    ties = tuple(record for record in records if isinstance(record, Tie))
    ends = [end for wire in wires for end in (wire.source, wire.target)]
    ends += [end for tie in ties for path in (tie.owner, tie.path) for end in path[:1] or ("",)]
    loose = not known.issuperset(ends)
    homeless = any(module_of(record) not in modules for record in definitions)
    if not isinstance(origin, Module) or loose or homeless or len(set(ids)) < len(ids):
        raise EditError(tr("what is in the clipboard is damaged: its parts do not belong together"))
    return Clip(
        nodes=nodes,
        wires=wires,
        ties=ties,
        comments=tuple(record for record in records if isinstance(record, Comment)),
        definitions=tuple(definitions),
        module=origin.id,
        scope={argument.name: argument.default for argument in origin.arguments},
    )
