"""What a module is, whatever its ids and places: the same text for modules drawn alike in any document."""

from collections.abc import Mapping
from hashlib import sha256

import msgspec

from .document import Document
from .plain import to_plain
from .record import INSTANCE_MARK, Module, Node, Record, Tie, Wire
from .value import definitions_of, module_with_kinds, with_kinds

_OF_DRAWING = frozenset({"record", "id", "module", "at", "origin"})
"""Fields that say where a record stands, not what it is."""


class Contents:
    """The contents of a document's modules as it stands, each worked out once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[str, str] = {}
        self._open: list[str] = []

    def of(self, module: str) -> str:
        """A digest of the module and all that it is built of, its own name left out: 64 hexadecimal digits.

        Places, comments and records that cannot be read do not count.
        """
        if module not in self._known:
            self._open.append(module)
            text = msgspec.json.encode(self._written(module))
            self._open.pop()
            self._known[module] = sha256(text).hexdigest()
        return self._known[module]

    def _written(self, module: str) -> object:
        record = self._document.module(module)
        plain = self._plain(module_with_kinds(record, self._kinds(record)))
        del plain["name"]
        members = [m for m in self._document.members(module) if isinstance(m, Node | Wire | Tie)]
        return [plain, *sorted((self._member(member) for member in members), key=msgspec.json.encode)]

    def _member(self, record: Node | Wire | Tie) -> dict[str, object]:
        if isinstance(record, Node):
            plain = self._plain(with_kinds(record, self._kinds(record)))
            return {**plain, "owner": self._name(record.owner)}
        plain = self._plain(record)
        if isinstance(record, Wire):
            return {**plain, "source": self._name(record.source), "target": self._name(record.target)}
        paths = {name: [self._name(key) for key in getattr(record, name)] for name in ("owner", "path")}
        return {**plain, **paths}

    def _plain(self, record: Record) -> dict[str, object]:
        return {name: value for name, value in to_plain(record).items() if name not in _OF_DRAWING}

    def _name(self, key: str) -> str:
        record = self._document.get(key)
        return record.name if isinstance(record, Node) else key

    def _kinds(self, record: Node | Module) -> Mapping[str, str]:
        """The kinds that name modules by their ids, and what stands for them here."""
        return {INSTANCE_MARK + key: INSTANCE_MARK + self._stand_in(key) for key in definitions_of(record)}

    def _stand_in(self, module: str) -> str:
        if module in self._open:  # a damaged file nests a module in itself
            return f"{len(self._open) - self._open.index(module)} above"
        return self.of(module) if isinstance(self._document.get(module), Module) else module
