"""Grouping and ungrouping keep the wiring, the meaning, and the trained weights."""

import random

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from core import edits
from core.document import Change, Document
from core.edits import EditError
from core.engine.weights import follow, initial
from core.expression import Expression, parse
from core.files import dumps
from core.program import build_program
from core.record import ROOT
from core.resolve import Resolver
from core.summary import total
from core.templates import templates
from tests.core.drawing import add, chain, named, wiring

TEMPLATES = {entry.id: entry for entry in templates()}


def branched() -> Document:
    """Layers that fan out, join, read sizes of the input, and stand unwired."""
    document = edits.new_document()
    edits.add_module_argument(document, ROOT, "width", 8)
    edits.add_node(document, ROOT, "Linear", (0, 0), "a", {"out_features": parse("x.shape[1] // 2")})
    edits.add_node(document, ROOT, "Linear", (0, 0), "b", {"out_features": parse("width + x.shape[1] // 10")})
    edits.add_node(document, ROOT, "Reshape", (0, 0), "rows", {"shape": "B, width + 2, 1"})
    edits.add_node(document, ROOT, "Flatten", (0, 0), "flat")
    add(document, "Add", "sum")
    add(document, "Concat", "both")
    add(document, "Linear", "out", out_features=3)
    add(document, "ReLU", "loose")
    chain(document, "x", "a", "b", "rows", "flat", "sum", "both", "out", "y")
    for source, target, port in (("a", "sum", "x2"), ("b", "both", "x2"), ("x", "both", "x3")):
        edits.connect(document, named(document, source).id, "y", named(document, target).id, port)
    return document


def meaning(document: Document) -> object:
    """What the design computes, as far as shapes and counts tell."""
    resolution = Resolver(document).resolution
    errors = sorted(problem.text for problem in resolution.problems if problem.kind == "error")
    return (resolution.root.outputs, total(resolution).parameters, total(resolution).macs, len(errors))


def drawn(document: Document) -> object:
    """Wires and arguments of the root."""
    nodes = {node.name: (node.kind, dict(node.arguments), node.at) for node in document.nodes(ROOT)}
    return (wiring(document), nodes)


DESIGNS = {"branched": branched} | {key: entry.document for key, entry in TEMPLATES.items()}


@settings(max_examples=150, deadline=None)
@given(design=st.sampled_from(sorted(DESIGNS)), seed=st.integers(0, 10**6), share=st.floats(0.1, 1))
def test_grouping_and_ungrouping_any_selection_changes_nothing(design: str, seed: int, share: float) -> None:
    document = DESIGNS[design]()
    before, wires, data = meaning(document), drawn(document), dumps(document)
    chosen = [node.id for node in document.nodes(ROOT) if random.Random(f"{seed}{node.id}").random() < share]
    try:
        instance = edits.group(document, chosen, "Group")
    except EditError:
        assert dumps(document) == data
        return
    assert meaning(document) == before
    edits.ungroup(document, instance)
    assert drawn(document) == wires
    assert meaning(document) == before
    document.undo()
    document.undo()
    assert dumps(document) == data


def test_sizes_of_outer_inputs_become_arguments_with_readable_names() -> None:
    document = branched()
    instance = edits.group(document, [named(document, "b").id, named(document, "rows").id], "Block")
    node = document.node(instance)
    module = document.module(node.definition or "")
    assert {argument.name: argument.default for argument in module.arguments} == {
        "width": 8,
        "B": 2,
        "x_size_1": 20,
    }
    assert node.arguments == {
        "width": Expression("width"),
        "B": Expression("x.shape[0]"),
        "x_size_1": Expression("x.shape[1]"),
    }
    assert named(document, "b", module.id).arguments["out_features"] == Expression("width + x_size_1 // 10")


def test_one_argument_serves_every_reader_of_a_size() -> None:
    document = branched()
    instance = edits.group(document, [named(document, "a").id, named(document, "b").id], "Block")
    assert document.node(instance).arguments["x_size_1"] == Expression("x.shape[1]")
    assert set(document.node(instance).arguments) == {"width", "x_size_1"}


