"""Where two designs part, in sentences: the first is called A, the second B.

Nodes are matched by what they are and where they stand, so that two designs that were drawn apart can be
compared as well as two states of one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as OneOf

from .difference import declared, shown_value
from .document import Document
from .likeness import Likeness
from .matching import matched
from .nodes_apart import NodesApart
from .record import ROOT, Module, Node, instance_kind
from .text import tr
from .use import Use
from .value import definitions_of
from .wires_apart import WiresApart

Subject = OneOf["argument", "node", "setting", "sharing", "wire", "name"]


@dataclass(frozen=True)
class Difference:
    """One thing in which a module of A is not what it is in B; `name` where it is a name alone."""

    subject: Subject
    text: str


@dataclass(frozen=True)
class Side:
    """What of a module is only in this design, and what is in both and differs: ids of nodes and wires."""

    module: str
    only: frozenset[str]
    changed: frozenset[str]
    wires: frozenset[str]
    """Those that lead from or to what is only here, or have no counterpart."""


@dataclass(frozen=True)
class Pair:
    """A module of A and the one of B in its place."""

    name: str
    a: Side
    b: Side
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether they are alike but for names."""
        return all(difference.subject == "name" for difference in self.differences)


@dataclass(frozen=True)
class Comparison:
    """The modules in which two designs differ, the outermost first."""

    pairs: tuple[Pair, ...]

    @property
    def same(self) -> bool:
        """Whether the two are one network but for names."""
        return all(pair.same for pair in self.pairs)

    @property
    def lines(self) -> list[str]:
        """A line for each difference, with the module's name first."""
        return [f"{pair.name}: {each.text}" for pair in self.pairs for each in pair.differences]


def compare(a: Document, b: Document) -> Comparison:
    """Where two designs part; places, comments and help do not count."""
    likeness = Likeness(a, b)
    waiting, seen, pairs = [(ROOT, ROOT)], {(ROOT, ROOT)}, []
    while waiting:
        modules = waiting.pop(0)
        if likeness.same_content(*modules):
            continue
        found = matched((a, modules[0]), (b, modules[1]), likeness.same_kind, likeness.same_settings)
        pair = _pair(likeness, modules, found)
        if pair.differences:
            pairs.append(pair)
        for inside in _inside(a, b, modules, found):
            if inside not in seen:
                seen.add(inside)
                waiting.append(inside)
    return Comparison(tuple(pairs))


def _pair(likeness: Likeness, modules: tuple[str, str], found: dict[str, str]) -> Pair:
    nodes = NodesApart(likeness, modules, found)
    wires = WiresApart(likeness.a, likeness.b, modules, found)
    texts: list[tuple[Subject, Iterator[str]]] = [
        ("argument", _arguments(likeness, *modules)),
        ("node", nodes.only()),
        ("setting", nodes.settings()),
        ("sharing", nodes.sharing()),
        ("wire", wires.sentences()),
        ("sharing", nodes.ties()),
        ("name", _module_name(likeness, *modules)),
        ("name", nodes.names()),
    ]
    only = nodes.only_ids()
    changed = nodes.changed_ids()
    a, b = (Side(modules[i], only[i], changed[i], wires.ids(i, only[i])) for i in (0, 1))
    told = tuple(Difference(subject, text) for subject, found in texts for text in found)
    return Pair(likeness.a.module(modules[0]).name, a, b, told)


def _arguments(likeness: Likeness, one: str, other: str) -> Iterator[str]:
    """Sentences about what the modules declare."""
    ours = {argument.name: argument for argument in likeness.a.module(one).arguments}
    theirs = {argument.name: argument for argument in likeness.b.module(other).arguments}
    for name in (*ours, *(name for name in theirs if name not in ours)):
        if name not in theirs:
            yield tr("the argument {name} is only in A", name=name)
        elif name not in ours:
            yield tr("the argument {name} is only in B", name=name)
        elif not likeness.same_value(ours[name].default, theirs[name].default):
            yield tr(
                "the argument {name} is {a} by default in A, {b} in B",
                name=name,
                a=shown_value(likeness.a, ours[name].default),
                b=shown_value(likeness.b, theirs[name].default),
            )
        elif declared(ours[name])[1:] != declared(theirs[name])[1:]:  # but for its help
            yield tr("the argument {name} is declared otherwise in B", name=name)
    if not likeness.same_starts(likeness.a.module(one), likeness.b.module(other)):
        yield tr("its parameters get other first values in B")


def _module_name(likeness: Likeness, one: str, other: str) -> Iterator[str]:
    name = likeness.b.module(other).name
    if one != ROOT and name != likeness.a.module(one).name:
        yield tr("it is called {name} in B", name=name)


def _inside(
    a: Document, b: Document, modules: tuple[str, str], found: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """The modules that stand in each other's place: in two nodes that match, or in two defaults."""
    pairs: list[tuple[Node | Module, Node | Module]] = [(a.module(modules[0]), b.module(modules[1]))]
    pairs += [(a.node(one), b.node(other)) for one, other in found.items()]
    for one, other in pairs:
        yield from _corresponding(a, b, one, other)


def _corresponding(
    a: Document, b: Document, one: Node | Module, other: Node | Module
) -> Iterator[tuple[str, str]]:
    ours, theirs = _uses(one), _uses(other)
    for place in ours.keys() & theirs.keys():
        pair = ours[place], theirs[place]
        if isinstance(a.get(pair[0]), Module) and isinstance(b.get(pair[1]), Module):
            yield pair
    rest = (definitions_of(one) - set(ours.values()), definitions_of(other) - set(theirs.values()))
    names = {record.name: key for key in sorted(rest[1]) if isinstance(record := b.get(key), Module)}
    for key in sorted(rest[0]):
        record = a.get(key)
        if isinstance(record, Module) and record.name in names:
            yield key, names[record.name]


def _uses(record: Node | Module) -> dict[str, str]:
    """The ids of the modules that a record names, by the places where it does."""
    values = (
        {**record.arguments, "": Use(record.kind)}
        if isinstance(record, Node)
        else {argument.name: argument.default for argument in record.arguments}
    )
    found: dict[str, str] = {}
    for name, value in values.items():
        parts = value if isinstance(value, tuple) else (value,)
        for number, part in enumerate(parts):
            if isinstance(part, Use) and part.kind.startswith(instance_kind("")):
                found[f"{name} {number}"] = part.kind[1:]
    return found
