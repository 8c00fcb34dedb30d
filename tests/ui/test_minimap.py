"""The minimap: shows the module and the view in small, follows both, and leads the view by the mouse."""

import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtTest import QTest

from core import edits
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from tests.ui.hand import ALT, Hand
from ui.canvas.minimap import Minimap, draw_minimap, overview
from ui.canvas.view import View
from ui.style import current_theme
from ui.theme import LIGHT


@pytest.fixture
def mapped(open_desk: OpenDesk) -> Desk:
    """LeNet-5 at 100 %, with its minimap shown by its key."""
    desk = open_desk("lenet5")
    desk.window.canvas.zoom_to(1.0)
    desk.key(Qt.Key.Key_M, ALT)
    assert desk.window.pane.minimap.isVisible()
    return desk


def middle(desk: Desk) -> tuple[float, float]:
    """The middle of the minimap's frame."""
    left, top, right, bottom = desk.window.pane.minimap.frame
    return (left + right) / 2, (top + bottom) / 2


def node_middle(desk: Desk, name: str) -> tuple[float, float]:
    """Where a node is on the minimap."""
    left, top, right, bottom = desk.window.canvas.geometry_store.box(desk.node(name).id)
    return desk.window.pane.minimap.view.to_screen(((left + right) / 2, (top + bottom) / 2))


def in_sight(desk: Desk, name: str) -> bool:
    """Whether the canvas shows the middle of a node."""
    left, top, right, bottom = desk.window.canvas.geometry_store.box(desk.node(name).id)
    x, y = desk.window.canvas.view.to_screen(((left + right) / 2, (top + bottom) / 2))
    return 0 <= x < desk.window.canvas.width() and 0 <= y < desk.window.canvas.height()


def test_it_starts_hidden_and_its_key_shows_and_hides_it(desk: Desk) -> None:
    minimap = desk.window.pane.minimap
    assert not minimap.isVisible()
    desk.key(Qt.Key.Key_M, ALT)
    assert minimap.isVisible()
    pane = desk.window.pane.rect()
    corner = minimap.geometry().bottomRight()
    assert pane.contains(corner) and (pane.bottomRight() - corner).manhattanLength() < 40
    desk.key(Qt.Key.Key_M, ALT)
    assert not minimap.isVisible()


def test_it_keeps_its_corner_when_a_panel_goes(mapped: Desk) -> None:
    mapped.window.panels.toggle("inspector")
    mapped.settle()
    corner = mapped.window.pane.minimap.geometry().bottomRight()
    assert (mapped.window.pane.rect().bottomRight() - corner).manhattanLength() < 40


def test_a_click_brings_a_place_into_the_middle_of_the_view(mapped: Desk) -> None:
    minimap, hand = mapped.window.pane.minimap, Hand(mapped.window.pane.minimap)
    left, top, _, _ = mapped.window.canvas.geometry_store.box(mapped.node("conv1").id)
    mapped.window.canvas.look(View(1.0, -left - 9000.0, -top))
    mapped.settle()
    assert not in_sight(mapped, "conv1")
    scale = mapped.window.canvas.view.scale
    hand.click(node_middle(mapped, "conv1"))
    assert in_sight(mapped, "conv1")
    assert mapped.window.canvas.view.scale == scale
    assert minimap.view != View()


def test_the_frame_is_dragged_and_the_view_goes_along(mapped: Desk) -> None:
    canvas, hand = mapped.window.canvas, Hand(mapped.window.pane.minimap)
    before, seen = canvas.view, mapped.window.pane.minimap.view.scale
    x, y = middle(mapped)
    hand.drag((x + 4, y + 2), (x - 16, y + 12))
    after = canvas.view
    # The frame went 20 pixels to the left, so the drawing goes to the right by as much of the scene.
    assert after.x - before.x == pytest.approx(20 / seen * before.scale, abs=1.0)
    assert after.y - before.y == pytest.approx(-10 / seen * before.scale, abs=1.0)
    assert after.scale == before.scale


def test_the_picture_stands_still_under_the_mouse_while_dragging(mapped: Desk) -> None:
    minimap, hand = mapped.window.pane.minimap, Hand(mapped.window.pane.minimap)
    x, y = middle(mapped)
    held = minimap.view
    hand.drag((x, y), (x - 60, y - 60), release=False)
    assert minimap.view == held
    hand.release()
    assert minimap.view != held


def test_it_paints_again_when_nodes_or_the_view_move_and_not_otherwise(
    mapped: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[float] = []

    def noted(*given: object) -> None:
        painted.append(time.thread_time())
        draw_minimap(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("ui.canvas.minimap.draw_minimap", noted)
    mapped.settle()
    painted.clear()
    edits.rename(mapped.document, mapped.node("fc1").id, "fcx")
    edits.set_argument(mapped.document, mapped.node("fc2").id, "out_features", 85)
    mapped.window.canvas.select_all()
    mapped.settle()
    assert not painted
    edits.move(mapped.document, {mapped.node("fc2").id: (5.0, 300.0)})
    mapped.settle()
    assert len(painted) == 1
    mapped.window.canvas.pan(12, 0)
    mapped.settle()
    assert len(painted) == 2


def colours(minimap: Minimap) -> set[str]:
    """The colours that are seen."""
    image = minimap.grab().toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_nodes_and_the_frame_have_the_themes_colours(theme: str, mapped: Desk) -> None:
    mapped.window.set_theme(theme)
    mapped.settle()
    shown = colours(mapped.window.pane.minimap)
    expected = current_theme()
    for colour in (expected.wire, expected.accent, expected.canvas):
        assert QColor(colour).name() in shown


def test_an_empty_module_shows_the_frame_alone(mapped: Desk) -> None:
    mapped.window.canvas.select_all()
    mapped.key(Qt.Key.Key_Delete)
    assert QColor(LIGHT.wire).name() not in colours(mapped.window.pane.minimap)
    QTest.mouseClick(
        mapped.window.pane.minimap, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(3, 3)
    )


def test_it_is_remembered(open_desk: OpenDesk) -> None:
    desk = open_desk("new")
    desk.key(Qt.Key.Key_M, ALT)
    desk.window.close()
    assert desk.memory.place.minimap


def test_5000_nodes_take_less_than_two_milliseconds(qapp: object) -> None:
    places = np.arange(5000.0)
    corners = np.stack((places % 100 * 200, places // 100 * 100), axis=1)
    boxes = np.concatenate((corners, corners + np.array((120.0, 48.0))), axis=1)
    picture = QPixmap(172, 100)
    view = overview((0.0, 0.0, 20_000.0, 5_000.0), 172, 100)
    taken = []
    for _ in range(15):
        with QPainter(picture) as painter:
            start = time.thread_time()
            draw_minimap(
                painter, QRectF(0, 0, 172, 100), boxes, view, (20.0, 20.0, 90.0, 60.0), current_theme()
            )
            taken.append(time.thread_time() - start)
    assert sorted(taken)[7] < 2e-3
