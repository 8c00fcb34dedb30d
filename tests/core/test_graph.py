"""Order, loops and nesting follow the document, whole or damaged."""

import time
from statistics import median

import pytest
from hypothesis import given, strategies as st

from core.document import Document
from core.graph import Graphs
from core.record import ROOT, Module, Node, Wire, instance_kind
from tests.core.design import Design, chained, mlp, put, remove


def residual() -> Document:
    """x splits into a, b and the shortcut s, which meet in add."""
    design = Design().node("Input", "x", shape="B, 8")
    for name in ("s", "a", "b"):
        design.node("Linear", name, out_features=8)
    design.node("Add", "add").node("Output", "y")
    design.chain("x", "a", "b", "add.x1").wire("x", "s").wire("s", "add.x2").wire("add", "y")
    return design.document()


def test_the_order_follows_the_first_input_to_its_end_before_the_second() -> None:
    assert Graphs(residual()).order(ROOT) == ("x", "a", "b", "s", "add", "y")


def test_a_side_branch_comes_after_what_the_outputs_read() -> None:
    document = mlp().node("ReLU", "aside").wire("fc1", "aside").document()
    assert Graphs(document).order(ROOT) == ("x", "fc1", "relu", "fc2", "y", "aside")


def test_the_order_is_kept_until_the_structure_changes() -> None:
    document = mlp().document()
    graphs = Graphs(document)
    order = graphs.order(ROOT)
    graphs.update(put(document, Node(id="fc1", module=ROOT, kind="Linear", name="new", at=(5.0, 5.0))))
    assert graphs.order(ROOT) is order
    graphs.update(remove(document, "fc1 > relu"))
    assert graphs.order(ROOT) == ("relu", "fc2", "y", "x", "fc1")


def test_a_wire_that_would_close_a_loop_shows_the_shortest_loop() -> None:
    graphs = Graphs(residual())
    assert graphs.loop(ROOT, "add", "a") == ("a", "b", "add")
    assert graphs.loop(ROOT, "add", "x") == ("x", "s", "add")
    assert graphs.loop(ROOT, "x", "y") == ()
    assert graphs.loop(ROOT, "a", "a") == ("a",)


def test_loops_are_asked_in_a_moment_on_2000_nodes() -> None:
    document = chained(2000)
    graphs = Graphs(document)
    spent = []
    for i in range(0, 1990, 50):
        began = time.thread_time()
        assert graphs.loop(ROOT, "n1999", f"n{i}")[0] == f"n{i}"
        spent.append(time.thread_time() - began)
    assert median(spent) < 0.002


def test_what_a_node_reads_is_told_by_port() -> None:
    graphs = Graphs(residual())
    assert graphs.sources("add") == {"x1": ("b", "y"), "x2": ("s", "y")}


def test_nodes_of_a_loop_are_left_out_and_the_loop_is_told() -> None:
    document = mlp().node("ReLU", "a").node("ReLU", "b").chain("a", "b", "a").document()
    graphs = Graphs(document)
    assert graphs.loops(ROOT) == (("a", "b"),)
    assert graphs.order(ROOT) == ("x", "fc1", "relu", "fc2", "y")
    graphs.update(remove(document, "b > a"))
    assert graphs.loops(ROOT) == ()
    assert graphs.order(ROOT)[-2:] == ("a", "b")


def test_a_node_wired_to_itself_is_a_loop() -> None:
    assert Graphs(mlp().node("ReLU", "a").wire("a", "a").document()).loops(ROOT) == (("a",),)


def nested() -> Document:
    """main holds outer, which holds inner."""
    design = Design().module("outer").module("inner")
    return design.instance("outer", "o").instance("inner", "i", "outer").document()


def test_nesting_a_module_in_itself_shows_the_modules_between() -> None:
    graphs = Graphs(nested())
    assert graphs.recursion("inner", "outer") == ("outer", "inner")
    assert graphs.recursion("inner", ROOT) == (ROOT, "outer", "inner")
    assert graphs.recursion("inner", "inner") == ("inner",)
    assert graphs.recursion(ROOT, "inner") == ()


def test_users_are_found_through_all_levels() -> None:
    graphs = Graphs(nested())
    assert graphs.users(["inner"]) == {"inner", "outer", ROOT}
    assert graphs.direct_users("inner") == {"outer"}


def test_a_module_in_itself_is_noticed_and_forgotten() -> None:
    document = nested()
    graphs = Graphs(document)
    back = Node(id="back", module="inner", kind=instance_kind("outer"), name="back")
    graphs.update(put(document, back))
    assert graphs.is_nested_in_itself(document.node("back"))
    assert graphs.is_nested_in_itself(document.node("i"))
    assert not graphs.is_nested_in_itself(document.node("o"))
    graphs.update(remove(document, "back"))
    assert not graphs.is_nested_in_itself(document.node("i"))


def test_a_wire_comes_back_with_the_node_that_it_lost() -> None:
    document = mlp().document()
    graphs = Graphs(document)
    relu = document.node("relu")
    graphs.update(remove(document, "relu"))
    assert graphs.sources("fc2") == {}
    graphs.update(put(document, relu))
    assert graphs.sources("fc2") == {"x": ("relu", "y")}


NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
PORTS = st.sampled_from(["x1", "x2", "x3"])
WIRES = st.builds(
    lambda source, target, port: Wire(
        id=f"{source}{target}{port}",
        module=ROOT,
        source=source,
        source_port="y",
        target=target,
        target_port=port,
    ),
    NAMES,
    NAMES,
    PORTS,
)
NODES = st.builds(
    lambda name, kind, order: Node(id=name, module=ROOT, kind=kind, name=name, arguments={"order": order}),
    NAMES,
    st.sampled_from(["Add", "Output", "@m", "@main", "Nothing"]),
    st.integers(0, 2),
)


@given(st.lists(st.one_of(WIRES, NODES, NAMES, st.just("abx1")), max_size=30))
def test_following_changes_gives_what_starting_anew_gives(steps: list[Wire | Node | str]) -> None:
    document = Document([Module(id="m", name="m")])
    graphs = Graphs(document)
    for step in steps:
        if isinstance(step, str):
            change = remove(document, step) if document.get(step) else remove(document)
        else:
            change = put(document, step)
        graphs.update(change)
        fresh = Graphs(document)
        assert graphs.order(ROOT) == fresh.order(ROOT)
        assert graphs.loops(ROOT) == fresh.loops(ROOT)
        for name in "abcde":
            assert graphs.sources(name) == fresh.sources(name)
            assert len(graphs.loop(ROOT, name, "a")) == len(fresh.loop(ROOT, name, "a"))
        assert graphs.users(["m"]) == fresh.users(["m"])
        placed = {name: i for i, name in enumerate(graphs.order(ROOT))}
        for name, place in placed.items():
            for source, _ in graphs.sources(name).values():
                assert placed.get(source, -1) < place


def test_an_order_of_outputs_is_the_order_of_the_drawing() -> None:
    design = Design().node("Input", "x", shape="B, 4")
    design.node("Output", "a", order=2).node("Output", "b", order=1)
    document = design.wire("x", "a").wire("x", "b").document()
    assert Graphs(document).order(ROOT) == ("x", "b", "a")


def test_a_wire_of_another_module_is_in_no_graph() -> None:
    document = mlp().wire("fc1", "relu", module="elsewhere").document()
    with pytest.raises(KeyError):
        document.module("elsewhere")
    assert Graphs(document).order("elsewhere") == ()
