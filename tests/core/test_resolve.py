"""Types, counts and problems of every call, worked out once and kept up to date."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from core.calls import ModuleCall
from core.dim import symbol
from core.document import Change, Document
from core.expression import Value, parse
from core.layers import LAYERS
from core.layers.layer import Layer
from core.ops.primitive import Ref
from core.polynomial import MAX_TERMS
from core.problem import Problem, Repair
from core.program import build_program, slots
from core.record import ROOT, Module, ModuleArgument, Node, Record, Wire
from core.resolve import Resolution, Resolver, bound
from core.types import Type
from tests.core.design import Design, chained, mlp, put, remove, set_argument


def resolved(design: Design) -> Resolution:
    return Resolver(design.document()).resolution


def shapes(call: ModuleCall) -> dict[str, str]:
    """Each node's outputs as text."""
    return {key: ", ".join(map(str, node.outputs)) for key, node in call.nodes.items() if node.outputs}


def only(problems: tuple[Problem, ...]) -> Problem:
    assert len(problems) == 1, problems
    return problems[0]


def block(design: Design) -> Design:
    """A residual block of `width` features, used three times at two widths."""
    design.module("block", width=8).node("Input", "x", "block", shape="")
    design.node("Linear", "a", "block", out_features=parse("width")).node("ReLU", "r", "block")
    design.node("Linear", "b", "block", out_features=parse("width"))
    design.node("Linear", "s", "block", out_features=parse("width"), bias=False)
    design.node("Add", "add", "block").node("Output", "y", "block")
    design.chain("x", "a", "r", "b", "add.x1", module="block").wire("x", "s", "block")
    return design.wire("s", "add.x2", "block").wire("add", "y", "block")


def residual() -> Design:
    design = block(Design(width=16)).node("Input", "in", shape="B, 4")
    design.instance("block", "b1", width=parse("width")).instance("block", "b2", width=parse("width"))
    design.instance("block", "b3", width=parse("2 * width")).node("Output", "out")
    return design.wire("in", "b1.x").wire("b1.y", "b2.x").wire("b2.y", "b3.x").wire("b3.y", "out")


# Shapes and counts


def test_the_mlp_has_the_shapes_and_the_7946_parameters_of_the_text() -> None:
    resolution = resolved(mlp())
    assert shapes(resolution.root) == {"x": "B×20", "fc1": "B×256", "relu": "B×256", "fc2": "B×10"}
    assert resolution.root.parameters == 20 * 256 + 256 + 256 * 10 + 10 == 7946
    assert resolution.root.macs == symbol("B") * (20 * 256 + 256 * 10)
    assert resolution.root.memory == symbol("B") * 4 * (256 + 256 + 10)
    assert resolution.symbols == {"B": 2}
    assert resolution.problems == ()


def test_lenet_on_padded_digits_has_61706_parameters() -> None:
    design = Design().node("Input", "x", shape="B, 1, 28, 28")
    design.node("Conv2d", "c1", out_channels=6, kernel_size=5, padding=2).node(
        "AvgPool2d", "p1", kernel_size=2
    )
    design.node("Conv2d", "c2", out_channels=16, kernel_size=5).node("AvgPool2d", "p2", kernel_size=2)
    design.node("Flatten", "flat").node("Linear", "f1", out_features=120).node(
        "Linear", "f2", out_features=84
    )
    design.node("Linear", "f3", out_features=10).node("Output", "y")
    root = resolved(design.chain("x", "c1", "p1", "c2", "p2", "flat", "f1", "f2", "f3", "y")).root
    assert root.parameters == 61706
    assert shapes(root)["c1"] == "B×6×28×28"
    assert shapes(root)["flat"] == "B×400"
    # 6·28²·25 + 16·10²·150 + 400·120 + 120·84 + 84·10
    assert root.macs == symbol("B") * (117600 + 240000 + 48000 + 10080 + 840)


