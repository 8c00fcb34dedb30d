"""How unlikely numbers are under the distribution that the network tells."""

from math import log, pi

from .. import ops
from ..ops.primitive import Ref
from ..types import Type
from .demands import broadcastable, real, same_shape
from .layer import Example, Layer, argument
from .loss import REDUCTION_HELP, REDUCTIONS, reduced, reduction_of
from .spelling import Spelling


class PoissonNLLLoss(Layer):
    """How unlikely counts are where x tells how many are to be expected, or the logarithm of it."""

    category = "loss"
    formula = "y = mean of eˣ - target · x, or of x - target · ln(x + eps) without log_input"
    keywords = ("counts", "Poisson regression", "rate", "negative log likelihood", "criterion")
    example = Example(
        inputs={"x": (3, 4), "target": (3, 4)},
        arguments={"log_input": False, "full": True},
        positive=("x", "target"),
    )

    log_input: bool = argument(default=True, help="Whether x is the logarithm of what is expected")
    full: bool = argument(
        default=False, help="Whether ln target! is added, by Stirling's formula where the target is above 1"
    )
    eps: float = argument(default=1e-8, help="Added before the logarithm where x is none", minimum=0)
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref) -> Ref:
        """Of two inputs of the same shape."""
        same_shape("target", real("target", target), "x", real("x", x))
        if self.log_input:
            each = ops.subtract(ops.exp(x), ops.multiply(target, x))
        else:
            each = ops.subtract(x, ops.multiply(target, ops.log(ops.offset(x, self.eps))))
        return reduced(ops.add(each, _log_factorial(target)) if self.full else each, self.reduction)

    def pytorch(self, x: Type, target: Type) -> Spelling:
        """F.poisson_nll_loss."""
        given = "" if self.log_input is True else f", log_input={self.log_input}"
        given += "" if self.full is False else f", full={self.full}"
        given += "" if self.eps == 1e-8 else f", eps={self.eps}"
        given += reduction_of(self.reduction)
        return Spelling(apply=f"F.poisson_nll_loss({{x}}, {{target}}{given})")


class GaussianNLLLoss(Layer):
    """How unlikely the target is where x tells the mean and var the variance that is to be expected.

    The network so tells how sure it is. A variance below eps gets the gradient that eps would get, so that it
    grows.
    """

    category = "loss"
    formula = "y = mean of (ln v + (x - target)² / v) / 2, v being var, at least eps"
    keywords = ("regression", "uncertainty", "heteroscedastic", "variance", "normal", "criterion")
    example = Example(
        inputs={"x": (3, 4), "target": (3, 4), "var": (3, 4)}, arguments={"full": True}, positive=("var",)
    )

    full: bool = argument(default=False, help="Whether the constant ln(2π) / 2 is added")
    eps: float = argument(default=1e-6, help="What smaller variances are taken for", minimum=0)
    reduction: str = argument(default="mean", choices=REDUCTIONS, help=REDUCTION_HELP)

    def forward(self, x: Ref, target: Ref, var: Ref) -> Ref:
        """Of three inputs of the same shape; var may have sizes of 1 in it."""
        type_ = real("x", x)
        same_shape("target", real("target", target), "x", type_)
        real("var", var)
        wide = Type(broadcastable("var", x.shape, "x", var))
        same_shape("var", wide, "x", type_)
        spread = ops.at_least(var, self.eps)
        far = ops.subtract(x, target)
        each = ops.add(ops.log(spread), ops.divide(ops.multiply(far, far), spread))
        each = ops.scale(each, 0.5)
        return reduced(ops.offset(each, log(2 * pi) / 2) if self.full else each, self.reduction)

    def pytorch(self, x: Type, target: Type, var: Type) -> Spelling:
        """F.gaussian_nll_loss, which repeats a last axis of 1 only, so that others are repeated before."""
        given = "" if self.full is False else f", full={self.full}"
        given += "" if self.eps == 1e-6 else f", eps={self.eps}"
        given += reduction_of(self.reduction)
        var_text = "{var}" if var.shape == x.shape else "{var}.expand_as({x})"
        return Spelling(apply=f"F.gaussian_nll_loss({{x}}, {{target}}, {var_text}{given})")


def _log_factorial(n: Ref) -> Ref:
    """ln n! by Stirling's formula, n ln n - n + ln(2πn) / 2, where n is above 1, else 0."""
    above = ops.compare_number(n, 1, "greater")
    safe = ops.where(above, n, ops.full_like(n, 1))
    whole = ops.subtract(ops.multiply(safe, ops.log(safe)), safe)
    found = ops.add(whole, ops.scale(ops.log(ops.scale(safe, 2 * pi)), 0.5))
    return ops.where(above, found, ops.full_like(n, 0))
