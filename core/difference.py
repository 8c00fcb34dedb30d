"""What tells two modules apart, in sentences: the one here from another one, such as its library's."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .content import Contents
from .document import Document
from .expression import Expression
from .library import Entry, main_module
from .record import INSTANCE_MARK, Module, ModuleArgument, Node
from .text import tr
from .use import Use
from .value import definitions_of


def difference(document: Document, module: str, entry: Entry) -> list[str]:
    """How a module differs from a library's entry, a sentence each; empty where it does not.

    Raises FileError where the entry cannot be read, EditError where it is none.
    """
    source = entry.document()
    comparing = _Comparing(document, module, source, main_module(source).id)
    return [*comparing.arguments(), *comparing.nodes(), *comparing.wires(), *comparing.rest()]


@dataclass(frozen=True)
class Apart:
    """The nodes in which a module and a library's entry differ, by their names."""

    new: frozenset[str]
    """Those that are here only."""

    gone: frozenset[str]
    """Those that are in the library only."""

    changed: frozenset[str]
    """Those that are in both and made or set otherwise."""


def nodes_apart(document: Document, module: str, entry: Entry) -> Apart:
    """Which nodes `difference` has something to say about; wires and arguments are none.

    Raises FileError where the entry cannot be read, EditError where it is none.
    """
    source = entry.document()
    return _Comparing(document, module, source, main_module(source).id).apart()


class _Comparing:
    def __init__(self, document: Document, module: str, other: Document, theirs: str) -> None:
        self.here, self.module = document, module
        self.there, self.theirs = other, theirs
        self.own = _by_name(document.nodes(module))
        self.other = _by_name(other.nodes(theirs))

    def apart(self) -> Apart:
        """The names of the nodes that differ."""
        both = self.own.keys() & self.other.keys()
        return Apart(
            new=frozenset(self.own.keys() - both),
            gone=frozenset(self.other.keys() - both),
            changed=frozenset(n for n in both if self._is_changed(self.own[n], self.other[n])),
        )

    def _is_changed(self, own: Node, other: Node) -> bool:
        if any(self._node(own, other)):
            return True
        inside = (definitions_of(own), definitions_of(other))
        contents = [
            sorted(Contents(where).of(key) for key in keys if where.get(key) is not None)
            for where, keys in zip((self.here, self.there), inside, strict=True)
        ]
        return contents[0] != contents[1]

    def arguments(self) -> Iterator[str]:
        """Sentences about what the modules declare."""
        own = {argument.name: argument for argument in self.here.module(self.module).arguments}
        other = {argument.name: argument for argument in self.there.module(self.theirs).arguments}
        yield from (tr("the argument {name} is new", name=name) for name in own if name not in other)
        yield from (tr("the argument {name} is gone", name=name) for name in other if name not in own)
        for name in (name for name in own if name in other):
            values = self._values(own[name].default, other[name].default)
            if values[0] != values[1]:
                yield tr(
                    "the argument {name} is {here} by default, in the library {there}",
                    name=name,
                    here=values[0],
                    there=values[1],
                )
            elif declared(own[name]) != declared(other[name]):
                yield tr("the argument {name} is declared otherwise in the library", name=name)

    def nodes(self) -> Iterator[str]:
        """Sentences about the nodes, which are the same where their names are."""
        yield from (tr("{node} is new", node=name) for name in self.own if name not in self.other)
        yield from (tr("{node} is gone", node=name) for name in self.other if name not in self.own)
        for name in (name for name in self.own if name in self.other):
            yield from self._node(self.own[name], self.other[name])

    def wires(self) -> Iterator[str]:
        """Sentences about the wires between nodes that are there and there."""
        own, other = self._ways(self.here, self.module), self._ways(self.there, self.theirs)
        for source, target in sorted(own - other):
            yield tr("the wire from {source} to {target} is new", source=source, target=target)
        for source, target in sorted(other - own):
            yield tr("the wire from {source} to {target} is gone", source=source, target=target)

    def rest(self) -> Iterator[str]:
        """Sentences about modules inside, and one where nothing else tells the two apart."""
        here, there = Contents(self.here), Contents(self.there)
        inside = self._modules(self.there, self.theirs)
        for name, key in self._modules(self.here, self.module).items():
            if name in inside and here.of(key) != there.of(inside[name]):
                yield tr("the module {name} inside differs", name=name)
        if self.here.module(self.module).help != self.there.module(self.theirs).help:
            yield tr("its help differs")

    def _node(self, own: Node, other: Node) -> Iterator[str]:
        kinds = (shown_kind(self.here, own.kind), shown_kind(self.there, other.kind))
        if kinds[0] != kinds[1]:
            yield tr("{node} is {here}, in the library {there}", node=own.name, here=kinds[0], there=kinds[1])
        for name, mine, theirs in _settings(own, other):
            values = self._values(mine, theirs)
            if values[0] != values[1]:
                yield tr(
                    "{argument} of {node} is {here}, in the library {there}",
                    argument=name,
                    node=own.name,
                    here=values[0],
                    there=values[1],
                )
        owners = (self._name(self.here, own.owner), self._name(self.there, other.owner))
        if owners[0] != owners[1]:
            yield tr("{node} is tied otherwise in the library", node=own.name)

    def _values(self, here: Any, there: Any) -> tuple[str, str]:
        return shown_value(self.here, here), shown_value(self.there, there)

    def _ways(self, document: Document, module: str) -> set[tuple[str, str]]:
        return {
            (
                f"{self._name(document, wire.source)}.{wire.source_port}",
                f"{self._name(document, wire.target)}.{wire.target_port}",
            )
            for wire in document.wires(module)
        }

    def _modules(self, document: Document, module: str) -> dict[str, str]:
        """The modules that the nodes are made of, by name."""
        keys = {key for node in document.nodes(module) for key in definitions_of(node)}
        found = [record for key in keys if isinstance(record := document.get(key), Module)]
        return {record.name: record.id for record in sorted(found, key=lambda record: record.name)}

    def _name(self, document: Document, key: str) -> str:
        record = document.get(key)
        return record.name if isinstance(record, Node) else ""


