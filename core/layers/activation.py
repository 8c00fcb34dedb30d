"""Functions applied to each number, or to all numbers along an axis."""

from .. import ops
from ..ops.primitive import Ref
from ..types import Type
from .demands import axis, real
from .layer import Example, Layer, argument
from .spelling import Spelling, code


class ReLU(Layer):
    """Keeps what is positive and puts 0 for the rest: the usual activation between layers.

    Where x is 0 or less, no gradient passes.
    """

    category = "activation"
    formula = "y = max(x, 0)"
    keywords = ("rectified linear unit", "rectifier", "ramp")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.relu(x)

    def pytorch(self, x: Type) -> Spelling:
        """F.relu."""
        return Spelling(apply="F.relu({x})", module=code("nn.ReLU"))


class LeakyReLU(Layer):
    """Keeps what is positive and shrinks what is negative, so that some gradient always passes."""

    category = "activation"
    formula = "y = x where x > 0, else negative_slope · x"
    keywords = ("leaky rectifier", "lrelu")
    example = Example(inputs={"x": (2, 5)}, arguments={"negative_slope": 0.1})

    negative_slope: float = argument(default=0.01, help="What negative numbers are multiplied by")

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.leaky_relu(x, self.negative_slope)

    def pytorch(self, x: Type) -> Spelling:
        """F.leaky_relu, with its slope."""
        return Spelling(
            apply=f"F.leaky_relu({{x}}, {self.negative_slope})",
            module=code("nn.LeakyReLU", self.negative_slope),
        )


class Sigmoid(Layer):
    """Squeezes each number into 0 … 1: a gate, or the probability of yes."""

    category = "activation"
    formula = "y = 1 / (1 + e⁻ˣ)"
    keywords = ("logistic", "gate", "probability")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.sigmoid(x)

    def pytorch(self, x: Type) -> Spelling:
        """torch.sigmoid."""
        return Spelling(apply="torch.sigmoid({x})", module=code("nn.Sigmoid"))


class Tanh(Layer):
    """Squeezes each number into -1 … 1, keeping 0 where it is."""

    category = "activation"
    formula = "y = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)"
    keywords = ("hyperbolic tangent", "squash")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.tanh(x)

    def pytorch(self, x: Type) -> Spelling:
        """torch.tanh."""
        return Spelling(apply="torch.tanh({x})", module=code("nn.Tanh"))


class GELU(Layer):
    """A smooth ReLU, usual in transformers: x times the share of the normal distribution below x.

    The tanh form is an older approximation; the two differ by up to 0.0005.
    """

    category = "activation"
    formula = "y = x · Φ(x);  tanh: y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))"
    keywords = ("gaussian error linear unit", "transformer", "BERT")
    example = Example(inputs={"x": (2, 5)})

    approximate: str = argument(
        default="none", choices=("none", "tanh"), help="none is exact; tanh is as in GPT-2"
    )

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.gelu(x, "tanh" if self.approximate == "tanh" else "none")

    def pytorch(self, x: Type) -> Spelling:
        """F.gelu."""
        if self.approximate == "none":
            return Spelling(apply="F.gelu({x})", module=code("nn.GELU"))
        return Spelling(
            apply=f'F.gelu({{x}}, approximate="{self.approximate}")',
            module=code("nn.GELU", approximate=self.approximate),
        )


class SiLU(Layer):
    """A smooth ReLU: each number times its own sigmoid."""

    category = "activation"
    formula = "y = x / (1 + e⁻ˣ)"
    keywords = ("Swish", "sigmoid linear unit")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.silu(x)

    def pytorch(self, x: Type) -> Spelling:
        """F.silu."""
        return Spelling(apply="F.silu({x})", module=code("nn.SiLU"))


class Softmax(Layer):
    """Turns the scores along an axis into positive shares that add up to 1: probabilities of the classes.

    Not needed before CrossEntropyLoss, which has it built in.
    """

    category = "activation"
    formula = "yᵢ = e^xᵢ / Σⱼ e^xⱼ along dim"
    keywords = ("probabilities", "normalised exponential", "attention", "classes")
    example = Example(inputs={"x": (3, 5)}, arguments={"dim": 1})

    dim: int = argument(default=-1, help="The axis whose numbers add up to 1; -1 is the last")

    def forward(self, x: Ref) -> Ref:
        """Along one axis."""
        return ops.softmax(x, axis("x", real("x", x), self.dim))

    def pytorch(self, x: Type) -> Spelling:
        """F.softmax with its axis."""
        return Spelling(apply=f"F.softmax({{x}}, dim={self.dim})", module=code("nn.Softmax", dim=self.dim))


class LogSoftmax(Layer):
    """The logarithm of softmax, computed without rounding small probabilities to 0."""

    category = "activation"
    formula = "yᵢ = xᵢ - ln Σⱼ e^xⱼ along dim"
    keywords = ("log probabilities", "log likelihood")
    example = Example(inputs={"x": (3, 5)}, arguments={"dim": 1})

    dim: int = argument(default=-1, help="The axis whose probabilities add up to 1; -1 is the last")

    def forward(self, x: Ref) -> Ref:
        """Along one axis."""
        return ops.log_softmax(x, axis("x", real("x", x), self.dim))

    def pytorch(self, x: Type) -> Spelling:
        """F.log_softmax with its axis."""
        return Spelling(
            apply=f"F.log_softmax({{x}}, dim={self.dim})", module=code("nn.LogSoftmax", dim=self.dim)
        )
