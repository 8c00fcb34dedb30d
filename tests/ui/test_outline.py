"""The outline: a row a call, with what it costs, for mouse and keyboard."""

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from core import edits
from tests.ui.desk import Desk
from ui.outline import Outline


def opened(desk: Desk) -> Outline:
    """The outline in sight."""
    desk.window.panels.show_tab(desk.window.outline)
    desk.settle()
    return desk.window.outline


def rows(outline: Outline, parent: QModelIndex | None = None) -> list[tuple[str, ...]]:
    """The texts of the rows under one."""
    model, at = outline.outline, parent or QModelIndex()
    return [
        tuple(str(model.index(row, column, at).data() or "") for column in range(model.columnCount()))
        for row in range(model.rowCount(at))
    ]


def row_of(outline: Outline, *names: str) -> QModelIndex:
    """The row that names lead to."""
    index = QModelIndex()
    for name in names:
        model = outline.outline
        found = [model.index(row, 0, index) for row in range(model.rowCount(index))]
        index = next(each for each in found if each.data() == name)
    return index


def test_the_outline_starts_out_of_sight(desk: Desk) -> None:
    assert not desk.window.outline.isVisible()


def test_rows_tell_layer_shape_parameters_and_macs_in_the_order_of_the_data(residual: Desk) -> None:
    outline = opened(residual)
    found = rows(outline)
    assert [row[0] for row in found] == [
        "image", "stem", "stem_bn", "block1", "block2", "block3", "pool", "flatten", "fc", "logits",
    ]  # fmt: skip
    # 16 kernels of 3×3×3 at 32×32 places; 32·10 weights and 10 biases.
    assert found[1] == ("stem", "Conv2d", "B×16×32×32", "432", f"{16 * 27 * 32 * 32:,}")
    assert found[8] == ("fc", "Linear", "B×10", "330", "320")


def test_the_parameters_of_the_rows_add_up_to_the_total(residual: Desk) -> None:
    counts = [int(row[3].replace(",", "")) for row in rows(opened(residual)) if row[3]]
    assert sum(counts) == residual.window.editor.resolution.root.parameters


def test_each_call_of_a_module_has_rows_of_its_own(residual: Desk) -> None:
    outline = opened(residual)
    first = {row[0]: row[2] for row in rows(outline, row_of(outline, "block1"))}
    second = {row[0]: row[2] for row in rows(outline, row_of(outline, "block2"))}
    assert (first["conv1"], second["conv1"]) == ("B×16×32×32", "B×32×16×16")


def test_the_model_keeps_the_rules_of_qt(residual: Desk) -> None:
    outline = opened(residual)
    QAbstractItemModelTester(outline.outline, QAbstractItemModelTester.FailureReportingMode.Warning)
    outline.expandAll()
    residual.window.search.add("ReLU")
    edits.delete(residual.document, [residual.node("block1").id])
    residual.settle()


def test_a_click_goes_to_the_call_and_a_double_click_enters(residual: Desk) -> None:
    outline = opened(residual)
    outline.expand(row_of(outline, "block3"))
    conv = row_of(outline, "block3", "conv2")
    outline.scrollTo(conv)
    residual.click_at(outline.viewport(), outline.visualRect(conv).center())
    editor = residual.window.editor
    block = residual.node("block3", "main")
    assert editor.session.path == (block.id,)
    assert editor.session.selection == {residual.node("conv2").id}
    index = row_of(outline, "block1")
    outline.scrollTo(index)
    at = outline.visualRect(index).center()
    residual.click_at(outline.viewport(), at)
    assert editor.session.selection == {residual.node("block1", "main").id}
    QTest.mouseDClick(outline.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert editor.session.path == (residual.node("block1", "main").id,)


def test_arrows_walk_and_enter_goes_there(residual: Desk) -> None:
    outline = opened(residual)
    outline.setFocus()
    outline.setCurrentIndex(row_of(outline, "stem"))
    residual.key(Qt.Key.Key_Down)
    residual.key(Qt.Key.Key_Down)
    residual.key(Qt.Key.Key_Right)
    residual.key(Qt.Key.Key_Down)
    residual.key(Qt.Key.Key_Return)
    assert residual.window.editor.session.path == (residual.node("block1", "main").id,)
    assert residual.window.editor.session.selection == {residual.node("x").id}


def test_what_is_picked_on_the_canvas_is_the_current_row(residual: Desk) -> None:
    outline = opened(residual)
    residual.pick("pool")
    assert outline.currentIndex().data() == "pool"


def test_opened_rows_stay_open_when_the_design_changes(residual: Desk) -> None:
    outline = opened(residual)
    outline.expand(row_of(outline, "block2"))
    edits.rename(residual.document, residual.node("block2").id, "second")
    assert outline.isExpanded(row_of(outline, "second"))
    assert not outline.isExpanded(row_of(outline, "block1"))


def test_a_changed_shape_is_in_the_row_at_once(residual: Desk) -> None:
    outline = opened(residual)
    edits.set_argument(residual.document, residual.node("fc").id, "out_features", 12)
    assert rows(outline)[8][2:4] == ("B×12", "396")


def test_an_outline_out_of_sight_is_read_when_it_comes_into_sight(desk: Desk) -> None:
    desk.window.search.add("Linear")
    assert [row[0] for row in rows(opened(desk))] == ["x", "linear", "y"]
