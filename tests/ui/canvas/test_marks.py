"""What a card shows of its node's structure."""

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from core import edits
from core.document import Change, Document
from core.record import ROOT, Node
from core.resolve import Resolver
from core.use import Use
from tests.structures import mixed
from tests.templates.sheet import Book
from ui.canvas.caption import caption, category
from ui.canvas.geometry import Geometry
from ui.canvas.hit import badge_at
from ui.canvas.labels import Labels
from ui.canvas.marks import BLANK, partners
from ui.canvas.overlay import between
from ui.canvas.paint_card import draw_card
from ui.canvas.typeface import text_width
from ui.theme import DARK, LIGHT, Theme


def named(document: Document, name: str, module: str = ROOT) -> Node:
    return next(node for node in document.nodes(module) if node.name == name)


def test_a_tied_node_says_what_it_is_and_to_which_it_is_tied() -> None:
    document = mixed()
    assert caption(document, named(document, "dec")) == ("Linear", "tied to enc")
    assert category(document, named(document, "dec")) == "linear"


def test_branches_name_their_parts() -> None:
    document = mixed()
    assert caption(document, named(document, "gate")) == ("If", "then: Big, otherwise: Block")
    assert category(document, named(document, "gate")) == "structure"


def test_a_tie_of_two_parameters_makes_their_nodes_partners() -> None:
    book = Book("Tied", "An embedding and the head that has its weights")
    book.root.input("tokens", "B, T").node("Embedding", "wte", num_embeddings=10, embedding_dim=4)
    book.root.node("Linear", "head", out_features=10, bias=False).tie("head.weight", "wte.weight")
    document = book.document()
    wte, head = named(document, "wte").id, named(document, "head").id
    assert partners(document, ROOT) == {wte: {head}, head: {wte}}


def test_an_empty_slot_says_so(qapp: object) -> None:
    book = Book("Empty", "A slot that nothing was put into")
    book.root.argument("part", Use(), kind="module").input("x", "B, 8").slot("part", "part").output()
    document = book.root.wire("x > part > y").book.document()
    geometry = Geometry(document, ROOT, text_width)
    labels = Labels(geometry, Resolver(document).resolution.root)
    assert labels.face(named(document, "part").id).is_empty


def test_a_badge_is_hit_where_it_is_drawn_and_only_on_repeated_nodes(qapp: object) -> None:
    document = mixed()
    geometry = Geometry(document, ROOT, text_width)
    blocks = named(document, "blocks")
    box = geometry.card(blocks.id).badge
    assert box is not None and geometry.card(named(document, "enc").id).badge is None
    middle = (blocks.at[0] + (box[0] + box[2]) / 2, blocks.at[1] + (box[1] + box[3]) / 2)
    assert badge_at(geometry, middle) == blocks.id
    assert badge_at(geometry, (blocks.at[0] + 20, blocks.at[1] + 12)) is None


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_cards_behind_a_repeated_node_are_seen_from_afar(qapp: object, theme: Theme) -> None:
    document = mixed()
    card = Geometry(document, ROOT, text_width).card(named(document, "blocks").id)
    scale, margin = 0.4, 20
    image = QImage(
        int(card.width * scale) + 40, int(card.height * scale) + 40, QImage.Format.Format_ARGB32_Premultiplied
    )
    image.fill(theme.canvas)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(margin, margin)
        painter.scale(scale, scale)
        draw_card(painter, card, BLANK, theme, "plain")
    under = margin + int(card.height * scale) + 1
    column = [image.pixelColor(image.width() // 2, y) for y in range(under, under + 5)]
    assert any(abs(colour.lightness() - QColor(theme.canvas).lightness()) > 30 for colour in column)


def test_edits_of_an_owner_and_untying_redraw_the_nodes_tied_to_it(qapp: object) -> None:
    document = mixed()
    geometry = Geometry(document, ROOT, text_width)

    def follow(change: Change) -> None:
        geometry.apply(change)

    document.subscribe(follow)
    enc, dec = named(document, "enc").id, named(document, "dec").id
    edits.rename(document, enc, "encoder")
    assert geometry.card(dec).lines[1] == "tied to encoder"
    edits.untie(document, dec)
    assert not geometry.card(enc).marks.is_tied
    assert geometry.card(dec).lines == ("Linear", "8")


def test_the_line_between_partners_begins_and_ends_at_their_edges() -> None:
    assert between((0, 0, 10, 10), (20, 0, 30, 10)) == ((10, 5), (20, 5))
    assert between((0, 0, 10, 10), (0, 40, 10, 50)) == ((5, 10), (5, 40))
    assert between((0, 0, 10, 10), (5, 0, 15, 10)) is None
