"""First values in a design: who says them, how they are inherited, kept by edits, and written to the file."""

from typing import Any

import pytest
from msgspec.structs import replace

from core import edits
from core.document import Change, Document
from core.edits import EditError
from core.files import FileError, dumps, loads
from core.initial import first_values, within
from core.initialise import Constant
from core.layers.layer import ArgumentError, Tensor
from core.program import build_program, slots
from core.record import ROOT, Initial, Node
from core.resolve import Resolver
from tests.core.drawing import add, chain, named

OWN = Constant(-1.0)
MATRIX = Tensor(axes=("out", "in"), shape=(2, 3), initialiser=OWN)
VECTOR = Tensor(axes=("out",), shape=(2,), initialiser=OWN)


def value(number: float) -> Initial:
    return Initial("constant", {"value": number})


ONE, TWO, THREE = value(1.0), value(2.0), value(3.0)

LOOKUPS: list[tuple[list[dict[str, Initial]], str, Tensor, float]] = [
    # definition and instance of each level, the node last
    ([{}, {}], "weight", MATRIX, -1),
    ([{"weights": ONE}, {}], "weight", MATRIX, 1),
    ([{"weights": ONE}, {}], "weight", VECTOR, -1),
    ([{"weights": ONE}, {}], "bias", VECTOR, -1),
    ([{"biases": ONE}, {}], "bias", VECTOR, 1),
    ([{"biases": ONE}, {}], "bias_ih_l0", VECTOR, 1),
    ([{"biases": ONE}, {}], "in_proj_bias", VECTOR, 1),
    ([{"biases": ONE}, {}], "bias", MATRIX, -1),
    ([{"weight": ONE}, {}], "weight", VECTOR, 1),
    ([{"weights": ONE, "weight": TWO}, {}], "weight", MATRIX, 2),
    ([{"weights": ONE, "weight": TWO}, {}], "weight_ih_l0", MATRIX, 1),
    ([{"weight": ONE}, {"weights": TWO}], "weight", MATRIX, 2),
    ([{"weight": ONE}, {"weights": TWO}], "weight", VECTOR, 1),
    ([{"weights": ONE}, {"weights": Initial("default")}], "weight", MATRIX, -1),
    ([{"weight": ONE}, {"weight": Initial("orthogonal")}], "weight", VECTOR, 1),
    ([{"weights": ONE}, {"weights": TWO}, {}], "weight", MATRIX, 2),
    ([{"weights": ONE}, {}, {"weights": TWO}], "weight", MATRIX, 2),
]


@pytest.mark.parametrize(("said", "name", "tensor", "expected"), LOOKUPS)
def test_the_innermost_that_is_said_counts(
    said: list[dict[str, Initial]], name: str, tensor: Tensor, expected: float
) -> None:
    assert first_values(tuple(said), name, tensor) == Constant(float(expected))


def test_an_instance_goes_before_its_definition_and_gives_way_to_what_is_inside() -> None:
    root = within((), {"weights": value(0.0)})
    instance = within((*root, {"weights": TWO}), {"weights": ONE, "biases": ONE})
    node = (*instance, {"weight": THREE})
    assert first_values((*instance, {}), "weight", MATRIX) == Constant(2.0)
    assert first_values((*instance, {}), "bias", VECTOR) == Constant(1.0)
    assert first_values(node, "weight", MATRIX) == Constant(3.0)


# Designs


def design() -> Document:
    """x → a Linear → norm → b Linear → y."""
    document = edits.new_document()
    for name in "ab":
        add(document, "Linear", name, out_features=4)
    add(document, "BatchNorm1d", "norm")
    chain(document, "x", "a", "norm", "b", "y")
    edits.set_argument(document, named(document, "x").id, "shape", "B, 4")
    return document


def firsts(document: Document) -> dict[str, Any]:
    """The numbers that constant parameters begin with, by their names."""
    program = build_program(document, Resolver(document))
    learnt = [slot for slot in slots(program) if slot.learnt]
    return {
        slot.dotted: slot.tensor.initialiser.value
        for slot in learnt
        if isinstance(slot.tensor.initialiser, Constant)
    }


def test_everything_in_the_network_inherits_what_its_layers_do_not_say() -> None:
    document = design()
    edits.set_initial(document, ROOT, "weights", ONE)
    edits.set_initial(document, ROOT, "biases", TWO)
    edits.set_initial(document, named(document, "b").id, "weight", THREE)
    assert firsts(document) == {
        "a.weight": 1, "a.bias": 2, "norm.weight": 1, "norm.bias": 2, "b.weight": 3, "b.bias": 2
    }  # fmt: skip
    edits.set_initial(document, ROOT, "weights", None)
    assert "a.weight" not in firsts(document) and document.module(ROOT).initial == {"biases": TWO}
    document.undo()
    assert firsts(document)["a.weight"] == 1


