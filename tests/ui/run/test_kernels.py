"""The kernels as the window tells of them: how far they are, that they could not be compiled, another try."""

import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt

from core.engine import warm
from core.engine.kernel_folder import Progress
from core.ops import jit
from core.templates import template
from tests.engine.engines import copied_cache, without_compilers
from tests.ui.desk import Desk
from ui.run import link

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the compiling process is found as Linux shows it"
)

PATIENCE_MS = 60_000

KILLED = (
    "the kernels could not be compiled, so runs go on without them, more slowly: "
    "the process that does it was ended (signal 9)"
)


@pytest.fixture
def lenet(open_desk: Callable[[str], Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A window with LeNet-5 on a machine where nothing was ever compiled."""
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path / "kernels"))
    assert not warm.ready()
    return open_desk("lenet5")


def told(desk: Desk) -> str:
    return desk.window.runs.label.text.text()


def compilers(desk: Desk) -> list[int]:
    pid = desk.window.runs.runner.pid
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text("ascii").split()]


def kill_the_compiler(desk: Desk) -> None:
    (compiler,) = compilers(desk)
    os.kill(compiler, signal.SIGKILL)


def test_a_compiler_that_dies_is_told_runs_go_on_and_a_click_starts_another(lenet: Desk) -> None:
    runner, again = lenet.window.runs.runner, lenet.window.runs.label.again
    with lenet.qtbot.waitSignal(runner.resulted, timeout=PATIENCE_MS):
        lenet.click(lenet.button("run-forward"))
    lenet.qtbot.waitUntil(lambda: "compiling" in told(lenet), timeout=PATIENCE_MS)
    assert re.search(r"compiling kernels \d+ of \d+", told(lenet)) and not again.isVisible()
    assert lenet.window.runs.label.toolTip() == (
        "The engine's kernels are compiled for this processor, once on this machine.\n"
        "Until then runs go by NumPy, more slowly."
    )
    kill_the_compiler(lenet)
    lenet.qtbot.waitUntil(again.isVisible, timeout=PATIENCE_MS)
    assert "compiling" not in told(lenet) and "kernels not compiled" in told(lenet)
    lenet.qtbot.waitUntil(lambda: lenet.window.bar.text.text() == KILLED, timeout=PATIENCE_MS)
    assert lenet.window.runs.label.toolTip() == (
        "The kernels could not be compiled: the process that does it was ended (signal 9)\n"
        "Without them runs go by NumPy, more slowly."
    )
    with lenet.qtbot.waitSignal(runner.resulted, timeout=PATIENCE_MS):
        lenet.click(lenet.button("run-forward"))
    assert "kernels not compiled" in told(lenet)
    bar = lenet.window.bar
    assert bar.isVisible() and bar.text.text() == KILLED
    assert [offer.text() for offer in bar.offers] == ["Try again"]
    assert again.cursor().shape() == Qt.CursorShape.PointingHandCursor
    again.setFocus(Qt.FocusReason.TabFocusReason)
    lenet.key(Qt.Key.Key_Space)
    assert not again.isVisible() and not bar.isVisible()
    lenet.qtbot.waitUntil(lambda: bool(compilers(lenet)), timeout=PATIENCE_MS)
    lenet.qtbot.waitUntil(lambda: "compiling" in told(lenet), timeout=PATIENCE_MS)
    kill_the_compiler(lenet)


def test_the_notice_itself_offers_another_try(lenet: Desk) -> None:
    lenet.window.runs.runner.start()
    lenet.qtbot.waitUntil(lambda: bool(compilers(lenet)), timeout=PATIENCE_MS)
    kill_the_compiler(lenet)
    lenet.qtbot.waitUntil(lenet.window.bar.isVisible, timeout=PATIENCE_MS)
    (offer,) = lenet.window.bar.offers
    assert offer.cursor().shape() == Qt.CursorShape.PointingHandCursor
    lenet.click(offer)
    assert not lenet.window.bar.isVisible()
    assert not lenet.window.runs.label.again.isVisible()
    lenet.qtbot.waitUntil(lambda: bool(compilers(lenet)), timeout=PATIENCE_MS)
    kill_the_compiler(lenet)


def test_a_cache_that_cannot_be_written_is_named_with_what_the_system_says(
    open_desk: Callable[[str], Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    below = tmp_path / "file" / "below"
    monkeypatch.setenv(jit.VARIABLE, str(below))
    desk = open_desk("")
    assert desk.window.at_start
    desk.window.runs.runner.start()
    bar = desk.window.bar
    desk.qtbot.waitUntil(bar.isVisible, timeout=PATIENCE_MS)
    told = f"could not be compiled, so runs go on without them, more slowly: {below}: Not a directory"
    assert bar.text.text() == f"the kernels {told}"
    assert f"{below}: Not a directory" in desk.window.runs.label.toolTip()
    desk.window.files.open_template(template("lenet5"))
    desk.settle()
    assert bar.isVisible() and bar.text.text() == f"the kernels {told}", "another design is no kernels"
    bar.close_button.click()
    run_forward(desk)
    assert not bar.isVisible(), "who has read it need not be told again"


def test_the_dot_stands_still_while_numbers_grow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    label, runner = desk.window.runs.label, desk.window.runs.runner
    monkeypatch.setattr(link, "WARM_MS", 1)

    def says(done: int) -> bool:
        runner.changed.emit()
        return told(desk).endswith(f"compiling kernels {done} of 139")

    places = set()
    for done in (1, 9, 10, 11, 44, 99, 100, 111, 138):
        monkeypatch.setattr(warm, "progress", lambda done=done: Progress(done, 139, "mask.causal"))
        desk.qtbot.waitUntil(partial(says, done))
        desk.settle()
        places.add(label.dot.mapTo(desk.window, QPoint()).x())
    assert len(places) == 1
    monkeypatch.setattr(warm, "progress", lambda: None)
    runner.state = "running"
    places = set()
    for runner.progress in (0.0, 0.01, 0.11, 0.99, 1.0):
        runner.changed.emit()
        desk.settle()
        places.add(label.dot.mapTo(desk.window, QPoint()).x())
    assert len(places) == 1
    runner.state = "idle"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_run_after_the_cache_was_deleted_has_it_made_anew_and_shows_its_progress(
    open_desk: Callable[[str], Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = copied_cache(tmp_path)
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    desk = open_desk("lenet5")
    runner = desk.window.runs.runner
    with without_compilers(tmp_path):
        run_forward(desk)
        assert "compiling" not in told(desk)
        shutil.rmtree(cache)
        run_forward(desk)
        desk.qtbot.waitUntil(lambda: "compiling kernels" in told(desk), timeout=PATIENCE_MS)
        assert desk.window.runs.label.toolTip().endswith(
            "Their folder was deleted; runs go on by those in memory."
        )
        assert runner.pid is not None
        os.kill(runner.pid, signal.SIGKILL)
        desk.qtbot.waitUntil(lambda: "ended unexpectedly" in told(desk), timeout=PATIENCE_MS)
        run_forward(desk)
        desk.qtbot.waitUntil(lambda: "compiling kernels" in told(desk), timeout=PATIENCE_MS)
        run_forward(desk)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_that_a_deleted_cache_could_not_be_filled_anew_is_said(
    open_desk: Callable[[str], Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = copied_cache(tmp_path)
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    desk = open_desk("lenet5")
    with without_compilers(tmp_path):
        run_forward(desk)
        shutil.rmtree(cache)
        run_forward(desk)
        desk.qtbot.waitUntil(lambda: bool(compilers(desk)), timeout=PATIENCE_MS)
        kill_the_compiler(desk)
        desk.qtbot.waitUntil(desk.window.bar.isVisible, timeout=PATIENCE_MS)
        assert desk.window.bar.text.text() == (
            "the kernels' folder was deleted and could not be filled anew, "
            "so runs go on by those in memory until the window is closed: "
            "the process that does it was ended (signal 9)"
        )
        assert "kernels not compiled" not in told(desk)


def run_forward(desk: Desk) -> None:
    with desk.qtbot.waitSignal(desk.window.runs.runner.resulted, timeout=PATIENCE_MS):
        desk.click(desk.button("run-forward"))
