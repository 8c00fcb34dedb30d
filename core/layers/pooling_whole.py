"""Layers that pool to a fixed size whatever comes in: one number a channel, or as many as asked for."""

from dataclasses import replace
from typing import Any, ClassVar

from .. import ops
from ..ops.primitive import Ref
from ..types import Type
from .layer import Example, Layer, Sizes, argument
from .spatial import per_axis, spatial
from .spelling import Spelling, code


class _GlobalPool(Layer, abstract=True):
    """One number for each channel, whatever the size of the `axes` spatial axes."""

    axes: ClassVar[int]

    keepdim: bool = argument(default=False, help="Whether the spatial axes stay, with size 1")

    def _over(self, x: Ref) -> tuple[int, ...]:
        spatial(type(self).__name__, x, self.axes)
        return tuple(range(2, 2 + self.axes))

    def _spelled(self, method: str) -> Spelling:
        keepdim: Any = self.keepdim
        kept = "" if keepdim is False else f", keepdim={keepdim}"
        return Spelling(apply=f"{{x}}.{method}(dim={tuple(range(2, 2 + self.axes))}{kept})")


class _GlobalAvgPool(_GlobalPool, abstract=True):
    """The mean of each channel."""

    def forward(self, x: Ref) -> Ref:
        """(B, C, S…) -> (B, C), or (B, C, 1…)."""
        return ops.mean(x, self._over(x), self.keepdim)

    def pytorch(self, x: Type) -> Spelling:
        """The mean; nn.AdaptiveAvgPool1d and its like where it may stand in a chain."""
        keepdim: Any = self.keepdim
        module = code(f"nn.AdaptiveAvgPool{self.axes}d", 1) if keepdim is True else None
        return replace(self._spelled("mean"), module=module)


class GlobalAvgPool1d(_GlobalAvgPool):
    """Takes the mean of each channel's whole sequence: one number for each channel, ready for a Linear."""

    category = "pooling"
    formula = "y[c] = mean over p of x[c, p]"
    keywords = ("global average pooling", "GAP", "mean", "average pooling", "sequence", "1d")
    example = Example(inputs={"x": (2, 3, 5)})
    axes = 1


class GlobalAvgPool2d(_GlobalAvgPool):
    """Takes the mean of each channel's whole image: one number for each channel, ready for a Linear."""

    category = "pooling"
    formula = "y[c] = mean over p, q of x[c, p, q]"
    keywords = ("global average pooling", "GAP", "mean", "average pooling", "squeeze and excitation", "2d")
    example = Example(inputs={"x": (2, 3, 4, 5)})
    axes = 2


class GlobalAvgPool3d(_GlobalAvgPool):
    """Takes the mean of each channel's whole volume: one number for each channel, ready for a Linear."""

    category = "pooling"
    formula = "y[c] = mean over p, q, r of x[c, p, q, r]"
    keywords = ("global average pooling", "GAP", "mean", "average pooling", "volume", "3d")
    example = Example(inputs={"x": (2, 3, 2, 4, 3)})
    axes = 3


class _GlobalMaxPool(_GlobalPool, abstract=True):
    """The greatest number of each channel."""

    def forward(self, x: Ref) -> Ref:
        """(B, C, S…) -> (B, C), or (B, C, 1…)."""
        return ops.max(x, self._over(x), self.keepdim)

    def pytorch(self, x: Type) -> Spelling:
        """amax, whose equals share the gradient as here; the first of them has it in nn.AdaptiveMaxPool2d."""
        return self._spelled("amax")


class GlobalMaxPool1d(_GlobalMaxPool):
    """Takes the greatest number of each channel's whole sequence: how strong a feature is, wherever it is.

    Equals share the gradient.
    """

    category = "pooling"
    formula = "y[c] = max over p of x[c, p]"
    keywords = ("global max pooling", "GMP", "maximum", "max over time", "1d")
    example = Example(inputs={"x": (2, 3, 5)})
    axes = 1


class GlobalMaxPool2d(_GlobalMaxPool):
    """Takes the greatest number of each channel's whole image: how strong a feature is, wherever it is.

    Equals share the gradient.
    """

    category = "pooling"
    formula = "y[c] = max over p, q of x[c, p, q]"
    keywords = ("global max pooling", "GMP", "maximum", "image", "2d")
    example = Example(inputs={"x": (2, 3, 4, 5)})
    axes = 2


class GlobalMaxPool3d(_GlobalMaxPool):
    """Takes the greatest number of each channel's whole volume: how strong a feature is, wherever it is.

    Equals share the gradient.
    """

    category = "pooling"
    formula = "y[c] = max over p, q, r of x[c, p, q, r]"
    keywords = ("global max pooling", "GMP", "maximum", "volume", "3d")
    example = Example(inputs={"x": (2, 3, 2, 4, 3)})
    axes = 3


