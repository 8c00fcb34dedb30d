"""Every kind of argument has its editor, on a node and where the module declares it."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QWidget

from core import edits
from core.expression import Expression
from core.layers import LAYERS
from core.layers.layer import initial_arguments
from core.record import Module
from core.use import Use, use
from tests.ui.desk import Desk

from .seen import choose, enter, fill, in_menu, is_seen, part, pick, press, told


def given(desk: Desk, key: str, name: str) -> object:
    """What a node gives to an argument."""
    return desk.document.node(key).arguments.get(name)


def declared(desk: Desk, name: str) -> object:
    """The declaration of an argument of the open module."""
    module = desk.document.module(desk.window.editor.session.module)
    return next(argument for argument in module.arguments if argument.name == name)


def block_of(desk: Desk) -> Module:
    """The module with every kind."""
    return next(module for module in desk.document.modules() if module.name == "Block")


def enter_block(desk: Desk, *way: str) -> None:
    """Opens the block inside these nodes, with nothing picked."""
    path: tuple[str, ...] = ()
    for name in way:
        node = next(n for n in desk.document.nodes(desk.window.editor.session.module) if n.name == name)
        path = (*path, node.id)
        desk.window.editor.open_call(path)
    desk.window.editor.session.select([])
    desk.settle()


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("width", "16", 16),
        ("rate", "0.25", 0.25),
        ("rate", "1e-3", 0.001),
        ("depths", "3, 4, 6, 3", (3, 4, 6, 3)),
        ("depths", "5", (5,)),
        ("form", "B, 4, 4", "B, 4, 4"),
        ("label", "a word", "a word"),
    ],
)
def test_a_value_is_typed_as_it_is_written(kinds: Desk, name: str, typed: str, value: object) -> None:
    key = pick(kinds, "block")
    enter(kinds, f"argument-{name}", typed)
    assert given(kinds, key, name) == value


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("width", "0", "expected at least 1, got 0"),
        ("width", "65", "expected at most 64, got 65"),
        ("rate", "(1, 2)", "expected a number"),
        ("depths", "2.5", "expected a list"),
        ("form", "B,,4", "a dimension"),
    ],
)
def test_what_does_not_fit_is_refused_at_the_row(kinds: Desk, name: str, typed: str, sentence: str) -> None:
    key = pick(kinds, "block")
    field = enter(kinds, f"argument-{name}", typed)
    assert field.property("wrong") is True
    assert told(kinds, f"error-{name}")
    if name != "form":
        assert sentence in told(kinds, f"error-{name}")
    assert given(kinds, key, name) is None


def test_a_tick_and_a_choice_are_set_by_mouse_and_keyboard(kinds: Desk) -> None:
    key = pick(kinds, "block")
    kinds.click(part(kinds, QCheckBox, "argument-bias"))
    choose(kinds, "argument-mode", "valid")
    assert (given(kinds, key, "bias"), given(kinds, key, "mode")) == (False, "valid")


@pytest.mark.parametrize(
    ("name", "typed", "shown"),
    [("width", "2 * wide", "= 20"), ("rate", "1 / wide", "= 0.1"), ("depths", "wide, 2 * wide", "= 10, 20"),
     ("form", "= word", "= B, 8"), ("label", "= word", "= B, 8")],
)  # fmt: skip
def test_an_expression_of_any_kind_shows_its_value_of_the_open_call(
    kinds: Desk, name: str, typed: str, shown: str
) -> None:
    outer = next(module for module in kinds.document.modules() if module.name == "Outer")
    edits.add_module_argument(kinds.document, outer.id, "wide", 10)
    edits.add_module_argument(kinds.document, outer.id, "word", "B, 8")
    enter_block(kinds, "outer")
    key = pick(kinds, "inner")
    enter(kinds, f"argument-{name}", typed)
    assert isinstance(given(kinds, key, name), Expression)
    assert told(kinds, f"value-{name}") == shown


def test_a_module_is_chosen_in_a_search_and_its_arguments_stand_below_it(kinds: Desk) -> None:
    key = pick(kinds, "block")
    fill(kinds, "argument-part", "linear")
    assert given(kinds, key, "part") == use("Linear", dict(initial_arguments(LAYERS["Linear"])))
    enter(kinds, "argument-part.out_features", "8")
    assert given(kinds, key, "part").named["out_features"] == 8  # type: ignore[attr-defined]  # a use
    kinds.click(part(kinds, QCheckBox, "argument-part.bias"))
    assert given(kinds, key, "part") == use("Linear", {"out_features": 8, "bias": False})
    press(kinds, "reset-part.bias")
    assert given(kinds, key, "part") == use("Linear", {"out_features": 8})
    call = kinds.window.editor.resolution.root.nodes[key]
    assert call.parameters == 72 + 72  # the layer of the block and the one that was put in


def test_a_slot_is_empty_or_what_the_module_around_is_given(kinds: Desk) -> None:
    outer = next(module for module in kinds.document.modules() if module.name == "Outer")
    edits.add_module_argument(kinds.document, outer.id, "filling", Use("Tanh"))
    enter_block(kinds, "outer")
    key = pick(kinds, "inner")
    fill(kinds, "argument-part", "filling")
    assert given(kinds, key, "part") == Use("$filling")
    fill(kinds, "argument-part", "empty")
    assert given(kinds, key, "part") == Use()


def test_modules_of_a_list_are_added_moved_and_taken_out(kinds: Desk) -> None:
    key = pick(kinds, "block")
    fill(kinds, "argument-parts", "sigmoid")
    assert given(kinds, key, "parts") == (Use("ReLU"), Use("Tanh"), Use("Sigmoid"))
    press(kinds, "up-parts[2]")
    assert given(kinds, key, "parts") == (Use("ReLU"), Use("Sigmoid"), Use("Tanh"))
    press(kinds, "down-parts[0]")
    press(kinds, "remove-parts[2]")
    assert given(kinds, key, "parts") == (Use("Sigmoid"), Use("ReLU"))
    fill(kinds, "argument-parts[0]", "gelu")
    assert given(kinds, key, "parts")[0].kind == "GELU"  # type: ignore[index]  # a list


def test_arguments_are_declared_with_kind_limits_choices_and_help(kinds: Desk) -> None:
    enter_block(kinds, "block")
    press(kinds, "add-argument")
    enter(kinds, "argument-name-width2", "drop")
    choose(kinds, "argument-kind-drop", "number")
    enter(kinds, "argument-minimum-drop", "")
    enter(kinds, "argument-default-drop", "0.25")
    enter(kinds, "argument-maximum-drop", "0.5")
    enter(kinds, "argument-help-drop", "Share dropped")
    enter(kinds, "argument-default-drop", "0.75")
    assert "at most 0.5" in told(kinds, "argument-error-drop")
    found = declared(kinds, "drop")
    assert (found.default, found.maximum, found.help) == (0.25, 0.5, "Share dropped")  # type: ignore[attr-defined]
    choose(kinds, "argument-kind-drop", "choice")
    enter(kinds, "argument-choices-drop", "low, high")
    choose(kinds, "argument-default-drop", "high")
    found = declared(kinds, "drop")
    assert (found.default, found.choices) == ("high", ("low", "high"))  # type: ignore[attr-defined]


def test_arguments_are_put_in_another_order_and_the_places_that_read_them_are_gone_to(kinds: Desk) -> None:
    enter_block(kinds, "block")
    press(kinds, "fold-bias")
    press(kinds, "argument-up-bias")
    module = kinds.document.module(kinds.window.editor.session.module)
    assert [argument.name for argument in module.arguments][:3] == ["width", "bias", "rate"]
    press(kinds, "users-bias")
    press(kinds, "user-bias-0")
    assert kinds.window.editor.session.selection == {kinds.node("lin").id}


def test_the_default_of_a_module_argument_is_chosen_and_set_inside(kinds: Desk) -> None:
    enter_block(kinds, "block")
    fill(kinds, "argument-default-part", "linear")
    enter(kinds, "argument-part.out_features", "5")
    assert declared(kinds, "part").default.named["out_features"] == 5  # type: ignore[attr-defined]
    press(kinds, "remove-parts[0]")
    assert declared(kinds, "parts").default == (Use("Tanh"),)  # type: ignore[attr-defined]


def test_a_slot_shows_what_it_is_by_default_and_is_filled_anew(kinds: Desk) -> None:
    enter_block(kinds, "block")
    pick(kinds, "part")
    fill(kinds, "slot-default", "tanh")
    assert declared(kinds, "part").default == Use("Tanh")  # type: ignore[attr-defined]


def test_a_value_is_promoted_by_one_click_and_further_through_two_levels(kinds: Desk) -> None:
    enter_block(kinds, "outer", "inner")
    key = pick(kinds, "lin")
    press(kinds, "promote-out_features")
    assert given(kinds, key, "out_features") == Expression("out_features")
    press(kinds, "promote-out_features")
    outer = next(module for module in kinds.document.modules() if module.name == "Outer")
    assert [argument.name for argument in outer.arguments] == ["out_features"]
    press(kinds, "promote-out_features")
    root = kinds.document.module("main")
    assert [(argument.name, argument.default) for argument in root.arguments] == [("out_features", 8)]
    assert not is_seen(kinds, "promote-out_features")
    inner = next(node for node in kinds.document.nodes(outer.id) if node.name == "inner")
    assert inner.arguments["out_features"] == Expression("out_features")
    whole = kinds.node("outer", "main")
    assert whole.arguments["out_features"] == Expression("out_features")
    for _ in range(3):
        kinds.document.undo()
    assert kinds.document.module("main").arguments == ()


def test_an_argument_of_a_module_that_is_held_is_promoted_too(kinds: Desk) -> None:
    enter_block(kinds, "outer")
    key = pick(kinds, "inner")
    fill(kinds, "argument-part", "linear")
    press(kinds, "promote-part.out_features")
    assert given(kinds, key, "part").named["out_features"] == Expression("out_features")  # type: ignore[attr-defined]


def test_the_menu_of_a_row_comes_up_in_its_field_and_promotes(kinds: Desk) -> None:
    enter_block(kinds, "outer")
    key = pick(kinds, "inner")
    field = part(kinds, QLineEdit, "argument-width")
    kinds.click(field)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Keyboard, QPoint(4, 4), field.mapToGlobal(QPoint(4, 4))
    )
    QApplication.sendEvent(field, event)
    in_menu(kinds, part(kinds, QWidget, "row-width"), "Make it an argument of Outer")
    assert given(kinds, key, "width") == Expression("width")
