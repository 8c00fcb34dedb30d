"""Activations that shrink towards 0, stop at bounds or gate one half by the other."""

from .. import ops
from ..condition import agree
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import axis, counted, real
from .layer import ArgumentError, Example, Layer, argument
from .spelling import Spelling, code


class CELU(Layer):
    """An ELU whose slope has no jump at 0, whatever alpha is."""

    category = "activation"
    formula = "y = x where x > 0, else alpha · (e^(x/alpha) - 1)"
    keywords = ("continuously differentiable exponential linear unit", "smooth rectifier")
    example = Example(inputs={"x": (2, 5)}, arguments={"alpha": 0.5})

    alpha: float = argument(default=1.0, help="How far below 0 the result can get; above 0")

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        if self.alpha <= 0:
            raise ArgumentError("alpha", tr("expected a number above 0, got {alpha}", alpha=self.alpha))
        return ops.elu(ops.scale(x, 1 / self.alpha), 1, self.alpha)

    def pytorch(self, x: Type) -> Spelling:
        """F.celu, with its alpha where that is not 1."""
        alpha = "" if self.alpha == 1.0 else f", {self.alpha}"
        module = code("nn.CELU", alpha=self.alpha, defaults={"alpha": 1.0})
        return Spelling(apply=f"F.celu({{x}}{alpha})", module=module)


class Hardtanh(Layer):
    """A tanh made of three straight lines: it keeps what is within its bounds, and stops at them.

    At the bounds no gradient passes, unlike Clamp.
    """

    category = "activation"
    formula = "y = min(max(x, min_val), max_val)"
    keywords = ("piecewise linear tanh", "clip", "squash", "bounded")
    example = Example(inputs={"x": (2, 5)}, arguments={"min_val": -0.5, "max_val": 0.75})

    min_val: float = argument(default=-1.0, help="The least that comes out")
    max_val: float = argument(default=1.0, help="The greatest that comes out; above min_val")

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        if self.min_val >= self.max_val:
            raise ArgumentError(
                "max_val",
                tr("expected more than min_val ({low}), got {high}", low=self.min_val, high=self.max_val),
            )
        return ops.clamp(x, self.min_val, self.max_val, inclusive=False)

    def pytorch(self, x: Type) -> Spelling:
        """F.hardtanh with its bounds."""
        bounds = f"{self.min_val}, {self.max_val}"
        return Spelling(
            apply=f"F.hardtanh({{x}}, {bounds})", module=code("nn.Hardtanh", self.min_val, self.max_val)
        )


class Tanhshrink(Layer):
    """Takes from each number its tanh: what is near 0 all but goes, what is far loses 1."""

    category = "activation"
    formula = "y = x - tanh(x)"
    keywords = ("tanh shrinkage", "sparse coding")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.subtract(x, ops.tanh(x))

    def pytorch(self, x: Type) -> Spelling:
        """F.tanhshrink."""
        return Spelling(apply="F.tanhshrink({x})", module=code("nn.Tanhshrink"))


class Softshrink(Layer):
    """Brings each number nearer to 0 by a fixed amount, and to 0 what is nearer than that: denoising."""

    category = "activation"
    formula = "y = x - lambd where x > lambd, x + lambd where x < -lambd, else 0"
    keywords = ("soft thresholding", "sparse coding", "denoising", "LASSO", "proximal")
    example = Example(inputs={"x": (2, 5)}, arguments={"lambd": 0.25})

    lambd: float = argument(default=0.5, minimum=0.0, help="By how much each number shrinks")

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.subtract(x, ops.clamp(x, -self.lambd, self.lambd))

    def pytorch(self, x: Type) -> Spelling:
        """F.softshrink with its amount."""
        return Spelling(apply=f"F.softshrink({{x}}, {self.lambd})", module=code("nn.Softshrink", self.lambd))


