"""Bringing the modules of a clip into a document, which may have them, or others by their ids."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from ..document import Document
from ..record import Comment, Module, Node, Record, Unread, Wire, fresh_id, instance_kind, module_of
from .naming import unique_module_name


def bring_definitions(document: Document, definitions: Iterable[Record], *, at_home: bool) -> dict[str, str]:
    """Brings in the modules that the document lacks or has otherwise; returns old id -> new id.

    Where a module that another is built of comes in anew, so does the other. A clip that is `at_home` was
    copied from this very document, whose modules stand as they are now. Only inside an edit.
    """
    records = [record for record in definitions if not isinstance(record, Unread)]
    modules = {record.id: record for record in records if isinstance(record, Module)}
    members: dict[str, list[Record]] = {key: [] for key in modules}
    for each in records:
        if not isinstance(each, Module):
            members[module_of(each)].append(each)
    differing = {
        key
        for key, module in modules.items()
        if not (at_home and isinstance(document.get(key), Module))
        and not _is_here(document, module, members[key])
    }
    brought = {
        key: key if document.get(key) is None else fresh_id() for key in _with_builders(differing, members)
    }
    moved = [part for key in brought for part in members[key]]
    fresh = {part.id: part.id if document.get(part.id) is None else fresh_id() for part in moved}
    for key, new in brought.items():
        document.put(replace(modules[key], id=new, name=unique_module_name(document, modules[key].name)))
    for part in moved:
        document.put(_moved(part, brought, fresh))
    return brought


def _with_builders(differing: set[str], members: Mapping[str, list[Record]]) -> list[str]:
    """These modules and every other that is built of one, in the clip's order."""
    found = set(differing)
    size = -1
    while size != len(found):
        size = len(found)
        found |= {
            key
            for key, records in members.items()
            if any(isinstance(record, Node) and record.definition in found for record in records)
        }
    return [key for key in members if key in found]


def _is_here(document: Document, module: Module, members: list[Record]) -> bool:
    here = document.get(module.id)
    return isinstance(here, Module) and _content(here, document.members(here.id)) == _content(module, members)


def _content(module: Module, members: list[Record]) -> object:
    """What makes two modules equal: everything but places and comments."""
    kept = [
        replace(record, at=(0.0, 0.0)) if isinstance(record, Node) else record
        for record in members
        if not isinstance(record, Comment | Unread)
    ]
    return (module, sorted(kept, key=lambda record: record.id))


def _moved(record: Record, modules: Mapping[str, str], fresh: Mapping[str, str]) -> Record:
    assert not isinstance(record, Module | Unread)
    module = modules[record.module]
    if isinstance(record, Wire):
        ends = {
            "source": fresh.get(record.source, record.source),
            "target": fresh.get(record.target, record.target),
        }
        return replace(record, id=fresh[record.id], module=module, **ends)
    if isinstance(record, Node) and record.definition is not None and record.definition in modules:
        kind = instance_kind(modules[record.definition])
        return replace(record, id=fresh[record.id], module=module, kind=kind)
    return replace(record, id=fresh[record.id], module=module)
