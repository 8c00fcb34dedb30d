"""Colour maps for values: lightness rises evenly, so that equal steps look equal to all eyes. No Qt."""

from functools import cache
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.uint8]
"""(256, 3), red, green, blue."""

STEPS = 256

SEQUENTIAL = (
    (0.16, 0.06, 285.0),
    (0.40, 0.17, 310.0),
    (0.62, 0.19, 20.0),
    (0.80, 0.14, 65.0),
    (0.97, 0.06, 100.0),
)
"""Lightness, chroma and hue in OKLCH at even steps: from nearly black by violet and orange to pale yellow."""

DIVERGING = (
    (0.42, 0.15, 255.0),
    (0.68, 0.12, 245.0),
    (0.97, 0.005, 240.0),
    (0.74, 0.13, 60.0),
    (0.48, 0.14, 45.0),
)
"""From blue by white at zero to orange: both ends are equally dark."""


@cache
def sequential() -> Table:
    """For values without a middle: dark is low, light is high."""
    return _table(SEQUENTIAL)


@cache
def diverging() -> Table:
    """For values around zero: blue is negative, orange positive."""
    return _table(DIVERGING)


def _table(anchors: tuple[tuple[float, float, float], ...]) -> Table:
    """Anchors joined by straight lines in OKLab, as 256 colours."""
    points = np.array([(li, c * cos(radians(h)), c * sin(radians(h))) for li, c, h in anchors])
    at = np.linspace(0, len(anchors) - 1, STEPS)
    lab = np.stack([np.interp(at, np.arange(len(anchors)), points[:, axis]) for axis in range(3)], axis=1)
    return _rgb(lab)


def _rgb(lab: NDArray[np.float64]) -> Table:
    """OKLab to sRGB (Ottosson 2020): (N, 3) -> (N, 3)."""
    to_cone = np.array(
        [
            [1.0, 0.3963377774, 0.2158037573],
            [1.0, -0.1055613458, -0.0638541728],
            [1.0, -0.0894841775, -1.2914855480],
        ]
    )
    to_linear = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip((lab @ to_cone.T) ** 3 @ to_linear.T, 0.0, 1.0)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    table: Table = np.rint(curved * 255).astype(np.uint8)
    return table
