"""Designs as files: saved, opened, refused, and never lost without a question."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from core.files import dumps, load
from core.journal import recoverable
from core.templates import FOLDER
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from tests.ui.hand import CTRL, SHIFT, Hand

Key = Qt.Key


@pytest.fixture
def saved_as(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the user chooses wherever a name is asked for."""
    file = tmp_path / "殘差塊.loom"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(file.with_suffix("")), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(file), ""))
    return file


def dirty(desk: Desk) -> bool:
    """Whether the window shows that there is something unsaved."""
    return desk.window.top.file.changed


def test_a_new_design_is_unchanged_and_an_edit_makes_it_dirty_and_undo_clean_again(desk: Desk) -> None:
    assert not dirty(desk)
    desk.window.search.add("Linear")
    assert dirty(desk) and desk.window.isWindowModified()
    desk.key(Key.Key_Z, CTRL)
    assert not dirty(desk)
    desk.key(Key.Key_Y, CTRL)
    assert dirty(desk)


def test_a_drag_that_is_taken_back_leaves_the_design_clean(desk: Desk) -> None:
    start = desk.hand.node(desk.node("x").id)
    desk.hand.drag(start, (start[0] + 90, start[1] + 60), release=False)
    assert dirty(desk)
    desk.key(Key.Key_Escape)
    desk.hand.release()
    assert not dirty(desk)


def test_saving_asks_once_for_a_name_and_then_writes_there(desk: Desk, saved_as: Path) -> None:
    desk.window.search.add("Linear")
    desk.key(Key.Key_S, CTRL)
    assert saved_as.read_bytes() == dumps(desk.document)
    assert desk.window.top.file.name.text() == "殘差塊.loom"
    assert not dirty(desk)
    desk.window.search.add("ReLU")
    assert dirty(desk)
    desk.key(Key.Key_S, CTRL)
    assert saved_as.read_bytes() == dumps(desk.document)
    assert desk.memory.recent == (str(saved_as),)


def test_going_back_behind_a_save_is_a_change(desk: Desk, saved_as: Path) -> None:
    desk.window.search.add("Linear")
    desk.key(Key.Key_S, CTRL)
    desk.key(Key.Key_Z, CTRL)
    assert dirty(desk)
    desk.key(Key.Key_Z, CTRL | SHIFT)
    assert not dirty(desk)


def test_what_was_saved_opens_as_it_was(desk: Desk, saved_as: Path) -> None:
    desk.window.search.add("Linear")
    desk.key(Key.Key_S, CTRL | SHIFT)
    before = dumps(desk.document)
    desk.key(Key.Key_N, CTRL)
    assert desk.names() == ["x", "y"]
    desk.key(Key.Key_O, CTRL)
    assert dumps(desk.document) == before
    assert desk.window.editor.file == saved_as


def test_a_recent_design_opens_from_the_menu_and_one_that_is_gone_leaves_it(
    desk: Desk, tmp_path: Path
) -> None:
    file, gone = tmp_path / "a.loom", tmp_path / "gone.loom"
    shutil.copy(FOLDER / "mlp.loom", file)
    desk.memory.opened(file)
    desk.memory.opened(gone)
    menu = desk.window.top.menus.findChild(QMenu, "menu-recent")
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    first, second = menu.actions()
    first.trigger()
    assert "gone.loom" in desk.window.bar.text.text()
    assert desk.memory.recent == (str(file),)
    second.trigger()
    assert desk.window.editor.file == file


@pytest.mark.parametrize(("answer", "left"), [("Discard", ["x", "y"]), ("Cancel", ["x", "linear", "y"])])
def test_unsaved_work_is_asked_about_before_another_design_takes_its_place(
    answer: str, left: list[str], desk: Desk
) -> None:
    desk.window.search.add("Linear")
    asked = desk.answering(answer, lambda: desk.key(Key.Key_N, CTRL))
    assert asked == ["Save the changes to Network?"]
    assert desk.names() == left


def test_closing_with_unsaved_work_asks_and_cancel_keeps_the_window(desk: Desk) -> None:
    desk.window.search.add("Linear")
    assert desk.answering("Cancel", desk.window.close)
    assert desk.window.isVisible()
    assert desk.names() == ["x", "linear", "y"]


def test_closing_with_unsaved_work_can_save_it(desk: Desk, saved_as: Path) -> None:
    desk.window.search.add("Linear")
    assert desk.answering("Save", desk.window.close)
    assert not desk.window.isVisible()
    assert [node.kind for node in load(saved_as).nodes("main")].count("Linear") == 1


