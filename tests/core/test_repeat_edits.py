"""Repeating, folding and unfolding nodes: the network and its weights stay what they were."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core import edits
from core.document import Change, Document
from core.edits import EditError
from core.edits.fold import by_index
from core.engine.weights import follow
from core.expression import Expression, evaluate, parse
from core.files import dumps
from core.layers.layer import ArgumentError
from core.program import build_program, slots
from core.record import ROOT
from core.resolve import Resolver
from tests.core.drawing import named, wiring
from tests.core.test_module_arguments import network, parameters


def slot_names(document: Document) -> dict[str, tuple[int, ...]]:
    """Each parameter's slot and its shape."""
    return {slot.name: slot.shape for slot in slots(build_program(document, Resolver(document)))}


def followed(document: Document, edit: Callable[[], Any]) -> dict[str, str]:
    """Where each slot of before goes, as the edit's renames say."""
    heard: list[Change] = []
    stop = document.subscribe(heard.append)
    before = slot_names(document)
    numbers = {name: np.array(place) for place, name in enumerate(before)}
    edit()
    stop()
    moved = follow(numbers, heard[0].renames, lambda module: Resolver(document).calls_of(module))
    names = list(before)
    return {names[int(place)]: name for name, place in moved.items()}


def linear_chain(*widths: int) -> Document:
    document = network(*["Linear"] * len(widths))
    for place, width in enumerate(widths):
        edits.set_argument(document, named(document, f"n{place + 1}").id, "out_features", width)
    return document


def chain_ids(document: Document, count: int) -> list[str]:
    return [named(document, f"n{place + 1}").id for place in range(count)]


def test_like_nodes_fold_into_one_and_their_weights_go_along() -> None:
    document = linear_chain(20, 20, 20)
    ids, before = chain_ids(document, 3), dumps(document)
    shapes = slot_names(document)
    moved = followed(document, lambda: edits.fold_into_repeat(document, reversed(ids)))
    node = document.node(ids[0])
    assert (node.name, node.repeat, node.arguments["out_features"]) == ("n1", 3, 20)
    assert wiring(document) == {"x.y > n1.x", "n1.y > y.x"}
    assert {moved[name]: shape for name, shape in shapes.items()} == slot_names(document)
    assert moved[f"{ids[1]}/weight"] == f"{ids[0]}/1/weight"
    document.undo()
    assert dumps(document) == before


@pytest.mark.parametrize(
    ("values", "source"),
    [
        ((2, 1, 1), "2 if i == 0 else 1"),
        ((64, 96, 128), "64 + 32 * i"),
        ((9, 6, 3), "9 - 3 * i"),
        ((0, 5, 10), "5 * i"),
        ((64, 128, 256), "64 * 2**i"),
        ((1, 3, 9), "3**i"),
        ((True, False, False), "True if i == 0 else False"),
        (("relu", "", ""), "'relu' if i == 0 else ''"),
        ((parse("2 * width"), 1, 1), "(2 * width) if i == 0 else 1"),
        ((0.5, 0.25), "0.5 if i == 0 else 0.25"),
    ],
)
def test_what_differs_is_said_by_the_number_of_the_repetition(values: tuple[Any, ...], source: str) -> None:
    found = by_index(values)
    assert found is not None
    assert found == Expression(source)
    for place, value in enumerate(values):
        expected = evaluate(value, {"width": 3}) if isinstance(value, Expression) else value
        assert evaluate(found, {"i": place, "width": 3}) == expected


@pytest.mark.parametrize("values", [(1, 2, 4, 7), (0.5, 1.0, 1.5), (2, 1, 2)])
def test_what_no_expression_says_is_not_guessed(values: tuple[Any, ...]) -> None:
    assert by_index(values) is None


def test_folding_and_unfolding_give_the_same_network() -> None:
    document = linear_chain(30, 40, 50)
    count = parameters(document)
    node = edits.fold_into_repeat(document, chain_ids(document, 3))
    assert document.node(node).arguments["out_features"] == Expression("30 + 10 * i")
    assert parameters(document) == count
    shapes = slot_names(document)
    moved = followed(document, lambda: edits.unfold(document, node))
    assert wiring(document) == {"x.y > n1.x", "n1.y > n2.x", "n2.y > n3.x", "n3.y > y.x"}
    assert [named(document, f"n{k}").arguments["out_features"] for k in (1, 2, 3)] == [30, 40, 50]
    assert {moved[name]: shape for name, shape in shapes.items()} == slot_names(document)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda d, ids: edits.set_argument(d, ids[1], "bias", False), "bias is True in n1 and False in n2"),
        (lambda d, ids: edits.set_kind(d, ids[1], "ReLU"), "n1 is a Linear and n2 a ReLU"),
        (lambda d, ids: edits.set_repeat(d, ids[1], 2), "n2 is repeated already"),
        (lambda d, ids: edits.connect(d, ids[1], "y", named(d, "y").id, "x"), "n2 is also wired to y"),
        (lambda d, ids: edits.connect(d, named(d, "x").id, "y", ids[1], "x"), "no chain: n1, n2 each begin"),
        (lambda d, ids: edits.tie(d, ids[:2]), "n1 is tied to a node that is not folded"),
        (lambda d, ids: ids.pop(1), "no chain: n1, n3 each begin"),
    ],
)
def test_what_is_no_chain_of_like_nodes_is_refused_naming_why(
    spoil: Callable[[Document, list[str]], Any], sentence: str
) -> None:
    document = linear_chain(20, 20, 20)
    ids = chain_ids(document, 3)
    spoil(document, ids)
    before = dumps(document)
    with pytest.raises(EditError, match=sentence):
        edits.fold_into_repeat(document, ids)
    assert dumps(document) == before


