"""Layers that bring numbers to mean 0 and variance 1, then let a learnt scale and shift undo it."""

from collections.abc import Mapping
from typing import ClassVar

from .. import ops
from ..condition import at_most
from ..dim import Dim, product, text
from ..initialise import Constant
from ..ops.primitive import Ref
from ..text import tr
from ..types import Shape, ShapeError, Type
from .activated import Activated
from .demands import real
from .layer import ArgumentError, Example, Outputs, Size, Tensor, argument
from .spatial import spatial
from .spelling import Spelling, code


def per_channel(x: Type, **values: float) -> dict[str, Tensor]:
    """A tensor of that first value for each name, with a number for each channel."""
    shape = (x.shape[1],)
    return {
        name: Tensor(axes=("channel",), shape=shape, initialiser=Constant(value))
        for name, value in values.items()
    }


BIAS_HELP = "Whether a learnt shift follows the scale"


def affine_tensors(x: Type, bias: bool) -> Mapping[str, Tensor]:
    """weight and bias, one of each for a channel."""
    return per_channel(x, weight=1.0, bias=0.0) if bias else per_channel(x, weight=1.0)


def rescaled(y: Ref, weight: Ref | None, bias: Ref | None) -> Ref:
    """Each channel times its weight and plus its bias, where there are such."""
    y = y if weight is None else ops.multiply(y, over_places(weight, y))
    return y if bias is None else ops.add(y, over_places(bias, y))


def _counted(old: Mapping[str, Ref], new: Mapping[str, Ref], batches: Ref) -> dict[str, Ref]:
    """The averages over all batches, of which `new` is the last one, and how many there were."""
    found = {name: ops.divide(ops.subtract(value, old[name]), batches) for name, value in new.items()}
    averages = {name: ops.add(old[name], step) for name, step in found.items()}
    return {**averages, "num_batches_tracked": batches}


class _BatchNorm(Activated, abstract=True):
    """Channels normalised over the batch and the spatial axes, of which there may be `axes`."""

    axes: ClassVar[tuple[int, ...]]

    eps: float = argument(
        default=1e-5, help="Added to the variance, so that nothing is divided by 0", minimum=0
    )
    momentum: float | None = argument(
        default=0.1,
        help="The weight of a new batch in the running averages; not set, all batches count alike",
        minimum=0,
        maximum=1,
    )
    affine: bool = argument(default=True, help="Whether a learnt scale and shift follow, for each channel")
    bias: bool = argument(default=True, help=BIAS_HELP)
    track_running_stats: bool = argument(
        default=True,
        help="Whether running averages are kept, which serve in place of the batch's in eval mode",
    )

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight and bias, one of each for a channel."""
        spatial(type(self).__name__, x, *self.axes)
        return affine_tensors(x, self.bias) if self.affine else {}

    def buffers(self, x: Type) -> Mapping[str, Tensor]:
        """running_mean and running_var, one of each for a channel, and the batches where they are counted."""
        if not self.track_running_stats:
            return {}
        found = per_channel(x, running_mean=0.0, running_var=1.0)
        if self.momentum is None:
            found["num_batches_tracked"] = Tensor(axes=("",), shape=(1,), initialiser=Constant(0.0))
        return found

    def forward(
        self,
        x: Ref,
        *,
        weight: Ref | None = None,
        bias: Ref | None = None,
        running_mean: Ref | None = None,
        running_var: Ref | None = None,
        num_batches_tracked: Ref | None = None,
        training: bool,
    ) -> Ref | Outputs:
        """The batch's statistics in training (and where no others are kept), the running ones in eval."""
        buffers: dict[str, Ref] = {}
        if product(x.shape) == 0:
            y = x  # nothing to learn from: as in PyTorch, the averages stay
        elif running_mean is None or running_var is None:
            y = self._by_batch(x)[0]
        elif training:
            y, mean, variance = self._by_batch(x)
            mean, variance = (
                ops.reshape(new, running_mean.shape) for new in (mean, variance)
            )  # (1, C, 1…) -> (C)
            count = product((x.shape[0], *x.shape[2:]))
            rate = 1.0 if self.momentum is None else self.momentum
            buffers["running_mean"] = ops.running_average(running_mean, mean, rate)
            buffers["running_var"] = ops.running_variance(running_var, variance, rate, count)
            if num_batches_tracked is not None:
                old = {"running_mean": running_mean, "running_var": running_var}
                buffers = _counted(old, buffers, ops.offset(num_batches_tracked, 1))
        else:
            deviation = ops.sqrt(ops.offset(running_var, self.eps))
            y = ops.divide(ops.subtract(x, over_places(running_mean, x)), over_places(deviation, x))
        return Outputs((self.activated(rescaled(y, weight, bias)),), buffers)

    def _by_batch(self, x: Ref) -> tuple[Ref, Ref, Ref]:
        if not at_most(2, product((x.shape[0], *x.shape[2:]))):
            found = f"{type(self).__name__} cannot learn from one number for each channel, got {x.type}"
            other = "eval mode" if self.track_running_stats else "running averages (track_running_stats)"
            raise ShapeError("x", tr("{found}; a larger batch or {other} would do", found=found, other=other))
        return ops.normalise(x, (0, *range(2, len(x.shape))), self.eps)

    def pytorch(self, x: Type) -> Spelling | None:
        """nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d.

        None where batches are counted: PyTorch does it in whole numbers, and a weight of ours is a real one.
        """
        if self.momentum is None and self.track_running_stats is not False:
            return None
        settings = {"affine": self.affine, "bias": self.bias, "track_running_stats": self.track_running_stats}
        defaults = {"eps": 1e-5, "momentum": 0.1, "affine": True, "bias": True, "track_running_stats": True}
        target = f"nn.{type(self).__name__}"
        made = code(target, x.shape[1], eps=self.eps, momentum=self.momentum, defaults=defaults, **settings)
        return Spelling(construct=made)