class Hardshrink(Layer):
    """Puts 0 for what is near 0, and keeps the rest as it is: what is left is sparse."""

    category = "activation"
    formula = "y = x where |x| > lambd, else 0"
    keywords = ("hard thresholding", "sparse coding", "denoising")
    example = Example(inputs={"x": (2, 5)}, arguments={"lambd": 0.25})

    lambd: float = argument(default=0.5, minimum=0.0, help="Up to where it is 0, on both sides")

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        near = ops.compare_number(ops.absolute(x), self.lambd, "less_equal")
        return ops.where(near, ops.full_like(x, 0), x)

    def pytorch(self, x: Type) -> Spelling:
        """F.hardshrink with its bound."""
        return Spelling(apply=f"F.hardshrink({{x}}, {self.lambd})", module=code("nn.Hardshrink", self.lambd))


class Threshold(Layer):
    """Keeps what is above a threshold, and puts a fixed number for the rest; with 0 and 0 it is ReLU."""

    category = "activation"
    formula = "y = x where x > threshold, else value"
    keywords = ("cut off", "step", "rectifier")
    example = Example(inputs={"x": (2, 5)}, arguments={"threshold": 0.25, "value": -1.0})

    threshold: float = argument(initial=0.0, help="What a number has to be above to be kept")
    value: float = argument(initial=0.0, help="What stands in place of the others")

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        below = ops.compare_number(x, self.threshold, "less_equal")
        return ops.where(below, ops.full_like(x, self.value), x)

    def pytorch(self, x: Type) -> Spelling:
        """F.threshold."""
        return Spelling(
            apply=f"F.threshold({{x}}, {self.threshold}, {self.value})",
            module=code("nn.Threshold", self.threshold, self.value),
        )


class LogSigmoid(Layer):
    """The logarithm of the sigmoid, computed without rounding small probabilities to 0."""

    category = "activation"
    formula = "y = ln(1 / (1 + e⁻ˣ))"
    keywords = ("log probability", "logistic", "binary classification", "preference")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.scale(ops.softplus(ops.scale(x, -1)), -1)

    def pytorch(self, x: Type) -> Spelling:
        """F.logsigmoid."""
        return Spelling(apply="F.logsigmoid({x})", module=code("nn.LogSigmoid"))


class GLU(Layer):
    """Halves an axis: the sigmoid of the second half says how much of the first half passes.

    The layer before it has to make twice as many features as are to come out.
    """

    category = "activation"
    formula = "y = a · σ(b), a and b being the halves of x along dim"
    keywords = ("gated linear unit", "gate", "halve", "gated convolution", "SwiGLU")
    example = Example(inputs={"x": (2, 6)})

    dim: int = argument(default=-1, help="The axis that is halved; -1 is the last")

    def forward(self, x: Ref) -> Ref:
        """Along one axis, whose size halves."""
        along = axis("x", real("x", x), self.dim)
        size = x.shape[along]
        half = size // 2
        if not agree(2 * half, size):
            found = counted(size, "element")
            raise ShapeError(
                "x",
                tr(
                    "expected an even size at axis {along}, got {found} ({x})",
                    along=along,
                    found=found,
                    x=x.type,
                ),
            )
        return ops.multiply(ops.slice(x, along, 0, half), ops.sigmoid(ops.slice(x, along, half, size)))

    def pytorch(self, x: Type) -> Spelling:
        """F.glu, with its axis where that is not the last."""
        dim = "" if self.dim == -1 else f", dim={self.dim}"
        return Spelling(apply=f"F.glu({{x}}{dim})", module=code("nn.GLU", dim=self.dim, defaults={"dim": -1}))


class Softmin(Layer):
    """Turns distances along an axis into positive shares that add up to 1: the least gets the most."""

    category = "activation"
    formula = "yᵢ = e^-xᵢ / Σⱼ e^-xⱼ along dim"
    keywords = ("softmax of the negative", "distances", "prototypes", "nearest")
    example = Example(inputs={"x": (3, 5)}, arguments={"dim": 1})

    dim: int = argument(default=-1, help="The axis whose numbers add up to 1; -1 is the last")

    def forward(self, x: Ref) -> Ref:
        """Along one axis."""
        along = axis("x", real("x", x), self.dim)
        return ops.softmax(ops.scale(x, -1), along)

    def pytorch(self, x: Type) -> Spelling:
        """F.softmin with its axis."""
        return Spelling(apply=f"F.softmin({{x}}, dim={self.dim})", module=code("nn.Softmin", dim=self.dim))
