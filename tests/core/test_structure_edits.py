"""Turning nodes into choices, branches, loops and slots, and back: wires and weights stay."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from core import edits
from core.document import Document
from core.edits import EditError
from core.engine.run import run
from core.engine.weights import initial
from core.expression import Expression, parse
from core.files import dumps
from core.initialise import Array
from core.layers.layer import ArgumentError
from core.ports import ports
from core.program import build_program
from core.record import ROOT, instance_kind
from core.resolve import Resolver
from core.use import Use, use
from tests.core.drawing import named, wiring
from tests.core.test_module_arguments import dense, network, parameters
from tests.core.test_repeat_edits import followed, linear_chain, slot_names

WRAPS: list[Callable[[Document, str], Any]] = [edits.choose, edits.branch, edits.loop, edits.make_slot]


@pytest.mark.parametrize("wrap", WRAPS, ids=lambda wrap: wrap.__name__)
def test_wires_and_weights_stay_when_a_node_becomes_a_structure_and_back(
    wrap: Callable[[Document, str], Any],
) -> None:
    document = linear_chain(20)
    node, before = named(document, "n1").id, dumps(document)
    record, wires, shapes = document.node(node), wiring(document), slot_names(document)
    moved = followed(document, lambda: wrap(document, node))
    assert wiring(document) == wires
    if wrap is edits.branch:  # its condition is not wired yet, so nothing inside has a shape
        edits.connect(document, _condition(document), "y", node, "condition")
    assert {moved[name]: shape for name, shape in shapes.items()}.items() <= slot_names(document).items()
    edits.unwrap(document, node)
    assert document.node(node) == record
    assert {wire for wire in wiring(document) if "Sum" not in wire and "sum" not in wire} == wires
    while document.undo_name is not None and dumps(document) != before:
        document.undo()
    assert dumps(document) == before


def _condition(document: Document) -> str:
    total = edits.add_node(document, ROOT, "Sum", (0, 300), "sum")
    edits.connect(document, named(document, "x").id, "y", total, "x")
    return total


def test_a_choice_has_what_the_node_was_and_nothing_on_the_other_side() -> None:
    document = linear_chain(20)
    node = named(document, "n1").id
    edits.choose(document, node)
    assert parameters(document) == 20 * 20 + 20
    edits.set_argument(document, node, "condition", False)
    assert parameters(document) == 0
    edits.unwrap(document, node, "otherwise")
    assert document.node(node).kind == "Identity"


def test_a_repeated_choice_may_read_the_number_of_the_repetition() -> None:
    document = linear_chain(20)
    node = named(document, "n1").id
    edits.set_argument(document, node, "out_features", parse("20 + i"))
    edits.set_repeat(document, node, 3)
    count = parameters(document)
    edits.choose(document, node)
    assert parameters(document) == count == (20 * 20 + 20) + (20 * 21 + 21) + (21 * 22 + 22)


def test_a_loop_from_the_palette_halves_until_nothing_is_above_1() -> None:
    document = network("While")
    assert Resolver(document).resolution.problems == ()
    loop = named(document, "n1").arguments
    x = np.array([[4.0, -3.0, 0.5]], dtype=np.float32)
    np.testing.assert_array_equal(_ran(document, loop["body"], x), [[2.0, -1.5, 0.25]])
    np.testing.assert_array_equal(_ran(document, loop["condition"], x), 3.0)
    np.testing.assert_array_equal(_ran(document, loop["condition"], x / 4), 0.0)


def test_a_node_that_is_made_a_loop_runs_as_it_is() -> None:
    document = linear_chain(20)
    edits.set_kind(document, named(document, "n1").id, "While")
    assert Resolver(document).resolution.problems == ()
    assert wiring(document) == {"x.y > n1.x", "n1.y > y.x"}


def _ran(document: Document, part: Any, x: Array) -> Array:
    """What a module of the design gives when it is all that there is."""
    alone = network("Identity", size=x.shape[1])
    for record in document.members(part.kind[1:]):
        with alone.edit("Bring it"):
            alone.put(document.module(part.kind[1:]))
            alone.put(record)
    edits.set_kind(alone, named(alone, "n1").id, part.kind)
    program = build_program(alone, Resolver(alone))
    return run(program, initial(program, {"B": 1}, 0), {"x": x}, seed=0).outputs["y"]


def test_a_structure_refuses_ports_and_what_would_lose_a_wire() -> None:
    document = network("Add")
    add = named(document, "n1").id
    for port in ("x2", "x3"):
        edits.connect(document, named(document, "x").id, "y", add, port)
    for wrap in WRAPS:
        with pytest.raises(EditError, match="takes 3 inputs, and as a part it could take 2"):
            wrap(document, add)
        with pytest.raises(EditError, match="x is a port"):
            wrap(document, named(document, "x").id)
    with pytest.raises(EditError, match="n1 is no choice, branch, loop or slot"):
        edits.unwrap(document, add)


def test_an_empty_part_is_not_unwrapped() -> None:
    document = network("While")
    node = named(document, "n1").id
    edits.set_part(document, node, "condition", Use())
    with pytest.raises(EditError, match="the slot condition is empty"):
        edits.unwrap(document, node, "condition")


def test_a_slot_keeps_its_plain_arguments_as_default_and_passes_on_what_reads_names() -> None:
    document = linear_chain(20)
    edits.add_module_argument(document, ROOT, "width", 6)
    node = named(document, "n1").id
    edits.set_argument(document, node, "out_features", Expression("width"))
    edits.set_argument(document, node, "bias", False)
    assert edits.make_slot(document, node, "block") == "block"
    slot = document.node(node)
    assert (slot.kind, slot.arguments) == ("$block", {"out_features": Expression("width")})
    argument = document.module(ROOT).arguments[-1]
    assert (argument.name, argument.default) == ("block", use("Linear", {"bias": False}))
    assert parameters(document) == 20 * 6
    with pytest.raises(EditError, match="is a slot already"):
        edits.make_slot(document, node)
    edits.set_argument(document, node, "out_features", 4)
    with pytest.raises(ArgumentError, match="Linear has no argument depth"):
        edits.set_argument(document, node, "depth", 4)


def test_a_slot_is_filled_in_its_module_and_at_an_instance() -> None:
    document = linear_chain(20)
    inner = dense(document)
    node = named(document, "n1").id
    instance = edits.group(document, [node], "Outer")
    edits.make_slot(document, node, "block")
    filling = use(instance_kind(inner), {"width": 3})
    edits.fill_slot(document, instance, filling)
    assert document.node(instance).arguments == {"block": filling}
    assert parameters(document) == 20 * 3 + 3
    edits.set_use_argument(document, instance, "block", "width", 5)
    assert parameters(document) == 20 * 5 + 5
    edits.set_argument(document, instance, "block", None)
    edits.fill_slot(document, node, Use("ReLU"))
    assert parameters(document) == 0
    assert ports(document, document.node(node)).inputs == ("x",)
    with pytest.raises(EditError, match="y has 0 slots"):
        edits.fill_slot(document, named(document, "y").id, filling)


def test_a_slot_that_is_given_a_module_of_other_ports_says_so() -> None:
    document = linear_chain(20)
    node = named(document, "n1").id
    instance = edits.group(document, [node], "Outer")
    edits.make_slot(document, node, "block")
    two = edits.add_module(document, "Two")
    output = edits.add_node(document, two, "Output", (500, 100))
    edits.connect(document, named(document, "x", two).id, "y", output, "x")
    edits.fill_slot(document, instance, Use(instance_kind(two)))
    (problem,) = Resolver(document).resolution.problems
    assert problem.path == (instance, node)
    assert problem.text == "it gives 2 values where 1 are taken; a module with as many outputs would fit"


def test_problems_of_slots_are_said_with_their_repairs() -> None:
    document = network("Conv2d", "Linear", size=20)
    edits.set_argument(document, named(document, "x").id, "shape", "B, 3, 8, 8")
    node = named(document, "n2").id
    edits.make_slot(document, node, "block")
    hint = next(p for p in Resolver(document).resolution.problems if p.kind == "hint")
    assert hint.path == (node,)
    assert hint.text == "Linear expects features, gets 16×6×6 from n1 and reads its last axis alone"
    with document.edit("As a file may have it"):
        document.put(replace(document.node(node), arguments={"out_features": -1, "depth": 3}))
    problem = next(p for p in Resolver(document).resolution.problems if p.argument is not None)
    edits.repair(document, problem.repairs[0])


def test_a_slot_without_a_wire_is_offered_one() -> None:
    document = linear_chain(20)
    node = named(document, "n1").id
    edits.make_slot(document, node, "block")
    edits.delete(document, [wire.id for wire in document.wires(ROOT) if wire.target == node])
    (problem, *_) = [p for p in Resolver(document).resolution.problems if p.path == (node,)]
    edits.repair(document, problem.repairs[0])
    assert "x.y > n1.x" in wiring(document)