class BatchNorm1d(_BatchNorm):
    """Brings each feature, or each channel of a sequence, to mean 0 and variance 1 over the batch.

    In training by the batch's own mean and variance; in eval mode by their running averages.
    """

    category = "normalisation"
    formula = "y = (x - mean) / √(variance + eps) · weight + bias, per channel"
    keywords = ("batch normalisation", "batch normalization", "BN", "running statistics", "LazyBatchNorm1d")
    example = Example(inputs={"x": (4, 3, 5)})
    axes = (0, 1)


class BatchNorm2d(_BatchNorm):
    """Brings each channel of images to mean 0 and variance 1 over the batch and all pixels.

    In training by the batch's own mean and variance; in eval mode by their running averages.
    """

    category = "normalisation"
    formula = "y = (x - mean) / √(variance + eps) · weight + bias, per channel"
    keywords = ("batch normalisation", "batch normalization", "BN", "running statistics", "LazyBatchNorm2d")
    example = Example(inputs={"x": (3, 2, 3, 4)})
    axes = (2,)
    gives_images = True


class BatchNorm3d(_BatchNorm):
    """Brings each channel of volumes or films to mean 0 and variance 1 over the batch and all places.

    In training by the batch's own mean and variance; in eval mode by their running averages.
    """

    category = "normalisation"
    formula = "y = (x - mean) / √(variance + eps) · weight + bias, per channel"
    keywords = ("batch normalisation", "batch normalization", "BN", "volume", "video", "LazyBatchNorm3d")
    example = Example(inputs={"x": (2, 2, 2, 3, 2)})
    axes = (3,)
    gives_images = True


def _last_axes(layer: Activated, count: Dim, x: Type) -> Shape:
    """The sizes of the last axes, which are normalised together."""
    if not isinstance(count, int):
        raise ArgumentError(
            "normalized_axes", tr("must be a number that is known here, got {count}", count=text(count))
        )
    if x.rank < count:
        raise ShapeError(
            "x",
            tr(
                "{layer} expects at least the {count} axes that it normalises, got {x}",
                layer=type(layer).__name__,
                count=count,
                x=x,
            ),
        )
    return x.shape[x.rank - count :]


