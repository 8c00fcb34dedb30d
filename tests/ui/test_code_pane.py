"""The code pane: follows edits, leads to nodes and back, copies and saves."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from core import edits
from core.export.code import Written, export_code, shown_code
from core.program import Program, build_program
from core.record import ROOT
from tests.ui.desk import Desk
from ui.code import CodePane


def opened(desk: Desk) -> CodePane:
    """The pane in sight, with its code."""
    pane = desk.window.code
    desk.window.panels.show_tab(pane)
    desk.qtbot.waitUntil(lambda: bool(pane.view.toPlainText()))
    return pane


def expected(desk: Desk) -> str:
    """The code of the design as it is."""
    return export_code(build_program(desk.document, desk.window.editor.resolver), "pytorch").text


def click_line(desk: Desk, pane: CodePane, line: int) -> None:
    """Clicks on a line of the code."""
    pane.view.verticalScrollBar().setValue(line - 3)
    desk.settle()
    place = pane.view.place_of(line)
    at = QPoint(80, place.center().y())
    QTest.mouseClick(pane.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    desk.settle()


def line_with(pane: CodePane, text: str) -> int:
    """The first line that holds a text."""
    lines = pane.view.toPlainText().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_code_follows_an_edit(residual: Desk) -> None:
    pane = opened(residual)
    assert pane.view.toPlainText() == expected(residual)
    edits.set_argument(residual.document, residual.node("fc").id, "out_features", 77)
    residual.qtbot.waitUntil(lambda: pane.view.toPlainText() == expected(residual))
    assert "77" in pane.view.toPlainText()


def test_an_edit_writes_nothing_while_the_code_is_out_of_sight(residual: Desk) -> None:
    pane = opened(residual)
    before = pane.view.toPlainText()
    residual.window.panels.show_tab(residual.window.outline)
    edits.set_argument(residual.document, residual.node("fc").id, "out_features", 77)
    residual.settle()
    assert pane.view.toPlainText() == before
    residual.window.panels.show_tab(pane)
    residual.qtbot.waitUntil(lambda: pane.view.toPlainText() == expected(residual))


def test_the_lines_of_a_picked_node_are_marked(residual: Desk) -> None:
    pane = opened(residual)
    residual.window.editor.open_call((residual.node("block2").id,))
    residual.pick("conv2")
    lines = pane.view.toPlainText().splitlines()
    assert pane.view.marked
    assert all("conv2" in lines[number - 1] for number in pane.view.marked)


def test_a_click_on_a_line_picks_its_node_in_its_module(residual: Desk) -> None:
    pane = opened(residual)
    click_line(residual, pane, line_with(pane, "self.bn2 = "))
    editor = residual.window.editor
    assert editor.session.module == residual.node("block1", ROOT).definition
    assert editor.session.selection == {residual.node("bn2").id}


def test_a_click_stays_in_the_open_call_where_the_node_stands_there_too(residual: Desk) -> None:
    pane = opened(residual)
    path = (residual.node("block3").id,)
    residual.window.editor.open_call(path)
    residual.settle()
    click_line(residual, pane, line_with(pane, "self.bn2 = "))
    assert residual.window.editor.session.path == path


def test_a_click_on_a_line_of_no_node_leaves_the_selection(residual: Desk) -> None:
    pane = opened(residual)
    residual.pick("stem")
    before = residual.window.editor.session.selection
    click_line(residual, pane, 1)
    assert residual.window.editor.session.selection == before


def test_copy_puts_the_whole_code_on_the_clipboard_and_says_so(residual: Desk) -> None:
    opened(residual)
    residual.click(residual.button("code-copy"))
    assert QApplication.clipboard().text() == expected(residual)


def test_copy_has_the_last_edit_even_before_it_is_shown(residual: Desk) -> None:
    opened(residual)
    edits.set_argument(residual.document, residual.node("fc").id, "out_features", 77)
    button = residual.button("code-copy")
    assert isinstance(button, QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == expected(residual)


def test_saving_writes_the_code_and_tells_what_goes_wrong(residual: Desk, tmp_path: Path) -> None:
    pane = opened(residual)
    said: list[str] = []
    pane._say = said.append
    pane.save_to(tmp_path / "network.py")
    assert (tmp_path / "network.py").read_text("utf-8") == expected(residual)
    pane.save_to(tmp_path / "missing" / "network.py")
    assert len(said) == 2 and "missing" in said[1]


@pytest.mark.parametrize("text", ["class", "import"])
def test_keywords_are_coloured(residual: Desk, text: str) -> None:
    pane = opened(residual)
    block = pane.view.document().findBlockByNumber(line_with(pane, text) - 1)
    formats = [f for f in block.layout().formats() if f.start == block.text().index(text)]
    assert formats and formats[0].length == len(text)


def test_a_large_design_is_written_beside_the_windows_own_work(
    residual: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pane = opened(residual)
    writers: list[int] = []

    def noted(program: Program, to: str) -> Written:
        writers.append(threading.get_ident())
        return shown_code(program, to)

    monkeypatch.setattr("ui.code.shown_code", noted)
    monkeypatch.setattr("ui.code.QUICK", -1.0)
    edits.set_argument(residual.document, residual.node("fc").id, "out_features", 77)
    residual.qtbot.waitUntil(lambda: pane.view.toPlainText() == expected(residual))
    assert threading.get_ident() not in writers
