"""The picture: by every theme and scale, the same by pieces as at once, and on paper."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from core import edits
from core.document import Document
from core.problem import Path as CallPath
from core.record import ROOT
from core.resolve import Resolver
from tests.ui.canvas.drawings import Desk, chain, straight, wire
from tests.ui.hand import MIDDLE, CanvasHand
from ui.canvas.canvas import Canvas
from ui.canvas.paint import paint_design
from ui.canvas.paint_labels import STRIP_GAP, statistics_lines, strip_size
from ui.canvas.picture import FORMATS, PictureError, drawing_of, write_picture
from ui.canvas.route import HANGING
from ui.canvas.surface import REST_MS
from ui.canvas.typeface import text_width
from ui.canvas.view import View
from ui.theme import DARK, LIGHT, THEMES, Theme


def mixture() -> Document:
    """A chain with a skip, a module, a comment, an error at a wire and one under a node."""
    document = Document()
    block = edits.add_module(document, "殘差塊")
    ids = chain(
        document,
        ("Input", {"shape": "B, 3, 8, 8"}),
        ("Conv2d", {"out_channels": 4}),
        "ReLU",
        "@" + block,
        "Add",
        "Output",
    )
    wire(document, ids[0], ids[4], "x2")
    edits.add_node(document, ROOT, "CrossEntropyLoss", (200.0, 200.0))
    edits.add_comment(document, ROOT, "the shapes do not fit\nyet", (400.0, 200.0))
    return Document(document.records.values())


def painted(document: Document, theme: Theme, scale: float) -> QImage:
    drawing = drawing_of(document, Resolver(document).resolution, (), theme)
    image = QImage(900, 400, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint_design(painter, drawing, View(scale, 40.0, 120.0), (900, 400))
    painter.end()
    return image


def colours(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(0, image.height(), 2)}


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES.keys())
@pytest.mark.parametrize("scale", [0.1, 0.4, 0.5, 1.0])
def test_every_theme_is_painted_at_every_scale_with_its_error(
    qapp: object, theme: Theme, scale: float
) -> None:
    found = colours(painted(mixture(), theme, scale))
    assert theme.canvas in found
    assert theme.error in found, "an error is seen from afar, too"
    assert len(found) > 5


def test_a_result_hangs_under_its_node_and_is_taken_away(open_desk: Callable[[Document], Desk]) -> None:
    desk = open_desk(mixture())
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    picture.fill(QColor("#ff00ff"))

    class Found:
        def thumbnails(self, path: CallPath, node: str) -> Sequence[QImage]:
            return [picture] if desk.document.node(node).name == "relu" else []

        def statistics(self, path: CallPath, node: str) -> str:
            return "μ 0.02 σ 0.91"

    plain = desk.canvas.grab().toImage()
    desk.canvas.set_results(Found())
    assert "#ff00ff" in colours(desk.canvas.grab().toImage())
    desk.canvas.set_results(None)
    assert desk.canvas.grab().toImage() == plain


def test_another_theme_repaints_everything(open_desk: Callable[[Document], Desk]) -> None:
    desk = open_desk(mixture())
    assert desk.canvas.grab().toImage().pixelColor(2, 2).name() in (LIGHT.canvas, LIGHT.grid)
    desk.canvas.set_theme(DARK)
    assert desk.canvas.grab().toImage().pixelColor(2, 2).name() in (DARK.canvas, DARK.grid)


def test_an_empty_module_says_how_to_begin(open_desk: Callable[[Document], Desk]) -> None:
    desk = open_desk(Document())
    middle = QRect(300, 270, 400, 60)
    assert LIGHT.text in colours(desk.canvas.grab(middle).toImage())
    edits.add_node(desk.document, ROOT, "ReLU", (4000.0, 4000.0))
    assert LIGHT.text not in colours(desk.canvas.grab(middle).toImage())


def exact(desk: Desk) -> QImage:
    """What a canvas shows that never saw anything else."""
    desk.session.point_at(None)
    canvas = Canvas(desk.document, desk.session, LIGHT)
    canvas.resize(desk.canvas.size())
    canvas.apply(None, desk.resolver.resolution)
    canvas.look(desk.canvas.view)
    image = canvas.grab().toImage()
    canvas.deleteLater()
    return image


def shown(desk: Desk) -> QImage:
    """What the canvas shows with the mouse somewhere else."""
    desk.session.point_at(None)
    return desk.canvas.grab().toImage()


def test_panning_shifts_pixels_to_the_same_picture_as_drawing_anew(
    open_desk: Callable[[Document], Desk],
) -> None:
    desk = open_desk(straight(30))
    desk.canvas.look(View(1.0, 0.0, 300.0))
    desk.canvas.grab()
    CanvasHand(desk.canvas).drag((800.0, 300.0), (520.0, 370.0), MIDDLE, steps=7)
    assert shown(desk) == exact(desk)


def test_two_pans_before_the_canvas_could_paint_are_shown_right(
    open_desk: Callable[[Document], Desk],
) -> None:
    desk = open_desk(straight(30))
    desk.canvas.look(View(1.0, 0.0, 300.0))
    desk.canvas.grab()
    desk.canvas.pan(-150.0, 0.0)
    desk.canvas.pan(-170.0, 40.0)
    assert shown(desk) == exact(desk)


def test_a_drag_leaves_the_same_picture_as_drawing_anew(open_desk: Callable[[Document], Desk]) -> None:
    desk = open_desk(mixture())
    hand = CanvasHand(desk.canvas)
    start = hand.node(desk.node("relu").id)
    hand.drag(start, (start[0] + 40.0, start[1] + 130.0))
    assert shown(desk) == exact(desk)


def test_a_dragged_node_is_not_seen_where_it_was(open_desk: Callable[[Document], Desk]) -> None:
    document = Document()
    node = edits.add_node(document, ROOT, "ReLU", (0.0, 0.0))
    desk = open_desk(document)
    hand = CanvasHand(desk.canvas)
    left, top, right, bottom = desk.canvas.view.to_screen_box(desk.canvas.geometry_store.box(node))
    place = QRect(round(left), round(top), round(right - left), round(bottom - top))
    start = hand.node(node)
    hand.drag(start, (start[0] + 237.0, start[1] + 151.0), release=False)
    assert colours(desk.canvas.grab(place).toImage()) == {LIGHT.canvas, LIGHT.grid}
    assert LIGHT.text in colours(desk.canvas.grab(place.translated(237, 151)).toImage())
    hand.release()
    assert LIGHT.text in colours(desk.canvas.grab(place.translated(237, 151)).toImage())


def test_zooming_stretches_the_picture_and_is_exact_when_it_rests(
    qtbot: QtBot, open_desk: Callable[[Document], Desk]
) -> None:
    desk = open_desk(mixture())
    desk.canvas.grab()
    CanvasHand(desk.canvas).wheel((500.0, 300.0), 3)
    stretched = desk.canvas.grab().toImage()
    qtbot.waitUntil(lambda: desk.canvas.grab().toImage() != stretched, timeout=REST_MS * 50)
    assert shown(desk) == exact(desk)


def test_a_moved_node_is_seen_at_once(open_desk: Callable[[Document], Desk]) -> None:
    desk = open_desk(mixture())
    before = desk.canvas.grab().toImage()
    edits.move(desk.document, {desk.node("relu").id: (400.0, 90.0)})
    after = desk.canvas.grab().toImage()
    assert after != before
    desk.document.undo()
    assert desk.canvas.grab().toImage() == before


def test_a_label_gives_way_to_a_node_that_is_moved_there(open_desk: Callable[[Document], Desk]) -> None:
    document = straight(4)
    free = edits.add_node(document, ROOT, "Tanh", (300.0, 200.0))
    desk = open_desk(document)
    desk.canvas.grab()
    edits.move(document, {free: (500.0, 10.0)})
    assert shown(desk) == exact(desk)


@pytest.mark.parametrize("ending", FORMATS)
def test_a_picture_is_written_in_every_format(qapp: object, tmp_path: Path, ending: str) -> None:
    document = mixture()
    drawing = drawing_of(document, Resolver(document).resolution)
    file = tmp_path / f"picture{ending}"
    write_picture(drawing, file)
    if ending == ".pdf":
        assert file.read_bytes().startswith(b"%PDF-")
    elif ending == ".svg":
        assert b"<text" not in file.read_bytes(), "whoever opens it may not have the fonts"
        assert QSvgRenderer(str(file)).isValid()
    else:
        assert LIGHT.error in colours(QImage(str(file)))


def test_a_module_inside_is_written_by_its_call(qapp: object, tmp_path: Path) -> None:
    document = mixture()
    (block,) = (node.id for node in document.nodes(ROOT) if node.definition)
    write_picture(drawing_of(document, Resolver(document).resolution, (block,)), tmp_path / "block.png")
    assert not QImage(str(tmp_path / "block.png")).isNull()


def test_what_cannot_be_written_is_said(qapp: object, tmp_path: Path) -> None:
    document = mixture()
    drawing = drawing_of(document, Resolver(document).resolution)
    with pytest.raises(PictureError, match=r"a picture is written as \.png, \.svg, \.pdf"):
        write_picture(drawing, tmp_path / "picture.gif")
    with pytest.raises(PictureError, match="cannot be written"):
        write_picture(drawing, tmp_path / "no folder" / "picture.png")


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (200.0, ("μ 0.02 σ 0.91 |∇| 3.1e-3",)),
        (120.0, ("μ 0.02 σ 0.91", "|∇| 3.1e-3")),
        (88.0, ("μ 0.02", "σ 0.91", "|∇| 3.1e-3")),
    ],
)
def test_statistics_keep_within_their_card_so_that_its_wire_is_seen(
    width: float, expected: tuple[str, ...], qapp: object
) -> None:
    text = "μ 0.02 σ 0.91 |∇| 3.1e-3"
    assert statistics_lines(text, width) == expected
    assert all(text_width(line, "shape") <= width for line in expected)
    assert strip_size((), text, width)[0] == width
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    assert strip_size((picture,), text, width)[1] + 2 * STRIP_GAP <= HANGING


def test_more_statistics_than_there_is_room_for_are_cut(qapp: object) -> None:
    lines = statistics_lines(" ".join(["123456"] * 8), 88.0)
    assert lines == ("123456", "123456", "…")
