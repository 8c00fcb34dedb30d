"""The inspector's fields: what is typed is one entry of the history, or is refused in its place."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from core import edits
from core.expression import Expression
from core.layers import LAYERS
from core.layers.layer import bind, initial_arguments
from tests.ui.desk import Desk
from ui.inspector.help import worked_shapes
from ui.inspector.module_page import ModulePage
from ui.inspector.node_page import NodePage
from ui.inspector.subject import specs_of
from ui.inspector.words import WordsField


def part(desk: Desk, kind: type[QWidget], name: str) -> QWidget:
    """The widget of that name that is seen in the inspector."""
    found = [w for w in desk.window.inspector.findChildren(kind, name) if w.isVisible()]
    assert found, f"no {name} is seen"
    return found[0]


def line(desk: Desk, name: str) -> QLineEdit:
    """An argument's field."""
    field = part(desk, QLineEdit, f"argument-{name}")
    assert isinstance(field, QLineEdit)
    return field


def enter(desk: Desk, field: QLineEdit, text: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
    """Types into a field in place of what it holds."""
    desk.window.inspector.ensureWidgetVisible(field)
    desk.click(field)
    field.selectAll()
    desk.type(text)
    desk.key(key)


def with_layer(desk: Desk, kind: str, **arguments: object) -> str:
    """Adds a layer after the input, and picks it."""
    source = desk.node("x").id
    key = edits.insert_after(desk.document, source, kind)
    for name, value in arguments.items():
        edits.set_argument(desk.document, key, name, value)  # type: ignore[arg-type]  # each test's own
    desk.window.editor.session.select([key])
    desk.settle()
    return key


def error(desk: Desk, name: str) -> str:
    """What is told under a field."""
    found = part(desk, QLabel, f"error-{name}")
    assert isinstance(found, QLabel)
    return found.text()


def test_a_number_that_is_typed_is_one_entry_of_the_history(desk: Desk) -> None:
    key = with_layer(desk, "Linear")
    entries = len(desk.document._undo)
    enter(desk, line(desk, "out_features"), "256")
    assert desk.document.node(key).arguments["out_features"] == 256
    assert len(desk.document._undo) == entries + 1
    assert desk.document.undo_name == "Set out_features of linear"


def test_leaving_a_field_commits_it(desk: Desk) -> None:
    key = with_layer(desk, "Linear")
    enter(desk, line(desk, "out_features"), "12", Qt.Key.Key_Tab)
    assert desk.document.node(key).arguments["out_features"] == 12


def test_escape_takes_back_what_was_typed(desk: Desk) -> None:
    key = with_layer(desk, "Linear")
    old = desk.document.node(key).arguments["out_features"]
    enter(desk, line(desk, "out_features"), "77", Qt.Key.Key_Escape)
    assert desk.document.node(key).arguments["out_features"] == old
    assert line(desk, "out_features").text() == str(old)


def test_up_and_down_step_a_number_without_an_entry_until_it_is_committed(desk: Desk) -> None:
    key = with_layer(desk, "Linear")
    field = line(desk, "out_features")
    old, entries = int(field.text()), len(desk.document._undo)
    desk.click(field)
    for _ in range(3):
        desk.key(Qt.Key.Key_Up)
    assert len(desk.document._undo) == entries
    desk.key(Qt.Key.Key_Return)
    assert desk.document.node(key).arguments["out_features"] == old + 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0", "at least 1"),
        ("2.5", "whole number"),
        ("3 +", "ends too early"),
        ("", "needs a value"),
        ("99999999999", "2147483647"),
    ],
)
def test_what_does_not_fit_is_refused_in_red_and_the_old_value_stays(
    desk: Desk, text: str, told: str
) -> None:
    key = with_layer(desk, "Linear")
    old, entries = desk.document.node(key), len(desk.document._undo)
    field = line(desk, "out_features")
    desk.click(field)
    field.selectAll()
    desk.key(Qt.Key.Key_Delete)
    desk.type(text)
    desk.key(Qt.Key.Key_Return)
    assert told in error(desk, "out_features")
    assert field.property("wrong") is True
    assert desk.document.node(key) == old
    assert len(desk.document._undo) == entries


