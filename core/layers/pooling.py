"""Layers that shrink images and sequences: the greatest or the mean of each patch; nothing is learnt."""

from math import prod
from typing import Any, ClassVar

from .. import ops
from ..dim import Dim
from ..ops.pool import pool_counts
from ..ops.primitive import Ref
from ..types import Type
from .layer import Example, Layer, Size, Sizes, argument
from .spatial import at_port, check_pool_padding, per_axis, spatial
from .spelling import Spelling, code

CEIL_HELP = "Whether a window may reach over the edge, so that no row or column is left out"


class _MaxPool(Layer, abstract=True):
    """The greatest of each patch along `axes` spatial axes."""

    axes: ClassVar[int]
    gives_images = True

    kernel_size: Sizes = argument(help="How many elements a patch spans", minimum=1, initial=2)
    stride: Sizes | None = argument(
        default=None, help="How far the patch moves; as far as it spans where not set", minimum=1
    )
    padding: Sizes = argument(
        default=0, help="How many elements, never taken, are added on each side", minimum=0
    )
    dilation: Sizes = argument(default=1, help="How far apart a patch's elements are", minimum=1)
    ceil_mode: bool = argument(default=False, help=CEIL_HELP)

    def forward(self, x: Ref) -> Ref:
        """(B, C, S…) -> (B, C, S'…)."""
        spatial(type(self).__name__, x, self.axes)
        kernel, stride, padding = patch(self.kernel_size, self.stride, self.padding, self.axes)
        dilation = per_axis("dilation", self.dilation, self.axes)
        check_pool_padding(padding, kernel, dilation)
        with at_port("x"):
            return ops.max_pool(x, kernel, stride, padding, dilation, self.ceil_mode)[0]

    def pytorch(self, x: Type) -> Spelling:
        """nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d."""
        stride = self.kernel_size if self.stride is None else self.stride
        settings = {"stride": stride, "padding": self.padding, "dilation": self.dilation}
        defaults = {"padding": 0, "dilation": 1, "ceil_mode": False}
        target = f"nn.{type(self).__name__}"
        made = code(target, self.kernel_size, defaults=defaults, ceil_mode=self.ceil_mode, **settings)
        return Spelling(construct=made)


class MaxPool1d(_MaxPool):
    """Keeps the greatest number of each stretch of a sequence: what was found stays, where exactly does not.

    The gradient goes to that number alone (to the first of equals).
    """

    category = "pooling"
    formula = "y[c, p] = max over k of x[c, p·stride + k·dilation - padding]"
    keywords = ("maximum", "max pooling", "subsampling", "downsampling", "shrink", "1d", "sequence")
    example = Example(inputs={"x": (2, 3, 7)}, arguments={"kernel_size": 3, "stride": 2, "padding": 1})
    axes = 1


class MaxPool2d(_MaxPool):
    """Keeps the greatest number of each patch of an image: what was found stays, where exactly is forgotten.

    The gradient goes to that number alone (to the first of equals).
    """

    category = "pooling"
    formula = "y[c, p, q] = max over k, l of x[c, p·stride + k·dilation - padding, …]"
    keywords = ("maximum", "max pooling", "subsampling", "downsampling", "shrink", "2d")
    example = Example(inputs={"x": (2, 3, 5, 6)}, arguments={"kernel_size": 3, "stride": 2, "padding": 1})
    axes = 2


class MaxPool3d(_MaxPool):
    """Keeps the greatest number of each block of a volume or film: what was found stays, where exactly not.

    The gradient goes to that number alone (to the first of equals).
    """

    category = "pooling"
    formula = "y[c, p, q, r] = max over k, l, m of x[c, p·stride + k·dilation - padding, …]"
    keywords = ("maximum", "max pooling", "subsampling", "downsampling", "shrink", "3d", "volume", "video")
    example = Example(
        inputs={"x": (2, 2, 3, 4, 5)}, arguments={"kernel_size": (2, 3, 2), "stride": 2, "padding": (0, 1, 1)}
    )
    axes = 3