def test_a_module_used_three_times_at_two_widths_has_the_shapes_of_each_call() -> None:
    resolution = resolved(residual())
    assert shapes(resolution.root) == {"in": "B×4", "b1": "B×16", "b2": "B×16", "b3": "B×32"}
    inside = resolution.call(("b3",))
    assert inside is not None
    assert shapes(inside)["a"] == "B×32"
    assert inside.arguments == {"width": 32}
    assert str(resolution.type_of(("b2", "a"), "x")) == "B×16"
    assert str(resolution.type_of(("b2",), "y")) == "B×16"
    assert resolution.type_of(("b2", "nothing"), "y") is None

    def count(width_in: int, width: int) -> int:
        return (width_in * width + width) + (width * width + width) + width_in * width

    assert resolution.root.parameters == count(4, 16) + count(16, 16) + count(16, 32)


def test_alike_calls_are_one_object() -> None:
    design = block(Design()).node("Input", "in", shape="B, 8")
    design.instance("block", "b1").instance("block", "b2").node("Output", "out")
    root = resolved(design.wire("in", "b1.x").wire("b1.y", "b2.x").wire("b2.y", "out")).root
    assert root.nodes["b1"] is root.nodes["b2"]


def test_expressions_read_the_sizes_of_the_modules_inputs() -> None:
    design = Design().node("Input", "x", shape="B, 20")
    design.node("Linear", "half", out_features=parse("x.shape[1] // 2")).node("Output", "y")
    assert shapes(resolved(design.chain("x", "half", "y")).root)["half"] == "B×10"


def test_texts_of_shapes_read_arguments_and_declared_sizes() -> None:
    design = Design(width=6).node("Input", "x", shape="B, T, width")
    design.node("Constant", "c", shape="T, width").node("Add", "add").node("Output", "y")
    resolution = resolved(design.wire("x", "add.x1").wire("c", "add.x2").wire("add", "y"))
    assert shapes(resolution.root) == {"x": "B×T×6", "c": "T×6", "add": "B×T×6"}


def test_an_unknown_size_in_a_text_names_those_that_are_known() -> None:
    design = mlp().node("Constant", "c", shape="T, 3")
    problem = only(resolved(design).problems)
    assert (problem.path, problem.argument) == (("c",), "shape")
    assert problem.text == "unknown size T; known are B"


def test_ten_to_the_nine_features_resolve_without_a_tensor() -> None:
    root = resolved(mlp().node("Linear", "big", out_features=10**9).wire("fc1", "big")).root
    assert root.nodes["big"].parameters == 257 * 10**9
    assert root.nodes["big"].memory == symbol("B") * 4 * 10**9


def test_sizes_of_an_input_are_its_examples_and_others_are_2() -> None:
    resolution = resolved(mlp(sizes="T=7, B=5").node("Input", "z", shape="C, 3", order=1))
    assert resolution.symbols == {"B": 5, "C": 2}
    assert bound(Type((symbol("B"), symbol("N"), 3)), resolution.symbols) == (5, 2, 3)


def test_a_count_too_long_to_be_read_is_a_number() -> None:
    design = Design()
    count = MAX_TERMS + 1
    for i in range(count):
        design.node("Input", f"x{i}", shape=f"A{i}, B{i}", order=i).node("ReLU", f"r{i}").chain(
            f"x{i}", f"r{i}"
        )
    root = resolved(design.node("Output", "y").wire("r0", "y")).root
    assert root.memory == count * 4 * 2 * 2


# Problems


def test_a_missing_wire_is_told_once_and_nothing_is_said_downstream() -> None:
    document = mlp().document()
    resolver = Resolver(document)
    resolution = resolver.update(remove(document, "x > fc1"))
    problem = only(resolution.problems)
    assert (problem.path, problem.port, problem.text) == (("fc1",), "x", "x is not connected")
    assert resolution.root.nodes["fc2"].outputs == (None,)


def test_an_unconnected_branch_leaves_the_rest_alone() -> None:
    resolution = resolved(mlp().node("ReLU", "aside"))
    assert only(resolution.problems).path == ("aside",)
    assert str(resolution.root.outputs[0]) == "B×10"


