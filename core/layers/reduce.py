"""Layers that make one number of many, along axes."""

from collections.abc import Callable
from typing import Any

from .. import ops
from ..ops.primitive import Ref
from ..types import Type
from .demands import axes, real
from .layer import Example, Layer, Sizes, argument
from .spelling import Spelling


class Mean(Layer):
    """The average along axes: over the pixels of each channel it is global average pooling."""

    category = "reduce"
    formula = "y = Σ x / n along dim"
    keywords = ("average", "global average pooling", "reduce")
    example = Example(inputs={"x": (2, 3, 4, 5)}, arguments={"dim": (2, 3)})

    dim: Sizes | None = argument(default=None, help="The axis or axes that are averaged; empty means all")
    keepdim: bool = argument(default=False, help="Whether they stay with size 1")

    def forward(self, x: Ref) -> Ref:
        """Over the axes."""
        return _reduced(ops.mean, x, self.dim, self.keepdim)

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return _spelled("mean", x, self.dim, self.keepdim)


class Sum(Layer):
    """The sum along axes."""

    category = "reduce"
    formula = "y = Σ x along dim"
    keywords = ("total", "add up", "reduce")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"dim": -1, "keepdim": True})

    dim: Sizes | None = argument(default=None, help="The axis or axes that are summed; empty means all")
    keepdim: bool = argument(default=False, help="Whether they stay with size 1")

    def forward(self, x: Ref) -> Ref:
        """Over the axes."""
        return _reduced(ops.sum, x, self.dim, self.keepdim)

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return _spelled("sum", x, self.dim, self.keepdim)


def _reduced(
    operation: Callable[[Ref, tuple[int, ...], bool], Ref], x: Ref, dim: Sizes | None, keep: bool
) -> Ref:
    return operation(x, axes("x", real("x", x), dim), keep)


def _spelled(method: str, x: Type, dim: Sizes | None, keep: Any) -> Spelling:
    if dim is None and keep is False:
        return Spelling(apply=f"{{x}}.{method}()")
    chosen = tuple(range(x.rank)) if dim is None else dim
    kept = "" if keep is False else f", keepdim={keep}"
    return Spelling(apply=f"{{x}}.{method}(dim={chosen}{kept})")
