"""What lies under a point, in a band, or nearest to it. Scene units; no Qt."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .geometry import Geometry
from .view import Box, Point

Side = Literal["in", "out"]


@dataclass(frozen=True)
class PortHit:
    """A port: its node, its side, its name and where it is."""

    node: str
    side: Side
    port: str
    at: Point


@dataclass(frozen=True)
class NodeHit:
    """A node's body."""

    node: str


@dataclass(frozen=True)
class WireHit:
    """A wire."""

    wire: str


@dataclass(frozen=True)
class CommentHit:
    """A comment's card."""

    comment: str


Hit = PortHit | NodeHit | WireHit | CommentHit | None


def badge_at(geometry: Geometry, point: Point) -> str | None:
    """The repeated node at whose `×N` a point is."""
    node = node_at(geometry, point)
    badge = None if node is None else geometry.card(node).badge
    if node is None or badge is None:
        return None
    left, top, _, _ = geometry.box(node)
    x, y = point[0] - left, point[1] - top
    return node if badge[0] <= x <= badge[2] and badge[1] <= y <= badge[3] else None


def hit(geometry: Geometry, point: Point, port_reach: float, wire_reach: float) -> Hit:
    """What is under the point: a port before a node before a wire before a comment."""
    port = nearest_port(geometry, point, port_reach)
    if port is not None:
        return port
    node = node_at(geometry, point)
    if node is not None:
        return NodeHit(node)
    wire = wire_at(geometry, point, wire_reach)
    if wire is not None:
        return WireHit(wire)
    comment = comment_at(geometry, point)
    return None if comment is None else CommentHit(comment)


def node_at(geometry: Geometry, point: Point) -> str | None:
    """The topmost node whose card holds the point."""
    found = geometry.nodes_in((*point, *point))
    return found[-1] if found else None


def comment_at(geometry: Geometry, point: Point) -> str | None:
    """The topmost comment that holds the point."""
    x, y = point
    for key, (left, top, right, bottom) in reversed(list(geometry.comment_boxes())):
        if left <= x <= right and top <= y <= bottom:
            return key
    return None


def nearest_port(
    geometry: Geometry, point: Point, reach: float, side: Side | None = None, but: str | None = None
) -> PortHit | None:
    """The port nearest to the point within `reach`, of one side where that is given, and not of `but`."""
    x, y = point
    best: PortHit | None = None
    distance = reach
    for node in geometry.nodes_in((x - reach, y - reach, x + reach, y + reach)):
        if node == but:
            continue
        for candidate in ports_of(geometry, node, side):
            away = float(np.hypot(candidate.at[0] - x, candidate.at[1] - y))
            if away <= distance:
                best, distance = candidate, away
    return best


def ports_of(geometry: Geometry, node: str, side: Side | None = None) -> list[PortHit]:
    """The ports of a node with their places, of one side where that is given."""
    card, (left, top, right, _) = geometry.card(node), geometry.box(node)
    found: list[PortHit] = []
    if side != "out":
        found += [PortHit(node, "in", port.name, (left, top + port.y)) for port in card.inputs]
    if side != "in":
        found += [PortHit(node, "out", port.name, (right, top + port.y)) for port in card.outputs]
    return found


def wire_at(geometry: Geometry, point: Point, reach: float) -> str | None:
    """The wire nearest to the point, within `reach`."""
    x, y = point
    keys = geometry.wires_in((x - reach, y - reach, x + reach, y + reach))
    if not keys:
        return None
    points = geometry.wire_points(keys)  # (M, POINTS, 2)
    start, leg = points[:, :-1], np.diff(points, axis=1)
    lengths = np.maximum((leg**2).sum(-1), 1e-9)
    along = np.clip((((x, y) - start) * leg).sum(-1) / lengths, 0.0, 1.0)
    away = np.linalg.norm(start + along[..., None] * leg - (x, y), axis=-1).min(axis=1)  # (M,)
    nearest = int(away.argmin())
    return keys[nearest] if away[nearest] <= reach else None


def band(geometry: Geometry, box: Box) -> list[str]:
    """The nodes and comments that a rubber band touches, and the wires that lie in it as a whole."""
    left, top, right, bottom = box
    found = geometry.nodes_in(box)
    for key, (x0, y0, x1, y1) in geometry.comment_boxes():
        if left <= x0 and top <= y0 and x1 <= right and y1 <= bottom:
            found.append(key)
    return found + geometry.wires_inside(box)
