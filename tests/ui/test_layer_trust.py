"""Layers in Python files, in the window: nothing runs before the user has seen the file and trusted it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from core import edits
from core.files import load
from core.trust import digest
from core.user_code import LOADED, UNLOADED
from tests.core.user_files import MARKING, with_layer
from tests.ui.desk import Desk
from ui.trust_dialog import shown_source

PATIENCE_MS = 20_000
STRANGE = "the layer in own.py is not loaded: it has not been trusted yet"


@pytest.fixture(autouse=True)
def nothing_is_loaded() -> None:
    """What one test loads another one's file must not profit from."""
    LOADED.clear()
    UNLOADED.clear()


def marking(folder: Path, name: str = "was run") -> str:
    """A file's text that leaves a file in the folder where it is run."""
    return MARKING.format(path=str(folder / name))


def opened(desk: Desk, folder: Path, source: str, sha256: str = "") -> Path:
    """Opens a design whose layer is written in `own.py`."""
    file = with_layer(folder, source, sha256)
    assert desk.window.files.open(file)
    desk.settle()
    return file


def problems(desk: Desk) -> list[str]:
    return [problem.text for problem in desk.window.editor.resolution.problems]


def said(desk: Desk) -> str:
    """What the bar says."""
    return desk.window.bar.text.text() if desk.window.bar.isVisible() else ""


def asked(desk: Desk) -> QDialog:
    """The question about the file, brought up by the problem's repair."""
    desk.window.panels.show_tab(desk.window.problems)
    desk.settle()
    desk.click(desk.button("repair", desk.window.problems))
    dialog = desk.window.findChild(QDialog, "trust")
    assert isinstance(dialog, QDialog)
    desk.qtbot.waitUntil(dialog.isVisible)
    return dialog


def trusted(desk: Desk) -> None:
    """Asks, and trusts; the window system then gives the keyboard back to the window."""
    desk.click(desk.button("trust-load", asked(desk)))
    desk.window.activateWindow()
    desk.qtbot.waitUntil(desk.window.isActiveWindow)


def test_a_design_opens_and_says_that_its_layer_is_not_trusted(desk: Desk, tmp_path: Path) -> None:
    opened(desk, tmp_path, marking(tmp_path))
    assert problems(desk) == [STRANGE]
    assert said(desk) == STRANGE
    assert [offer.text() for offer in desk.window.bar.offers] == ["Look at it…"]
    assert desk.names() == ["x", "own", "y"]
    assert not (tmp_path / "was run").exists()


def test_the_question_shows_path_hash_and_source(desk: Desk, tmp_path: Path) -> None:
    source = marking(tmp_path)
    opened(desk, tmp_path, source)
    dialog = asked(desk)
    texts = {label.objectName(): label.text() for label in dialog.findChildren(QLabel)}
    assert texts["trust-path"] == str(tmp_path / "own.py")
    assert texts["trust-hash"] == f"SHA-256 {digest(source.encode())[:12]}…"
    assert texts["trust-text"].startswith("The layer in own.py is not loaded")
    shown = dialog.findChild(QPlainTextEdit, "trust-source")
    assert isinstance(shown, QPlainTextEdit)
    assert shown.toPlainText() == source
    assert shown.isReadOnly() and shown.font().families()[0] == "JetBrains Mono"
    desk.click(desk.button("trust-cancel", dialog))
    assert not (tmp_path / "was run").exists()


def test_cancel_and_escape_and_return_trust_nothing(desk: Desk, tmp_path: Path) -> None:
    source = marking(tmp_path)
    opened(desk, tmp_path, source)
    desk.click(desk.button("trust-cancel", asked(desk)))
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        dialog = asked(desk)
        focus = dialog.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, key)
        desk.qtbot.waitUntil(lambda: desk.window.findChild(QDialog, "trust") is None)
    assert problems(desk) == [STRANGE]
    assert not desk.memory.trust.is_trusted(source.encode())
    assert not (tmp_path / "was run").exists()


def test_trust_and_load_runs_the_file_and_takes_its_hash_in(desk: Desk, tmp_path: Path) -> None:
    source = marking(tmp_path)
    opened(desk, tmp_path, source)
    trusted(desk)
    assert (tmp_path / "was run").exists()
    assert problems(desk) == []
    assert desk.memory.trust.is_trusted(source.encode())
    assert desk.node("own").arguments["sha256"] == digest(source.encode())
    assert said(desk) == "own.py is loaded"
    assert desk.window.panels.bottom.badge(desk.window.problems) == ""
    desk.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.node("own").arguments["sha256"] == ""
    assert problems(desk) == ["own.py is not the file that the design was drawn with"]


def test_a_design_that_knows_the_hash_is_not_changed_by_trust(desk: Desk, tmp_path: Path) -> None:
    source = marking(tmp_path)
    opened(desk, tmp_path, source, digest(source.encode()))
    trusted(desk)
    assert problems(desk) == []
    assert not desk.window.editor.changed


def test_a_trusted_file_is_loaded_as_the_design_opens(desk: Desk, tmp_path: Path) -> None:
    source = marking(tmp_path)
    desk.memory.trust.trust(source.encode())
    opened(desk, tmp_path, source, digest(source.encode()))
    assert (problems(desk), said(desk)) == ([], "")
    assert (tmp_path / "was run").exists()


