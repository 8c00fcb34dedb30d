"""Layers that normalise the channels of one example at a time: in groups, or by their neighbours."""

from collections.abc import Mapping
from typing import Any

from .. import ops
from ..condition import agree
from ..dim import product, text
from ..ops.primitive import Ref
from ..text import tr
from ..types import Type
from .activated import Activated
from .demands import axes_at_least, real
from .layer import ArgumentError, Example, Layer, Size, Tensor, argument
from .normalisation import BIAS_HELP, affine_tensors, rescaled
from .spelling import Spelling, code

EPS_HELP = "Added to the variance, so that nothing is divided by 0"
AFFINE_HELP = "Whether a learnt scale and shift follow, for each channel"


class GroupNorm(Activated):
    """Brings groups of channels of each example to mean 0 and variance 1, whatever else is in the batch.

    With one group it is a LayerNorm over everything, with as many as channels an InstanceNorm.
    """

    category = "normalisation"
    formula = "y = (x - mean) / √(variance + eps) · weight + bias, per example and group"
    keywords = ("group normalisation", "group normalization", "GN", "small batches", "diffusion")
    example = Example(inputs={"x": (2, 4, 3, 2)}, arguments={"num_groups": 2})

    num_groups: Size = argument(help="Into how many groups the channels are divided", minimum=1, initial=1)
    eps: float = argument(default=1e-5, help=EPS_HELP, minimum=0)
    affine: bool = argument(default=True, help=AFFINE_HELP)
    bias: bool = argument(default=True, help=BIAS_HELP)

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight and bias, one of each for a channel."""
        axes_at_least("x", real("x", x), 2, "batch and channels")
        if not agree(x.shape[1] % self.num_groups, 0):
            found = f"{text(self.num_groups)} does not divide the {text(x.shape[1])} channels"
            raise ArgumentError(
                "num_groups", tr("expected a divisor of the channels, but {found}", found=found)
            )
        return affine_tensors(x, self.bias) if self.affine else {}

    def forward(self, x: Ref, *, weight: Ref | None = None, bias: Ref | None = None) -> Ref:
        """(B, C, S…) -> (B, C, S…)."""
        batch, channels, *places = x.shape
        group = channels // self.num_groups
        parts = ops.reshape(
            x, (batch, self.num_groups, group * product(places))
        )  # (B, C, S…) -> (B, G, CS/G)
        y = ops.reshape(ops.normalise(parts, (2,), self.eps)[0], x.shape)
        return self.activated(rescaled(y, weight, bias))

    def pytorch(self, x: Type) -> Spelling:
        """nn.GroupNorm."""
        settings = {"affine": self.affine, "bias": self.bias}
        sizes = (self.num_groups, x.shape[1])
        defaults = {"eps": 1e-5, "affine": True, "bias": True}
        return Spelling(construct=code("nn.GroupNorm", *sizes, eps=self.eps, defaults=defaults, **settings))


class LocalResponseNorm(Layer):
    """Divides each number by how strong the neighbouring channels are at its place, as AlexNet did.

    BatchNorm has taken its place since.
    """

    category = "normalisation"
    formula = "y[c] = x[c] / (k + alpha · mean of x² over the size channels around c)^beta"
    keywords = ("LRN", "AlexNet", "lateral inhibition", "contrast normalisation")
    example = Example(inputs={"x": (2, 5, 2, 3)}, arguments={"size": 3, "alpha": 0.5, "beta": 0.75, "k": 2.0})
    gives_images = True

    size: int = argument(
        help="How many neighbouring channels count, the own one among them", minimum=1, initial=5
    )
    alpha: float = argument(default=1e-4, help="How much the neighbours' mean square counts")
    beta: float = argument(default=0.75, help="The power that the divisor is raised to")
    k: float = argument(default=1.0, help="Added before the power, so that nothing is divided by 0")

    def forward(self, x: Ref) -> Ref:
        """(B, C, S…) -> (B, C, S…); channels beyond the ends count as 0."""
        axes_at_least("x", real("x", x), 3, "batch, channels and places")
        batch, channels, *places = x.shape
        square = ops.reshape(ops.multiply(x, x), (batch, 1, channels, product(places)))  # (B, 1, C, S)
        before = self.size // 2
        square = ops.pad(square, ((0, 0), (0, 0), (before, self.size - 1 - before), (0, 0)))
        mean = ops.avg_pool(square, (self.size, 1), (1, 1), (0, 0))
        divisor = ops.power(ops.offset(ops.scale(mean, self.alpha), self.k), self.beta)
        return ops.divide(x, ops.reshape(divisor, x.shape))

    def pytorch(self, x: Type) -> Spelling:
        """nn.LocalResponseNorm."""
        settings: dict[str, Any] = {"alpha": self.alpha, "beta": self.beta, "k": self.k}
        return Spelling(construct=code("nn.LocalResponseNorm", self.size, **settings))
