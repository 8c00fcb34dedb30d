"""Every repair that a problem offers can be applied and mends it."""

from collections.abc import Callable

import pytest

from core import edits
from core.document import Change
from core.expression import parse
from core.record import ROOT, Node
from core.resolve import Resolver
from tests.core.design import Design, mlp

BROKEN = {
    "nothing drawn": Design(),
    "unknown layer": mlp().node("Linaer", "odd", out_features=3).wire("fc1", "odd"),
    "unlike any layer": mlp().node("Zzz", "odd").wire("fc1", "odd"),
    "unknown argument": mlp().node("ReLU", "r", slope=2).wire("fc1", "r"),
    "argument out of range": mlp().node("Dropout", "d", p=2.0).wire("fc1", "d"),
    "bad expression": mlp().node("Dropout", "d", p=parse("nothing")).wire("fc1", "d"),
    "loose wires": mlp().wire("fc1", "nowhere").wire("fc1.z", "relu.q").wire("nothing", "none"),
    "two wires to one input": mlp().wire("x", "relu.x"),
    "loop": mlp().node("Add", "a").node("ReLU", "b").wire("fc1", "a.x1").wire("a", "b").wire("b", "a.x2"),
    "two of one name": Design().node("Input", "x", shape="B, 3").wire("x", "y")
    .record(Node(id="y", module=ROOT, kind="Output", name="x")),
    "module gone": mlp().instance("gone", "g"),
    "argument of an instance": mlp().module("m").node("Input", "i", "m").node("Output", "o", "m")
    .wire("i", "o", "m").instance("m", "use", colour=3).wire("x", "use.i"),
}  # fmt: skip


def following(resolver: Resolver) -> Callable[[Change], None]:
    def follow(change: Change) -> None:
        resolver.update(change)

    return follow


@pytest.mark.parametrize("name", BROKEN)
def test_repairs_mend_the_problem_that_offers_them(name: str) -> None:
    count = len(Resolver(BROKEN[name].document()).resolution.problems)
    assert count
    for place in range(count):
        offered = len(Resolver(BROKEN[name].document()).resolution.problems[place].repairs)
        assert offered, "every problem of these has a repair"
        for choice in range(offered):
            document = BROKEN[name].document()
            resolver = Resolver(document)
            document.subscribe(following(resolver))
            problem = resolver.resolution.problems[place]
            edits.repair(document, problem.repairs[choice])
            assert problem.text not in [
                p.text for p in resolver.resolution.problems if p.path == problem.path
            ]
            document.undo()
            assert resolver.resolution.problems[place] == problem


def test_a_flatten_is_inserted_where_it_helps() -> None:
    design = Design().node("Input", "x", shape="B, 3, 8, 8").node("BatchNorm1d", "norm").node("Output", "y")
    document = design.chain("x", "norm", "y").document()
    resolver = Resolver(document)
    document.subscribe(following(resolver))
    (problem,) = resolver.resolution.problems
    (mend,) = problem.repairs
    assert mend.text == "insert Flatten before norm"
    edits.repair(document, mend)
    assert resolver.resolution.problems == ()


def test_an_input_of_the_wrong_element_type_can_be_changed() -> None:
    design = (
        Design().node("Input", "x", shape="B, 5").node("Embedding", "e", num_embeddings=7, embedding_dim=3)
    )
    document = design.node("Output", "y").chain("x", "e", "y").document()
    resolver = Resolver(document)
    document.subscribe(following(resolver))
    (problem,) = resolver.resolution.problems
    (mend,) = problem.repairs
    assert mend.text == "make x int64"
    edits.repair(document, mend)
    assert resolver.resolution.problems == ()
    assert str(resolver.resolution.root.outputs[0]) == "B×5×3"