def test_an_output_without_a_wire_says_so() -> None:
    document = mlp().document()
    resolver = Resolver(document)
    problem = only(resolver.update(remove(document, "fc2 > y")).problems)
    assert (problem.path, problem.text) == (("y",), "nothing is connected to y")


def test_a_network_without_ports_offers_to_add_them() -> None:
    problems = resolved(Design()).problems
    assert [problem.text for problem in problems] == ["the network has no Input", "the network has no Output"]
    at = (0.0, 0.0)
    assert problems[0].repairs == (
        Repair("add an Input", "add_node", {"module": ROOT, "kind": "Input", "at": at}),
    )


def test_shapes_that_do_not_add_up_are_told_with_both_places() -> None:
    design = mlp().node("Linear", "other", out_features=8).node("Add", "add")
    design.wire("x", "other").wire("fc1", "add.x1").wire("other", "add.x2")
    problem = only(resolved(design).problems)
    assert (problem.path, problem.kind) == (("add",), "error")
    assert "256" in problem.text and "8" in problem.text
    assert problem.text.endswith("(x1 from fc1, x2 from other)")


def test_two_symbols_that_meet_are_a_condition_that_example_sizes_may_break() -> None:
    def added(**arguments: str) -> Resolution:
        design = (
            Design().node("Input", "a", shape="B, 4", **arguments).node("Input", "b", shape="N, 4", order=1)
        )
        design.node("Add", "add").node("Output", "y")
        return resolved(design.wire("a", "add.x1").wire("b", "add.x2").wire("add", "y"))

    problem = only(added().problems)
    assert (problem.path, problem.kind) == (("add",), "condition")
    assert problem.text == "needs B = N, which depends on the sizes (x1 from a, x2 from b)"
    broken = only(added(sizes="B=2 N=3").problems)
    assert broken.kind == "error"
    assert broken.text.endswith("that fails with B = 2, N = 3")


def test_a_layer_that_needs_fewer_axes_offers_to_flatten() -> None:
    class OnlyRows(Layer):
        """Takes rows alone."""

        category = "linear"
        example = LAYERS["ReLU"].example

        def forward(self, x: Ref) -> Ref:
            from core.types import ShapeError

            if x.type.rank != 2:
                raise ShapeError("x", f"expected 2 axes, got {x.type}")
            return x

    try:
        design = Design().node("Input", "x", shape="B, 3, 4").node("OnlyRows", "rows").node("Output", "y")
        problem = only(resolved(design.chain("x", "rows", "y")).problems)
    finally:
        del LAYERS["OnlyRows"]
    assert problem.text == "expected 2 axes, got B×3×4"
    mend = Repair("insert Flatten before rows", "insert_on_wire", {"wire": "x > rows", "kind": "Flatten"})
    assert problem.repairs == (mend,)


def test_an_unknown_layer_names_the_nearest() -> None:
    resolution = resolved(mlp().node("Linaer", "odd").wire("fc1", "odd"))
    problem = only(resolution.problems)
    assert problem.text == "there is no layer Linaer; the nearest is Linear"
    assert [repair.edit for repair in problem.repairs] == ["set_kind", "delete"]


def test_an_instance_of_a_module_that_is_gone_is_a_problem() -> None:
    problem = only(resolved(mlp().instance("gone", "g")).problems)
    assert (problem.path, problem.text) == (("g",), "the module of this instance is not in the design")


def test_loose_wires_offer_to_be_deleted() -> None:
    resolution = resolved(mlp().wire("fc1", "nowhere").wire("fc1.z", "relu.q").wire("nothing", "none"))
    texts = [(problem.path, problem.text) for problem in resolution.problems]
    assert texts == [
        ((), "a wire leads to a node that is not there"),
        (("fc1",), "a wire leads to a node that is not there"),
        (("relu",), "a wire starts at fc1, which has no output z"),
    ]
    assert all(problem.repairs[0].edit == "delete" for problem in resolution.problems)
    assert str(resolution.root.outputs[0]) == "B×10"


