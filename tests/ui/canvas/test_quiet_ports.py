"""Ports that are hidden or may be left without a wire: what an instance shows, and that its wires hold."""

from collections.abc import Callable

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from core import edits
from core.document import Document
from core.expression import Value
from core.record import ROOT, instance_kind
from tests.ui.canvas.drawings import Desk
from tests.ui.hand import CanvasHand
from ui.canvas.card import Card
from ui.canvas.geometry import Geometry
from ui.canvas.marks import BLANK
from ui.canvas.paint_card import draw_card
from ui.canvas.typeface import text_width
from ui.theme import LIGHT


def scaled() -> Document:
    """An instance of y = x · scale + shift; scale is 0.5 by default, and the product is an output too."""
    document = Document()
    module = edits.add_module(document, "Affine")
    edits.delete(document, [node.id for node in document.nodes(module)])
    parts: dict[str, str] = {}
    for place, name in enumerate(("x", "scale", "shift")):
        given: dict[str, Value] = {"shape": "", "order": place}
        parts[name] = edits.add_node(document, module, "Input", (0.0, 80.0 * place), name, given)
    product = edits.add_node(document, module, "Multiply", (200.0, 0.0), "product")
    total = edits.add_node(document, module, "Add", (400.0, 0.0), "total")
    edits.connect(document, parts["x"], "y", product, "x1")
    edits.connect(document, parts["scale"], "y", product, "x2")
    edits.connect(document, product, "y", total, "x1")
    edits.connect(document, parts["shift"], "y", total, "x2")
    for place, (name, source) in enumerate((("raw", product), ("y", total))):
        out = edits.add_node(document, module, "Output", (600.0, 80.0 * place), name, {"order": place})
        edits.connect(document, source, "y", out, "x")
    edits.set_port_default(document, parts["scale"], 0.5)
    for place, name in enumerate(("x", "other")):
        edits.add_node(document, ROOT, "Input", (0.0, 160.0 * place), name, {"shape": "B, 8"})
    node = edits.add_node(document, ROOT, instance_kind(module), (260.0, 0.0), "affine")
    out = edits.add_node(document, ROOT, "Output", (560.0, 0.0), "y")
    edits.connect(document, next(n.id for n in document.nodes(ROOT) if n.name == "x"), "y", node, "x")
    edits.connect(document, node, "y", out, "x")
    return Document(document.records.values())


@pytest.fixture
def desk(open_desk: Callable[[Document], Desk]) -> Desk:
    """The design on a canvas."""
    return open_desk(scaled())


def port(desk: Desk, name: str, kind: str = "Input") -> str:
    """The id of a port's node inside the module."""
    module = desk.node("affine").definition or ""
    return next(n.id for n in desk.document.nodes(module) if n.name == name and n.kind == kind)


def drawn(desk: Desk) -> tuple[list[str], list[str]]:
    """The names of the ports that the instance shows."""
    card = desk.canvas.geometry_store.card(desk.node("affine").id)
    return [each.name for each in card.inputs], [each.name for each in card.outputs]


def plug(desk: Desk, hand: CanvasHand, source: str, target: str) -> None:
    """Drags a wire from a node's output to an input of the instance."""
    start = hand.port(desk.node(source).id, "out", "y")
    hand.drag(start, hand.port(desk.node("affine").id, "in", target))


def ends_at_its_port(desk: Desk, target: str) -> bool:
    """Whether the wire into an input of the instance ends where that is drawn."""
    geometry, node = desk.canvas.geometry_store, desk.node("affine").id
    wire = geometry.wire_into(node, target)
    assert wire is not None
    end = geometry.wire_points((wire,))[0][-1].tolist()
    return bool(end == pytest.approx(geometry.port_place(node, "in", target)))


def test_a_hidden_port_is_not_drawn_and_cannot_be_wired(desk: Desk, hand: CanvasHand) -> None:
    edits.hide_port(desk.document, port(desk, "shift"), True)
    edits.hide_port(desk.document, port(desk, "raw", "Output"), True)
    assert drawn(desk) == (["x", "scale"], ["y"])
    wires = desk.wired()
    hand.drag(hand.port(desk.node("other").id, "out", "y"), hand.node(desk.node("affine").id))
    assert desk.wired() - wires == {("other", "y", "affine", "scale")}


