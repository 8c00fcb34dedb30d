"""First values in Keras: what is said counts beside what else is said, and seeds give no two the same."""

from itertools import combinations
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core.engine.weights import initial
from core.export import ExportError, export_code
from core.export.keras.printer import KERAS
from core.export.tensors import kept_tensors
from core.export.walk import walk
from core.initialise import Array
from core.program import Program
from tests.export.networks import program_of
from tests.frameworks.seeded_designs import (
    attention,
    both_ways,
    called_seed,
    depthwise,
    in_a_block,
    in_a_repeated_block,
    in_a_repeated_branch,
    in_two_classes,
    levels,
    of_two_shapes,
    said_around,
    said_by_each,
    said_by_each_call,
)
from tests.templates.sheet import Book

pytest.importorskip("keras")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def begun(program: Program) -> dict[str, tuple[Array, tuple[str, ...]]]:
    """What the exported network's weights begin with, by their names, each with our slots that it is."""
    form = walk(program, KERAS.dialect)
    module = ModuleType("exported")
    exec(export_code(program, "keras").text, module.__dict__)
    model = getattr(module, form.maker)()
    kinds = ("float32" if one.bound is None else "int64" for one in form.samples)
    model(*map(module.keras.ops.ones, (one.shape for one in form.samples), kinds))
    return {
        one.name: (module.keras.ops.convert_to_numpy(_variable(model, one.name)), one.slots)
        for one in kept_tensors(form, program, KERAS.dialect)
    }


def _variable(model: Any, name: str) -> Any:
    for key in name.split("."):
        model = model[int(key)] if key.isdigit() else getattr(model, key)
    return model


def alike(program: Program) -> set[frozenset[str]]:
    """Pairs of weights drawn by seeds that begin with the same values, though they do not in the drawing."""
    ours, again = initial(program, None, 0), initial(program, None, 1)
    seeded = {name for name, values in ours.items() if np.array_equal(values, again[name])}
    drawn = {name: one for name, one in begun(program).items() if seeded.issuperset(one[1])}
    assert drawn
    pairs = combinations(drawn.items(), 2)
    return {
        frozenset((name, other))
        for (name, (values, slots)), (other, (others, other_slots)) in pairs
        if np.array_equal(values, others) and not np.array_equal(ours[slots[0]], ours[other_slots[0]])
    }


# What is said beside others


def test_an_embedding_of_normal_values_begins_so_beside_others() -> None:
    book = Book("said", "")
    root = book.root.input(shape="B, T", dtype="int64", bound=500, sizes="B=2, T=3")
    root.node("Embedding", "table", num_embeddings=500, embedding_dim=40).node("Linear", "fc", out_features=4)
    root.output().wire("x > table > fc > y")
    root.initial("table", weight="normal").initial("fc", weight="zeros")
    found = begun(program_of(book.document()))
    table, kernel = found["table.embeddings"][0], found["fc.kernel"][0]
    assert not kernel.any()
    # 20000 values: six standard errors of a deviation of 1 are 6 / √40000.
    assert abs(table.std() - 1) < 0.03


def test_what_equals_a_layer_s_own_first_values_is_said_beside_others() -> None:
    book = Book("said", "")
    root = book.root.input(shape="B, 4", sizes="B=2").node("Linear", "fc", out_features=4)
    root.node("BatchNorm1d", "norm").node("PReLU", "act").output().wire("x > fc > norm > act > y")
    root.initial("fc", bias=("constant", 3)).initial("norm", weight="ones", bias="zeros")
    root.initial("act", weight=("constant", 0.25))
    text = " ".join(export_code(program_of(book.document()), "keras").text.split())
    for word in ('gamma_initializer="ones"', 'beta_initializer="zeros"', "Constant(0.25)"):
        assert word in text


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("BatchNorm1d", {"track_running_stats": False}, {"weight": "ones", "bias": "zeros"}),
        ("RMSNorm", {}, {"weight": "ones"}),
        ("RMSNorm", {"normalized_axes": 2}, {"weight": "ones"}),
    ],
)
def test_what_begins_so_without_being_told_is_not_refused(
    kind: str, given: dict[str, Any], said: dict[str, Any]
) -> None:
    book = Book("said", "")
    root = book.root.input(shape="B, 3, 4", sizes="B=2")
    root.node(kind, "one", **given).node("Linear", "fc", out_features=4).output().wire("x > one > fc > y")
    root.initial("one", **said).initial("fc", bias=("constant", 3))
    found = begun(program_of(book.document()))
    assert any((values == 3).all() for values, _ in found.values())


def test_one_call_that_says_its_layer_s_own_values_differs_from_one_that_says_nothing() -> None:
    book = Book("said", "")
    block = book.sheet("Block").input().node("Embedding", "table", num_embeddings=500, embedding_dim=40)
    block.output().wire("x > table > y")
    root = book.root.input(shape="B, T", dtype="int64", bound=500, sizes="B=2, T=3")
    root.node(block, "said").node(block, "unsaid").node("Add", "both").output()
    root.initial("said", weight="normal").wire("x > said > both", "x > unsaid > both > y")
    found = begun(program_of(book.document()))
    said, unsaid = (found[f"{name}.table.embeddings"][0] for name in ("said", "unsaid"))
    assert abs(said.std() - 1) < 0.03 and abs(unsaid).max() <= 0.05


# Seeds


@pytest.mark.parametrize(
    "book",
    [said_around, said_by_each, said_by_each_call, levels, depthwise, called_seed, of_two_shapes],
)
def test_no_two_parameters_of_a_seed_begin_alike_and_each_begins_so_again(book: Any) -> None:
    program = program_of(book().document())
    assert not program.problems and not alike(program)
    one, other = begun(program), begun(program)
    ours, again = initial(program, None, 0), initial(program, None, 1)
    for name, (values, slots) in one.items():
        if all(np.array_equal(ours[slot], again[slot]) for slot in slots):
            assert np.array_equal(values, other[name][0]), name


@pytest.mark.parametrize(
    ("book", "words"),
    [
        (in_a_block, "seed 5"),
        (in_a_repeated_block, "seed 5"),
        (in_two_classes, "seed 5"),
        (in_a_repeated_branch, "seed 5"),
        (attention, "no initializer"),
        (both_ways, "no initializer"),
    ],
)
def test_a_seed_that_would_give_two_parameters_the_same_values_is_refused(book: Any, words: str) -> None:
    program = program_of(book().document())
    assert not program.problems
    with pytest.raises(ExportError, match=words) as refused:
        export_code(program, "keras")
    assert refused.value.path
