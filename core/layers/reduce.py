"""Layers that make one number of many, along axes."""

from collections.abc import Callable
from typing import Any

from .. import ops
from ..ops.primitive import Ref
from ..types import Type
from .demands import axes, axis, real
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


class Max(Layer):
    """The greatest number along axes: the strongest answer wherever it is. Equals share the gradient.

    For the greatest of several inputs, element by element, use Maximum.
    """

    category = "reduce"
    formula = "y = max x along dim"
    keywords = ("maximum", "greatest", "amax", "global max pooling", "reduce")
    example = Example(inputs={"x": (2, 3, 4, 5)}, arguments={"dim": (2, 3)})

    dim: Sizes | None = argument(default=None, help="The axis or axes that are searched; empty means all")
    keepdim: bool = argument(default=False, help="Whether they stay with size 1")

    def forward(self, x: Ref) -> Ref:
        """Over the axes."""
        return _reduced(ops.max, x, self.dim, self.keepdim)

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return _spelled("amax", x, self.dim, self.keepdim)


class Min(Layer):
    """The least number along axes. Equals share the gradient.

    For the least of several inputs, element by element, use Minimum.
    """

    category = "reduce"
    formula = "y = min x along dim"
    keywords = ("minimum", "least", "amin", "reduce")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"dim": -1, "keepdim": True})

    dim: Sizes | None = argument(default=None, help="The axis or axes that are searched; empty means all")
    keepdim: bool = argument(default=False, help="Whether they stay with size 1")

    def forward(self, x: Ref) -> Ref:
        """Over the axes."""
        return _reduced(ops.min, x, self.dim, self.keepdim)

    def pytorch(self, x: Type) -> Spelling:
        """The method."""
        return _spelled("amin", x, self.dim, self.keepdim)


class Normalize(Layer):
    """Divides by the length along an axis, so that only the direction is left: before comparing embeddings.

    What is 0 everywhere stays 0.
    """

    category = "reduce"
    formula = "y = x / max(‖x‖, 10⁻¹²) along dim"
    keywords = ("L2 norm", "unit length", "cosine similarity", "direction", "contrastive")
    example = Example(inputs={"x": (3, 4)})

    dim: int = argument(default=1, help="The axis along which the length is measured; -1 is the last")
    p: int = argument(
        default=2, minimum=1, maximum=2, help="1 adds up absolute values, 2 is the length as with a ruler"
    )

    def forward(self, x: Ref) -> Ref:
        """Along one axis."""
        along = (axis("x", real("x", x), self.dim),)
        if self.p == 1:
            length = ops.clamp(ops.sum(ops.absolute(x), along, True), _SHORTEST)
        else:
            square = ops.sum(ops.multiply(x, x), along, True)
            length = ops.sqrt(
                ops.clamp(square, _SHORTEST**2)
            )  # before the root, whose slope at 0 is infinite
        return ops.divide(x, length)

    def pytorch(self, x: Type) -> Spelling:
        """F.normalize."""
        norm = "" if self.p == 2 else f", p={self.p}"
        return Spelling(apply=f"F.normalize({{x}}{norm}, dim={self.dim})")


_SHORTEST = 1e-12
"""What shorter lengths are taken for, as in PyTorch."""


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
