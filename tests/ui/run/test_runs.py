"""Running from the window: values, gradients, modes, seeds, live runs, stopping, and an engine that dies."""

import errno
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
    QToolButton,
    QWidget,
)

from core import edits
from core.engine.messages import GradientJob, Job
from core.engine.process import EngineProcess
from core.engine.run import Mode, run
from core.engine.samples import digits_sample, input_specs
from core.initialise import Array
from tests.ui.desk import Desk
from tests.ui.hand import Hand
from ui.canvas.paint import strip_boxes
from ui.run.input_sample import InputSample
from ui.run.runner import Runner

PATIENCE_MS = 20_000


@pytest.fixture
def lenet(open_desk: Callable[[str], Desk]) -> Desk:
    """A window with LeNet-5."""
    return open_desk("lenet5")


def runner_of(desk: Desk) -> Runner:
    """What runs the window's design."""
    return desk.window.runs.runner


def finished(desk: Desk, act: Callable[[], object]) -> Runner:
    """Does something that starts a run, and waits for its result."""
    runner = runner_of(desk)
    with desk.qtbot.waitSignal(runner.resulted, timeout=PATIENCE_MS, check_params_cb=None):
        act()
    desk.qtbot.waitUntil(lambda: runner.state == "idle" and not runner.stale, timeout=PATIENCE_MS)
    desk.settle()
    return runner


def forward(desk: Desk) -> Runner:
    """Clicks on Forward and waits."""
    return finished(desk, lambda: desk.click(desk.button("run-forward")))


def both(desk: Desk) -> Runner:
    """Clicks on Forward + backward and waits."""
    return finished(desk, lambda: desk.click(desk.button("run-backward")))


def value(desk: Desk, name: str) -> Array:
    """The value of a node of the open module."""
    result = runner_of(desk).result
    path = desk.window.editor.session.path
    assert result is not None and path is not None
    node = desk.node(name)
    return result.values[((*path, node.id), "x" if node.kind == "Output" else "y")]


def seen(desk: Desk, kind: type[QWidget], name: str) -> QWidget:
    """The widget of that name that is seen."""
    return next(w for w in desk.window.findChildren(kind, name) if w.isVisible())


def cells(table: QTableView) -> list[list[str]]:
    """The texts of a table."""
    model = table.model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_before_the_first_run_the_inspector_says_how_to_run(lenet: Desk) -> None:
    lenet.pick("conv1")
    note = seen(lenet, QLabel, "result-note")
    assert isinstance(note, QLabel)
    assert note.text() == "Run forward (Ctrl+Enter) to see values."


def test_forward_on_the_digits_shows_the_values_of_the_engine(lenet: Desk) -> None:
    runner = forward(lenet)
    program = runner.program()
    specs = input_specs(program)
    inputs = {name: digits_sample(spec) for name, spec in specs.items()}
    expected = run(program, runner.weights.arrays, inputs, 0, Mode())
    for name in ("conv1", "logits", "mean_loss"):
        place = ((lenet.node(name).id,), "x" if lenet.node(name).kind == "Output" else "y")
        np.testing.assert_allclose(value(lenet, name), expected.values[place], rtol=1e-4, atol=1e-6)


def test_values_are_read_from_the_inspector_as_text(lenet: Desk) -> None:
    forward(lenet)
    lenet.pick("logits")
    table = seen(lenet, QTableView, "values-table")
    assert isinstance(table, QTableView)
    shown = np.array([[float(cell) for cell in row] for row in cells(table)])
    assert shown.shape == (8, 10)
    np.testing.assert_allclose(shown, value(lenet, "logits"), rtol=0.06, atol=1e-3)
    facts = lenet.window.runs.tabs.values.view.facts.figures()
    assert facts["output"] == "8×10 float32"


