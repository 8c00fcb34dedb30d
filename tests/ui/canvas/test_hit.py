"""What lies under a point: a port before a node before a wire before a comment."""

import pytest

from core import edits
from core.document import Document
from core.record import ROOT
from tests.ui.canvas.drawings import chain
from tests.ui.canvas.test_geometry import measured
from ui.canvas.geometry import Geometry
from ui.canvas.hit import CommentHit, NodeHit, PortHit, WireHit, band, hit, nearest_port


@pytest.fixture
def document() -> Document:
    document = Document()
    chain(document, "ReLU", "Tanh")
    edits.add_comment(document, ROOT, "around both", (-50.0, -50.0))
    return document


def test_a_port_comes_before_its_node_and_a_wire_before_the_comment_under_it(document: Document) -> None:
    geometry = Geometry(document, ROOT, measured)
    relu, tanh = geometry.nodes
    x, y = geometry.port_place(relu, "out", "y")
    assert hit(geometry, (x - 3, y), 9, 6) == PortHit(relu, "out", "y", (x, y))
    assert hit(geometry, (x - 30, y), 9, 6) == NodeHit(relu)
    assert hit(geometry, (x + 30, y + 4), 9, 6) == WireHit(*geometry.wires)
    (comment,) = (key for key, _ in geometry.comment_boxes())
    assert hit(geometry, (x + 30, y - 40), 9, 6) == CommentHit(comment)
    assert hit(geometry, (x + 30, y + 400), 9, 6) is None
    assert hit(geometry, geometry.box(tanh)[:2], 9, 6) == NodeHit(tanh)


def test_the_topmost_of_two_nodes_is_hit(document: Document) -> None:
    top = edits.add_node(document, ROOT, "Sigmoid", (10.0, 10.0))
    assert hit(Geometry(document, ROOT, measured), (60.0, 40.0), 2, 2) == NodeHit(top)


def test_the_nearest_port_is_found_on_the_side_asked_for(document: Document) -> None:
    geometry = Geometry(document, ROOT, measured)
    relu, tanh = geometry.nodes
    x, y = geometry.port_place(relu, "out", "y")
    between = ((x + geometry.box(tanh)[0]) / 2 - 5, y + 3)
    near = nearest_port(geometry, between, 200.0)
    assert near is not None and near.node == relu
    near = nearest_port(geometry, between, 200.0, "in")
    assert near is not None and near.node == tanh
    near = nearest_port(geometry, between, 400.0, "in", but=tanh)
    assert near is not None and near.node == relu
    assert nearest_port(geometry, between, 3.0) is None


def test_a_band_takes_nodes_that_it_touches_but_wires_and_comments_only_whole(document: Document) -> None:
    geometry = Geometry(document, ROOT, measured)
    relu, tanh = geometry.nodes
    (wire,) = geometry.wires
    (comment,) = (key for key, _ in geometry.comment_boxes())
    right = geometry.box(relu)[2]
    assert band(geometry, (right - 5, 0, right + 5, 10)) == [relu]
    assert set(band(geometry, (right - 5, 0, geometry.box(tanh)[0] + 5, 60))) == {relu, tanh, wire}
    assert set(band(geometry, (-60, -60, 900, 900))) == {relu, tanh, wire, comment}
