"""The window under test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.desk import Desk
from ui.style import apply_theme, current_theme
from ui.theme import LIGHT

OpenDesk = Callable[[str], Desk]


@pytest.fixture
def open_desk(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[OpenDesk]:
    """Opens windows: with the start page, a new design (`new`), or a template by its id."""
    desks: list[Desk] = []

    def opened(start: str = "") -> Desk:
        desks.append(Desk(qtbot, tmp_path, start))
        return desks[-1]

    yield opened
    for desk in desks:
        desk.close()
    if current_theme() is not LIGHT:
        apply_theme(qapp, LIGHT)


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """A window with a new design."""
    return open_desk("new")


@pytest.fixture
def residual(open_desk: OpenDesk) -> Desk:
    """A window with a module that is used three times."""
    return open_desk("residual-cnn")
