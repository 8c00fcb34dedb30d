"""Modules at three levels: those of the design, of the user's library, and of the one that ships."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from core import edits
from core.document import Document
from core.files import dumps, load, save
from core.library import bring, edit_a_copy, is_locked, save_to_library, shipped
from core.record import ROOT, Module, Node, Origin, instance_kind
from core.refusal import locked_sentence
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from tests.ui.hand import ALT, CTRL
from ui.catalogue import entries, matching
from ui.shelves import Shelves

Key = Qt.Key
ENTRIES = {entry.name: entry for entry in shipped().entries}


def rows_under(desk: Desk, heading: str) -> list[str]:
    """The rows of the palette's section of that heading."""
    found: list[str] = []
    inside = False
    for row in desk.window.palette_list.model.rows:
        if row.section:
            inside = row.text == heading
        elif inside:
            found.append(row.text)
    return found


def row_place(desk: Desk, key: str) -> QPoint:
    """The middle of the palette's row of a kind."""
    palette = desk.window.palette_list
    place = next(i for i, row in enumerate(palette.model.rows) if row.key == key)
    palette.list.scrollTo(palette.model.index(place))
    return palette.list.visualRect(palette.model.index(place)).center()


def carried(desk: Desk, key: str) -> QMimeData:
    """What a drag of that row carries."""
    model = desk.window.palette_list.model
    place = next(i for i, row in enumerate(model.rows) if row.key == key)
    return model.mimeData([model.index(place)])


def modules(desk: Desk) -> list[str]:
    """The names of the design's modules but for the root, sorted."""
    return sorted(module.name for module in desk.document.modules() if module.id != ROOT)


def holding(desk: Desk, name: str, shape: str = "B, 64, 32, 32") -> Node:
    """Puts an entry between the design's Input and Output; returns its instance."""
    document = desk.document
    edits.set_argument(document, desk.node("x").id, "shape", shape)
    module = bring(document, ENTRIES[name])
    [wire] = document.wires(ROOT)
    node = edits.insert_on_wire(document, wire.id, instance_kind(module))
    desk.settle()
    return document.node(node)


def enter(desk: Desk, node: Node) -> str:
    """Opens a module by a double-click on its instance; returns its id."""
    desk.hand.double_click(desk.hand.node(node.id))
    desk.settle()
    module = desk.window.editor.session.module
    assert module == node.definition
    return module


def in_dialog(desk: Desk, act: Callable[[], object], button: str, meet: Callable[[QDialog], object]) -> None:
    """Does something, meets the dialog that it opens, and presses a button of it."""
    met: list[QDialog] = []

    def press() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog) or not dialog.isVisible():
            return
        timer.stop()
        met.append(dialog)
        meet(dialog)
        found = dialog.findChild(QPushButton, button)
        assert isinstance(found, QPushButton)
        QTest.mouseClick(found, Qt.MouseButton.LeftButton)

    timer = QTimer()
    timer.timeout.connect(press)
    timer.start(5)
    act()
    timer.stop()
    assert met, "no dialog was opened"
    desk.window.activateWindow()
    desk.qtbot.waitUntil(desk.window.isActiveWindow)
    desk.settle()


def said(desk: Desk) -> str:
    """The sentence in the bar."""
    return desk.window.bar.text.text() if desk.window.bar.isVisible() else ""


# Listed, found, brought


def test_the_palette_lists_the_three_levels_in_their_order(residual: Desk) -> None:
    headings = [row.text for row in residual.window.palette_list.model.rows if row.section]
    assert headings[:2] == ["in this design", "library"]
    assert rows_under(residual, "in this design") == ["Block"]
    assert rows_under(residual, "library") == sorted(ENTRIES)


