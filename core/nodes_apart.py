"""What tells the nodes of two matched modules apart: those in one only, settings, sharing, names."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from .difference import shown_kind, shown_value
from .document import Document
from .likeness import Likeness
from .ports import as_owner
from .record import Node, Tie
from .text import tr

Ids = tuple[frozenset[str], frozenset[str]]
"""Ids in A and in B."""


class NodesApart:
    """`found` has a node's id in A and that of its counterpart in B."""

    def __init__(self, likeness: Likeness, modules: tuple[str, str], found: Mapping[str, str]) -> None:
        self._likeness = likeness
        self._documents = likeness.a, likeness.b
        self._modules = modules
        self._found = found
        self._nodes = tuple(
            sorted(document.nodes(module), key=lambda node: (node.at[1], node.at[0], node.name))
            for document, module in zip(self._documents, modules, strict=True)
        )

    def only_ids(self) -> Ids:
        """The nodes without a counterpart."""
        both = frozenset(self._found), frozenset(self._found.values())
        ours, theirs = (
            frozenset(node.id for node in nodes if node.id not in known)
            for nodes, known in zip(self._nodes, both, strict=True)
        )
        return ours, theirs

    def changed_ids(self) -> Ids:
        """The nodes that are made or set otherwise than their counterparts, or share weights otherwise."""
        changed = [pair for pair in self._found.items() if self._is_changed(*pair)]
        return frozenset(a for a, _ in changed), frozenset(b for _, b in changed)

    def only(self) -> Iterator[str]:
        """Where each of the nodes stands that are in one of the two alone."""
        for document, nodes, ids, name in zip(
            self._documents, self._nodes, self.only_ids(), ("A", "B"), strict=True
        ):
            for node in nodes:
                if node.id in ids:
                    yield _standing(document, node, name)

    def settings(self) -> Iterator[str]:
        """What is set otherwise on two nodes, or what else they are made of."""
        for a, b in self._pairs():
            if a.owner and b.owner:
                continue  # told of those that they are tied to
            one, other = self._made(a, b)
            if not self._likeness.same_kind(one, other):
                kinds = shown_kind(self._likeness.a, one.kind), shown_kind(self._likeness.b, other.kind)
                yield tr("{node} is {a} in A, {b} in B", node=_called(a, b), a=kinds[0], b=kinds[1])
                continue
            for name, values in self._likeness.settings_apart(one, other).items():
                shown = (_shown(self._likeness.a, values[0]), _shown(self._likeness.b, values[1]))
                yield tr(
                    "{argument} of {node} is {a} in A, {b} in B",
                    argument=name,
                    node=_called(a, b),
                    a=shown[0],
                    b=shown[1],
                )
            if not self._likeness.same_starts(one, other):
                yield tr("the parameters of {node} get other first values in B", node=_called(a, b))

    def sharing(self) -> Iterator[str]:
        """Which nodes are uses of one set of weights in one of the two, and not so in the other."""
        told: set[tuple[str, str]] = set()
        for a, b in self._pairs():
            ours, theirs = self._group(0, a), self._group(1, b)
            owners = ours[0].id, theirs[0].id
            if owners in told or len(ours) == len(theirs) == 1:
                continue
            told.add(owners)
            if len(ours) != len(theirs):
                yield tr(
                    "{a} is used {times} in A, {b} {others} in B",
                    a=ours[0].name,
                    times=_times(len(ours)),
                    b=theirs[0].name,
                    others=_times(len(theirs)),
                )
            elif {self._found.get(node.id) for node in ours} != {node.id for node in theirs}:
                yield tr(
                    "{a} are one set of weights in A, {b} in B",
                    a=", ".join(node.name for node in ours),
                    b=", ".join(node.name for node in theirs),
                )

    def ties(self) -> Iterator[str]:
        """Which parameters are tied to each other in one of the two alone."""
        ours, theirs = (
            {_tie(document, tie, names): None for tie in _ties(document, module)}
            for document, module, names in zip(
                self._documents, self._modules, ({}, self._names_in_a()), strict=True
            )
        )
        for user, owner in ours:
            if (user, owner) not in theirs:
                yield tr("{parameter} is tied to {owner} only in A", parameter=user, owner=owner)
        for user, owner in theirs:
            if (user, owner) not in ours:
                yield tr("{parameter} is tied to {owner} only in B", parameter=user, owner=owner)

    def names(self) -> Iterator[str]:
        """Which nodes have another name and are the same."""
        for a, b in self._pairs():
            if a.name != b.name:
                yield tr("{a} is called {b} in B", a=a.name, b=b.name)

    def _is_changed(self, a: str, b: str) -> bool:
        ours, theirs = self._likeness.a.node(a), self._likeness.b.node(b)
        one, other = self._made(ours, theirs)
        alike = self._likeness.same_kind(one, other) and self._likeness.same_settings(one, other)
        return not alike or len(self._group(0, ours)) != len(self._group(1, theirs))

    def _pairs(self) -> Iterator[tuple[Node, Node]]:
        for node in self._nodes[0]:
            if node.id in self._found:
                yield node, self._likeness.b.node(self._found[node.id])

    def _made(self, a: Node, b: Node) -> tuple[Node, Node]:
        return as_owner(self._likeness.a, a), as_owner(self._likeness.b, b)

    def _group(self, side: int, node: Node) -> list[Node]:
        """The nodes that have one set of weights with this one, the owner first."""
        document = self._documents[side]
        groups: dict[str, list[Node]] = defaultdict(list)
        for each in self._nodes[side]:
            groups[as_owner(document, each).owner or each.id].append(each)
        owner = as_owner(document, node).owner or node.id
        return sorted(groups[owner], key=lambda each: each.id != owner)

    def _names_in_a(self) -> dict[str, str]:
        """What nodes of B are called in A."""
        return {b: self._likeness.a.node(a).name for a, b in self._found.items()}