def test_an_error_goes_with_the_next_value_that_fits(desk: Desk) -> None:
    with_layer(desk, "Linear")
    field = line(desk, "out_features")
    enter(desk, field, "-1")
    assert error(desk, "out_features")
    enter(desk, field, "5")
    assert field.property("wrong") is False
    assert not [w for w in desk.window.inspector.findChildren(QLabel, "error-out_features") if w.isVisible()]


def test_an_expression_shows_its_value_of_the_open_call_beside_it(residual: Desk) -> None:
    block2, inside = residual.node("block2"), None
    residual.window.editor.open_call((block2.id,))
    inside = residual.node("conv1")
    residual.window.editor.session.select([inside.id])
    residual.settle()
    assert line(residual, "out_channels").text() == "width"
    assert line(residual, "out_channels").property("role") == "expression"
    value = part(residual, QLabel, "value-out_channels")
    assert isinstance(value, QLabel) and value.text() == "= 32"
    residual.window.editor.open_call((residual.node("block1", "main").id,))
    residual.window.editor.session.select([inside.id])
    residual.settle()
    value = part(residual, QLabel, "value-out_channels")
    assert isinstance(value, QLabel) and value.text() == "= 16"


def test_an_expression_can_be_typed_wherever_a_number_can(residual: Desk) -> None:
    residual.window.editor.open_call((residual.node("block1").id,))
    key = residual.node("conv1").id
    residual.window.editor.session.select([key])
    residual.settle()
    enter(residual, line(residual, "out_channels"), "2 * width")
    assert residual.document.node(key).arguments["out_channels"] == Expression("2 * width")


def test_a_name_that_the_module_lacks_is_refused_and_can_be_added_by_a_click(residual: Desk) -> None:
    residual.window.editor.open_call((residual.node("block1").id,))
    node = residual.node("conv2")
    residual.window.editor.session.select([node.id])
    residual.settle()
    enter(residual, line(residual, "kernel_size"), "size")
    assert "has no size; known are" in error(residual, "kernel_size")
    assert residual.document.node(node.id) == node
    offer = part(residual, QPushButton, "offer-kernel_size")
    residual.window.inspector.ensureWidgetVisible(offer)
    residual.click(offer)
    arguments = {a.name: a.default for a in residual.document.module(node.module).arguments}
    assert arguments["size"] == node.arguments["kernel_size"]
    assert residual.document.node(node.id).arguments["kernel_size"] == Expression("size")
    assert residual.document.undo_name == "Add argument size"


def test_sizes_take_one_number_or_one_for_each_axis(desk: Desk) -> None:
    edits.set_argument(desk.document, desk.node("x").id, "shape", "B, 3, 16, 16")
    key = with_layer(desk, "Conv2d")
    enter(desk, line(desk, "kernel_size"), "3, 5")
    assert desk.document.node(key).arguments["kernel_size"] == (3, 5)
    assert line(desk, "kernel_size").text() == "3, 5"


def test_a_choice_and_a_tick_are_edits(desk: Desk) -> None:
    key = with_layer(desk, "Linear")
    tick = part(desk, QCheckBox, "argument-bias")
    desk.click(tick)
    assert desk.document.node(key).arguments["bias"] is False
    choice = part(desk, QComboBox, "argument-activation")
    assert isinstance(choice, QComboBox)
    choice.setFocus()
    while choice.currentText() != "relu":
        desk.key(Qt.Key.Key_Down)
    assert desk.document.node(key).arguments["activation"] == "relu"


def test_a_default_is_grey_and_a_value_can_be_reset_to_it(desk: Desk) -> None:
    key = with_layer(desk, "LeakyReLU")
    spec = LAYERS["LeakyReLU"].arguments[0]
    field = line(desk, spec.name)
    assert field.property("role") == "default"
    enter(desk, field, "0.5")
    assert field.property("role") == "value"
    desk.click(part(desk, QToolButton, f"reset-{spec.name}"))
    assert spec.name not in desk.document.node(key).arguments
    assert field.property("role") == "default"


