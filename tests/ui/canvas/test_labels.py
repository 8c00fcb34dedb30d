"""What wires and nodes say once the design is resolved, and where the words stand."""

import pytest

from core import edits
from core.dim import symbol
from core.document import Document
from core.record import ROOT
from core.resolve import Resolver
from tests.ui.canvas.drawings import chain, straight, wire
from tests.ui.canvas.test_geometry import follow, measured
from ui.canvas.geometry import Geometry
from ui.canvas.labels import Labels, shortened
from ui.canvas.pills import Pills, Placed, pill_size
from ui.canvas.view import Box


def labelled(document: Document) -> tuple[Geometry, Labels]:
    geometry, resolution = Geometry(document, ROOT, measured), Resolver(document).resolution
    return geometry, Labels(geometry, resolution.call(()), resolution.symbols)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, ""), (128, "128"), (999, "999"), (1000, "1.00 k"), (5376, "5.38 k"), (9_995, "10.0 k"),
        (36_864, "36.9 k"),
        (99_950, "100 k"), (999_499, "999 k"), (999_500, "1.00 M"), (25_557_032, "25.6 M"),
        (7 * 10**9, "7.00 G"),
    ],
)  # fmt: skip
def test_counts_are_told_in_three_digits(count: int, text: str) -> None:
    assert shortened(count) == text


def test_a_symbolic_count_is_written_as_it_is_and_a_long_one_cut() -> None:
    width = symbol("width")
    assert shortened(width) == "width"
    assert len(shortened(width * width * 4 + width * 17)) == 12


def test_every_wire_says_its_shape_and_every_node_its_parameters() -> None:
    document = Document()
    x, linear, y = chain(document, ("Input", {"shape": "B, 20"}), ("Linear", {"out_features": 256}), "Output")
    geometry, labels = labelled(document)
    assert [labels.shape(key) for key in geometry.wires] == ["B×20", "B×256"]
    assert labels.count(linear) == "5.38 k" and labels.count(x) == labels.count(y) == ""
    assert "5376 parameters" in labels.node_tip(linear)


def test_an_error_at_a_port_is_said_at_its_wire_and_not_under_the_node_again() -> None:
    document = Document()
    a, b = (
        edits.add_node(document, ROOT, "Input", (0, y), None, {"shape": s})
        for y, s in ((0, "B, 3"), (90, "B, 4"))
    )
    add = edits.add_node(document, ROOT, "Add", (200, 0))
    wire(document, a, add, "x1")
    bad = wire(document, b, add, "x2")
    geometry, labels = labelled(document)
    problem = labels.wire_problem(bad)
    assert problem is not None and "expected" in problem.text and "got" in problem.text
    assert [key for key in geometry.wires if labels.wire_problem(key)] == [bad]
    assert labels.node_problems(add) == [] and labels.has_error(add)
    assert problem.text in labels.wire_tip(bad) and problem.text in labels.node_tip(add)


def test_an_input_without_a_wire_is_said_under_its_node() -> None:
    document = Document()
    linear = edits.add_node(document, ROOT, "Linear", (0, 0))
    _, labels = labelled(document)
    assert [problem.port for problem in labels.node_problems(linear)] == ["x"]


def test_an_instance_counts_the_errors_inside_each_of_its_calls() -> None:
    document = Document()
    module = edits.add_module(document, "Block")
    edits.add_node(document, module, "Linear", (0, 90))
    _, one, two = chain(document, ("Input", {"shape": "B, 3"}), "@" + module, "@" + module)
    _, labels = labelled(document)
    assert labels.inner_problems(one) == labels.inner_problems(two) == 1
    assert labels.troubled() == {one, two}


def boxes(places: dict[str, Placed]) -> list[Box]:
    return [place.box for place in places.values()]


def meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize("characters", [4, 9, 14, 25])
def test_no_pill_covers_a_node_or_another_pill(characters: int) -> None:
    document = straight(40)
    with document.edit("Crowd"):
        for index in range(0, 40, 3):
            wire(
                document,
                f"n{index}",
                edits.add_node(document, ROOT, "Tanh", (index * 200.0 + 90, 70.0 + index)),
            )
    geometry = Geometry(document, ROOT, measured)
    places = Pills(geometry).place(dict.fromkeys(geometry.wires, pill_size("B" * characters)))
    found = boxes(places)
    nodes = [geometry.box(node) for node in geometry.nodes]
    assert not any(meet(box, node) for box in found for node in nodes)
    assert not any(meet(a, b) for i, a in enumerate(found) for b in found[:i])
    assert len(found) >= len(geometry.wires) * 0.9, "few give way"


def test_a_pill_without_room_on_its_wire_stands_above_it_and_says_where_it_belongs() -> None:
    document = Document()
    ids = chain(document, "ReLU", "Tanh")
    edits.move(document, {ids[1]: (110.0, 0.0)})
    geometry = Geometry(document, ROOT, measured)
    (key,) = geometry.wires
    place = Pills(geometry).place({key: pill_size("B×64×56×56")})[key]
    assert place.box[3] < 0.0 and place.leader is not None
    (x, y) = place.leader
    assert y == 24.0 and geometry.box(ids[0])[2] < x < 110.0


def test_places_are_kept_until_nodes_move() -> None:
    document = straight(5)
    geometry = Geometry(document, ROOT, measured)
    pills = Pills(geometry)
    sizes = dict.fromkeys(geometry.wires, pill_size("B×20"))
    first = pills.place(sizes)
    assert all(pills.place(sizes)[key] is place for key, place in first.items())
    follow(document, geometry)
    edits.move(document, {"n2": (900.0, 400.0)})
    pills.keep_up()
    assert pills.place(sizes)["w2"] != first["w2"]
