"""Modules kept for other designs: the library that ships, and folders of the user's own.

An entry is a design whose root holds nothing: the module of the root's name is the entry, the others are what
it is built of. A module that is brought into a document remembers where it is from and what it was then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from .content import Contents
from .document import Document
from .edits.basic import nested
from .edits.definitions import Brought, bring_definitions, moved
from .edits.error import EditError
from .edits.naming import users
from .files import FileError, load, save
from .ports import module_ports
from .record import (
    ROOT,
    SHIPPED,
    Comment,
    Module,
    Node,
    Origin,
    Record,
    Unread,
    Wire,
    fresh_id,
    is_locked,
    module_of,
)
from .text import tr
from .value import module_with_kinds

__all__ = [
    "Entry",
    "Library",
    "bring",
    "differs",
    "edit_a_copy",
    "is_locked",
    "newer",
    "read_library",
    "save_to_library",
    "shipped",
    "update_from_library",
]

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "library"
"""Where the library that ships lies."""

USER = "user"
"""What the user's own library is called in an origin."""


@dataclass(frozen=True)
class Entry:
    """A module in a library, known by the name of its file."""

    library: str
    name: str
    help: str
    path: Path

    def document(self) -> Document:
        """The design that holds it. Raises FileError where it cannot be read."""
        return load(self.path)


@dataclass(frozen=True)
class Library:
    """What a folder holds, and a sentence about each file that is no entry."""

    entries: tuple[Entry, ...]
    faults: tuple[str, ...] = ()


def read_library(folder: Path, library: str = USER) -> Library:
    """The entries of a folder by their names; a folder that is not there is an empty library."""
    entries: list[Entry] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.loom")):
        try:
            main = main_module(load(path))
        except (FileError, EditError) as error:
            faults.append(f"{path.name}: {error}")
        else:
            entries.append(Entry(library, main.name, main.help, path))
    return Library(tuple(entries), tuple(faults))


def shipped() -> Library:
    """The library that comes with the program."""
    return read_library(FOLDER, SHIPPED)


def main_module(document: Document) -> Module:
    """The module that a library's file is about. EditError where there is none."""
    name = document.module(ROOT).name
    found = next((module for module in document.modules() if module.id != ROOT and module.name == name), None)
    if found is None or document.members(ROOT):
        raise EditError(tr("it is a design, not an entry of a library"))
    return found


def bring(document: Document, entry: Entry) -> str:
    """Brings an entry into a document, which may have it already; returns the module's id.

    Raises FileError where the file cannot be read, EditError where it is no entry.
    """
    source = entry.document()
    main = main_module(source)
    with document.edit(tr("Bring {name}", name=entry.name)):
        brought = bring_definitions(document, _stamped(source, entry), at_home=False)
    return brought.modules[main.id]


def edit_a_copy(document: Document, module: str) -> None:
    """Makes a module of a library one of this document, free to be edited."""
    record = document.module(module)
    with document.edit(tr("Edit a copy of {module}", module=record.name)):
        document.put(replace(record, origin=None))


def save_to_library(document: Document, module: str, folder: Path, library: str = USER) -> Path:
    """Writes a module, with those that it is built of, as an entry; from then on it is of that library.

    Raises EditError for the whole network, FileError where the file cannot be written.
    """
    record = document.module(module)
    if module == ROOT:
        raise EditError(tr("the whole network is no module; group what you want to keep"))
    records: list[Record] = [Module(id=ROOT, name=record.name, help=record.help)]
    inside = nested(document, module)
    records += [each for each in document.records.values() if module_of(each) in inside]
    records = [replace(each, origin=None) if each is record else each for each in records]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            tr("cannot make {folder}: {reason}", folder=folder, reason=error.strerror or error)
        ) from error
    path = folder / f"{record.name}.loom"
    save(Document(records), path)
    if not is_locked(record):
        content = Contents(document).of(module)
        with document.edit(tr("Save {module} to the library", module=record.name)):
            origin = Origin(library=library, entry=record.name, module=record.name, content=content)
            document.put(replace(record, origin=origin))
    return path


