"""The way of a wire from port to port, as points: a Bézier curve forward, an orthogonal detour back."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

POINTS = 26
"""Points of every wire's polyline, so that all wires stand in one array."""

STUB = 26.0
"""How far a detour leaves a port before it turns, in scene units."""

CLEARANCE = 24.0
"""How far a detour stays from the nodes that it goes round."""

HANGING = 88.0
"""How far below a node its values reach: a detour keeps below them where there is room."""

RADIUS = 26.0
_PER_CORNER = (POINTS - 2) // 4


def route(ends: Array, bodies: Array, levels: Array | None = None) -> Array:
    """Polylines of wires: ends (M, 4) x0 y0 x1 y1 -> (M, POINTS, 2).

    `bodies` (M, 4) are the top and bottom of each source and target; `levels` (M,) are the heights at which
    wires are to pass what stands in their way, NaN where nothing does.
    """
    if not len(ends):
        return np.empty((0, POINTS, 2))
    levels = np.full(len(ends), np.nan) if levels is None else levels
    forward = (ends[:, 2] - ends[:, 0] >= STUB / 2) & np.isnan(levels)
    points = np.empty((len(ends), POINTS, 2))
    points[forward] = _curves(ends[forward])
    points[~forward] = _detours(ends[~forward], bodies[~forward], levels[~forward])
    return points


def _curves(ends: Array) -> Array:
    """Cubic Bézier curves that leave and arrive horizontally: (M, 4) -> (M, POINTS, 2)."""
    start, end = ends[:, None, :2], ends[:, None, 2:]
    reach = np.clip((end[..., 0] - start[..., 0]) * 0.5, 20.0, 140.0)
    handle = np.stack((reach, np.zeros_like(reach)), axis=-1)
    t = np.linspace(0.0, 1.0, POINTS)[None, :, None]
    s = 1.0 - t
    curve: Array = (
        s**3 * start + 3 * s * s * t * (start + handle) + 3 * s * t * t * (end - handle) + t**3 * end
    )
    return curve


def _detours(ends: Array, bodies: Array, levels: Array) -> Array:
    """Out, along at its level, and in again, corners rounded: (M, 4) -> (M, POINTS, 2)."""
    x0, y0, x1, y1 = ends.T
    level = np.where(np.isnan(levels), _levels(bodies), levels)
    out, into = x0 + STUB, x1 - STUB
    corners = np.stack((out, y0, out, level, into, level, into, y1), axis=1).reshape(-1, 4, 2)
    path = np.concatenate((ends[:, None, :2], corners, ends[:, None, 2:]), axis=1)  # (M, 6, 2)
    before, at, after = path[:, :-2], path[:, 1:-1], path[:, 2:]
    legs = np.minimum(_length(at - before), _length(after - at))
    radius = np.minimum(RADIUS, legs / 2)[..., None]
    entry = at - _unit(at - before) * radius
    leave = at + _unit(after - at) * radius
    t = np.linspace(0.0, 1.0, _PER_CORNER)[None, None, :, None]
    s = 1.0 - t
    arcs = s * s * entry[:, :, None] + 2 * s * t * at[:, :, None] + t * t * leave[:, :, None]
    rounded: Array = np.concatenate(
        (path[:, :1], arcs.reshape(len(ends), 4 * _PER_CORNER, 2), path[:, -1:]), axis=1
    )
    return rounded


def _levels(bodies: Array) -> Array:
    """The height at which each detour goes back: in the gap between the nodes, or below both."""
    top0, bottom0, top1, bottom1 = bodies.T
    below = np.maximum(bottom0, bottom1) + HANGING
    level = np.where(top1 - bottom0 >= CLEARANCE, _between(bottom0, top1), below)
    gap_above: Array = np.where(top0 - bottom1 >= CLEARANCE, _between(bottom1, top0), level)
    return gap_above


def _between(upper: Array, lower: Array) -> Array:
    """The middle of a gap, or lower where values would hang there."""
    level: Array = np.maximum((upper + lower) / 2, np.minimum(upper + HANGING, lower - CLEARANCE))
    return level


def _length(legs: Array) -> Array:
    length: Array = np.hypot(legs[..., 0], legs[..., 1])
    return length


def _unit(legs: Array) -> Array:
    unit: Array = legs / np.maximum(_length(legs), 1e-9)[..., None]
    return unit
