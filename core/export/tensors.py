"""Where each parameter and buffer of a design stands in the exported code."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..calls import ModuleCall, NodeCall
from ..dim import substitute
from ..layers.layer import Layer
from ..layers.spelling import Code, Stored
from ..problem import Path
from ..program import Program
from ..record import Tie
from ..ties import rooted
from ..types import Type
from .arrangement import Arrangement, Same
from .form import ClassForm, Dialect, Form, Member, Tied
from .made import Row, codes_in
from .spelled import known, module_tensors


@dataclass(frozen=True)
class Kept:
    """What the code keeps for one call, its paths below the class."""

    stored: tuple[Stored, ...]

    def name(self, tensor: str) -> str:
        """What the code calls the tensor that is made of ours of that name."""
        return next(one.path for one in self.stored if tensor in one.of)


@dataclass(frozen=True)
class KeptTensor:
    """A tensor in the code's own state: its name, the slots that it is made of, and how."""

    name: str
    slots: tuple[str, ...]
    how: Arrangement


@dataclass(frozen=True)
class Classes:
    """The class that each call of a module is made of; where calls choose otherwise there are several."""

    made: Mapping[ModuleCall, ClassForm]
    """Of calls that were asked for when the code was written."""
    written: Mapping[str, ClassForm]
    """One of each definition, for all others."""

    def of(self, call: ModuleCall) -> ClassForm | None:
        """The class; None where the module has none."""
        return self.made.get(call) or self.written.get(call.module)


@dataclass(frozen=True)
class Places:
    """Finds, for each call with state, what its tensors are called below a class."""

    program: Program
    classes: Classes
    dialect: Dialect
    wanted: tuple[Path, ...] | None = None
    """The paths that are looked for; None for all."""

    def below(
        self, form: ClassForm, call: ModuleCall, path: Path = (), before: str = ""
    ) -> Iterator[tuple[Path, Kept]]:
        """The calls with state below one call of the class's definition, on the way to what is `wanted`."""
        for member in _members(form, self.dialect):
            node = call.nodes.get(member.node)
            if node is None:
                continue
            here, inside = (*path, member.node), before + self._start(form, member)
            if member.registered:
                yield here, _kept("", [Stored(inside.rstrip("."), tuple(member.tensors), Same())])
                continue
            if member.part:
                node, here = node.part(member.part) or node, (*here, member.part)
            elif node.shared and node.parts:
                node, here = node.parts[0][1], (*here, "0")
            own = stored_below(member, node)
            if isinstance(member.code, Row) and node.layer is not None:
                inside, own = self._levels(node.layer, known(node.inputs), inside)
            made = frozenset(one.target for one in codes_in(member.code))
            yield from self._node(node, here, inside, own, made)

    def _start(self, form: ClassForm, member: Member) -> str:
        """How the path goes on to a member: by its attribute, or its place in a chain."""
        if not member.attribute:
            return ""
        chained = form.chain is not None
        return self.dialect.item("", member.attribute, True) if chained else f"{member.attribute}."

    def _levels(
        self, layer: Layer, types: tuple[Type, ...], inside: str
    ) -> tuple[str, tuple[Stored, ...] | None]:
        """A layer of levels whose number is an argument: they stand in a row even where there is one."""
        spelling = self.dialect.spelling(layer, types)
        alone = getattr(layer, "num_layers", 0) == 1
        own = spelling.stored if spelling is not None else ()
        return self.dialect.item(inside, "0", True) if alone else inside, own or None

    def _parts(self, node: NodeCall) -> Iterator[tuple[str, NodeCall]]:
        """The parts of a call; in a row whose number is a size, as many as its example says."""
        if node.count is None:
            yield from node.parts
            return
        count = substitute(node.count, self.program.symbols)
        for index in range(count if isinstance(count, int) else 0):
            part = node.part(str(index))
            if part is not None:
                yield str(index), part

    def _node(
        self,
        node: NodeCall,
        path: Path,
        inside: str,
        own: tuple[Stored, ...] | None,
        made: frozenset[str],
    ) -> Iterator[tuple[Path, Kept]]:
        if self.wanted is not None and not any(one[: len(path)] == path for one in self.wanted):
            return
        if node.structure == "repeat" or node.structure in ("if", "while"):
            for key, part in self._parts(node):
                runs = len(node.inputs) == len(node.outputs) == 1
                into = (
                    f"{inside}{key}." if node.structure != "repeat" else self.dialect.item(inside, key, runs)
                )
                yield from self._node(part, (*path, key), into, None, made)
        elif node.inner is not None and (form := self.classes.of(node.inner)) is not None:
            yield from self.below(form, node.inner, path, inside)
        elif node.layer is not None:
            types = known(node.inputs)
            found = own if own is not None else module_tensors(node.layer, types, self.dialect, made)
            yield path, _kept(inside, in_numbers(found, node.layer, types, self.dialect))


