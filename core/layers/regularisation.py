"""Layers that make training harder on purpose, so that a network generalises."""

from .. import ops
from ..ops.primitive import Ref
from ..types import Type
from .demands import real
from .layer import Example, Layer, argument
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
