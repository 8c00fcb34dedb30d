"""Undo and redo show where the change was, and stay out of the session."""

from PySide6.QtCore import Qt

from core import edits
from core.files import dumps
from tests.ui.desk import Desk
from tests.ui.hand import CTRL, SHIFT

Key = Qt.Key


def test_undo_opens_the_module_of_the_change_and_picks_it(residual: Desk) -> None:
    editor = residual.window.editor
    block = residual.node("block2")
    assert block.definition is not None
    conv = residual.node("conv1", block.definition)
    edits.set_argument(residual.document, conv.id, "kernel_size", 5)
    assert editor.session.module == "main"
    residual.key(Key.Key_Z, CTRL)
    assert editor.session.module == block.definition
    assert editor.session.path is not None
    assert editor.session.selection == {conv.id}


def test_undo_brings_a_place_that_is_out_of_sight_into_sight(residual: Desk) -> None:
    canvas = residual.window.canvas
    node = residual.node("fc")
    edits.set_argument(residual.document, node.id, "out_features", 12)
    canvas.pan(-4000, 0)
    residual.key(Key.Key_Z, CTRL)
    left, top, right, bottom = canvas.view.to_screen_box(canvas.geometry_store.box(node.id))
    assert 0 <= left < right <= canvas.width() and 0 <= top < bottom <= canvas.height()


def test_undoing_a_group_while_inside_it_leaves_it(desk: Desk) -> None:
    desk.window.search.add("Linear")
    before = dumps(desk.document)
    desk.pick("linear")
    desk.key(Key.Key_G, CTRL)
    desk.key(Key.Key_Return)
    assert desk.window.editor.session.module != "main"
    desk.key(Key.Key_Z, CTRL)
    assert desk.window.editor.session.module == "main"
    assert dumps(desk.document) == before


def test_redo_brings_everything_back_by_both_keys(desk: Desk) -> None:
    desk.window.search.add("Linear")
    after = dumps(desk.document)
    for redo in ((Key.Key_Y, CTRL), (Key.Key_Z, CTRL | SHIFT)):
        desk.key(Key.Key_Z, CTRL)
        desk.key(*redo)
        assert dumps(desk.document) == after


def test_undo_during_a_drag_takes_the_drag_back_and_no_more(desk: Desk) -> None:
    desk.window.search.add("Linear")
    before = dumps(desk.document)
    start = desk.hand.node(desk.node("linear").id)
    desk.hand.drag(start, (start[0] + 60, start[1] + 60), release=False)
    desk.key(Key.Key_Z, CTRL)
    desk.hand.release()
    assert dumps(desk.document) == before


def test_an_edit_of_a_definition_changes_all_instances_and_undo_restores_every_byte(residual: Desk) -> None:
    before = dumps(residual.document)
    residual.key(Key.Key_Home)
    counts = residual.window.editor.resolution.root.parameters
    block = residual.node("block1")
    assert block.definition is not None
    conv = residual.node("conv2", block.definition)
    edits.set_argument(residual.document, conv.id, "bias", True)
    # A bias of 16, and twice one of 32.
    assert residual.window.editor.resolution.root.parameters == counts + 16 + 32 + 32
    residual.key(Key.Key_Z, CTRL)
    assert dumps(residual.document) == before
    assert residual.window.editor.resolution.root.parameters == counts