def test_a_loop_is_told_by_the_names_in_it() -> None:
    design = mlp().node("ReLU", "a").node("Tanh", "b").node("ReLU", "after")
    problem = only(resolved(design.chain("a", "b", "a").wire("b", "after")).problems)
    assert problem.text == "the wires form a loop: a → b → a"
    assert problem.repairs[0].arguments == {"ids": ("b > a",)}


def test_a_module_in_itself_is_told_and_resolved_around() -> None:
    design = Design().module("m").node("Input", "x", "m").node("Output", "y", "m").instance("m", "i", "m")
    design.wire("x", "i.x", "m").wire("i.y", "y", "m")
    design.node("Input", "in", shape="B, 4").instance("m", "top").node("Output", "out")
    problem = only(resolved(design.wire("in", "top.x").wire("top.y", "out")).problems)
    assert problem.path == ("top", "i")
    assert problem.text == "a module cannot hold itself: m in m"


@pytest.mark.parametrize(
    ("arguments", "argument", "words"),
    [
        ({"out_features": 0}, "out_features", "at least 1"),
        ({"out_features": 4.5}, "out_features", "a whole number"),
        ({"out_features": 4, "colour": "red"}, "colour", "no argument colour"),
        ({"out_features": parse("width")}, "out_features", "unknown name width"),
        ({"out_features": parse("4 // 0")}, "out_features", "division by zero"),
        ({"out_features": parse("2 if x.shape[0] > 3 else 4")}, "out_features", "depends on the sizes"),
        ({}, "out_features", "needs out_features"),
    ],
)
def test_a_bad_argument_is_told_at_the_argument(
    arguments: Mapping[str, Any], argument: str, words: str
) -> None:
    design = Design().node("Input", "x", shape="B, 20").node("Linear", "fc", **arguments).node("Output", "y")
    problem = only(resolved(design.chain("x", "fc", "y")).problems)
    assert (problem.path, problem.argument) == (("fc",), argument)
    assert words in problem.text


def test_an_argument_that_is_not_known_can_be_taken_out() -> None:
    problem = only(resolved(mlp().node("ReLU", "r", slope=2).wire("fc1", "r")).problems)
    assert problem.repairs == (
        Repair("take slope out", "set_argument", {"node": "r", "name": "slope", "value": None}),
    )


@pytest.mark.parametrize(
    ("arguments", "argument", "words"),
    [
        ({"shape": ""}, "shape", "the input's shape is needed"),
        ({"shape": "B, 0"}, "shape", "axis 1 has size 0"),
        ({"shape": "B, 2 +"}, "shape", "ends too early"),
        ({"shape": "B, 4", "sizes": "B=none"}, "sizes", "expected sizes such as B=2"),
        ({"shape": "B, 4", "dtype": "float99"}, "dtype", "expected one of"),
    ],
)
def test_a_bad_declaration_is_told_at_the_input(
    arguments: Mapping[str, Any], argument: str, words: str
) -> None:
    design = Design().node("Input", "x", **arguments).node("Linear", "fc", out_features=4).node("Output", "y")
    problem = only(resolved(design.chain("x", "fc", "y")).problems)
    assert (problem.path, problem.argument) == (("x",), argument)
    assert words in problem.text


def test_what_a_caller_gives_is_held_against_the_declaration() -> None:
    design = Design().module("m", width=8).node("Input", "x", "m", shape="B, width").node("Output", "y", "m")
    design.wire("x", "y", "m").node("Input", "in", shape="N, 20").instance("m", "i").node("Output", "out")
    problem = only(resolved(design.wire("in", "i.x").wire("i.y", "out")).problems)
    assert (problem.path, problem.port) == (("i",), "x")
    assert problem.text == "x takes B×8, got N×20; 8 = 20 cannot be"


