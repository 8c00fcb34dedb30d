"""Layers are found and added by keyboard."""

import pytest
from PySide6.QtCore import Qt

from core.document import Document
from core.edits import add_module, delete
from core.expression import Expression
from core.layers import LAYERS
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from tests.ui.hand import SHIFT
from ui.canvas.paint import LEGIBLE
from ui.catalogue import arguments_in, entries, matching
from ui.rank import rank

Key = Qt.Key


def shape(desk: Desk, name: str) -> str:
    """What flows out of a node of the root."""
    return str(desk.window.editor.resolution.type_of((desk.node(name).id,), "y"))


def picked(desk: Desk) -> str:
    """The row that Enter would add."""
    row = desk.window.search.finder.picked
    return "" if row is None else row.text


@pytest.mark.parametrize(("key", "held"), [(Key.Key_Space, None), (Key.Key_Tab, None), (Key.Key_A, SHIFT)])
def test_a_key_opens_the_search(desk: Desk, key: Qt.Key, held: Qt.KeyboardModifier | None) -> None:
    desk.key(key, held) if held else desk.key(key)
    assert desk.window.search.finder.isVisible()
    assert desk.window.search.finder.field.hasFocus()


def test_enter_adds_the_layer_wired_before_the_output_and_then_behind_the_last(desk: Desk) -> None:
    for text in ("linear 256 relu", "linear 10"):
        desk.key(Key.Key_Space)
        desk.type(text)
        desk.key(Key.Key_Return)
    assert desk.names() == ["x", "linear", "linear2", "y"]
    assert (shape(desk, "linear"), shape(desk, "linear2")) == ("B×256", "B×10")
    assert desk.node("linear").arguments["activation"] == "relu"
    assert desk.window.editor.session.selection == {desk.node("linear2").id}
    assert desk.window.canvas.hasFocus()


