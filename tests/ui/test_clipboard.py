"""Copy and paste: within a design, between windows, and of what is no design."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from tests.ui.hand import ALT, CTRL

Key = Qt.Key


def test_what_is_copied_is_pasted_beside_it_and_picked(desk: Desk) -> None:
    desk.window.search.add("Linear")
    desk.pick("linear")
    desk.key(Key.Key_C, CTRL)
    desk.key(Key.Key_V, CTRL)
    desk.key(Key.Key_V, CTRL)
    assert sorted(desk.names()) == ["linear", "linear2", "linear3", "x", "y"]
    assert desk.window.editor.session.selection == {desk.node("linear3").id}
    places = {node.at for node in desk.document.nodes("main")}
    assert len(places) == 5


def test_cut_takes_out_what_paste_brings_back(desk: Desk) -> None:
    desk.window.search.add("Linear")
    desk.pick("linear")
    desk.key(Key.Key_X, CTRL)
    assert desk.names() == ["x", "y"]
    desk.key(Key.Key_V, CTRL)
    assert "linear" in desk.names()


def test_a_module_is_pasted_into_another_window_with_what_it_needs(open_desk: OpenDesk) -> None:
    first, second = open_desk("residual-cnn"), open_desk("new")
    first.window.activateWindow()
    first.window.editor.session.select([first.node("block2").id])
    first.window.clipboard.copy()
    second.window.clipboard.paste()
    block = second.node("block2")
    assert second.document.module(block.definition or "").name == "Block"
    assert len(second.document.nodes(block.definition or "")) == len(
        first.document.nodes(first.node("block2").definition or "")
    )


@pytest.mark.parametrize("text", ["", "hello", "{}", '{"layerloom-clip": 2}', '{"layerloom-clip": 1}', "[1"])
def test_foreign_text_is_told_in_one_sentence_and_changes_nothing(text: str, desk: Desk) -> None:
    QGuiApplication.clipboard().setText(text)
    desk.key(Key.Key_V, CTRL)
    assert "clipboard" in desk.window.bar.text.text()
    assert desk.document.undo_name is None


def test_duplicate_puts_a_copy_beside(desk: Desk) -> None:
    desk.window.search.add("Linear")
    desk.pick("linear")
    desk.key(Key.Key_D, CTRL)
    assert desk.window.editor.session.selection == {desk.node("linear2").id}


def test_grouping_another_instance_make_unique_and_unpacking_by_keys(desk: Desk) -> None:
    for kind in ("Linear", "ReLU"):
        desk.window.search.add(kind)
    desk.window.canvas.frame_all()
    desk.pick("linear", "relu")
    desk.key(Key.Key_G, CTRL)
    assert desk.names() == ["x", "module", "y"]
    first = desk.node("module")
    desk.key(Key.Key_D, ALT)
    second = desk.node("module2")
    assert second.definition == first.definition
    assert desk.window.editor.session.selection == {second.id}
    desk.window.menus.perform(desk.window.menus.action("unique"))
    assert desk.node("module2").definition != first.definition
    desk.key(Key.Key_G, CTRL | ALT)
    assert {"linear", "relu"} <= set(desk.names()) and "module2" not in desk.names()


def test_a_refused_group_says_why(desk: Desk) -> None:
    desk.pick("x")
    desk.key(Key.Key_G, CTRL)
    assert desk.window.bar.text.text() == "select at least one layer or module to group"


def test_what_goes_into_a_module_is_no_longer_drawn_outside_and_comes_back(desk: Desk) -> None:
    desk.window.search.add("Linear")
    linear = desk.node("linear").id
    desk.pick("linear")
    desk.key(Key.Key_G, CTRL)
    drawn = desk.window.canvas.geometry_store
    assert not drawn.is_node(linear)
    assert set(drawn.nodes) == {node.id for node in desk.document.nodes("main")}
    desk.key(Key.Key_Z, CTRL)
    assert drawn.is_node(linear)
    assert set(drawn.wires) == {wire.id for wire in desk.document.wires("main")}