def test_undo_by_key_in_a_field_takes_the_edit_back(desk: Desk) -> None:
    key = with_layer(desk, "Linear")
    old = desk.document.node(key).arguments["out_features"]
    field = line(desk, "out_features")
    enter(desk, field, "9")
    desk.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.document.node(key).arguments["out_features"] == old
    assert field.text() == str(old)


def test_tab_goes_through_the_fields_from_top_to_bottom(desk: Desk) -> None:
    with_layer(desk, "Linear")
    field = line(desk, "out_features")
    desk.click(field)
    seen = []
    for _ in range(2):
        desk.key(Qt.Key.Key_Tab)
        focus = desk.window.focusWidget()
        assert focus is not None
        seen.append(focus.objectName())
    assert seen == ["argument-bias", "argument-activation"]


def test_several_nodes_show_what_they_share_and_are_set_at_once(desk: Desk) -> None:
    first, second = with_layer(desk, "Linear"), with_layer(desk, "Linear")
    edits.set_argument(desk.document, first, "out_features", 3)
    desk.window.editor.session.select([first, second])
    desk.settle()
    field = line(desk, "out_features")
    assert field.text() == ""
    assert field.placeholderText() == "several"
    enter(desk, field, "7")
    assert [desk.document.node(key).arguments["out_features"] for key in (first, second)] == [7, 7]
    desk.document.undo()
    assert desk.document.node(first).arguments["out_features"] == 3


def test_the_name_is_edited_in_the_head(desk: Desk) -> None:
    key = with_layer(desk, "Linear")
    field = part(desk, QLineEdit, "name")
    assert isinstance(field, QLineEdit)
    enter(desk, field, "hidden")
    assert desk.document.node(key).name == "hidden"
    enter(desk, field, "x")
    assert desk.document.node(key).name == "hidden"
    assert field.property("wrong") is True


def test_the_head_says_where_the_node_is_and_how_many_calls_there_are(residual: Desk) -> None:
    residual.window.editor.open_call((residual.node("block1").id,))
    residual.window.editor.session.select([residual.node("conv1").id])
    residual.settle()
    kind, badge = part(residual, QLabel, "kind"), part(residual, QLabel, "parameters")
    assert isinstance(kind, QLabel) and kind.text() == "Conv2d · in Block, 3 calls"
    assert isinstance(badge, QLabel) and badge.text() == "2,304 parameters"


def test_help_unfolds_with_formula_and_worked_shapes(desk: Desk) -> None:
    with_layer(desk, "Linear")
    toggle = part(desk, QToolButton, "help-toggle")
    desk.window.inspector.ensureWidgetVisible(toggle)
    desk.click(toggle)
    text = part(desk, QLabel, "help")
    assert isinstance(text, QLabel)
    assert LAYERS["Linear"].formula in text.text()
    assert worked_shapes(LAYERS["Linear"]) in text.text()


@pytest.mark.parametrize("kind", sorted(LAYERS))
def test_every_layer_has_a_row_for_each_argument(desk: Desk, kind: str) -> None:
    key = edits.add_node(desk.document, "main", kind, (0.0, 300.0), arguments=initial_arguments(LAYERS[kind]))
    desk.window.editor.session.select([key])
    desk.settle()
    page = desk.window.inspector.page
    assert page is not None
    assert list(page.rows) == [spec.name for spec in specs_of(desk.document, desk.document.node(key))]


@pytest.mark.parametrize("kind", sorted(name for name, layer in LAYERS.items() if not layer.structural))
def test_worked_shapes_are_those_of_the_example(kind: str) -> None:
    layer = LAYERS[kind]
    example = layer.example
    traced = bind(layer, example.arguments).trace(*example.types().values())
    assert worked_shapes(layer).endswith(str(traced.result.values[-1].type))


