"""Functions of mathematics, applied to each number."""

from typing import Any

from .. import ops
from ..ops.primitive import Ref
from ..types import Type
from .demands import real
from .layer import Example, Layer, argument
from .spelling import Spelling


class Exp(Layer):
    """Raises e to the power of each number: from logarithms back, or from any number to a positive one."""

    category = "reduce"
    formula = "y = eˣ"
    keywords = ("exponential", "power of e", "standard deviation", "VAE")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.exp(x)

    def pytorch(self, x: Type) -> Spelling:
        """torch.exp."""
        return Spelling(apply="torch.exp({x})")


class Log(Layer):
    """The natural logarithm of each number, which has to be above 0."""

    category = "reduce"
    formula = "y = ln x"
    keywords = ("logarithm", "ln", "entropy", "likelihood")
    example = Example(inputs={"x": (2, 5)}, positive=("x",))

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.log(x)

    def pytorch(self, x: Type) -> Spelling:
        """torch.log."""
        return Spelling(apply="torch.log({x})")


class Sqrt(Layer):
    """The square root of each number, which must not be below 0. Its slope at 0 is infinite."""

    category = "reduce"
    formula = "y = √x"
    keywords = ("square root", "standard deviation", "length")
    example = Example(inputs={"x": (2, 5)}, positive=("x",))

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.sqrt(x)

    def pytorch(self, x: Type) -> Spelling:
        """torch.sqrt."""
        return Spelling(apply="torch.sqrt({x})")


class Abs(Layer):
    """The absolute value of each number: without its sign."""

    category = "reduce"
    formula = "y = |x|"
    keywords = ("absolute value", "magnitude", "modulus")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.absolute(x)

    def pytorch(self, x: Type) -> Spelling:
        """Tensor.abs."""
        return Spelling(apply="{x}.abs()")


class Power(Layer):
    """Each number to the power of a fixed one: 2 squares, -1 gives the reciprocal.

    With an exponent that is not whole the numbers must not be below 0.
    """

    category = "reduce"
    formula = "y = x^exponent"
    keywords = ("pow", "square", "cube", "exponent", "reciprocal")
    example = Example(inputs={"x": (2, 5)}, arguments={"exponent": 3.0})

    exponent: float = argument(default=2.0, help="The power that each number is raised to")

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.power(x, self.exponent)

    def pytorch(self, x: Type) -> Spelling:
        """torch.pow."""
        return Spelling(apply=f"torch.pow({{x}}, {self.exponent})")


class Square(Layer):
    """Each number times itself."""

    category = "reduce"
    formula = "y = x²"
    keywords = ("power of 2", "energy", "squared")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.multiply(x, x)

    def pytorch(self, x: Type) -> Spelling:
        """torch.square."""
        return Spelling(apply="torch.square({x})")


class Reciprocal(Layer):
    """One divided by each number, which must not be 0."""

    category = "reduce"
    formula = "y = 1 / x"
    keywords = ("inverse", "one over", "divide")
    example = Example(inputs={"x": (2, 5)}, positive=("x",))

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.power(x, -1)

    def pytorch(self, x: Type) -> Spelling:
        """torch.reciprocal."""
        return Spelling(apply="torch.reciprocal({x})")


class Rsqrt(Layer):
    """One divided by the square root of each number, which has to be above 0."""

    category = "reduce"
    formula = "y = 1 / √x"
    keywords = ("inverse square root", "reciprocal", "normalise")
    example = Example(inputs={"x": (2, 5)}, positive=("x",))

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.power(x, -0.5)

    def pytorch(self, x: Type) -> Spelling:
        """torch.rsqrt."""
        return Spelling(apply="torch.rsqrt({x})")


class Negative(Layer):
    """Each number with the other sign."""

    category = "reduce"
    formula = "y = -x"
    keywords = ("minus", "opposite", "neg")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.scale(x, -1)

    def pytorch(self, x: Type) -> Spelling:
        """torch.neg."""
        return Spelling(apply="torch.neg({x})")


class Sign(Layer):
    """The sign of each number: 1 above 0, -1 below, and 0 for 0. No gradient passes."""

    category = "reduce"
    formula = "y = x / |x|"
    keywords = ("signum", "direction", "binary network")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.where(ops.compare_number(x, 0, "greater"), ops.full_like(x, 1), _below(x))

    def pytorch(self, x: Type) -> Spelling:
        """torch.sign."""
        return Spelling(apply="torch.sign({x})")


class Sin(Layer):
    """The sine of each number, an angle in radians."""

    category = "reduce"
    formula = "y = sin x"
    keywords = ("sine", "wave", "periodic", "SIREN", "positional encoding")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.sin(x)

    def pytorch(self, x: Type) -> Spelling:
        """torch.sin."""
        return Spelling(apply="torch.sin({x})")


class Cos(Layer):
    """The cosine of each number, an angle in radians."""

    category = "reduce"
    formula = "y = cos x"
    keywords = ("cosine", "wave", "periodic", "positional encoding")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.cos(x)

    def pytorch(self, x: Type) -> Spelling:
        """torch.cos."""
        return Spelling(apply="torch.cos({x})")


class Scale(Layer):
    """Multiplies each number by a fixed one and adds another: from pixels of 0 … 1 to -1 … 1, say."""

    category = "reduce"
    formula = "y = factor · x + shift"
    keywords = ("multiply by", "add constant", "affine", "rescale", "offset", "temperature")
    example = Example(inputs={"x": (2, 5)}, arguments={"factor": 2.0, "shift": -1.0})

    factor: float = argument(default=1.0, help="What each number is multiplied by")
    shift: float = argument(default=0.0, help="What is added after that")

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        y = ops.scale(x, self.factor) if self.factor != 1 else x
        return ops.offset(y, self.shift) if self.shift != 0 else y

    def pytorch(self, x: Type) -> Spelling:
        """The operators, those that change nothing left out."""
        if self.factor == -1:
            text = "-{x}"
        else:
            text = "{x}" if self.factor == 1 else f"{{x}} * {operand(self.factor)}"
        shift: Any = self.shift
        if shift == 0:
            return Spelling(apply=text)
        if isinstance(shift, int | float) and shift < 0:
            return Spelling(apply=f"{text} - {operand(-shift)}")
        return Spelling(apply=f"{text} + {operand(shift)}")


def operand(value: Any) -> str:
    """A number beside an operator as a person writes it, or an expression in parentheses."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e6:
        value = int(value)
    return str(value) if isinstance(value, int | float) else f"({value})"


def _below(x: Ref) -> Ref:
    """-1 below 0 and 0 elsewhere, where NaN stays."""
    return ops.where(ops.compare_number(x, 0, "less"), ops.full_like(x, -1), ops.scale(x, 0))
