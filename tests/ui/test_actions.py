"""The one list of actions: complete, without clashes, and the same in menus, keys and the command palette."""

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLineEdit, QMenu

from tests.ui.desk import Desk
from tests.ui.hand import CTRL, PLAIN, SHIFT
from ui.actions import Action, all_actions
from ui.canvas.rename import TextEditor
from ui.icons import icon_names
from ui.menus import CANVAS_OWN, menu_titles

ACTIONS = all_actions()
each_action = pytest.mark.parametrize("action", ACTIONS, ids=[action.id for action in ACTIONS])


@each_action
def test_an_action_has_a_text_a_menu_and_icon_or_none(action: Action) -> None:
    assert action.text and action.text[0].isupper()
    assert action.menu in menu_titles()
    assert not action.icon or action.icon in icon_names()


@each_action
def test_the_keys_of_an_action_are_keys(action: Action) -> None:
    for key in action.all_keys:
        assert QKeySequence(key).toString(), key


def test_ids_texts_and_keys_are_unique() -> None:
    for values in (
        [action.id for action in ACTIONS],
        [action.text for action in ACTIONS],
        [QKeySequence(key).toString() for action in ACTIONS for key in action.all_keys],
    ):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_what_is_typed_into_fields_is_no_shortcut_of_the_window() -> None:
    plain = [
        key for action in ACTIONS for key in action.shortcuts if "+" not in key and not key.startswith("F")
    ]
    assert plain == []


def test_the_canvas_takes_the_keys_that_are_left_to_it() -> None:
    own = {key for action in ACTIONS for key in action.keys}
    assert own >= CANVAS_OWN


def test_every_action_is_in_its_menu(desk: Desk) -> None:
    menus = [
        menu for menu in desk.window.top.menus.findChildren(QMenu) if menu.objectName().startswith("menu-")
    ]
    listed = {entry.objectName() for menu in menus for entry in menu.actions()}
    assert {action.id for action in ACTIONS} <= listed


def test_every_action_is_in_the_command_palette_with_its_key(desk: Desk) -> None:
    desk.key(Qt.Key.Key_K, CTRL)
    rows = {row.key: row for row in desk.window.commands.model.rows}
    assert set(rows) == {action.id for action in ACTIONS} - {"commands"}
    assert rows["group"].hint == "Ctrl+G"


ASKING = {
    "open", "save", "save-as", "compare-design", "export-code", "export-folder", "load-weights",
    "save-weights", "quit",
}  # fmt: skip
"""Actions that ask for a file, or close the window."""


@pytest.mark.parametrize("name", [action.id for action in ACTIONS if action.id not in ASKING])
def test_every_action_can_be_done_or_is_disabled_on_a_new_design(name: str, desk: Desk) -> None:
    desk.window.menus.perform(desk.window.menus.action(name))
    desk.settle()
    assert desk.window.isVisible()


def test_the_command_palette_runs_an_action(desk: Desk) -> None:
    desk.key(Qt.Key.Key_P, CTRL | SHIFT)
    assert desk.window.commands.isVisible()
    desk.type("select all")
    desk.key(Qt.Key.Key_Return)
    assert len(desk.window.editor.session.selection) == 2
    assert desk.window.canvas.hasFocus()


def test_the_command_palette_lists_what_has_no_use_last_and_does_not_do_it(desk: Desk) -> None:
    desk.key(Qt.Key.Key_K, CTRL)
    rows = desk.window.commands.model.rows
    usable = [row.enabled for row in rows]
    assert usable == sorted(usable, reverse=True)
    assert not next(row for row in rows if row.key == "undo").enabled


def test_a_key_works_after_a_menu_showed_its_action_disabled(desk: Desk) -> None:
    menu = desk.window.top.menus.findChild(QMenu, "menu-edit")
    assert isinstance(menu, QMenu)
    menu.popup(desk.window.mapToGlobal(desk.window.rect().topLeft()))
    desk.settle()
    undo = desk.window.findChild(QAction, "undo")
    assert isinstance(undo, QAction) and not undo.isEnabled()
    menu.close()
    desk.window.search.add("Linear")
    desk.key(Qt.Key.Key_Z, CTRL)
    assert desk.names() == ["x", "y"]


def test_the_menu_names_what_undo_takes_back(desk: Desk) -> None:
    desk.window.search.add("Linear")
    desk.window.menus.refresh()
    assert desk.window.menus.qt["undo"].text() == "Undo: add Linear"


@pytest.mark.parametrize("letter", ["c", "j", "f", " ", "."])
def test_letters_are_typed_in_a_field_and_do_nothing_else(letter: str, desk: Desk) -> None:
    field = desk.window.palette_list.field
    field.setFocus()
    desk.key(Qt.Key(ord(letter.upper())), PLAIN)
    assert len(field.text()) == 1
    assert desk.document.undo_name is None
    assert not desk.window.search.finder.isVisible()


def test_c_puts_a_comment_that_is_ready_to_be_written(desk: Desk) -> None:
    desk.key(Qt.Key.Key_C)
    comment = desk.document.comments("main")[0]
    editor = desk.window.canvas.editor
    assert editor is not None and editor.isVisible()
    assert isinstance(editor, TextEditor)
    editor.setPlainText("殘差塊")
    desk.key(Qt.Key.Key_Return, CTRL)
    assert desk.document.comments("main")[0].text == "殘差塊"
    assert desk.window.editor.session.selection == {comment.id}


def step(desk: Desk) -> str:
    """Goes to the next pane, and says what has the keyboard then."""
    desk.key(Qt.Key.Key_F6)
    return desk.window.focusWidget().objectName()


def test_f6_goes_round_the_panes(desk: Desk) -> None:
    tabs = desk.window.panels.bottom.bar.objectName()
    first, _, third, fourth = (step(desk) for _ in range(4))
    assert (first, third, fourth) == ("palette-field", tabs, "canvas")


def test_a_panel_is_hidden_and_shown_by_its_action(desk: Desk) -> None:
    for name in desk.window.panels.docks:
        action = desk.window.menus.action(f"panel-{name}")
        desk.window.menus.perform(action)
        assert not desk.window.panels.docks[name].isVisible()
        desk.window.menus.perform(action)
        assert desk.window.panels.docks[name].isVisible()


def test_escape_in_a_panel_gives_the_keyboard_back_to_the_canvas(desk: Desk) -> None:
    for field in (desk.window.inspector.findChildren(QLineEdit)[0], desk.window.code):
        field.setFocus()
        assert not desk.window.canvas.hasFocus()
        desk.key(Qt.Key.Key_Escape)
        assert desk.window.canvas.hasFocus()