def test_a_library_module_dragged_in_brings_its_definitions_in_one_step(desk: Desk) -> None:
    before = dumps(desk.document)
    data, at = carried(desk, "#shipped/Bottleneck"), (400.0, 400.0)
    desk.hand.carry(data, (100, 100), at)
    desk.hand.drop(data, at)
    assert modules(desk) == ["Bottleneck", "Projection"]
    node = desk.node("bottleneck")
    assert node.definition is not None and is_locked(desk.document.module(node.definition))
    box = desk.window.canvas.geometry_store.box(node.id)
    x, y = desk.window.canvas.view.to_scene(at)
    assert box[0] < x < box[2] and box[1] < y < box[3]
    desk.key(Key.Key_Z, CTRL)
    assert dumps(desk.document) == before


def test_a_second_drag_uses_the_definition_that_is_there(desk: Desk) -> None:
    for at in ((400.0, 400.0), (700.0, 400.0)):
        data = carried(desk, "#shipped/MLP")
        desk.hand.carry(data, at)
        desk.hand.drop(data, at)
    assert modules(desk) == ["MLP"]
    assert desk.node("mlp").kind == desk.node("mlp2").kind


def test_held_over_a_wire_a_library_module_foretells_the_shapes_and_is_put_in(desk: Desk) -> None:
    edits.set_argument(desk.document, desk.node("x").id, "shape", "B, 3, 32, 32")
    [wire] = desk.document.wires(ROOT)
    data, at = carried(desk, "#shipped/PatchEmbedding"), desk.hand.wire(wire.id)
    before = dumps(desk.document)
    desk.hand.carry(data, (at[0], at[1] + 200), at)
    # Patches of 16 pixels of a side of 32 are 2 × 2, each a row of the default width.
    assert desk.window.canvas.stage.feedback.foretold[wire.id] == "B×4×768"
    assert desk.window.canvas.stage.feedback.ghost is not None
    assert desk.window.canvas.stage.feedback.ghost[1] == "PatchEmbedding"
    assert dumps(desk.document) == before
    desk.hand.drop(data, at)
    assert desk.names() == ["x", "patchembedding", "y"]


def test_the_search_finds_library_modules_and_enter_brings_one_wired(desk: Desk) -> None:
    desk.key(Key.Key_Space)
    desk.type("mlp")
    desk.key(Key.Key_Return)
    assert desk.names() == ["x", "mlp", "y"]
    assert modules(desk) == ["MLP"]
    assert desk.document.undo_name == "Add MLP"
    desk.key(Key.Key_Z, CTRL)
    assert desk.names() == ["x", "y"] and modules(desk) == []
    assert desk.document.undo_name is None


def test_a_wire_dragged_to_the_empty_canvas_finds_library_modules_that_fit(desk: Desk) -> None:
    start = desk.hand.port(desk.node("x").id, "out", "y")
    desk.hand.drag(start, (start[0] + 150, start[1] + 200))
    desk.type("mlp")
    desk.key(Key.Key_Return)
    wires = {(w.source, w.target) for w in desk.document.wires(ROOT)}
    assert (desk.node("x").id, desk.node("mlp").id) in wires


def test_layers_that_fit_as_well_stand_before_library_modules() -> None:
    rows = matching(entries(Document(), None, Shelves(None)), "dense")
    names = [row.text for row in rows]
    assert names.index("Linear") < names.index("DenseLayer")


def test_a_design_that_opens_the_module_cannot_take_it_into_itself(desk: Desk) -> None:
    node = holding(desk, "MLP")
    module = enter(desk, node)
    edit_a_copy(desk.document, module)
    data = carried(desk, "#shipped/MLP")
    desk.hand.carry(data, (400.0, 400.0))
    desk.hand.drop(data, (400.0, 400.0))
    assert "would contain itself" in said(desk)


# Browsing


