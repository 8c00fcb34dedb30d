"""Every level of the designs that ship can be read: few nodes, apart, no crossing wires, no small print."""

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from core.document import Document
from core.resolve import Resolver
from core.templates import template
from tests.templates.books import BOOKS
from ui.canvas.geometry import Geometry
from ui.canvas.picture import drawing_of
from ui.canvas.route import Array
from ui.canvas.view import fitting

CANVAS = (886, 605)
"""What a window of 1440×900 leaves for the drawing when all its panels are shown."""

SMALLEST = 0.7
MOST_NODES = 12
APART = 8.0


def levels(document: Document) -> list[tuple[str, Geometry]]:
    """Each module as its first call is drawn."""
    resolver = Resolver(document)
    found = []
    for module in document.modules():
        path = resolver.calls_of(module.id)[0]
        found.append((module.name, drawing_of(document, resolver.resolution, path).geometry))
    return found


def overlapping(geometry: Geometry, document: Document) -> list[str]:
    """Pairs of nodes that are not apart."""
    boxes = {node: geometry.box(node) for node in geometry.nodes}
    return [
        f"{document.node(a).name}, {document.node(b).name}"
        for (a, one), (b, other) in combinations(boxes.items(), 2)
        if one[0] < other[2] + APART
        and other[0] < one[2] + APART
        and one[1] < other[3] + APART
        and other[1] < one[3] + APART
    ]


def behind(geometry: Geometry, document: Document) -> list[str]:
    """Wires that run through a node that they do not end at."""
    found = []
    for key, wire in geometry.wires.items():
        x, y = points_along(geometry.wire_points([key])[0]).T
        for node in set(geometry.nodes) - {wire.source, wire.target}:
            left, top, right, bottom = geometry.box(node)
            if ((x > left) & (x < right) & (y > top) & (y < bottom)).any():
                found.append(f"{named(geometry, document, key)} behind {document.node(node).name}")
    return found


def points_along(line: Array) -> Array:
    """Points close together on a polyline (P, 2) -> (Q, 2): a long straight piece has none but its ends."""
    parts = np.linspace(0, 1, 50, endpoint=False)[:, None, None]
    found: Array = (line[:-1] * (1 - parts) + line[1:] * parts).reshape(-1, 2)
    return found


def crossing(geometry: Geometry, document: Document) -> list[str]:
    """Pairs of wires that cross; those from one port run together where they begin."""
    lines = {key: geometry.wire_points([key])[0] for key in geometry.wires}
    found = []
    for (a, one), (b, other) in combinations(lines.items(), 2):
        first, second = geometry.wires[a], geometry.wires[b]
        same = (first.source, first.source_port) == (second.source, second.source_port)
        if not same and meets(one, other):
            found.append(f"{named(geometry, document, a)} × {named(geometry, document, b)}")
    return found


def named(geometry: Geometry, document: Document, wire: str) -> str:
    """The wire in words."""
    record = geometry.wires[wire]
    return f"{document.node(record.source).name} > {document.node(record.target).name}"


def meets(one: Array, other: Array) -> bool:
    """Whether two polylines (P, 2) cross: the ends of some segments lie on both sides of each other."""
    a, b, c, d = one[:-1, None], one[1:, None], other[None, :-1], other[None, 1:]
    return bool(((_side(a, b, c) * _side(a, b, d) < 0) & (_side(c, d, a) * _side(c, d, b) < 0)).any())


def _side(start: Array, end: Array, point: Array) -> Array:
    found: Array = (end[..., 0] - start[..., 0]) * (point[..., 1] - start[..., 1]) - (
        end[..., 1] - start[..., 1]
    ) * (point[..., 0] - start[..., 0])
    return found


def test_lines_that_cross_are_found() -> None:
    slope = np.array([[0.0, 0.0], [4.0, 4.0]])
    assert meets(slope, np.array([[0.0, 4.0], [4.0, 0.0]]))
    assert not meets(slope, np.array([[0.0, 1.0], [4.0, 5.0]]))


@pytest.mark.parametrize("key", BOOKS)
def test_every_level_can_be_read_in_a_window_of_usual_size(key: str, qapp: QApplication) -> None:
    document = template(key).document()
    for name, geometry in levels(document):
        box = geometry.bounds()
        assert box is not None and len(geometry.nodes) <= MOST_NODES, name
        assert fitting(box, *CANVAS).scale >= SMALLEST, f"{name}: {box[2] - box[0]:.0f}×{box[3] - box[1]:.0f}"
        found = [check(geometry, document) for check in (overlapping, behind, crossing)]
        assert found == [[], [], []], name


@pytest.mark.parametrize("key", BOOKS)
def test_wires_run_from_left_to_right_or_to_the_next_row(key: str, qapp: QApplication) -> None:
    document = template(key).document()
    for name, geometry in levels(document):
        for wire in geometry.wires.values():
            source, target = geometry.box(wire.source), geometry.box(wire.target)
            rises = key == "u-net" and target[3] < source[1]  # the right arm of the U
            joins = document.node(wire.target).kind == "Concat"
            assert source[2] < target[0] or source[3] < target[1] or rises or joins, (name, wire)
