"""What attention does to its scores before their softmax, beside matrix products."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dim import Dim
from .elementwise import Unary
from .primitive import Array, Ref, Step, apply


def over_root(x: Ref, size: Dim) -> Ref:
    """x / √size, where the size may be a symbol."""
    return apply("over_root", x, size=size)[0]


def causal_mask(x: Ref, value: float) -> Ref:
    """The last two axes on and below the diagonal, and `value` above it: no step looks ahead."""
    return apply("causal_mask", x, value=float(value))[0]


class _OverRoot(Unary):
    """y = x / √size."""

    name = "over_root"

    def reference(self, x: Array, *, size: int, **settings: Any) -> tuple[Array, ...]:
        return (x * x.dtype.type(size**-0.5),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (over_root(dy, step.settings["size"]),)


class _CausalMask(Unary):
    """y[…, i, j] = x[…, i, j] where j <= i, else value."""

    name = "causal_mask"

    def reference(self, x: Array, *, value: float, **settings: Any) -> tuple[Array, ...]:
        steps, others = x.shape[-2:]
        past = np.arange(others) <= np.arange(steps)[:, None]
        return (np.where(past, x, x.dtype.type(value)),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return (causal_mask(dy, 0),)
