"""The palette: what is listed, found, dragged and added."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu

from core import edits
from core.layers import LAYERS
from tests.ui.desk import Desk
from ui.palette import Palette
from ui.rows import Row, shortened
from ui.shelves import LIBRARY_MARK
from ui.structures import REPEAT, SLOT


def row_place(palette: Palette, text: str) -> QPoint:
    """The middle of a row."""
    place = next(i for i, row in enumerate(palette.model.rows) if row.text == text and not row.section)
    palette.list.scrollTo(palette.model.index(place))
    return palette.list.visualRect(palette.model.index(place)).center()


def mime(palette: Palette, text: str) -> QMimeData:
    """What a drag of that row carries."""
    place = next(i for i, row in enumerate(palette.model.rows) if row.text == text)
    return palette.model.mimeData([palette.model.index(place)])


def found(rows: tuple[Row, ...]) -> list[str]:
    return [row.text for row in rows if not row.section]


def test_every_layer_is_listed_once_under_its_category_with_help(desk: Desk) -> None:
    rows = desk.window.palette_list.model.rows
    keys = [row.key for row in rows if not row.section and not row.key.startswith(LIBRARY_MARK)]
    assert sorted(keys) == sorted([*LAYERS, REPEAT, SLOT])  # those two are put together, and are no layers
    assert all(row.help for row in rows if not row.section)


def test_modules_of_the_design_stand_first_with_their_uses(residual: Desk) -> None:
    rows = residual.window.palette_list.model.rows
    assert (rows[1].text, rows[1].hint) == ("Block", "3 uses")
    edits.delete(residual.document, [residual.node("block3").id])
    assert residual.window.palette_list.model.rows[1].hint == "2 uses"


def test_a_double_click_adds_the_layer_wired(desk: Desk) -> None:
    palette = desk.window.palette_list
    at = row_place(palette, "ReLU")
    desk.click_at(palette.list.viewport(), at)
    QTest.mouseDClick(palette.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert desk.names() == ["x", "relu", "y"]


def test_a_layer_dragged_to_the_canvas_stands_where_it_was_dropped(desk: Desk) -> None:
    data = mime(desk.window.palette_list, "Linear")
    at = (300.0, 400.0)
    desk.hand.carry(data, (100, 100), at)
    desk.hand.drop(data, at)
    box = desk.window.canvas.geometry_store.box(desk.node("linear").id)
    x, y = desk.window.canvas.view.to_scene(at)
    assert box[0] < x < box[2] and box[1] < y < box[3]


def test_a_layer_dragged_onto_a_wire_is_put_into_it(desk: Desk) -> None:
    data = mime(desk.window.palette_list, "ReLU")
    at = desk.hand.wire(desk.document.wires("main")[0].id)
    desk.hand.carry(data, (at[0], at[1] + 200), at)
    desk.hand.drop(data, at)
    assert {(w.source, w.target) for w in desk.document.wires("main")} == {
        (desk.node("x").id, desk.node("relu").id),
        (desk.node("relu").id, desk.node("y").id),
    }


def test_a_module_would_not_go_into_itself(residual: Desk) -> None:
    block = residual.node("block1")
    assert block.definition is not None
    residual.window.editor.enter(block.id)
    data = mime(residual.window.palette_list, "Block")
    residual.hand.carry(data, (200, 300))
    residual.hand.drop(data, (200, 300))
    assert "would contain itself" in residual.window.bar.text.text()
    assert [node for node in residual.document.nodes(block.definition) if node.definition] == []


def test_typing_narrows_the_list_and_enter_adds_the_first(desk: Desk) -> None:
    palette = desk.window.palette_list
    desk.click(palette.field)
    desk.type("dense")
    assert found(palette.model.rows)[0] == "Linear"
    desk.key(Qt.Key.Key_Return)
    assert desk.names() == ["x", "linear", "y"]


def test_down_goes_from_the_field_into_the_list_past_headings(desk: Desk) -> None:
    palette = desk.window.palette_list
    desk.click(palette.field)
    desk.key(Qt.Key.Key_Down)
    assert palette.list.hasFocus()
    names = found(palette.model.rows)
    for name in names[: names.index("Linear")]:
        row = palette.model.row_at(palette.list.currentIndex())
        assert row is not None and row.text == name
        desk.key(Qt.Key.Key_Down)
    row = palette.model.row_at(palette.list.currentIndex())
    assert row is not None and row.text == "Linear"
    desk.key(Qt.Key.Key_Return)
    assert desk.names() == ["x", "linear", "y"]


def test_nothing_found_says_so(desk: Desk) -> None:
    palette = desk.window.palette_list
    desk.click(palette.field)
    desk.type("zzz")
    assert palette.nothing.isVisible()
    desk.key(Qt.Key.Key_Escape)
    assert not palette.nothing.isVisible() and palette.field.text() == ""


def test_a_module_is_renamed_in_its_row(residual: Desk) -> None:
    palette = residual.window.palette_list
    menu = QMenu()
    block = residual.node("block1").definition
    assert block is not None
    palette.module_menu(block, menu)
    next(action for action in menu.actions() if action.text() == "Rename").trigger()
    menu.deleteLater()
    field = palette.list.findChild(QLineEdit)
    assert isinstance(field, QLineEdit) and field.hasFocus()
    field.setText("殘差塊")
    residual.key(Qt.Key.Key_Return)
    assert residual.document.module(block).name == "殘差塊"
    assert "殘差塊" in found(palette.model.rows)


def test_a_module_in_use_is_not_deleted_and_the_reason_is_told(residual: Desk) -> None:
    block = residual.node("block1").definition
    assert block is not None
    residual.window.modules.delete(block)
    assert "used 3 times" in residual.window.bar.text.text()


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("DecoderLayer", 12, "DecoderLayer"),
        ("MaskedTransformerDecoderLayer", 22, "MaskedTra…DecoderLayer"),
        ("MaskedTransformerEncoderLayer", 22, "MaskedTra…EncoderLayer"),
        ("MaskedTransformerDecoderLayer", 12, "Masked…Layer"),
        ("extraordinarily", 10, None),
        ("XY" * 20, 3, None),
    ],
)
def test_a_long_name_keeps_the_words_at_its_end(text: str, room: int, expected: str | None) -> None:
    assert shortened(text, room, len) == expected


def test_library_names_that_begin_alike_can_be_told_apart_in_the_palette(desk: Desk) -> None:
    palette = desk.window.palette_list
    width = palette.list.fontMetrics().horizontalAdvance
    names = [row.text for row in palette.model.rows if not row.section]
    for room in (120, 150, 180):
        shown = [shortened(name, room, width) for name in names if name.startswith("Masked")]
        assert len(shown) == 2 == len(set(shown)) and None not in shown
