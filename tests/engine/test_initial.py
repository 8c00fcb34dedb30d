"""The engine begins as the design says: who says it, seeds of their own, and what is tied or in a loop."""

import numpy as np
import pytest

from core.engine.weights import initial, slots_of
from core.initialise import Constant
from core.program import Program, slots
from core.use import Use
from tests.engine.designs import program_of
from tests.export.random_initials import random_initials
from tests.templates.initialisers import initialisers
from tests.templates.sheet import Book


def named(program: Program, seed: int = 0) -> dict[str, np.ndarray]:
    """First values by the names of nodes, joined by dots."""
    drawn = initial(program, None, seed)
    return {slot.dotted: drawn[slot.name] for slot in slots(program) if slot.name in drawn}


@pytest.mark.parametrize("seed", range(40))
def test_the_list_of_parameters_says_what_the_engine_draws(seed: int) -> None:
    program = program_of(random_initials(seed))
    drawn = {name: slot.tensor.initialiser for name, slot in slots_of(program).items()}
    assert {slot.name: slot.tensor.initialiser for slot in slots(program)} == drawn


def test_the_text_s_initialisers_begin_as_it_says() -> None:
    found = named(program_of(initialisers().document()))
    weights = found["inherited.hidden.weight"]
    assert weights.shape == (8, 4) and 0 < np.abs(weights).max() < 0.05
    for name in ("inherited", "constant", "by_layer"):
        assert not found[f"{name}.hidden.bias"].any() and not found[f"{name}.out.bias"].any()
    assert (found["constant.hidden.weight"] == 1).all() and (found["constant.out.weight"] == 1).all()
    assert 0.4 < np.abs(found["by_layer.hidden.weight"]).max() <= np.sqrt(6 / 12)
    assert (found["by_layer.out.weight"] == 42).all()


def test_a_seed_of_its_own_is_not_changed_by_that_of_the_run() -> None:
    program = program_of(initialisers().document())
    one, other = named(program, 0), named(program, 1)
    for name, values in one.items():
        own = name.startswith("seeded") or isinstance(first(program, name), Constant)
        assert np.array_equal(values, other[name]) == own, name
    # Parameters with the same seed are drawn apart.
    assert not np.array_equal(one["seeded.hidden.weight"].ravel()[:8], one["seeded.out.weight"].ravel())


def first(program: Program, name: str) -> object:
    return next(slot.tensor.initialiser for slot in slots(program) if slot.dotted == name)


def test_calls_that_share_weights_begin_once_and_a_tied_node_as_its_owner() -> None:
    book = Book("shared", "")
    root = book.root.input(shape="B, 4", sizes="B=2").initial(weights=("constant", 2))
    root.node("Linear", "row", out_features=4, repeat=3, shared=True).initial("row", weight=("constant", 3))
    root.node("Linear", "each", out_features=4, repeat=2).initial("each", weight=("constant", 4))
    root.node("Linear", "again", owner="row").output().wire("x > row > each > again > y")
    found = {name: values.flat[0] for name, values in named(program_of(book.document())).items()}
    weights = {name: value for name, value in found.items() if name.endswith("weight")}
    assert weights == {"row.0.weight": 3, "each.0.weight": 4, "each.1.weight": 4}


def test_a_tied_parameter_begins_as_its_owner_s_whichever_comes_first() -> None:
    book = Book("tied", "")
    root = book.root.input(shape="B, 4", sizes="B=2")
    root.node("Linear", "user", out_features=4).node("Linear", "owner", out_features=4).output()
    root.initial("user", weight=("constant", 2)).initial("owner", weight=("constant", 3))
    root.wire("x > user > owner > y").tie("user.weight", "owner.weight")
    drawn = initial(program_of(book.document()), None, 0)
    assert [values.flat[0] for name, values in drawn.items() if "weight" in name] == [3]


def test_what_is_in_a_choice_a_branch_or_a_loop_inherits_from_the_node() -> None:
    book = Book("structures", "")
    inner = book.sheet("Inner").input()
    inner.node("Linear", "fc", out_features=4).output().wire("x > fc > y").initial(biases=("constant", 5))
    root = book.root.input(shape="B, 4", sizes="B=2").initial(biases=("constant", 7))
    root.node("Choose", "choice", then=inner.use(), otherwise=Use("Identity"))
    root.initial("choice", weights=("constant", 3))
    root.node("Sum", "sum").node("If", "branch", then=inner.use(), otherwise=Use("Identity"))
    root.initial("branch", weights=("constant", 4), bias=("constant", 6))
    root.node("Linear", "last", out_features=2).output()
    root.wire("x > choice > sum > branch.condition", "choice > branch.x", "branch > last > y")
    found = {name: values.flat[0] for name, values in named(program_of(book.document())).items()}
    assert found["choice.fc.weight"] == 3 and found["choice.fc.bias"] == 5
    assert found["branch.then.fc.weight"] == 4 and found["branch.then.fc.bias"] == 6
    assert found["last.bias"] == 7
