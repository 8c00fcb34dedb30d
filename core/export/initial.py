"""Where a class gives its parameters first values that are not their layers' own, in no framework's words."""

import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..calls import ModuleCall
from ..initial import BIASES, GROUPS, Entries, entry, is_bias
from ..initial_kinds import DEFAULT
from ..program import Definition, Program
from ..record import Initial
from .form import ClassForm, Each, Everywhere, Fill, Filling, FillOne, Only
from .slots import module_arguments
from .spelled import Vocabulary
from .spots import Held, Spot, Spots, as_known, may_miss

Levels = tuple[tuple[Entries, bool], ...]
"""What is said about a parameter, the outermost first, each with whether it is the class that does it."""


@dataclass(frozen=True)
class Said:
    """What one node or module says about a parameter: under which key, and the first values."""

    origin: Entries
    key: str
    initial: Initial

    def is_same(self, other: "Said | None") -> bool:
        """Whether it is the very same entry."""
        return other is not None and self.origin is other.origin and self.key == other.key


@dataclass(frozen=True)
class Found:
    """A parameter below a spot; `said` is what the class has to do, None where nothing, or others do it."""

    spot: Spot
    held: Held
    said: Said | None
    given: bool


def fillings(program: Program, words: Vocabulary, form: ClassForm, call: ModuleCall) -> tuple[Filling, ...]:
    """What the class does after its members are made, so that the innermost that is said counts.

    About what a class is given it does nothing itself: who uses it knows what that is.
    """
    definition = program.definitions[call.module]
    if not any(_says(one) for one in (definition, *_used(program, call))):
        return ()
    spots = Spots(program, words).of_class(form, call, ())
    whole = Spot(inside=tuple(map(as_known, spots)) if call.module == program.root else spots)
    own = definition.module.initial
    taken = frozenset(one.name for one in form.given)
    return tuple(_Filling(taken, (own,)).steps(whole, "self", ((own, True),)))


def _says(definition: Definition) -> bool:
    return bool(definition.module.initial) or any(entry.node.initial for entry in definition.entries)


def _used(program: Program, call: ModuleCall) -> Iterator[Definition]:
    """The definitions that are given modules by this one."""
    for key in {inner.module for node in call.instances for _, inner in call.nodes[node].each()}:
        if module_arguments(program.definitions[key].module):
            yield program.definitions[key]


def _found(spot: Spot, levels: Levels, depth: int, given: bool = False) -> Iterator[Found]:
    """The parameters at a spot and below; `levels` is what is said around it."""
    levels = _at(spot, levels, depth)
    given = given or spot.given
    for held in spot.held:
        yield Found(spot, held, None if given or held.tied else _said(held, levels), given)
    for inside in spot.inside:
        yield from _found(inside, levels, depth + 1, given)


def _at(spot: Spot, levels: Levels, depth: int) -> Levels:
    """What is said about all at a spot and below, each with whether it is the class that does it.

    What a node says that is the class's own, at depth 1, is done by it; about what is given here, also all
    that was said on the way down.
    """
    if spot.fresh:
        levels = tuple((entries, True) for entries, _ in levels)
    if not spot.part:
        levels = (*levels, (spot.own, depth == 1 or spot.fresh))
    # What a definition says gives way to what its instance says.
    return (*levels[:-1], (spot.module, False), *levels[-1:]) if spot.module else levels


def _said(held: Held, levels: Levels) -> Said | None:
    for entries, ours in reversed(levels):
        found = entry(entries, held.name, held.axes) if entries else None
        if found is not None:
            return Said(entries, *found) if ours and found[1].kind != DEFAULT else None
    return None


def _is_given(spot: Spot) -> bool:
    """Whether something at a spot or below is not known here."""
    return spot.given or any(map(_is_given, spot.inside))


# What is done with it


