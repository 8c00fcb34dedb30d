"""How a moved node snaps to its neighbours: wires become straight, edges line up."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from .geometry import Geometry
from .view import Box, Point


@dataclass(frozen=True)
class Snap:
    """The little way to go for things to line up, and the lines that show it."""

    dx: float = 0.0
    dy: float = 0.0
    guides: tuple[tuple[Point, Point], ...] = ()


def snapped(
    geometry: Geometry, node: str, at: Point, reach: float, visible: Box, but: Collection[str]
) -> Snap:
    """The snap of a node or comment placed at a point, to what is visible and not moved itself."""
    left, top, right, bottom = geometry.item_box(node)
    width, height = right - left, bottom - top
    others = [other for other in geometry.nodes_in(visible) if other not in but]
    boxes = geometry.boxes_of(others)  # (N, 4)
    straight = _straightening(geometry, node, at[1], reach, but)
    vertical = straight or _nearest(
        boxes[:, (1, 3)].reshape(-1), boxes[:, (0, 2)].repeat(2, axis=0), (at[1], at[1] + height), reach
    )
    horizontal = _nearest(
        boxes[:, (0, 2)].reshape(-1), boxes[:, (1, 3)].repeat(2, axis=0), (at[0], at[0] + width), reach
    )
    guides: list[tuple[Point, Point]] = []
    dx = dy = 0.0
    if horizontal is not None:
        dx, x, (low, high) = horizontal
        guides.append(((x, min(low, at[1])), (x, max(high, at[1] + height))))
    if vertical is not None:
        dy, y, (low, high) = vertical
        guides.append(((min(low, at[0]), y), (max(high, at[0] + width), y)))
    return Snap(dx, dy, tuple(guides))


_Found = tuple[float, float, tuple[float, float]]
"""How far to go, the coordinate of the line, and from where to where it is shown."""


def _straightening(
    geometry: Geometry, node: str, y: float, reach: float, but: Collection[str]
) -> _Found | None:
    """The way to go for the nearest of the node's own wires to become straight."""
    if not geometry.is_node(node):
        return None
    top = geometry.box(node)[1]
    best: _Found | None = None
    for wire in geometry.wires_of(node):
        record = geometry.wires[wire]
        if (record.target if record.source == node else record.source) in but:
            continue
        start = geometry.port_place(record.source, "out", record.source_port)
        end = geometry.port_place(record.target, "in", record.target_port)
        own, other = (start, end) if record.source == node else (end, start)
        way = other[1] - (own[1] - top + y)
        if abs(way) <= reach and (best is None or abs(way) < abs(best[0])):
            best = (way, other[1], (min(start[0], end[0]), max(start[0], end[0])))
    return best


def _nearest(lines: np.ndarray, spans: np.ndarray, edges: tuple[float, float], reach: float) -> _Found | None:
    """The line nearest to one of the edges: like goes to like, left to left and right to right."""
    if not len(lines):
        return None
    ways = lines.reshape(-1, 2) - edges
    index = int(np.abs(ways).argmin())
    way = float(ways.reshape(-1)[index])
    if abs(way) > reach:
        return None
    low, high = spans[index].tolist()
    return way, float(lines[index]), (low, high)
