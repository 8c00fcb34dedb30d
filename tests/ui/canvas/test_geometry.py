"""Where things are: followed from changes, it is what a new look at the document would give."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, strategies as st

from core import edits
from core.document import Change, Document
from core.edits import EditError
from core.record import ROOT, Wire
from tests.ui.canvas.drawings import chain, straight, wire
from ui.canvas.around import LONG
from ui.canvas.card import FIRST_PORT, Role
from ui.canvas.geometry import Geometry
from ui.canvas.route import POINTS

KINDS = ("Linear", "ReLU", "Add", "Concat", "CrossEntropyLoss", "Conv2d", "@block", "Output")


def measured(text: str, role: Role) -> float:
    """A stand-in for type: seven units a letter."""
    return 7.0 * len(text)


def follow(document: Document, geometry: Geometry) -> None:
    """Lets a geometry hear of the document's changes."""

    def apply(change: Change) -> None:
        geometry.apply(change)

    document.subscribe(apply)


def picture(geometry: Geometry) -> dict[str, object]:
    """All that a geometry says, by id."""
    nodes = {key: (geometry.box(key), geometry.card(key)) for key in geometry.nodes}
    wires = {key: geometry.wire_points([key]).tolist() for key in geometry.wires if geometry.is_drawn(key)}
    return {**nodes, **wires, **dict(geometry.comment_boxes())}


class Follower:
    """A document with a geometry that only hears of its changes."""

    def __init__(self) -> None:
        draft = Document()
        block = edits.add_module(draft, "block")
        self.document = Document(draft.records.values())
        self.kinds = tuple(kind if kind != "@block" else "@" + block for kind in KINDS)
        self.block = block
        self.geometry = Geometry(self.document, ROOT, measured)
        self.document.subscribe(self._apply)

    def _apply(self, change: Change) -> None:
        before = picture(self.geometry)
        touched = self.geometry.apply(change)
        after = picture(self.geometry)
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert changed <= touched, "whatever looks different is told"


@given(st.data())
def test_followed_geometry_equals_a_new_one(data: st.DataObject) -> None:
    follower = Follower()
    document = follower.document
    for _ in range(data.draw(st.integers(3, 25))):
        nodes = [n.id for n in document.nodes(ROOT)]
        act = data.draw(
            st.sampled_from(["add", "add", "wire", "move", "delete", "undo", "redo", "rename", "port"])
        )
        at = data.draw(st.tuples(st.integers(-5, 5), st.integers(-3, 3)))
        place = (at[0] * 130.0, at[1] * 60.0)
        if act == "add":
            edits.add_node(document, ROOT, data.draw(st.sampled_from(follower.kinds)), place)
        elif act == "undo":
            document.undo()
        elif act == "redo":
            document.redo()
        elif act == "port":
            edits.add_node(document, follower.block, data.draw(st.sampled_from(["Input", "Output"])), place)
        elif nodes:
            node = data.draw(st.sampled_from(nodes))
            if act == "move":
                edits.move(document, {node: place})
            elif act == "delete":
                edits.delete(document, [node])
            elif act == "rename":
                edits.rename(document, node, data.draw(st.sampled_from(["a" * 30, "b"])) + node)
            else:
                with contextlib.suppress(EditError, IndexError):
                    wire(document, node, data.draw(st.sampled_from(nodes)))
        assert picture(follower.geometry) == picture(Geometry(document, ROOT, measured))


def test_a_wire_begins_and_ends_at_its_ports() -> None:
    document = Document()
    ids = chain(document, "Linear", "Add", "Linear")
    geometry = Geometry(document, ROOT, measured)
    for key, record in geometry.wires.items():
        points = geometry.wire_points([key])[0]
        assert len(points) == POINTS
        assert tuple(points[0]) == geometry.port_place(record.source, "out", record.source_port)
        assert tuple(points[-1]) == geometry.port_place(record.target, "in", record.target_port)
    assert geometry.port_place(ids[0], "out", "y")[1] == FIRST_PORT


def test_nodes_whose_tops_line_up_have_straight_wires() -> None:
    document = Document()
    chain(
        document, ("Linear", {"out_features": 3}), "ReLU", "Add", ("Conv2d", {"out_channels": 3}), "Flatten"
    )
    geometry = Geometry(document, ROOT, measured)
    heights = geometry.wire_points(geometry.wires)[:, :, 1]
    assert np.ptp(heights) < 1e-9


def test_a_variadic_node_always_has_one_port_more_than_is_wired() -> None:
    document = Document()
    first, second, add = (edits.add_node(document, ROOT, kind, (0, 0)) for kind in ("ReLU", "ReLU", "Add"))
    geometry = Geometry(document, ROOT, measured)
    follow(document, geometry)
    assert [port.name for port in geometry.card(add).inputs] == ["x1", "x2"]
    wire(document, first, add, "x1")
    wire(document, second, add, "x2")
    assert [port.name for port in geometry.card(add).inputs] == ["x1", "x2", "x3"]


