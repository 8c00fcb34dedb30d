"""Layers that shrink images and sequences to the lengths of their patches, measured by a power."""

from typing import ClassVar

from .. import ops
from ..ops.primitive import Ref
from ..text import tr
from ..types import Type
from .layer import ArgumentError, Example, Layer, Sizes, argument
from .pooling import CEIL_HELP, patch, windowed
from .similarity import root
from .spatial import at_port, spatial
from .spelling import Spelling, code


class _LPPool(Layer, abstract=True):
    """The p-norm of each patch along `axes` spatial axes."""

    axes: ClassVar[int]
    gives_images = True

    norm_type: float = argument(
        default=2.0,
        help="The power: 2 for a patch's length, 1 for its sum; numbers below 0 need an even one",
    )
    kernel_size: Sizes = argument(help="How many elements a patch spans", minimum=1, initial=2)
    stride: Sizes | None = argument(
        default=None, help="How far the patch moves; as far as it spans where not set", minimum=1
    )
    ceil_mode: bool = argument(default=False, help=CEIL_HELP)

    def forward(self, x: Ref) -> Ref:
        """(B, C, S…) -> (B, C, S'…); no gradient passes where all of a patch is 0."""
        spatial(type(self).__name__, x, self.axes)
        p = self.norm_type
        if p <= 0:
            raise ArgumentError("norm_type", tr("expected a number above 0, got {p}", p=p))
        kernel, stride, padding = patch(self.kernel_size, self.stride, 0, self.axes)
        powers = ops.multiply(x, x) if p == 2 else ops.power(x, p)
        with at_port("x"):
            means = ops.avg_pool(powers, kernel, stride, padding, self.ceil_mode)
        total = windowed(means, kernel)
        return total if p == 1 else root(total, p)

    def pytorch(self, x: Type) -> Spelling:
        """nn.LPPool1d, nn.LPPool2d, nn.LPPool3d."""
        stride = self.kernel_size if self.stride is None else self.stride
        made = code(
            f"nn.{type(self).__name__}",
            self.norm_type,
            self.kernel_size,
            stride=stride,
            ceil_mode=self.ceil_mode,
            defaults={"ceil_mode": False},
        )
        return Spelling(construct=made)


class LPPool1d(_LPPool):
    """Takes the length of each stretch of a sequence: with power 1 its sum, with a high one the greatest."""

    category = "pooling"
    formula = "y[c, p] = (Σ x[c, p·stride + k]^n over k)^(1/n), n being norm_type"
    keywords = ("power average", "p-norm", "L2 pooling", "energy", "1d", "sequence")
    example = Example(inputs={"x": (2, 3, 7)}, arguments={"kernel_size": 3, "stride": 2})
    axes = 1


class LPPool2d(_LPPool):
    """Takes the length of each patch of an image: with power 1 its sum, with a high one near its greatest."""

    category = "pooling"
    formula = "y[c, p, q] = (Σ x[c, p·stride + k, …]^n over k, l)^(1/n), n being norm_type"
    keywords = ("power average", "p-norm", "L2 pooling", "energy", "2d")
    example = Example(inputs={"x": (2, 3, 5, 6)}, arguments={"kernel_size": (2, 3), "stride": 2})
    axes = 2


class LPPool3d(_LPPool):
    """Takes the length of each block of a volume: with power 1 its sum, with a high one near its greatest."""

    category = "pooling"
    formula = "y[c, p, q, r] = (Σ x[c, p·stride + k, …]^n over k, l, m)^(1/n), n being norm_type"
    keywords = ("power average", "p-norm", "L2 pooling", "volume", "3d")
    example = Example(inputs={"x": (2, 2, 3, 4, 5)}, arguments={"kernel_size": 2})
    axes = 3
