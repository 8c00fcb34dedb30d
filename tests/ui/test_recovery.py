"""A window that is killed loses nothing; the next one offers what was there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from pytestqt.qtbot import QtBot

from core.journal import recoverable
from core.templates import FOLDER
from tests.ui.conftest import OpenDesk

KILLED = """
import os, sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
application = QApplication([])
from ui.memory import Forgetful
from ui.window import Window
window = Window(Forgetful(recovery=Path(sys.argv[1])))
window.show()
window.files.new()
window.search.add("Linear", "linear 殘差")
window.search.add("ReLU")
print("drawn", flush=True)
application.exec()
"""


def killed(folder: Path) -> int:
    """Draws in a window of another process, and kills it; returns its exit code."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "drawn\n"
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    return process.wait(timeout=20)


def test_what_a_window_held_when_it_was_killed_is_offered_and_recovered(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    assert killed(tmp_path / "recovery") == -signal.SIGKILL
    desk = open_desk("")
    desk.click(desk.button("recover"))
    assert desk.names() == ["x", "linear", "relu", "y"]
    assert desk.window.editor.changed
    desk.close()
    assert recoverable(tmp_path / "recovery") == []


def test_a_window_opened_with_another_file_offers_it_in_the_bar(
    open_desk: OpenDesk, tmp_path: Path, qtbot: QtBot
) -> None:
    killed(tmp_path / "recovery")
    desk = open_desk("")
    desk.window.begin(FOLDER / "lenet5.loom")
    assert desk.window.bar.isVisible()
    assert "a new design, 2 changes" in desk.window.bar.text.text()
    desk.settle()
    recover = next(button for button in desk.window.bar.offers if button.text() == "Recover")
    desk.click(recover)
    assert desk.names() == ["x", "linear", "relu", "y"]
