"""The first values that the drawing gives parameters, for frameworks that are told them with each layer."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..initialise import Initialiser, Seeded
from ..problem import Path
from ..program import Program, Slot, slots

Said = Mapping[str, Initialiser | None]
"""First values by the parameter's name; None where calls of the same node have different ones."""


@dataclass(frozen=True)
class Drawn:
    """A parameter that is drawn with a seed of its own: by which node, and of which shape.

    `homes` are the calls of modules around it, the outermost first, each with the module.
    """

    seed: int
    node: str
    shape: tuple[int, ...]
    homes: tuple[tuple[Path, str], ...]


@dataclass(frozen=True)
class FirstValues:
    """What the layers' parameters begin with where the drawing says so, by the node's id."""

    said: Mapping[str, Said] = field(default_factory=dict)
    drawn: tuple[Drawn, ...] = ()

    @property
    def differ(self) -> tuple[str, ...]:
        """The nodes whose calls begin with different values."""
        return tuple(node for node, said in self.said.items() if None in said.values())

    @cached_property
    def shared(self) -> frozenset[int]:
        """The seeds that several parameters of one shape have, with its axes in whatever order.

        A framework that draws by the seed alone would give them the same values, unlike the drawing.
        """
        shapes = Counter((one.seed, tuple(sorted(one.shape))) for one in self.drawn)
        return frozenset(seed for (seed, _), count in shapes.items() if count > 1)


def first_values(program: Program) -> FirstValues:
    """What the nodes and modules of the program say; empty where they say nothing."""
    definitions = program.definitions.values()
    if not any(one.module.initial or any(e.node.initial for e in one.entries) for one in definitions):
        return FirstValues()
    nodes = {entry.node.id for one in definitions for entry in one.entries}
    found: dict[tuple[str, str], set[Initialiser | None]] = {}
    drawn: list[Drawn] = []
    for slot in slots(program):
        call = program.call.call(slot.path)
        if not slot.learnt or call is None or call.layer is None:
            continue
        tensor = slot.name.rpartition("/")[2]
        said = slot.tensor.initialiser if slot.said else None
        node = next(key for key in reversed(slot.path) if key in nodes)
        found.setdefault((node, tensor), set()).add(said)
        if isinstance(said, Seeded):
            drawn.append(Drawn(said.seed, node, slot.shape, tuple(_homes(program, slot))))
    given: dict[str, dict[str, Initialiser | None]] = {}
    for (node, tensor), values in found.items():
        if values != {None}:
            given.setdefault(node, {})[tensor] = next(iter(values)) if len(values) == 1 else None
    return FirstValues(given, tuple(drawn))


def _homes(program: Program, slot: Slot) -> Iterator[tuple[Path, str]]:
    yield (), program.root
    for end in range(1, len(slot.path)):
        call = program.call.call(slot.path[:end])
        if call is not None and call.inner is not None:
            yield slot.path[:end], call.inner.module