def test_hovering_an_entry_shows_its_picture_ports_arguments_count_and_help(desk: Desk) -> None:
    card, view = desk.window.module_card, desk.window.palette_list.list.viewport()
    QTest.mouseMove(view, row_place(desk, "#shipped/MLP"))
    desk.qtbot.waitUntil(card.isVisible)
    for part in ("MLP", "Two Linear layers with GELU", "x → y", "hidden", "256", "dropout", "0.0"):
        assert part in card.words
    # 64 features in and out, 256 between: two weights and two biases.
    assert f"{64 * 256 + 256 + 256 * 64 + 64:,}" in card.words and "B×64" in card.words
    picture = card.findChild(QLabel, "module-picture")
    assert isinstance(picture, QLabel) and len({*_colours(picture)}) > 3
    assert not card.geometry().intersects(desk.window.panels.docks["palette"].geometry())
    QTest.mouseMove(view, row_place(desk, "ReLU"))
    desk.qtbot.waitUntil(card.isHidden)


def _colours(label: QLabel) -> list[int]:
    image = label.pixmap().toImage()
    return [image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)]


def test_selecting_an_entry_by_keyboard_shows_its_card_which_goes_with_the_keyboard(desk: Desk) -> None:
    palette, card = desk.window.palette_list, desk.window.module_card
    desk.click(palette.field)
    desk.key(Key.Key_Down)
    desk.qtbot.waitUntil(card.isVisible)
    assert "BasicBlock" in card.words
    desk.key(Key.Key_Down)
    desk.qtbot.waitUntil(lambda: "Bidirectional" in card.words)
    assert card.height() < desk.window.height()
    desk.window.canvas.setFocus()
    assert card.isHidden()


def test_the_search_shows_the_card_of_what_enter_would_add(desk: Desk) -> None:
    card = desk.window.module_card
    desk.key(Key.Key_Space)
    desk.type("bottleneck")
    desk.qtbot.waitUntil(card.isVisible)
    assert "Bottleneck" in card.words
    desk.key(Key.Key_Escape)
    assert card.isHidden()


def test_a_module_of_the_design_has_a_card_too(residual: Desk) -> None:
    card = residual.window.module_card
    block = next(m for m in residual.document.modules() if m.name == "Block")
    QTest.mouseMove(residual.window.palette_list.list.viewport(), row_place(residual, f"@{block.id}"))
    residual.qtbot.waitUntil(card.isVisible)
    assert "width" in card.words and "in this design" in card.words


# Locked


def _delete(desk: Desk, node: Node) -> None:
    desk.pick(node.name)
    desk.key(Key.Key_Delete)


def _drag(desk: Desk, node: Node) -> None:
    start = desk.hand.node(node.id)
    desk.hand.drag(start, (start[0] + 60, start[1] + 40))


def _nudge(desk: Desk, node: Node) -> None:
    desk.pick(node.name)
    desk.key(Key.Key_Right, CTRL)


def _rename(desk: Desk, node: Node) -> None:
    desk.pick(node.name)
    desk.key(Key.Key_F2)
    desk.key(Key.Key_A, CTRL)
    desk.type("other")
    desk.key(Key.Key_Return)


def _cut(desk: Desk, node: Node) -> None:
    desk.pick(node.name)
    desk.key(Key.Key_X, CTRL)


def _duplicate(desk: Desk, node: Node) -> None:
    desk.pick(node.name)
    desk.key(Key.Key_D, CTRL)


def _group(desk: Desk, node: Node) -> None:
    desk.pick(node.name)
    desk.key(Key.Key_G, CTRL)


def _comment(desk: Desk, node: Node) -> None:
    desk.window.canvas.setFocus()
    desk.key(Key.Key_C)


def _search(desk: Desk, node: Node) -> None:
    desk.window.canvas.setFocus()
    desk.key(Key.Key_Space)
    desk.type("relu")
    desk.key(Key.Key_Return)


def _drop(desk: Desk, node: Node) -> None:
    data = carried(desk, "ReLU")
    desk.hand.carry(data, (300.0, 420.0))
    desk.hand.drop(data, (300.0, 420.0))


