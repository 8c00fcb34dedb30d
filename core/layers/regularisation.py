"""Layers that make training harder on purpose, so that a network generalises."""

from .. import ops
from ..ops.primitive import Ref
from ..types import Type
from .demands import axes_at_least, real
from .layer import Example, Layer, argument
from .spatial import spatial
from .spelling import Spelling, code


class Dropout(Layer):
    """While training, puts 0 for a random part of the numbers, so that no single one is relied upon.

    What is kept is divided by 1 - p, so that the sum stays the same on average. Outside of training nothing
    is changed.
    """

    category = "regularisation"
    formula = "training: y = x · m / (1 - p), m = 1 with probability 1 - p, else 0;  otherwise y = x"
    keywords = ("drop", "overfitting", "noise", "regularization")
    example = Example(inputs={"x": (4, 5)}, arguments={"p": 0.25})

    p: float = argument(default=0.5, minimum=0.0, maximum=1.0, help="The part of the numbers that is dropped")

    def forward(self, x: Ref, *, training: bool) -> Ref:
        """On each element, with a mask that depends on the run's seed and the layer's place."""
        real("x", x)
        return ops.multiply(x, ops.random_mask(x, 1 - self.p)) if training and self.p > 0 else x

    def pytorch(self, x: Type) -> Spelling:
        """nn.Dropout."""
        return Spelling(construct=code("nn.Dropout", self.p))


class _ChannelDropout(Layer, abstract=True):
    """Dropout of whole channels, whatever they hold."""

    p: float = argument(
        default=0.5, minimum=0.0, maximum=1.0, help="The part of the channels that is dropped"
    )

    def dropped(self, x: Ref, axes: int, training: bool) -> Ref:
        """On each channel, with a mask that depends on the run's seed and the layer's place."""
        spatial(type(self).__name__, x, axes)
        if not training or self.p == 0:
            return x
        return ops.multiply(x, ops.random_mask(_first_of(x, 2), 1 - self.p))


class Dropout1d(_ChannelDropout):
    """While training, puts 0 for random channels of sequences as a whole; neighbouring steps tell the same.

    What is kept is divided by 1 - p, so that the sum stays the same on average. Outside of training nothing
    is changed.
    """

    category = "regularisation"
    formula = "training: y[c] = x[c] · m[c] / (1 - p), m = 1 with probability 1 - p, else 0;  otherwise y = x"
    keywords = ("drop", "spatial dropout", "channels", "overfitting", "regularization", "1d")
    example = Example(inputs={"x": (2, 6, 3)}, arguments={"p": 0.25})
    gives_images = True

    def forward(self, x: Ref, *, training: bool) -> Ref:
        """(B, C, L), with one draw for each channel."""
        return self.dropped(x, 1, training)

    def pytorch(self, x: Type) -> Spelling:
        """nn.Dropout1d."""
        return Spelling(construct=code("nn.Dropout1d", self.p))


class Dropout2d(_ChannelDropout):
    """While training, puts 0 for random channels of images as a whole; neighbouring pixels tell the same.

    What is kept is divided by 1 - p, so that the sum stays the same on average. Outside of training nothing
    is changed.
    """

    category = "regularisation"
    formula = "training: y[c] = x[c] · m[c] / (1 - p), m = 1 with probability 1 - p, else 0;  otherwise y = x"
    keywords = ("drop", "spatial dropout", "channels", "overfitting", "regularization", "2d")
    example = Example(inputs={"x": (2, 6, 3, 2)}, arguments={"p": 0.25})
    gives_images = True

    def forward(self, x: Ref, *, training: bool) -> Ref:
        """(B, C, H, W), with one draw for each channel."""
        return self.dropped(x, 2, training)

    def pytorch(self, x: Type) -> Spelling:
        """nn.Dropout2d."""
        return Spelling(construct=code("nn.Dropout2d", self.p))


class Dropout3d(_ChannelDropout):
    """While training, puts 0 for random channels of volumes as a whole; neighbouring places tell the same.

    What is kept is divided by 1 - p, so that the sum stays the same on average. Outside of training nothing
    is changed.
    """

    category = "regularisation"
    formula = "training: y[c] = x[c] · m[c] / (1 - p), m = 1 with probability 1 - p, else 0;  otherwise y = x"
    keywords = ("drop", "spatial dropout", "channels", "overfitting", "regularization", "3d", "film")
    example = Example(inputs={"x": (2, 4, 2, 2, 2)}, arguments={"p": 0.25})
    gives_images = True

    def forward(self, x: Ref, *, training: bool) -> Ref:
        """(B, C, D, H, W), with one draw for each channel."""
        return self.dropped(x, 3, training)

    def pytorch(self, x: Type) -> Spelling:
        """nn.Dropout3d."""
        return Spelling(construct=code("nn.Dropout3d", self.p))


class AlphaDropout(Layer):
    """While training, puts SELU's lowest value for a random part, keeping mean 0 and variance 1: after SELU.

    Outside of training nothing is changed.
    """

    category = "regularisation"
    formula = "training: y = a · (x · m - 1.7581 · (1 - m)) + b, a and b keeping mean and variance"
    keywords = ("drop", "self-normalising", "SNN", "SELU", "regularization")
    example = Example(inputs={"x": (4, 5)}, arguments={"p": 0.25})

    p: float = argument(default=0.5, minimum=0.0, maximum=1.0, help="The part of the numbers that is dropped")

    def forward(self, x: Ref, *, training: bool) -> Ref:
        """On each element, with a mask that depends on the run's seed and the layer's place."""
        real("x", x)
        return _alpha_dropped(x, x, self.p) if training and self.p > 0 else x

    def pytorch(self, x: Type) -> Spelling:
        """nn.AlphaDropout."""
        return Spelling(construct=code("nn.AlphaDropout", self.p))


