"""Seeds in exported PyTorch and Gluon: no two parameters begin alike, and each begins so again."""

from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from io import StringIO
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from core.engine.weights import slots_of
from core.export import export_code
from core.export.code import FRAMEWORKS
from core.export.tensors import kept_tensors
from core.export.walk import walk
from core.initialise import Array, Seeded
from core.program import Program
from tests.export.networks import program_of
from tests.frameworks.seeded_designs import SEEDED_DESIGNS
from tests.templates.sheet import Book

torch = pytest.importorskip("torch")

# PyTorch says of its lazy modules that they may change.
pytestmark = pytest.mark.filterwarnings("ignore:Lazy modules are a new feature:UserWarning")

STYLES = ("pytorch", "pytorch-lazy")


def begun(program: Program, to: str, seed: int) -> dict[str, Array]:
    """The parameters of the network when the exported file was run, by the code's names."""
    scope: dict[str, Any] = {"__name__": "__main__"}
    torch.manual_seed(seed)
    with redirect_stdout(StringIO()):
        exec(compile(export_code(program, to).text, "exported.py", "exec"), scope)
    return {name: one.detach().numpy() for name, one in scope["model"].named_parameters()}


def drawn_by_seeds(program: Program, to: str, held: Mapping[str, Array]) -> dict[str, Array]:
    """What was drawn by a seed, by the code's names."""
    target = FRAMEWORKS[to]
    ours = {name for name, slot in slots_of(program).items() if isinstance(slot.tensor.initialiser, Seeded)}
    tensors = kept_tensors(walk(program, target.dialect), program, target.dialect)
    names = {one.name: one.slots for one in tensors}
    return {name: held[name] for name in held if ours.issuperset(names.get(name, ("",)))}


def alike(held: Mapping[str, Array]) -> list[tuple[str, str]]:
    """Pairs of parameters that share a number somewhere."""
    numbers = {name: set(values.ravel().tolist()) for name, values in held.items()}
    return [(one, other) for one, other in combinations(numbers, 2) if numbers[one] & numbers[other]]


@pytest.mark.parametrize("book", SEEDED_DESIGNS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("to", STYLES)
def test_no_two_parameters_of_a_seed_begin_alike_and_each_begins_so_again(
    to: str, book: Callable[[], Book]
) -> None:
    program = program_of(book().document())
    assert not program.problems
    one, other = (begun(program, to, seed) for seed in (0, 1))
    drawn = drawn_by_seeds(program, to, one)
    assert drawn and not alike(drawn)
    for name, values in drawn.items():
        np.testing.assert_array_equal(values, other[name], name)