def test_a_changed_file_is_asked_about_anew(desk: Desk, tmp_path: Path) -> None:
    source = marking(tmp_path)
    desk.memory.trust.trust(source.encode())
    opened(desk, tmp_path, source, digest(source.encode()))
    changed = marking(tmp_path, "again")
    (tmp_path / "own.py").write_text(changed)
    QApplication.sendEvent(desk.window, QEvent(QEvent.Type.ActivationChange))
    assert (
        said(desk) == "the layer in own.py is not loaded: the file has changed and has not been trusted since"
    )
    assert not (tmp_path / "again").exists()
    desk.click(desk.window.bar.offers[0])
    dialog = desk.window.findChild(QDialog, "trust")
    assert isinstance(dialog, QDialog)
    desk.click(desk.button("trust-load", dialog))
    assert (tmp_path / "again").exists()
    assert desk.node("own").arguments["sha256"] == digest(changed.encode())
    assert problems(desk) == []


def test_what_was_shown_is_trusted_and_not_what_the_file_became(desk: Desk, tmp_path: Path) -> None:
    opened(desk, tmp_path, marking(tmp_path))
    dialog = asked(desk)
    (tmp_path / "own.py").write_text(marking(tmp_path, "again"))
    desk.click(desk.button("trust-load", dialog))
    assert not (tmp_path / "was run").exists() and not (tmp_path / "again").exists()
    assert problems(desk) == [STRANGE]


def test_a_missing_or_faulty_file_is_said(desk: Desk, tmp_path: Path) -> None:
    opened(desk, tmp_path, "1 / 0")
    trusted(desk)
    assert said(desk) == "own.py cannot be loaded: ZeroDivisionError: division by zero"
    assert problems(desk) == [said(desk)]
    (tmp_path / "own.py").unlink()
    desk.click(desk.button("repair", desk.window.problems))
    assert problems(desk) == [said(desk)] == ["there is no file own.py"]


def test_a_layer_of_a_design_without_a_file_waits_for_one(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.py").write_text(marking(tmp_path))
    key = edits.add_node(desk.document, "main", "PythonLayer", (0.0, 0.0), arguments={"file": "own.py"})
    edits.connect(desk.document, desk.node("x").id, "y", key, "x")
    assert "own.py is looked for beside the design, which is not saved yet" in problems(desk)
    monkeypatch.setattr(
        "ui.files.QFileDialog.getSaveFileName", lambda *given: (str(tmp_path / "new.loom"), "")
    )
    desk.key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert STRANGE in problems(desk)
    assert not (tmp_path / "was run").exists()


def test_a_layer_inside_a_choice_is_asked_about_and_taken_in(desk: Desk, tmp_path: Path) -> None:
    source = marking(tmp_path)
    opened(desk, tmp_path, source)
    edits.choose(desk.document, desk.node("own").id)
    desk.window.layers.tell()
    desk.click(desk.window.bar.offers[0])
    dialog = desk.window.findChild(QDialog, "trust")
    assert isinstance(dialog, QDialog)
    desk.click(desk.button("trust-load", dialog))
    assert digest(source.encode()) in str(desk.node("own").arguments)
    assert problems(desk) == []


def test_the_engine_runs_the_trusted_bytes(desk: Desk, tmp_path: Path) -> None:
    opened(desk, tmp_path, marking(tmp_path))
    trusted(desk)
    runner = desk.window.runs.runner
    with desk.qtbot.waitSignal(runner.resulted, timeout=PATIENCE_MS):
        desk.window.menus.perform(desk.window.menus.action("forward"))
    desk.qtbot.waitUntil(lambda: runner.state == "idle", timeout=PATIENCE_MS)
    assert runner.result is not None, runner.words
    (y,) = runner.result.outputs.values()
    assert y.any()


def test_an_export_from_the_window_finds_the_file(
    desk: Desk, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.settings import trust_path
    from core.trust import Trust

    source = marking(tmp_path)
    Trust(trust_path()).trust(source.encode())
    desk.memory.trust.trust(source.encode())
    opened(desk, tmp_path, source, digest(source.encode()))
    desk.window.export.start(tmp_path / "out")
    qtbot.waitUntil(lambda: not desk.window.export.is_running, timeout=60_000)
    assert "exported to" in said(desk)
    assert (tmp_path / "out" / "check.py").exists()


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (b"a = 1\n\tb", "a = 1\n\tb"),
        ("x = 'é'".encode(), "x = 'é'"),
        ("# \u202e evil".encode(), "# \\u202e evil"),
        (b"# coding: latin-1\n\xe9", "# coding: latin-1\né"),
        (b"\xff", "\\xff"),
        (b"# coding: nothing\nx", "# coding: nothing\nx"),
    ],
)
def test_source_is_shown_as_python_reads_it_and_nothing_hides(source: bytes, shown: str) -> None:
    assert shown_source(source) == shown


def test_the_file_that_is_saved_has_the_hash(desk: Desk, tmp_path: Path) -> None:
    source = marking(tmp_path)
    file = opened(desk, tmp_path, source)
    trusted(desk)
    desk.key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    (own,) = [node for node in load(file).nodes("main") if node.kind == "PythonLayer"]
    assert own.arguments["sha256"] == digest(source.encode())
