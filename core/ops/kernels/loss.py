"""The cross-entropy of rows of scores and its gradient, a row at a time."""

from math import log
from typing import Any

import numpy as np

from ..jit import kernel
from .softmax import greatest, power

_ZERO, _ONE = np.float32(0), np.float32(1)


@kernel("int64(float32[:,::1], int64[::1], int64)", outputs=0)
def misplaced(x: Any, target: Any, ignored: int) -> int:
    """1 + the row of the first target that is no class and not ignored, 0 where there is none."""
    for row in range(target.size):
        if target[row] != ignored and (target[row] < 0 or target[row] >= x.shape[1]):
            return row + 1
    return 0


@kernel("int64(float32[:,::1], int64[::1], float32[::1], int64, float32)", reassociate=True)
def cross_entropy(x: Any, target: Any, y: Any, ignored: int, smoothing: float) -> int:
    """y = mean of -(1 - ε) ln p[target] - ε mean ln p; returns what `misplaced` does."""
    bad: int = misplaced(x, target, ignored)
    if bad:
        return bad
    total, count = 0.0, 0
    for row in range(x.shape[0]):
        if target[row] == ignored:
            continue
        scores = x[row]
        top = greatest(scores)
        powers, linear = _ZERO, _ZERO
        for i in range(scores.size):
            powers += power(scores[i] - top)
            linear += scores[i] - top
        shift = log(powers)
        total -= (_ONE - smoothing) * (scores[target[row]] - top - shift)
        if smoothing > 0:
            total -= smoothing * (linear / scores.size - shift)
        count += 1
    y[0] = total / count
    return 0


@kernel("int64(float32[:,::1], int64[::1], float32[::1], float32[:,::1], int64, float32)", reassociate=True)
def cross_entropy_grad(x: Any, target: Any, dy: Any, dx: Any, ignored: int, smoothing: float) -> int:
    """dx = (softmax(x) - q) * dy / n, q = 1 - ε at the target plus ε/C; returns what `misplaced` does."""
    bad: int = misplaced(x, target, ignored)
    if bad:
        return bad
    count = 0
    for row in range(target.size):
        count += target[row] != ignored
    factor, each = dy[0] / np.float32(count), smoothing / np.float32(x.shape[1])
    for row in range(x.shape[0]):
        scores, found = x[row], dx[row]
        if target[row] == ignored:
            found[:] = 0
            continue
        top = greatest(scores)
        total = _ZERO
        for i in range(scores.size):
            found[i] = power(scores[i] - top)
            total += found[i]
        share = _ONE / total
        for i in range(scores.size):
            found[i] = (found[i] * share - each) * factor
        found[target[row]] -= (_ONE - smoothing) * factor
    return 0