def test_closing_without_changes_asks_nothing(desk: Desk) -> None:
    desk.window.close()
    assert not desk.window.isVisible()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cut off"),
        (b"{", "cut off"),
        (b"not json", "not JSON"),
        (b'{"a": 1}', "not a Layerloom design"),
        (b'{"layerloom": [9, 0], "records": []}', "newer Layerloom"),
        (b'{"layerloom": [1, 0], "records": [{"record": "end"}]}', "no module main"),
    ],
)
def test_a_file_that_is_no_design_is_refused_in_one_sentence_and_the_open_one_stays(
    content: bytes, sentence: str, desk: Desk, tmp_path: Path
) -> None:
    desk.window.search.add("Linear")
    file = tmp_path / "bad.loom"
    file.write_bytes(content)
    before = desk.document
    desk.window.files.open(file)
    assert sentence in desk.window.bar.text.text()
    assert desk.document is before and desk.window.editor.file is None
    assert not any(isinstance(box, QMessageBox) for box in desk.window.findChildren(QMessageBox))


def test_a_damaged_design_opens_with_its_problems(desk: Desk, tmp_path: Path) -> None:
    text = (FOLDER / "mlp.loom").read_text(encoding="utf-8")
    file = tmp_path / "damaged.loom"
    file.write_text(text.replace('"ReLU"', '"Warp"'), encoding="utf-8")
    assert desk.window.files.open(file)
    assert "Warp" in " ".join(problem.text for problem in desk.window.editor.resolution.problems)


def test_a_folder_that_takes_no_file_is_told_and_the_design_stays_unsaved(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(blocked / "a.loom"), ""))
    desk.window.search.add("Linear")
    desk.key(Key.Key_S, CTRL)
    assert desk.window.bar.text.text().startswith("cannot write")
    assert dirty(desk)


def test_a_design_dropped_onto_the_window_opens(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "a.loom"
    shutil.copy(FOLDER / "mlp.loom", file)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    hand = Hand(desk.window)
    hand.carry(mime, (300, 300))
    hand.drop(mime, (300, 300))
    assert desk.window.editor.file == file


def test_the_bar_is_closed_by_its_button(desk: Desk) -> None:
    desk.window.say("something is wrong")
    assert desk.window.bar.isVisible()
    desk.click(desk.window.bar.close_button)
    assert not desk.window.bar.isVisible()


def test_a_sentence_that_was_read_goes_with_the_next_edit_but_an_offer_stays(desk: Desk) -> None:
    desk.window.say("something is wrong")
    desk.window.search.add("Linear")
    assert not desk.window.bar.isVisible()
    desk.window.bar.say("something can be done", {"Do it": lambda: None})
    desk.window.search.add("Linear")
    assert desk.window.bar.isVisible()


def test_what_a_killed_window_left_is_offered_and_recovered(open_desk: OpenDesk, tmp_path: Path) -> None:
    first = open_desk("new")
    first.window.search.add("Linear")
    left = next((tmp_path / "recovery").glob("*.journal"))
    kept = left.read_text(encoding="utf-8")
    first.close()
    # A process number that no living process has: what a kill leaves behind.
    head, rest = kept.split("\n", 1)
    left.write_text(head.replace('"process": ', '"process": 9') + "\n" + rest, encoding="utf-8")
    second = open_desk("")
    second.click(second.button("recover"))
    assert second.names() == ["x", "linear", "y"]
    assert dirty(second)
    # Until it is saved or given up, a second kill loses nothing either.
    assert left.exists()
    second.close()
    assert recoverable(tmp_path / "recovery") == []


def test_a_recovery_can_be_discarded(open_desk: OpenDesk, tmp_path: Path) -> None:
    first = open_desk("new")
    first.window.search.add("Linear")
    left = next((tmp_path / "recovery").glob("*.journal"))
    kept = left.read_text(encoding="utf-8")
    first.close()
    left.write_text(kept.replace('"process": ', '"process": 9', 1), encoding="utf-8")
    second = open_desk("")
    second.click(second.button("recovery-discard"))
    assert not left.exists()
    assert not [
        b
        for b in second.window.start.findChildren(type(second.button("start-new")), "recover")
        if b.isVisible()
    ]


def test_every_change_is_in_the_journal_at_once(desk: Desk, tmp_path: Path) -> None:
    desk.window.search.add("Linear")
    journal = next((tmp_path / "recovery").glob("*.journal")).read_text(encoding="utf-8")
    assert '"Add Linear"' in journal
