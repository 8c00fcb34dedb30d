"""Where each parameter and buffer of a design stands in the exported code."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..calls import ModuleCall, NodeCall
from ..dim import substitute
from ..layers.spelling import Code
from ..problem import Path
from ..program import Program
from ..record import Tie
from .form import ClassForm, Dialect, Form, Member, Tied
from .spelled import known, module_tensors

Named = Callable[[str], str]
"""Gives a tensor's name in the code's own state."""


@dataclass(frozen=True)
class Places:
    """Finds, for each call with state, what its tensors are called below a class."""

    program: Program
    classes: Mapping[str, ClassForm]
    """A class for each definition."""
    dialect: Dialect
    wanted: tuple[Path, ...] | None = None
    """The paths that are looked for; None for all."""

    def below(
        self, form: ClassForm, call: ModuleCall, path: Path = (), before: str = ""
    ) -> Iterator[tuple[Path, Named]]:
        """The calls with state below one call of the class's definition, on the way to what is `wanted`."""
        for member in _members(form):
            node = call.nodes.get(member.node)
            if node is None:
                continue
            here, inside = (*path, member.node), before + (f"{member.attribute}." if member.attribute else "")
            if member.registered:
                yield here, _as_it_is(inside)
                continue
            if member.part:
                node, here = node.part(member.part) or node, (*here, member.part)
            elif node.shared and node.parts:
                node, here = node.parts[0][1], (*here, "0")
            own = member.tensors if isinstance(member.code, Code) else None
            yield from self._node(node, here, inside, own)

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
        self, node: NodeCall, path: Path, inside: str, own: Mapping[str, str] | None
    ) -> Iterator[tuple[Path, Named]]:
        if self.wanted is not None and not any(one[: len(path)] == path for one in self.wanted):
            return
        if node.structure == "repeat" or node.structure in ("if", "while"):
            for key, part in self._parts(node):
                yield from self._node(part, (*path, key), f"{inside}{key}.", None)
        elif node.inner is not None and node.inner.module in self.classes:
            yield from self.below(self.classes[node.inner.module], node.inner, path, inside)
        elif node.layer is not None and own is not None:
            yield path, _mapped(inside, own)
        elif node.layer is not None:
            found = module_tensors(node.layer, known(node.inputs), self.dialect)
            yield path, lambda name: inside + found(name)


def state_names(form: Form, program: Program, dialect: Dialect, slots: Iterable[str]) -> dict[str, str]:
    """The name in the code's own state (`fc1.weight`) for each slot (`id/weight`)."""
    places = _places(form, program, dialect)
    found: dict[str, str] = {}
    for slot in slots:
        call, _, tensor = slot.rpartition("/")
        found[slot] = places[call](tensor)
    return found


def aliases(form: Form, program: Program, dialect: Dialect) -> dict[str, str]:
    """Further names that the code's state has for tied parameters, each with that of the one that it is."""
    places = _places(form, program, dialect)
    found: dict[str, str] = {}
    for path, call in _calls(program.call):
        for tie in program.definitions[call.module].ties:
            own, other = ("/".join((*path, *end)) for end in (tie.path, tie.owner))
            if own in places and other in places and not tie.transposed:
                found[places[own](tie.parameter)] = places[other](tie.owner_parameter)
    return found


def attribute_ties(
    places: Places, form: ClassForm, call: ModuleCall, ties: Sequence[Tie]
) -> tuple[Tied, ...]:
    """The ties of a definition as attribute paths below its class: `layers[0].weight`."""
    ends = tuple(end for tie in ties for end in (tie.path, tie.owner))
    found = dict(replace(places, wanted=ends).below(form, call))
    return tuple(
        Tied(
            _attribute(found[tie.path](tie.parameter)),
            _attribute(found[tie.owner](tie.owner_parameter)),
            tie.transposed,
        )
        for tie in ties
        if tie.path in found and tie.owner in found
    )


def _attribute(name: str) -> str:
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", name)


def _places(form: Form, program: Program, dialect: Dialect) -> dict[str, Named]:
    classes = {one.definition: one for one in reversed(form.classes)}
    found = Places(program, classes, dialect).below(form.root, program.call)
    return {"/".join(path): named for path, named in found}


def _calls(call: ModuleCall, path: Path = ()) -> Iterator[tuple[Path, ModuleCall]]:
    yield path, call
    for node in call.instances:
        for steps, inner in call.nodes[node].each():
            yield from _calls(inner, (*path, node, *steps))


def _as_it_is(inside: str) -> Named:
    return lambda name: inside.rstrip(".")


def _mapped(inside: str, tensors: Mapping[str, str]) -> Named:
    return lambda name: (inside + tensors.get(name, name)).rstrip(".")


def _members(form: ClassForm) -> Iterable[Member]:
    """The members under the names that they have: in a chain their places, none where there is one alone."""
    if form.chain is None:
        return form.members
    places = {link.node: str(place) for place, link in reversed(list(enumerate(form.chain)))}
    alone = len(form.chain) == 1
    return [replace(one, attribute="" if alone else places[one.node]) for one in form.members]
