"""What is damaged, too large or not what it says: the window tells it in a sentence and lives on."""

import errno
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QTabBar
from pytestqt.qtbot import QtBot

from core.document import Document
from core.files import dumps, load, save
from core.record import Node, Record, Wire
from core.templates import FOLDER
from tests.ui.desk import Desk
from tests.ui.hand import CTRL
from tests.ui.run.test_runs import drop, runner_of, sample, seen

Key = Qt.Key
MLP = (FOLDER / "mlp.loom").read_text(encoding="utf-8")
Damage = Callable[[Record], Record]


def open_by_key(desk: Desk, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+O, and the file is chosen."""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(file), ""))
    desk.key(Key.Key_O, CTRL)


def dirty(desk: Desk) -> bool:
    """Whether the window shows that there is something unsaved."""
    return desk.window.top.file.changed


@pytest.mark.parametrize(
    "content",
    [
        MLP[: len(MLP) // 2],
        MLP.replace("[1, 0]", "[2, 0]"),
        MLP.replace("[230.0,0.0]", '"left"'),
        MLP.replace('"kind":"Linear"', '"kind":7'),
        MLP.replace('"record":"wire"', '"record":["wire"]'),
        MLP.replace('"source_port":"y"', '"source_port":null'),
        '{"layerloom": "new", "records": 3}',
    ],
    ids=["cut in half", "newer", "place", "kind", "record", "port", "head"],
)
def test_a_file_that_is_refused_leaves_the_open_design_and_its_history(
    content: str, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bad.loom"
    file.write_text(content, encoding="utf-8")
    document, before = desk.document, dumps(desk.document)
    open_by_key(desk, file, monkeypatch)
    told = desk.window.bar.text.text()
    assert desk.window.bar.isVisible() and "bad.loom" in told and "\n" not in told
    assert desk.document is document and dumps(document) == before
    desk.window.search.add("Linear")
    desk.key(Key.Key_Z, CTRL)
    assert dumps(desk.document) == before


def node_like(of: str, /, **fields: object) -> Damage:
    """Changes the nodes of a kind."""
    return lambda record: (
        replace(record, **fields) if isinstance(record, Node) and record.kind == of else record
    )


def backwards(record: Record) -> Record:
    """Turns the wire into ReLU round, so that it closes a loop."""
    if isinstance(record, Wire) and record.id == "066eca2cdb3c":
        return replace(record, source="a6df2dddc8f0")
    return record


def dangling(record: Record) -> Record:
    """Leads a wire to a node that is not there."""
    is_it = isinstance(record, Wire) and record.id == "62276af41e52"
    return replace(record, target="gone") if is_it else record


DAMAGES: dict[str, Damage] = {
    "unknown layer": node_like("ReLU", kind="Warp"),
    "dangling wire": dangling,
    "loop": backwards,
    "module in itself": node_like("ReLU", kind="@main"),
    "not a number": node_like("Linear", arguments={"out_features": float("nan")}),
    "endless": node_like("Linear", arguments={"out_features": float("inf")}),
    "beyond all numbers": node_like("Linear", arguments={"out_features": 10**40}),
    "a word": node_like("Linear", arguments={"out_features": "many"}),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_design_opens_with_its_problem_in_place_and_in_the_list(
    damage: Damage, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    file = tmp_path / "damaged.loom"
    save(Document(map(damage, load(FOLDER / "mlp.loom").records.values())), file)
    open_by_key(desk, file, monkeypatch)
    assert desk.window.editor.file == file
    desk.window.grab()
    qtbot.waitUntil(lambda: bool(desk.window.canvas.drawing().labels.any_problem))
    bar, place = next(
        (bar, place)
        for bar in desk.window.findChildren(QTabBar)
        for place in range(bar.count())
        if bar.tabText(place) == "Problems"
    )
    desk.click_at(bar, bar.tabRect(place).center())
    shown = [label.text() for label in desk.window.problems.findChildren(QLabel) if label.isVisible()]
    problems = desk.window.editor.resolution.problems
    assert problems
    for problem in problems:
        assert any(problem.text[1:] in text for text in shown), problem
    desk.key(Key.Key_F5)
    qtbot.waitUntil(lambda: runner_of(desk).state == "idle", timeout=60_000)
    assert desk.window.isVisible()


def test_a_network_that_memory_would_not_hold_is_drawn_counted_and_not_run(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    file = tmp_path / "large.loom"
    large = node_like("Linear", arguments={"out_features": 10**9})
    save(Document(map(large, load(FOLDER / "mlp.loom").records.values())), file)
    open_by_key(desk, file, monkeypatch)
    assert desk.window.status.totals.text().startswith("1,000,000,022,000,000,000 parameters")
    desk.click(desk.button("run-forward"))
    qtbot.waitUntil(lambda: runner_of(desk).is_trouble, timeout=60_000)
    assert "memory" in desk.window.bar.text.text()
    assert runner_of(desk).result is None and runner_of(desk).state == "idle"
    desk.key(Key.Key_N, CTRL)
    desk.click(desk.button("run-forward"))
    qtbot.waitUntil(lambda: runner_of(desk).result is not None, timeout=60_000)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pickled.npy", None),
        ("words.npy", b"not an array"),
        ("picture.png", b"not a picture"),
        ("table.csv", b"a,b\nc,d\n"),
        ("cut.npz", b"PK\x03\x04"),
    ],
)
def test_a_sample_that_is_not_what_its_name_says_is_told_at_the_sample(
    name: str, content: bytes | None, desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / name
    if content is None:
        np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)
        assert pickle.dumps({"a": 1})[:1] in file.read_bytes()
    else:
        file.write_bytes(content)
    drop(desk, sample(desk, "x"), file)
    error = seen(desk, QLabel, "sample-error-x")
    assert isinstance(error, QLabel)
    assert name in error.text() and "\n" not in error.text()
    desk.click(desk.button("run-forward"))
    assert runner_of(desk).state == "idle" and runner_of(desk).result is None
    assert name in desk.window.bar.text.text()


def test_a_disk_that_is_full_is_told_and_the_design_stays_open_unsaved_and_as_it_was_on_the_disk(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.loom"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(file), ""))
    desk.key(Key.Key_S, CTRL)
    desk.window.search.add("Linear")
    before, open_ = file.read_bytes(), dumps(desk.document)

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        desk.key(Key.Key_S, CTRL)
        told = desk.window.bar.text.text()
        assert "a.loom" in told and "space" in told.lower() and "\n" not in told
        assert dirty(desk) and dumps(desk.document) == open_ and file.read_bytes() == before
        assert [each.name for each in tmp_path.iterdir() if each.suffix == ".tmp"] == []
    desk.key(Key.Key_S, CTRL)
    assert not dirty(desk) and file.read_bytes() == open_