def _unplug(desk: Desk, node: Node) -> None:
    port = desk.hand.port(node.id, "in", "x")
    desk.hand.drag(port, (port[0], port[1] + 170), modifiers=ALT)


def _repeat(desk: Desk, node: Node) -> None:
    desk.pick(node.name)
    desk.key(Key.Key_R, CTRL)
    desk.type("3")
    desk.key(Key.Key_Return)


def _argument(desk: Desk, node: Node) -> None:
    desk.pick(node.name)
    field = next(
        line
        for line in desk.window.findChildren(QLineEdit)
        if line.isVisible() and line.accessibleName() == "out_features"
    )
    if field.isReadOnly() or not field.isEnabled():
        return
    desk.click(field)
    desk.key(Key.Key_A, CTRL)
    desk.type("7")
    desk.key(Key.Key_Return)


GESTURES = (
    _delete, _drag, _nudge, _rename, _cut, _duplicate, _group, _comment, _search, _drop, _unplug, _repeat,
)  # fmt: skip


@pytest.mark.parametrize("gesture", GESTURES, ids=lambda gesture: gesture.__name__.strip("_"))
def test_an_edit_inside_a_locked_module_is_refused_with_a_way_out(
    gesture: Callable[[Desk, Node], None], desk: Desk
) -> None:
    module = enter(desk, holding(desk, "MLP", "B, 64"))
    before = dumps(desk.document)
    gesture(desk, next(node for node in desk.document.nodes(module) if node.kind == "Linear"))
    desk.settle()
    assert dumps(desk.document) == before
    assert said(desk) == locked_sentence("MLP")
    [offer] = desk.window.bar.offers
    assert offer.text() == "Edit a copy"
    desk.click(offer)
    assert not is_locked(desk.document.module(module))


def test_the_inspector_says_the_same_about_an_argument_of_a_locked_module(desk: Desk) -> None:
    module = enter(desk, holding(desk, "MLP", "B, 64"))
    before = dumps(desk.document)
    _argument(desk, next(node for node in desk.document.nodes(module) if node.kind == "Linear"))
    desk.settle()
    assert dumps(desk.document) == before
    words = [label.text() for label in desk.window.findChildren(QLabel) if label.isVisible()]
    assert any(locked_sentence("MLP") in text for text in words)


def test_after_edit_a_copy_the_gesture_is_done_and_undo_locks_again(desk: Desk) -> None:
    module = enter(desk, holding(desk, "MLP", "B, 64"))
    node = next(node for node in desk.document.nodes(module) if node.kind == "Linear")
    _delete(desk, node)
    desk.click(desk.window.bar.offers[0])
    _delete(desk, node)
    assert desk.document.get(node.id) is None
    desk.key(Key.Key_Z, CTRL)
    desk.key(Key.Key_Z, CTRL)
    assert is_locked(desk.document.module(module)) and desk.document.get(node.id) is not None


def test_a_lock_stands_on_the_instance_and_on_the_breadcrumb_until_a_copy_is_edited(desk: Desk) -> None:
    node = holding(desk, "MLP", "B, 64")
    geometry = desk.window.canvas.geometry_store
    assert geometry.card(node.id).marks.is_locked
    assert "locked" in desk.window.canvas.drawing().labels.node_tip(node.id)
    enter(desk, node)
    desk.click(desk.button("unlock"))
    assert not [b for b in desk.window.findChildren(QPushButton, "unlock") if b.isVisible()]
    desk.key(Key.Key_PageUp)
    assert not desk.window.canvas.geometry_store.card(node.id).marks.is_locked


def test_an_instance_of_a_locked_module_takes_arguments_and_may_go(desk: Desk) -> None:
    node = holding(desk, "MLP", "B, 64")
    edits.set_argument(desk.document, node.id, "hidden", 8)
    desk.pick(node.name)
    desk.key(Key.Key_Delete)
    assert desk.document.get(node.id) is None