def test_a_problem_inside_is_told_at_the_first_of_the_calls_that_share_it() -> None:
    design = block(Design()).node("Input", "in", shape="B, 8")
    design.node("Linear", "wrong", "block", out_features=parse("width - 8")).wire("r", "wrong", "block")
    design.instance("block", "b1").instance("block", "b2").instance("block", "b3", width=9)
    design.node("Output", "out").wire("in", "b1.x").wire("b1.y", "b2.x").wire("b2.y", "b3.x").wire(
        "b3.y", "out"
    )
    resolver = Resolver(design.document())
    assert only(resolver.resolution.problems).path == ("b1", "wrong")
    assert resolver.calls_of("block") == [("b1",), ("b2",), ("b3",)]


def test_calls_in_error_are_offered_first() -> None:
    design = residual().node("Linear", "less", "block", out_features=parse("24 - width"))
    resolver = Resolver(design.wire("r", "less", "block").document())
    assert resolver.calls_of("block") == [("b3",), ("b1",), ("b2",)]
    assert only(resolver.resolution.problems).path == ("b3", "less")


def tower(levels: int) -> Design:
    """Modules m1 to m<levels>, each in the one before, the first in the root; each has ports x and y."""
    design = Design()
    for i in range(levels + 1):
        module = ROOT if i == 0 else f"m{i}"
        if i:
            design.module(module)
        shape = {"shape": "B, 4"} if i == 0 else {}
        design.record(Node(id=f"x{i}", module=module, kind="Input", name="x", arguments=shape))
        design.record(Node(id=f"y{i}", module=module, kind="Output", name="y"))
        if i < levels:
            design.instance(f"m{i + 1}", f"i{i}", module).wire(f"x{i}", f"i{i}.x", module)
            design.wire(f"i{i}.y", f"y{i}", module)
    return design.wire(f"x{levels}", f"y{levels}", f"m{levels}")


def test_modules_nested_too_deep_are_refused_where_that_begins() -> None:
    problem = only(resolved(tower(200)).problems)
    assert problem.text == "modules are nested more than 60 deep"
    assert len(problem.path) == 61


def test_calls_that_multiply_are_refused_where_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.module_rule.MAX_CALLS", 100)
    design = Design().node("Input", "x0", shape="B, 4")
    for i in range(40):
        module = ROOT if i == 0 else f"m{i}"
        if i:
            design.module(module, w=1)
            design.record(Node(id=f"x{i}", module=module, kind="Input", name="x"))
        width = "1" if i == 0 else "w"
        for name, factor in (("a", 2), ("b", 3)):
            design.instance(f"m{i + 1}", f"{name}{i}", module, w=parse(f"{factor} * {width}"))
            design.wire(f"x{i}", f"{name}{i}.x", module)
    design.module("m40", w=1).record(Node(id="x40", module="m40", kind="Input", name="x"))
    resolver = Resolver(design.document())
    texts = {problem.text for problem in resolver.resolution.problems if "has no" not in problem.text}
    assert texts == {"the design has more than 100 different module calls"}
    assert len(resolver.calls_of("m40")) <= 10_000


def test_what_was_nested_too_deep_is_resolved_once_it_is_not() -> None:
    document = tower(70).document()
    resolver = Resolver(document)
    assert len(resolver.resolution.problems) == 1
    shorter = replace(document.node("i0"), kind="@m20")
    assert resolver.update(put(document, shorter)).problems == ()
    assert str(resolver.resolution.root.outputs[0]) == "B×4"


def test_a_default_that_its_module_refuses_is_told_at_the_argument() -> None:
    root = Module(id=ROOT, name="Network", arguments=(ModuleArgument(name="w", default=0, minimum=1),))
    problem = only(resolved(mlp().record(root)).problems)
    assert (problem.path, problem.argument, problem.text) == ((), "w", "expected at least 1, got 0")


