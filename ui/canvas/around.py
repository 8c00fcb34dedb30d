"""How a long wire goes round the nodes that stand in its way, instead of behind them."""

import numpy as np

from .route import CLEARANCE, HANGING, STUB, Array

LONG = 150.0
"""Shorter wires have no room for a node in their way; in scene units."""

_LANE = 7.0


def crosses(points: Array, boxes: Array) -> bool:
    """Whether the curve (P, 2) runs through one of the boxes (N, 4)."""
    x, y = points[:, None, 0], points[:, None, 1]
    inside = (x > boxes[:, 0]) & (x < boxes[:, 2]) & (y > boxes[:, 1]) & (y < boxes[:, 3])
    return bool(inside.any())


def level_round(ends: Array, boxes: Array) -> float:
    """The height at which a wire passes the boxes between its ends: over them, or under if nearer."""
    left, right = ends[0] + STUB - _LANE, ends[2] - STUB + _LANE
    between = boxes[(boxes[:, 0] < right) & (boxes[:, 2] > left)]
    middle = (ends[1] + ends[3]) / 2
    over, under = _pushed(between, middle, -1), _pushed(between, middle, 1)
    return over if middle - over <= under - middle else under


def _pushed(boxes: Array, level: float, way: int) -> float:
    """The first free height from `level` upwards (-1) or downwards (1)."""
    for _ in range(len(boxes)):
        met = boxes[(boxes[:, 1] < level + _LANE) & (boxes[:, 3] > level - _LANE)]
        if not len(met):
            break
        level = float(met[:, 3].max() + HANGING) if way > 0 else float(met[:, 1].min() - CLEARANCE)
    return float(np.round(level))
