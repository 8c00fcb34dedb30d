"""Which elementwise operation a primitive is, by its name and settings."""

from collections.abc import Callable, Mapping
from math import inf, nan, sqrt
from typing import Any

Operation = tuple[str, tuple[float, ...]]
"""The name of a formula of `core.kernels.elementwise` and its numbers."""

Settings = Mapping[str, Any]


def _clamp(settings: Settings) -> tuple[float, float]:
    low, high = settings["low"], settings["high"]
    return -inf if low is None else low, inf if high is None else high


def _power(settings: Settings) -> Operation:
    exponent = settings["exponent"]
    known = {2.0: "square", 1.0: "copy", -1.0: "reciprocal"}
    return (known[exponent], ()) if exponent in known else ("power", (exponent,))


def _gelu(name: str) -> Callable[[Settings], Operation]:
    by_tanh = {"gelu": "gelu_by_tanh", "gelu_grad": "gelu_by_tanh_grad"}[name]
    return lambda settings: (by_tanh if settings["approximate"] == "tanh" else name, ())


def _named(name: str, *numbers: str) -> Callable[[Settings], Operation]:
    return lambda settings: (name, tuple(float(settings[number]) for number in numbers))


def _clamp_grad(settings: Settings) -> Operation:
    # No number is beyond NaN: where a bound is left out, an infinite x is not at it.
    bounds = tuple(nan if settings[name] is None else settings[name] for name in ("low", "high"))
    return "clamp_inside" if settings["inclusive"] else "clamp_between", bounds


def _running_average(settings: Settings) -> Operation:
    count = settings["count"]
    return "running_average", (settings["momentum"], count / (count - 1) if count > 1 else 1.0)


OPERATIONS: dict[str, Callable[[Settings], Operation | None]] = {
    **{
        name: _named(name)
        for name in (
            "add", "subtract", "multiply", "divide", "maximum", "minimum", "maximum_grad", "absolute",
            "absolute_grad", "raise_to", "raise_to_base_grad", "raise_to_exponent_grad",
            "relu", "relu_grad", "sigmoid_grad", "tanh_grad", "silu", "silu_grad",
        )
    },
    "scale": _named("scale", "factor"),
    "offset": _named("offset", "value"),
    "full_like": _named("full_like", "value"),
    "clamp": lambda settings: ("clamp", _clamp(settings)),
    "clamp_grad": _clamp_grad,
    "at_least": lambda settings: ("clamp", (settings["low"], inf)),
    "power": _power,
    "over_root": lambda settings: ("scale", (1 / sqrt(settings["size"]),)),
    "running_average": _running_average,
    "sqrt": _named("root"),
    "sin": _named("sine"),
    "cos": _named("cosine"),
    "exp": _named("exponential"),
    "log": _named("logarithm"),
    "sigmoid": _named("logistic"),
    "tanh": _named("hyperbolic_tangent"),
    "gelu": _gelu("gelu"),
    "gelu_grad": _gelu("gelu_grad"),
    "leaky_relu": _named("leaky_relu", "slope"),
    "leaky_relu_grad": _named("leaky_relu_grad", "slope"),
    "elu": _named("elu", "alpha", "factor"),
    "elu_grad": _named("elu_grad", "alpha", "factor"),
    "softplus": _named("soft_plus", "beta", "threshold"),
    "softplus_grad": _named("softplus_grad", "beta", "threshold"),
    "broadcast_to": lambda settings: ("copy", ()),
    "sum_grad": lambda settings: ("copy", ()),
}  # fmt: skip
"""By the primitive's name. None from one of these: no formula for these settings."""
