"""Repeats, ties, slots, choices and branches in the window, by mouse and keyboard."""

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu

from core import edits
from core.document import Document
from core.record import ROOT
from tests.structures import mixed, resnet152
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from tests.ui.hand import CTRL
from tests.ui.test_outline import opened, row_of, rows
from tests.ui.test_palette import mime


def with_design(open_desk: OpenDesk, document: Document) -> Desk:
    """A window with a design, as large as a small laptop's screen."""
    desk = open_desk("new")
    desk.window.editor.open(document)
    desk.window.resize(1440, 900)
    desk.settle()
    desk.window.canvas.frame_all()
    desk.settle()
    return desk


@pytest.fixture
def deep(open_desk: OpenDesk) -> Desk:
    """A window with ResNet-152."""
    return with_design(open_desk, resnet152())


@pytest.fixture
def mix(open_desk: OpenDesk) -> Desk:
    """A window with one of every structure."""
    return with_design(open_desk, mixed())


def enter(desk: Desk, *names: str) -> None:
    """Enters one node after another by double-clicks."""
    for name in names:
        desk.hand.double_click(desk.hand.node(desk.node(name).id))
        desk.settle()


def badge(desk: Desk, name: str) -> tuple[float, float]:
    """The pixel in the middle of a node's ×N."""
    geometry, key = desk.window.canvas.geometry_store, desk.node(name).id
    left, top, _, _ = geometry.box(key)
    box = geometry.card(key).badge
    assert box is not None
    return desk.hand.point((left + (box[0] + box[2]) / 2, top + (box[1] + box[3]) / 2))


@pytest.mark.parametrize("way", [(), ("stages",), ("stages", "blocks"), ("stages", "blocks", "shortcut")])
def test_every_level_of_a_deep_network_can_be_read_as_a_whole(deep: Desk, way: tuple[str, ...]) -> None:
    enter(deep, *way)
    deep.key(Qt.Key.Key_Home)
    assert deep.window.canvas.view.scale >= 0.7


def test_a_double_click_on_a_repeat_opens_its_first_call_and_says_which(deep: Desk) -> None:
    enter(deep, "stages")
    assert "Stage" in deep.window.breadcrumb.words
    assert "call 1 of 4 · stages[0]" in deep.window.breadcrumb.words
    enter(deep, "blocks")
    assert "call 1 of 50 · stages[0].blocks[0]" in deep.window.breadcrumb.words
    deep.key(Qt.Key.Key_PageUp)
    assert deep.window.editor.session.selection == {deep.node("blocks").id}


def test_buttons_and_keys_go_on_to_the_next_call_whose_shapes_are_shown(deep: Desk) -> None:
    enter(deep, "stages")
    deep.click(deep.button("call-next", deep.window.breadcrumb))
    assert "stages[1]" in deep.window.breadcrumb.words and "width = 128" in deep.window.breadcrumb.words
    labels = deep.window.canvas.drawing().labels
    into = next(w for w in deep.document.wires(deep.window.editor.session.module) if w.target_port == "x")
    assert labels.shape(into.id) == "B×256×56×56"
    deep.key(Qt.Key.Key_PageDown, CTRL)
    assert "stages[2]" in deep.window.breadcrumb.words
    deep.key(Qt.Key.Key_PageUp, CTRL)
    deep.key(Qt.Key.Key_PageUp, CTRL)
    deep.key(Qt.Key.Key_PageUp, CTRL)  # round at the end
    assert "stages[3]" in deep.window.breadcrumb.words


def test_a_choice_says_what_it_came_to_and_opens_that(deep: Desk) -> None:
    enter(deep, "stages", "blocks")
    labels, shortcut = deep.window.canvas.drawing().labels, deep.node("shortcut").id
    assert labels.face(shortcut).came_to == "Projection"
    deep.key(Qt.Key.Key_PageDown, CTRL)
    assert deep.window.canvas.drawing().labels.face(shortcut).came_to == "Identity"
    before = deep.window.editor.session.path
    deep.hand.click(deep.hand.node(shortcut))
    deep.key(Qt.Key.Key_Return)
    assert deep.window.editor.session.path == before  # an Identity has no inside
    deep.key(Qt.Key.Key_PageUp, CTRL)
    enter(deep, "shortcut")
    assert "Projection" in deep.window.breadcrumb.words


def test_a_click_on_the_badge_lists_the_calls_and_a_row_opens_one(deep: Desk) -> None:
    enter(deep, "stages")
    deep.hand.click(badge(deep, "blocks"))
    deep.settle()
    card = deep.window.calls
    assert card.isVisible()
    assert [row.text() for row in card.rows] == ["0:   B×64×56×56 → B×256×56×56", "1–2: B×256×56×56"]
    deep.click(card.rows[1])
    assert not card.isVisible()
    assert "stages[0].blocks[1]" in deep.window.breadcrumb.words


