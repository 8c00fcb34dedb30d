"""Layers that make training harder on purpose, so that a network generalises."""

from .. import ops
from ..ops.primitive import Ref
from ..types import Type
from .demands import real
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


class Dropout2d(Layer):
    """While training, puts 0 for random channels of images as a whole; neighbouring pixels tell the same.

    What is kept is divided by 1 - p, so that the sum stays the same on average. Outside of training nothing
    is changed.
    """

    category = "regularisation"
    formula = "training: y[c] = x[c] · m[c] / (1 - p), m = 1 with probability 1 - p, else 0;  otherwise y = x"
    keywords = ("drop", "spatial dropout", "channels", "overfitting", "regularization", "2d")
    example = Example(inputs={"x": (2, 6, 3, 2)}, arguments={"p": 0.25})
    gives_images = True

    p: float = argument(
        default=0.5, minimum=0.0, maximum=1.0, help="The part of the channels that is dropped"
    )

    def forward(self, x: Ref, *, training: bool) -> Ref:
        """On each channel, with a mask that depends on the run's seed and the layer's place."""
        spatial("Dropout2d", x, 2)
        if not training or self.p == 0:
            return x
        channels = ops.slice(ops.slice(x, 2, 0, 1), 3, 0, 1)  # (B, C, H, W) -> (B, C, 1, 1)
        return ops.multiply(x, ops.random_mask(channels, 1 - self.p))

    def pytorch(self, x: Type) -> Spelling:
        """nn.Dropout2d."""
        return Spelling(construct=code("nn.Dropout2d", self.p))


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
