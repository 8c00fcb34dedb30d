"""The design being edited: records by id, one history, and a notice of every change.

An edit opens `document.edit("Connect")`, puts and removes records, and is one entry of the history.
A gesture (a drag) is `begin`, many edits, then `commit` or `cancel`; listeners hear each edit at once, the
history holds their sum. Undo is the reversed diff, so a new kind of edit needs nothing for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from .record import ROOT, Comment, Diff, Module, Node, Record, Wire, fresh_id, is_locked, module_of
from .refusal import EditError, locked_sentence

HISTORY_LIMIT = 1000
"""Entries of undo that are kept."""


class Rename(Struct, frozen=True):
    """In every call of `module`, what stood at the node path `before` now stands at `after`.

    Grouping makes (n,) into (instance, n). Trained weights follow by it.
    """

    module: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class Change(Struct, frozen=True):
    """A named diff, and the renaming of parameter paths that goes with it."""

    name: str
    diff: Diff
    renames: tuple[Rename, ...] = ()

    def reversed(self) -> "Change":
        """The change that takes this one back."""
        diff = {key: (after, before) for key, (before, after) in self.diff.items()}
        renames = tuple(Rename(r.module, r.after, r.before) for r in reversed(self.renames))
        return Change(self.name, diff, renames)

    def then(self, later: "Change") -> "Change":
        """This change and a later one as a single change under this one's name."""
        diff = dict(self.diff)
        for key, (before, after) in later.diff.items():
            diff[key] = (diff[key][0] if key in diff else before, after)
        return Change(self.name, _changed(diff), self.renames + later.renames)


def _changed(diff: Diff) -> Diff:
    return {key: pair for key, pair in diff.items() if not _same(*pair)}


def _same(before: Record | None, after: Record | None) -> bool:
    """Whether they are equal and spelt alike: 1 and True are equal, and still two values."""
    return before is after or (before == after and repr(before) == repr(after))


Listener = Callable[[Change], None]


