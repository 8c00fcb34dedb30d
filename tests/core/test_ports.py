"""Ports of a module: their order, hidden ones, and inputs that are a number where nothing is wired."""

from typing import Any

import numpy as np
import pytest

from core import edits
from core.document import Document
from core.edits import EditError
from core.engine.input_spec import input_specs
from core.engine.run import Mode, run
from core.engine.samples import random_sample
from core.files import dumps, loads
from core.layers.layer import ArgumentError
from core.ports import Ports, port_nodes, ports, shown_ports
from core.problem import Problem
from core.program import build_program
from core.record import ROOT, instance_kind
from core.resolve import Resolver
from core.types import Type
from core.use import Use
from tests.core.drawing import named, resolved, wiring
from tests.templates.sheet import Book


def scaled(**root: Any) -> Document:
    """x → scaled, an instance of Scaled: x times scale, plus shift → y; scale and shift are not wired."""
    book = Book("Net", "")
    block = book.sheet("Scaled").input("x").input("scale", default=3.0).input("shift", default=0.5)
    block.node("Multiply", "multiply").node("Add", "add").output("y").output("extra")
    block.wire("x > multiply.x1", "scale > multiply.x2", "multiply > add > y", "shift > add.x2", "x > extra")
    book.root.input("x", "B, 4", **root).node(block, "scaled").output().wire("x > scaled > y")
    return book.document()


def problems(document: Document) -> tuple[Problem, ...]:
    return Resolver(document).resolution.problems


def module_of(document: Document, name: str = "scaled") -> str:
    return document.node(named(document, name).id).definition or ""


def result(document: Document, **inputs: np.ndarray) -> np.ndarray:
    program = build_program(document, Resolver(document))
    return run(program, {}, {name: np.asarray(array, np.float32) for name, array in inputs.items()}).outputs[
        "y"
    ]


def test_an_unwired_input_with_a_default_is_a_number() -> None:
    document = scaled()
    assert problems(document) == ()
    resolution = Resolver(document).resolution
    assert resolution.root.nodes[named(document, "scaled").id].inputs[1:] == (Type(()), Type(()))
    x = np.arange(8.0).reshape(2, 4)
    assert np.array_equal(result(document, x=x), np.float32(x * 3 + 0.5))


def test_a_wire_takes_the_place_of_the_default_and_gives_it_back() -> None:
    document = scaled()
    instance, x = named(document, "scaled").id, np.arange(8.0).reshape(2, 4)
    wire = edits.connect(document, named(document, "x").id, "y", instance, "scale")
    assert np.array_equal(result(document, x=x), np.float32(x * x + 0.5))
    edits.disconnect(document, wire)
    assert np.array_equal(result(document, x=x), np.float32(x * 3 + 0.5))


def test_gradients_pass_a_default_by() -> None:
    document = scaled()
    program = build_program(document, Resolver(document))
    x = np.ones((2, 4), np.float32)
    found = run(program, {}, {"x": x}, mode=Mode(backward=True))
    [cotangent] = found.cotangents.values()
    assert np.array_equal(found.input_gradients["x"], cotangent * np.float32(3))


def test_without_its_default_the_input_must_be_wired() -> None:
    document = scaled()
    resolver = resolved(document)
    port = named(document, "scale", module_of(document)).id
    edits.set_port_default(document, port, None)
    assert [problem.text for problem in resolver.resolution.problems] == ["scale is not connected"]
    edits.set_port_default(document, port, 2)
    assert resolver.resolution.problems == ()
    assert document.node(port).arguments["default"] == 2.0


def test_a_repeated_instance_and_a_slot_leave_defaults_out() -> None:
    book = Book("Net", "")
    block = book.sheet("Scaled").input("x").input("scale", default=3.0)
    block.node("Multiply", "multiply").output("y")
    block.wire("x > multiply.x1", "scale > multiply.x2", "multiply > y")
    holder = book.sheet("Holder").argument("block", Use("Identity"), kind="module").input()
    holder.slot("block", "inner").output().wire("x > inner > y")
    root = book.root.input("x", "B, 4").node(block, "often", repeat=2).node(holder, "held", block=block.use())
    document = root.output().wire("x > often > held > y").book.document()
    assert problems(document) == ()
    x = np.arange(8.0).reshape(2, 4)
    assert np.array_equal(result(document, x=x), np.float32(x * 27))


