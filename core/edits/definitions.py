"""Bringing modules from elsewhere into a document, which may have them already, under the same ids or not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from ..content import Contents
from ..document import Document
from ..record import Comment, Module, Node, Record, Tie, Unread, Wire, fresh_id, instance_kind
from ..value import definitions_of, module_with_kinds, with_kinds
from .basic import check_kind
from .naming import unique_module_name


@dataclass(frozen=True)
class Brought:
    """What modules and the records in them are called here, by their ids where they came from."""

    modules: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)

    @property
    def kinds(self) -> dict[str, str]:
        """The kinds of instances here, by those there."""
        return {instance_kind(old): instance_kind(new) for old, new in self.modules.items()}

    def path(self, path: tuple[str, ...], along: Mapping[str, str]) -> tuple[str, ...]:
        """A call path as it reads here; `along` are the nodes at its start."""
        return tuple(along.get(key) or self.records.get(key, key) for key in path)


def bring_definitions(document: Document, definitions: Iterable[Record], *, at_home: bool) -> Brought:
    """Brings in the modules that the document lacks or has otherwise. Only inside an edit.

    A module whose content is here already, under any id, is that one; another comes in under a name of its
    own. A clip that is `at_home` was copied from this very document, whose modules stand as they are now.
    """
    records = [record for record in definitions if not isinstance(record, Unread)]
    source = Document(records)
    given = [record for record in records if isinstance(record, Module)]
    found = _Matching(document, source, at_home)
    brought = Brought()
    for module in given:
        target = found.match(module)
        if target is not None:
            brought.modules[module.id] = target
            brought.records.update(_same_names(source, module.id, document, target))
    for module in given:
        if module.id not in brought.modules:
            brought.modules[module.id] = module.id if document.get(module.id) is None else fresh_id()
            for member in source.members(module.id):
                free = document.get(member.id) is None
                brought.records[member.id] = member.id if free else fresh_id()
    for module in given:
        if document.get(brought.modules[module.id]) is None:
            _put(document, source, module, brought)
    return brought


def check_made_of(document: Document, node: Node) -> None:
    """EditError where what the node is made of, or given, is unknown or would put its module into itself."""
    if node.slot is None and not node.owner:
        check_kind(document, node.module, node.kind)
    for module in sorted(definitions_of(node)):
        check_kind(document, node.module, instance_kind(module))


class _Matching:
    """Finds the modules of a document that modules from elsewhere are."""

    def __init__(self, document: Document, source: Document, at_home: bool) -> None:
        self.document, self.at_home = document, at_home
        self.contents = Contents(source)
        here = Contents(document)
        self.here: dict[str, list[Module]] = {}
        for module in document.modules()[1:]:
            self.here.setdefault(here.of(module.id), []).append(module)

    def match(self, module: Module) -> str | None:
        """The id of the module here that it is; None where there is none."""
        if self.at_home and isinstance(self.document.get(module.id), Module):
            return module.id
        alike = [
            other
            for other in self.here.get(self.contents.of(module.id), ())
            if _stem(other.name) == _stem(module.name)
        ]
        alike.sort(key=lambda other: (other.id != module.id, other.name != module.name))
        return alike[0].id if alike else None


def _stem(name: str) -> str:
    """The name without the number that a second module of it gets."""
    return name.rstrip("0123456789") or name


def _same_names(source: Document, there: str, document: Document, here: str) -> dict[str, str]:
    """The nodes of a module by the ids that they have in the same module elsewhere."""
    names = {node.name: node.id for node in document.nodes(here)}
    return {node.id: names[node.name] for node in source.nodes(there) if node.name in names}


def _put(document: Document, source: Document, module: Module, brought: Brought) -> None:
    key = brought.modules[module.id]
    for member in source.members(module.id):
        document.put(moved(member, key, brought))
    name = unique_module_name(document, module.name)
    document.put(replace(module_with_kinds(module, brought.kinds), id=key, name=name))


def moved(record: Record, module: str, brought: Brought) -> Record:
    """A module's record as it reads in the module of another id."""
    assert not isinstance(record, Module | Unread)
    known = brought.records
    place = {"id": known[record.id], "module": module}
    match record:
        case Wire():
            ends = {
                "source": known.get(record.source, record.source),
                "target": known.get(record.target, record.target),
            }
            return replace(record, **place, **ends)
        case Tie():
            owner, path = brought.path(record.owner, {}), brought.path(record.path, {})
            return replace(record, **place, owner=owner, path=path)
        case Node():
            tied_to = known.get(record.owner, record.owner)
            return replace(with_kinds(record, brought.kinds), **place, owner=tied_to)
        case Comment():
            return replace(record, **place)