def _standing(document: Document, node: Node, side: str) -> str:
    """`relu (ReLU) stands between fc1 and fc2 only in B`."""
    wires = document.wires(node.module)
    before = _names(document, [wire.source for wire in wires if wire.target == node.id])
    after = _names(document, [wire.target for wire in wires if wire.source == node.id])
    kind = shown_kind(document, as_owner(document, node).kind)
    name = node.name if node.name.lower() == kind.lower() else f"{node.name} ({kind})"
    if before and after:
        return tr(
            "{node} stands between {before} and {after} only in {side}",
            node=name,
            before=before,
            after=after,
            side=side,
        )
    if before:
        return tr("{node} stands after {before} only in {side}", node=name, before=before, side=side)
    if after:
        return tr("{node} stands before {after} only in {side}", node=name, after=after, side=side)
    return tr("{node} stands only in {side}", node=name, side=side)


def _shown(document: Document, value: object) -> str:
    return value if isinstance(value, str) and value else shown_value(document, value)


def _names(document: Document, keys: list[str]) -> str:
    found = [record for key in dict.fromkeys(keys) if isinstance(record := document.get(key), Node)]
    return ", ".join(record.name for record in found)


def _called(a: Node, b: Node) -> str:
    return a.name if a.name == b.name else tr("{a} ({b} in B)", a=a.name, b=b.name)


def _times(count: int) -> str:
    named = {1: tr("once"), 2: tr("twice")}
    return named.get(count) or tr("{count} times", count=count)


def _ties(document: Document, module: str) -> list[Tie]:
    return [record for record in document.members(module) if isinstance(record, Tie)]


def _tie(document: Document, tie: Tie, names: Mapping[str, str]) -> tuple[str, str]:
    """The two parameters by their names; `names` has those that nodes go by."""

    def dotted(path: tuple[str, ...], parameter: str) -> str:
        records = ((key, document.get(key)) for key in path)
        found = [names.get(key, record.name if isinstance(record, Node) else key) for key, record in records]
        return ".".join((*found, parameter))

    owner = dotted(tie.owner, tie.owner_parameter)
    return dotted(tie.path, tie.parameter), tr("{owner} transposed", owner=owner) if tie.transposed else owner
