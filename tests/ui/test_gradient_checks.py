"""The gradient check by one click: done in the engine, and told in words, marks and numbers."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from core import edits
from core.engine.gradient_check import TOLERANCE, GradientCheck
from core.trust import digest
from tests.core.user_files import SWISH, with_layer
from tests.ui.desk import Desk
from tests.ui.hand import CTRL
from ui.gradient_checks import told

PATIENCE_MS = 20_000


def checked(desk: Desk, act: Callable[[], object]) -> str:
    """Does something that starts a check, and waits for what the bar says."""
    runner = desk.window.runs.runner
    with desk.qtbot.waitSignal(runner.checked, timeout=PATIENCE_MS):
        act()
        states = [runner.state]
    desk.settle()
    assert [*states, runner.state] == ["running", "idle"]
    assert desk.window.bar.isVisible()
    return desk.window.bar.text.text()


def from_the_context_menu(desk: Desk, name: str) -> None:
    """Picks a node and takes the entry from its menu."""
    desk.hand.ask_for_menu(desk.hand.node(desk.node(name).id))
    menu = desk.window.findChild(QMenu, "context-menu")
    assert isinstance(menu, QMenu)
    desk.click_at(menu, menu.actionGeometry(desk.window.menus.qt["check-gradient"]).center())


def by_name(desk: Desk) -> None:
    """Takes it from the command palette."""
    desk.key(Qt.Key.Key_K, CTRL)
    desk.type("check gradient")
    desk.key(Qt.Key.Key_Return)


def with_trusted(desk: Desk, folder: Path, source: str) -> None:
    """A design with a trusted layer."""
    desk.memory.trust.trust(source.encode())
    desk.window.files.open(with_layer(folder, source, digest(source.encode())))
    desk.settle()
    desk.pick("own")
    assert desk.window.gradients.is_possible


def test_a_right_gradient_is_told_with_its_errors(residual: Desk) -> None:
    residual.pick("stem")
    text = checked(residual, lambda: by_name(residual))
    assert text.startswith("✓ the gradient of stem is right; largest relative errors: ✓ ")
    found = dict(re.findall(r"✓ (\w+) (\d\.\de-\d\d)", text))
    assert set(found) >= {"x", "weight"}
    assert all(float(error) < TOLERANCE for error in found.values())
    assert residual.window.bar.mark == "ok"


def test_the_menu_of_a_node_has_it(desk: Desk) -> None:
    desk.window.search.add("Tanh")
    desk.settle()
    desk.pick("tanh")
    text = checked(desk, lambda: from_the_context_menu(desk, "tanh"))
    assert text.startswith("✓ the gradient of tanh is right")


def test_a_wrong_backward_of_a_python_layer_is_told(desk: Desk, tmp_path: Path) -> None:
    with_trusted(desk, tmp_path, SWISH.replace("return dy * (s +", "return dy * (2 * s +"))
    text = checked(desk, lambda: by_name(desk))
    assert text.startswith("✗ the gradient of own is wrong; largest relative errors: ✗ x ")
    assert desk.window.bar.mark == "error"


def test_a_right_python_layer_passes(desk: Desk, tmp_path: Path) -> None:
    with_trusted(desk, tmp_path, SWISH)
    assert checked(desk, lambda: by_name(desk)).startswith("✓ the gradient of own is right")


def test_a_layer_without_a_backward_says_so(desk: Desk, tmp_path: Path) -> None:
    with_trusted(desk, tmp_path, "def shape(x): return x\ndef forward(x): return x\n")
    by_name(desk)
    assert desk.window.bar.text.text() == "own.py has no backward, so that no gradient flows"


def test_a_backward_that_fails_is_a_sentence(desk: Desk, tmp_path: Path) -> None:
    source = "def shape(x): return x\ndef forward(x): return x\ndef backward(dy, x): return dy.nothing\n"
    with_trusted(desk, tmp_path, source)
    by_name(desk)
    desk.qtbot.waitUntil(lambda: desk.window.bar.isVisible(), timeout=PATIENCE_MS)
    assert desk.window.bar.text.text().startswith("backward of own.py failed: AttributeError")


def test_it_does_not_run_in_the_window_and_can_be_stopped(desk: Desk, tmp_path: Path) -> None:
    where = tmp_path / "where"
    source = (
        "import os, pathlib\ndef shape(x): return x\ndef forward(x): return x\n"
        f"def backward(dy, x):\n    pathlib.Path({str(where)!r}).write_text(str(os.getpid()))\n"
        "    while True: pass\n"
    )
    with_trusted(desk, tmp_path, source)
    by_name(desk)
    desk.qtbot.waitUntil(lambda: where.exists() and bool(where.read_text()), timeout=PATIENCE_MS)
    assert int(where.read_text()) != os.getpid()
    desk.key(Qt.Key.Key_Period, CTRL)
    runner = desk.window.runs.runner
    desk.qtbot.waitUntil(lambda: runner.state == "idle", timeout=PATIENCE_MS)
    assert runner.words == "the run was stopped"


@pytest.mark.parametrize("picked", [(), ("image",), ("stem", "block1"), ("block1",)])
def test_it_is_only_for_one_layer(picked: tuple[str, ...], residual: Desk) -> None:
    residual.window.canvas.select([residual.node(name).id for name in picked])
    assert not residual.window.menus.action("check-gradient").enabled(residual.window)


def test_a_layer_with_a_problem_cannot_be_checked(residual: Desk) -> None:
    edits.set_argument(residual.document, residual.node("stem").id, "kernel_size", 50)
    residual.pick("stem")
    assert not residual.window.gradients.is_possible


def test_a_number_that_is_none_is_wrong() -> None:
    text, mark = told("log", GradientCheck({"x": float("nan"), "weight": 1e-9}))
    assert text == "✗ the gradient of log is wrong; largest relative errors: ✗ x nan, ✓ weight 1.0e-09"
    assert mark == "error"


def test_many_errors_are_counted_and_none_is_said() -> None:
    many = GradientCheck({f"w{i}": 1e-9 for i in range(9)})
    assert told("own", many)[0].endswith("✓ w5 1.0e-09 and 3 more")
    assert told("argmax", GradientCheck({})) == ("argmax has nothing that a gradient flows to", "info")