@dataclass(frozen=True)
class _Filling:
    """Writes what the class does at a spot and below; names in `taken` mean something else there.

    `origins` have spoken about all there, the outermost first; what is `done` needs no word more.
    """

    taken: frozenset[str]
    origins: tuple[Entries, ...]
    done: tuple[Said, ...] = ()

    def steps(self, spot: Spot, at: str, levels: Levels, depth: int = 0) -> list[Filling]:
        """What is done at a spot, and then at those inside it, so that the inner ones win."""
        below = list(_found(spot, levels, depth))
        left = [one for one in below if one.said is not None and not self._is_done(one.said)]
        if not left:
            return []
        nodes = (spot.node,) if spot.node else ()
        if spot.held:
            return [_fill_one(at, one, one.said.initial, nodes) for one in left if one.said is not None]
        origins = (*self.origins, spot.module, spot.own)
        singly = spot.each and bool(spot.inside[0].held)
        loops = [] if singly else [said for said in _ordered(left, origins) if not _clash(said, spot, below)]
        found: list[Filling] = [_everywhere(at, below, loops, nodes)] if loops else []
        inner = replace(self, origins=origins, done=(*self.done, *loops))
        return found + inner._inside(spot, at, _at(spot, levels, depth), depth + 1, nodes)

    def _inside(
        self, spot: Spot, at: str, levels: Levels, depth: int, nodes: tuple[str, ...]
    ) -> list[Filling]:
        parts = [replace(part, node=part.node or spot.node) for part in spot.inside]
        if spot.open == "list" and len({part.kind for part in parts}) < len(parts):
            return [
                step
                for part, places in zip(parts, spot.places, strict=True)
                for place in places
                for step in self.steps(part, f"{at}[{place}]", levels, depth)
            ]
        if spot.each or spot.open == "list":
            name = _one_of(at, self.taken)
            inner = replace(self, taken=self.taken | {name})
            body = inner._any_of(parts, name, levels, depth, nodes, guarded=not spot.each)
            return [Each(name=name, at=at, body=tuple(body), nodes=nodes)] if body else []
        if spot.open:
            return self._any_of(parts, at, levels, depth, nodes, guarded=True)
        return [step for part in parts for step in self.steps(part, f"{at}.{part.at}", levels, depth)]

    def _any_of(
        self,
        parts: Sequence[Spot],
        at: str,
        levels: Levels,
        depth: int,
        nodes: tuple[str, ...],
        guarded: bool,
    ) -> list[Filling]:
        """What is done where one of several stands, each known by the kind that it is."""
        by_kind: dict[str, Spot] = {}
        for part in parts:
            if len(part.held) >= len(by_kind.get(part.kind, part).held):
                several = part.kind in by_kind
                by_kind[part.kind] = may_miss(part) if several else part
        found: list[Filling] = []
        for kind, part in by_kind.items():
            body = self.steps(part, at, levels, depth)
            if body and guarded and kind:
                body = [Only(at=at, kind=kind, body=tuple(body), nodes=nodes)]
            found += body
        return found

    def _is_done(self, said: Said) -> bool:
        return any(said.is_same(one) for one in self.done)


def _fill_one(at: str, found: Found, initial: Initial, nodes: tuple[str, ...]) -> FillOne:
    return FillOne(
        at=_attribute(f"{at}.{found.held.at}"),
        initial=initial,
        kind=found.spot.target,
        may_miss=found.held.may_miss,
        nodes=nodes,
    )


def _ordered(found: Sequence[Found], origins: Sequence[Entries]) -> list[Said]:
    """What these origins say, each once: the outermost first, and groups before names."""
    ordered: list[Said] = []
    for origin in origins:
        own: list[Said] = []
        for one in found:
            said = one.said
            if said is not None and said.origin is origin and not any(said.is_same(other) for other in own):
                own.append(said)
        ordered += sorted(own, key=lambda said: said.key not in GROUPS)
    return ordered


def _clash(said: Said, spot: Spot, below: Sequence[Found]) -> bool:
    """Whether a loop over all that a key means would reach what nothing sets right afterwards."""
    if _is_given(spot):
        return True
    names = [(one.held.name, one.held.last) for one in below]
    if said.key not in GROUPS and any(name != last and said.key in (name, last) for name, last in names):
        return True
    if said.key == BIASES and any(is_bias(name) != is_bias(last) for name, last in names):
        return True
    lent = {tie for one in below if one.said is not None for tie in one.held.lent}
    return any(one.said is None and one.held.tied not in lent for one in below if _reaches(said, one))


def _reaches(said: Said, one: Found) -> bool:
    return entry({said.key: said.initial}, one.held.name, one.held.axes) is not None


def _everywhere(at: str, below: Sequence[Found], loops: Sequence[Said], nodes: tuple[str, ...]) -> Everywhere:
    fills: list[Fill] = []
    for said in loops:
        ones = [one for one in below if said.is_same(one.said)]
        reached = [one for one in below if _reaches(said, one)]
        fills.append(
            Fill(
                key=said.key,
                initial=said.initial,
                kinds=_kinds(below, ones, reached),
                names=tuple(dict.fromkeys(one.held.last for one in ones)),
                is_named_so=all(one.held.axes == 1 for one in below if is_bias(one.held.last)),
            )
        )
    return Everywhere(at=at, fills=tuple(fills), nodes=nodes)


def _kinds(
    below: Sequence[Found], ones: Sequence[Found], reached: Sequence[Found]
) -> tuple[tuple[str, tuple[str, ...], bool], ...]:
    """Which layers have them: (attribute, kinds of layers, whether some lack it); empty where it is open."""
    found: dict[str, dict[str, None]] = {}
    for one in ones:
        found.setdefault(one.held.last, {})[one.spot.target] = None
    also = {id(one) for one in reached}
    for one in below:
        strange = id(one) not in also or one.held.gone
        strange = strange and one.spot.target in found.get(one.held.last, {})
        if strange or not one.spot.target or not _PLAIN.fullmatch(one.held.at):
            return ()
    if len(found) > 2:
        return ()
    spots = [one.spot for one in below]
    return tuple(
        (attribute, tuple(kinds), any(_may_miss(spot, attribute) for spot in spots if spot.target in kinds))
        for attribute, kinds in found.items()
    )


def _may_miss(spot: Spot, attribute: str) -> bool:
    return all(held.last != attribute or held.may_miss for held in spot.held)


_PLAIN = re.compile(r"((layers\.)?\d+\.)*[^\W\d]\w*")
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
