"""Where a class gives its parameters first values that are not their layers' own, in no framework's words."""

import keyword
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..calls import ModuleCall, NodeCall
from ..expression import Expression
from ..initial import GROUPS, Entries, Levels, entry, is_bias
from ..initial_kinds import DEFAULT
from ..layers.spelling import Code
from ..program import Definition, Program
from ..record import Initial
from .form import ClassForm, Each, Everywhere, Fill, Filling, FillOne, Member
from .made import Passed
from .spelled import Vocabulary, known, module_tensors


@dataclass(frozen=True)
class Held:
    """A parameter of a layer: its name here, how many axes it has, and where it stands in the code's layer.

    It may be missing there. `tied` names the tie by which it is another's, `lent` those by which it is lent.
    """

    name: str
    axes: int
    at: str
    may_miss: bool = False
    tied: str = ""
    lent: frozenset[str] = frozenset()

    @property
    def last(self) -> str:
        """What the code calls it in the module that has it."""
        return self.at.rpartition(".")[2]


@dataclass(frozen=True)
class Spot:
    """What a class keeps as an attribute: a layer with what it holds, an instance, or several of them.

    `own` is what the node says about first values, `module` what its definition says. Of a list, `each` says
    that all are like the one inside; `open` that it is not known which of those inside it is, or which stands
    where; `given` that the class is told from outside.
    """

    at: str = ""
    node: str = ""
    own: Entries = field(default_factory=dict)
    module: Entries = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    target: str = ""
    inside: tuple["Spot", ...] = ()
    each: bool = False
    open: bool = False
    given: bool = False


@dataclass(frozen=True)
class Found:
    """A parameter below a spot, and all that is said about it between the two, neither end left out."""

    spot: Spot
    held: Held
    levels: Levels

    def said(self, level: Entries) -> tuple[str, Initial] | None:
        """What a level says about it."""
        return entry(level, self.held.name, self.held.axes)

    @property
    def is_covered(self) -> bool:
        """Whether something nearer to it says how it begins."""
        return any(self.said(level) is not None for level in self.levels if level)


@dataclass(frozen=True)
class _Tied:
    """An end of a tie, by the path that leads there."""

    path: tuple[str, ...]
    parameter: str
    key: str
    lends: bool


def fillings(program: Program, words: Vocabulary, form: ClassForm, call: ModuleCall) -> tuple[Filling, ...]:
    """What the class does after its members are made, so that the innermost that is said counts."""
    definition = program.definitions[call.module]
    if not definition.module.initial and not any(entry.node.initial for entry in definition.entries):
        return ()
    spots = _Spots(program, words).of_class(form, call, ())
    taken = frozenset(one.name for one in form.given)
    ends = [(definition.module.initial, Spot(inside=spots), "self")]
    ends += [(spot.own, spot, f"self.{spot.at}") for spot in spots]
    return tuple(
        step
        for level, spot, at in ends
        if level
        for step in _Filling(level, frozenset(level), taken).steps(spot, at)
    )


# What a class keeps


