"""The code pane with several targets: tabs, following modules, badges on what a target lacks, refusals."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.export import code as exports
from core.export.code import Written, export_code, shown_code
from core.program import Program, build_program
from core.record import ROOT, Node
from tests.export.targets import add_targets
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from ui.canvas.code_badges import badge_box
from ui.code import CodePane

ALL = ("pytorch", "keras", "gluon")


@pytest.fixture
def resnet(open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A window on ResNet-18 with three targets, the code in sight."""
    add_targets(monkeypatch)
    monkeypatch.setattr("ui.code.TARGETS", exports.TARGETS)
    desk = open_desk("resnet-18")
    desk.window.panels.show_tab(desk.window.code)
    desk.qtbot.waitUntil(lambda: bool(desk.window.code.view.toPlainText()))
    return desk


def turn(desk: Desk, target: str) -> CodePane:
    """Clicks on the tab of a target, and waits for its code."""
    pane = desk.window.code
    tabs = pane.frameworks
    place = next(place for place in range(tabs.count()) if tabs.tabData(place) == target)
    desk.click_at(tabs, tabs.tabRect(place).center())
    program = build_program(desk.document, desk.window.editor.resolver)
    desk.qtbot.waitUntil(lambda: pane.view.toPlainText() == shown_code(program, target).text)
    return pane


def click_line(desk: Desk, line: int) -> None:
    """Clicks on a line of the code."""
    view = desk.window.code.view
    if not view.rect().contains(view.place_of(line).center()):
        view.verticalScrollBar().setValue(line - 3)
    at = QPoint(80, view.place_of(line).center().y())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    desk.settle()


def top(desk: Desk) -> int:
    """The first line in sight."""
    return desk.window.code.view.firstVisibleBlock().blockNumber() + 1


def click_badge(desk: Desk, node: Node) -> None:
    """Clicks on the badge of a node."""
    canvas = desk.window.canvas
    left, above, right, below = badge_box(canvas.geometry_store.box(node.id), canvas.view.scale)
    desk.hand.click(canvas.view.to_screen(((left + right) / 2, above + (below - above) * 0.3)))
    desk.settle()


def open_block(desk: Desk) -> None:
    """Opens a BasicBlock, which is inside of a repeat inside of a stage."""
    written = export_code(build_program(desk.document, desk.window.editor.resolver), "pytorch")
    module = next(m for m in desk.document.modules() if m.name == "BasicBlock").id
    node = next(node for node in desk.document.nodes(module) if written.path(node.id))
    desk.window.editor.open_call(written.path(node.id)[:-1])
    desk.settle()
    assert desk.window.editor.session.module == module


def test_every_target_has_a_tab_with_its_code(resnet: Desk) -> None:
    pane = resnet.window.code
    for target in reversed(ALL):
        turn(resnet, target)
        assert pane.framework == target
    assert [pane.frameworks.tabText(place) for place in range(3)] == ["PyTorch", "Keras", "Gluon"]


