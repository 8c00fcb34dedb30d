"""What everyone expects of a node editor, each with a real hand on the widget."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QImage

from core import edits
from core.document import Document
from core.problem import Problem
from core.record import ROOT, Comment
from tests.ui.canvas.drawings import Desk, chain, wire
from tests.ui.hand import ALT, CTRL, LEFT, MIDDLE, RIGHT, SHIFT, CanvasHand, Hand
from ui.canvas.inputs import KIND_MIME, ZOOM_STEP
from ui.canvas.rename import InPlaceEditor, TextEditor

Keys = Qt.Key


def near(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return abs(a[0] - b[0]) < 1e-6 and abs(a[1] - b[1]) < 1e-6


# Wires


def test_dragging_from_an_output_to_an_input_connects_them(desk: Desk, hand: CanvasHand) -> None:
    tanh, linear = desk.node("tanh").id, desk.node("linear").id
    hand.drag(hand.port(linear, "out", "y"), hand.port(tanh, "in", "x"))
    assert ("linear", "y", "tanh", "x") in desk.wired()
    assert desk.document.undo_name == "Connect linear to tanh"


def test_dragging_from_an_input_to_an_output_connects_them(desk: Desk, hand: CanvasHand) -> None:
    tanh, linear = desk.node("tanh").id, desk.node("linear").id
    hand.drag(hand.port(tanh, "in", "x"), hand.port(linear, "out", "y"))
    assert ("linear", "y", "tanh", "x") in desk.wired()


def test_a_new_wire_replaces_the_one_at_the_input(desk: Desk, hand: CanvasHand) -> None:
    hand.drag(
        hand.port(desk.node("tanh").id, "out", "y"),
        hand.port(desk.node("relu").id, "in", "x"),
    )
    into = [w for w in desk.wired() if w[2:] == ("relu", "x")]
    assert into == [("tanh", "y", "relu", "x")]


def test_an_output_feeds_several_inputs(desk: Desk, hand: CanvasHand) -> None:
    linear = desk.node("linear").id
    hand.drag(hand.port(linear, "out", "y"), hand.port(desk.node("tanh").id, "in", "x"))
    assert {w[2] for w in desk.wired() if w[0] == "linear"} == {"relu", "tanh"}


def test_a_wire_dropped_on_a_node_goes_to_its_free_input(desk: Desk, hand: CanvasHand) -> None:
    tanh = desk.node("tanh").id
    left, _top, right, bottom = desk.canvas.geometry_store.box(tanh)
    hand.drag(hand.port(desk.node("x").id, "out", "y"), hand.point(((left + right) / 2, bottom - 6)))
    assert ("x", "y", "tanh", "x") in desk.wired()


def test_a_wire_dragged_to_the_empty_canvas_asks_for_a_search_that_fits_its_port(
    desk: Desk, hand: CanvasHand
) -> None:
    before = desk.wired()
    linear = desk.node("linear").id
    end = hand.point((380.0, 260.0))
    hand.drag(hand.port(linear, "out", "y"), end)
    (request,) = desk.searches
    assert request.port is not None
    assert (request.port.node, request.port.side, request.port.port) == (linear, "out", "y")
    assert near(request.at, (380.0, 260.0)) and near(request.pixel, end)
    assert desk.wired() == before
    assert desk.canvas.stage.feedback.draft is not None, "the wire stays in sight while one searches"
    desk.canvas.end_search()
    assert desk.canvas.stage.feedback.draft is None


def test_a_loop_is_refused_while_the_wire_is_dragged_and_its_nodes_are_shown(
    desk: Desk, hand: CanvasHand
) -> None:
    before = desk.wired()
    linear, relu = desk.node("linear").id, desk.node("relu").id
    hand.drag(hand.port(relu, "out", "y"), hand.port(linear, "in", "x"), release=False)
    feedback = desk.canvas.stage.feedback
    assert set(feedback.loop) == {linear, relu}
    assert feedback.refusal == "this would close a loop: linear → relu → linear"
    hand.release()
    assert desk.wired() == before
    assert desk.said == [feedback.refusal]


def test_a_node_is_not_wired_to_itself(desk: Desk, hand: CanvasHand) -> None:
    tanh = desk.node("tanh").id
    hand.drag(hand.port(tanh, "out", "y"), hand.port(tanh, "in", "x"))
    assert not [w for w in desk.wired() if w[0] == "tanh"]
    assert desk.said == ["this would close a loop: tanh → tanh"]


def test_escape_takes_a_dragged_wire_back(desk: Desk, hand: CanvasHand) -> None:
    before = desk.wired()
    tanh = desk.node("tanh").id
    hand.drag(hand.port(desk.node("x").id, "out", "y"), hand.port(tanh, "in", "x"), release=False)
    hand.key(Keys.Key_Escape)
    hand.release()
    assert desk.wired() == before and desk.canvas.stage.feedback.draft is None


def test_alt_drag_takes_a_wire_off_its_input_and_puts_it_elsewhere(desk: Desk, hand: CanvasHand) -> None:
    relu, tanh = desk.node("relu").id, desk.node("tanh").id
    hand.drag(hand.port(relu, "in", "x"), hand.port(tanh, "in", "x"), modifiers=ALT)
    assert ("linear", "y", "tanh", "x") in desk.wired()
    assert not [w for w in desk.wired() if w[2] == "relu"]
    desk.document.undo()
    assert ("linear", "y", "relu", "x") in desk.wired()


# The view


def test_the_wheel_zooms_at_the_cursor(desk: Desk, hand: CanvasHand) -> None:
    at = (321.0, 234.0)
    point, scale = desk.canvas.view.to_scene(at), desk.canvas.view.scale
    hand.wheel(at, 2)
    assert desk.canvas.view.scale == pytest.approx(scale * ZOOM_STEP**2)
    assert desk.canvas.view.to_scene(at) == pytest.approx(point)
    hand.wheel(at, -2)
    assert desk.canvas.view.scale == pytest.approx(scale)


def test_the_middle_button_pans(desk: Desk, hand: CanvasHand) -> None:
    view = desk.canvas.view
    hand.drag((500.0, 300.0), (540.0, 270.0), MIDDLE)
    assert desk.canvas.view == view.moved(40.0, -30.0)
    assert not desk.session.selection


def test_space_and_drag_pans_and_asks_for_no_search(desk: Desk, hand: CanvasHand) -> None:
    view = desk.canvas.view
    hand.hold_key(Keys.Key_Space)
    hand.drag(hand.node(desk.node("relu").id), (700.0, 400.0))
    hand.let_key_go(Keys.Key_Space)
    assert desk.canvas.view != view and desk.canvas.view.scale == view.scale
    assert not desk.searches and desk.document.undo_name is None


def test_escape_takes_a_pan_back(desk: Desk, hand: CanvasHand) -> None:
    view = desk.canvas.view
    hand.drag((500.0, 300.0), (540.0, 270.0), MIDDLE, release=False)
    hand.key(Keys.Key_Escape)
    assert desk.canvas.view == view


def test_home_frames_everything_and_f_the_selection(desk: Desk, hand: CanvasHand) -> None:
    canvas = desk.canvas
    canvas.look(canvas.view.moved(5000.0, 5000.0))
    hand.key(Keys.Key_Home)
    for node in canvas.geometry_store.nodes:
        left, top, right, bottom = canvas.view.to_screen_box(canvas.geometry_store.box(node))
        assert left >= 0 and top >= 0 and right <= canvas.width() and bottom <= canvas.height()
    desk.session.select([desk.node("tanh").id])
    hand.key(Keys.Key_F)
    left, top, right, bottom = canvas.view.to_screen_box(canvas.geometry_store.box(desk.node("tanh").id))
    assert (left + right) / 2 == pytest.approx(canvas.width() / 2, abs=1)
    assert (top + bottom) / 2 == pytest.approx(canvas.height() / 2, abs=1)


# Selecting


def test_a_click_picks_a_node_and_a_click_on_nothing_drops_it(desk: Desk, hand: CanvasHand) -> None:
    linear = desk.node("linear").id
    hand.click(hand.node(linear))
    assert desk.session.selection == {linear} and desk.session.focus == linear
    hand.click((5.0, 5.0))
    assert not desk.session.selection


def test_shift_adds_to_the_selection_and_ctrl_toggles(desk: Desk, hand: CanvasHand) -> None:
    linear, relu = desk.node("linear").id, desk.node("relu").id
    hand.click(hand.node(linear))
    hand.click(hand.node(relu), modifiers=SHIFT)
    assert desk.session.selection == {linear, relu}
    hand.click(hand.node(linear), modifiers=SHIFT)
    assert desk.session.selection == {linear, relu}
    hand.click(hand.node(linear), modifiers=CTRL)
    assert desk.session.selection == {relu}


def test_a_click_on_one_of_several_picked_nodes_picks_it_alone(desk: Desk, hand: CanvasHand) -> None:
    linear, relu = desk.node("linear").id, desk.node("relu").id
    desk.session.select([linear, relu])
    hand.click(hand.node(linear))
    assert desk.session.selection == {linear}


def test_a_wire_can_be_picked(desk: Desk, hand: CanvasHand) -> None:
    (key,) = (w.id for w in desk.document.wires(ROOT) if w.target == desk.node("relu").id)
    hand.click(hand.wire(key))
    assert desk.session.selection == {key}


def test_a_rubber_band_picks_what_it_touches(desk: Desk, hand: CanvasHand) -> None:
    hand.drag(hand.point((195.0, -30.0)), hand.point((420.0, 30.0)))
    names = {
        desk.document.node(k).name for k in desk.session.selection if k in desk.canvas.geometry_store.nodes
    }
    assert names == {"linear", "relu"}
    assert desk.canvas.stage.feedback.band is None


def test_shift_and_a_rubber_band_add_and_ctrl_toggles(desk: Desk, hand: CanvasHand) -> None:
    x, linear, relu = (desk.node(name).id for name in ("x", "linear", "relu"))
    desk.session.select([x, linear])
    hand.drag(hand.point((395.0, -30.0)), hand.point((420.0, 30.0)), modifiers=SHIFT)
    assert desk.session.selection >= {x, linear, relu}
    desk.session.select([x, linear])
    hand.drag(hand.point((195.0, -30.0)), hand.point((420.0, 30.0)), modifiers=CTRL)
    assert {k for k in desk.session.selection if k in (x, linear, relu)} == {x, relu}


def test_escape_gives_the_selection_before_the_band_back(desk: Desk, hand: CanvasHand) -> None:
    tanh = desk.node("tanh").id
    desk.session.select([tanh])
    hand.drag(hand.point((195.0, -30.0)), hand.point((420.0, 30.0)), release=False)
    assert desk.session.selection != {tanh}
    hand.key(Keys.Key_Escape)
    assert desk.session.selection == {tanh}


def test_ctrl_a_picks_every_node(desk: Desk, hand: CanvasHand) -> None:
    hand.key(Keys.Key_A, CTRL)
    assert desk.session.selection == set(desk.canvas.geometry_store.nodes)


@pytest.mark.parametrize("key", [Keys.Key_Delete, Keys.Key_Backspace])
def test_delete_and_backspace_take_out_what_is_picked(desk: Desk, hand: CanvasHand, key: Qt.Key) -> None:
    hand.click(hand.node(desk.node("relu").id))
    hand.key(key)
    assert {n.name for n in desk.document.nodes(ROOT)} == {"x", "linear", "y", "tanh"}
    assert desk.wired() == {("x", "y", "linear", "x")}
    assert not desk.session.selection
    desk.document.undo()
    assert len(desk.wired()) == 3


def test_the_right_button_picks_and_asks_for_a_menu(desk: Desk, hand: CanvasHand) -> None:
    wanted: list[str | None] = []
    desk.canvas.menu_wanted.connect(lambda key, at: wanted.append(key))
    linear = desk.node("linear").id
    hand.click(hand.node(linear), RIGHT)
    hand.ask_for_menu(hand.node(linear))
    hand.ask_for_menu((5.0, 5.0))
    assert desk.session.selection == {linear}
    assert wanted == [linear, None]


# Moving


def test_a_dragged_node_moves_and_undo_brings_it_back(desk: Desk, hand: CanvasHand) -> None:
    tanh = desk.node("tanh")
    start = hand.node(tanh.id)
    hand.drag(start, (start[0] + 300.0, start[1] + 77.0))
    assert desk.node("tanh").at == pytest.approx((300.0, 237.0), abs=6)
    assert desk.document.undo_name == "Move"
    desk.document.undo()
    assert desk.node("tanh") == tanh and desk.document.undo_name is None


def test_a_drag_moves_all_that_is_picked(desk: Desk, hand: CanvasHand) -> None:
    linear, relu = desk.node("linear"), desk.node("relu")
    desk.session.select([linear.id, relu.id])
    start = hand.node(relu.id)
    hand.drag(start, (start[0] + 31.0, start[1] + 150.0))
    for before in (linear, relu):
        after = desk.document.node(before.id)
        assert (after.at[0] - before.at[0], after.at[1] - before.at[1]) == pytest.approx((31.0, 150.0), abs=6)


def test_escape_takes_a_drag_back(desk: Desk, hand: CanvasHand) -> None:
    tanh = desk.node("tanh")
    start = hand.node(tanh.id)
    hand.drag(start, (start[0] + 120.0, start[1] + 40.0), release=False)
    assert desk.node("tanh") != tanh
    hand.key(Keys.Key_Escape)
    hand.release()
    assert desk.node("tanh") == tanh
    assert desk.document.undo_name is None and not desk.document.in_gesture


def test_a_press_that_hardly_moves_is_a_click(desk: Desk, hand: CanvasHand) -> None:
    start = hand.node(desk.node("tanh").id)
    hand.drag(start, (start[0] + 2.0, start[1] + 1.0))
    assert desk.node("tanh").at == (0.0, 160.0) and desk.document.undo_name is None


def test_a_node_snaps_so_that_its_wire_is_straight_and_a_guide_shows_it(desk: Desk, hand: CanvasHand) -> None:
    relu = desk.node("relu")
    start = hand.node(relu.id)
    hand.drag(start, (start[0] + 60.0, start[1] + 4.0), release=False)
    assert desk.node("relu").at[1] == 0.0
    assert desk.canvas.stage.feedback.guides
    hand.release()
    assert not desk.canvas.stage.feedback.guides


def test_a_node_without_wires_dropped_on_a_wire_is_inserted(desk: Desk, hand: CanvasHand) -> None:
    start = hand.node(desk.node("tanh").id)
    left, top, right, bottom = desk.canvas.geometry_store.box(desk.node("tanh").id)
    (key,) = (w.id for w in desk.document.wires(ROOT) if w.target == desk.node("relu").id)
    x0, y0, x1, _ = desk.canvas.geometry_store.wire_box(key)
    dx, dy = (x0 + x1) / 2 - (left + right) / 2, y0 - (top + bottom) / 2
    scale = desk.canvas.view.scale
    hand.drag(start, (start[0] + dx * scale, start[1] + dy * scale), release=False)
    assert desk.canvas.stage.feedback.wire == key
    hand.release()
    assert {("linear", "y", "tanh", "x"), ("tanh", "y", "relu", "x")} <= desk.wired()
    desk.document.undo()
    assert ("linear", "y", "relu", "x") in desk.wired() and desk.node("tanh").at == (0.0, 160.0)


def test_a_wired_node_moved_over_a_wire_is_not_inserted(desk: Desk, hand: CanvasHand) -> None:
    wire(desk.document, desk.node("x").id, desk.node("tanh").id)
    before = desk.wired()
    start = hand.node(desk.node("tanh").id)
    hand.drag(start, hand.point((345.0, 14.0)))
    assert desk.wired() == before


def test_a_comment_is_picked_and_moved(desk: Desk, hand: CanvasHand) -> None:
    key = edits.add_comment(desk.document, ROOT, "look here", (300.0, 200.0))
    start = hand.point((310.0, 210.0))
    hand.drag(start, (start[0] + 55.0, start[1] + 133.0))
    comment = desk.document.records[key]
    assert isinstance(comment, Comment)
    assert comment.at == pytest.approx((355.0, 333.0), abs=7)
    assert desk.session.selection == {key}


def test_ctrl_and_arrows_nudge(desk: Desk, hand: CanvasHand) -> None:
    hand.click(hand.node(desk.node("tanh").id))
    hand.key(Keys.Key_Right, CTRL)
    hand.key(Keys.Key_Up, CTRL)
    assert desk.node("tanh").at == (8.0, 152.0)


# The keyboard


def test_arrows_walk_along_the_graph(desk: Desk, hand: CanvasHand) -> None:
    hand.click(hand.node(desk.node("x").id))
    for key, name in (
        (Keys.Key_Right, "linear"),
        (Keys.Key_Right, "relu"),
        (Keys.Key_Left, "linear"),
        (Keys.Key_Left, "x"),
        (Keys.Key_Down, "tanh"),
        (Keys.Key_Up, "x"),
    ):
        hand.key(key)
        assert desk.session.selection == {desk.node(name).id}, name


def test_shift_and_arrows_extend_the_selection(desk: Desk, hand: CanvasHand) -> None:
    hand.click(hand.node(desk.node("x").id))
    hand.key(Keys.Key_Right, SHIFT)
    assert desk.session.selection == {desk.node("x").id, desk.node("linear").id}


def test_j_connects_two_picked_nodes_by_their_best_match(desk: Desk, hand: CanvasHand) -> None:
    desk.session.select([desk.node("tanh").id, desk.node("linear").id])
    hand.key(Keys.Key_J)
    assert ("tanh", "y", "linear", "x") in desk.wired()


def test_j_never_closes_a_loop(desk: Desk, hand: CanvasHand) -> None:
    desk.session.select([desk.node("linear").id, desk.node("relu").id])
    edits.move(desk.document, {desk.node("linear").id: (900.0, 0.0)})
    hand.key(Keys.Key_J)
    assert ("linear", "y", "relu", "x") in desk.wired() and ("relu", "y", "linear", "x") not in desk.wired()


def test_j_says_what_it_needs(desk: Desk, hand: CanvasHand) -> None:
    hand.key(Keys.Key_J)
    assert desk.said == ["pick two nodes to connect"]


def test_space_and_tab_ask_for_a_search(desk: Desk, hand: CanvasHand) -> None:
    hand.key(Keys.Key_Space)
    hand.key(Keys.Key_Tab)
    assert [request.port for request in desk.searches] == [None, None]


def test_a_double_click_on_nothing_asks_for_a_search_there(desk: Desk, hand: CanvasHand) -> None:
    hand.double_click((20.0, 30.0))
    (request,) = desk.searches
    assert request.pixel == (20.0, 30.0)


def test_f2_renames_in_place_and_enter_keeps_the_name(desk: Desk, hand: CanvasHand) -> None:
    hand.click(hand.node(desk.node("tanh").id))
    hand.key(Keys.Key_F2)
    editor = desk.canvas.editor
    assert isinstance(editor, InPlaceEditor) and editor.text() == "tanh" and editor.selectedText() == "tanh"
    typed = Hand(editor)
    editor.setText("殘差塊")
    typed.key(Keys.Key_Return)
    assert desk.node("殘差塊").kind == "Tanh"
    assert not editor.isVisible()


def test_escape_in_the_editor_keeps_the_old_name(desk: Desk, hand: CanvasHand) -> None:
    hand.click(hand.node(desk.node("tanh").id))
    hand.key(Keys.Key_F2)
    editor = desk.canvas.editor
    assert isinstance(editor, InPlaceEditor)
    editor.setText("other")
    typed = Hand(editor)
    typed.key(Keys.Key_Escape)
    assert desk.node("tanh").kind == "Tanh" and not editor.isVisible()


def test_a_double_click_edits_a_comment_of_several_lines(desk: Desk, hand: CanvasHand) -> None:
    key = edits.add_comment(desk.document, ROOT, "look here", (300.0, 200.0))
    hand.double_click(hand.point((310.0, 210.0)))
    editor = desk.canvas.editor
    assert isinstance(editor, TextEditor) and editor.toPlainText() == "look here"
    editor.setPlainText("two\nlines")
    typed = Hand(editor)
    typed.key(Keys.Key_Return, CTRL)
    comment = desk.document.records[key]
    assert isinstance(comment, Comment) and comment.text == "two\nlines"
    hand.key(Keys.Key_F2)
    editor = desk.canvas.editor
    assert isinstance(editor, TextEditor)
    editor.setPlainText("other")
    Hand(editor).key(Keys.Key_Escape)
    assert desk.document.records[key] == comment


def test_a_name_that_is_taken_is_refused_in_words(desk: Desk, hand: CanvasHand) -> None:
    hand.click(hand.node(desk.node("tanh").id))
    hand.key(Keys.Key_F2)
    editor = desk.canvas.editor
    assert isinstance(editor, InPlaceEditor)
    editor.setText("relu")
    typed = Hand(editor)
    typed.key(Keys.Key_Return)
    assert desk.said == ["Network already has a node named relu"]


# Modules


@pytest.fixture
def with_module(open_desk: Callable[[Document], Desk]) -> Desk:
    document = Document()
    module = edits.add_module(document, "Block")
    chain(document, ("Input", {"shape": "B, 20"}), "@" + module, "@" + module)
    return open_desk(document)


def test_a_double_click_asks_to_enter_a_module(with_module: Desk) -> None:
    block = with_module.node("block").id
    CanvasHand(with_module.canvas).double_click(CanvasHand(with_module.canvas).node(block))
    assert with_module.entered == [block]


@pytest.mark.parametrize("key", [Keys.Key_Return, Keys.Key_PageDown, Keys.Key_Tab])
def test_a_key_enters_the_picked_module(with_module: Desk, key: Qt.Key) -> None:
    block = with_module.node("block").id
    with_module.session.select([block])
    CanvasHand(with_module.canvas).key(key)
    assert with_module.entered == [block] and not with_module.searches


def test_an_open_module_shows_the_shapes_of_its_call(with_module: Desk) -> None:
    block = with_module.node("block").id
    with_module.canvas.show_module((block,))
    assert {n.name for n in with_module.document.nodes(with_module.session.module)} == {"x", "y"}
    labels = with_module.canvas.drawing().labels
    assert {labels.shape(w.id) for w in with_module.document.wires(with_module.session.module)} == {"B×20"}


def test_a_definition_without_a_call_shows_symbols(with_module: Desk) -> None:
    block = with_module.node("block").definition
    assert block is not None
    with_module.canvas.find_definition = with_module.resolver.definition
    with_module.canvas.show_definition(block)
    labels = with_module.canvas.drawing().labels
    (key,) = (w.id for w in with_module.document.wires(block))
    assert labels.shape(key) == str(with_module.resolver.definition(block).outputs[0])


def test_escape_with_nothing_picked_asks_to_leave(desk: Desk, hand: CanvasHand) -> None:
    left: list[bool] = []
    desk.canvas.leave_wanted.connect(lambda: left.append(True))
    desk.session.select([desk.node("x").id])
    hand.key(Keys.Key_Escape)
    assert not left and not desk.session.selection
    hand.key(Keys.Key_Escape)
    assert left == [True]


# From the palette


def carried(kind: str) -> QMimeData:
    mime = QMimeData()
    mime.setData(KIND_MIME, kind.encode())
    return mime


def test_a_layer_dropped_on_the_canvas_is_added_there(desk: Desk, hand: CanvasHand) -> None:
    at = hand.point((400.0, 300.0))
    hand.carry(carried("Sigmoid"), at)
    hand.drop(carried("Sigmoid"), at)
    sigmoid = desk.node("sigmoid")
    left, top, right, bottom = desk.canvas.geometry_store.box(sigmoid.id)
    assert left < 400.0 < right and top < 300.0 < bottom
    assert desk.session.selection == {sigmoid.id}


def test_a_layer_held_over_a_wire_foretells_shapes_before_it_is_dropped(desk: Desk, hand: CanvasHand) -> None:
    asked: list[tuple[str, str]] = []
    (key,) = (w.id for w in desk.document.wires(ROOT) if w.target == desk.node("relu").id)
    (last,) = (w.id for w in desk.document.wires(ROOT) if w.target == desk.node("y").id)

    def foretell(wire_id: str, kind: str) -> dict[str, str | Problem]:
        asked.append((wire_id, kind))
        return {key: "B×8", last: Problem(("y",), "expected 8, got 9")}

    desk.canvas.set_foretell(foretell)
    at = hand.wire(key)
    hand.carry(carried("Linear"), (5.0, 5.0), at, (at[0] + 1, at[1]))
    assert asked == [(key, "Linear")], "asked once, not at every pixel"
    assert desk.canvas.stage.feedback.foretold[key] == "B×8"
    plain = desk.canvas.grab().toImage()
    hand.carry_away()
    assert not desk.canvas.stage.feedback.foretold and len(desk.document.nodes(ROOT)) == 5
    assert desk.canvas.grab().toImage() != plain


def test_the_canvas_foretells_by_itself_what_would_not_fit(desk: Desk, hand: CanvasHand) -> None:
    (key,) = (w.id for w in desk.document.wires(ROOT) if w.target == desk.node("relu").id)
    hand.carry(carried("Conv2d"), hand.wire(key))
    said = desk.canvas.stage.feedback.foretold[key]
    assert isinstance(said, Problem) and said.text == "Conv2d expects B×C×H×W, got B×8"
    hand.carry_away()


def test_a_layer_dropped_on_a_wire_is_inserted(desk: Desk, hand: CanvasHand) -> None:
    (key,) = (w.id for w in desk.document.wires(ROOT) if w.target == desk.node("relu").id)
    hand.carry(carried("Sigmoid"), hand.wire(key))
    hand.drop(carried("Sigmoid"), hand.wire(key))
    assert {("linear", "y", "sigmoid", "x"), ("sigmoid", "y", "relu", "x")} <= desk.wired()


def test_what_is_no_layer_is_not_taken(desk: Desk, hand: CanvasHand) -> None:
    mime = QMimeData()
    mime.setText("Linear")
    hand.carry(mime, (200.0, 200.0))
    assert desk.canvas.stage.feedback.ghost is None


# What is said


def test_the_tooltip_of_a_wire_gives_the_whole_shape(desk: Desk) -> None:
    labels = desk.canvas.drawing().labels
    (key,) = (w.id for w in desk.document.wires(ROOT) if w.target == desk.node("relu").id)
    assert labels.wire_tip(key) == "linear → relu\nB×8 = 2×8"


def test_the_canvas_tells_assistive_tools_what_it_shows(desk: Desk) -> None:
    desk.session.select([desk.node("x").id])
    assert desk.canvas.accessibleName() == "Canvas"
    assert desk.canvas.accessibleDescription() == "5 nodes, 1 selected"


def test_the_focused_node_is_drawn(desk: Desk) -> None:
    x, relu = desk.node("x").id, desk.node("relu").id
    desk.session.select([x, relu], focus=x)
    first: QImage = desk.canvas.grab().toImage()
    desk.session.select([x, relu], focus=relu)
    assert desk.canvas.grab().toImage() != first


def test_a_hidden_canvas_takes_its_gesture_back(desk: Desk, hand: CanvasHand) -> None:
    start = hand.node(desk.node("tanh").id)
    hand.drag(start, (start[0] + 120.0, start[1] + 40.0), LEFT, release=False)
    desk.canvas.hide()
    assert not desk.document.in_gesture and desk.node("tanh").at == (0.0, 160.0)