def test_a_module_page_adds_renames_sets_and_removes_arguments(residual: Desk) -> None:
    residual.window.editor.open_call((residual.node("block1").id,))
    residual.window.editor.session.select([])
    residual.settle()
    module = residual.window.editor.session.module
    add = part(residual, QPushButton, "add-argument")
    residual.click(add)
    names = [a.name for a in residual.document.module(module).arguments]
    assert names == ["width", "stride", "width2"]
    field = part(residual, QLineEdit, "argument-name-width2")
    assert isinstance(field, QLineEdit)
    enter(residual, field, "depth")
    default = part(residual, QLineEdit, "argument-default-depth")
    assert isinstance(default, QLineEdit)
    enter(residual, default, "4")
    assert {a.name: a.default for a in residual.document.module(module).arguments}["depth"] == 4
    enter(residual, default, "many")
    assert default.property("wrong") is True
    residual.click(part(residual, QToolButton, "remove-depth"))
    assert [a.name for a in residual.document.module(module).arguments] == ["width", "stride"]


def test_with_nothing_picked_the_module_tells_ports_and_totals(residual: Desk) -> None:
    page = residual.window.inspector.page
    assert isinstance(page, ModulePage)
    tabs = residual.window.runs.tabs
    tabs.bar.setCurrentIndex(3)
    residual.settle()
    total = residual.window.editor.resolution.root.parameters
    assert tabs.cost.facts.figures()["parameters"] == f"{total:,} · 100 %"
    assert page.ports.figures() == {"image": "B×3×32×32", "logits": "B×10"}


def test_an_instance_has_the_arguments_of_its_module(residual: Desk) -> None:
    key = residual.node("block3").id
    residual.window.editor.session.select([key])
    residual.settle()
    enter(residual, line(residual, "width"), "24")
    assert residual.document.node(key).arguments["width"] == 24
    assert line(residual, "stride").property("role") == "default"


def test_saving_or_running_by_key_counts_what_is_typed(desk: Desk) -> None:
    key = with_layer(desk, "Linear")
    enter(desk, line(desk, "out_features"), "31", Qt.Key.Key_F5)
    assert desk.document.node(key).arguments["out_features"] == 31
    runner = desk.window.runs.runner
    desk.qtbot.waitUntil(lambda: runner.state == "idle" and runner.result is not None, timeout=20_000)
    assert not runner.stale


def test_a_number_becomes_an_argument_of_its_module_from_the_rows_menu(residual: Desk) -> None:
    key = residual.node("fc").id
    residual.window.editor.session.select([key])
    residual.settle()
    page = residual.window.inspector.page
    assert isinstance(page, NodePage)
    row = page.rows["out_features"]
    row.customContextMenuRequested.emit(row.rect().center())
    menu = row.findChild(QMenu)
    assert menu is not None
    action = next(each for each in menu.actions() if "Make it an argument of" in each.text())
    action.trigger()
    menu.close()
    residual.settle()
    assert residual.document.node(key).arguments["out_features"] == Expression("out_features")
    assert line(residual, "out_features").text() == "out_features"


def test_dragging_a_node_leaves_the_page_alone(residual: Desk) -> None:
    key = residual.node("fc").id
    residual.window.editor.session.select([key])
    residual.settle()
    field = line(residual, "out_features")
    residual.click(field)
    residual.type("12")
    edits.move(residual.document, {key: (40.0, 40.0)})
    assert field.text() == "12" and field.isModified()


def choose_in_menu(desk: Desk, name: str, text: str) -> None:
    """Chooses from the menu of an argument's row."""
    page = desk.window.inspector.page
    assert isinstance(page, NodePage)
    row = page.rows[name]
    row.customContextMenuRequested.emit(QPoint(4, 4))
    menu = row.findChildren(QMenu)[-1]
    action = next(action for action in menu.actions() if action.text() == text)
    menu.hide()  # as a click on it does first
    action.trigger()
    desk.settle()
    desk.window.activateWindow()
    desk.qtbot.waitUntil(desk.window.isActiveWindow)