def test_several_named_ports_have_a_row_each_and_do_not_meet() -> None:
    document = Document()
    loss = edits.add_node(document, ROOT, "CrossEntropyLoss", (0, 0))
    card = Geometry(document, ROOT, measured).card(loss)
    assert [port.named for port in card.inputs] == [True, True]
    assert card.inputs[1].y - card.inputs[0].y >= 14.0
    assert card.inputs[1].y < card.height


def test_an_instance_shows_the_ports_and_the_users_of_its_module() -> None:
    document = Document()
    module = edits.add_module(document, "Block")
    one = edits.add_node(document, ROOT, "@" + module, (0, 0))
    geometry = Geometry(document, ROOT, measured)
    follow(document, geometry)
    edits.add_node(document, ROOT, "@" + module, (200, 0))
    edits.add_node(document, module, "Input", (0, 90), "mask")
    card = geometry.card(one)
    assert card.users == 2 and [port.name for port in card.inputs] == ["x", "mask"]
    edits.rename(document, module, "Bottleneck")
    assert geometry.card(one).lines[0] == "Bottleneck"


def test_a_wire_without_its_node_is_not_drawn_and_comes_back_with_it() -> None:
    document = Document()
    first, last = chain(document, "ReLU", "Tanh")
    (key,) = (w.id for w in document.wires(ROOT))
    node = document.node(last)
    records = [record for record in document.records.values() if record.id != last]
    damaged = Document(records)
    geometry = Geometry(damaged, ROOT, measured)
    follow(damaged, geometry)
    assert not geometry.is_drawn(key) and geometry.wires_of(first) == []
    with damaged.edit("Mend"):
        damaged.put(node)
    assert geometry.is_drawn(key) and geometry.wires_of(first) == [key]


def test_a_wire_to_a_port_that_is_gone_still_ends_at_its_node() -> None:
    document = Document()
    first, last = chain(document, "ReLU", "Tanh")
    stray = Wire(id="w", module=ROOT, source=first, source_port="gone", target=last, target_port="lost")
    geometry = Geometry(Document([*document.records.values(), stray]), ROOT, measured)
    _left, top, right, bottom = geometry.box(first)
    assert geometry.wire_points(["w"])[0, 0].tolist() == [right, (top + bottom) / 2]


@pytest.mark.parametrize("shift", [0.0, 30.0, -30.0])
def test_a_long_wire_goes_round_the_nodes_in_its_way(shift: float) -> None:
    document = Document()
    ids = chain(document, "ReLU", "Tanh", "Sigmoid", "Add")
    edits.move(document, {ids[1]: (200.0, shift)})
    key = wire(document, ids[0], ids[3], "x2")
    geometry = Geometry(document, ROOT, measured)
    points = geometry.wire_points([key])[0]
    for node in ids[1:3]:
        left, top, right, bottom = geometry.box(node)
        inside = (points > (left, top)).all(axis=1) & (points < (right, bottom)).all(axis=1)
        assert not inside.any()


def test_a_long_wire_is_straight_again_when_its_way_is_clear() -> None:
    document = Document()
    ids = chain(document, "ReLU", "Tanh", "Sigmoid")
    key = wire(document, ids[0], ids[2])
    geometry = Geometry(document, ROOT, measured)
    follow(document, geometry)
    assert geometry.wire_box(key)[2] - geometry.wire_box(key)[0] > LONG
    assert np.ptp(geometry.wire_points([key])[0, :, 1]) > 10
    edits.move(document, {ids[1]: (200.0, 300.0)})
    assert np.ptp(geometry.wire_points([key])[0, :, 1]) < 1e-9


def test_what_is_in_a_box_is_what_a_loop_over_all_finds() -> None:
    geometry = Geometry(straight(300), ROOT, measured)
    box = (1000.0, -50.0, 3210.0, 20.0)
    inside = [
        key for key in geometry.nodes if geometry.box(key)[0] <= box[2] and geometry.box(key)[2] >= box[0]
    ]
    assert geometry.nodes_in(box) == inside and 5 < len(inside) < 20
    assert geometry.nodes_in((0.0, 900.0, 9000.0, 901.0)) == []


def test_bounds_hold_everything_and_an_empty_module_has_none() -> None:
    document = Document()
    assert Geometry(document, ROOT, measured).bounds() is None
    chain(document, "ReLU", "Tanh")
    edits.add_comment(document, ROOT, "far away", (-900.0, 700.0))
    geometry = Geometry(document, ROOT, measured)
    left, top, right, bottom = geometry.bounds() or (0, 0, 0, 0)
    assert (left, bottom) == (-900.0, 780.0) and top == 0.0
    assert right == geometry.box(geometry.nodes[1])[2]
    assert geometry.bounds(["nothing"]) is None
