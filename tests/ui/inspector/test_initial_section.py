"""First values in the inspector: chosen and typed as a user does, inherited ones in grey."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core import edits
from core.initial_kinds import KINDS
from core.record import ROOT, Initial
from tests.ui.desk import Desk
from ui.editor import Joined
from ui.inspector.fields import ChoiceField, LineField
from ui.inspector.initial_section import InitialRow, InitialSection


class Shown:
    """The section in a window of its own, beside the design that it shows."""

    def __init__(self, desk: Desk, key: str) -> None:
        self.desk = desk
        self.window = QWidget()
        self.window.resize(320, 500)
        column = QVBoxLayout(self.window)
        self.section = InitialSection(desk.window.editor, key, self.window)
        column.addWidget(self.section)
        column.addStretch(1)
        desk.window.editor.add_view(
            Joined(lambda document, resolver: None, lambda change, resolution: self.section.refresh())
        )
        with desk.qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        desk.qtbot.waitUntil(self.window.isActiveWindow)

    def row(self, key: str) -> InitialRow:
        """The row of a parameter or group."""
        return self.section.rows[key]

    def choose(self, key: str, kind: str) -> None:
        """Picks a kind with the keys, as it is listed."""
        field = self.row(key).kind
        title = KINDS[kind].title if kind else "inherited"
        self.desk.click(field)
        view = field.view()
        self.desk.qtbot.waitUntil(view.isVisible)
        QTest.keyClick(view, Qt.Key.Key_Home)
        for _ in range(field.findText(title)):
            QTest.keyClick(view, Qt.Key.Key_Down)
        QTest.keyClick(view, Qt.Key.Key_Return)
        self.desk.settle()

    def type(self, key: str, setting: str, text: str) -> None:
        """Types a setting in place of what it is."""
        field = self.row(key).fields[setting].field
        assert isinstance(field, LineField)
        self.desk.click(field)
        field.selectAll()
        QTest.keyClicks(field, text) if text else QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClick(field, Qt.Key.Key_Return)
        self.desk.settle()


@pytest.fixture
def layer(desk: Desk) -> str:
    """A Linear behind the input."""
    edits.set_argument(desk.document, desk.node("x").id, "shape", "B, 8")
    return edits.insert_after(desk.document, desk.node("x").id, "Linear")


@pytest.fixture
def shown(desk: Desk, layer: str) -> Iterator[Shown]:
    """The section of that layer."""
    found = Shown(desk, layer)
    yield found
    found.window.close()
    found.window.deleteLater()


def initial(shown: Shown, key: str) -> Initial | None:
    return shown.desk.document.node(shown.section._key).initial.get(key)


def test_a_layer_has_a_row_for_each_parameter_with_its_default_in_grey(shown: Shown) -> None:
    assert list(shown.section.rows) == ["weight", "bias"]
    row = shown.row("weight")
    assert row.kind.currentText() == "inherited" and row.inherited.text() == "PyTorch's default"
    assert row.inherited.isVisible() and row.inherited.property("role") == "secondary"
    assert row.fields == {}


def test_a_kind_that_is_chosen_is_one_entry_of_the_history_and_shows_its_settings(shown: Shown) -> None:
    shown.choose("weight", "xavier_uniform")
    assert initial(shown, "weight") == Initial("xavier_uniform")
    assert shown.desk.document.undo_name == "Initialise weight of linear"
    row = shown.row("weight")
    assert list(row.fields) == ["gain", "seed"] and not row.inherited.isVisible()
    gain = row.fields["gain"].field
    assert isinstance(gain, LineField) and gain.text() == "1" and gain.property("role") == "default"
    shown.desk.window.editor.undo()
    assert shown.row("weight").kind.currentText() == "inherited"


def test_settings_are_typed_and_refused_in_their_place(shown: Shown) -> None:
    shown.choose("weight", "normal")
    shown.type("weight", "std", "0.01")
    shown.type("weight", "seed", "3")
    assert initial(shown, "weight") == Initial("normal", {"std": 0.01, "seed": 3})
    shown.type("weight", "std", "-1")
    assert (
        shown.row("weight").error.text() == "std is above 0, got -1" and shown.row("weight").error.isVisible()
    )
    assert initial(shown, "weight") == Initial("normal", {"std": 0.01, "seed": 3})
    shown.type("weight", "std", "wide")
    assert shown.row("weight").error.text() == "std is a number, got 'wide'"
    shown.type("weight", "std", "2")
    assert not shown.row("weight").error.isVisible()
    shown.type("weight", "seed", "")
    assert initial(shown, "weight") == Initial("normal", {"std": 2.0})


def test_a_choice_among_settings_is_chosen_and_stays_with_a_kind_that_takes_it(shown: Shown) -> None:
    shown.choose("weight", "kaiming_normal")
    mode = shown.row("weight").fields["mode"].field
    assert isinstance(mode, ChoiceField)
    mode.setFocus()
    QTest.keyClick(mode, Qt.Key.Key_Down)
    assert initial(shown, "weight") == Initial("kaiming_normal", {"mode": "fan_out"})
    shown.choose("weight", "kaiming_uniform")
    assert initial(shown, "weight") == Initial("kaiming_uniform", {"mode": "fan_out"})
    shown.choose("weight", "")
    assert initial(shown, "weight") is None


def test_kinds_that_need_a_matrix_are_not_offered_for_a_bias(shown: Shown) -> None:
    bias, weight = shown.row("bias").kind, shown.row("weight").kind
    assert bias.findText("Orthogonal") == -1 and weight.findText("Orthogonal") > 0


def test_what_the_network_says_is_told_in_grey_with_its_name(shown: Shown) -> None:
    document = shown.desk.document
    edits.set_initial(document, ROOT, "weights", Initial("normal", {"std": 0.01}))
    assert shown.row("weight").inherited.text() == "Normal, std 0.01, inherited from Network"
    edits.set_initial(document, ROOT, "weight", Initial("ones"))
    assert shown.row("weight").inherited.text() == "Ones, inherited from Network"
    assert shown.row("bias").inherited.text() == "PyTorch's default"


def test_a_module_and_its_instance_have_rows_for_both_groups(shown: Shown) -> None:
    desk, document = shown.desk, shown.desk.document
    instance = edits.group(document, [shown.section._key], "Block")
    block = document.node(instance).definition
    assert block is not None
    edits.set_initial(document, ROOT, "biases", Initial("zeros"))
    edits.set_initial(document, block, "weights", Initial("ones"))
    of_instance = Shown(desk, instance)
    assert list(of_instance.section.rows) == ["weights", "biases"]
    assert of_instance.row("weights").inherited.text() == "Ones, inherited from Block"
    assert of_instance.row("biases").inherited.text() == "Zeros, inherited from Network"
    assert of_instance.row("weights").kind.findText("PyTorch's default") == -1
    desk.window.editor.open_call((instance,))
    of_module = Shown(desk, block)
    assert of_module.row("biases").inherited.text() == "Zeros, inherited from Network"
    of_module.choose("biases", "default")
    assert document.module(block).initial["biases"] == Initial("default")
    shown.section.refresh()
    assert shown.row("weight").inherited.text() == "Ones, inherited from Block"
    edits.set_initial(document, instance, "weights", Initial("constant", {"value": 3.0}))
    assert shown.row("weight").inherited.text() == "Constant, value 3, inherited from block"
    for other in (of_instance, of_module):
        other.window.close()
        other.window.deleteLater()


def test_what_has_no_parameters_has_no_section(desk: Desk, layer: str) -> None:
    relu = edits.insert_after(desk.document, layer, "ReLU")
    section = InitialSection(desk.window.editor, relu, desk.window)
    assert section.isHidden() and section.rows == {}
    section.deleteLater()
