"""Figures in the inspector: where they have no room, they are broken between their parts."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ui.inspector.figure import Figure, broken

SHAPE = "B×512×(2*(H//16))×(2*(W//16))"


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        (SHAPE, 40, [SHAPE]),
        (SHAPE, 18, ["B×512×(2*(H//16))×", "(2*(W//16))"]),
        (SHAPE, 12, ["B×512×", "(2*(H//16))×", "(2*(W//16))"]),
        (SHAPE, 5, ["B×", "512×", "(2*(H//16))×", "(2*(W//16))"]),
        ("B×(H//2 + 1)×W", 12, ["B×", "(H//2 + 1)×W"]),
        ("0.25, 1.5e-05", 8, ["0.25,", "1.5e-05"]),
        ("2×4 float32", 7, ["2×4", "float32"]),
        ("", 5, [""]),
    ],
)
def test_lines_end_between_sizes_or_words(text: str, room: int, lines: list[str]) -> None:
    assert broken(text, room, len) == lines


def test_a_figure_is_as_high_as_its_lines_and_says_the_whole(qtbot: QtBot) -> None:
    home = QWidget()
    qtbot.addWidget(home)
    figure = Figure(home)
    home.show()
    figure.show()
    figure.tell(SHAPE)
    wide = figure.fontMetrics().horizontalAdvance(SHAPE)
    figure.resize(wide, 60)
    assert figure.text() == SHAPE
    figure.resize(round(wide * 0.7), 60)
    assert figure.text() == "B×512×(2*(H//16))×\n(2*(W//16))" and figure.told == SHAPE
    assert figure.heightForWidth(figure.width()) == 2 * figure.fontMetrics().lineSpacing()
