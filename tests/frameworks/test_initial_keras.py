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
from core.use import Use
from tests.export.networks import program_of
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

SEEDED = ("normal", {"seed": 5})


def said_around() -> Book:
    """A seed that the network says of all its weights, and one of a row."""
    book = Book("around", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    root = book.root.input(shape="B, 4", sizes="B=2").initial(weights=SEEDED)
    root.node("Linear", "first", out_features=4).node("Linear", "second", out_features=4)
    root.node(block, "third").node(block, "fourth", repeat=2)
    root.node("Linear", "row", out_features=4, repeat=2).initial("row", weight=("uniform", {"seed": 6}))
    root.output().wire("x > first > second > third > fourth > row > y")
    return book


def said_by_each() -> Book:
    """The same seed at each of several layers."""
    book = Book("each", "")
    root = book.root.input(shape="B, 4", sizes="B=2")
    for name in ("first", "second"):
        root.node("Linear", name, out_features=4).initial(name, weight=SEEDED)
    root.node("Linear", "row", out_features=4, repeat=2).initial("row", weight=SEEDED)
    root.output().wire("x > first > second > row > y")
    return book


def said_by_each_call() -> Book:
    """Seeds that two calls of a module say, and one at a layer of them that lacks one."""
    book = Book("call", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    root = book.root.input(shape="B, 4", sizes="B=2").node(block, "one").node(block, "other")
    root.node("Linear", "fc", out_features=4).initial("fc", weight=SEEDED)
    root.initial("one", weight=SEEDED).initial("other", weight=("normal", 0, 2, {"seed": 5}))
    root.output().wire("x > one > other > fc > y")
    return book


def levels() -> Book:
    """The levels of a recurrent layer."""
    book = Book("levels", "")
    root = book.root.input(shape="B, 3, 4", sizes="B=2").node("LSTM", "net", hidden_size=4, num_layers=3)
    root.initial("net", weights=SEEDED).output().wire("x > net > y")
    return book


def depthwise() -> Book:
    """Filters of single channels, which Keras has another keyword for."""
    book = Book("depthwise", "")
    root = book.root.input(shape="B, 4, 6, 6", sizes="B=2").initial(weights=SEEDED)
    root.node("DepthwiseConv2d", "one", kernel_size=3, padding=1).node(
        "DepthwiseConv2d", "two", kernel_size=3
    )
    root.node("DepthwiseConv2d", "three", kernel_size=3).initial("three", weight=("uniform", {"seed": 5}))
    root.output().wire("x > one > two > three > y")
    return book


def called_seed() -> Book:
    """An argument that is called as the generator would be."""
    book = Book("called", "")
    block = book.sheet("Block").argument("seed", 4).input().initial(weights=SEEDED)
    block.node("Linear", "one", out_features="=seed").node("Linear", "two", out_features="=seed").output()
    block.wire("x > one > two > y")
    book.root.input(shape="B, 4", sizes="B=2").node(block, "block").output().wire("x > block > y")
    return book


def of_two_shapes() -> Book:
    """Parameters of one seed that no shape confuses, in a class that is made twice."""
    book = Book("shapes", "")
    block = book.sheet("Block").argument("width", 4).input().initial(weights=SEEDED)
    block.node("Linear", "fc", out_features="=width").output().wire("x > fc > y")
    root = book.root.input(shape="B, 4", sizes="B=2").node(block, "one", width=5).node(block, "two", width=6)
    root.output().wire("x > one > two > y")
    return book


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


def in_a_block() -> Book:
    """A seed that a module says which is used twice."""
    book = Book("block", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    block.initial("fc", weight=SEEDED)
    root = book.root.input(shape="B, 4", sizes="B=2").node(block, "one").node(block, "two").output()
    root.wire("x > one > two > y")
    return book


def in_a_repeated_block() -> Book:
    """A seed that a module says which is repeated."""
    book = Book("rows", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    block.initial(weights=SEEDED)
    book.root.input(shape="B, 4", sizes="B=2").node(block, "one", repeat=3).output().wire("x > one > y")
    return book


def in_two_classes() -> Book:
    """A seed that two modules say."""
    book = Book("two", "")
    root = book.root.input(shape="B, 4", sizes="B=2")
    for name in ("one", "two"):
        block = book.sheet(name).input().node("Linear", "fc", out_features=4).node("Tanh", "act").output()
        block.wire("x > fc > act > y").initial(weights=SEEDED)
        root.node(block, name)
    root.output().wire("x > one > two > y")
    return book


def in_a_repeated_branch() -> Book:
    """A seed in a branch of which there are two."""
    book = Book("branch", "")
    root = book.root.input(shape="B, 4", sizes="B=2").node("Mean", "mean")
    step = book.sheet("Step").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    step.initial(weights=SEEDED)
    for name in ("one", "two"):
        root.node("If", name, then=step.use(), otherwise=Use("Identity"))
    root.output().wire("x > mean > one.condition", "x > one.x", "mean > two.condition", "one > two.x")
    root.wire("two > y")
    return book


def attention() -> Book:
    """A seed for what Keras makes three layers of, with copies of one initializer."""
    book = Book("attention", "")
    root = book.root.input(shape="B, 3, 4", sizes="B=2").node("MultiheadAttention", "net", num_heads=2)
    root.initial("net", weights=SEEDED).output()
    root.wire("x > net.query", "x > net.key", "x > net.value", "net > y")
    return book


def both_ways() -> Book:
    """A seed for both directions, of which Keras makes one from a copy of the other."""
    book = Book("ways", "")
    root = book.root.input(shape="B, 3, 4", sizes="B=2")
    root.node("GRU", "net", hidden_size=4, bidirectional=True).initial("net", weights=SEEDED).output()
    root.wire("x > net > y")
    return book


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