# The user's library


def test_a_module_is_saved_to_the_users_library_and_found_in_another_window(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    desk = open_desk("residual-cnn")
    desk.pick("block1")

    def write(dialog: QDialog) -> None:
        field = dialog.findChild(QPlainTextEdit, "library-help")
        assert isinstance(field, QPlainTextEdit)
        field.selectAll()
        QTest.keyClicks(field, "My own block")

    save_it = desk.window.menus.qt["save-to-library"].trigger
    in_dialog(desk, save_it, "accept", write)
    assert said(desk) == "Block is in your library"
    assert rows_under(desk, "my library") == ["Block"]
    assert (tmp_path / "library" / "Block.loom").exists()
    headings = [row.text for row in desk.window.palette_list.model.rows if row.section]
    assert headings[:3] == ["in this design", "my library", "library"]

    other = open_desk("new")
    data = carried(other, "#user/Block")
    other.hand.carry(data, (400.0, 400.0))
    other.hand.drop(data, (400.0, 400.0))
    assert modules(other) == ["Block"]
    block = other.document.module(other.node("block").definition or "")
    assert block.help == "My own block" and not is_locked(block)


def test_what_another_window_saved_is_listed_when_one_comes_back(desk: Desk, tmp_path: Path) -> None:
    assert rows_under(desk, "my library") == []
    document = edits.new_document()
    save_to_library(document, edits.add_module(document, "Theirs"), tmp_path / "library")
    elsewhere = QWidget()
    desk.qtbot.addWidget(elsewhere)
    elsewhere.show()
    elsewhere.activateWindow()
    desk.qtbot.waitUntil(elsewhere.isActiveWindow)
    desk.window.activateWindow()
    desk.qtbot.waitUntil(lambda: rows_under(desk, "my library") == ["Theirs"])


def test_saving_again_says_that_it_takes_the_others_place_and_cancel_leaves_all(residual: Desk) -> None:
    residual.pick("block1")
    save_it = residual.window.menus.qt["save-to-library"].trigger
    in_dialog(residual, save_it, "accept", lambda dialog: None)
    before = dumps(residual.document)
    warned: list[bool] = []

    def look(dialog: QDialog) -> None:
        warned.append(dialog.findChild(QLabel, "replaces") is not None)

    in_dialog(residual, save_it, "cancel", look)
    assert warned == [True] and dumps(residual.document) == before


def test_a_locked_module_can_be_saved_and_stays_locked(desk: Desk) -> None:
    node = holding(desk, "MLP", "B, 64")
    desk.pick(node.name)
    in_dialog(desk, desk.window.menus.qt["save-to-library"].trigger, "accept", lambda dialog: None)
    assert rows_under(desk, "my library") == ["MLP"]
    assert is_locked(desk.document.module(node.definition or ""))


def test_an_entry_is_removed_from_the_users_library_after_a_question(residual: Desk, tmp_path: Path) -> None:
    residual.pick("block1")
    in_dialog(residual, residual.window.menus.qt["save-to-library"].trigger, "accept", lambda dialog: None)
    menu = QMenu()
    residual.window.library.fill_entry_menu("#user/Block", menu)
    [remove] = menu.actions()
    asked = residual.answering("Remove", remove.trigger)
    assert asked == ["Remove Block from your library?"]
    assert rows_under(residual, "my library") == []
    assert not (tmp_path / "library" / "Block.loom").exists()
    assert modules(residual) == ["Block"]
    menu.deleteLater()


def test_a_file_of_the_users_library_that_is_no_entry_is_told_at_the_start(
    open_desk: OpenDesk, tmp_path: Path
) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "bad.loom").write_text("{")
    desk = open_desk("")
    assert said(desk).startswith("bad.loom: ")


# Compared and updated


