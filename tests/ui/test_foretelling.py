"""A layer held over a wire tells what would come of it, and changes nothing."""

from PySide6.QtCore import QMimeData

from core.files import dumps
from core.problem import Problem
from core.record import Wire
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from ui.foretelling import foretold
from ui.rows import KIND_MIME


def wire_from(desk: Desk, name: str) -> Wire:
    """The wire that leaves a node."""
    module = desk.window.editor.session.module
    return next(wire for wire in desk.document.wires(module) if wire.source == desk.node(name).id)


def told(desk: Desk, name: str, kind: str) -> dict[str, str]:
    """What would be said at the wires behind each node, if a kind were put behind `name`."""
    found = foretold(desk.window.editor, wire_from(desk, name).id, kind)
    texts = {}
    for key, value in found.items():
        source = desk.document.node(desk.document.wire(key).source).name
        texts[source] = value.text if isinstance(value, Problem) else value
    return texts


def test_shapes_downstream_are_foretold(open_desk: OpenDesk) -> None:
    desk = open_desk("lenet5")
    before = dumps(desk.document)
    shapes = told(desk, "conv1", "MaxPool2d")
    assert shapes["conv1"] == "B×6×14×14"
    assert shapes["pool1"] == "B×6×7×7"
    assert "fc1" not in shapes, "B×120 as before"
    assert dumps(desk.document) == before


def test_an_error_that_would_arise_is_foretold(open_desk: OpenDesk) -> None:
    desk = open_desk("mlp")
    names = desk.names()
    assert "expects" in told(desk, names[1], "Conv2d")[names[1]]


def test_inside_a_module_the_open_call_is_foretold(residual: Desk) -> None:
    residual.window.editor.enter(residual.node("block2").id)
    assert told(residual, "conv1", "ReLU") == {"conv1": "B×32×16×16"}


def test_what_would_fail_in_another_call_is_foretold_too(residual: Desk) -> None:
    residual.window.editor.enter(residual.node("block2").id)
    assert told(residual, "conv1", "MaxPool2d")["conv1"].startswith("expected B×16×16×16 like x1")


def test_a_layer_without_an_input_foretells_nothing(desk: Desk) -> None:
    assert told(desk, "x", "Constant") == {}


def test_what_is_foretold_is_drawn_while_the_layer_is_held_and_goes_with_it(open_desk: OpenDesk) -> None:
    desk = open_desk("mlp")
    mime = QMimeData()
    mime.setData(KIND_MIME, b"Linear")
    wire = wire_from(desk, "x")
    desk.hand.carry(mime, (60, 60), desk.hand.wire(wire.id))
    feedback = desk.window.canvas.stage.feedback
    assert feedback.foretold[wire.id] == "B×64"
    desk.hand.carry_away()
    assert not desk.window.canvas.stage.feedback.foretold