def test_only_the_target_in_sight_is_written(resnet: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def noted(program: Program, to: str) -> Written:
        asked.append(to)
        return shown_code(program, to)

    turn(resnet, "keras")
    monkeypatch.setattr("ui.code.shown_code", noted)
    turn(resnet, "pytorch")
    assert asked == ["pytorch"]


def test_the_tab_is_remembered(resnet: Desk, open_desk: OpenDesk) -> None:
    turn(resnet, "keras")
    resnet.close()
    assert resnet.memory.place.target == "keras"
    again = open_desk("resnet-18")
    again.window.code.choose(resnet.memory.place.target)
    assert again.window.code.framework == "keras"
    again.window.code.choose("gone")
    assert again.window.code.framework == "pytorch"


def test_copy_takes_the_target_in_sight(resnet: Desk) -> None:
    pane = turn(resnet, "keras")
    resnet.click(resnet.button("code-copy"))
    assert QApplication.clipboard().text() == pane.view.toPlainText()


@pytest.mark.parametrize("target", ["pytorch", "keras"])
def test_every_line_leads_to_its_node_and_the_node_to_its_line(resnet: Desk, target: str) -> None:
    pane = turn(resnet, target)
    session = resnet.window.editor.session
    program = build_program(resnet.document, resnet.window.editor.resolver)
    written = export_code(program, target)
    modules = set()
    for line, paths in sorted(written.lines.items()):
        click_line(resnet, line)
        (picked,) = session.selection
        assert picked in {path[-1] for path in paths}
        assert session.module == resnet.document.node(picked).module
        assert line in pane.view.marked and set(written.places(picked)) <= set(pane.view.marked)
        modules.add(session.module)
    assert len(modules) == 4


def test_a_click_leaves_the_line_under_the_mouse(resnet: Desk) -> None:
    pane = turn(resnet, "pytorch")
    line = next(
        number for number, text in enumerate(pane.view.toPlainText().splitlines(), 1) if "self.bn2 =" in text
    )
    pane.view.verticalScrollBar().setValue(line - 6)
    before = top(resnet)
    click_line(resnet, line)
    assert resnet.window.editor.session.module != ROOT
    assert top(resnet) == before


@pytest.mark.parametrize("target", ["pytorch", "keras"])
def test_the_code_follows_the_module_that_is_entered_and_left(resnet: Desk, target: str) -> None:
    pane = turn(resnet, target)
    open_block(resnet)
    lines = pane.view.toPlainText().splitlines()
    block = next(number for number, line in enumerate(lines, 1) if line.startswith("class BasicBlock"))
    assert block - 1 == top(resnet)
    resnet.window.editor.leave()
    resnet.window.editor.open_call(())
    resnet.settle()
    root = next(number for number, line in enumerate(lines, 1) if line.startswith("class ResNet"))
    assert pane.view.place_of(root).top() >= 0


def test_what_a_target_lacks_wears_a_badge_while_its_code_is_in_sight(resnet: Desk) -> None:
    canvas = resnet.window.canvas
    turn(resnet, "pytorch")
    assert not canvas.stage.code_badges
    turn(resnet, "keras")
    badge = canvas.stage.code_badges[resnet.node("fc").id]
    assert "Keras" in badge.tip and "Linear" in badge.tip and not badge.refused
    resnet.window.panels.show_tab(resnet.window.outline)
    assert not canvas.stage.code_badges
    resnet.window.panels.show_tab(resnet.window.code)
    assert resnet.node("fc").id in canvas.stage.code_badges


def test_a_click_on_a_badge_leads_to_the_class_and_a_click_there_back(resnet: Desk) -> None:
    pane = turn(resnet, "keras")
    node = resnet.node("fc")
    click_badge(resnet, node)
    lines = pane.view.toPlainText().splitlines()
    head = next(number for number, line in enumerate(lines, 1) if line.startswith("class Linear("))
    assert resnet.window.editor.session.selection == {node.id}
    assert head in pane.view.marked and pane.view.place_of(head).top() >= 0
    resnet.window.editor.session.select(())
    click_line(resnet, head + 1)
    assert resnet.window.editor.session.selection == {node.id}


def test_a_badge_takes_no_clicks_while_it_is_not_shown(resnet: Desk) -> None:
    turn(resnet, "pytorch")
    click_badge(resnet, resnet.node("fc"))
    assert resnet.window.editor.session.selection == frozenset()


def test_what_cannot_be_written_is_named_in_the_pane_and_on_the_canvas(resnet: Desk) -> None:
    pane = turn(resnet, "gluon")
    node = resnet.node("fc")
    badge = resnet.window.canvas.stage.code_badges[node.id]
    assert badge.refused and "Gluon" in badge.tip and "fc" in badge.tip
    click_badge(resnet, node)
    (line,) = pane.view.marked
    assert "fc: there is no operation for it" in pane.view.toPlainText().splitlines()[line - 1]
    QApplication.clipboard().setText("before")
    resnet.click(resnet.button("code-copy"))
    assert QApplication.clipboard().text() == "before"


def test_a_line_of_a_refusal_leads_to_its_node(resnet: Desk) -> None:
    turn(resnet, "gluon")
    pane = resnet.window.code
    lines = pane.view.toPlainText().splitlines()
    click_line(resnet, next(number for number, line in enumerate(lines, 1) if "bn2" in line))
    (picked,) = resnet.window.editor.session.selection
    assert resnet.document.node(picked).name == "bn2"


def test_the_tabs_get_a_row_of_their_own_where_there_is_no_room(resnet: Desk) -> None:
    bottom, tabs = resnet.window.panels.bottom, resnet.window.code.frameworks
    assert abs(tabs.mapTo(bottom, QPoint()).y() - bottom.bar.mapTo(bottom, QPoint()).y()) < 5
    resnet.window.resize(resnet.window.minimumWidth(), 850)
    resnet.settle()
    assert tabs.mapTo(bottom, QPoint()).y() > bottom.bar.mapTo(bottom, QPoint()).y() + 20
    assert tabs.width() >= tabs.sizeHint().width() or tabs.tabRect(2).right() <= tabs.width()