def in_numbers(
    found: tuple[Stored, ...], layer: Layer, types: tuple[Type, ...], dialect: Dialect
) -> tuple[Stored, ...]:
    """What is kept, laid out by this call's numbers: a class may have been written with symbols for them."""
    spelling = dialect.spelling(layer, types)
    fresh = {} if spelling is None else {(one.path, one.of): one for one in spelling.stored}
    return tuple(fresh.get((one.path, one.of), one) for one in found)


def kept_tensors(form: Form, program: Program, dialect: Dialect) -> list[KeptTensor]:
    """Every tensor that the code keeps, by its name in the code's own state."""
    return [
        KeptTensor(one.path, tuple(f"{path}/{tensor}" for tensor in one.of), one.how)
        for path, kept in _places(form, program, dialect).items()
        for one in kept.stored
    ]


def aliases(form: Form, program: Program, dialect: Dialect) -> dict[str, str]:
    """Further names that the code's state has for tied parameters, each with that of the one that it is."""
    places = _places(form, program, dialect)
    found: dict[str, str] = {}
    for path, call in _calls(program.call):
        for tie in rooted(program.definitions[call.module].ties):
            own, other = ("/".join((*path, *end)) for end in (tie.path, tie.owner))
            if own in places and other in places and not tie.transposed:
                found[places[own].name(tie.parameter)] = places[other].name(tie.owner_parameter)
    return {name: _end(found, name) for name in found}


def _end(tied: Mapping[str, str], name: str) -> str:
    """What a name is in the end: a tie of an inner module may lead to what an outer one ties."""
    seen = {name}
    while tied.get(name, name) not in seen:
        name = tied[name]
        seen.add(name)
    return name


def attribute_ties(
    places: Places, form: ClassForm, call: ModuleCall, ties: Sequence[Tie]
) -> tuple[Tied, ...]:
    """The ties of a definition as attribute paths below its class: `layers[0].weight`."""
    ties = rooted(ties)
    ends = tuple(end for tie in ties for end in (tie.path, tie.owner))
    found = dict(replace(places, wanted=ends).below(form, call))
    return tuple(
        Tied(
            _attribute(found[tie.path].name(tie.parameter)),
            _attribute(found[tie.owner].name(tie.owner_parameter)),
            tie.transposed,
        )
        for tie in ties
        if tie.path in found and tie.owner in found
    )


def _attribute(name: str) -> str:
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", name)


def _places(form: Form, program: Program, dialect: Dialect) -> dict[str, Kept]:
    classes = Classes(form.made, {one.definition: one for one in reversed(form.classes)})
    found = Places(program, classes, dialect).below(form.root, program.call)
    return {"/".join(path): kept for path, kept in found}


def _calls(call: ModuleCall, path: Path = ()) -> Iterator[tuple[Path, ModuleCall]]:
    yield path, call
    for node in call.instances:
        for steps, inner in call.nodes[node].each():
            yield from _calls(inner, (*path, node, *steps))


def stored_below(member: Member, node: NodeCall) -> tuple[Stored, ...] | None:
    """What is stored below a member; None where a slot makes it."""
    if member.kept is not None and node.layer is not None:
        return member.kept(node.layer)
    return (member.stored or None) if isinstance(member.code, Code) else None


def _kept(inside: str, stored: Iterable[Stored]) -> Kept:
    return Kept(tuple(replace(one, path=(inside + one.path).rstrip(".")) for one in stored))


def _members(form: ClassForm, dialect: Dialect) -> Iterable[Member]:
    """The members under the names that they have: in a chain their places, none where there is one alone."""
    if form.chain is None:
        return form.members
    places = {link.node: str(place) for place, link in reversed(list(enumerate(form.chain)))}
    alone = dialect.alone and len(form.chain) == 1
    return [replace(one, attribute="" if alone else places[one.node]) for one in form.members]
