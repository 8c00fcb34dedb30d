"""Export from the window: a folder with its proof, and a sentence where that cannot be."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from core import edits
from tests.ui.conftest import OpenDesk


def test_a_folder_is_written_while_the_window_stays_of_use(
    open_desk: OpenDesk, tmp_path: Path, qtbot: QtBot
) -> None:
    desk = open_desk("mlp")
    folder = tmp_path / "out"
    desk.window.export.start(folder)
    assert "exporting" in desk.window.bar.text.text()
    desk.window.search.add("ReLU")
    qtbot.waitUntil(lambda: not desk.window.export.is_running, timeout=60_000)
    assert "run" in desk.window.bar.text.text()
    assert {"check.py", "sample.npz"} <= {file.name for file in folder.iterdir()}


def test_a_design_with_problems_is_refused_in_one_sentence(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk("residual-cnn")
    edits.set_argument(desk.document, desk.node("stem").id, "kernel_size", 50)
    desk.window.export.start(tmp_path / "out")
    assert "stem" in desk.window.bar.text.text()
    assert not desk.window.export.is_running and not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_else_is_refused(
    open_desk: OpenDesk, tmp_path: Path, qtbot: QtBot
) -> None:
    desk = open_desk("mlp")
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    desk.window.export.start(folder)
    qtbot.waitUntil(lambda: not desk.window.export.is_running, timeout=60_000)
    assert "full holds other files" in desk.window.bar.text.text()
    assert [file.name for file in folder.iterdir()] == ["thesis.txt"]


def test_closing_the_window_ends_an_export(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk("mlp")
    desk.window.export.start(tmp_path / "out")
    desk.close()
    assert not desk.window.export.is_running


def test_the_framework_in_sight_is_exported_to(open_desk: OpenDesk, tmp_path: Path, qtbot: QtBot) -> None:
    desk = open_desk("mlp")
    desk.window.code.choose("pytorch-lazy")
    desk.window.export.start(tmp_path / "out")
    qtbot.waitUntil(lambda: not desk.window.export.is_running, timeout=60_000)
    texts = [file.read_text("utf-8") for file in (tmp_path / "out").glob("*.py")]
    assert any("nn.LazyLinear(" in text for text in texts)
