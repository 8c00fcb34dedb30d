"""The kernels as the window tells of them: how far they are, that they could not be compiled, another try."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from core.engine import warm
from core.ops import jit
from tests.engine.engines import copied_cache, without_compilers
from tests.ui.desk import Desk

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the compiling process is found as Linux shows it"
)

PATIENCE_MS = 60_000


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
    assert "of" in told(lenet) and not again.isVisible()
    kill_the_compiler(lenet)
    lenet.qtbot.waitUntil(again.isVisible, timeout=PATIENCE_MS)
    assert "compiling" not in told(lenet) and "kernels not compiled" in told(lenet)
    lenet.qtbot.waitUntil(
        lambda: "could not be compiled" in lenet.window.bar.text.text(), timeout=PATIENCE_MS
    )
    with lenet.qtbot.waitSignal(runner.resulted, timeout=PATIENCE_MS):
        lenet.click(lenet.button("run-forward"))
    assert "kernels not compiled" in told(lenet)
    bar = lenet.window.bar
    assert bar.isVisible() and "could not be compiled" in bar.text.text()
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
    lenet.click(offer)
    assert not lenet.window.bar.isVisible()
    assert not lenet.window.runs.label.again.isVisible()
    lenet.qtbot.waitUntil(lambda: bool(compilers(lenet)), timeout=PATIENCE_MS)
    kill_the_compiler(lenet)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_engine_that_finds_the_cache_deleted_shows_its_progress_again(
    open_desk: Callable[[str], Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = copied_cache(tmp_path)
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    desk = open_desk("lenet5")
    runner = desk.window.runs.runner
    with without_compilers(tmp_path):
        run_forward(desk)
        shutil.rmtree(cache)
        run_forward(desk)
        assert "forward" in told(desk) and "compiling" not in told(desk)
        assert runner.pid is not None
        os.kill(runner.pid, signal.SIGKILL)
        desk.qtbot.waitUntil(lambda: "ended unexpectedly" in told(desk), timeout=PATIENCE_MS)
        run_forward(desk)
        desk.qtbot.waitUntil(lambda: "compiling" in told(desk), timeout=PATIENCE_MS)
        run_forward(desk)


def run_forward(desk: Desk) -> None:
    with desk.qtbot.waitSignal(desk.window.runs.runner.resulted, timeout=PATIENCE_MS):
        desk.click(desk.button("run-forward"))
