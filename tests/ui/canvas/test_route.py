"""The ways of wires: begin and end at the ports, leave and arrive level, keep off their own nodes."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from ui.canvas.around import level_round
from ui.canvas.route import CLEARANCE, HANGING, POINTS, route

place = st.floats(-2000, 2000).map(lambda value: round(value, 1))


@given(st.lists(st.tuples(place, place, place, place), max_size=8))
def test_every_wire_begins_and_ends_where_it_should(ends: list[tuple[float, float, float, float]]) -> None:
    array = np.array(ends).reshape(-1, 4)
    bodies = np.stack((array[:, 1] - 20, array[:, 1] + 20, array[:, 3] - 20, array[:, 3] + 20), axis=1)
    points = route(array, bodies)
    assert points.shape == (len(ends), POINTS, 2)
    assert np.isfinite(points).all()
    np.testing.assert_allclose(points[:, 0], array[:, :2], atol=1e-9)
    np.testing.assert_allclose(points[:, -1], array[:, 2:], atol=1e-9)
    assert (points[:, 1, 0] >= points[:, 0, 0]).all(), "out of an output to the right"
    assert (points[:, -1, 0] >= points[:, -2, 0]).all(), "into an input from the left"


def test_a_wire_forward_never_turns_back() -> None:
    points = route(np.array([[0.0, 0.0, 200.0, 150.0]]), np.array([[-20.0, 20.0, 130.0, 170.0]]))[0]
    assert (np.diff(points[:, 0]) > 0).all() and (np.diff(points[:, 1]) >= 0).all()


def test_a_wire_back_runs_in_the_gap_between_the_rows() -> None:
    points = route(np.array([[900.0, 0.0, 100.0, 400.0]]), np.array([[-24.0, 24.0, 376.0, 424.0]]))[0]
    middle = points[POINTS // 2 - 1 : POINTS // 2 + 1, 1]
    np.testing.assert_allclose(middle, 200.0)


@pytest.mark.parametrize(("gap", "below"), [(120.0, HANGING), (100.0, 100.0 - CLEARANCE), (30.0, 15.0)])
@pytest.mark.parametrize("down", [True, False])
def test_a_wire_back_keeps_below_the_values_of_the_upper_row(gap: float, below: float, down: bool) -> None:
    upper, lower = (-24.0, 24.0), (24.0 + gap, 72.0 + gap)
    bodies = (*upper, *lower) if down else (*lower, *upper)
    heights = (0.0, 48.0 + gap) if down else (48.0 + gap, 0.0)
    points = route(np.array([[900.0, heights[0], 100.0, heights[1]]]), np.array([bodies]))[0]
    np.testing.assert_allclose(points[POINTS // 2, 1], 24.0 + below)


def test_a_wire_back_in_one_row_runs_below_both_nodes() -> None:
    points = route(np.array([[500.0, 0.0, 100.0, 0.0]]), np.array([[-24.0, 24.0, -24.0, 40.0]]))[0]
    np.testing.assert_allclose(points[POINTS // 2, 1], 40.0 + HANGING)


def test_a_level_round_nodes_is_free_and_the_nearer_way() -> None:
    ends = np.array([0.0, 0.0, 900.0, 0.0])
    boxes = np.array([[200.0, -24.0, 320.0, 24.0], [400.0, -90.0, 520.0, -20.0], [600.0, 40.0, 700.0, 400.0]])
    level = level_round(ends, boxes)
    assert level == -90.0 - CLEARANCE
    assert level_round(ends, np.array([[200.0, -500.0, 320.0, 24.0]])) == 24.0 + HANGING
