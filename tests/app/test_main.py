"""The composition root: what the settings say is what the window shows, and what it remembers is kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.main import command_line, theme_of
from app.memory import Remembered
from app.settings import Settings, load_settings
from ui.memory import Place
from ui.theme import THEMES

START = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import sys
from pathlib import Path
import ui.window
begin = ui.window.Window.begin
def close_after(window, *given):
    begin(window, *given)
    print(window.editor.title, window.theme_name, window.isVisible(), flush=True)
    QTimer.singleShot(0, window.close)
ui.window.Window.begin = close_after
from app.main import open_window
if __name__ == "__main__":
    sys.exit(open_window(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
"""


def test_the_program_opens_a_file_in_the_window_and_ends_when_that_closes(tmp_path: Path) -> None:
    script = tmp_path / "start.py"
    script.write_text(START, encoding="utf-8")
    design = Path("assets/templates/lenet5.loom").absolute()
    done = subprocess.run(
        [sys.executable, str(script), str(design)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert done.stdout == "lenet5.loom light True\n"
    assert done.returncode == 0


def test_what_the_window_remembers_is_in_the_settings_at_once(tmp_path: Path) -> None:
    memory = Remembered(load_settings().settings, pytest.fail)
    memory.theme = "dark"
    memory.place = Place(left=4, top=5, width=900, height=600, maximised=True, docks="abc", minimap=True)
    memory.exact = True
    memory.opened(tmp_path / "a.loom")
    memory.opened(tmp_path / "b.loom")
    memory.gone(tmp_path / "a.loom")
    again = Remembered(load_settings().settings, pytest.fail)
    assert again.theme == "dark" and again.exact
    assert again.place == memory.place
    assert again.recent == (str(tmp_path / "b.loom"),)
    assert again.recovery.name == "recovery"


def test_the_users_library_lies_in_the_data_folder(tmp_path: Path) -> None:
    assert Remembered(Settings(data_folder=str(tmp_path)), pytest.fail).library == tmp_path / "library"
    usual = Remembered(Settings(), pytest.fail).library
    assert usual == Path(os.environ["XDG_DATA_HOME"]) / "layerloom" / "library"


def test_settings_that_cannot_be_kept_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(blocked))
    told: list[str] = []
    Remembered(Settings(), told.append).theme = "dark"
    assert len(told) == 1 and "could not be saved" in told[0]


@pytest.mark.parametrize("name", THEMES)
def test_the_theme_is_that_of_the_settings(name: str, qapp: QApplication) -> None:
    memory = Remembered(Settings(), pytest.fail)
    memory.theme = name
    assert theme_of(load_settings().settings, qapp) is THEMES[name]


def test_where_the_settings_leave_it_to_the_system_one_of_both_is_shown(qapp: QApplication) -> None:
    assert theme_of(Settings(), qapp).name in ("light", "dark")


def test_the_window_is_told_what_starts_the_command_line_in_any_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [*command_line(), "templates"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "resnet-18" in done.stdout