def test_the_badge_shows_its_calls_while_the_mouse_rests_on_it(deep: Desk) -> None:
    card = deep.window.calls
    deep.hand.move(badge(deep, "stages"))
    deep.qtbot.waitUntil(card.isVisible)
    deep.hand.move((5.0, 300.0))
    deep.qtbot.waitUntil(lambda: not card.isVisible())


def test_escape_closes_the_list_of_calls_and_gives_the_canvas_the_keys(deep: Desk) -> None:
    deep.hand.click(badge(deep, "stages"))
    deep.settle()
    deep.key(Qt.Key.Key_Escape)
    assert not deep.window.calls.isVisible() and deep.window.canvas.hasFocus()


def test_a_computed_number_of_repetitions_stands_with_its_value(deep: Desk) -> None:
    geometry, labels = deep.window.canvas.geometry_store, deep.window.canvas.drawing().labels
    stages = deep.node("stages").id
    assert geometry.card(stages).marks.repeat == "len(depths)"
    assert labels.face(stages).repeats == "4"


def test_a_branch_is_entered_at_one_part_and_the_breadcrumb_switches(mix: Desk) -> None:
    enter(mix, "gate")
    assert "Big" in mix.window.breadcrumb.words
    mix.click(mix.button("part-otherwise", mix.window.breadcrumb))
    assert "Block" in mix.window.breadcrumb.words and "gate.otherwise" in mix.window.breadcrumb.words
    mix.key(Qt.Key.Key_PageUp)
    assert mix.window.editor.session.selection == {mix.node("gate").id}


def test_a_slot_says_what_fills_it_and_opens_that(mix: Desk) -> None:
    enter(mix, "outer")
    part = mix.node("part").id
    assert mix.window.canvas.geometry_store.card(part).marks.is_slot
    assert mix.window.canvas.drawing().labels.face(part).came_to == "Block"
    enter(mix, "part")
    assert "Block" in mix.window.breadcrumb.words


def test_the_outline_lists_calls_and_folds_those_that_are_alike(deep: Desk) -> None:
    outline = opened(deep)
    stages = row_of(outline, "stages")
    assert [row[0] for row in rows(outline, stages)] == ["[0]", "[1]", "[2]", "[3]"]
    blocks = row_of(outline, "stages", "[2]", "blocks")
    assert blocks.siblingAtColumn(1).data() == "Bottleneck ×36"
    found = rows(outline, blocks)
    assert [row[0] for row in found] == ["[0]", "[1]", "×33 alike", "[35]"]
    assert found[0][2] == "B×1024×14×14"
    shortcut = row_of(outline, "stages", "[2]", "blocks", "[1]", "shortcut")
    assert shortcut.siblingAtColumn(1).data() == "Identity"


def test_a_call_that_the_outline_folds_is_shown_by_the_one_it_is_like(deep: Desk) -> None:
    outline = opened(deep)
    enter(deep, "stages", "blocks")
    path = deep.window.editor.session.path
    assert path is not None
    deep.window.editor.open_call((path[0], "2", path[2], "20"))
    deep.window.editor.session.select([deep.node("conv1").id])
    deep.settle()
    index = outline.currentIndex()
    assert index.data() == "conv1" and QModelIndex(index.parent()).data() == "[1]"


def test_a_problem_in_a_call_says_which(deep: Desk) -> None:
    enter(deep, "stages", "blocks")
    wire = next(
        w for w in deep.document.wires(deep.window.editor.session.module) if w.source == deep.node("conv2").id
    )
    deep.hand.click(deep.hand.wire(wire.id))
    deep.key(Qt.Key.Key_Delete)
    deep.window.panels.show_tab(deep.window.problems)
    deep.settle()
    deep.click(deep.button("problem-place", deep.window.problems.rows[0]))
    assert "stages[0].blocks[0]" in deep.window.breadcrumb.words


def test_fewer_repetitions_than_the_open_call_open_the_last_that_is_left(mix: Desk) -> None:
    blocks = mix.node("blocks")
    enter(mix, "blocks")
    mix.window.editor.open_call((blocks.id, "2"))
    edits.set_repeat(mix.document, blocks.id, 2)
    mix.settle()
    assert mix.window.editor.session.path == (blocks.id, "1")


def test_repeat_asks_in_place_how_often(desk: Desk) -> None:
    desk.window.search.add("Linear")
    node = desk.node("linear")
    desk.pick("linear")
    desk.window.canvas.setFocus()
    desk.window.menus.perform(desk.window.menus.action("repeat"))
    field = desk.window.canvas.findChild(QLineEdit, "repeat-count")
    assert field is not None
    QTest.keyClicks(field, "3")
    QTest.keyClick(field, Qt.Key.Key_Return)
    desk.settle()
    assert desk.document.node(node.id).repeat == 3
    assert desk.window.canvas.geometry_store.card(node.id).marks.repeat == "3"
    desk.key(Qt.Key.Key_Z, CTRL)
    assert desk.document.node(node.id).repeat is None