class _AvgPool(Layer, abstract=True):
    """The mean of each patch along `axes` spatial axes."""

    axes: ClassVar[int]
    gives_images = True

    kernel_size: Sizes = argument(help="How many elements a patch spans", minimum=1, initial=2)
    stride: Sizes | None = argument(
        default=None, help="How far the patch moves; as far as it spans where not set", minimum=1
    )
    padding: Sizes = argument(default=0, help="How many zeros are added on each side", minimum=0)
    ceil_mode: bool = argument(default=False, help=CEIL_HELP)
    count_include_pad: bool = argument(
        default=True, help="Whether the zeros of the padding count in the mean"
    )

    def forward(self, x: Ref) -> Ref:
        """(B, C, S…) -> (B, C, S'…)."""
        spatial(type(self).__name__, x, self.axes)
        kernel, stride, padding = patch(self.kernel_size, self.stride, self.padding, self.axes)
        check_pool_padding(padding, kernel, (1,) * self.axes)
        with at_port("x"):
            if self.divided_by is None:
                return ops.avg_pool(x, kernel, stride, padding, self.ceil_mode, self.count_include_pad)
            return windowed(self._whole_windows(x, kernel, stride, padding), kernel, self.divided_by)

    @property
    def divided_by(self) -> Size | None:
        """What each sum is divided by where that is not the number of its elements."""
        return None

    def _whole_windows(
        self, x: Ref, kernel: tuple[Dim, ...], stride: tuple[Dim, ...], padding: tuple[Dim, ...]
    ) -> Ref:
        """The means of windows none of which is cut off at the end, zeros of the padding counted."""
        counts = pool_counts(x.shape[2:], kernel, stride, padding, (1,) * self.axes, self.ceil_mode)
        # A window starts before the input's end, so that it reaches over it by fewer elements than it spans.
        ends = [taps - 1 for taps in kernel] if self.ceil_mode else padding
        pads = list(zip(padding, ends, strict=True))
        y = ops.avg_pool(ops.pad(x, ((0, 0), (0, 0), *pads)), kernel, stride, (0,) * self.axes)
        for axis, count in enumerate(counts, 2):
            y = y if y.shape[axis] == count else ops.slice(y, axis, 0, count)
        return y

    def pytorch(self, x: Type) -> Spelling:
        """nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d."""
        stride = self.kernel_size if self.stride is None else self.stride
        settings: dict[str, Any] = {"stride": stride, "padding": self.padding}
        if settings["padding"] != 0:
            settings["count_include_pad"] = self.count_include_pad  # without padding it has no effect
        settings |= {} if self.divided_by is None else {"divisor_override": self.divided_by}
        defaults = {"padding": 0, "ceil_mode": False}
        target = f"nn.{type(self).__name__}"
        made = code(target, self.kernel_size, defaults=defaults, ceil_mode=self.ceil_mode, **settings)
        return Spelling(construct=made)


class AvgPool1d(_AvgPool):
    """Takes the mean of each stretch of a sequence: a shorter, smoother sequence."""

    category = "pooling"
    formula = "y[c, p] = mean over k of x[c, p·stride + k - padding]"
    keywords = ("mean", "average pooling", "subsampling", "downsampling", "moving average", "1d", "sequence")
    example = Example(inputs={"x": (2, 3, 7)}, arguments={"kernel_size": 3, "stride": 2, "padding": 1})
    axes = 1


class _DividedAvgPool(_AvgPool, abstract=True):
    """The sum of each patch by a number that may be told."""

    divisor_override: Size | None = argument(
        default=None, minimum=1, help="What each sum is divided by, instead of the number of its elements"
    )

    @property
    def divided_by(self) -> Size | None:
        """The number that is told."""
        return self.divisor_override


class AvgPool2d(_DividedAvgPool):
    """Takes the mean of each patch of an image: a smaller, smoother image."""

    category = "pooling"
    formula = "y[c, p, q] = mean over k, l of x[c, p·stride + k - padding, …]"
    keywords = ("mean", "average pooling", "subsampling", "downsampling", "shrink", "2d")
    example = Example(inputs={"x": (2, 3, 5, 6)}, arguments={"kernel_size": 3, "stride": 2, "padding": 1})
    axes = 2


class AvgPool3d(_DividedAvgPool):
    """Takes the mean of each block of a volume or film: a smaller, smoother volume."""

    category = "pooling"
    formula = "y[c, p, q, r] = mean over k, l, m of x[c, p·stride + k - padding, …]"
    keywords = ("mean", "average pooling", "subsampling", "downsampling", "shrink", "3d", "volume", "video")
    example = Example(
        inputs={"x": (2, 2, 3, 4, 5)}, arguments={"kernel_size": (2, 3, 2), "stride": 2, "padding": (0, 1, 1)}
    )
    axes = 3


def windowed(means: Ref, kernel: tuple[Dim, ...], divisor: Dim = 1) -> Ref:
    """The sums of windows by the divisor, given their means."""
    known = [size for size in kernel if isinstance(size, int)]
    if len(known) == len(kernel) and isinstance(divisor, int):
        return ops.scale(means, prod(known) / divisor)
    share = ops.full_like(means, 1)
    for size in kernel:
        # Twice over the root, as a size may be a symbol.
        share = ops.over_root(ops.over_root(share, size), size)
    sums = ops.divide(means, share)
    return ops.over_root(ops.over_root(sums, divisor), divisor)


def patch(kernel: Sizes, stride: Sizes | None, padding: Sizes, axes: int) -> tuple[tuple[Dim, ...], ...]:
    """A window's size, step and border, each with a number for each spatial axis."""
    steps = kernel if stride is None else stride
    named = (("kernel_size", kernel), ("stride", steps), ("padding", padding))
    return tuple(per_axis(name, value, axes) for name, value in named)
