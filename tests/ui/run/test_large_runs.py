"""Runs whose values are too large to be held twice: they are let go before the next run begins."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from core.files import save
from tests.engine.designs import Layers, design
from tests.engine.test_lent import VALUE, held, mapped
from tests.ui.desk import Desk

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the tests look at processes as Linux shows them"
)

PATIENCE_MS = 60_000


@pytest.fixture
def large(open_desk: Callable[[str], Desk], tmp_path: Path) -> Desk:
    """A window with a design whose values take 100 MB each."""
    layers: Layers = {"x": ("Input", {"shape": "5000, 5000"}), "y": ("Output", {})}
    layers |= {f"n{place}": ("Softmax", {}) for place in range(3)}
    file = tmp_path / "large.loom"
    save(design(layers, "x > n0; n0 > n1; n1 > n2; n2 > y"), file)
    desk = open_desk("")
    desk.window.files.open(file)
    desk.settle()
    return desk


def note(desk: Desk) -> str:
    """What the inspector says in place of values."""
    label = desk.window.findChild(QLabel, "result-note")
    assert label is not None
    return label.text() if label.isVisible() else ""


def run(desk: Desk) -> None:
    """Runs forward and waits for the end."""
    desk.click(desk.button("run-forward"))
    await_end(desk)


def await_end(desk: Desk) -> None:
    runner = desk.window.runs.runner
    desk.qtbot.waitUntil(lambda: runner.state == "idle", timeout=PATIENCE_MS)
    desk.settle()


def test_a_large_result_is_let_go_wherever_it_was_looked_at_when_the_next_run_begins(large: Desk) -> None:
    before = mapped()
    runner, tabs = large.window.runs.runner, large.window.runs.tabs
    run(large)
    assert mapped() - before > 2.5 * VALUE
    large.pick("n1")
    assert not note(large)
    view = tabs.values.view
    assert view.table.numbers.rowCount() > 0
    tabs.bar.setCurrentIndex(3)  # what is not seen holds nothing either
    large.settle()
    large.click(large.button("run-forward"))
    assert runner.state == "running" and runner.result is None
    assert mapped() - before < 1.5 * VALUE  # the sample
    tabs.bar.setCurrentIndex(0)
    large.settle()
    assert note(large) == "The run has not ended yet."
    await_end(large)
    assert not note(large)
    np.testing.assert_allclose(float(view.table.numbers.index(0, 0).data()), 1 / 5000, rtol=0.06)


def test_after_stop_a_large_run_holds_nothing_and_the_inspector_says_how_to_run(large: Desk) -> None:
    before = mapped()
    run(large)
    large.pick("n1")
    large.click(large.button("run-forward"))
    large.window.runs.runner.stop()
    await_end(large)
    assert large.window.runs.runner.words == "the run was stopped"
    assert note(large) == "Run forward (Ctrl+Enter) to see values."
    assert mapped() - before < 1.5 * VALUE


def test_pictures_of_a_large_result_stay_on_the_canvas_while_the_next_run_goes(large: Desk) -> None:
    run(large)
    path = (large.node("n1").id,)
    shown = large.window.runs._shown  # the canvas has no other name for it
    assert shown is not None and shown.statistics((), *path)
    told = shown.statistics((), *path)
    large.click(large.button("run-forward"))
    assert large.window.runs._shown is shown
    assert shown.result is None and shown.statistics((), *path) == told
    await_end(large)


def test_another_design_has_the_engine_give_the_memory_back(large: Desk) -> None:
    before, runner = mapped(), large.window.runs.runner
    run(large)
    assert held(runner.pid) > 2.5 * VALUE
    large.window.files.new()
    large.settle()
    assert mapped() - before < VALUE / 4
    large.qtbot.waitUntil(lambda: held(runner.pid) < 1.5 * VALUE, timeout=PATIENCE_MS)
