"""A desk to draw on and a hand to draw with."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from core.document import Document
from tests.ui.canvas.drawings import Desk, chain
from tests.ui.hand import CanvasHand


@pytest.fixture
def open_desk(qtbot: QtBot) -> Callable[[Document], Desk]:
    """Opens a document on a canvas that is shown at 100 %, its middle in the window's."""

    def opened(document: Document) -> Desk:
        desk = Desk(document)
        qtbot.addWidget(desk.canvas)
        desk.canvas.show()
        desk.canvas.setFocus()
        desk.canvas.frame_all()
        return desk

    return opened


@pytest.fixture
def desk(open_desk: Callable[[Document], Desk]) -> Desk:
    """x → linear → relu → y, and a free tanh below."""
    document = Document()
    chain(document, ("Input", {"shape": "B, 20"}), ("Linear", {"out_features": 8}), "ReLU", "Output")
    chain(document, "Tanh", y=160.0)
    return open_desk(Document(document.records.values()))


@pytest.fixture
def hand(desk: Desk) -> CanvasHand:
    """A hand on the desk's canvas."""
    return CanvasHand(desk.canvas)
