"""Which node of one module is which of another: by kind, name, and what stands around, whatever the ids.

The likeness of two nodes is what they say of themselves and how alike the nodes around them are, which is
told in rounds. Source: Melnik, Garcia-Molina & Rahm 2002, Similarity Flooding.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

from .document import Document
from .graph import Graphs
from .ports import as_owner
from .record import Node

Alike = Callable[[Node, Node], bool]

ROUNDS = 6
"""How far around a node its likeness looks."""

OWN, AROUND = 0.4, 0.3
"""What a node itself counts, and what either of its sides does."""

LEAST = 0.33
"""Two nodes less alike than this are two nodes."""

WINDOW = 24
"""How far apart among their kind, in the order of the graph, two nodes of other names may be."""

_PORTS = {"Input", "Output"}

_KIND, _NAME, _REST, _NAME_ALONE = 0.6, 0.25, 0.15, 0.35


def matched(
    here: tuple[Document, str], there: tuple[Document, str], same_kind: Alike, same_rest: Alike
) -> dict[str, str]:
    """The ids of one module's nodes that have a counterpart in the other, and its id.

    `same_kind` says whether two nodes are made of the same, `same_rest` whether they are also set alike. Both
    get tied nodes as those that they are tied to.
    """
    return _Matching(_Side(*here), _Side(*there), same_kind, same_rest).pairs()


class _Side:
    """A module's nodes in the order of the graph, and what is wired to each."""

    def __init__(self, document: Document, module: str) -> None:
        order = [key for key in Graphs(document).order(module) if isinstance(document.get(key), Node)]
        rest = sorted(node.id for node in document.nodes(module) if node.id not in set(order))
        self.nodes = {key: document.node(key) for key in (*order, *rest)}
        self.made = {key: as_owner(document, node) for key, node in self.nodes.items()}
        self.place = {key: index for index, key in enumerate(self.nodes)}
        self.into: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        self.out: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for wire in document.wires(module):
            if wire.source in self.nodes and wire.target in self.nodes:
                self.into[wire.target][wire.target_port] = (wire.source, wire.source_port)
                self.out[wire.source].append((wire.source_port, wire.target, wire.target_port))

    def around(self, key: str) -> tuple[object, ...]:
        """The wires of a node by the names of its neighbours."""
        into = sorted((port, self.nodes[end].name, out) for port, (end, out) in self.into[key].items())
        out = sorted((port, self.nodes[end].name, into) for port, end, into in self.out[key])
        return tuple(into), tuple(out)


class _Matching:
    def __init__(self, here: _Side, there: _Side, same_kind: Alike, same_rest: Alike) -> None:
        self.here, self.there = here, there
        self.same_kind, self.same_rest = same_kind, same_rest

    def pairs(self) -> dict[str, str]:
        found = self._certain()
        own = {pair: self._own(*pair) for pair in self._candidates(found)}
        alike = {pair: value for pair, value in own.items() if value}
        alike.update(dict.fromkeys(found.items(), 1.0))
        own = dict(alike)
        for _ in range(ROUNDS):
            alike = {
                pair: 1.0
                if found.get(pair[0]) == pair[1]
                else OWN * value + AROUND * (self._before(*pair, alike) + self._after(*pair, alike))
                for pair, value in own.items()
            }
        taken: set[str] = set()
        result: dict[str, str] = {}
        for (a, b), value in sorted(alike.items(), key=lambda item: (-item[1], self._apart(*item[0]))):
            if value >= LEAST and a not in result and b not in taken:
                result[a] = b
                taken.add(b)
        return {key: result[key] for key in self.here.nodes if key in result}

    def _certain(self) -> dict[str, str]:
        """Nodes of one name and kind that are wired to the same names: most of two states of one design."""
        by_name = {node.name: key for key, node in self.there.nodes.items()}
        found: dict[str, str] = {}
        for key, node in self.here.nodes.items():
            other = by_name.get(node.name)
            if other is None or not self.same_kind(self.here.made[key], self.there.made[other]):
                continue
            if self.here.around(key) == self.there.around(other):
                found[key] = other
        return found

    def _candidates(self, found: dict[str, str]) -> Iterator[tuple[str, str]]:
        taken = set(found.values())
        ours = [key for key in self.here.nodes if key not in found]
        theirs = [key for key in self.there.nodes if key not in taken]
        numbers: dict[str, int] = defaultdict(int)
        for a in ours:
            place = numbers[self.here.made[a].kind]
            numbers[self.here.made[a].kind] += 1
            seen = 0
            for b in theirs:
                if self.here.nodes[a].name == self.there.nodes[b].name:
                    yield a, b
                elif self.same_kind(self.here.made[a], self.there.made[b]):
                    if abs(seen - place) <= WINDOW:
                        yield a, b
                    seen += 1

    def _own(self, a: str, b: str) -> float:
        named = self.here.nodes[a].name == self.there.nodes[b].name
        one, other = self.here.made[a], self.there.made[b]
        if not self.same_kind(one, other):
            return 0.0 if {one.kind, other.kind} & _PORTS else _NAME_ALONE * named
        if one.kind in _PORTS and not named and self._has_namesake(one, other):
            return 0.0
        return _KIND + _NAME * named + _REST * self.same_rest(one, other)

    def _has_namesake(self, one: Node, other: Node) -> bool:
        """Whether one of two ports has its like: they are what a module is called by."""
        ports = ({(node.kind, node.name) for node in side.nodes.values()} for side in (self.there, self.here))
        return any((port.kind, port.name) in names for port, names in zip((one, other), ports, strict=True))

    def _before(self, a: str, b: str, alike: dict[tuple[str, str], float]) -> float:
        ours, theirs = self.here.into[a], self.there.into[b]
        if not ours and not theirs:
            return 1.0
        common = ours.keys() & theirs.keys()
        total = sum(alike.get((ours[port][0], theirs[port][0]), 0.0) for port in common)
        return total / max(len(ours), len(theirs))

    def _after(self, a: str, b: str, alike: dict[tuple[str, str], float]) -> float:
        ours, theirs = self.here.out[a], self.there.out[b]
        if not ours and not theirs:
            return 1.0
        total = sum(
            max(
                (alike.get((target, other), 0.0) for _, other, end in theirs if end == into),
                default=0.0,
            )
            for _, target, into in ours
        )
        return min(1.0, total / max(len(ours), len(theirs)))

    def _apart(self, a: str, b: str) -> tuple[int, int]:
        places = self.here.place[a], self.there.place[b]
        return abs(places[0] - places[1]), places[0]