def test_adding_by_search_is_one_entry_of_the_history(desk: Desk) -> None:
    desk.key(Key.Key_Space)
    desk.type("linear 32")
    desk.key(Key.Key_Return)
    desk.key(Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.names() == ["x", "y"]
    assert desk.document.undo_name is None


def test_arrows_pick_another_row(desk: Desk) -> None:
    desk.key(Key.Key_Space)
    desk.type("pool")
    finder = desk.window.search.finder
    rows = [row.text for row in finder.model.rows]
    desk.key(Key.Key_Down)
    assert picked(desk) == rows[1]
    desk.key(Key.Key_Up)
    desk.key(Key.Key_Up)
    assert picked(desk) == rows[-1]


def test_escape_closes_the_search_and_leaves_the_design(desk: Desk) -> None:
    desk.key(Key.Key_Space)
    desk.key(Key.Key_Escape)
    assert not desk.window.search.finder.isVisible()
    assert desk.window.canvas.hasFocus()
    assert desk.names() == ["x", "y"]


def test_a_click_elsewhere_closes_the_search(desk: Desk) -> None:
    desk.key(Key.Key_Space)
    desk.window.palette_list.field.setFocus()
    assert not desk.window.search.finder.isVisible()


def test_a_wire_dragged_to_nowhere_offers_what_fits_and_connects_it(desk: Desk) -> None:
    source = desk.node("x")
    start = desk.hand.port(source.id, "out", "y")
    desk.hand.drag(start, (start[0] + 120, start[1] + 160))
    desk.settle()
    finder = desk.window.search.finder
    assert finder.isVisible()
    texts = {row.text for row in finder.model.rows}
    # Images only: B×20 is no image. Nothing can be wired to what has no input.
    assert "Linear" in texts and not {"Conv2d", "MaxPool2d", "Input", "Constant"} & texts
    desk.type("linear")
    desk.key(Key.Key_Return)
    wires = [wire for wire in desk.document.wires("main") if wire.target == desk.node("linear").id]
    assert [wire.source for wire in wires] == [source.id]


def test_a_wire_dragged_back_from_an_input_offers_what_has_an_output(desk: Desk) -> None:
    target = desk.node("y")
    start = desk.hand.port(target.id, "in", "x")
    wire = desk.document.wires("main")[0]
    with desk.document.edit("Cut"):
        desk.document.remove(wire.id)
    desk.hand.drag(start, (start[0] - 90, start[1] + 160))
    desk.settle()
    assert "Output" not in {row.text for row in desk.window.search.finder.model.rows}
    desk.type("constant")
    desk.key(Key.Key_Return)
    assert desk.document.wires("main")[0].source == desk.node("constant").id


def test_a_double_click_on_empty_canvas_puts_the_layer_there_unwired(desk: Desk) -> None:
    at = (420.0, 420.0)
    place = desk.window.canvas.view.to_scene(at)
    desk.hand.double_click(at)
    desk.type("relu")
    desk.key(Key.Key_Return)
    assert desk.node("relu").at == place
    ends = {end for wire in desk.document.wires("main") for end in (wire.source, wire.target)}
    assert desk.node("relu").id not in ends


def test_a_chain_that_grows_out_of_sight_is_shown_as_a_whole_while_it_can_be_read(desk: Desk) -> None:
    canvas = desk.window.canvas
    for _ in range(3):
        desk.window.search.add("ReLU")
        whole = canvas.geometry_store.bounds()
        assert whole is not None
        left, _, right, _ = canvas.view.to_screen_box(whole)
        assert left >= 0 and right <= canvas.width()
    for _ in range(12):
        desk.window.search.add("ReLU")
    assert canvas.view.scale >= LEGIBLE
    new = canvas.geometry_store.box(next(iter(desk.window.editor.session.selection)))
    left, _, right, _ = canvas.view.to_screen_box(new)
    assert left >= 0 and right <= canvas.width()


def test_what_was_added_last_stands_first(desk: Desk) -> None:
    desk.window.search.add("Sigmoid")
    desk.key(Key.Key_Space)
    assert desk.window.search.finder.model.rows[0].text == "Sigmoid"


def test_modules_of_the_design_are_found_but_not_inside_themselves(residual: Desk) -> None:
    document = residual.document
    block = next(module for module in document.modules() if module.name == "Block")
    assert "Block" in [entry.name for entry in entries(document, "main")]
    assert "Block" not in [entry.name for entry in entries(document, block.id)]


def test_a_value_that_no_argument_takes_finds_nothing(desk: Desk) -> None:
    desk.key(Key.Key_Space)
    desk.type("dropout 2.5")
    desk.key(Key.Key_Return)
    assert desk.window.search.finder.model.rows == ()
    assert desk.names() == ["x", "y"]


def test_the_search_opens_over_an_empty_module_and_adds_to_its_middle(open_desk: OpenDesk) -> None:
    desk = open_desk("new")
    delete(desk.document, [node.id for node in desk.document.nodes("main")])
    desk.key(Key.Key_Space)
    desk.type("linear")
    desk.key(Key.Key_Return)
    assert desk.names() == ["linear"]


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_is_the_first_that_its_own_name_finds(kind: str) -> None:
    assert matching(entries(Document()), kind)[0].key == kind


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_is_found_by_its_keywords(kind: str) -> None:
    known = entries(Document())
    for keyword in LAYERS[kind].keywords:
        assert kind in [row.key for row in matching(known, keyword)], keyword


@pytest.mark.parametrize(
    ("typed", "name", "keywords", "expected"),
    [
        ("", "Linear", (), 0),
        ("linear", "Linear", (), 0),
        ("lin", "Linear", (), 1),
        ("pool", "MaxPool2d", (), 2),
        ("dense", "Linear", ("Dense",), 2),
        ("near", "Linear", (), 4),
        ("connected", "Linear", ("fully connected",), 5),
        ("mp2", "MaxPool2d", (), 6),
        ("max pool", "MaxPool2d", (), 1),
        ("zzz", "Linear", ("Dense",), None),
        ("r", "Linear", (), 4),
    ],
)
def test_a_tighter_fit_ranks_before_a_looser_one(
    typed: str, name: str, keywords: tuple[str, ...], expected: int | None
) -> None:
    assert rank(typed, name, keywords) == expected


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        ("Linear", "lin", ("lin", {})),
        ("Linear", "lin 256", ("lin", {"out_features": 256})),
        ("Linear", "lin 256 relu", ("lin", {"out_features": 256, "activation": "relu"})),
        ("Linear", "lin activation=tanh", ("lin", {"activation": "tanh"})),
        ("Dropout", "drop 0.3", ("drop", {"p": 0.3})),
        ("Conv2d", "conv 6 5", ("conv", {"out_channels": 6, "kernel_size": 5})),
        ("MaxPool2d", "max pool", ("max pool", {})),
        ("ReLU", "relu 3", ("relu 3", {})),
        ("Conv2d", "conv o=4*width k=3 bias=no", (
            "conv", {"out_channels": Expression("4*width"), "kernel_size": 3, "bias": False},
        )),
        ("Conv2d", "conv padding_mode=circular", ("conv", {"padding_mode": "circular"})),
        ("Conv2d", "conv o=4*", ("conv o=4*", {})),
        ("Conv2d", "conv =4", ("conv =4", {})),
        ("Constant", "const shape=20,20 uniform", ("const", {"shape": "20,20", "initial": "uniform"})),
    ],
)  # fmt: skip
def test_what_stands_behind_a_name_are_arguments(
    kind: str, typed: str, expected: tuple[str, dict[str, object]]
) -> None:
    assert arguments_in(kind, typed) == expected


def test_a_module_added_later_is_found(desk: Desk) -> None:
    module = add_module(desk.document, "殘差塊")
    desk.key(Key.Key_Space)
    desk.window.search.finder.field.setText("殘差")
    desk.key(Key.Key_Return)
    assert desk.node("殘差塊").definition == module
