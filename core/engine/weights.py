"""The first values of parameters and buffers, and how trained ones follow when the drawing is regrouped."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod

import numpy as np

from ..document import Rename
from ..initialise import Array, Initialiser, Seeded
from ..problem import Path
from ..program import Program
from ..text import tr
from ..types import Type
from .chance import generator
from .memory import check_fits
from .network import Slot
from .walk import trace_program

Weights = Mapping[str, Array]
"""Parameters and buffers by slot name."""


def slots_of(program: Program, sizes: Mapping[str, int] | None = None) -> dict[str, Slot]:
    """Every parameter and buffer of the calls that can be reached, at these sizes or the example ones."""
    return trace_program(program, sizes or {}, keep=False).slots


def initial(program: Program, sizes: Mapping[str, int] | None, seed: int) -> dict[str, Array]:
    """First values for every slot, float32. Raises PlanError where they would not fit into memory."""
    slots = slots_of(program, sizes)
    check_fits(sum(_bytes(slot.ref.type) for slot in slots.values()), tr("holding the weights"))
    return {
        name: draw(name, slot.tensor.initialiser, _shape(slot.ref.type), slot.ref.type.dtype, seed)
        for name, slot in slots.items()
    }


def draw(name: str, initialiser: Initialiser, shape: tuple[int, ...], dtype: str, seed: int) -> Array:
    """First values of one slot: they depend on its name and the seed alone, its own where it has one."""
    if isinstance(initialiser, Seeded):
        seed = initialiser.seed
    return initialiser.draw(shape, generator(seed, "initial", name)).astype(dtype)


def _shape(type_: Type) -> tuple[int, ...]:
    return tuple(dim for dim in type_.shape if isinstance(dim, int))


def _bytes(type_: Type) -> int:
    return prod(_shape(type_)) * np.dtype(type_.dtype).itemsize


def follow(
    weights: Weights, renames: Iterable[Rename], calls: Callable[[str], Sequence[Path]]
) -> dict[str, Array]:
    """The same arrays under the names they have after an edit; `calls` gives every call path of a module.

    Renames apply one after the other, each in all calls of its module.
    """
    moved = dict(weights)
    for rename in renames:
        for call in calls(rename.module):
            before, after = (*call, *rename.before), (*call, *rename.after)
            moved = {_moved(name, before, after): array for name, array in moved.items()}
    return moved


def _moved(name: str, before: Path, after: Path) -> str:
    start = "/".join((*before, ""))
    return "/".join((*after, name[len(start) :])) if name.startswith(start) else name