def test_grouping_changes_no_value_and_ungrouping_writes_what_was_inherited() -> None:
    document = design()
    edits.set_initial(document, ROOT, "biases", TWO)
    edits.set_initial(document, named(document, "b").id, "weight", THREE)
    before = firsts(document)
    instance = edits.group(document, [named(document, name).id for name in ("a", "norm", "b")], "Block")
    block = document.node(instance)
    assert sorted(firsts(document).values()) == sorted(before.values())
    assert block.definition is not None
    edits.set_initial(document, block.definition, "weights", ONE)
    edits.set_initial(document, block.definition, "biases", ONE)
    edits.set_initial(document, instance, "biases", value(5.0))
    inside = {name.partition(".")[2]: number for name, number in firsts(document).items()}
    assert inside == {
        "a.weight": 1, "a.bias": 5, "norm.weight": 1, "norm.bias": 5, "b.weight": 3, "b.bias": 5
    }  # fmt: skip
    edits.ungroup(document, instance)
    assert firsts(document) == inside
    assert named(document, "norm").initial == {"biases": value(5.0)}
    assert named(document, "b").initial == {"weight": THREE, "biases": value(5.0)}


def test_ungrouping_lets_a_nearer_group_go_before_a_name_around_it() -> None:
    document = design()
    edits.set_initial(document, named(document, "a").id, "weights", ONE)
    instance = edits.group(document, [named(document, name).id for name in ("a", "norm", "b")], "Block")
    edits.set_initial(document, instance, "weight", TWO)
    before = {name.partition(".")[2]: number for name, number in firsts(document).items()}
    assert before["a.weight"] == 1 and before["norm.weight"] == 2 == before["b.weight"]
    edits.ungroup(document, instance)
    assert firsts(document) == before


def test_a_tied_node_has_its_owner_s_and_keeps_it_when_it_is_untied() -> None:
    document = design()
    a, b = named(document, "a").id, named(document, "b").id
    edits.set_initial(document, b, "weight", TWO)
    edits.tie(document, [a, b])
    assert document.node(b).initial == {}
    edits.set_initial(document, b, "weight", THREE)
    assert document.node(a).initial == {"weight": THREE} and firsts(document)["a.weight"] == 3
    edits.untie(document, b)
    assert firsts(document)["b.weight"] == 3


def test_unfolding_gives_each_what_the_repeated_node_said() -> None:
    document = design()
    a = named(document, "a").id
    edits.set_initial(document, a, "weight", TWO)
    edits.set_repeat(document, a, 3)
    assert [firsts(document)[f"a.{i}.weight"] for i in range(3)] == [2, 2, 2]
    edits.unfold(document, a)
    assert sum(number == 2 for number in firsts(document).values()) == 3


def test_nodes_that_begin_otherwise_cannot_be_one_repeated_node() -> None:
    document = edits.new_document()
    for name in "ab":
        add(document, "Linear", name, out_features=4)
    chain(document, "x", "a", "b", "y")
    keys = [named(document, name).id for name in "ab"]
    edits.set_initial(document, keys[0], "weight", TWO)
    with pytest.raises(EditError, match="a and b get other first values, which one repeated node cannot"):
        edits.fold_into_repeat(document, keys)
    edits.set_initial(document, keys[1], "weight", TWO)
    assert document.node(edits.fold_into_repeat(document, keys)).initial == {"weight": TWO}


def test_copies_begin_as_what_was_copied() -> None:
    document = design()
    a = named(document, "a").id
    edits.set_initial(document, a, "weight", TWO)
    (copy,) = edits.duplicate(document, [a])
    assert document.node(copy).initial == {"weight": TWO}


def test_another_kind_of_layer_keeps_what_it_has_a_parameter_for() -> None:
    document = design()
    a = named(document, "a").id
    for key in ("weights", "bias"):
        edits.set_initial(document, a, key, TWO)
    edits.set_kind(document, a, "LayerNorm")
    assert document.node(a).initial == {"weights": TWO, "bias": TWO}
    edits.set_kind(document, a, "BatchNorm1d")
    assert document.node(a).initial == {"bias": TWO}
    edits.set_kind(document, a, "ReLU")
    assert document.node(a).initial == {}


# What does not fit


def follow(resolver: Resolver, change: Change) -> None:
    resolver.update(change)