def test_an_input_of_the_network_may_be_left_out_where_it_has_a_default() -> None:
    book = Book("Net", "")
    root = book.root.input("x", "B, 4").input("scale", default=3.0).node("Multiply", "multiply").output()
    document = root.wire("x > multiply", "scale > multiply.x2", "multiply > y").book.document()
    assert problems(document) == ()
    x = np.arange(8.0).reshape(2, 4)
    assert np.array_equal(result(document, x=x), np.float32(x * 3))
    assert np.array_equal(result(document, x=x, scale=np.array(2.0)), np.float32(x * 2))
    specs = input_specs(build_program(document, Resolver(document)))
    assert random_sample(specs["scale"], 0) == np.float32(3.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "3"])
def test_a_default_is_a_number(value: object) -> None:
    document = scaled()
    with pytest.raises(ArgumentError, match="expected a number, got"):
        edits.set_port_default(document, named(document, "scale", module_of(document)).id, value)  # type: ignore[arg-type]


def test_outputs_and_indices_have_no_default() -> None:
    document = scaled()
    block = module_of(document)
    with pytest.raises(EditError, match="y is an Output, which has no default"):
        edits.set_port_default(document, named(document, "y", block).id, 1)
    edits.set_argument(document, named(document, "x", block).id, "dtype", "int64")
    with pytest.raises(EditError, match="x takes whole numbers, which have no default"):
        edits.set_port_default(document, named(document, "x", block).id, 1)
    with pytest.raises(EditError, match="add is no port of its module"):
        edits.move_port(document, named(document, "add", block).id, 0)


def test_ports_are_reordered_and_every_wire_holds() -> None:
    document = scaled()
    block, before, data = module_of(document), wiring(document), dumps(document)
    edits.move_port(document, named(document, "shift", block).id, 0)
    edits.move_port(document, named(document, "extra", block).id, 0)
    assert ports(document, named(document, "scaled")) == Ports(("shift", "x", "scale"), ("extra", "y"))
    assert wiring(document) == before and problems(document) == ()
    assert [node.arguments["order"] for node in port_nodes(document, block, "Input")] == [0, 1, 2]
    edits.move_port(document, named(document, "shift", block).id, 99)
    assert ports(document, named(document, "scaled")).inputs == ("x", "scale", "shift")
    for _ in range(3):
        document.undo()
    assert dumps(document) == data


def test_hidden_ports_are_left_out_unless_wired_and_come_back() -> None:
    document = scaled()
    block, instance = module_of(document), named(document, "scaled")
    scale, extra = named(document, "scale", block).id, named(document, "extra", block).id
    edits.hide_port(document, scale, True)
    edits.hide_port(document, extra, True)
    assert shown_ports(document, instance) == Ports(("x", "shift"), ("y",))
    assert ports(document, instance) == Ports(("x", "scale", "shift"), ("y", "extra"))
    wire = edits.connect(document, named(document, "x").id, "y", instance.id, "scale")
    assert shown_ports(document, instance).inputs == ("x", "scale", "shift")
    edits.rename(document, scale, "factor")
    assert document.wire(wire).target_port == "factor" in shown_ports(document, instance).inputs
    edits.disconnect(document, wire)
    assert shown_ports(loads(dumps(document)), instance) == Ports(("x", "shift"), ("y",))
    edits.hide_port(document, scale, False)
    edits.hide_port(document, extra, False)
    assert shown_ports(document, instance) == Ports(("x", "factor", "shift"), ("y", "extra"))
    assert "hidden" not in document.node(scale).arguments


def test_grouping_leaves_defaults_alone_and_ungrouping_writes_them_down() -> None:
    document = scaled()
    x = np.arange(8.0).reshape(2, 4)
    outer = edits.group(document, [named(document, "scaled").id], "Outer")
    assert ports(document, document.node(outer)).inputs == ("x",)
    edits.ungroup(document, outer)
    edits.ungroup(document, named(document, "scaled").id)
    constants = {n.name: n.arguments["fill"] for n in document.nodes(ROOT) if n.kind == "Constant"}
    assert constants == {"scale": 3.0, "shift": 0.5}
    assert problems(document) == ()
    assert np.array_equal(result(document, x=x), np.float32(x * 3 + 0.5))


def test_a_loose_selection_does_not_get_inputs_for_what_has_a_default() -> None:
    document = scaled()
    other = edits.add_node(document, ROOT, instance_kind(module_of(document)), (0, 300), "loose")
    outer = edits.group(document, [other], "Outer")
    assert ports(document, document.node(outer)).inputs == ("x",)