def test_gradients_are_shown_for_values_and_parameters(lenet: Desk) -> None:
    runner = both(lenet)
    lenet.pick("conv2")
    tabs = lenet.window.runs.tabs
    tabs.bar.setCurrentIndex(1)
    lenet.settle()
    result = runner.result
    assert result is not None
    key = lenet.node("conv2").id
    norm = float(np.linalg.norm(result.gradients[((key,), "y")]))
    assert float(tabs.gradient.view.facts.figures()["norm"]) == pytest.approx(norm, rel=0.06)
    weight = float(np.linalg.norm(result.parameter_gradients[f"{key}/weight"]))
    assert float(tabs.gradient.parameters.figures()["|∇ weight|"]) == pytest.approx(weight, rel=0.06)
    assert "1 at scalar outputs" in tabs.gradient.start.text()


def test_pictures_and_statistics_hang_under_the_nodes(lenet: Desk) -> None:
    both(lenet)
    results = lenet.window.canvas.drawing().results
    assert results is not None
    images = results.thumbnails((), lenet.node("conv1").id)
    assert len(images) == 6  # its channels
    assert images[0].width() == images[0].height() == 28
    assert len(results.thumbnails((), lenet.node("image").id)) == 8  # the samples
    text = results.statistics((), lenet.node("conv1").id)
    assert text.startswith("μ ") and " σ " in text and "|∇| " in text
    assert results.statistics((), lenet.node("label").id) == "9 3 0 3 9 6 1 2"


def test_an_edit_makes_results_stale_and_a_run_makes_them_new(lenet: Desk) -> None:
    runner = forward(lenet)
    lenet.pick("conv1")
    edits.set_argument(lenet.document, lenet.node("conv1").id, "out_channels", 4)
    lenet.settle()
    assert runner.stale
    note = seen(lenet, QLabel, "result-note")
    assert isinstance(note, QLabel) and "last edit" in note.text()
    forward(lenet)
    assert value(lenet, "conv1").shape == (8, 4, 28, 28)


def test_a_move_leaves_results_as_they_are(lenet: Desk) -> None:
    runner = forward(lenet)
    edits.move(lenet.document, {lenet.node("conv1").id: (5.0, 5.0)})
    assert not runner.stale


def test_train_and_eval_differ_where_the_network_reads_the_mode(desk: Desk) -> None:
    edits.insert_after(desk.document, desk.node("x").id, "Dropout")
    forward(desk)
    np.testing.assert_array_equal(value(desk, "dropout"), value(desk, "x"))
    desk.click(desk.button("run-mode"))
    forward(desk)
    assert (value(desk, "dropout") == 0).any()


def test_the_same_seed_gives_the_same_run_and_another_seed_another(lenet: Desk) -> None:
    forward(lenet)
    first = value(lenet, "logits").copy()
    seed = seen(lenet, QLineEdit, "seed")
    assert isinstance(seed, QLineEdit)
    for text, same in (("7", False), ("0", True)):
        lenet.click(seed)
        seed.selectAll()
        lenet.type(text)
        lenet.key(Qt.Key.Key_Return)
        forward(lenet)
        assert np.array_equal(value(lenet, "logits"), first) is same


def test_the_dice_throws_another_seed(lenet: Desk) -> None:
    dice = seen(lenet, QToolButton, "dice")
    assert isinstance(dice, QToolButton)
    seeds = set()
    for _ in range(4):
        lenet.click(dice)
        seeds.add(runner_of(lenet).settings.seed)
    assert len(seeds) > 1


def test_live_runs_after_every_edit_that_changes_the_network(lenet: Desk) -> None:
    finished(lenet, lambda: lenet.click(lenet.button("run-live")))
    key = lenet.node("conv1").id
    finished(lenet, lambda: edits.set_argument(lenet.document, key, "out_channels", 3))
    runner = runner_of(lenet)
    lenet.qtbot.waitUntil(
        lambda: not runner.stale and value(lenet, "conv1").shape[1] == 3, timeout=PATIENCE_MS
    )
    lenet.click(lenet.button("run-live"))
    edits.set_argument(lenet.document, key, "out_channels", 5)
    lenet.settle()
    assert runner.stale and runner.state == "idle"