def test_halving_and_doubling_an_unknown_size_is_a_condition_that_even_sizes_meet() -> None:
    def u(sizes: str) -> Problem:
        design = Design().node("Input", "x", shape="B, 1, H, 8", sizes=sizes)
        design.node("MaxPool2d", "down", kernel_size=2)
        design.node("ConvTranspose2d", "up", out_channels=1, kernel_size=2, stride=2).node("Add", "add")
        design.node("Output", "y").chain("x", "down", "up", "add.x1").wire("x", "add.x2").wire("add", "y")
        return only(tuple(p for p in resolved(design).problems if p.path == ("add",)))

    assert u("H=8").kind == "condition"
    assert u("H=7").kind == "error"
    assert u("H=7").text.startswith("needs 2*(H//2) = H")


# Keeping up


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the layers whose rule was run."""
    ran: list[str] = []
    trace = Layer.trace

    def noticed(self: Layer, *inputs: Type, training: bool = False) -> Any:
        ran.append(type(self).__name__)
        return trace(self, *inputs, training=training)

    monkeypatch.setattr(Layer, "trace", noticed)
    yield ran


def test_a_move_runs_no_rule_and_changes_nothing(traces: list[str]) -> None:
    document = residual().document()
    resolver = Resolver(document)
    before = resolver.resolution
    traces.clear()
    moved = [replace(node, at=(9.0, 9.0)) for node in document.nodes(ROOT)]
    assert resolver.update(put(document, *moved)) is before
    assert traces == []


def test_a_rule_runs_once_for_each_distinct_call(traces: list[str]) -> None:
    document = chained(2000)
    resolver = Resolver(document)
    assert sorted(traces) == ["Dropout", "Identity", "Linear", "ReLU"]
    traces.clear()
    resolver.update(set_argument(document, "first", out_features=300))
    assert sorted(traces) == ["Dropout", "Identity", "Linear", "ReLU"]
    assert str(resolver.resolution.root.outputs[0]) == "B×300"


def test_an_edit_in_one_module_leaves_the_calls_of_another_as_they_are(traces: list[str]) -> None:
    design = residual().module("side").node("Input", "sx", "side").node("Tanh", "t", "side")
    design.node("Output", "sy", "side").chain("sx", "t", "sy", module="side").instance("side", "s1")
    document = design.wire("in", "s1.sx").document()
    resolver = Resolver(document)
    before = resolver.resolution
    traces.clear()
    after = resolver.update(set_argument(document, "s", bias=True))
    assert after.call(("s1",)) is before.call(("s1",))
    assert after.call(("b1",)) is not before.call(("b1",))
    assert set(traces) == {"Linear"}


def test_undoing_an_edit_runs_no_rule(traces: list[str]) -> None:
    document = mlp().document()
    resolver = Resolver(document)
    resolver.update(set_argument(document, "fc1", out_features=300))
    traces.clear()
    change = document.undo()
    assert change is not None
    assert str(resolver.update(change).root.nodes["relu"].outputs[0]) == "B×256"
    assert traces == []


def test_truth_values_and_numbers_are_told_apart() -> None:
    design = mlp().node("Linear", "a", out_features=1, bias=True).node("Linear", "b", out_features=1, bias=1)
    problem = only(resolved(design.wire("x", "a").wire("x", "b")).problems)
    assert (problem.path, problem.argument) == (("b",), "bias")


def test_the_memory_of_calls_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.rules.MEMO_LIMIT", 100)
    document = chained(10)
    resolver = Resolver(document)
    for width in range(300, 400):
        resolver.update(set_argument(document, "first", out_features=width))
        assert resolver._rule._rules.remembered <= 110
    assert str(resolver.resolution.root.outputs[0]) == "B×399"


def test_renaming_and_reordering_ports_follows_into_the_users() -> None:
    design = Design().module("m").node("Input", "a", "m", order=0).node("Input", "b", "m", order=1)
    design.node("Output", "y", "m").wire("a", "y", "m")
    design.node("Input", "in", shape="B, 4").instance("m", "i").node("Output", "out")
    document = design.wire("in", "i.a").wire("in", "i.b").wire("i.y", "out").document()
    resolver = Resolver(document)
    assert resolver.resolution.problems == ()
    put_name = replace(document.node("b"), name="c")
    texts = [problem.text for problem in resolver.update(put(document, put_name)).problems]
    assert texts == ["c is not connected", "a wire ends at b, which i does not have"]


# The same from scratch


def described(call: ModuleCall) -> object:
    """A call as plain values, to be compared."""
    return (
        call.module,
        dict(call.arguments),
        {
            key: (node.inputs, node.outputs, dict(node.arguments), node.parameters, node.macs, node.memory)
            for key, node in call.nodes.items()
        },
        {key: described(inner) for key in call.instances if (inner := call.nodes[key].inner) is not None},
        call.inputs,
        call.outputs,
        call.problems,
    )


KINDS = ["Input", "Output", "Linear", "ReLU", "Add", "Flatten", "Linaer", "@m", "@n", "@main"]
VALUES = st.sampled_from([1, 4, True, 2.0, "B, 4", "", parse("w"), parse("a.shape[1]"), parse("2 * w"), "x"])
IDS = [f"{module}{i}" for module in ("main", "m", "n") for i in range(4)]
STEPS = st.one_of(
    st.builds(
        lambda key, kind, name, values: Node(id=key, module=key[:-1], kind=kind, name=name, arguments=values),
        st.sampled_from(IDS),
        st.sampled_from(KINDS),
        st.sampled_from("abcd"),
        st.dictionaries(st.sampled_from(["shape", "out_features", "w", "order"]), VALUES, max_size=2),
    ),
    st.builds(
        lambda source, target, out, into: Wire(
            id=f"{source}{out}{target}{into}",
            module=source[:-1],
            source=source,
            source_port=out,
            target=target,
            target_port=into,
        ),
        st.sampled_from(IDS),
        st.sampled_from(IDS),
        st.sampled_from(["y", "a"]),
        st.sampled_from(["x", "x1", "x2", "b"]),
    ),
    st.builds(
        lambda key, default: Module(id=key, name=key, arguments=(ModuleArgument(name="w", default=default),)),
        st.sampled_from(["main", "m", "n"]),
        st.sampled_from([2, 3]),
    ),
    st.integers(0, 30),
)


@given(st.lists(STEPS, max_size=40))
def test_following_changes_gives_what_resolving_anew_gives(steps: list[Record | int]) -> None:
    document = Document([Module(id="m", name="m"), Module(id="n", name="n")])
    resolver = Resolver(document)
    for step in steps:
        if isinstance(step, int):
            keys = [key for key in document.records if key != ROOT]
            change = remove(document, keys[step % len(keys)]) if keys else remove(document)
        else:
            change = put(document, step)
        resolver.update(change)
        agrees_with_a_fresh_one(resolver, document)


def agrees_with_a_fresh_one(resolver: Resolver, document: Document) -> None:
    fresh = Resolver(document)
    assert described(resolver.resolution.root) == described(fresh.resolution.root)
    assert resolver.resolution.problems == fresh.resolution.problems
    assert resolver.resolution.symbols == fresh.resolution.symbols
    for module in [record.id for record in document.modules()]:
        assert resolver.calls_of(module) == fresh.calls_of(module)
        assert described(resolver.definition(module)) == described(fresh.definition(module))


def swapped(document: Document, place: int) -> Change:
    """Another end for one wire."""
    wires = [record for record in document.records.values() if isinstance(record, Wire)]
    if not wires:
        return remove(document)
    wire = wires[place % len(wires)]
    sources = sorted(node.id for node in document.nodes(wire.module))
    return put(document, replace(wire, source=sources[place % len(sources)])) if sources else remove(document)


def argument_set(document: Document, place: int) -> Change:
    """Another value for one argument, or one that is not known."""
    nodes = sorted((r for r in document.records.values() if isinstance(r, Node)), key=lambda node: node.id)
    node = nodes[place % len(nodes)]
    name = ["width", "out_features", "bias", "shape", "order"][place % 5]
    values: list[Value] = [3, 16, parse("width"), parse("x.shape[1]"), "B, 4", "N, 16", True]
    return set_argument(document, node.id, **{name: values[place % 7]})


def taken_out(document: Document, place: int) -> Change:
    """One record less."""
    keys = [key for key in document.records if key not in (ROOT, "in")]
    return remove(document, keys[place % len(keys)])


def width_set(document: Document, place: int) -> Change:
    """Another default of a module's argument."""
    module = document.modules()[place % len(document.modules())]
    return put(document, replace(module, arguments=(ModuleArgument(name="width", default=place % 9),)))


