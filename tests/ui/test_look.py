"""Themes, the status line and the panels' memory."""

import base64

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel

from core import edits
from core.dim import symbol
from core.files import dumps
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from tests.ui.hand import CTRL, SHIFT
from ui.figures import bytes_text, count_text
from ui.style import current_theme
from ui.theme import DARK, LIGHT
from ui.window import LEAST_SIZE


def ground(desk: Desk) -> str:
    """The colour of the canvas's corner."""
    return desk.window.canvas.grab().toImage().pixelColor(2, 500).name()


def test_the_theme_switches_while_everything_else_stays(residual: Desk) -> None:
    residual.window.editor.enter(residual.node("block2").id)
    residual.pick("conv1")
    before = (dumps(residual.document), residual.window.editor.session.path, residual.window.canvas.view)
    picked = residual.window.editor.session.selection
    light = ground(residual)
    residual.key(Qt.Key.Key_T, CTRL | SHIFT)
    assert residual.window.theme_name == "dark"
    assert ground(residual) != light == QColor(LIGHT.canvas).name()
    assert ground(residual) == current_theme().canvas
    after = (dumps(residual.document), residual.window.editor.session.path, residual.window.canvas.view)
    assert after == before and residual.window.editor.session.selection == picked
    assert residual.memory.theme == "dark"
    residual.key(Qt.Key.Key_T, CTRL | SHIFT)
    assert ground(residual) == light


def test_pictures_in_the_bar_and_the_breadcrumb_follow_the_theme(residual: Desk) -> None:
    residual.window.editor.enter(residual.node("block1").id)
    residual.window.say("something is wrong")
    residual.settle()
    residual.window.set_theme("dark")
    residual.settle()
    for widget in (residual.window.bar, residual.window.breadcrumb):
        labels = [label for label in widget.findChildren(QLabel) if not label.pixmap().isNull()]
        assert labels
        for label in labels:
            image = label.pixmap().toImage()
            drawn = {
                image.pixelColor(x, y).name()
                for x in range(image.width())
                for y in range(image.height())
                if image.pixelColor(x, y).alpha() == 255
            }
            assert drawn == {DARK.secondary}


def test_the_status_line_tells_what_the_network_costs(open_desk: OpenDesk) -> None:
    desk = open_desk("mlp")
    # 20·256 + 256 + 256·10 + 10 numbers of 4 bytes; 20·256 + 256·10 products a sample.
    assert desk.window.status.totals.text().startswith(
        "7,946 parameters · 7.68 k MACs per sample · weights 31.0 KiB"
    )


def test_the_status_line_follows_edits_and_the_zoom(desk: Desk) -> None:
    desk.window.search.add("Linear")
    edits.set_argument(desk.document, desk.node("linear").id, "out_features", 3)
    assert desk.window.status.totals.text().startswith("63 parameters")
    desk.key(Qt.Key.Key_0, CTRL)
    assert desk.window.status.zoom.text() == "100 %"
    desk.key(Qt.Key.Key_Minus, CTRL)
    assert desk.window.status.zoom.text() == "80 %"
    desk.click(desk.window.status.zoom)
    assert desk.window.status.zoom.text() == "100 %"


def test_the_window_remembers_its_place_and_panels(open_desk: OpenDesk) -> None:
    desk = open_desk("new")
    desk.window.panels.toggle("palette")
    desk.window.resize(1100, 700)
    desk.window.close()
    assert (desk.memory.place.width, desk.memory.place.height) == (1100, 700)
    again = open_desk("new")
    again.window.panels.restore(desk.memory.place.docks)
    assert not again.window.panels.docks["palette"].isVisible()


def test_the_window_opens_again_where_its_frame_was(desk: Desk) -> None:
    desk.window.move(40, 50)
    desk.settle()
    frame = desk.window.pos()
    assert desk.window.geometry().topLeft() != frame
    desk.window.close()
    assert (desk.memory.place.left, desk.memory.place.top) == (frame.x(), frame.y())


@pytest.mark.parametrize("state", ["", "no base64", base64.b64encode(b"junk").decode()])
def test_a_damaged_memory_of_the_panels_is_left_aside(state: str, desk: Desk) -> None:
    desk.window.panels.restore(state)
    assert all(dock.isVisible() for dock in desk.window.panels.docks.values())


@pytest.mark.parametrize(
    ("count", "short", "expected"),
    [
        (0, False, "0"),
        (25557032, False, "25,557,032"),
        (25557032, True, "25.6 M"),
        (999, True, "999"),
        (999_600, True, "1.00 M"),
        (4_089_184_256, True, "4.09 G"),
    ],
)
def test_counts_are_written_for_people(count: int, short: bool, expected: str) -> None:
    assert count_text(count, short=short) == expected


def test_a_symbolic_count_is_written_as_it_is() -> None:
    assert count_text(3 * symbol("B")) == "3*B"


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (102_236_160, "97.5 MiB")]
)
def test_bytes_are_written_in_powers_of_1024(count: int, expected: str) -> None:
    assert bytes_text(count) == expected


def test_the_bar_comes_and_goes_without_moving_the_drawing(desk: Desk) -> None:
    canvas = desk.window.canvas
    desk.settle()

    def place() -> float:
        top = canvas.geometry_store.box(desk.node("x").id)[1]
        return canvas.mapToGlobal(QPoint(0, 0)).y() + canvas.view.to_screen((0.0, top))[1]

    before, height = place(), canvas.height()
    desk.window.say("a sentence")
    desk.settle()
    assert canvas.height() < height
    assert place() == pytest.approx(before)
    desk.click(desk.window.bar.close_button)
    assert canvas.height() == height
    assert place() == pytest.approx(before)


def test_the_least_window_cuts_neither_the_top_bar_nor_the_palette(residual: Desk) -> None:
    window = residual.window
    window.resize(*LEAST_SIZE)
    residual.settle()
    assert window.minimumWidth() == min(LEAST_SIZE[0], window.screen().availableSize().width())
    assert window.runs.bar.width() >= window.runs.bar.sizeHint().width()
    assert window.top.menus.width() >= window.top.menus.sizeHint().width()
    assert window.canvas.width() > 300 and window.canvas.height() > 100
    assert window.palette_list.width() >= 160


def test_the_palette_stays_readable_after_the_window_was_small(residual: Desk) -> None:
    window = residual.window
    window.resize(1, 1)
    residual.settle()
    window.resize(1400, 850)
    residual.settle()
    assert window.palette_list.width() >= 160
