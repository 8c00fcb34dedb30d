"""The start page: everything on it is reached by keyboard, and by a click."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from core.files import dumps
from core.templates import FOLDER, templates
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from ui.start_card import TemplateCard, picture_of
from ui.style import current_theme

Key = Qt.Key
TEMPLATES = [template.id for template in templates()]


def focused() -> QWidget:
    """What has the keyboard."""
    found = QApplication.focusWidget()
    assert found is not None
    return found


def go_to(desk: Desk, name: str) -> None:
    """Presses Tab until the widget of that name has the keyboard."""
    for _ in range(len(TEMPLATES) + 10):
        if focused().objectName() == name:
            return
        desk.key(Key.Key_Tab)
    pytest.fail(f"{name} is not reached by Tab")


def test_the_window_without_a_file_starts_with_the_start_page_alone(open_desk: OpenDesk) -> None:
    desk = open_desk("")
    assert desk.window.at_start
    assert not any(dock.isVisible() for dock in desk.window.panels.docks.values())
    assert focused().objectName() == "start-new"


def test_enter_makes_a_new_design_of_an_input_wired_to_an_output(open_desk: OpenDesk) -> None:
    desk = open_desk("")
    desk.key(Key.Key_Return)
    assert not desk.window.at_start
    assert desk.names() == ["x", "y"]
    assert desk.window.canvas.hasFocus()
    assert all(dock.isVisible() for dock in desk.window.panels.docks.values())


@pytest.mark.parametrize("key", TEMPLATES)
def test_every_template_is_reached_by_tab_and_opened_by_enter(key: str, open_desk: OpenDesk) -> None:
    desk = open_desk("")
    go_to(desk, f"template-{key}")
    desk.key(Key.Key_Return)
    made = next(template for template in templates() if template.id == key)
    assert dumps(desk.document) == dumps(made.document())
    assert desk.window.editor.file is None and not desk.window.editor.changed


def test_a_click_opens_a_template(open_desk: OpenDesk) -> None:
    desk = open_desk("")
    card = desk.window.start.findChild(TemplateCard, "template-lenet5")
    assert isinstance(card, TemplateCard)
    desk.click(card)
    assert desk.window.editor.title == "LeNet5"


def test_arrows_go_between_the_templates(open_desk: OpenDesk) -> None:
    desk = open_desk("")
    go_to(desk, "template-mlp")
    desk.key(Key.Key_Right)
    desk.key(Key.Key_Right)
    assert focused().objectName() == "template-lenet5"
    desk.key(Key.Key_Left)
    assert focused().objectName() == "template-mlp-class"


def test_arrows_go_up_and_down_between_groups_to_the_same_column(open_desk: OpenDesk) -> None:
    desk = open_desk("")
    go_to(desk, "template-mlp-class")
    desk.key(Key.Key_Down)
    below = focused()
    assert isinstance(below, TemplateCard) and below.template.group == "What modules can do"
    assert below.mapToGlobal(QPoint(0, 0)).x() == card_of(desk, "mlp-class").mapToGlobal(QPoint(0, 0)).x()
    desk.key(Key.Key_Up)
    assert focused().objectName() == "template-mlp-class"


def test_a_template_that_arrows_reach_is_scrolled_to(open_desk: OpenDesk) -> None:
    desk = open_desk("")
    go_to(desk, "template-mlp")
    for _ in range(10):
        desk.key(Key.Key_Down)
    view = desk.window.start.viewport()
    assert view.rect().contains(focused().mapTo(view, focused().rect().center()))
    assert desk.window.start.verticalScrollBar().value() > 0


@pytest.mark.parametrize(("width", "columns"), [(1440, 5), (1100, 4), (900, 3)])
def test_there_are_as_many_columns_as_there_is_room_for(
    open_desk: OpenDesk, width: int, columns: int
) -> None:
    desk = open_desk("")
    desk.window.resize(width, 800)
    desk.settle()
    places = [card.mapTo(desk.window.start.viewport(), QPoint(0, 0)) for card in desk.window.start.cards]
    assert len({place.x() for place in places}) == columns
    assert len({(place.x(), place.y()) for place in places}) == len(places)
    assert desk.window.start.horizontalScrollBar().maximum() == 0


def card_of(desk: Desk, key: str) -> TemplateCard:
    """The card of a template."""
    return next(card for card in desk.window.start.cards if card.template.id == key)


def test_the_focus_is_seen_on_a_template(open_desk: OpenDesk) -> None:
    desk = open_desk("")
    card = desk.window.start.cards[0]
    middle = card.height() // 2
    before = card.grab().toImage().pixelColor(1, middle)
    card.setFocus()
    after = card.grab().toImage().pixelColor(1, middle)
    assert before != after
    assert after == QColor(current_theme().accent)


def test_every_template_has_a_picture_of_its_nodes(open_desk: OpenDesk) -> None:
    open_desk("")
    for template in templates():
        picture = picture_of(template.document(), 200, 100).toImage()
        colours = {picture.pixelColor(x, y).name() for x in range(0, 200, 2) for y in range(0, 100, 2)}
        assert len(colours) > 3, template.id


def test_a_recent_design_is_opened_from_the_page(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk("")
    file = tmp_path / "殘差塊.loom"
    shutil.copy(FOLDER / "mlp.loom", file)
    desk.memory.opened(file)
    desk.window.show_start()
    desk.settle()
    go_to(desk, "recent")
    assert isinstance(focused(), QPushButton)
    desk.key(Key.Key_Space)
    assert desk.window.editor.file == file


def test_escape_goes_back_to_the_open_design(desk: Desk) -> None:
    desk.window.search.add("Linear")
    desk.window.show_start()
    desk.settle()
    desk.key(Key.Key_Escape)
    assert not desk.window.at_start
    assert desk.names() == ["x", "linear", "y"]


def test_panels_that_were_hidden_stay_hidden_after_the_start_page(desk: Desk) -> None:
    desk.window.panels.toggle("palette")
    desk.window.show_start()
    desk.window.leave_start()
    shown = {name: dock.isVisible() for name, dock in desk.window.panels.docks.items()}
    assert shown == {"palette": False, "inspector": True, "bottom": True}


def test_a_window_started_with_a_file_shows_it(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk("")
    desk.window.begin(FOLDER / "lenet5.loom")
    assert not desk.window.at_start and desk.window.editor.title == "lenet5.loom"


def test_a_window_started_with_a_file_that_is_gone_says_so_on_the_start_page(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    desk = open_desk("")
    desk.window.begin(tmp_path / "gone.loom")
    assert desk.window.at_start
    assert "gone.loom" in desk.window.bar.text.text() and desk.window.bar.isVisible()