def test_a_difference_that_follows_no_rule_is_named() -> None:
    document = linear_chain(20, 30, 20, 50)
    sentence = "out_features is 20 in n1 and 30 in n2, which no expression in i says"
    with pytest.raises(EditError, match=sentence):
        edits.fold_into_repeat(document, chain_ids(document, 4))


def test_tied_nodes_fold_into_shared_calls_and_back() -> None:
    document = linear_chain(20, 20, 20)
    ids = chain_ids(document, 3)
    edits.tie(document, ids)
    assert parameters(document) == 20 * 20 + 20
    node = edits.fold_into_repeat(document, ids)
    assert (document.node(node).shared, parameters(document)) == (True, 20 * 20 + 20)
    made = edits.unfold(document, node)
    assert [document.node(key).owner for key in made] == ["", node, node]
    assert parameters(document) == 20 * 20 + 20


def test_the_weights_of_a_single_node_are_those_of_the_first_call() -> None:
    document = linear_chain(20)
    node = named(document, "n1").id
    moved = followed(document, lambda: edits.set_repeat(document, node, 4))
    assert moved[f"{node}/weight"] == f"{node}/0/weight"
    assert f"{node}/3/bias" in slot_names(document)
    edits.set_argument(document, node, "out_features", parse("20 + i"))
    edits.set_repeat(document, node, None)
    assert document.node(node).arguments["out_features"] == 20
    assert f"{node}/weight" in slot_names(document)


def test_a_count_is_a_whole_number_or_an_expression_without_the_index() -> None:
    document = linear_chain(20)
    node = named(document, "n1").id
    for count, sentence in ((-1, "expected a whole number"), (10_001, "more than the 10,000"),
                            (parse("i + 1"), "cannot read the number")):  # fmt: skip
        with pytest.raises(ArgumentError, match=sentence):
            edits.set_repeat(document, node, count)
    edits.set_repeat(document, node, parse("depth"))
    with pytest.raises(EditError, match="can be unfolded, got depth"):
        edits.unfold(document, node)
    with pytest.raises(EditError, match="y is a port"):
        edits.set_repeat(document, named(document, "y").id, 2)


def test_sharing_counts_the_weights_once() -> None:
    document = linear_chain(20)
    node = named(document, "n1").id
    with pytest.raises(EditError, match="n1 is not repeated"):
        edits.set_shared(document, node, True)
    edits.set_repeat(document, node, 3)
    edits.set_shared(document, node, True)
    assert parameters(document) == 20 * 20 + 20


def test_a_further_input_of_a_repeated_module_reaches_every_unfolded_node() -> None:
    document = network()
    module = edits.add_module(document, "Mix")
    memory = edits.add_node(document, module, "Input", (0, 100), "memory")
    total = edits.insert_on_wire(document, document.wires(module)[0].id, "Add")
    edits.connect(document, memory, "y", total, "x2")
    node = edits.add_node(document, ROOT, f"@{module}", (230, 0), "mix")
    x, y = named(document, "x").id, named(document, "y").id
    edits.connect(document, x, "y", node, "x")
    edits.connect(document, x, "y", node, "memory")
    edits.connect(document, node, "y", y, "x")
    edits.set_repeat(document, node, 2)
    made = edits.unfold(document, node)
    assert wiring(document) == {
        "x.y > mix.x", "x.y > mix.memory", "mix.y > mix2.x", "x.y > mix2.memory", "mix2.y > y.x",
    }  # fmt: skip
    assert Resolver(document).resolution.problems == ()
    edits.fold_into_repeat(document, made)
    assert wiring(document) == {"x.y > mix.x", "x.y > mix.memory", "mix.y > y.x"}


def test_a_pattern_that_comes_again_folds_into_a_repeated_module() -> None:
    document = network(*["Conv2d", "BatchNorm2d", "ReLU"] * 3)
    edits.set_argument(document, named(document, "x").id, "shape", "B, 3, 32, 32")
    ids = chain_ids(document, 9)
    for key, channels in zip(ids[::3], (16, 32, 64), strict=True):
        edits.set_argument(document, key, "out_channels", channels)
    edits.set_argument(document, ids[0], "stride", 2)
    count, shapes, before = parameters(document), slot_names(document), dumps(document)
    moved = followed(document, lambda: edits.fold_into_repeat(document, ids))
    (node,) = (n for n in document.nodes(ROOT) if n.definition)
    assert (node.repeat, node.arguments) == (
        3, {"out_channels": Expression("16 * 2**i"), "stride": Expression("2 if i == 0 else 1")},
    )  # fmt: skip
    assert wiring(document) == {f"x.y > {node.name}.x", f"{node.name}.y > y.x"}
    assert Resolver(document).resolution.problems == ()
    assert parameters(document) == count
    assert {moved[name]: shape for name, shape in shapes.items()} == slot_names(document)
    document.undo()
    assert dumps(document) == before


def test_runs_that_are_wired_elsewhere_too_are_not_folded() -> None:
    document = network(*["Linear", "ReLU"] * 2)
    ids = chain_ids(document, 4)
    out = edits.add_node(document, ROOT, "Output", (0, 300))
    edits.connect(document, ids[1], "y", out, "x")
    with pytest.raises(EditError, match="n3 is not wired to n2 alone"):
        edits.fold_into_repeat(document, ids)