def test_a_whole_shape_cannot_be_told_to_a_module() -> None:
    document = branched()
    a = named(document, "a").id
    edits.set_argument(document, a, "out_features", parse("3 if x.shape == (1, 2) else 4"))
    with pytest.raises(EditError, match="reads the whole shape of x; one of its sizes would fit"):
        edits.group(document, [a], "Block")


def test_what_reads_a_size_that_has_no_name_outside_is_not_ungrouped() -> None:
    document = branched()
    instance = edits.group(document, [named(document, "b").id], "Block")
    module = document.node(instance).definition or ""
    edits.set_argument(document, named(document, "b", module).id, "out_features", parse("x.shape[1]"))
    with pytest.raises(EditError, match="out_features of b reads the size of x, which is no input of"):
        edits.ungroup(document, instance)
    edits.connect(document, named(document, "x").id, "y", instance, "x")
    edits.rename(document, named(document, "x").id, "image")
    edits.ungroup(document, instance)
    assert named(document, "b").arguments["out_features"] == Expression("image.shape[1]")


def test_ungrouping_one_of_two_instances_leaves_the_definition() -> None:
    document = branched()
    instance = edits.group(document, [named(document, "a").id], "Block")
    [other] = edits.duplicate(document, [instance])
    module = document.node(instance).definition or ""
    before = document.members(module)
    edits.ungroup(document, other)
    assert document.members(module) == before
    assert wiring(document) >= {"x.y > block.x"}


def test_several_ports_have_names_and_rows_of_their_own() -> None:
    document = branched()
    instance = edits.group(document, [named(document, "sum").id, named(document, "both").id], "Block")
    module = document.node(instance).definition or ""
    ports = [node for node in document.nodes(module) if node.kind in ("Input", "Output")]
    assert {node.name for node in ports} == {"flat", "a", "b", "x", "y"}
    assert len({node.at for node in ports}) == len(ports)


# Weights


def trained(document: Document) -> dict[str, np.ndarray]:
    program = build_program(document, Resolver(document))
    return {name: np.array(i) for i, name in enumerate(sorted(initial(program, program.symbols, 0)))}


