"""What wires would carry, told before a layer is dropped, is what they carry after it."""

import pytest

from core import edits
from core.document import Document
from core.foretell import Carried, foretell
from core.layers import LAYERS
from core.problem import Path, Problem
from core.record import ROOT
from core.resolve import Resolver


def network() -> tuple[Document, dict[str, str]]:
    """x → linear → relu → y, and the wires by the name of the node where they end."""
    document = Document()
    x = edits.add_node(document, ROOT, "Input", (0, 0), "x", {"shape": "B, 20"})
    edits.add_node(document, ROOT, "Output", (900, 0), "y")
    linear = edits.insert_after(document, x, "Linear")
    edits.set_argument(document, linear, "out_features", 8)
    relu = edits.insert_after(document, linear, "ReLU")
    (y,) = (node.id for node in document.nodes(ROOT) if node.kind == "Output")
    edits.connect(document, relu, "y", y, "x")
    return document, {document.node(wire.target).name: wire.id for wire in document.wires(ROOT)}


def shapes(document: Document, path: Path = ()) -> dict[str, str]:
    resolution = Resolver(document).resolution
    found = {
        wire.id: resolution.type_of((*path, wire.source), wire.source_port) for wire in document.wires(ROOT)
    }
    return {key: str(type_) for key, type_ in found.items() if type_ is not None}


@pytest.mark.parametrize("kind", sorted(LAYERS))
def test_what_is_foretold_of_the_wires_behind_comes_true(kind: str) -> None:
    document, wires = network()
    before = dict(document.records)
    told = foretell(document, (), wires["relu"], kind)
    assert document.records == before
    assert wires["relu"] in told, "the wire itself is always told of"
    try:
        edits.insert_on_wire(document, wires["relu"], kind)
    except edits.EditError as error:
        assert told == {wires["relu"]: Problem((), str(error))}
        return
    after = shapes(document)
    for key, said in told.items():
        if key != wires["relu"] and isinstance(said, str):
            assert after[key] == said


def test_a_layer_that_changes_nothing_is_told_of_at_its_wire_alone() -> None:
    document, wires = network()
    assert foretell(document, (), wires["y"], "Tanh") == {wires["y"]: "B×8"}


def test_shapes_that_follow_are_told_to_the_end() -> None:
    document, wires = network()
    edits.delete(document, [node.id for node in document.nodes(ROOT) if node.name == "linear"])
    (x,) = (node.id for node in document.nodes(ROOT) if node.name == "x")
    (relu,) = (node.id for node in document.nodes(ROOT) if node.name == "relu")
    first = edits.connect(document, x, "y", relu, "x")
    told = foretell(document, (), first, "Linear")
    width = LAYERS["Linear"].example.arguments["out_features"]
    assert told.keys() == {first, wires["y"]}
    assert told[first] == told[wires["y"]] != f"B×{20}" and str(width).isdigit()


def error_of(said: Carried) -> str:
    assert isinstance(said, Problem)
    return said.text


def test_a_layer_that_does_not_fit_is_told_as_its_problem() -> None:
    document, wires = network()
    told = foretell(document, (), wires["relu"], "Conv2d")
    assert error_of(told[wires["relu"]]) == "Conv2d expects B×C×H×W, got B×8"
    assert "has no input" in error_of(foretell(document, (), wires["relu"], "Constant")[wires["relu"]])


def test_inside_a_module_it_is_told_for_the_open_call_or_in_symbols() -> None:
    document = Document()
    module = edits.add_module(document, "Block")
    (wire,) = (wire.id for wire in document.wires(module))
    x = edits.add_node(document, ROOT, "Input", (0, 0), "x", {"shape": "B, 20"})
    block = edits.insert_after(document, x, "@" + module)
    assert foretell(document, (block,), wire, "Tanh") == {wire: "B×20"}
    symbolic = foretell(document, None, wire, "Tanh")
    assert symbolic == {wire: str(Resolver(document).definition(module).outputs[0])}
    told = foretell(document, (block,), wire, "@" + module)
    assert error_of(told[wire]) == "Block would contain itself"
