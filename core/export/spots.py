"""What a class keeps, down to the parameters of its layers, as far as the class itself can tell."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal as OneOf

from ..calls import ModuleCall, NodeCall
from ..expression import Expression
from ..initial import Entries, is_bias
from ..layers.layer import Layer
from ..layers.spelling import Code
from ..program import Definition, Program
from ..ties import rooted
from ..types import Type
from .form import ClassForm, Member
from .made import Choice, Passed, Row, Several, Word, values_in
from .spelled import Vocabulary, known, module_tensors
from .tensors import stored_below


@dataclass(frozen=True)
class Held:
    """A parameter of a layer: its name here, how many axes it has, and where it stands in the code's layer.

    It may be missing there. `tied` names the tie by which it is another's, `lent` those by which it is lent.
    """

    name: str
    axes: int
    at: str
    called: str = ""
    """The attribute, where the class itself registers it."""
    may_miss: bool = False
    tied: str = ""
    gone: bool = False
    """Whether it is another's transpose, so that the layer in code has none."""
    lent: frozenset[str] = frozenset()

    @property
    def last(self) -> str:
        """What the code calls it in the module that has it."""
        return self.called or self.at.rpartition(".")[2]


@dataclass(frozen=True)
class Spot:
    """What a class keeps as an attribute: a layer with what it holds, an instance, or several of them.

    `own` is what the node says about first values, `module` what its definition says. `kind` is the class of
    what is made. Of a list, `each` says that all are like the one inside; `open`, that it is any of those
    inside, or a list of these. What is `given` is made outside of the class, so that only who uses the class
    can tell what it is; who does, has it `fresh`.
    """

    at: str = ""
    node: str = ""
    own: Entries = field(default_factory=dict)
    module: Entries = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    target: str = ""
    kind: str = ""
    inside: tuple["Spot", ...] = ()
    each: bool = False
    open: OneOf["", "one", "list"] = ""
    places: tuple[tuple[str, ...], ...] = ()
    """The numbers in the list at which each of those inside stands."""
    part: bool = False
    """Whether it is one of several that are one node."""
    given: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class _End:
    """An end of a tie, by the path that leads there."""

    path: tuple[str, ...]
    parameter: str
    key: str
    lends: bool
    transposed: bool


