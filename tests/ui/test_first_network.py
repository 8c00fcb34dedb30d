"""The text's first network, from the start page to gradients and code, by few keys."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk

Key = Qt.Key


class Counted:
    """Types on a desk, and counts the keys and clicks."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.presses = 0

    def key(self, key: Qt.Key) -> None:
        """Types a key."""
        self.presses += 1
        self.desk.key(key)

    def add(self, text: str) -> None:
        """Searches and adds."""
        self.key(Key.Key_Space)
        self.presses += len(text)
        self.desk.type(text)
        self.key(Key.Key_Return)


def shapes(desk: Desk) -> list[str]:
    """What the wires show, from left to right."""
    canvas = desk.window.canvas
    wires = sorted(desk.document.wires("main"), key=lambda wire: desk.document.node(wire.source).at)
    return [canvas.drawing().labels.shape(wire.id) for wire in wires]


def test_the_first_network_takes_fewer_than_thirty_presses(open_desk: OpenDesk, qtbot: QtBot) -> None:
    desk = open_desk("")
    hand = Counted(desk)
    hand.key(Key.Key_Return)
    hand.add("lin 256")
    assert shapes(desk) == ["B×20", "B×256"]
    hand.add("re")
    hand.add("lin 10")
    assert shapes(desk) == ["B×20", "B×256", "B×256", "B×10"]
    assert desk.window.status.totals.text().startswith("7,946 parameters")
    hand.key(Key.Key_F5)
    runner = desk.window.runs.runner
    qtbot.waitUntil(lambda: runner.result is not None, timeout=60_000)
    assert runner.result is not None
    assert runner.result.outputs["y"].shape == (2, 10)
    assert len(runner.result.parameter_gradients) == 4
    hand.presses += 1
    desk.click(desk.window.code.copy)
    code = QGuiApplication.clipboard().text()
    assert "nn.Linear(20, 256)" in code and "nn.Linear(256, 10)" in code
    assert hand.presses < 30