def test_the_last_of_several_runs_counts(lenet: Desk) -> None:
    runner = runner_of(lenet)
    key = lenet.node("conv1").id
    for count in (2, 3, 4):
        edits.set_argument(lenet.document, key, "out_channels", count)
        runner.run()
    lenet.qtbot.waitUntil(lambda: runner.state == "idle" and runner.result is not None, timeout=PATIENCE_MS)
    assert value(lenet, "conv1").shape[1] == 4


def test_a_run_that_hangs_can_be_stopped(lenet: Desk) -> None:
    runner = forward(lenet)
    pid = runner.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    lenet.click(lenet.button("run-backward"))
    stop = lenet.window.runs.bar.stop
    lenet.qtbot.waitUntil(stop.isVisible, timeout=PATIENCE_MS)
    lenet.click(stop)
    lenet.qtbot.waitUntil(lambda: runner.state == "idle", timeout=PATIENCE_MS)
    assert runner.words == "the run was stopped"
    forward(lenet)


def test_an_engine_that_is_killed_is_told_and_the_next_run_works(lenet: Desk) -> None:
    runner = forward(lenet)
    pid = runner.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    lenet.qtbot.waitUntil(lambda: "ended unexpectedly" in runner.words, timeout=PATIENCE_MS)
    label = seen(lenet, QLabel, "engine")
    assert isinstance(label, QLabel) and "ended unexpectedly" in label.text()
    forward(lenet)
    assert runner.pid not in (None, pid)


def test_an_engine_that_is_killed_in_the_middle_of_a_run_is_told_and_the_next_run_works(lenet: Desk) -> None:
    runner = forward(lenet)
    pid = runner.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    lenet.click(lenet.button("run-backward"))
    assert runner.state == "running"
    os.kill(pid, signal.SIGKILL)
    lenet.qtbot.waitUntil(lambda: runner.state == "idle", timeout=PATIENCE_MS)
    assert "ended unexpectedly" in runner.words
    assert "ended unexpectedly" in lenet.window.bar.text.text()
    assert both(lenet).ran_backward


def test_results_are_those_of_the_open_call(residual: Desk) -> None:
    forward(residual)
    residual.window.editor.open_call((residual.node("block1").id,))
    first = value(residual, "conv2")
    key = residual.node("conv2").id
    tables = []
    for block in ("block1", "block2"):
        residual.window.editor.open_call((residual.node(block, "main").id,))
        residual.window.editor.session.select([key])
        residual.settle()
        tables.append(residual.window.runs.tabs.values.view.facts.figures()["output"])
    assert first.shape == (4, 16, 32, 32)
    assert tables == ["4×16×32×32 float32", "4×32×16×16 float32"]


def test_weights_stay_the_same_arrays_when_nodes_are_grouped(lenet: Desk) -> None:
    runner = forward(lenet)
    key = lenet.node("conv1").id
    weight = runner.weights.arrays[f"{key}/weight"]
    before = value(lenet, "logits").copy()
    group = edits.group(lenet.document, [key, lenet.node("pool1").id], "Front")
    assert runner.weights.arrays[f"{group}/{key}/weight"] is weight
    forward(lenet)
    np.testing.assert_array_equal(value(lenet, "logits"), before)
    lenet.document.undo()
    assert runner.weights.arrays[f"{key}/weight"] is weight


def test_weights_are_saved_loaded_and_reported(lenet: Desk, tmp_path: Path) -> None:
    runner = forward(lenet)
    before = value(lenet, "logits").copy()
    said: list[str] = []
    runner.notices.said.connect(said.append)
    file = tmp_path / "lenet.safetensors"
    lenet.window.runs.weights.save(file)
    runner.reinitialise()
    edits.set_argument(lenet.document, lenet.node("fc3").id, "out_features", 11)
    lenet.window.runs.weights.load(file)
    assert "8 tensors loaded" in said[-1] and "fc3.weight is 10×84" in said[-1]
    lenet.document.undo()
    lenet.window.runs.weights.load(file)
    forward(lenet)
    np.testing.assert_array_equal(value(lenet, "logits"), before)