class Follower:
    """Keeps weights through every change, as the window does."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.weights = trained(document)
        document.subscribe(self.heard)

    def heard(self, change: Change) -> None:
        calls = Resolver(self.document).calls_of
        self.weights = follow(self.weights, change.renames, calls)

    def slots(self) -> set[str]:
        return set(trained(self.document))


def test_every_slot_finds_its_array_through_grouping_and_back() -> None:
    document = TEMPLATES["residual-cnn"].document()
    block = named(document, "block1").definition or ""
    follower = Follower(document)
    first = dict(follower.weights)
    inner = [named(document, name, block).id for name in ("conv1", "bn1")]
    instance = edits.group(document, inner, "Start")
    assert set(follower.weights) == follower.slots() != set(first)
    grouped = dict(follower.weights)
    edits.ungroup(document, instance)
    assert follower.weights == first
    document.undo()
    assert follower.weights == grouped
    document.undo()
    assert follower.weights == first
    document.redo()
    assert follower.weights == grouped


@pytest.mark.parametrize("edit", [edits.ungroup, edits.make_unique])
def test_weights_of_one_of_three_instances_follow_alone(edit: object) -> None:
    document = TEMPLATES["residual-cnn"].document()
    follower = Follower(document)
    first = dict(follower.weights)
    assert callable(edit)
    edit(document, named(document, "block2").id)
    assert set(follower.weights) == follower.slots()
    moved = {name for name in first if name not in follower.weights}
    assert len({slot.split("/")[0] for slot in moved}) == 1
    assert sorted(map(int, follower.weights.values())) == sorted(map(int, first.values()))
    document.undo()
    assert follower.weights == first


# Copies between documents


def nested_pair() -> tuple[Document, str, str]:
    """A design with Outer around Inner around a Linear: the ids of both modules."""
    document = edits.new_document()
    add(document, "Linear", "fc", out_features=4)
    chain(document, "x", "fc", "y")
    inner = edits.group(document, [named(document, "fc").id], "Inner")
    inner_module = document.node(inner).definition or ""
    outer = edits.group(document, [inner], "Outer")
    return document, document.node(outer).definition or "", inner_module


def test_a_nested_definition_that_differs_comes_along_with_what_is_built_of_it() -> None:
    document, outer, inner = nested_pair()
    other = Document(document.records.values())
    edits.set_argument(other, named(other, "fc", inner).id, "out_features", 9)
    [pasted] = edits.paste(other, ROOT, edits.copy(document, [named(document, "outer").id]))
    brought = other.node(pasted).definition or ""
    assert brought != outer
    [inside] = [node for node in other.nodes(brought) if node.definition]
    assert named(other, "fc", inside.definition or "").arguments["out_features"] == 4
    assert named(other, "fc", inner).arguments["out_features"] == 9


def test_pasting_at_home_uses_the_definition_as_it_stands_now() -> None:
    document, outer, inner = nested_pair()
    clip = edits.copy(document, [named(document, "outer").id])
    edits.set_argument(document, named(document, "fc", inner).id, "out_features", 9)
    [pasted] = edits.paste(document, ROOT, clip)
    assert document.node(pasted).definition == outer


def test_a_copied_input_takes_its_readers_along() -> None:
    document = branched()
    pasted = edits.paste(document, ROOT, edits.copy(document, [named(document, n).id for n in ("x", "a")]))
    names = {document.node(key).kind: document.node(key) for key in pasted}
    assert names["Linear"].arguments["out_features"] == Expression(f"{names['Input'].name}.shape[1] // 2")


def test_sizes_that_the_new_place_lacks_become_the_values_they_had() -> None:
    document = branched()
    module = edits.add_module(document, "Other")
    edits.delete(document, [named(document, "x", module).id])
    clip = edits.copy(document, [named(document, "a").id, named(document, "rows").id])
    pasted = {document.node(key).name: document.node(key) for key in edits.paste(document, module, clip)}
    assert pasted["a"].arguments["out_features"] == Expression("20 // 2")
    assert pasted["rows"].arguments["shape"] == "B, 10, 1"


# Renaming


def test_renaming_an_argument_reaches_texts_of_shapes() -> None:
    document = branched()
    edits.rename_module_argument(document, ROOT, "width", "features")
    assert named(document, "rows").arguments["shape"] == "B, features + 2, 1"
    edits.remove_module_argument(document, ROOT, "features")
    assert named(document, "rows").arguments["shape"] == "B, 10, 1"


def test_an_input_that_is_read_keeps_a_name_that_can_be_read() -> None:
    document = branched()
    x = named(document, "x").id
    for name in ("圖 像", "for", "1x"):
        with pytest.raises(EditError, match="reads the size of x, so the name is letters"):
            edits.rename(document, x, name)
    with pytest.raises(EditError, match="already has an argument width"):
        edits.rename(document, x, "width")
    edits.rename(document, x, "圖")
    assert named(document, "a").arguments["out_features"] == Expression("圖.shape[1] // 2")


def test_an_argument_is_promoted_through_two_levels() -> None:
    document, outer, inner = nested_pair()
    parameters = meaning(document)
    assert edits.promote_argument(document, named(document, "fc", inner).id, "out_features") == "out_features"
    assert (
        edits.promote_argument(document, named(document, "inner", outer).id, "out_features") == "out_features"
    )
    assert meaning(document) == parameters
    edits.set_argument(document, named(document, "outer").id, "out_features", 7)
    assert total(Resolver(document).resolution).parameters == 20 * 7 + 7


def test_a_definition_edited_once_changes_every_instance_and_undo_gives_the_bytes_back() -> None:
    document = TEMPLATES["residual-cnn"].document()
    data = dumps(document)
    block = named(document, "block1").definition or ""
    resolver = Resolver(document)
    before = total(resolver.resolution).parameters
    assert before is not None
    edits.set_argument(document, named(document, "conv1", block).id, "bias", True)
    widths = 16 + 32 + 32
    assert total(Resolver(document).resolution).parameters == before + widths
    document.undo()
    assert dumps(document) == data
