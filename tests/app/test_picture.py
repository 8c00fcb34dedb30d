"""`layerloom picture`: files of each format, off the screen, and what is said where that fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6")

ROOT = Path(__file__).resolve().parents[2]
DESIGN = ROOT / "assets" / "templates" / "mlp.loom"
MARKS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def picture(target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs the command without a display."""
    return without_display("picture", str(DESIGN), "-o", str(target), *options)


def without_display(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command where there is no display."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("ending", sorted(MARKS))
def test_a_design_is_drawn_without_a_display(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"mlp{ending}"
    done = picture(target)
    assert (done.returncode, done.stderr) == (0, "")
    assert target.read_bytes().startswith(MARKS[ending])


def test_the_theme_colours_the_picture(tmp_path: Path) -> None:
    for theme in ("light", "dark"):
        assert picture(tmp_path / f"{theme}.svg", "--theme", theme).returncode == 0
    assert (tmp_path / "light.svg").read_bytes() != (tmp_path / "dark.svg").read_bytes()


def test_a_folder_that_is_not_there_is_told_in_one_sentence(tmp_path: Path) -> None:
    done = picture(tmp_path / "missing" / "mlp.png")
    assert done.returncode != 0
    assert done.stderr.strip().count("\n") == 0
    assert "No such file or directory" in done.stderr


@pytest.mark.parametrize("ending", sorted(MARKS))
def test_two_designs_are_drawn_beside_each_other(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"apart{ending}"
    done = without_display("diff", "as-in-book-pytorch", "as-in-book-tensorflow", "-o", str(target))
    assert (done.returncode, done.stderr) == (1, "")
    assert target.read_bytes().startswith(MARKS[ending])