def test_a_choice_can_be_an_expression_and_a_choice_again(residual: Desk) -> None:
    residual.window.editor.open_call((residual.node("block1").id,))
    key = residual.node("conv1").id
    residual.window.editor.session.select([key])
    residual.settle()
    for text, value in (("'reflect' if width > 16 else 'zeros'", None), ("zeros", "zeros")):
        if value is None:
            choose_in_menu(residual, "padding_mode", "Use an expression")
        enter(residual, line(residual, "padding_mode"), text)
        found = residual.document.node(key).arguments["padding_mode"]
        assert found == (value or Expression(text))
        assert not residual.window.editor.resolution.problems
    assert isinstance(part(residual, QComboBox, "argument-padding_mode"), QComboBox)


def test_a_tick_can_be_an_expression(desk: Desk) -> None:
    key = with_layer(desk, "Linear")
    choose_in_menu(desk, "bias", "Use an expression")
    enter(desk, line(desk, "bias"), "1 > 2")
    assert desk.document.node(key).arguments["bias"] == Expression("1 > 2")
    enter(desk, line(desk, "bias"), "yes")
    assert desk.document.node(key).arguments["bias"] is True
    assert isinstance(part(desk, QCheckBox, "argument-bias"), QCheckBox)


def test_a_word_that_is_no_choice_is_refused_in_an_expressions_place(desk: Desk) -> None:
    key = with_layer(desk, "Conv2d")
    choose_in_menu(desk, "padding_mode", "Use an expression")
    enter(desk, line(desk, "padding_mode"), "sideways")
    assert "padding_mode" not in desk.document.node(key).arguments
    assert error(desk, "padding_mode").startswith("expected one of zeros")


def test_an_error_spells_names_as_they_are(desk: Desk) -> None:
    with_layer(desk, "Linear")
    enter(desk, line(desk, "out_features"), "x")
    assert error(desk, "out_features").startswith("x is an input")


def words(desk: Desk) -> WordsField:
    """The field of what the open module is for."""
    found = part(desk, WordsField, "module-help")
    assert isinstance(found, WordsField)
    return found


def test_what_a_module_is_for_is_one_entry_of_the_history(residual: Desk) -> None:
    residual.window.editor.open_call((residual.node("block1").id,))
    residual.settle()
    module = residual.window.editor.session.module
    before = residual.document.module(module).help
    field = words(residual)
    field.setFocus()
    field.selectAll()
    residual.type("Two convolutions.")
    residual.key(Qt.Key.Key_Escape)
    assert field.toPlainText() == before
    field.selectAll()
    residual.type("Two convolutions and a way around them.")
    residual.window.canvas.setFocus()
    assert residual.document.module(module).help == "Two convolutions and a way around them."
    residual.window.editor.undo()
    assert residual.document.module(module).help == before
    assert words(residual).toPlainText() == before


def test_what_is_being_typed_about_a_module_stays_with_it_when_another_is_opened(residual: Desk) -> None:
    residual.window.editor.open_call((residual.node("block1").id,))
    residual.settle()
    module = residual.window.editor.session.module
    words(residual).setFocus()
    words(residual).selectAll()
    residual.type("A block.")
    residual.window.editor.open_call(())
    residual.settle()
    assert residual.document.module(module).help == "A block."
    assert residual.document.module("main").help != "A block."
    field = words(residual)
    field.setFocus()
    field.selectAll()
    residual.type("Another.")
    residual.window.editor.open(edits.new_document())
    residual.settle()
    assert residual.document.module("main").help == ""


def test_an_expression_may_read_the_sizes_of_an_input_that_nobody_has_given_yet(desk: Desk) -> None:
    desk.window.modules.add()
    desk.window.search.add("Linear")
    desk.settle()
    enter(desk, line(desk, "out_features"), "x.shape[1] // 2")
    assert desk.node("linear").arguments["out_features"] == Expression("x.shape[1] // 2")