def differs(document: Document, module: str, entry: Entry) -> bool:
    """Whether the module is another than the entry is now. Raises as `update_from_library` does."""
    source = entry.document()
    return Contents(source).of(main_module(source).id) != Contents(document).of(module)


def newer(document: Document, entries: Iterable[Entry]) -> list[tuple[str, Entry]]:
    """The modules whose entry is no longer what they were taken from, with the entry as it is now.

    What was edited here since is none: it is the entry that must have changed. Entries that cannot be read
    are left out.
    """
    known = {(entry.library, entry.name): entry for entry in entries}
    here = Contents(document)
    found: list[tuple[str, Entry]] = []
    for module in document.modules():
        origin = module.origin
        entry = None if origin is None else known.get((origin.library, origin.entry))
        if origin is None or entry is None or origin.module != entry.name:
            continue
        try:
            source = entry.document()
            content = Contents(source).of(main_module(source).id)
        except (FileError, EditError):
            continue
        if content not in (origin.content, here.of(module.id)):
            found.append((module.id, entry))
    return found


def update_from_library(document: Document, module: str, entry: Entry) -> None:
    """Makes a module what the entry is now. Nodes of the same names keep their ids and so their weights.

    Comments stay. Wires to ports that the entry lacks go, as do arguments of instances that it has not.
    Raises FileError where the file cannot be read, EditError where it is no entry.
    """
    source = entry.document()
    main = main_module(source)
    if Contents(source).of(main.id) == Contents(document).of(module):
        return
    stamped = _stamped(source, entry)
    with document.edit(tr("Update {module} from the library", module=document.module(module).name)):
        brought = bring_definitions(
            document, [each for each in stamped if module_of(each) != main.id], at_home=False
        )
        if module in {key for new in brought.modules.values() for key in nested(document, new)}:
            raise EditError(tr("{module} would contain itself", module=main.name))
        brought.modules[main.id] = module
        new = next(each for each in stamped if each.id == main.id)
        _exchange(document, module, new, source.members(main.id), brought)
        _follow(document, module)


def _stamped(source: Document, entry: Entry) -> list[Record]:
    """The entry's records without the root; its modules say where they are from."""
    contents = Contents(source)
    found: list[Record] = []
    for record in source.records.values():
        if module_of(record) == ROOT:
            continue
        if isinstance(record, Module) and record.origin is None:
            content = contents.of(record.id)
            origin = Origin(library=entry.library, entry=entry.name, module=record.name, content=content)
            record = replace(record, origin=origin)
        found.append(record)
    return found


def _exchange(
    document: Document, module: str, new: Record, members: Iterable[Record], brought: Brought
) -> None:
    """Puts an entry's members in the place of a module's."""
    assert isinstance(new, Module)
    old = document.module(module)
    names = {node.name: node.id for node in document.nodes(module)}
    members = [each for each in members if not isinstance(each, Unread | Comment)]
    for member in members:
        same = names.get(member.name) if isinstance(member, Node) else None
        brought.records[member.id] = same or fresh_id()
    wires = {_ends(wire): wire.id for wire in document.wires(module)}
    put: set[str] = set()
    for member in members:
        record = moved(member, module, brought)
        if isinstance(record, Wire):
            record = replace(record, id=wires.get(_ends(record), record.id))
        document.put(record)
        put.add(record.id)
    for record in document.members(module):
        if record.id not in put and not isinstance(record, Comment):
            document.remove(record.id)
    document.put(replace(module_with_kinds(new, brought.kinds), id=module, name=old.name))


def _ends(wire: Wire) -> tuple[str, ...]:
    return (wire.source, wire.source_port, wire.target, wire.target_port)


def _follow(document: Document, module: str) -> None:
    """Takes out what instances of the module give to arguments and ports that it no longer has."""
    known = {argument.name for argument in document.module(module).arguments}
    ports = module_ports(document, module)
    for user in users(document, module):
        kept = {name: value for name, value in user.arguments.items() if name in known}
        if len(kept) < len(user.arguments):
            document.put(replace(user, arguments=kept))
        for wire in document.wires(user.module):
            lost_input = wire.target == user.id and wire.target_port not in ports.inputs
            lost_output = wire.source == user.id and wire.source_port not in ports.outputs
            if lost_input or lost_output:
                document.remove(wire.id)