class LayerNorm(Activated):
    """Brings the features of each example, or of each step, to mean 0 and variance 1.

    Unlike BatchNorm it never looks at other examples, and does the same in training and in eval mode.
    """

    category = "normalisation"
    formula = "y = (x - mean) / √(variance + eps) · weight + bias, over the last axes"
    keywords = ("layer normalisation", "layer normalization", "LN", "transformer")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"normalized_axes": 2})

    normalized_axes: Size = argument(
        default=1, help="How many of the last axes are normalised together", minimum=1
    )
    eps: float = argument(
        default=1e-5, help="Added to the variance, so that nothing is divided by 0", minimum=0
    )
    elementwise_affine: bool = argument(
        default=True, help="Whether a learnt scale follows, for each of the normalised elements"
    )
    bias: bool = argument(default=True, help="Whether a learnt shift follows the scale")

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight and bias of the normalised axes' shape."""
        shape = _last_axes(self, self.normalized_axes, real("x", x))
        if not self.elementwise_affine:
            return {}
        axes = ("",) * len(shape)
        weight = Tensor(axes=axes, shape=shape, initialiser=Constant(1.0))
        bias = Tensor(axes=axes, shape=shape, initialiser=Constant(0.0))
        return {"weight": weight, "bias": bias} if self.bias else {"weight": weight}

    def forward(self, x: Ref, *, weight: Ref | None = None, bias: Ref | None = None) -> Ref:
        """Of x's shape."""
        rank = len(x.shape)
        first = rank - len(_last_axes(self, self.normalized_axes, x.type))
        y = ops.normalise(x, range(first, rank), self.eps)[0]
        y = y if weight is None else ops.multiply(y, weight)
        return self.activated(y if bias is None else ops.add(y, bias))

    def pytorch(self, x: Type) -> Spelling | None:
        """nn.LayerNorm; None where the number of axes is an expression."""
        if not isinstance(self.normalized_axes, int):
            return None
        shape = _last_axes(self, self.normalized_axes, x)
        settings = {"elementwise_affine": self.elementwise_affine, "bias": self.bias}
        defaults = {"eps": 1e-5, "elementwise_affine": True, "bias": True}
        size = shape[0] if len(shape) == 1 else shape
        return Spelling(construct=code("nn.LayerNorm", size, eps=self.eps, defaults=defaults, **settings))


class RMSNorm(Activated):
    """Divides the features of each example, or of each step, by their root mean square.

    LayerNorm without the mean and without a shift: as good in most transformers, and cheaper.
    """

    category = "normalisation"
    formula = "y = x / √(mean of x² + eps) · weight, over the last axes"
    keywords = ("root mean square", "RMS normalisation", "RMS normalization", "transformer", "Llama")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"eps": 0.1})

    normalized_axes: Size = argument(
        default=1, help="How many of the last axes are normalised together", minimum=1
    )
    eps: float | None = argument(
        default=1e-6,
        help="Added to the mean square, so that nothing is divided by 0; 2⁻²³, as in PyTorch, where not set",
        minimum=0,
    )
    elementwise_affine: bool = argument(
        default=True, help="Whether a learnt scale follows, for each of the normalised elements"
    )

    @property
    def added(self) -> float:
        """`eps`, or where that is not set the distance from 1 to the next number of float32."""
        return 2.0**-23 if self.eps is None else self.eps

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight of the normalised axes' shape."""
        shape = _last_axes(self, self.normalized_axes, real("x", x))
        weight = Tensor(axes=("",) * len(shape), shape=shape, initialiser=Constant(1.0))
        return {"weight": weight} if self.elementwise_affine else {}

    def forward(self, x: Ref, *, weight: Ref | None = None) -> Ref:
        """Of x's shape."""
        rank = len(x.shape)
        first = rank - len(_last_axes(self, self.normalized_axes, x.type))
        square = ops.mean(ops.multiply(x, x), range(first, rank), keepdims=True)
        y = ops.divide(x, ops.sqrt(ops.offset(square, self.added)))
        return self.activated(y if weight is None else ops.multiply(y, weight))

    def pytorch(self, x: Type) -> Spelling | None:
        """nn.RMSNorm; None where the number of axes is an expression."""
        if not isinstance(self.normalized_axes, int):
            return None
        shape = _last_axes(self, self.normalized_axes, x)
        size = shape[0] if len(shape) == 1 else shape
        affine = {"elementwise_affine": self.elementwise_affine}
        defaults = {"elementwise_affine": True}
        return Spelling(construct=code("nn.RMSNorm", size, eps=self.added, defaults=defaults, **affine))


def over_places(value: Ref, x: Ref) -> Ref:
    """A value for each channel laid over x: (C) -> (C, 1…), which broadcasts with (B, C, S…)."""
    return ops.reshape(value, (*value.shape, *(1,) * (len(x.shape) - 2)))
