"""The libraries that modules are taken from: the user's own folder, and the one that ships. No Qt."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.document import Document
from core.edits import EditError
from core.files import FileError
from core.library import Entry, Library, bring, main_module, read_library, shipped
from core.ports import Ports, module_ports
from core.record import SHIPPED, Module, instance_kind

LIBRARY_MARK = "#"
"""The kind of a palette's row that stands for a library's entry: this mark, its library, `/`, its name."""


@dataclass(frozen=True)
class Kept:
    """An entry as it was read: its design, and the module in that which it is about."""

    entry: Entry
    document: Document
    module: Module

    @property
    def kind(self) -> str:
        """What the palette calls it."""
        return f"{LIBRARY_MARK}{self.entry.library}/{self.entry.name}"

    @property
    def ports(self) -> Ports:
        """The ports that an instance of it will have."""
        return module_ports(self.document, self.module.id)


class Shelves:
    """What is in the libraries; read when it is first asked for, and again where the user's has changed."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` is the user's own library, None where there is none."""
        self.folder = folder
        self.on_change: Callable[[], None] = lambda: None
        self._shipped: tuple[Kept, ...] | None = None
        self._own: tuple[Kept, ...] | None = None
        self._faults: tuple[str, ...] = ()
        self._seen: tuple[tuple[str, int], ...] = ()

    @property
    def own(self) -> tuple[Kept, ...]:
        """The user's own modules."""
        return self._read_own() if self._own is None else self._own

    @property
    def shipped(self) -> tuple[Kept, ...]:
        """The modules that come with the program."""
        if self._shipped is None:
            self._shipped = _kept(shipped().entries)
        return self._shipped

    @property
    def faults(self) -> tuple[str, ...]:
        """A sentence about each file of the user's folder that is no entry."""
        if self._own is None:
            self._read_own()
        return self._faults

    def _read_own(self) -> tuple[Kept, ...]:
        self._seen = self._listing()
        library = Library(()) if self.folder is None else read_library(self.folder)
        self._own, self._faults = _kept(library.entries), library.faults
        return self._own

    def reread(self) -> None:
        """Looks into the user's folder again."""
        self._own = None
        self.on_change()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry, the user's own first."""
        return tuple(kept.entry for kept in (*self.own, *self.shipped))

    def look_again(self) -> None:
        """Reads the user's folder again where another window has changed it."""
        if self._own is not None and self._listing() != self._seen:
            self.reread()

    def _listing(self) -> tuple[tuple[str, int], ...]:
        """The files of the user's folder, and when each was written."""
        if self.folder is None:
            return ()
        found: list[tuple[str, int]] = []
        for path in sorted(self.folder.glob("*.loom")):
            try:
                found.append((path.name, path.stat().st_mtime_ns))
            except OSError:
                continue  # it went while the folder was listed
        return tuple(found)

    def find(self, kind: str) -> Kept | None:
        """The entry that a palette's kind stands for."""
        if not kind.startswith(LIBRARY_MARK):
            return None
        return next((kept for kept in (*self.own, *self.shipped) if kept.kind == kind), None)

    def source(self, module: Module) -> Kept | None:
        """Where a module is from; of one that was drawn here, the entry of its name."""
        every = (*self.own, *self.shipped)
        if module.origin is not None:
            origin = (module.origin.library, module.origin.entry)
            found = [kept for kept in every if (kept.entry.library, kept.entry.name) == origin]
            return found[0] if found and module.origin.module == found[0].module.name else None
        return next((kept for kept in every if kept.entry.name == module.name), None)

    def bring(self, document: Document, kind: str) -> str:
        """Brings what a palette's kind stands for into a document; returns the kind of its instances.

        Kinds that stand for no entry stay as they are. Raises FileError where the entry's file cannot be read
        any more, EditError where it holds none.
        """
        kept = self.find(kind)
        return kind if kept is None else instance_kind(bring(document, kept.entry))


def is_shipped(kept: Kept) -> bool:
    """Whether an entry comes with the program."""
    return kept.entry.library == SHIPPED


def _kept(entries: tuple[Entry, ...]) -> tuple[Kept, ...]:
    found: list[Kept] = []
    for entry in entries:
        try:
            document = entry.document()
            found.append(Kept(entry, document, main_module(document)))
        except (FileError, EditError):
            continue  # it went between the listing of the folder and now
    return tuple(found)
