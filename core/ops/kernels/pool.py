"""Pooling of (M, H, W), M planes, to (M, P, Q), where NumPy goes over all of it for each tap of a window."""

from math import inf
from typing import Any

import numpy as np

from ..jit import kernel

_PATCH = ", ".join(["int64"] * 8)


@kernel(f"void(float32[:,:,::1], float32[:,:,::1], int64[:,:,::1], {_PATCH})", outputs=2)
def max_pool(
    x: Any,
    y: Any,
    index: Any,
    rows: int,
    across: int,
    down: int,
    right: int,
    top: int,
    left: int,
    dy: int,
    dx: int,
) -> None:
    """The greatest of each window and its place i·W + j, or -1 where a window sees only padding.

    `rows`, `across` are the window's taps, `down`, `right` its stride, `top`, `left` the padding, `dy`, `dx`
    the dilation. The first of equals; NaN is the greatest, and the last of several.
    """
    height, width = x.shape[1], x.shape[2]
    low, high = np.empty(y.shape[2], np.int64), np.empty(y.shape[2], np.int64)
    for q in range(y.shape[2]):  # the taps of a row that lie within the plane
        low[q] = max(0, (left - q * right + dx - 1) // dx)
        high[q] = min(across, (width + left - q * right + dx - 1) // dx)
    for m in range(y.shape[0]):
        plane = x[m].reshape(-1)
        for p in range(y.shape[1]):
            first, stop = max(0, (top - p * down + dy - 1) // dy), (height + top - p * down + dy - 1) // dy
            seen = min(rows, stop) - first
            corner = (p * down - top + first * dy) * width - left
            best_row, place_row = y[m, p], index[m, p]
            for q in range(y.shape[2]):
                place = corner + q * right + low[q] * dx
                best, begin = np.float32(-inf), place
                for _ in range(seen):
                    for tap in range(high[q] - low[q]):
                        at = begin + tap * dx
                        value = plane[np.uint64(at)]  # unsigned, or the index would be tried from behind
                        taken = (value > best) | (value != value)  # no branch: data cannot be foreseen
                        best = value if taken else best
                        place = at if taken else place
                    begin += dy * width
                best_row[q] = best
                place_row[q] = place if (seen > 0) & (high[q] > low[q]) else -1


@kernel("void(int64[:,::1], float32[:,::1], float32[:,::1])")
def max_pool_grad(index: Any, dy: Any, dx: Any) -> None:
    """dx[m, index[m, p]] += dy[m, p], from zeros; an index of -1 is passed over. Planes are flat."""
    dx[:] = 0
    for m in range(dy.shape[0]):
        for p in range(dy.shape[1]):
            if index[m, p] >= 0:
                dx[m, index[m, p]] += dy[m, p]


@kernel("void(float32[:,:,::1], float32[:,:,::1])")
def adaptive_avg_pool(x: Any, y: Any) -> None:
    """The mean over ⌊p·H/P⌋ … ⌈(p+1)·H/P⌉ - 1, and likewise across."""
    height, width, rows, places = x.shape[1], x.shape[2], y.shape[1], y.shape[2]
    for m in range(y.shape[0]):
        plane = x[m]
        for p in range(rows):
            first, stop = p * height // rows, -(-(p + 1) * height // rows)
            for q in range(places):
                begin, end = q * width // places, -(-(q + 1) * width // places)
                total = 0.0
                for i in range(first, stop):
                    for j in range(begin, end):
                        total += plane[i, j]
                y[m, p, q] = total / ((stop - first) * (end - begin))


@kernel("void(float32[:,:,::1], float32[:,:,::1])")
def adaptive_avg_pool_grad(dy: Any, dx: Any) -> None:
    """Each window's dy, by its size, added to the pixels that it sees."""
    height, width, rows, places = dx.shape[1], dx.shape[2], dy.shape[1], dy.shape[2]
    dx[:] = 0
    for m in range(dy.shape[0]):
        plane = dx[m]
        for p in range(rows):
            first, stop = p * height // rows, -(-(p + 1) * height // rows)
            for q in range(places):
                begin, end = q * width // places, -(-(q + 1) * width // places)
                share = dy[m, p, q] / ((stop - first) * (end - begin))
                for i in range(first, stop):
                    for j in range(begin, end):
                        plane[i, j] += share