class Document:
    """Holds the records; only edits change it, and every change is told to the listeners as a `Change`."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.key = fresh_id()
        """Tells this document from every other, as long as it is open; a copied selection remembers it."""
        self._records: dict[str, Record] = {record.id: record for record in records}
        self._members: dict[str, dict[str, None]] = {}
        for record in self._records.values():
            self._members.setdefault(module_of(record), {})[record.id] = None
        if ROOT not in self._records:
            self._store(ROOT, Module(id=ROOT, name="Network"))
        self._listeners: list[Listener] = []
        self._undo: list[Change] = []
        self._redo: list[Change] = []
        self._dropped: Change | None = None
        self._gesture: Change | None = None
        self._open: list[tuple[str, Record | None]] | None = None  # what stood there before each step
        self._renames: list[Rename] = []

    # Reading

    @property
    def records(self) -> Mapping[str, Record]:
        """Every record by its id."""
        return self._records

    def get(self, key: str) -> Record | None:
        """The record of that id, or None where it is gone."""
        return self._records.get(key)

    def node(self, key: str) -> Node:
        """The node of that id; KeyError where there is none."""
        record = self._records[key]
        assert isinstance(record, Node)
        return record

    def wire(self, key: str) -> Wire:
        """The wire of that id; KeyError where there is none."""
        record = self._records[key]
        assert isinstance(record, Wire)
        return record

    def module(self, key: str) -> Module:
        """The module of that id; KeyError where there is none."""
        record = self._records[key]
        assert isinstance(record, Module)
        return record

    def modules(self) -> list[Module]:
        """Every module, the root first, the others in the order in which they came."""
        found = [record for record in self._records.values() if isinstance(record, Module)]
        return sorted(found, key=lambda module: module.id != ROOT)

    def members(self, module: str) -> list[Record]:
        """The records that stand in a module, without the module itself."""
        return [self._records[key] for key in self._members.get(module, ()) if key != module]

    def nodes(self, module: str) -> list[Node]:
        """The nodes of a module."""
        return [record for record in self.members(module) if isinstance(record, Node)]

    def wires(self, module: str) -> list[Wire]:
        """The wires of a module."""
        return [record for record in self.members(module) if isinstance(record, Wire)]

    def comments(self, module: str) -> list[Comment]:
        """The comments of a module."""
        return [record for record in self.members(module) if isinstance(record, Comment)]

    # Changing

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with every change from now on; returns the way to stop it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @contextmanager
    def edit(self, name: str) -> Iterator[None]:
        """One entry of the history. Edits inside edits join; an exception takes back what its edit did.

        Raises EditError at the end where the inside of a locked module was changed.
        """
        if self._open is not None:
            with self._taken_back_if_raised(self._open):
                yield
            return
        self._open, self._renames = [], []
        try:
            with self._taken_back_if_raised(self._open):
                yield
                change = self._sum_of(self._open, name)
                self._refuse_locked(change.diff)
        finally:
            self._open = None
        if change.diff:
            self._record(change)
            self._tell(change)

    def put(self, record: Record) -> None:
        """Adds the record, or replaces the one with its id. Only inside `edit`."""
        self._set(record.id, record)

    def remove(self, key: str) -> None:
        """Takes the record out. Only inside `edit`; KeyError where there is none."""
        assert key in self._records, f"no record {key}"
        self._set(key, None)

    def renamed(self, rename: Rename) -> None:
        """Notes that parameter paths changed in the open edit, so that trained weights can follow."""
        assert self._open is not None, "outside an edit"
        self._renames.append(rename)

    def begin(self, name: str) -> None:
        """Starts a gesture: the edits until `commit` are one entry of the history."""
        assert self._gesture is None, "a gesture is open"
        self._gesture = Change(name, {})

    def commit(self) -> None:
        """Ends the gesture and keeps what it did."""
        assert self._gesture is not None, "no gesture is open"
        change, self._gesture = self._gesture, None
        if change.diff:
            self._record(change)

    def cancel(self) -> None:
        """Ends the gesture and takes back what it did."""
        assert self._gesture is not None, "no gesture is open"
        change, self._gesture = self._gesture, None
        if change.diff:
            self._apply(change.reversed())

    @property
    def in_gesture(self) -> bool:
        """Whether a gesture is open."""
        return self._gesture is not None

    # History

    @property
    def undo_name(self) -> str | None:
        """The name of what `undo` would take back."""
        return self._undo[-1].name if self._undo else None

    @property
    def redo_name(self) -> str | None:
        """The name of what `redo` would bring back."""
        return self._redo[-1].name if self._redo else None

    @property
    def position(self) -> object:
        """Stands for the state: the very same object again only where undo and redo lead back to it."""
        if self._gesture is not None and self._gesture.diff:
            return self._gesture
        return self._undo[-1] if self._undo else self._dropped

    def undo(self) -> Change | None:
        """Takes the last entry back and returns the change that was made, None where there is none."""
        assert self._gesture is None and self._open is None, "a gesture or an edit is open"
        if not self._undo:
            return None
        entry = self._undo.pop()
        self._redo.append(entry)
        return self._apply(entry.reversed())

    def redo(self) -> Change | None:
        """Brings the last entry taken back again, and returns the change that was made."""
        assert self._gesture is None and self._open is None, "a gesture or an edit is open"
        if not self._redo:
            return None
        entry = self._redo.pop()
        self._undo.append(entry)
        return self._apply(entry)

    # Inside

    @contextmanager
    def _taken_back_if_raised(self, steps: list[tuple[str, Record | None]]) -> Iterator[None]:
        start, renames = len(steps), len(self._renames)
        try:
            yield
        except BaseException:
            for key, before in reversed(steps[start:]):
                self._store(key, before)
            del steps[start:], self._renames[renames:]
            raise

    def _sum_of(self, steps: list[tuple[str, Record | None]], name: str) -> Change:
        first: dict[str, Record | None] = {}
        for key, before in steps:
            first.setdefault(key, before)
        diff = {key: (before, self._records.get(key)) for key, before in first.items()}
        return Change(name, _changed(diff), tuple(self._renames))

    def _refuse_locked(self, diff: Diff) -> None:
        """EditError where a module that is locked, and stays so as it is, was changed within.

        One that comes, goes, or is exchanged for another state of its library is none.
        """
        modules = {module_of(record) for pair in diff.values() for record in pair if record is not None}
        for key in modules:
            now = self._records.get(key)
            before, _ = diff.get(key, (now, now))
            if not isinstance(before, Module) or not isinstance(now, Module):
                continue
            if is_locked(before) and now.origin == before.origin:
                raise EditError(locked_sentence(before.name))

    def _set(self, key: str, record: Record | None) -> None:
        assert self._open is not None, "outside an edit"
        self._open.append((key, self._records.get(key)))
        self._store(key, record)

    def _store(self, key: str, record: Record | None) -> None:
        old = self._records.get(key)
        if record is not None and old is not None and module_of(old) == module_of(record):
            self._records[key] = record
            return
        if old is not None:
            self._members[module_of(old)].pop(key, None)
        if record is None:
            self._records.pop(key, None)
            return
        self._records[key] = record
        self._members.setdefault(module_of(record), {})[key] = None

    def _record(self, change: Change) -> None:
        if self._gesture is not None:
            self._gesture = self._gesture.then(change)
            return
        self._undo.append(change)
        if len(self._undo) > HISTORY_LIMIT:
            self._dropped = self._undo.pop(0)
        self._redo.clear()

    def _apply(self, change: Change) -> Change:
        for key, (_, after) in change.diff.items():
            self._store(key, after)
        self._tell(change)
        return change

    def _tell(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            listener(change)
