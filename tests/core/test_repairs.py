"""Every repair that a problem offers can be applied and mends it."""

from collections.abc import Callable

import pytest

from core import edits
from core.document import Change, Document
from core.expression import Value, parse
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


def follow(design: Design) -> tuple[Document, Resolver]:
    document = design.document()
    resolver = Resolver(document)
    document.subscribe(following(resolver))
    return document, resolver


def images(name: str = "x") -> Design:
    return Design().node("Input", name, shape="B, 3, 8, 8").node("Output", "y")


NEEDED: dict[str, dict[str, Value]] = {"MaxPool2d": {"kernel_size": 2}}


@pytest.mark.parametrize(
    "between", [(), ("BatchNorm2d", "ReLU"), ("MaxPool2d",), ("Dropout", "Identity", "BatchNorm2d")]
)
def test_a_linear_right_after_channel_maps_gets_a_hint_and_a_flatten(between: tuple[str, ...]) -> None:
    design = (
        images().node("Conv2d", "conv", out_channels=16, kernel_size=3).node("Linear", "fc1", out_features=5)
    )
    for kind in between:
        design.record(Node(id=kind, module=ROOT, kind=kind, name=kind, arguments=NEEDED.get(kind, {})))
    document, resolver = follow(design.chain("x", "conv", *between, "fc1", "y"))
    (problem,) = resolver.resolution.problems
    size = 3 if "MaxPool2d" in between else 6
    last = between[-1] if between else "conv"
    found = f"Linear expects features, gets 16×{size}×{size} from {last} and reads its last axis alone"
    assert (problem.path, problem.port, problem.kind, problem.text) == (("fc1",), "x", "hint", found)
    assert resolver.resolution.root.nodes["fc1"].outputs[0] is not None
    assert not resolver.resolution.root.in_error
    (mend,) = problem.repairs
    assert mend.text == "insert Flatten before fc1"
    edits.repair(document, mend)
    assert resolver.resolution.problems == ()
    assert str(resolver.resolution.root.outputs[0]) == "B×5"


def test_a_linear_after_a_block_of_channel_maps_gets_the_hint_too() -> None:
    design = (
        images()
        .module("block")
        .node("Input", "in", "block")
        .node("Conv2d", "conv", "block", out_channels=16, kernel_size=3)
    )
    design.node("Output", "out", "block").chain("in", "conv", "out", module="block").instance("block", "b")
    design.node("Linear", "fc1", out_features=5).wire("x", "b.in").wire("b.out", "fc1").wire("fc1", "y")
    (problem,) = follow(design)[1].resolution.problems
    assert (problem.kind, problem.path) == ("hint", ("fc1",))


def test_a_linear_over_channels_moved_last_or_over_a_sequence_gets_no_hint() -> None:
    design = (
        images()
        .node("Conv2d", "conv", out_channels=16, kernel_size=3)
        .node("Permute", "p", dims=(0, 2, 3, 1))
    )
    design.node("Linear", "fc1", out_features=5)
    assert follow(design.chain("x", "conv", "p", "fc1", "y"))[1].resolution.problems == ()
    heads = images().node("Linear", "fc1", out_features=5)
    assert follow(heads.chain("x", "fc1", "y"))[1].resolution.problems == ()


def test_a_sum_of_images_and_features_offers_to_flatten_the_images() -> None:
    for first, second in (("x", "fc"), ("fc", "x")):
        design = images().node("Flatten", "flat").node("Linear", "fc", out_features=192).node("Add", "add")
        design.chain("x", "flat", "fc").wire(first, "add.x1").wire(second, "add.x2").wire("add", "y")
        document, resolver = follow(design)
        (problem,) = resolver.resolution.problems
        for found in ("B×3×8×8", "B×192", f"x1 from {first}", f"x2 from {second}"):
            assert found in problem.text
        assert [mend.text for mend in problem.repairs] == ["insert Flatten after x"]
        edits.repair(document, problem.repairs[0])
        assert resolver.resolution.problems == ()


def test_a_concat_along_the_wrong_axis_offers_the_only_one_that_fits() -> None:
    design = images("a").node("Input", "b", shape="B, 3, 8, 5", order=1).node("Concat", "cat")
    document, resolver = follow(design.wire("a", "cat.x1").wire("b", "cat.x2").wire("cat", "y"))
    (problem,) = resolver.resolution.problems
    assert problem.text == (
        "expected 8 at axis 3, since only axis 1 may differ, like x1 of B×3×8×8, got B×3×8×5"
        " (x1 from a, x2 from b)"
    )
    assert [mend.text for mend in problem.repairs] == ["set dim to 3"]
    edits.repair(document, problem.repairs[0])
    assert resolver.resolution.problems == ()


def connected(design: Design) -> list[str]:
    (problem,) = [p for p in follow(design)[1].resolution.problems if p.text.endswith("connected")]
    return [mend.text for mend in problem.repairs]


def test_a_missing_wire_offers_the_one_open_output_that_fits() -> None:
    design = mlp()
    design.records = [record for record in design.records if record.id != "relu > fc2"]
    document, resolver = follow(design)
    (problem,) = resolver.resolution.problems
    (mend,) = problem.repairs
    assert mend.text == "connect relu to fc2"
    edits.repair(document, mend)
    assert resolver.resolution.problems == ()


def test_no_wire_is_offered_where_none_or_several_fit_or_a_loop_would_close() -> None:
    assert connected(mlp().node("Conv2d", "conv", out_channels=16, kernel_size=3)) == [], "images are needed"
    assert connected(mlp().node("ReLU", "aside")) == [], "each of four outputs fits"
    open_ends = mlp().node("ReLU", "a").node("ReLU", "b").wire("fc1", "a").wire("fc1", "b").node("Tanh", "t")
    assert connected(open_ends) == []
    only_own = Design().node("Input", "x", shape="B, 3").node("Output", "y").node("Add", "add")
    only_own.node("ReLU", "r").wire("x", "y").wire("add", "r").wire("r", "add.x1")
    assert [p.repairs[0].text for p in follow(only_own)[1].resolution.problems if p.repairs] == [
        "delete the wire from r to add"
    ]


def test_an_output_alone_is_offered_the_input() -> None:
    document, resolver = follow(Design().node("Input", "x", shape="B, 3").node("Output", "y"))
    (problem,) = resolver.resolution.problems
    assert [mend.text for mend in problem.repairs] == ["connect x to y"]
    edits.repair(document, problem.repairs[0])
    assert resolver.resolution.problems == ()