class _AdaptiveAvgPool(Layer, abstract=True):
    """Means of as many patches as are asked for."""

    axes: ClassVar[int]
    gives_images = True

    output_size: Sizes = argument(help="How many elements come out along each axis", minimum=1, initial=1)

    def forward(self, x: Ref) -> Ref:
        """(B, C, S…) -> (B, C, S'…)."""
        spatial(type(self).__name__, x, self.axes)
        return ops.adaptive_avg_pool(x, per_axis("output_size", self.output_size, self.axes))

    def pytorch(self, x: Type) -> Spelling:
        """nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d."""
        return Spelling(construct=code(f"nn.{type(self).__name__}", self.output_size))


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Takes means of stretches chosen so that the result has the size asked for, whatever comes in.

    With 1 it is the mean of each channel's whole sequence: global average pooling.
    """

    category = "pooling"
    formula = "y[c, p] = mean of x[c, ⌊p·L/P⌋ … ⌈(p+1)·L/P⌉ - 1]"
    keywords = ("global average pooling", "GAP", "mean", "average pooling", "1d")
    example = Example(inputs={"x": (2, 3, 7)}, arguments={"output_size": 3})
    axes = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Takes means of patches chosen so that the result has the size asked for, whatever comes in.

    With 1 it is the mean of each channel's whole image: global average pooling.
    """

    category = "pooling"
    formula = "y[c, p, q] = mean of x[c, ⌊p·H/P⌋ … ⌈(p+1)·H/P⌉ - 1, …]"
    keywords = ("global average pooling", "GAP", "mean", "average pooling", "2d")
    example = Example(inputs={"x": (2, 3, 5, 7)}, arguments={"output_size": (2, 3)})
    axes = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Takes means of blocks chosen so that the result has the size asked for, whatever comes in.

    With 1 it is the mean of each channel's whole volume: global average pooling.
    """

    category = "pooling"
    formula = "y[c, p, q, r] = mean of x[c, ⌊p·D/P⌋ … ⌈(p+1)·D/P⌉ - 1, …]"
    keywords = ("global average pooling", "GAP", "mean", "average pooling", "3d")
    example = Example(inputs={"x": (2, 2, 3, 5, 4)}, arguments={"output_size": (2, 3, 1)})
    axes = 3


class _AdaptiveMaxPool(Layer, abstract=True):
    """The greatest of as many patches as are asked for."""

    axes: ClassVar[int]
    gives_images = True

    output_size: Sizes = argument(help="How many elements come out along each axis", minimum=1, initial=1)

    def forward(self, x: Ref) -> Ref:
        """(B, C, S…) -> (B, C, S'…)."""
        spatial(type(self).__name__, x, self.axes)
        return ops.adaptive_max_pool(x, per_axis("output_size", self.output_size, self.axes))[0]

    def pytorch(self, x: Type) -> Spelling:
        """nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d."""
        return Spelling(construct=code(f"nn.{type(self).__name__}", self.output_size))


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Keeps the greatest of stretches chosen so that the result has the size asked for, whatever comes in.

    The gradient goes to that number alone (to the first of equals). With 1 it is global max pooling.
    """

    category = "pooling"
    formula = "y[c, p] = max of x[c, ⌊p·L/P⌋ … ⌈(p+1)·L/P⌉ - 1]"
    keywords = ("global max pooling", "GMP", "maximum", "max over time", "1d")
    example = Example(inputs={"x": (2, 3, 7)}, arguments={"output_size": 3})
    axes = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Keeps the greatest of patches chosen so that the result has the size asked for, whatever comes in.

    The gradient goes to that number alone (to the first of equals). With 1 it is global max pooling.
    """

    category = "pooling"
    formula = "y[c, p, q] = max of x[c, ⌊p·H/P⌋ … ⌈(p+1)·H/P⌉ - 1, …]"
    keywords = ("global max pooling", "GMP", "maximum", "region of interest", "2d")
    example = Example(inputs={"x": (2, 3, 5, 7)}, arguments={"output_size": (2, 3)})
    axes = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Keeps the greatest of blocks chosen so that the result has the size asked for, whatever comes in.

    The gradient goes to that number alone (to the first of equals). With 1 it is global max pooling.
    """

    category = "pooling"
    formula = "y[c, p, q, r] = max of x[c, ⌊p·D/P⌋ … ⌈(p+1)·D/P⌉ - 1, …]"
    keywords = ("global max pooling", "GMP", "maximum", "volume", "3d")
    example = Example(inputs={"x": (2, 2, 3, 5, 4)}, arguments={"output_size": (2, 3, 1)})
    axes = 3