class FeatureAlphaDropout(Layer):
    """While training, puts SELU's lowest value for random channels as a whole: AlphaDropout for images.

    Outside of training nothing is changed.
    """

    category = "regularisation"
    formula = "training: y[c] = a · (x[c] · m[c] - 1.7581 · (1 - m[c])) + b;  otherwise y = x"
    keywords = ("drop", "self-normalising", "SNN", "SELU", "channels", "regularization")
    example = Example(inputs={"x": (2, 6, 3, 2)}, arguments={"p": 0.25})

    p: float = argument(
        default=0.5, minimum=0.0, maximum=1.0, help="The part of the channels that is dropped"
    )

    def forward(self, x: Ref, *, training: bool) -> Ref:
        """On each channel, with a mask that depends on the run's seed and the layer's place."""
        axes_at_least("x", real("x", x), 2, "batch and channels")
        return _alpha_dropped(x, _first_of(x, 2), self.p) if training and self.p > 0 else x

    def pytorch(self, x: Type) -> Spelling:
        """nn.FeatureAlphaDropout."""
        return Spelling(construct=code("nn.FeatureAlphaDropout", self.p))


class DropPath(Layer):
    """While training, puts 0 for random examples as a whole: a residual branch is left out now and then.

    Put it at the end of the branch, before the Add. What is kept is divided by 1 - p. Outside of training
    nothing is changed.
    """

    category = "regularisation"
    formula = "training: y[n] = x[n] · m[n] / (1 - p), m = 1 with probability 1 - p, else 0;  otherwise y = x"
    keywords = ("stochastic depth", "drop connect", "residual", "ViT", "ConvNeXt", "regularization")
    example = Example(inputs={"x": (4, 3, 2)}, arguments={"p": 0.25})

    p: float = argument(
        default=0.1, minimum=0.0, maximum=1.0, help="The part of the examples that is dropped"
    )

    def forward(self, x: Ref, *, training: bool) -> Ref:
        """On each example, with a mask that depends on the run's seed and the layer's place."""
        axes_at_least("x", real("x", x), 1, "batch")
        if not training or self.p == 0:
            return x
        return ops.multiply(x, ops.random_mask(_first_of(x, 1), 1 - self.p))

    def pytorch(self, x: Type) -> Spelling:
        """F.dropout of a one for each example."""
        ones = ", ".join(["{x}.shape[0]", *["1"] * (x.rank - 1)])
        return Spelling(apply=f"{{x}} * F.dropout({{x}}.new_ones({ones}), {self.p}, self.training)")


class GaussianNoise(Layer):
    """While training, adds random numbers, so that small changes of the input come to make no difference.

    Outside of training nothing is changed.
    """

    category = "regularisation"
    formula = "training: y = x + std · n, n ~ N(0, 1);  otherwise y = x"
    keywords = ("normal", "random", "jitter", "augmentation", "denoising", "regularization")
    example = Example(inputs={"x": (4, 5)}, arguments={"std": 0.25})

    std: float = argument(default=0.1, minimum=0.0, help="The standard deviation of what is added")

    def forward(self, x: Ref, *, training: bool) -> Ref:
        """On each element, with noise that depends on the run's seed and the layer's place."""
        real("x", x)
        return ops.add(x, ops.scale(ops.random_normal(x), self.std)) if training and self.std > 0 else x


class RandomNormal(Layer):
    """While training, draws a random number for each number of x, whose shape alone is read: a VAE's noise.

    Drawn from the normal distribution with mean 0. Outside of training it gives zeros, so that the network
    answers the same each time: of a VAE's code then the mean is left. No gradient passes.
    """

    category = "regularisation"
    formula = "training: y ~ N(0, std²), of x's shape;  otherwise y = 0"
    keywords = ("sample", "noise", "reparameterisation", "VAE", "latent", "Gaussian", "randn")
    example = Example(inputs={"x": (4, 5)})

    std: float = argument(default=1.0, minimum=0.0, help="The standard deviation of what is drawn")

    def forward(self, x: Ref, *, training: bool) -> Ref:
        """For each element, by the run's seed and the layer's place."""
        real("x", x)
        if not training or self.std == 0:
            return ops.full_like(x, 0)
        drawn = ops.random_normal(x)
        return drawn if self.std == 1 else ops.scale(drawn, self.std)


_LOWEST = -1.7580993408473766
"""What SELU comes to for very negative numbers: -scale · alpha (Klambauer et al. 2017, section 3)."""


def _alpha_dropped(x: Ref, drawn_for: Ref, p: float) -> Ref:
    """a · (x · m + lowest · (1 - m)) + b, the mask m being drawn for a shape that x's is a copy of."""
    keep = 1 - p
    if keep == 0:
        return ops.scale(x, 0)
    mask = ops.scale(ops.random_mask(drawn_for, keep), keep)
    a = (keep * (1 + p * _LOWEST**2)) ** -0.5
    dropped = ops.scale(ops.offset(mask, -1), -a * _LOWEST)
    return ops.offset(ops.add(ops.multiply(x, ops.scale(mask, a)), dropped), -a * _LOWEST * p)


def _first_of(x: Ref, kept: int) -> Ref:
    """The first element of every axis but the first `kept` ones: (N, C, S…) -> (N, C, 1…) for two."""
    for axis in range(kept, x.type.rank):
        x = ops.slice(x, axis, 0, 1)
    return x
