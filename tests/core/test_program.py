"""The program keeps definitions and names every parameter and buffer of every call."""

from core.expression import parse
from core.layers import LAYERS
from core.program import Program, Source, build_program, slots
from core.record import ROOT
from core.resolve import Resolver
from tests.core.design import Design, mlp
from tests.core.test_resolve import residual


def program(design: Design) -> Program:
    document = design.document()
    return build_program(document, Resolver(document))


def test_entries_stand_in_order_with_their_sources() -> None:
    root = program(mlp()).definitions[ROOT]
    assert [entry.node.id for entry in root.entries] == ["x", "fc1", "relu", "fc2", "y"]
    assert [entry.sources for entry in root.entries[:2]] == [(), (Source("x", "y"),)]
    assert root.entries[1].layer is LAYERS["Linear"]
    assert (root.inputs, root.outputs) == (("x",), ("y",))


def test_a_definition_used_three_times_stands_once_with_its_expressions() -> None:
    made = program(residual())
    assert list(made.definitions) == [ROOT, "block"]
    block = {entry.node.id: entry for entry in made.definitions["block"].entries}
    assert block["a"].node.arguments == {"out_features": parse("width")}
    assert block["add"].sources == (Source("b", "y"), Source("s", "y"))
    uses = [entry.definition for entry in made.definitions[ROOT].entries if entry.definition]
    assert uses == ["block"] * 3


def test_definitions_that_are_not_used_are_left_out() -> None:
    assert list(program(mlp().module("unused")).definitions) == [ROOT]


def test_a_missing_wire_and_an_unknown_layer_have_their_place() -> None:
    root = program(mlp().node("Nothing", "n").node("ReLU", "r")).definitions[ROOT]
    entries = {entry.node.id: entry for entry in root.entries}
    assert entries["n"].layer is None
    assert entries["r"].sources == (None,)


def test_what_is_in_a_loop_is_left_out_and_what_follows_it_is_kept() -> None:
    design = mlp().node("ReLU", "a").node("ReLU", "b").node("ReLU", "after")
    root = program(design.chain("a", "b", "a").wire("b", "after")).definitions[ROOT]
    entries = {entry.node.id: entry for entry in root.entries}
    assert not {"a", "b"} & entries.keys()
    assert entries["after"].sources == (Source("b", "y"),)


def test_slots_have_paths_of_ids_and_of_names() -> None:
    made = program(residual())
    found = {slot.name: slot for slot in slots(made)}
    assert found["b1/a/weight"].dotted == "b1.a.weight"
    assert found["b1/a/weight"].shape == (16, 4)
    assert found["b3/a/weight"].shape == (32, 16)
    assert found["b3/a/weight"].path == ("b3", "a")
    assert "b1/s/bias" not in found


def test_the_slots_hold_as_many_numbers_as_are_counted() -> None:
    made = program(residual())
    total = 0
    for slot in slots(made):
        size = 1
        for dim in slot.shape:
            size *= dim
        total += size if slot.learnt else 0
    assert total == made.call.parameters


def test_slots_follow_the_sizes_that_a_run_is_given() -> None:
    design = (
        Design().node("Input", "x", shape="B, T").node("Linear", "fc", out_features=3).node("Output", "y")
    )
    made = program(design.chain("x", "fc", "y"))
    assert [slot.shape for slot in slots(made)] == [(3, 2), (3,)]
    assert [slot.shape for slot in slots(made, {"T": 7})] == [(3, 7), (3,)]


def test_buffers_are_slots_that_are_not_learnt() -> None:
    design = Design().node("Constant", "c", shape="2, 3").node("Output", "y").wire("c", "y")
    (slot,) = slots(program(design))
    assert (slot.name, slot.shape, slot.learnt) == ("c/value", (2, 3), False)


def test_nodes_behind_a_problem_have_no_slots() -> None:
    design = mlp().node("Linear", "waits", out_features=4).node("Linear", "after", out_features=4)
    assert [slot.name for slot in slots(program(design.wire("waits", "after")))] == [
        "fc1/weight", "fc1/bias", "fc2/weight", "fc2/bias",
    ]  # fmt: skip
