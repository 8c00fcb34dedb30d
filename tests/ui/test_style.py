"""Fonts, icons and the stylesheet on a real application."""

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QColor, QFontInfo, QIcon, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ui.fonts import SMALLEST_PX, code_font, interface_font, load_fonts, points
from ui.icons import icon, icon_names, pixmap
from ui.style import apply_theme, current_theme, set_role, theme_named
from ui.theme import DARK, LIGHT, THEMES, Theme


@pytest.fixture(autouse=True)
def light_again(qapp: QApplication) -> Iterator[None]:
    yield
    if current_theme() is not LIGHT:
        apply_theme(qapp, LIGHT)


def colours(picture: QPixmap | QImage) -> set[str]:
    """The colours of the opaque pixels."""
    image = picture.toImage() if isinstance(picture, QPixmap) else picture
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


def test_the_bundled_families_are_known_and_used() -> None:
    assert {"Droid Sans Fallback", "Inter", "JetBrains Mono"} <= set(load_fonts())
    assert QFontInfo(interface_font()).family() == "Inter"
    assert QFontInfo(code_font()).family() == "JetBrains Mono"
    assert QFontInfo(code_font()).fixedPitch()


def test_chinese_is_drawn_and_not_boxes(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    pictures = []
    for text in ("殘", "差", "塊", "积"):
        label.setText(text)
        label.adjustSize()
        pictures.append(label.grab().toImage())
    assert all(pictures[0] != other for other in pictures[1:])


def test_no_size_is_below_the_smallest() -> None:
    assert points(3) == points(SMALLEST_PX)


@pytest.mark.parametrize("name", icon_names())
def test_every_icon_draws_something_in_the_asked_colour(name: str, qapp: QApplication) -> None:
    drawn = colours(pixmap(name, 16, "#ff0000", ratio=4))
    assert drawn
    assert name == "layerloom" or drawn == {"#ff0000"}


def test_an_icon_follows_the_theme(qapp: QApplication) -> None:
    kept = icon("search", "text")
    for theme in (LIGHT, DARK):
        apply_theme(qapp, theme)
        assert colours(kept.pixmap(QSize(64, 64))) == {QColor(theme.text).name()}


def test_an_icon_is_fainter_where_its_action_is_disabled(qapp: QApplication) -> None:
    drawn = icon("search").pixmap(QSize(64, 64), QIcon.Mode.Disabled)
    assert colours(drawn) == {QColor(LIGHT.faint).name()}


def test_an_icon_has_the_screens_resolution(qapp: QApplication) -> None:
    assert icon("search").pixmap(QSize(16, 16), 2.0).size() == QSize(32, 32)
    assert pixmap("search", 16, ratio=2.0).deviceIndependentSize().toSize() == QSize(16, 16)


def test_icons_outlive_their_makers(qtbot: QtBot) -> None:
    buttons = [QPushButton(icon(name), name) for name in icon_names()]
    copies = [QIcon(button.icon()) for button in buttons]
    for button in buttons:
        qtbot.addWidget(button)
    gc.collect()
    assert all(not copy.pixmap(16, 16).isNull() for copy in copies)
    assert all(not button.grab().isNull() for button in buttons)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES.keys())
def test_a_label_changes_with_the_theme(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    label = QLabel("█")
    qtbot.addWidget(label)
    label.show()
    apply_theme(qapp, theme)
    assert QColor(theme.text).name() in colours(label.grab())


def test_a_role_set_late_is_seen(qtbot: QtBot) -> None:
    label = QLabel("█")
    qtbot.addWidget(label)
    label.show()
    set_role(label, "error")
    assert LIGHT.error_text in colours(label.grab())


class Painted(QWidget):
    """Notes which themes it was told to paint in."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.seen.append(current_theme().name)
        super().changeEvent(event)


def test_a_view_that_paints_by_itself_is_told_of_a_new_theme(qapp: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    view = Painted()
    view.setParent(window)
    window.show()
    apply_theme(qapp, DARK)
    assert "dark" in view.seen


def test_a_theme_has_its_name_and_the_systems_is_one_of_them(qapp: QApplication) -> None:
    assert [theme_named(name).name for name in THEMES] == list(THEMES)
    assert theme_named("system") in (LIGHT, DARK)