@dataclass(frozen=True)
class _Spots:
    program: Program
    words: Vocabulary

    def of_class(self, form: ClassForm, call: ModuleCall, tied: Sequence[_Tied]) -> tuple[Spot, ...]:
        """What a class keeps at one call of it."""
        definition = self.program.definitions[call.module]
        nodes = {entry.node.id: entry.node for entry in definition.entries}
        tied = (*tied, *_ends(definition))
        found: list[Spot] = []
        for member in form.members:
            node = call.nodes.get(member.node)
            if node is None or member.buffer:
                continue
            if member.part:
                node = node.part(member.part) or node
            elif node.shared and node.parts:
                node = node.parts[0][1]
            below = _below(tied, member.node)
            spot = self._spot(node, member, below, nodes[member.node].arguments.get("bias"))
            own = nodes[member.node].initial
            found.append(replace(spot, at=member.attribute, own=own, node=member.node))
        return tuple(found)

    def _spot(
        self, node: NodeCall, member: Member | None, tied: Sequence[_Tied], bias: object = None
    ) -> Spot:
        given = member is not None and isinstance(member.code, Passed)
        if node.parts:
            parts = [self._spot(part, None, _below(tied, key), bias) for key, part in _distinct(node)]
            alike = node.structure == "repeat" and all(part == parts[0] for part in parts)
            return Spot(inside=tuple(parts), each=alike, open=not alike, given=given)
        if node.inner is not None:
            form, _ = self.words.callee(node)
            inside = self.of_class(form, node.inner, tied)
            module = self.program.definitions[node.inner.module].module
            return Spot(module=module.initial, inside=inside, given=given)
        own = member.tensors if member is not None and isinstance(member.code, Code) else None
        return replace(self._layer(node, own, tied, isinstance(bias, Expression)), given=given)

    def _layer(
        self, node: NodeCall, own: Mapping[str, str] | None, tied: Sequence[_Tied], may_miss: bool
    ) -> Spot:
        if node.layer is None:
            return Spot()
        types = known(node.inputs)
        dialect = self.words.dialect
        named = module_tensors(node.layer, types, dialect)
        spelling = dialect.spelling(node.layer, types)
        construct = None if spelling is None else spelling.construct or spelling.module
        parameters = node.layer.parameters(*types)
        if not parameters:
            return Spot()
        target = self.words.compose(node.layer, types) if construct is None else construct
        held = [
            Held(
                name=name,
                axes=len(tensor.shape),
                at=own.get(name, name) if own is not None else named(name),
                may_miss=may_miss and is_bias(name),
                tied=next((end.key for end in tied if end.parameter == name and not end.lends), ""),
                lent=frozenset(end.key for end in tied if end.parameter == name and end.lends),
            )
            for name, tensor in parameters.items()
        ]
        return Spot(held=tuple(held), target=target.target)


def _ends(definition: Definition) -> Iterator[_Tied]:
    for tie in definition.ties:
        yield _Tied(tie.path, tie.parameter, tie.id, lends=False)
        yield _Tied(tie.owner, tie.owner_parameter, tie.id, lends=True)


def _below(tied: Iterable[_Tied], key: str) -> tuple[_Tied, ...]:
    return tuple(replace(end, path=end.path[1:]) for end in tied if end.path[:1] == (key,))


def _distinct(node: NodeCall) -> Iterator[tuple[str, NodeCall]]:
    seen: set[NodeCall] = set()
    for key, part in node.parts:
        if part not in seen:
            seen.add(part)
            yield key, part


def _found(spot: Spot, levels: Levels = (), counts: bool = True) -> Iterator[Found]:
    """The parameters below a spot; its own level is among theirs where it counts."""
    if counts:
        levels = (*levels, spot.own, spot.module)
    for held in spot.held:
        yield Found(spot, held, levels)
    for inside in spot.inside:
        yield from _found(inside, levels, counts or not (spot.each or spot.open))


# What is done with it


@dataclass(frozen=True)
class _Filling:
    """Gives what a level says, under these of its keys, to all about which nothing nearer says something."""

    level: Entries
    keys: frozenset[str]
    taken: frozenset[str]

    def steps(self, spot: Spot, at: str, above: Levels = (), counts: bool = False) -> list[Filling]:
        """What is done at a spot; `above` is what is said between the level and it, itself if it `counts`."""
        below = list(_found(spot, above, counts))
        free = [meant for one in below if (meant := self._free(one)) is not None]
        wanted = [meant for meant in free if meant[1] in self.keys]
        if not wanted:
            return []
        nodes = _nodes(spot)
        if spot.held:
            return [
                FillOne(
                    at=_attribute(f"{at}.{held.at}"), initial=initial, may_miss=held.may_miss, nodes=nodes
                )
                for held, initial in ((one.held, initial) for one, _, initial in wanted)
            ]
        singly = spot.each and bool(spot.inside[0].held)
        keys = {key for _, key, _ in wanted}
        split = {key for key in keys if not spot.open and (singly or self._clash(key, below, free))}
        found: list[Filling] = []
        if keys - split:
            found.append(_everywhere(at, below, [one for one in wanted if one[1] not in split], nodes))
        return found + self._inside(spot, at, above, counts, frozenset(split))

    def _inside(
        self, spot: Spot, at: str, above: Levels, counts: bool, keys: frozenset[str]
    ) -> list[Filling]:
        if not keys:
            return []
        above = (*above, spot.own, spot.module) if counts else above
        if spot.each:
            name = _one_of(at, self.taken)
            part = replace(spot.inside[0], node=spot.node)
            body = replace(self, keys=keys, taken=self.taken | {name}).steps(part, name, above, counts)
            return [Each(name=name, at=at, body=tuple(body), nodes=_nodes(spot))]
        inner = replace(self, keys=keys)
        return [step for part in spot.inside for step in inner.steps(part, f"{at}.{part.at}", above, True)]

    def _free(self, one: Found) -> "Meant | None":
        """What the level gives to a parameter, where nothing else does."""
        said = one.said(self.level)
        if said is None or one.is_covered or one.held.tied or said[1].kind == DEFAULT:
            return None
        return (one, *said)

    def _clash(self, key: str, below: Sequence[Found], free: Sequence["Meant"]) -> bool:
        """Whether one loop over all that a key means would reach what it must not."""
        helds = [one.held for one in below]
        if key not in GROUPS and any(h.name != h.last and key in (h.name, h.last) for h in helds):
            return True
        freed = {id(one) for one, _, _ in free}
        lent = {tie for one, own, _ in free if own == key for tie in one.held.lent}
        reached = (one for one in below if one.said({key: self.level[key]}) is not None)
        return any(id(one) not in freed and one.held.tied not in lent for one in reached)


