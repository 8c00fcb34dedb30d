"""Two designs beside each other: what is tinted, what is outlined, and the same from the window's menu."""

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel

from core.files import dumps, save
from core.record import ROOT
from core.resolve import Resolver
from core.templates import template
from tests.ui.desk import Desk
from tests.ui.test_library import in_dialog
from ui.module_picture import mark_colour
from ui.side_by_side import SHOWN_LINES, Compared, SideBySide
from ui.theme import THEMES, Theme


def side(key: str) -> Compared:
    document = template(key).document()
    return Compared(document.module(ROOT).name, document, Resolver(document).resolution)


def painted(a: str, b: str, theme: Theme) -> tuple[QImage, SideBySide]:
    picture = SideBySide(side(a), side(b), theme)
    image = QImage(*picture.size, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        picture.paint(painter)
    return image, picture


def places(image: QImage, colour: str) -> list[tuple[int, int]]:
    """Where a colour stands in the panels, the legend left out."""
    wanted = QColor(colour).rgb()
    return [
        (x, y)
        for y in range(0, image.height() - 170)
        for x in range(image.width())
        if image.pixel(x, y) == wanted
    ]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_each_side_has_the_colour_of_what_only_it_has_and_both_that_of_what_differs(
    qapp: object, name: str
) -> None:
    theme = THEMES[name]
    image, _ = painted("as-in-book-pytorch", "as-in-book-tensorflow", theme)
    middle = image.width() / 2
    gone, new, changed = (places(image, mark_colour(theme, mark)) for mark in ("gone", "new", "changed"))
    assert gone and all(x < middle for x, _ in gone)
    assert new and all(x > middle for x, _ in new)
    assert any(x < middle for x, _ in changed) and any(x > middle for x, _ in changed)


def test_designs_that_are_the_same_have_no_marks(qapp: object) -> None:
    theme = THEMES["light"]
    image, picture = painted("as-in-book-pytorch", "as-in-book-pytorch", theme)
    assert picture.comparison.same
    colours = {image.pixel(x, y) for y in range(image.height()) for x in range(image.width())}
    for mark in ("gone", "new", "changed"):
        assert QColor(mark_colour(theme, mark)).rgb() not in colours
    assert picture.lines == ["nothing differs"]


def test_many_differences_are_cut_and_counted(qapp: object) -> None:
    _, picture = painted("vae", "autoencoder", THEMES["light"])
    assert len(picture.comparison.lines) > SHOWN_LINES
    assert picture.lines[-1] == f"and {len(picture.comparison.lines) - SHOWN_LINES} more"


def test_the_menu_shows_where_the_open_design_and_a_file_part(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "other.loom"
    save(desk.document, file)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(file), ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(tmp_path / "apart.png"), ""))
    desk.window.search.add("Linear")
    desk.settle()
    before, told = dumps(desk.document), list[str]()

    def look(dialog: QDialog) -> None:
        (picture,) = dialog.findChildren(QLabel, "designs-picture")
        told.append(picture.accessibleName())
        dialog._ask()  # type: ignore[attr-defined]

    in_dialog(desk, desk.window.menus.qt["compare-design"].trigger, "close-comparison", look)
    assert "only in A" in told[0]
    assert (tmp_path / "apart.png").read_bytes().startswith(b"\x89PNG")
    assert dumps(desk.document) == before


def test_a_file_that_cannot_be_read_is_told_in_the_window(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bad.loom"
    file.write_text("{")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(file), ""))
    desk.window.menus.qt["compare-design"].trigger()
    assert desk.window.bar.text.text().startswith("bad.loom: ")
