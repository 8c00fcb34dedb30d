"""Where one is, and which call of a module is open."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPushButton

from core import edits
from core.expression import Expression
from tests.ui.desk import Desk
from tests.ui.hand import CTRL


def calls(desk: Desk) -> list[str]:
    """What the picker lists."""
    menu = desk.window.breadcrumb.findChild(QMenu, "call-menu")
    assert isinstance(menu, QMenu)
    return [action.text() for action in menu.actions()]


def choose(desk: Desk, text: str) -> None:
    """Picks a call."""
    menu = desk.window.breadcrumb.findChild(QMenu, "call-menu")
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text() == text).trigger()
    desk.settle()


def test_a_call_of_a_module_says_which_it_is_and_its_arguments_there(residual: Desk) -> None:
    residual.hand.double_click(residual.hand.node(residual.node("block2").id))
    residual.settle()
    words = residual.window.breadcrumb.words
    assert "Block" in words and "call 2 of 3 · block2" in words
    assert "width = 32" in words and "stride = 2" in words


def test_the_picker_goes_to_another_call_whose_shapes_are_shown(residual: Desk) -> None:
    residual.window.editor.enter(residual.node("block1").id)
    residual.settle()
    assert calls(residual) == [f"call {n} of 3 · block{n}" for n in (1, 2, 3)]
    module = residual.window.editor.session.module
    conv = residual.node("conv1", module).id
    choose(residual, "call 3 of 3 · block3")
    path = residual.window.editor.session.path
    assert path is not None
    assert str(residual.window.editor.resolution.type_of((*path, conv), "y")) == "B×32×16×16"
    assert "call 3 of 3" in residual.window.breadcrumb.words


def test_a_call_in_error_is_offered_first(residual: Desk) -> None:
    edits.set_argument(residual.document, residual.node("block3").id, "stride", 3)
    edits.set_argument(residual.document, residual.node("stem").id, "kernel_size", 3)
    wire = next(w for w in residual.document.wires("main") if w.target == residual.node("block2").id)
    edits.disconnect(residual.document, wire.id)
    residual.window.editor.open_module(residual.node("block1").definition or "")
    residual.settle()
    first = residual.window.editor.resolver.calls_of(residual.window.editor.session.module)[0]
    assert residual.window.editor.session.path == first
    assert "call 1 of 3" in residual.window.breadcrumb.words


def test_a_click_on_the_way_goes_up(residual: Desk) -> None:
    residual.window.editor.enter(residual.node("block1").id)
    residual.settle()
    up = next(b for b in residual.window.breadcrumb.findChildren(QPushButton) if b.text() == "ResidualCNN")
    residual.click(up)
    assert residual.window.editor.session.module == "main"


def test_keys_enter_and_leave(residual: Desk) -> None:
    session = residual.window.editor.session
    block = residual.node("block1")
    for enter, leave in (
        (Qt.Key.Key_Return, Qt.Key.Key_Escape),
        (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp),
        (Qt.Key.Key_Tab, Qt.Key.Key_Escape),
    ):
        residual.pick("block1")
        residual.key(enter)
        assert session.module == block.definition
        residual.key(leave)
        assert session.module == "main"
        assert session.selection == {block.id}
    residual.key(Qt.Key.Key_Return)
    residual.key(Qt.Key.Key_Tab, CTRL)
    assert session.module == "main"
    residual.key(Qt.Key.Key_Return)
    residual.key(Qt.Key.Key_Home, Qt.KeyboardModifier.AltModifier)
    assert session.module == "main"


def test_a_module_nobody_uses_shows_symbols(desk: Desk) -> None:
    module = edits.add_module(desk.document, "Block")
    edits.add_module_argument(desk.document, module, "width", 8)
    x = desk.node("x", module)
    node = edits.insert_after(desk.document, x.id, "Linear")
    edits.set_argument(desk.document, node, "out_features", Expression("width"))
    desk.window.editor.open_module(module)
    desk.settle()
    assert desk.window.editor.session.path is None
    assert "definition" in desk.window.breadcrumb.words
    call = desk.window.editor.open_module_call()
    assert call is not None and str(call.arguments["width"]) == "width"
    assert "width =" not in desk.window.breadcrumb.words  # a symbol says nothing beyond its name
    desk.key(Qt.Key.Key_Escape)
    assert desk.window.editor.session.module == "main"


def test_the_open_module_is_renamed_by_a_double_click(residual: Desk) -> None:
    residual.window.editor.enter(residual.node("block1").id)
    residual.settle()
    label = residual.window.breadcrumb.findChild(QLabel, "breadcrumb-current")
    assert isinstance(label, QLabel)
    QTest.mouseDClick(label, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(10, 10))
    field = residual.window.breadcrumb.findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    field.setText("殘差塊")
    residual.key(Qt.Key.Key_Return)
    assert "殘差塊" in residual.window.breadcrumb.words
