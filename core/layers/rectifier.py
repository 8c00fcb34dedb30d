"""More functions applied to each number: rectifiers that are smooth, bounded or learnt."""

from collections.abc import Mapping
from typing import Any

from .. import ops
from ..initialise import Constant
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import real
from .layer import ArgumentError, Example, Layer, Tensor, argument
from .spelling import Spelling, code


class PReLU(Layer):
    """Keeps what is positive and shrinks what is negative by a number that is learnt.

    One number for all, or one for each channel (axis 1).
    """

    category = "activation"
    formula = "y = x where x > 0, else weight · x"
    keywords = ("parametric rectifier", "learnt slope", "LeakyReLU")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"per_channel": True})

    shaping = frozenset({"per_channel"})

    per_channel: bool = argument(default=False, help="Whether each channel has a slope of its own")
    init: float = argument(default=0.25, help="The slope that training starts from")

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight, one slope or one for each channel."""
        real("x", x)
        if self.per_channel and x.rank < 2:
            raise ShapeError("x", tr("PReLU expects an axis of channels, axis 1, got {x}", x=x))
        shape = (x.shape[1],) if self.per_channel else (1,)
        return {"weight": Tensor(axes=("channel",), shape=shape, initialiser=Constant(self.init))}

    def forward(self, x: Ref, *, weight: Ref) -> Ref:
        """On each element."""
        if self.per_channel:
            weight = ops.reshape(weight, (*weight.shape, *(1,) * (len(x.shape) - 2)))  # (C) -> (C, 1…)
        elif not x.shape:
            weight = ops.reshape(weight, ())
        return ops.add(ops.relu(x), ops.multiply(ops.clamp(x, high=0), weight))

    def pytorch(self, x: Type) -> Spelling | None:
        """nn.PReLU; None where it depends on an expression how many slopes there are."""
        per_channel: Any = self.per_channel
        if not isinstance(per_channel, bool):
            return None
        count = x.shape[1] if per_channel else 1
        defaults = {"num_parameters": 1, "init": 0.25}
        return Spelling(construct=code("nn.PReLU", num_parameters=count, init=self.init, defaults=defaults))


class ELU(Layer):
    """Keeps what is positive and bends what is negative towards -alpha, smoothly."""

    category = "activation"
    formula = "y = x where x > 0, else alpha · (eˣ - 1)"
    keywords = ("exponential linear unit", "smooth rectifier")
    example = Example(inputs={"x": (2, 5)}, arguments={"alpha": 0.5})

    alpha: float = argument(default=1.0, help="How far below 0 the result can get")

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.elu(x, self.alpha)

    def pytorch(self, x: Type) -> Spelling:
        """F.elu, with its alpha where that is not 1."""
        alpha = "" if self.alpha == 1.0 else f", {self.alpha}"
        module = code("nn.ELU", alpha=self.alpha, defaults={"alpha": 1.0})
        return Spelling(apply=f"F.elu({{x}}{alpha})", module=module)


class SELU(Layer):
    """A scaled ELU that keeps mean 0 and variance 1 from layer to layer, in place of normalisation.

    For that, weights have to be drawn normally with variance 1 / inputs.
    """

    category = "activation"
    formula = "y = 1.0507 · (x where x > 0, else 1.6733 · (eˣ - 1))"
    keywords = ("scaled exponential linear unit", "self-normalising", "SNN")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.elu(x, _SELU_ALPHA, _SELU_SCALE)

    def pytorch(self, x: Type) -> Spelling:
        """F.selu."""
        return Spelling(apply="F.selu({x})", module=code("nn.SELU"))


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017, equation 14


class Mish(Layer):
    """A smooth ReLU that dips a little below 0: each number times tanh of its softplus."""

    category = "activation"
    formula = "y = x · tanh(ln(1 + eˣ))"
    keywords = ("self-regularised", "smooth rectifier", "YOLO")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.multiply(x, ops.tanh(ops.softplus(x)))

    def pytorch(self, x: Type) -> Spelling:
        """F.mish."""
        return Spelling(apply="F.mish({x})", module=code("nn.Mish"))


class Softplus(Layer):
    """A smooth ReLU that is always above 0: for a variance, or a rate."""

    category = "activation"
    formula = "y = ln(1 + e^(beta · x)) / beta;  x where beta · x > threshold"
    keywords = ("smooth rectifier", "positive", "log exp", "variance")
    example = Example(inputs={"x": (2, 5)}, arguments={"beta": 2.0})

    beta: float = argument(default=1.0, help="How sharp the bend at 0 is; not 0")
    threshold: float = argument(default=20.0, help="Above it the result is x itself; it only saves time")

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        if self.beta == 0:
            raise ArgumentError("beta", tr("expected a number other than 0"))
        return ops.softplus(x, self.beta, self.threshold)

    def pytorch(self, x: Type) -> Spelling:
        """F.softplus, with what differs from its defaults."""
        given = "" if self.beta == 1.0 else f", beta={self.beta}"
        given += "" if self.threshold == 20.0 else f", threshold={self.threshold}"
        settings = {"beta": self.beta, "threshold": self.threshold}
        module = code("nn.Softplus", defaults={"beta": 1.0, "threshold": 20.0}, **settings)
        return Spelling(apply=f"F.softplus({{x}}{given})", module=module)


class Softsign(Layer):
    """Squeezes each number into -1 … 1, as Tanh does, but reaches the ends more slowly."""

    category = "activation"
    formula = "y = x / (1 + |x|)"
    keywords = ("squash", "bounded", "saturation")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.divide(x, ops.offset(ops.absolute(x), 1))

    def pytorch(self, x: Type) -> Spelling:
        """F.softsign."""
        return Spelling(apply="F.softsign({x})", module=code("nn.Softsign"))


class ReLU6(Layer):
    """A ReLU that stops at 6, so that few bits hold its result: MobileNet."""

    category = "activation"
    formula = "y = min(max(x, 0), 6)"
    keywords = ("bounded rectifier", "MobileNet", "quantisation")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.relu6(x)

    def pytorch(self, x: Type) -> Spelling:
        """F.relu6."""
        return Spelling(apply="F.relu6({x})", module=code("nn.ReLU6"))


class Hardsigmoid(Layer):
    """A sigmoid made of three straight lines, which costs less."""

    category = "activation"
    formula = "y = min(max(x + 3, 0), 6) / 6"
    keywords = ("piecewise linear sigmoid", "gate", "MobileNetV3")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.hardsigmoid(x)

    def pytorch(self, x: Type) -> Spelling:
        """F.hardsigmoid."""
        return Spelling(apply="F.hardsigmoid({x})", module=code("nn.Hardsigmoid"))


class Hardswish(Layer):
    """A SiLU with the sigmoid made of straight lines, which costs less: MobileNetV3."""

    category = "activation"
    formula = "y = x · min(max(x + 3, 0), 6) / 6"
    keywords = ("hard swish", "h-swish", "MobileNetV3")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        return ops.hardswish(x)

    def pytorch(self, x: Type) -> Spelling:
        """F.hardswish."""
        return Spelling(apply="F.hardswish({x})", module=code("nn.Hardswish"))


class Clamp(Layer):
    """Keeps each number within bounds: what is less or greater becomes the bound, and passes no gradient."""

    category = "activation"
    formula = "y = min(max(x, min), max)"
    keywords = ("clip", "limit", "bound", "hardtanh", "saturate")
    example = Example(inputs={"x": (2, 5)}, arguments={"min": -0.5, "max": 0.75})

    min: float | None = argument(
        default=None, initial=0.0, help="The least that comes out; empty sets no bound"
    )
    max: float | None = argument(
        default=None, initial=1.0, help="The greatest that comes out; empty sets no bound"
    )

    def forward(self, x: Ref) -> Ref:
        """On each element."""
        real("x", x)
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ArgumentError(
                "max", tr("expected at least min ({min}), got {max}", min=self.min, max=self.max)
            )
        return x if self.min is None and self.max is None else ops.clamp(x, self.min, self.max)

    def pytorch(self, x: Type) -> Spelling:
        """torch.clamp with the bounds that there are."""
        named = (("min", self.min), ("max", self.max))
        bounds = "".join(f", {name}={value}" for name, value in named if value is not None)
        return Spelling(apply=f"torch.clamp({{x}}{bounds})" if bounds else "{x}")