def undone(document: Document, place: int) -> Change:
    return document.undo() or Change("Nothing", {})


def redone(document: Document, place: int) -> Change:
    return document.redo() or Change("Nothing", {})


EDITS = [swapped, argument_set, taken_out, width_set, undone, redone]


@given(st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 10_000)), max_size=15))
def test_edits_of_a_sound_design_are_followed_as_if_resolved_anew(
    steps: list[tuple[Callable[[Document, int], Change], int]],
) -> None:
    document = residual().document()
    resolver = Resolver(document)
    for edit, place in steps:
        resolver.update(edit(document, place))
        agrees_with_a_fresh_one(resolver, document)


# Sizes that there are not


def divided(shape: str, sizes: str = "", **arguments: int) -> Design:
    """x → Reshape to the shape → y."""
    design = Design(**arguments).node("Input", "x", shape="B, 12", sizes=sizes)
    return design.node("Reshape", "r", shape=shape).node("Output", "y").chain("x", "r", "y")


def test_a_shape_that_divides_by_0_is_told_and_not_raised() -> None:
    problem = only(resolved(divided("B, 12//(n - 2), -1", n=2)).problems)
    assert (problem.path, problem.argument) == (("r",), "shape")
    assert problem.text == "12 cannot be divided by 0"
    broken = resolved(divided("B, 12//(B - 2), -1", sizes="B=2")).problems
    assert {each.kind for each in broken} == {"error"}
    assert all(each.text.endswith("that fails with B = 2") for each in broken)
    assert {each.kind for each in resolved(divided("B, 12//(B - 2), -1", sizes="B=4")).problems} <= {
        "condition"
    }


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ("B, 12//(B - 2)", "axis 1 has no size with B = 2: 12 cannot be divided by 0"),
        ("B, T - 5", "axis 1 has size -3 with T = 2; a size is at least 1"),
    ],
)
def test_an_input_without_a_size_at_the_example_sizes_is_told(shape: str, text: str) -> None:
    design = Design().node("Input", "x", shape=shape).node("Output", "y").chain("x", "y")
    document = design.document()
    resolver = Resolver(document)
    problem = only(resolver.resolution.problems)
    assert (problem.path, problem.argument, problem.text) == (("x",), "sizes", text)
    assert resolver.update(set_argument(document, "x", sizes="B=3, T=9")).problems == ()


def test_a_module_given_a_size_by_which_it_cannot_divide_is_told_at_its_instance() -> None:
    design = Design().node("Input", "x", shape="2, 12").node("Output", "y").module("m")
    design.node("Input", "i", "m", shape="N, 12//(N - 2)").node("Output", "o", "m").wire("i", "o", "m")
    problems = resolved(design.instance("m", "u").wire("x", "u.i").wire("u.o", "y")).problems
    assert [(each.path, each.text) for each in problems] == [
        (("u",), "i takes N×(12//(N - 2)), got 2×12; 12 cannot be divided by 0")
    ]


def test_slots_of_calls_without_a_shape_are_left_out() -> None:
    design = divided("B, 12//(B - 2), -1", sizes="B=4").node("Linear", "fc", out_features=3)
    document = design.wire("r", "fc").document()
    program = build_program(document, Resolver(document))
    assert [slot.dotted for slot in slots(program)] == ["fc.weight", "fc.bias"]
    assert list(slots(program, {"B": 2})) == []