@dataclass(frozen=True)
class Spots:
    """Finds what classes keep."""

    program: Program
    words: Vocabulary

    def of_class(self, form: ClassForm, call: ModuleCall, tied: Sequence[_End]) -> tuple[Spot, ...]:
        """What a class keeps at one call of it."""
        definition = self.program.definitions[call.module]
        nodes = {entry.node.id: entry.node for entry in definition.entries}
        tied = (*tied, *_ends(definition))
        found: list[Spot] = []
        for member in form.members:
            node = call.nodes.get(member.node)
            if node is None or member.registered == "buffer":
                continue
            if member.part:
                node = node.part(member.part) or node
            elif node.shared and node.parts:
                node = node.parts[0][1]
            below = _below(tied, member.node)
            if member.registered:
                spot = _registered(member, node)
            else:
                spot = self._spot(node, member.code, member, below)
            if isinstance(nodes[member.node].arguments.get("bias"), Expression):
                spot = may_miss(spot)
            if nodes[member.node].slot is not None or _is_given(member.code):
                spot = replace(spot, given=True)
            elif not _passes(member.code):
                spot = as_known(spot)
            own = nodes[member.node].initial
            found.append(replace(spot, at=member.attribute, own=own, node=member.node))
        return tuple(found)

    def _spot(self, node: NodeCall, code: Any, member: Member | None, tied: Sequence[_End]) -> Spot:
        if node.parts:
            if node.structure in ("if", "while"):
                inside = [
                    (key, self._spot(part, None, None, _below(tied, key)))
                    for key, part in node.parts
                    if self.words.inline(part) is None
                ]
                kind = code.target if isinstance(code, Code) else ""
                return Spot(inside=tuple(replace(part, at=key) for key, part in inside), kind=kind)
            places: list[tuple[str, ...]] = []
            calls = {
                part: self._spot(part, _made_at(code, key, place), None, _below(tied, key))
                for place, (key, part) in reversed(list(enumerate(node.parts)))
            }
            parts: list[Spot] = []
            for key, part in node.parts:
                spot = replace(calls[part], part=True)
                if spot not in parts:
                    parts.append(spot)
                    places.append(())
                places[parts.index(spot)] += (key,)
            if node.structure != "repeat":
                return Spot(inside=tuple(parts), open="one")
            alike = len(parts) == 1 and not parts[0].open
            if alike:
                return Spot(inside=tuple(parts), each=True)
            return Spot(inside=tuple(parts), open="list", places=tuple(places))
        spot = self._single(node, code, member, tied)
        # What is no choice at this call may be one at another call of the class.
        return Spot(inside=(replace(spot, part=True),), open="one") if isinstance(code, Choice) else spot

    def _single(self, node: NodeCall, code: Any, member: Member | None, tied: Sequence[_End]) -> Spot:
        if node.inner is not None:
            form, _ = self.words.callee(node)
            inside = tuple(map(_settled, self.of_class(form, node.inner, tied)))
            module = self.program.definitions[node.inner.module].module
            return Spot(module=module.initial, inside=inside, kind=form.name)
        return Spot() if node.layer is None else self._layer(node.layer, node, code, member, tied)

    def _layer(
        self, layer: Layer, node: NodeCall, code: Any, member: Member | None, tied: Sequence[_End]
    ) -> Spot:
        types, dialect = known(node.inputs), self.words.dialect
        stored = None if member is None or not isinstance(code, Code) else stored_below(member, node)
        if stored is None:
            stored = module_tensors(layer, types, dialect)
        parameters = layer.parameters(*types)
        held = tuple(
            Held(
                name=name,
                axes=len(tensor.shape),
                at=path,
                tied=next((end.key for end in tied if end.parameter == name and not end.lends), ""),
                gone=any(end.parameter == name and not end.lends and end.transposed for end in tied),
                lent=frozenset(end.key for end in tied if end.parameter == name and end.lends),
            )
            for name, tensor in parameters.items()
            for path in [one.path for one in stored if name in one.of] or [name]
        )
        fused = any(one.at.startswith("0.") for one in held)
        target = self._target(layer, types, code, held[0].at if held else "")
        return Spot(held=held, target=target, kind=dialect.sequence.target if fused else target)

    def _target(self, layer: Layer, types: tuple[Type, ...], code: Any, at: str) -> str:
        """The class that a layer is made of; of several in a row, that which keeps what stands at a path."""
        spelling = self.words.dialect.spelling(layer, types)
        made = None if spelling is None else spelling.construct or spelling.module
        if made is None and isinstance(code, Code):
            return code.target
        # A layer without a word of its own was printed as a class when it was spelled.
        found = made or self.words.compose(layer, types, type(layer).__name__).construct
        if isinstance(found, Word):  # a function in a framework whose functions are no modules
            return found.text
        place = re.match(r"layers\.(\d+)\.", at)
        row = found.positional[0] if found.target == self.words.dialect.sequence.target else None
        if place is not None and isinstance(row, Several):
            return str(row.parts[int(place[1])].target)
        return str(found.target)


def as_known(spot: Spot) -> Spot:
    """A spot whose maker gives it what it is given."""
    inside = tuple(map(as_known, spot.inside))
    return replace(spot, inside=inside, given=False, fresh=spot.fresh or spot.given)


def _settled(spot: Spot) -> Spot:
    """A spot as those see it who do not make it: what was given there is nothing new."""
    return replace(spot, inside=tuple(map(_settled, spot.inside)), fresh=False)


def may_miss(spot: Spot) -> Spot:
    """A spot whose biases may be left out."""
    held = tuple(replace(one, may_miss=is_bias(one.name)) for one in spot.held)
    return replace(spot, inside=tuple(map(may_miss, spot.inside)), held=held)


def _is_given(made: Any) -> bool:
    """Whether what the class was given may stand there itself."""
    if isinstance(made, Code):
        return False
    return isinstance(made, Passed) or any(_is_given(part) for part in values_in(made))


def _passes(made: Any) -> bool:
    """Whether something is made with a module that the class was given itself."""
    return isinstance(made, Passed) or any(_passes(part) for part in values_in(made))


def _registered(member: Member, node: NodeCall) -> Spot:
    """A parameter that the class itself registers."""
    tensors = {} if node.layer is None else node.layer.parameters(*known(node.inputs))
    held = (
        Held(name=name, axes=len(tensors[name].shape), at="", called=member.attribute)
        for name in member.tensors
        if name in tensors
    )
    return Spot(held=tuple(held))


def _made_at(code: Any, key: str, place: int) -> Any:
    """What is made for one part of several."""
    match code:
        case Row():
            return code.what
        case Several():
            return code.parts[place] if place < len(code.parts) else None
        case Choice():
            return code.then if key == "then" else code.otherwise
    return None


def _ends(definition: Definition) -> Iterator[_End]:
    for tie in rooted(definition.ties):
        yield _End(tie.path, tie.parameter, tie.id, False, tie.transposed)
        yield _End(tie.owner, tie.owner_parameter, tie.id, True, tie.transposed)


def _below(tied: Iterable[_End], key: str) -> tuple[_End, ...]:
    return tuple(replace(end, path=end.path[1:]) for end in tied if end.path[:1] == (key,))