def _by_name(nodes: Iterable[Node]) -> dict[str, Node]:
    """The nodes in the order of the drawing, from left to right."""
    return {node.name: node for node in sorted(nodes, key=lambda node: (node.at, node.name))}


def _settings(own: Node, other: Node) -> Iterator[tuple[str, Any, Any]]:
    """Each thing that is set on one of the two: its name, the value here and there."""
    here: Mapping[str, Any] = {**own.arguments, "repeat": own.repeat, "shared": own.shared}
    there: Mapping[str, Any] = {**other.arguments, "repeat": other.repeat, "shared": other.shared}
    for name in sorted(here.keys() | there.keys()):
        yield name, here.get(name), there.get(name)


def declared(argument: ModuleArgument) -> tuple[Any, ...]:
    """What an argument's declaration says besides its name and default."""
    return (argument.help, argument.kind, argument.choices, argument.minimum, argument.maximum)


def shown_kind(document: Document, kind: str) -> str:
    """A kind in words: a module by its name, which its id is not."""
    record = document.get(kind[1:]) if kind.startswith(INSTANCE_MARK) else None
    return record.name if isinstance(record, Module) else kind


def shown_value(document: Document, value: Any) -> str:
    """A value as a sentence names it; `not set` for None."""
    match value:
        case None:
            return tr("not set")
        case Expression():
            return value.source
        case Use():
            given = ", ".join(f"{name}={shown_value(document, part)}" for name, part in value.arguments)
            return (
                f"{shown_kind(document, value.kind)}({given})" if given else shown_kind(document, value.kind)
            )
        case tuple():
            return f"[{', '.join(shown_value(document, part) for part in value)}]"
    return repr(value)
