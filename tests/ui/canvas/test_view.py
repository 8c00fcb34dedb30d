"""Where the canvas looks, and what snaps."""

import pytest
from hypothesis import given, strategies as st

from core import edits
from core.document import Document
from core.record import ROOT
from tests.ui.canvas.drawings import chain
from tests.ui.canvas.test_geometry import measured
from ui.canvas.geometry import Geometry
from ui.canvas.snap import snapped
from ui.canvas.view import LARGEST_SCALE, SMALLEST_SCALE, View, fitting

number = st.floats(-1e4, 1e4)
EVERYTHING = (-1e6, -1e6, 1e6, 1e6)


@given(st.floats(SMALLEST_SCALE, LARGEST_SCALE), number, number, number, number, st.floats(0.1, 10))
def test_zooming_keeps_the_point_under_the_cursor(
    scale: float, x: float, y: float, pixel_x: float, pixel_y: float, factor: float
) -> None:
    view, at = View(scale, x, y), (pixel_x, pixel_y)
    zoomed = view.zoomed(factor, at)
    assert SMALLEST_SCALE <= zoomed.scale <= LARGEST_SCALE
    assert zoomed.to_screen(view.to_scene(at)) == pytest.approx(at, abs=1e-3)


def test_a_fitted_view_shows_the_whole_box_and_does_not_magnify() -> None:
    view = fitting((-500.0, -100.0, 3500.0, 700.0), 1000.0, 600.0)
    left, top, right, bottom = view.to_screen_box((-500.0, -100.0, 3500.0, 700.0))
    assert left >= 40 and right <= 960 and top >= 0 and bottom <= 600
    assert fitting((0.0, 0.0, 10.0, 10.0), 1000.0, 600.0).scale == 1.0


def test_a_node_snaps_to_make_its_wire_straight_before_edges_line_up() -> None:
    document = Document()
    ids = chain(document, "ReLU", ("Conv2d", {"out_channels": 3}))
    edits.add_node(document, ROOT, "Tanh", (700.0, 3.0))
    geometry = Geometry(document, ROOT, measured)
    snap = snapped(geometry, ids[1], (260.0, 4.0), 6.0, EVERYTHING, but=ids[1:])
    assert snap.dy == -4.0 and snap.dx == 0.0 and len(snap.guides) == 1


def test_edges_line_up_with_like_edges_within_reach_only() -> None:
    document = Document()
    still = edits.add_node(document, ROOT, "ReLU", (100.0, 100.0))
    moved = edits.add_node(document, ROOT, "ReLU", (0.0, 400.0))
    geometry = Geometry(document, ROOT, measured)
    snap = snapped(geometry, moved, (103.0, 250.0), 6.0, EVERYTHING, but=[moved])
    assert (snap.dx, snap.dy) == (-3.0, 0.0)
    assert snapped(geometry, moved, (108.0, 250.0), 6.0, EVERYTHING, but=[moved]).guides == ()
    assert snapped(geometry, moved, (103.0, 250.0), 6.0, EVERYTHING, but=[moved, still]).guides == ()