def test_the_shape_of_an_output_behind_a_hidden_one_is_its_own(desk: Desk, hand: CanvasHand) -> None:
    plug(desk, hand, "other", "shift")
    edits.hide_port(desk.document, port(desk, "raw", "Output"), True)
    labels = desk.canvas.drawing().labels
    assert str(labels.output(desk.node("affine").id, "y")) == "B×8"
    assert labels.port_tip(desk.node("affine").id, "out", "y").startswith("y: B×8")


def test_a_wired_port_stays_drawn_when_it_is_hidden_until_its_wire_goes(desk: Desk, hand: CanvasHand) -> None:
    plug(desk, hand, "other", "shift")
    edits.hide_port(desk.document, port(desk, "shift"), True)
    assert drawn(desk)[0] == ["x", "scale", "shift"]
    assert ends_at_its_port(desk, "shift")
    wire = desk.canvas.geometry_store.wire_into(desk.node("affine").id, "shift")
    assert wire is not None
    hand.click(hand.wire(wire))
    desk.canvas.delete_selection()
    assert drawn(desk)[0] == ["x", "scale"]
    edits.hide_port(desk.document, port(desk, "shift"), False)
    assert drawn(desk)[0] == ["x", "scale", "shift"]


def test_wires_hold_through_hiding_showing_reordering_and_renaming(desk: Desk, hand: CanvasHand) -> None:
    plug(desk, hand, "other", "shift")
    before = desk.document.wires(ROOT)
    edits.hide_port(desk.document, port(desk, "scale"), True)
    assert drawn(desk)[0] == ["x", "shift"] and ends_at_its_port(desk, "shift")
    edits.hide_port(desk.document, port(desk, "scale"), False)
    edits.move_port(desk.document, port(desk, "shift"), 0)
    assert drawn(desk)[0] == ["shift", "x", "scale"]
    assert ends_at_its_port(desk, "shift") and ends_at_its_port(desk, "x")
    edits.rename(desk.document, port(desk, "shift"), "offset")
    assert drawn(desk)[0] == ["offset", "x", "scale"] and ends_at_its_port(desk, "offset")
    assert [wire.id for wire in desk.document.wires(ROOT)] == [wire.id for wire in before]
    # And it can be taken off by the mouse where it is now.
    at = hand.port(desk.node("affine").id, "in", "offset")
    hand.drag(at, (at[0], at[1] + 160))
    assert desk.canvas.stage.feedback.draft is not None or desk.searches


def test_an_unwired_input_says_the_number_that_it_is_and_a_wire_takes_its_place(
    desk: Desk, hand: CanvasHand
) -> None:
    node = desk.node("affine").id
    shown = desk.canvas.geometry_store.card(node).input("scale")
    assert shown is not None and shown.default == "= 0.5" and shown.named
    tip = desk.canvas.drawing().labels.port_tip(node, "in", "scale")
    assert tip == "scale: 0.5 unless something is wired"
    width, places = desk.canvas.geometry_store.card(node).width, drawn(desk)
    plug(desk, hand, "other", "scale")
    shown = desk.canvas.geometry_store.card(node).input("scale")
    assert shown is not None and shown.default == ""
    assert drawn(desk) == places and desk.canvas.geometry_store.card(node).width <= width
    edits.set_port_default(desk.document, port(desk, "scale"), None)
    assert desk.canvas.geometry_store.card(node).input("scale") == shown


def test_the_number_is_drawn_beside_the_name(desk: Desk) -> None:
    with_number = desk.canvas.geometry_store.card(desk.node("affine").id)
    edits.set_port_default(desk.document, port(desk, "scale"), None)
    without = desk.canvas.geometry_store.card(desk.node("affine").id)

    def picture(card: Card) -> QImage:
        image = QImage(round(with_number.width), round(with_number.height), QImage.Format.Format_RGB32)
        image.fill(QColor(LIGHT.canvas))
        painter = QPainter(image)
        draw_card(painter, card, BLANK, LIGHT, "full")
        painter.end()
        return image

    assert picture(with_number) != picture(without)


def test_a_canvas_opened_later_draws_what_one_that_followed_does(desk: Desk, hand: CanvasHand) -> None:
    plug(desk, hand, "other", "shift")
    edits.hide_port(desk.document, port(desk, "scale"), True)
    edits.move_port(desk.document, port(desk, "shift"), 0)
    fresh = Geometry(desk.document, ROOT, text_width)
    for node in desk.document.nodes(ROOT):
        assert fresh.card(node.id) == desk.canvas.geometry_store.card(node.id)
        assert fresh.box(node.id) == desk.canvas.geometry_store.box(node.id)
