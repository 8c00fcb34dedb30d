"""The first values that the drawing gives parameters, for frameworks that are told them with each layer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..initialise import Initialiser
from ..program import Program, slots

Said = Mapping[str, Initialiser | None]
"""First values by the parameter's name; None where calls of the same node have different ones."""


@dataclass(frozen=True)
class FirstValues:
    """What the layers' parameters begin with where that is not their layers' own, by the node's id."""

    said: Mapping[str, Said] = field(default_factory=dict)

    @property
    def differ(self) -> tuple[str, ...]:
        """The nodes whose calls begin with different values."""
        return tuple(node for node, said in self.said.items() if None in said.values())


def first_values(program: Program) -> FirstValues:
    """What the nodes and modules of the program say; empty where they say nothing."""
    definitions = program.definitions.values()
    if not any(one.module.initial or any(e.node.initial for e in one.entries) for one in definitions):
        return FirstValues()
    nodes = {entry.node.id for one in definitions for entry in one.entries}
    found: dict[tuple[str, str], set[Initialiser | None]] = {}
    for slot in slots(program):
        call = program.call.call(slot.path)
        if not slot.learnt or call is None or call.layer is None:
            continue
        tensor = slot.name.rpartition("/")[2]
        types = tuple(type_ for type_ in call.inputs if type_ is not None)
        own = call.layer.parameters(*types)[tensor].initialiser
        said = None if slot.tensor.initialiser == own else slot.tensor.initialiser
        node = next(key for key in reversed(slot.path) if key in nodes)
        found.setdefault((node, tensor), set()).add(said)
    given: dict[str, dict[str, Initialiser | None]] = {}
    for (node, tensor), values in found.items():
        if values != {None}:
            given.setdefault(node, {})[tensor] = next(iter(values)) if len(values) == 1 else None
    return FirstValues(given)