@pytest.mark.parametrize(
    ("name", "key", "initial", "sentence"),
    [
        ("a", "weight", Initial("normal", {"std": 0}), "std is above 0, got 0"),
        ("a", "weight", Initial("normal", {"std": "1"}), "std is a number, got '1'"),
        ("a", "weight", Initial("normal", {"std": float("nan")}), "std is a number, got nan"),
        ("a", "weight", Initial("normal", {"sigma": 1.0}), "normal has no setting sigma"),
        ("a", "weight", Initial("zeros", {"seed": 1}), "zeros has no setting seed"),
        ("a", "weight", Initial("normal", {"seed": -1}), "seed is a whole number from 0 on, got -1"),
        ("a", "weight", Initial("normal", {"seed": 1.5}), "seed is a whole number from 0 on, got 1.5"),
        ("a", "weight", Initial("glorot"), "there are no first values glorot; there are: default, zeros"),
        ("a", "weight", Initial("uniform", {"low": 1}), "high is above low, which is 1, got 1"),
        (
            "a",
            "weight",
            Initial("kaiming_normal", {"mode": "fan"}),
            "mode is one of fan_in, fan_out, got 'fan'",
        ),
        (
            "a",
            "bias",
            Initial("orthogonal"),
            "Orthogonal needs a parameter of two axes or more; bias has one",
        ),
        ("a", "biases", Initial("xavier_normal"), "needs a parameter of two axes or more; biases have one"),
        ("a", "wieght", Initial("ones"), "Linear has no parameter wieght"),
        (
            "norm",
            "weight",
            Initial("xavier_uniform"),
            "two axes or more; weight has one",
        ),
        ("norm", "weights", Initial("ones"), "BatchNorm1d has no parameter weights"),
        ("norm", "running_mean", Initial("ones"), "BatchNorm1d has no parameter running_mean"),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(
    name: str, key: str, initial: Initial, sentence: str
) -> None:
    document = design()
    with pytest.raises(ArgumentError) as error:
        edits.set_initial(document, named(document, name).id, key, initial)
    assert sentence in error.value.message
    assert named(document, name).initial == {}


def test_an_instance_cannot_put_a_default_back_that_its_definition_took() -> None:
    document = design()
    instance = edits.group(document, [named(document, "a").id], "Block")
    with pytest.raises(ArgumentError, match="block is no layer; only a layer or a module itself can keep"):
        edits.set_initial(document, instance, "weights", Initial("default"))
    with pytest.raises(EditError, match="first values belong to a node or a module"):
        edits.set_initial(document, document.wires(ROOT)[0].id, "weights", ONE)


def test_first_values_that_a_file_gives_to_no_parameter_are_a_problem_with_a_repair() -> None:
    document = design()
    a = named(document, "a")
    damaged = [
        replace(record, initial={"bias": Initial("orthogonal")}) if record.id == a.id else record
        for record in document.records.values()
    ]
    document = Document(damaged)
    resolver = Resolver(document)
    document.subscribe(lambda change: follow(resolver, change))
    (problem,) = resolver.resolution.problems
    assert problem.path == (a.id,)
    assert problem.text == "Orthogonal needs a parameter of two axes or more; bias has one"
    edits.repair(document, problem.repairs[0])
    assert resolver.resolution.problems == ()


# The file


def test_first_values_are_written_with_their_settings_and_read_again() -> None:
    document = design()
    assert b"initial" not in dumps(document)
    edits.set_initial(document, ROOT, "weights", Initial("xavier_uniform", {"gain": 1}))
    edits.set_initial(document, named(document, "a").id, "bias", Initial("uniform", {"seed": 3, "low": -1}))
    text = dumps(document).decode()
    assert '"initial":{"weights":{"kind":"xavier_uniform","gain":1.0}}' in text
    assert '"initial":{"bias":{"kind":"uniform","low":-1.0,"seed":3}}' in text
    again = loads(text.encode())
    assert again.module(ROOT).initial == document.module(ROOT).initial
    a = again.node(named(document, "a").id)
    assert a == named(document, "a") and isinstance(a, Node)
    assert dumps(again).decode() == text


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('{"kind":"ones"}', "3", "initial.weight: expected first values with their kind"),
        ('{"kind":"ones"}', '{"std":1}', "initial.weight: expected first values with their kind"),
        ('{"kind":"ones"}', '{"kind":"one"}', "initial.weight.kind: there are no first values one"),
        ('{"kind":"ones"}', '{"kind":"normal","std":-1}', "initial.weight.std: std is above 0, got -1"),
        ('{"kind":"ones"}', '{"kind":"normal","std":[1]}', r"initial.weight.std: std is a number, got \[1\]"),
        ('{"weight":{"kind":"ones"}}', "[]", "initial: expected first values by parameter"),
    ],
)
def test_a_file_is_read_strictly(old: str, new: str, sentence: str) -> None:
    document = design()
    edits.set_initial(document, named(document, "a").id, "weight", Initial("ones"))
    text = dumps(document).decode()
    assert old in text
    with pytest.raises(FileError, match=sentence):
        loads(text.replace(old, new).encode())
