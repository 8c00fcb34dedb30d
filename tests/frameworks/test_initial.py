"""First values against PyTorch: recipes as torch.nn.init draws them, and exported code as the engine begins."""

import re
from typing import Any

import numpy as np
import pytest

from core.engine.weights import initial, slots_of
from core.export import export_code
from core.export.pytorch import PYTORCH
from core.export.pytorch_initial import CALLED, FUNCTIONS
from core.export.tensors import state_names
from core.export.walk import walk
from core.initial_kinds import KINDS, recipe, values_of
from core.initialise import Array, Constant
from core.program import Program
from core.record import Initial
from tests.export.networks import program_of
from tests.export.random_initials import random_initials
from tests.templates.initialisers import initialisers
from tests.templates.sheet import Book

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

DESIGNS = 200


def built(program: Program, seed: int = 0) -> dict[str, Array]:
    """The parameters of the exported network, by the names of our slots."""
    scope: dict[str, Any] = {"__name__": "exported"}
    form = walk(program, PYTORCH.dialect)
    exec(compile(export_code(program, "pytorch").text, "exported.py", "exec"), scope)
    torch.manual_seed(seed)
    state = scope[form.maker]().state_dict()
    slots = [name for name, slot in slots_of(program).items() if slot.learnt]
    return {slot: state[name].numpy() for slot, name in state_names(form, program, PYTORCH.dialect, slots).items()}


def assert_constants_are_exact(program: Program) -> int:
    """Compares all that is constant, and returns how many of the numbers were said by somebody."""
    ours, theirs = initial(program, None, 0), built(program)
    said = 0
    for name, slot in slots_of(program).items():
        if slot.learnt and isinstance(slot.tensor.initialiser, Constant):
            np.testing.assert_array_equal(ours[name], theirs[name], name)
            said += slot.tensor.initialiser.value not in (0.0, 1.0)
    return said


@pytest.mark.parametrize("seed", range(DESIGNS))
def test_exported_networks_begin_as_the_engine_does_whoever_says_it(seed: int) -> None:
    program = program_of(random_initials(seed))
    assert not program.problems
    assert_constants_are_exact(program)