def edited(desk: Desk) -> Node:
    """A copy of the MLP whose first Linear is wider and whose second dropout is gone."""
    node = holding(desk, "MLP", "B, 64")
    document, module = desk.document, node.definition or ""
    edit_a_copy(document, module)
    linear = min((n for n in document.nodes(module) if n.kind == "Linear"), key=lambda n: n.at)
    edits.set_argument(document, linear.id, "out_features", 99)
    dropout = max((n for n in document.nodes(module) if n.kind == "Dropout"), key=lambda n: n.at)
    edits.delete(document, [dropout.id])
    desk.settle()
    return node


def test_comparing_lists_the_sentences_and_marks_the_nodes_on_both_pictures(desk: Desk) -> None:
    node = edited(desk)
    desk.pick(node.name)
    told: list[str] = []
    marked: list[str] = []

    def look(dialog: QDialog) -> None:
        told.extend(label.text() for label in dialog.findChildren(QLabel, "difference"))
        marked.extend(p.accessibleName() for p in dialog.findChildren(QLabel, "compared-picture"))

    before = dumps(desk.document)
    in_dialog(desk, desk.window.menus.qt["compare"].trigger, "close-comparison", look)
    assert any("is 99, in the library hidden" in sentence for sentence in told)
    assert any(sentence.endswith("is gone") for sentence in told)
    # Here the changed node is marked; in the library that and the one that is gone.
    assert marked == ["1 nodes are marked", "2 nodes are marked"]
    assert dumps(desk.document) == before


def test_updating_shows_the_difference_first_and_is_one_step(desk: Desk) -> None:
    node = edited(desk)
    desk.pick(node.name)
    before = dumps(desk.document)
    update = desk.window.menus.qt["update-from-library"].trigger
    in_dialog(desk, update, "update-from-library", lambda dialog: None)
    assert said(desk) == "MLP is as it is in the library now"
    assert is_locked(desk.document.module(node.definition or ""))
    desk.key(Key.Key_Z, CTRL)
    assert dumps(desk.document) == before
    desk.key(Key.Key_Y, CTRL)
    update()
    assert said(desk) == "MLP is as it is in the library"


def older(path: Path) -> Path:
    """A design that was saved when the library's MLP was another."""
    document = edits.new_document()
    module = bring(document, ENTRIES["MLP"])
    [wire] = document.wires(ROOT)
    edits.insert_on_wire(document, wire.id, instance_kind(module))
    edit_a_copy(document, module)
    linear = next(n for n in document.nodes(module) if n.kind == "Linear")
    edits.set_argument(document, linear.id, "bias", False)
    origin = replace(shipped_origin(), content="0" * 64)
    records = [
        replace(record, origin=origin) if isinstance(record, Module) and record.id == module else record
        for record in document.records.values()
    ]
    save(Document(records), path)
    return path


def shipped_origin() -> Origin:
    """Where an MLP that is brought now says that it is from."""
    document = edits.new_document()
    origin = document.module(bring(document, ENTRIES["MLP"])).origin
    assert origin is not None
    return origin


def test_opening_a_design_with_an_older_library_module_says_so_and_offers_to_compare(
    desk: Desk, tmp_path: Path
) -> None:
    assert desk.window.files.open(older(tmp_path / "old.loom"))
    assert said(desk) == "a newer MLP is in the library"
    [offer] = desk.window.bar.offers
    in_dialog(desk, lambda: desk.click(offer), "update-from-library", lambda dialog: None)
    module = next(m for m in desk.document.modules() if m.name == "MLP")
    assert module.origin == shipped_origin()
    assert desk.document.undo_name == "Update MLP from the library"


def test_a_design_whose_modules_are_as_in_the_library_says_nothing(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "new.loom"
    document = edits.new_document()
    bring(document, ENTRIES["MLP"])
    save(document, file)
    assert desk.window.files.open(file)
    assert said(desk) == ""
    assert load(file).modules()[1].origin is not None
