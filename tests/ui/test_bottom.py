"""The panel under the canvas: one row holds the views' tabs and what belongs to the view that is seen."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QToolButton

from core import edits
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from ui.style import current_theme


def top_of(desk: Desk, name: str) -> int:
    """How far down in the panel the middle of a part of its row is."""
    widget = {
        "tabs": desk.window.panels.bottom.bar,
        "frameworks": desk.window.code.frameworks,
        "copy": desk.window.code.copy,
    }[name]
    assert widget.isVisible()
    return widget.mapTo(desk.window.panels.bottom, widget.rect().center()).y()


def click_tab(desk: Desk, index: int) -> None:
    """Clicks on a tab."""
    bar = desk.window.panels.bottom.bar
    desk.click_at(bar, bar.tabRect(index).center())


def test_frameworks_tabs_and_buttons_stand_in_one_row(desk: Desk) -> None:
    middles = [top_of(desk, name) for name in ("frameworks", "tabs", "copy")]
    assert max(middles) - min(middles) <= 3
    bottom = desk.window.panels.bottom
    lefts = [
        widget.mapTo(bottom, QPoint(0, 0)).x()
        for widget in (desk.window.code.frameworks, bottom.bar, desk.window.code.copy)
    ]
    assert lefts == sorted(lefts)


def test_each_tab_shows_its_view_and_what_belongs_to_it(desk: Desk) -> None:
    window = desk.window
    views = (window.code, window.outline, window.problems)
    places = set()
    for index, shown in enumerate(views):
        click_tab(desk, index)
        assert [view.isVisible() for view in views] == [view is shown for view in views]
        assert window.code.frameworks.isVisible() == window.code.copy.isVisible() == (index == 0)
        places.add(window.panels.bottom.bar.x())
    assert len(places) == 1, "the tabs keep their place"


def test_the_keyboard_picks_a_tab_and_goes_on_to_its_parts(desk: Desk) -> None:
    window = desk.window
    for _ in range(3):
        desk.key(Qt.Key.Key_F6)
    assert QApplication.focusWidget() is window.panels.bottom.bar
    desk.key(Qt.Key.Key_Right)
    assert window.outline.isVisible()
    desk.key(Qt.Key.Key_Left)
    assert window.code.isVisible()
    desk.key(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is window.code.copy
    desk.key(Qt.Key.Key_Space)
    assert QApplication.clipboard().text() == window.code.text
    for _ in range(2):
        desk.key(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is window.code.frameworks


def test_the_problems_badge_is_red_and_goes_with_the_last_problem(residual: Desk) -> None:
    bottom, problems = residual.window.panels.bottom, residual.window.problems
    assert bottom.badge(problems) == ""
    narrow = bottom.bar.tabRect(2).width()
    edits.set_argument(residual.document, residual.node("stem").id, "kernel_size", 50)
    residual.settle()
    assert bottom.badge(problems) == str(len(residual.window.editor.resolution.problems))
    assert bottom.bar.accessibleTabName(2) == f"Problems, {bottom.badge(problems)}"
    assert bottom.bar.tabRect(2).width() > narrow
    place = bottom.bar.tabRect(2)
    image = bottom.bar.grab(place).toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert {current_theme().error_ground, current_theme().error_text} <= seen
    residual.document.undo()
    residual.settle()
    assert bottom.badge(problems) == "" and bottom.bar.tabRect(2).width() == narrow


def test_what_depends_on_the_sizes_alone_is_counted_without_alarm(open_desk: OpenDesk) -> None:
    desk = open_desk("u-net")
    bottom, problems = desk.window.panels.bottom, desk.window.editor.resolution.problems
    assert {problem.kind for problem in problems} == {"condition"}
    assert bottom.badge(desk.window.problems) == str(len(problems))
    assert bottom.bar.accessibleTabName(2) == f"Problems, {len(problems)} notes"
    image = bottom.bar.grab(bottom.bar.tabRect(2)).toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    theme = current_theme()
    assert {theme.hover, theme.secondary} <= seen and not {theme.error_ground, theme.error_text} & seen


def test_a_count_that_grows_is_seen_whole(residual: Desk) -> None:
    bottom = residual.window.panels.bottom
    for number in range(12):
        edits.add_node(residual.document, "main", "Linear", (0.0, 400.0 + 60 * number))
        residual.settle()
        assert bottom.bar.width() >= bottom.bar.sizeHint().width()
        assert not any(button.isVisible() for button in bottom.bar.findChildren(QToolButton))
    assert bottom.badge(residual.window.problems) == "12"


def test_every_framework_s_tab_is_seen_whole_whichever_is_picked(desk: Desk) -> None:
    bar = desk.window.code.frameworks
    for index in range(bar.count()):
        bar.setCurrentIndex(index)
        desk.settle()
        assert bar.tabRect(bar.count() - 1).right() < bar.width()
        assert not [button for button in bar.findChildren(QToolButton) if button.isVisible()]
