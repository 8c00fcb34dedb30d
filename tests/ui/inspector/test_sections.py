"""Repeats, ties, ports, parameters and rounds in the inspector, the same for a node of every size."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QSpinBox, QTreeWidget

from core import edits
from core.engine.rounds import value_at
from core.expression import Expression
from core.record import Tie
from tests.ui.desk import Desk
from tests.ui.run.test_runs import both
from ui.inspector.port_rows import PortRows

from .seen import choose, enter, in_menu, is_seen, part, pick, press, step, told

VALUES, GRADIENT, PARAMETERS, COST = range(4)


def tab(desk: Desk, index: int) -> None:
    """Goes to a tab of the results."""
    desk.window.runs.tabs.bar.setCurrentIndex(index)
    desk.settle()


def rows(desk: Desk) -> list[tuple[str, str]]:
    """The rows of the tree of parameters that are seen."""
    tree = part(desk, QTreeWidget, "parameter-tree")
    found, row = [], tree.topLevelItem(0)
    while row is not None:
        found.append((row.text(0), row.text(1)))
        row = tree.itemBelow(row)
    return found


def unfold(desk: Desk, *names: str) -> None:
    """Goes down the tree by keys, and unfolds the rows of these names one after the other."""
    tree = part(desk, QTreeWidget, "parameter-tree")
    first = tree.topLevelItem(0)
    assert first is not None
    tree.setFocus()
    tree.setCurrentItem(first)
    for name in names:
        while (row := tree.currentItem()) is not None and row.text(0) != name:
            desk.key(Qt.Key.Key_Down)
        desk.key(Qt.Key.Key_Right)


@pytest.mark.parametrize("name", ["blocks", "enc", "dec", "gate", "outer", "deep", ""])
def test_a_node_of_every_size_has_the_same_sections(mix: Desk, name: str) -> None:
    both(mix)
    pick(mix, *([name] if name else []))
    for index in (VALUES, GRADIENT):
        tab(mix, index)
        assert not is_seen(mix, "result-note")
        assert is_seen(mix, "values-facts" if index == VALUES else "gradient-facts")
    tab(mix, PARAMETERS)
    assert is_seen(mix, "save-all") and is_seen(mix, "parameter-total")
    tab(mix, COST)
    assert "MACs per sample" in mix.window.runs.tabs.cost.facts.figures()


def test_each_output_has_a_value_and_a_gradient_of_its_own(ways: Desk) -> None:
    runner = both(ways)
    key = pick(ways, "both")
    result = runner.result
    assert result is not None
    facts = ways.window.runs.tabs.gradient.view.facts
    for port in ("up", "down"):
        tab(ways, GRADIENT)
        box = part(ways, QComboBox, "gradient-port")
        box.setFocus()
        ways.key(Qt.Key.Key_Down if port == "down" else Qt.Key.Key_Up)
        norm = float(np.linalg.norm(result.gradients[((key,), port)]))
        assert float(facts.figures()["norm"]) == pytest.approx(norm, rel=0.06)
        choosing = part(ways, QComboBox, "gradient-port")
        assert choosing.currentText() == port


def test_a_count_is_typed_as_a_number_or_an_expression_and_weights_are_shared(mix: Desk) -> None:
    key = pick(mix, "enc")
    enter(mix, "repeat-count", "4")
    assert mix.document.node(key).repeat == 4
    choose(mix, "repeat-weights", "shared")
    assert mix.document.node(key).shared
    press(mix, "promote-repeat")
    assert mix.document.node(key).repeat == Expression("enc_count")
    enter(mix, "repeat-count", "enc_count - 1")
    assert len(mix.window.editor.resolution.root.nodes[key].parts) == 3
    enter(mix, "repeat-count", "depth")
    assert "Mixed has no depth" in told(mix, "error-repeat")
    enter(mix, "repeat-count", "")
    assert mix.document.node(key).repeat is None and not is_seen(mix, "repeat-weights")


def test_each_call_of_a_repeated_node_is_looked_at_and_gone_to_inside(mix: Desk) -> None:
    runner = both(mix)
    key = pick(mix, "blocks")
    result = runner.result
    assert result is not None
    facts = mix.window.runs.tabs.values.view.facts
    for index in range(3):
        step(mix, "part", Qt.Key.Key_Up)
        mean = float(result.values[((key, str(index)), "y")].mean())
        assert float(facts.figures()["mean, deviation"].split(",")[0]) == pytest.approx(mean, rel=0.06)
    mix.window.editor.open_call((key, "0"))
    inner = pick(mix, "lin")
    stepper = step(mix, "index-0", Qt.Key.Key_Up)
    assert mix.window.editor.session.path == (key, "1") and stepper.text() == "2 of 3"
    assert mix.window.editor.session.selection == {inner}
    step(mix, "index-0", Qt.Key.Key_Up)
    assert mix.window.editor.session.path == (key, "2")


def test_a_tied_node_says_whose_weights_it_has_and_is_untied(mix: Desk) -> None:
    both(mix)
    key = pick(mix, "dec")
    tab(mix, PARAMETERS)
    assert told(mix, "shared-weight") == "shared with enc"
    press(mix, "tied-0")
    assert mix.window.editor.session.selection == {mix.node("enc").id}
    pick(mix, "dec")
    press(mix, "untie")
    assert mix.document.node(key).owner == ""
    assert not is_seen(mix, "tied-0")


def test_a_parameter_is_tied_to_another_from_its_menu_and_untied(mix: Desk) -> None:
    edits.untie(mix.document, mix.node("dec").id)
    pick(mix, "dec")
    tab(mix, PARAMETERS)
    card = mix.window.runs.tabs.weights.cards[f"{mix.node('dec').id}/weight"]
    press(mix, "more-weight")
    in_menu(mix, card, "Tie to enc.weight")
    ties = [record for record in mix.document.members("main") if isinstance(record, Tie)]
    assert [(tie.path, tie.owner) for tie in ties] == [((mix.node("dec").id,), (mix.node("enc").id,))]
    assert told(mix, "shared-weight") == "shared with enc.weight"
    card = mix.window.runs.tabs.weights.cards[f"{mix.node('dec').id}/weight"]
    press(mix, "more-weight")
    in_menu(mix, card, "Untie")
    assert not [record for record in mix.document.members("main") if isinstance(record, Tie)]


def test_parameters_of_the_whole_network_are_a_tree_with_counts(mix: Desk) -> None:
    pick(mix)
    tab(mix, PARAMETERS)
    found = rows(mix)
    assert found[:3] == [("blocks", "216"), ("enc", "72"), ("dec", "shared with enc")]
    assert told(mix, "parameter-total") == "648 parameters"
    assert told(mix, "weights-note") == "Values are drawn by the next run (Ctrl+Enter)."
    both(mix)
    unfold(mix, "blocks", "[1]", "lin")
    assert ("weight", "8×8") in rows(mix) and ("bias", "8") in rows(mix)
    mix.key(Qt.Key.Key_Down)
    (card,) = mix.window.runs.tabs.weights.cards.values()
    assert card.objectName() == "tensor-blocks[1].lin.weight"


def test_one_array_and_all_below_are_saved_as_npy(
    mix: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = both(mix)
    key = pick(mix, "blocks")
    tab(mix, PARAMETERS)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *rest: str(tmp_path))
    press(mix, "save-all")
    names = sorted(file.name for file in tmp_path.glob("*.npy"))
    assert names == [f"blocks[{i}].lin.{name}.npy" for i in range(3) for name in ("bias", "weight")]
    inner = next(
        node for node in mix.document.nodes(mix.document.node(key).definition or "") if node.name == "lin"
    )
    kept = runner.weights.arrays[f"{key}/2/{inner.id}/weight"]
    np.testing.assert_array_equal(np.load(tmp_path / "blocks[2].lin.weight.npy"), kept)
    pick(mix, "enc")
    file = tmp_path / "one.npy"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *rest: (str(file), ""))
    press(mix, "save-bias")
    np.testing.assert_array_equal(np.load(file), runner.weights.arrays[f"{mix.node('enc').id}/bias"])


def test_values_and_gradients_follow_the_round_of_a_loop(loop: Desk) -> None:
    runner = both(loop)
    key = pick(loop, "loop")
    result = runner.result
    assert result is not None
    count = int(result.iterations[(key,)])
    assert count > 1
    tabs = loop.window.runs.tabs
    stepper = part(loop, QSpinBox, "round-0")
    assert stepper.text() == f"{count} of {count}"
    final = float(result.values[((key,), "y")].mean())
    assert shown_mean(loop) == pytest.approx(final, rel=0.06)
    step(loop, "round-0", Qt.Key.Key_Down)
    before = value_at(result, (key, "body"), "y", {(key,): count - 2})
    assert before is not None and shown_mean(loop) == pytest.approx(float(before.mean()), rel=0.06)
    np.testing.assert_allclose(before / 2, result.values[((key,), "y")], rtol=1e-5)
    loop.window.editor.open_call((key, "body"))
    inner = pick(loop, "halved")
    loop.window.inspector.setFocus()
    while part(loop, QSpinBox, "round-0").value() != 1:
        step(loop, "round-0", Qt.Key.Key_Down)
    first = value_at(result, (key, "body", inner), "y", {(key,): 0})
    assert first is not None and shown_mean(loop) == pytest.approx(float(first.mean()), rel=0.06)
    tab(loop, GRADIENT)
    assert tabs.gradient.view.facts.figures()["gradient"] == "2×4 float32"
    pictures = loop.window.canvas.drawing().results
    assert pictures is not None
    assert pictures.statistics((key, "body"), inner).startswith("μ ")


def shown_mean(desk: Desk) -> float:
    """The mean that the values tell."""
    facts = desk.window.runs.tabs.values.view.facts.figures()
    return float(facts["mean, deviation"].split(",")[0])


def test_ports_are_renamed_ordered_hidden_and_given_a_number(ways: Desk) -> None:
    key = ways.node("both").id
    ways.window.editor.open_call((key,))
    pick(ways)
    page = part(ways, PortRows, "ports")
    assert page.figures() == {"left": "B×8", "right": "B×8", "up": "B×8", "down": "B×8"}
    enter(ways, "port-name-left", "west")
    assert "west" in [node.name for node in ways.document.nodes(ways.window.editor.session.module)]
    press(ways, "port-up-right")
    assert list(part(ways, PortRows, "ports").figures())[:2] == ["right", "west"]
    press(ways, "port-hide-right")
    assert ways.node("right").arguments["hidden"] is True
    press(ways, "port-hide-right")
    assert "hidden" not in ways.node("right").arguments
    enter(ways, "port-default-right", "0.5")
    assert ways.node("right").arguments["default"] == 0.5
    field = enter(ways, "port-default-right", "half")
    assert field.property("wrong") is True
    assert "expected a number" in part(ways, QLabel, "port-error-right").text()