def test_a_file_that_holds_no_weights_is_told_and_changes_nothing(lenet: Desk, tmp_path: Path) -> None:
    runner = forward(lenet)
    before = dict(runner.weights.arrays)
    said: list[str] = []
    runner.notices.said.connect(said.append)
    file = tmp_path / "other.safetensors"
    file.write_bytes(b"nothing")
    lenet.window.runs.weights.load(file)
    assert "does not hold weights" in said[-1]
    assert dict(runner.weights.arrays) == before


def sample(desk: Desk, name: str) -> InputSample:
    """The sample of an Input in the inspector."""
    desk.pick(name)
    found = seen(desk, InputSample, f"sample-{name}")
    assert isinstance(found, InputSample)
    return found


def drop(desk: Desk, widget: InputSample, file: Path) -> None:
    """Drops a file onto a widget."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    hand = Hand(widget)
    hand.carry(mime, (20.0, 20.0))
    hand.drop(mime, (20.0, 20.0))
    desk.settle()


def test_a_file_that_is_dropped_on_an_input_is_its_sample(desk: Desk, tmp_path: Path) -> None:
    array = np.arange(40, dtype=np.float32).reshape(2, 20)
    np.save(tmp_path / "x.npy", array)
    drop(desk, sample(desk, "x"), tmp_path / "x.npy")
    forward(desk)
    np.testing.assert_array_equal(value(desk, "y"), array)


def test_a_sample_that_does_not_fit_says_so_in_its_place_and_nothing_runs(desk: Desk, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 3), np.float32))
    drop(desk, sample(desk, "x"), tmp_path / "x.npy")
    error = seen(desk, QLabel, "sample-error-x")
    assert isinstance(error, QLabel)
    assert error.text().startswith("x.npy is 2×3")
    desk.click(desk.button("run-forward"))
    assert runner_of(desk).state == "idle"
    assert runner_of(desk).result is None
    assert "2×3" in runner_of(desk).words


def test_digits_start_where_the_user_says_for_picture_and_label_alike(lenet: Desk) -> None:
    widget = sample(lenet, "image")
    widget.start.setFocus()
    widget.start.lineEdit().selectAll()
    lenet.type("5")
    lenet.key(Qt.Key.Key_Return)
    runner = forward(lenet)
    specs = input_specs(runner.program())
    np.testing.assert_array_equal(value(lenet, "label"), digits_sample(specs["label"], 5))
    np.testing.assert_array_equal(value(lenet, "image"), digits_sample(specs["image"], 5))


def test_the_panel_under_the_sample_button_lists_every_input(lenet: Desk) -> None:
    lenet.click(lenet.button("run-sample"))
    panel = lenet.window.runs.panel
    assert panel.isVisible()
    names = {w.objectName() for w in panel.findChildren(InputSample)}
    assert names == {"sample-image", "sample-label"}
    panel.hide()


def test_the_backward_can_start_from_an_element_of_a_value(lenet: Desk) -> None:
    runner = both(lenet)
    lenet.pick("logits")
    finished(lenet, lambda: lenet.window.runs.tabs.values.view._start_at((1, 2)))
    result = runner.result
    assert result is not None
    gradient = result.gradients[((lenet.node("fc3").id,), "y")]
    assert np.count_nonzero(gradient) == 1 and gradient[1, 2] == 1


def test_a_node_that_could_not_run_says_why(desk: Desk) -> None:
    key = edits.insert_after(desk.document, desk.node("x").id, "Conv2d")
    runner = finished(desk, lambda: desk.click(desk.button("run-forward")))
    assert runner.result is not None
    desk.window.editor.session.select([key])
    desk.settle()
    note = seen(desk, QLabel, "result-note")
    assert isinstance(note, QLabel)
    assert note.text() == f"Not run: {runner.result.skipped[(key,)]}."


def test_buttons_are_named_for_a_screen_reader(lenet: Desk) -> None:
    bar = lenet.window.runs.bar
    for button in bar.findChildren(QPushButton):
        assert button.text() or button.accessibleName()
    assert bar.seed.accessibleName() and bar.dice.accessibleName()
    assert not bar.findChildren(QCheckBox)


def choose_file(desk: Desk, widget: InputSample) -> None:
    """Chooses File… by the keys."""
    widget.source.setFocus()
    desk.key(Qt.Key.Key_End)


def test_a_file_is_asked_for_and_bound(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.csv"
    file.write_text("\n".join(",".join(str(i + j) for i in range(20)) for j in range(3)))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (str(file), ""))
    choose_file(desk, sample(desk, "x"))
    forward(desk)
    assert value(desk, "x").shape == (3, 20)
    assert value(desk, "x")[2, 5] == 7
    assert "x.csv" in desk.button("run-sample").text()


def test_asking_for_a_file_in_vain_leaves_the_sample(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: ("", ""))
    widget = sample(desk, "x")
    choose_file(desk, widget)
    assert widget.source.currentData() == "random"


def test_random_samples_follow_the_seed_alone(desk: Desk) -> None:
    forward(desk)
    first = value(desk, "x").copy()
    edits.insert_after(desk.document, desk.node("x").id, "ReLU")
    forward(desk)
    np.testing.assert_array_equal(value(desk, "x"), first)


def test_another_design_starts_without_the_results_and_weights_of_the_last(lenet: Desk) -> None:
    runner = forward(lenet)
    lenet.window.files.new()
    lenet.settle()
    assert runner.result is None
    assert not runner.weights.arrays
    assert lenet.window.canvas.drawing().results is None


def test_closing_the_window_ends_the_engine(lenet: Desk) -> None:
    pid = forward(lenet).pid
    assert pid is not None
    lenet.close()
    lenet.qtbot.waitUntil(lambda: not is_running(pid), timeout=PATIENCE_MS)


def is_running(pid: int) -> bool:
    """Whether a process is there and not only its remains."""
    try:
        return b"\nState:\tZ" not in Path(f"/proc/{pid}/status").read_bytes()
    except FileNotFoundError:
        return False


def test_tensors_are_saved_as_npy(lenet: Desk, tmp_path: Path) -> None:
    runner = forward(lenet)
    lenet.pick("conv1")
    tabs = lenet.window.runs.tabs
    tabs.bar.setCurrentIndex(2)
    lenet.settle()
    key = lenet.node("conv1").id
    tabs.weights.cards[f"{key}/weight"].save_to(tmp_path / "weight.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "weight.npy"), runner.weights.arrays[f"{key}/weight"])


def test_cost_needs_no_run(lenet: Desk) -> None:
    lenet.pick("fc1")
    tabs = lenet.window.runs.tabs
    tabs.bar.setCurrentIndex(3)
    lenet.settle()
    # 400 inputs and 120 outputs, and a bias for each output.
    assert tabs.cost.facts.figures()["parameters"] == "48,120 · 78 %"
    assert tabs.cost.facts.figures()["MACs per sample"] == "48.0 k · 12 %"


def test_weights_of_an_older_seed_are_not_kept(lenet: Desk) -> None:
    runner = runner_of(lenet)
    runner.run()
    runner.set_settings(replace(runner.settings, seed=9))
    lenet.qtbot.waitUntil(lambda: runner.state == "idle", timeout=PATIENCE_MS)
    assert runner.stale and not runner.weights.arrays


def start_at_logits(desk: Desk) -> Runner:
    """Starts the backward at an element of fc3."""
    runner = both(desk)
    desk.pick("fc3")
    finished(desk, lambda: desk.window.runs.tabs.values.view._start_at((1, 2)))
    return runner


def test_the_element_that_the_backward_starts_from_goes_along_when_it_is_grouped(lenet: Desk) -> None:
    runner = start_at_logits(lenet)
    key = lenet.node("fc3").id
    group = edits.group(lenet.document, [key], "Head")
    assert list(runner.settings.cotangent.path) == [group, key]
    both(lenet)
    assert runner.result is not None
    assert np.count_nonzero(runner.result.gradients[((group, key), "y")]) == 1
    lenet.document.undo()
    assert list(runner.settings.cotangent.path) == [key]


def test_the_backward_starts_by_itself_where_its_element_is_gone(lenet: Desk) -> None:
    runner = start_at_logits(lenet)
    said: list[str] = []
    runner.notices.said.connect(said.append)
    edits.delete(lenet.document, [lenet.node("fc3").id])
    finished(lenet, lambda: runner.run(backward=True))
    assert any("is gone" in text for text in said)
    assert runner.settings.cotangent.kind == "automatic"


def test_another_design_does_not_start_at_an_element_of_the_last(lenet: Desk) -> None:
    runner = start_at_logits(lenet)
    lenet.window.files.new()
    assert runner.settings.cotangent.kind == "automatic"


def test_a_sample_that_is_deleted_is_told_at_the_next_run_and_read_again_when_it_is_back(
    desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "x.npy"
    array = np.arange(40, dtype=np.float32).reshape(2, 20)
    np.save(file, array)
    drop(desk, sample(desk, "x"), file)
    runner = forward(desk)
    file.unlink()
    desk.click(desk.button("run-forward"))
    assert runner.state == "idle" and runner.words.startswith("cannot read")
    np.save(file, array + 1)
    forward(desk)
    np.testing.assert_array_equal(value(desk, "y"), array + 1)


def test_an_engine_that_cannot_be_started_is_told(lenet: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(engine: EngineProcess) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    with monkeypatch.context() as broken:
        broken.setattr(EngineProcess, "start", refuse)
        lenet.click(lenet.button("run-forward"))
    runner = runner_of(lenet)
    assert runner.state == "idle"
    assert runner.words == "the engine cannot be started: Resource temporarily unavailable"
    forward(lenet)


def test_an_engine_that_dies_while_it_runs_live_is_told_too(lenet: Desk) -> None:
    runner = finished(lenet, lambda: lenet.click(lenet.button("run-live")))
    assert runner.pid is not None
    os.kill(runner.pid, signal.SIGKILL)
    lenet.qtbot.waitUntil(lambda: "ended unexpectedly" in lenet.window.bar.text.text(), timeout=PATIENCE_MS)


@pytest.mark.parametrize("key", [Qt.Key.Key_Home, Qt.Key.Key_F])
def test_framing_leaves_room_for_what_hangs_under_the_nodes(desk: Desk, key: Qt.Key) -> None:
    both(desk)
    canvas = desk.window.canvas
    canvas.select_all()
    canvas.setFocus()
    desk.key(key)
    boxes = list(strip_boxes(canvas.drawing(), canvas.geometry_store.nodes))
    assert len(boxes) == len(desk.names())
    assert max(box[3] for box in boxes) > (canvas.geometry_store.bounds() or (0, 0, 0, 0))[3]
    left, top, right, bottom = canvas.stage.visible()
    assert all(left < a and top < b and c < right and d < bottom for a, b, c, d in boxes)
    middle = (top + bottom) / 2
    reach = max(box[3] for box in boxes) + min(
        canvas.geometry_store.box(n)[1] for n in canvas.geometry_store.nodes
    )
    assert abs(reach / 2 - middle) < 2


def test_convolutions_are_exact_where_the_panel_or_the_menu_says_so(
    lenet: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    submit = EngineProcess.submit

    def noted(engine: EngineProcess, job: Job | GradientJob) -> int:
        asked.append(isinstance(job, Job) and job.mode.exact)
        return submit(engine, job)

    monkeypatch.setattr(EngineProcess, "submit", noted)
    runner, panel = forward(lenet), lenet.window.runs.panel
    lenet.click(lenet.button("run-sample"))
    assert "Winograd" in panel.exact.toolTip() and "2e-5" in panel.exact.toolTip()
    lenet.click(panel.exact)
    assert panel.exact.isChecked() and runner.settings.exact and runner.stale
    panel.hide()
    forward(lenet)
    lenet.window.menus.refresh()
    entry = lenet.window.menus.qt["exact"]
    assert entry.isChecked() and entry.toolTip() == panel.exact.toolTip()
    menu = lenet.window.top.menus.findChild(QMenu, "menu-run")
    assert isinstance(menu, QMenu) and menu.toolTipsVisible() and entry in menu.actions()
    kept = [lenet.memory.exact]
    lenet.window.menus.perform(lenet.window.menus.action("exact"))
    forward(lenet)
    kept.append(lenet.memory.exact)
    assert asked == [False, True, False] and kept == [True, False]
    lenet.click(lenet.button("run-sample"))
    assert not panel.exact.isChecked()
    panel.hide()


def test_the_next_window_keeps_to_exact_convolutions(lenet: Desk, tmp_path: Path) -> None:
    lenet.window.menus.perform(lenet.window.menus.action("exact"))
    lenet.close()
    again = Desk(lenet.qtbot, tmp_path, "mlp", lenet.memory)
    assert again.window.runs.runner.settings.exact
    again.window.files.new()
    assert again.window.runs.runner.settings.exact, "it is no matter of one design"
    again.close()


def test_a_run_whose_steps_are_done_reads_the_values(lenet: Desk) -> None:
    runner = lenet.window.runs.runner
    runner.state = "running"
    said = []
    for runner.progress in (0.0, 0.05, 0.996, 1.0):
        runner.changed.emit()
        said.append(lenet.window.runs.label.text.text())
    assert said == ["running", "running 5 %", "running 99 %", "reading the values"]
    runner.state = "idle"


def test_what_was_said_of_a_run_goes_when_the_next_one_begins(lenet: Desk) -> None:
    runner = forward(lenet)
    bar = lenet.window.bar
    runner.run()
    runner.stop()
    lenet.qtbot.waitUntil(lambda: runner.state == "idle", timeout=PATIENCE_MS)
    if runner.words != "the run was stopped":
        pytest.fail("the run was quicker than Stop")
    assert bar.isVisible() and bar.text.text() == "the run was stopped"
    lenet.click(lenet.button("run-forward"))
    assert not bar.isVisible()


def test_what_else_was_said_stays_when_a_run_begins(lenet: Desk) -> None:
    lenet.window.say("something else")
    forward(lenet)
    assert lenet.window.bar.isVisible() and lenet.window.bar.text.text() == "something else"


@pytest.mark.parametrize("way", ["sizes-image", "shape-image"])
def test_the_panel_leads_to_where_the_batch_is_set(way: str, lenet: Desk) -> None:
    lenet.window.panels.docks["inspector"].hide()
    lenet.pick("conv1")
    lenet.click(lenet.button("run-sample"))
    button = lenet.button(way, lenet.window.runs.panel)
    assert button.toolTip() == "To the input's sizes in the inspector, the batch among them"
    lenet.click(button)
    assert not lenet.window.runs.panel.isVisible()
    field = seen(lenet, QLineEdit, "argument-sizes")
    assert isinstance(field, QLineEdit) and field.hasFocus()
    assert field.selectedText() == field.text() == "B=8"
    lenet.type("B=3")
    lenet.key(Qt.Key.Key_Return)
    forward(lenet)
    assert value(lenet, "logits").shape[0] == 3
    assert not [b for b in lenet.window.findChildren(QPushButton, "sizes-image") if b.isVisible()]


def test_the_sizes_of_an_input_are_seen_whole(lenet: Desk) -> None:
    lenet.pick("image")
    field = seen(lenet, QLineEdit, "argument-sizes")
    assert isinstance(field, QLineEdit)
    narrow = field.width()
    field.setFocus()
    field.selectAll()
    lenet.type("B=32, H=224, W=224")
    lenet.settle()
    text = field.fontMetrics().horizontalAdvance(field.text())
    assert narrow < text < field.width() - 8
    assert field.mapTo(lenet.window.inspector.viewport(), field.rect().topRight()).x() < (
        lenet.window.inspector.viewport().width()
    )
    lenet.key(Qt.Key.Key_Escape)
    assert field.text() == "B=8" and field.width() == narrow