Meant = tuple[Found, str, Initial]
"""A parameter, the key under which it is meant, and its first values."""


def _nodes(spot: Spot) -> tuple[str, ...]:
    return (spot.node,) if spot.node else ()


def _everywhere(at: str, below: Sequence[Found], free: Sequence[Meant], nodes: tuple[str, ...]) -> Everywhere:
    by_key: dict[str, list[Meant]] = {}
    for one in sorted(free, key=lambda one: one[1] not in GROUPS):
        by_key.setdefault(one[1], []).append(one)
    fills = tuple(
        Fill(
            key=key,
            initial=ones[0][2],
            kinds=_kinds(below, [one for one, _, _ in ones]),
            names=tuple(dict.fromkeys(one.held.last for one, _, _ in ones)),
            is_named_so=key not in GROUPS or _only_these(below, key),
        )
        for key, ones in by_key.items()
    )
    return Everywhere(at=at, fills=fills, nodes=nodes)


def _only_these(below: Sequence[Found], key: str) -> bool:
    """Whether the names tell the group, without the number of axes."""
    return not any(one.spot.given for one in below) and all(
        one.held.axes == 1 for one in below if is_bias(one.held.last)
    )


def _kinds(below: Sequence[Found], ones: Sequence[Found]) -> tuple[tuple[str, tuple[str, ...], bool], ...]:
    """Which layers have them: (attribute, kinds of layers, whether some lack it); empty where it is open."""
    meant = {id(one) for one in ones}
    found: dict[str, dict[str, None]] = {}
    for one in ones:
        if one.spot.given or not _PLAIN.fullmatch(one.held.at):
            return ()
        found.setdefault(one.held.last, {})[one.spot.target] = None
    for one in below:
        if id(one) not in meant and one.spot.target in found.get(one.held.last, {}):
            return ()
    if len(found) > 2 or any(one.spot.given or not _PLAIN.fullmatch(one.held.at) for one in below):
        return ()
    spots = [one.spot for one in below]
    return tuple(
        (
            attribute,
            tuple(targets),
            any(_may_miss(spot, attribute) for spot in spots if spot.target in targets),
        )
        for attribute, targets in found.items()
    )


def _may_miss(spot: Spot, attribute: str) -> bool:
    return all(held.last != attribute or held.may_miss for held in spot.held)


_PLAIN = re.compile(r"(\d+\.)*[^\W\d]\w*")
"""Where a tensor stands that is its layer's own attribute, or that of a layer in a container."""


def _attribute(name: str) -> str:
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", name).rstrip(".")


def _one_of(at: str, taken: frozenset[str]) -> str:
    """What one of a list is called: `block` of `self.blocks`."""
    name = at.rpartition(".")[2]
    single = name[:-1] if name.endswith("s") and len(name) > 2 else "part"
    trap = keyword.iskeyword(single) or single in {"module", "name", "parameter", "generator", "torch", "nn"}
    if trap or single in taken:
        single = next(word for word in ("part", *(f"part{i}" for i in range(2, 99))) if word not in taken)
    return single
