"""Layers that normalise each channel of each example by itself."""

from collections.abc import Mapping
from typing import ClassVar

from .. import ops
from ..condition import at_most
from ..dim import product
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .activated import Activated
from .channel_norm import AFFINE_HELP, EPS_HELP
from .layer import Example, Outputs, Tensor, argument
from .normalisation import BIAS_HELP, affine_tensors, over_places, per_channel, rescaled
from .spatial import spatial
from .spelling import Spelling, code


class _InstanceNorm(Activated, abstract=True):
    """Each channel of each example normalised over its `axes` spatial axes."""

    axes: ClassVar[int]
    gives_images = True

    eps: float = argument(default=1e-5, help=EPS_HELP, minimum=0)
    momentum: float = argument(
        default=0.1, help="The weight of a new batch in the running averages", minimum=0, maximum=1
    )
    affine: bool = argument(default=False, help=AFFINE_HELP)
    bias: bool = argument(default=True, help=BIAS_HELP)
    track_running_stats: bool = argument(
        default=False,
        help="Whether running averages over examples are kept, which serve in place of its own in eval mode",
    )

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight and bias, one of each for a channel."""
        spatial(type(self).__name__, x, self.axes)
        return affine_tensors(x, self.bias) if self.affine else {}

    def buffers(self, x: Type) -> Mapping[str, Tensor]:
        """running_mean and running_var, one of each for a channel."""
        return per_channel(x, running_mean=0.0, running_var=1.0) if self.track_running_stats else {}

    def forward(
        self,
        x: Ref,
        *,
        weight: Ref | None = None,
        bias: Ref | None = None,
        running_mean: Ref | None = None,
        running_var: Ref | None = None,
        training: bool,
    ) -> Ref | Outputs:
        """Each example's statistics, but in eval mode the running ones where they are kept."""
        buffers: dict[str, Ref] = {}
        if running_mean is None or running_var is None:
            y = self._by_itself(x)[0]
        elif training:
            y, mean, variance = self._by_itself(x)  # mean and variance: (B, C, 1…)
            mean, variance = (
                ops.mean(ops.reshape(new, new.shape[:2]), (0,)) for new in (mean, variance)
            )  # (B, C, 1…) -> (C)
            buffers["running_mean"] = ops.running_average(running_mean, mean, self.momentum)
            count = product(x.shape[2:])
            buffers["running_var"] = ops.running_variance(running_var, variance, self.momentum, count)
        else:
            deviation = ops.sqrt(ops.offset(running_var, self.eps))
            y = ops.divide(ops.subtract(x, over_places(running_mean, x)), over_places(deviation, x))
        return Outputs((self.activated(rescaled(y, weight, bias)),), buffers)

    def _by_itself(self, x: Ref) -> tuple[Ref, Ref, Ref]:
        if not at_most(2, product(x.shape[2:])):
            layer, place = type(self).__name__, ("step", "pixel", "voxel")[self.axes - 1]
            raise ShapeError(
                "x",
                tr(
                    "{layer} expects more than one {place}, got {type}",
                    layer=layer,
                    place=place,
                    type=x.type,
                ),
            )
        return ops.normalise(x, range(2, len(x.shape)), self.eps)

    def pytorch(self, x: Type) -> Spelling:
        """nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d."""
        settings = {
            "momentum": self.momentum,
            "affine": self.affine,
            "bias": self.bias,
            "track_running_stats": self.track_running_stats,
        }
        defaults = {"eps": 1e-5, "momentum": 0.1, "affine": False, "bias": True, "track_running_stats": False}
        target = f"nn.{type(self).__name__}"
        return Spelling(construct=code(target, x.shape[1], eps=self.eps, defaults=defaults, **settings))


class InstanceNorm1d(_InstanceNorm):
    """Brings each channel of each sequence to mean 0 and variance 1 over its own steps."""

    category = "normalisation"
    formula = "y = (x - mean) / √(variance + eps) · weight + bias, per example and channel"
    keywords = ("instance normalisation", "instance normalization", "1d", "sequence", "audio")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"affine": True})
    axes = 1


class InstanceNorm2d(_InstanceNorm):
    """Brings each channel of each image to mean 0 and variance 1 over its own pixels: style transfer."""

    category = "normalisation"
    formula = "y = (x - mean) / √(variance + eps) · weight + bias, per example and channel"
    keywords = ("instance normalisation", "instance normalization", "style transfer", "contrast", "2d")
    example = Example(inputs={"x": (2, 3, 3, 4)}, arguments={"affine": True})
    axes = 2


class InstanceNorm3d(_InstanceNorm):
    """Brings each channel of each volume to mean 0 and variance 1 over its own voxels: medical images."""

    category = "normalisation"
    formula = "y = (x - mean) / √(variance + eps) · weight + bias, per example and channel"
    keywords = ("instance normalisation", "instance normalization", "3d", "volume", "nnU-Net")
    example = Example(inputs={"x": (2, 2, 2, 3, 2)}, arguments={"affine": True})
    axes = 3