def test_a_number_of_repetitions_that_cannot_be_is_refused_with_a_sentence(desk: Desk) -> None:
    desk.window.search.add("Linear")
    desk.pick("linear")
    desk.window.menus.perform(desk.window.menus.action("repeat"))
    field = desk.window.canvas.findChild(QLineEdit, "repeat-count")
    assert field is not None
    QTest.keyClicks(field, "2 +")
    QTest.keyClick(field, Qt.Key.Key_Return)
    desk.settle()
    assert desk.node("linear").repeat is None
    assert desk.window.bar.isVisible()


def test_layers_in_a_row_are_folded_and_unfolded(desk: Desk) -> None:
    desk.window.search.add("ReLU")
    desk.window.search.add("ReLU")
    desk.pick("relu", "relu2")
    desk.window.menus.perform(desk.window.menus.action("fold"))
    desk.settle()
    assert desk.node("relu").repeat == 2
    desk.window.menus.perform(desk.window.menus.action("unfold"))
    desk.settle()
    assert [node.repeat for node in desk.document.nodes(ROOT) if node.kind == "ReLU"] == [None, None]


def test_tied_nodes_are_marked_and_know_their_partners(desk: Desk) -> None:
    desk.window.search.add("Linear")
    desk.window.search.add("Linear")
    desk.pick("linear", "linear2")
    desk.window.menus.perform(desk.window.menus.action("tie"))
    desk.settle()
    geometry = desk.window.canvas.geometry_store
    first, second = desk.node("linear").id, desk.node("linear2").id
    assert geometry.card(first).marks.is_tied and geometry.card(second).marks.is_tied
    assert geometry.partners(first) == {second}
    desk.pick("linear2")
    desk.window.menus.perform(desk.window.menus.action("untie"))
    assert not geometry.card(first).marks.is_tied and geometry.partners(first) == frozenset()


def test_the_context_menu_offers_what_structures_allow(mix: Desk) -> None:
    mix.pick("blocks")
    mix.hand.ask_for_menu(mix.hand.node(mix.node("blocks").id))
    menu = mix.window.findChild(QMenu, "context-menu")
    assert menu is not None
    offered = {action.objectName() for action in menu.actions()}
    menu.close()
    assert {"repeat", "unfold", "share", "calls", "choose", "slot", "enter"} <= offered
    assert not {"fold", "tie", "untie", "unwrap"} & offered


def test_a_repeat_from_the_palette_goes_into_the_wire_under_it(desk: Desk) -> None:
    wire = next(iter(desk.document.wires(ROOT)))
    place = desk.hand.wire(wire.id)
    carried = mime(desk.window.palette_list, "Repeat ×N")
    desk.hand.carry(carried, (5.0, 5.0), place)
    desk.hand.drop(carried, place)
    desk.settle()
    node = desk.node("block")
    assert node.repeat == 2 and node.definition is not None
    assert {wire.source for wire in desk.document.wires(ROOT) if wire.target == node.id} == {
        desk.node("x").id
    }
    enter(desk, "block")
    assert "call 1 of 2 · block[0]" in desk.window.breadcrumb.words
    desk.key(Qt.Key.Key_Z, CTRL)
    assert all(node.kind in ("Input", "Output") for node in desk.document.nodes(ROOT))


def test_a_slot_from_the_search_is_an_argument_of_the_module(desk: Desk) -> None:
    desk.window.search.add("Slot")
    node = desk.node("block")
    assert node.slot == "block"
    assert [argument.name for argument in desk.document.module(ROOT).arguments] == ["block"]
    assert not desk.window.editor.resolution.problems


@pytest.mark.parametrize("kind", ["Choose", "If", "While"])
def test_a_structure_from_the_search_goes_into_the_wire(desk: Desk, kind: str) -> None:
    desk.window.search.add(kind)
    node = next(node for node in desk.document.nodes(ROOT) if node.kind == kind)
    assert [wire for wire in desk.document.wires(ROOT) if wire.source == node.id]
    assert node.id in desk.window.canvas.geometry_store.nodes


@pytest.mark.parametrize("kind", ["loop", "branch"])
def test_a_loop_or_branch_of_a_module_that_nobody_uses_can_be_entered(desk: Desk, kind: str) -> None:
    desk.window.modules.add()
    desk.window.search.add("ReLU")
    desk.window.menus.perform(desk.window.menus.action("group"))
    desk.window.menus.perform(desk.window.menus.action(kind))
    desk.settle()
    desk.key(Qt.Key.Key_Return)
    opened = desk.document.module(desk.window.editor.session.module).name
    assert opened == ("Condition" if kind == "loop" else "Module2")
    assert desk.window.editor.session.path is None
