"""What breaks in other editors when modules are nested, done here by keys and mouse in the window."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from core.files import dumps, load, save
from core.ports import ports
from core.record import Node
from tests.core.drawing import wiring
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from tests.ui.hand import ALT, CTRL
from ui.inspector.node_page import NodePage

Key = Qt.Key


def drawn(desk: Desk) -> Node:
    """x → linear → relu → y with the two in the middle made a module by its key."""
    for kind in ("Linear", "ReLU"):
        desk.window.search.add(kind)
    desk.window.canvas.frame_all()
    desk.pick("linear", "relu")
    desk.key(Key.Key_G, CTRL)
    return desk.node("module")


def test_grouping_makes_one_port_for_one_source_and_unpacking_gives_every_wire_back(desk: Desk) -> None:
    desk.window.search.add("Linear")
    desk.window.search.add("Add")
    linear, add = desk.node("linear"), desk.node("add")
    desk.window.canvas.frame_all()
    hand = desk.hand
    # x goes to the linear layer and around it, both inside the group.
    hand.drag(hand.port(desk.node("x").id, "output", "y"), hand.port(add.id, "input", "x2"))
    desk.settle()
    before = wiring(desk.document)
    assert "x.y > add.x2" in before and "x.y > linear.x" in before
    desk.pick("linear", "add")
    desk.key(Key.Key_G, CTRL)
    assert ports(desk.document, desk.node("module")).inputs == ("x",)
    desk.key(Key.Key_G, CTRL | ALT)
    assert wiring(desk.document) == before
    assert {desk.node("linear").id, desk.node("add").id} == {linear.id, add.id}


def test_a_wire_taken_out_inside_leaves_the_node_outside_whole(desk: Desk) -> None:
    module = drawn(desk)
    outside, own = wiring(desk.document), ports(desk.document, module)
    desk.pick("module")
    desk.key(Key.Key_Return)
    inside = desk.window.editor.session.module
    assert inside == module.definition
    desk.window.canvas.frame_all()
    wire = next(w for w in desk.document.wires(inside) if desk.document.node(w.target).kind == "ReLU")
    desk.hand.click(desk.hand.wire(wire.id))
    desk.key(Key.Key_Delete)
    assert desk.document.get(wire.id) is None
    desk.key(Key.Key_Escape)
    desk.key(Key.Key_Escape)
    assert desk.window.editor.session.module == "main"
    assert wiring(desk.document) == outside and ports(desk.document, desk.node("module")) == own
    # The node outside says that something inside is wrong, by the path of the problem.
    errors = [p for p in desk.window.editor.resolution.problems if p.kind == "error"]
    assert errors and all(problem.path[0] == module.id for problem in errors if len(problem.path) > 1)
    desk.key(Key.Key_Z, CTRL)
    assert desk.window.editor.session.module == inside  # undo goes to where the change was
    assert not [p for p in desk.window.editor.resolution.problems if p.kind == "error"]


def test_values_set_inside_are_in_the_file_and_in_the_window_that_opens_it(
    desk: Desk, open_desk: OpenDesk, tmp_path: Path
) -> None:
    module = drawn(desk)
    desk.pick("module")
    desk.key(Key.Key_Return)
    assert desk.window.editor.session.module == module.definition
    desk.pick("linear")
    page = desk.window.inspector.page
    assert isinstance(page, NodePage)
    field = page.rows["out_features"].findChild(QLineEdit)
    assert field is not None
    desk.click(field)
    field.selectAll()
    desk.type("37")
    desk.key(Key.Key_Return)
    assert desk.node("linear", module.definition).arguments["out_features"] == 37
    file = tmp_path / "nested.loom"
    save(desk.document, file)
    assert dumps(load(file)) == dumps(desk.document)
    other = open_desk("new")
    other.window.editor.open(load(file), file)
    other.settle()
    assert other.node("linear", module.definition).arguments["out_features"] == 37
    assert other.window.editor.resolution.root.parameters == 20 * 37 + 37
