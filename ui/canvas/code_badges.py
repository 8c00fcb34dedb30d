"""The small marks on nodes that the visible code has no word for, or cannot write at all. No Qt."""

from collections.abc import Mapping
from dataclasses import dataclass

from .geometry import Geometry
from .view import Box, Point

WIDTH = 24.0
HEIGHT = 15.0
INSET = 10.0
"""From the card's right edge."""

LEAST_SCALE = 0.45
"""Seen from farther, cards have no details."""

SMALLEST = 0.8
"""The badge is not drawn smaller than at this scale."""


@dataclass(frozen=True)
class CodeBadge:
    """What the tooltip says; `refused` where there is no code for the node."""

    tip: str
    refused: bool = False


def badge_box(card: Box, scale: float) -> Box:
    """Where the badge of a card stands: on its upper edge, at the right."""
    stretch = max(1.0, SMALLEST / scale)
    _, top, right, _ = card
    right -= INSET
    half = HEIGHT * stretch / 2
    return right - WIDTH * stretch, top - half, right, top + half


def code_badge_at(
    geometry: Geometry, badges: Mapping[str, CodeBadge], point: Point, scale: float
) -> str | None:
    """The node at whose badge a point is."""
    if not badges or scale < LEAST_SCALE:
        return None
    reach = HEIGHT / scale
    near = geometry.nodes_in((point[0] - reach, point[1] - reach, point[0] + reach, point[1] + reach))
    for node in reversed(near):
        if node in badges:
            left, top, right, bottom = badge_box(geometry.box(node), scale)
            if left <= point[0] <= right and top <= point[1] <= bottom:
                return node
    return None
