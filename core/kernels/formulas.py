"""What is done to each element, one formula per operation, in vector code.

The names are those of the primitives. A formula takes up to three vectors and two numbers, and gives one.
"""

from collections.abc import Callable
from math import pi, sqrt

from llvmlite import ir

from .lanes import Lanes, at_least, at_most, erf, exp, ln, normal_density, sigmoid, softplus, tanh, where

Formula = Callable[..., Lanes]

FORMULAS: dict[str, Formula] = {}
"""By name; the place in this dictionary is the operation's number."""


def formula(given: Formula) -> Formula:
    """Adds a formula under its function's name."""
    FORMULAS[given.__name__] = given
    return given


@formula
def copy(x: Lanes) -> Lanes:
    """x."""
    return x


@formula
def full_like(x: Lanes, *, value: Lanes) -> Lanes:
    """The number everywhere."""
    return value


@formula
def add(a: Lanes, b: Lanes) -> Lanes:
    """a + b."""
    return a + b


@formula
def subtract(a: Lanes, b: Lanes) -> Lanes:
    """a - b."""
    return a - b


@formula
def multiply(a: Lanes, b: Lanes) -> Lanes:
    """a · b."""
    return a * b


@formula
def divide(a: Lanes, b: Lanes) -> Lanes:
    """a / b."""
    return a / b


@formula
def maximum(a: Lanes, b: Lanes) -> Lanes:
    """The greater of the two, NaN where one is NaN."""
    return where(a > b, a, where(_is_nan(a), a, b))


@formula
def minimum(a: Lanes, b: Lanes) -> Lanes:
    """The lesser of the two, NaN where one is NaN."""
    return where(a < b, a, where(_is_nan(a), a, b))


@formula
def maximum_grad(a: Lanes, b: Lanes, dy: Lanes) -> Lanes:
    """What of dy goes to a: half of it where the two are equal."""
    unequal = where(a > b, a.like(1.0), where(a < b, a.like(0.0), a + b))  # NaN where one is NaN
    return dy * where(a.equals(b), a.like(0.5), unequal)


@formula
def scale(x: Lanes, *, factor: Lanes) -> Lanes:
    """factor · x."""
    return x * factor


@formula
def offset(x: Lanes, *, value: Lanes) -> Lanes:
    """x + value."""
    return x + value


@formula
def square(x: Lanes) -> Lanes:
    """x²."""
    return x * x


@formula
def negative(x: Lanes) -> Lanes:
    """-x."""
    return -x


@formula
def reciprocal(x: Lanes) -> Lanes:
    """1/x."""
    return 1 / x


@formula
def clamp(x: Lanes, *, low: Lanes, high: Lanes) -> Lanes:
    """x within bounds."""
    return at_most(at_least(x, low), high)


@formula
def clamp_inside(x: Lanes, dy: Lanes, *, low: Lanes, high: Lanes) -> Lanes:
    """dy where x is within the bounds or at one, else 0."""
    return where(x < low, x.like(0.0), where(x > high, x.like(0.0), dy))


@formula
def clamp_between(x: Lanes, dy: Lanes, *, low: Lanes, high: Lanes) -> Lanes:
    """dy where x is between the bounds and at neither, else 0."""
    return where(x <= low, x.like(0.0), where(x >= high, x.like(0.0), dy))


@formula
def running_average(old: Lanes, new: Lanes, *, momentum: Lanes, factor: Lanes) -> Lanes:
    """(1 - momentum) · old + momentum · factor · new."""
    return old * (1 - momentum) + new * factor * momentum


@formula
def absolute(x: Lanes) -> Lanes:
    """|x|."""
    return abs(x)


@formula
def absolute_grad(x: Lanes, dy: Lanes) -> Lanes:
    """sign(x) · dy."""
    return where(x > 0, dy, where(x < 0, -dy, x * dy))


@formula
def root(x: Lanes) -> Lanes:
    """√x."""
    return Lanes(x.code, x.code.intrinsic("sqrt", x.value))


@formula
def exponential(x: Lanes) -> Lanes:
    """e^x."""
    return exp(x)


@formula
def logarithm(x: Lanes) -> Lanes:
    """ln x."""
    return ln(x)


@formula
def relu(x: Lanes) -> Lanes:
    """max(x, 0), NaN staying."""
    return where(x < 0, x.like(0.0), x)


@formula
def relu_grad(y: Lanes, dy: Lanes) -> Lanes:
    """dy where y > 0 (or NaN), else 0."""
    return where(y <= 0, y.like(0.0), dy)


@formula
def multiply_add(a: Lanes, b: Lanes, c: Lanes) -> Lanes:
    """a · b + c."""
    return a * b + c


@formula
def subtract_product(a: Lanes, b: Lanes, c: Lanes) -> Lanes:
    """c - a · b."""
    return c - a * b


@formula
def multiply_difference(a: Lanes, b: Lanes, c: Lanes) -> Lanes:
    """(a - b) · c."""
    return (a - b) * c


@formula
def relu_of_sum(a: Lanes, b: Lanes) -> Lanes:
    """max(a + b, 0), NaN staying."""
    return relu(a + b)


@formula
def relu_of_multiply_add(a: Lanes, b: Lanes, c: Lanes) -> Lanes:
    """max(a · b + c, 0), NaN staying."""
    return relu(a * b + c)


@formula
def clamp_of_multiply_add(a: Lanes, b: Lanes, c: Lanes, *, low: Lanes, high: Lanes) -> Lanes:
    """a · b + c within bounds."""
    return clamp(a * b + c, low=low, high=high)


@formula
def leaky_relu(x: Lanes, *, slope: Lanes) -> Lanes:
    """x where x > 0, else slope · x."""
    return where(x > 0, x, x * slope)


@formula
def leaky_relu_grad(x: Lanes, dy: Lanes, *, slope: Lanes) -> Lanes:
    """dy where x > 0, else slope · dy."""
    return where(x > 0, dy, dy * slope)


@formula
def logistic(x: Lanes) -> Lanes:
    """1/(1 + e^-x)."""
    return sigmoid(x)


@formula
def sigmoid_grad(y: Lanes, dy: Lanes) -> Lanes:
    """y · (1 - y) · dy."""
    return y * (1 - y) * dy


@formula
def hyperbolic_tangent(x: Lanes) -> Lanes:
    """tanh x."""
    return tanh(x)


@formula
def tanh_grad(y: Lanes, dy: Lanes) -> Lanes:
    """(1 - y²) · dy."""
    return (1 - y * y) * dy


@formula
def gelu(x: Lanes) -> Lanes:
    """x · Φ(x)."""
    return x * 0.5 * (1 + erf(x * sqrt(0.5)))


@formula
def gelu_grad(x: Lanes, dy: Lanes) -> Lanes:
    """(Φ(x) + x · φ(x)) · dy."""
    return ((1 + erf(x * sqrt(0.5))) * 0.5 + x * normal_density(x)) * dy


_SCALE, _CUBIC = sqrt(2 / pi), 0.044715  # Hendrycks and Gimpel 2016, equation 2


@formula
def gelu_by_tanh(x: Lanes) -> Lanes:
    """x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))."""
    return x * 0.5 * (1 + tanh((x + x * x * x * _CUBIC) * _SCALE))


@formula
def gelu_by_tanh_grad(x: Lanes, dy: Lanes) -> Lanes:
    """The derivative of that formula, times dy."""
    t = tanh((x + x * x * x * _CUBIC) * _SCALE)
    inner = (1 + x * x * (3 * _CUBIC)) * _SCALE
    return ((1 + t) * 0.5 + x * 0.5 * (1 - t * t) * inner) * dy


@formula
def silu(x: Lanes) -> Lanes:
    """x/(1 + e^-x)."""
    return x * sigmoid(x)


@formula
def silu_grad(x: Lanes, dy: Lanes) -> Lanes:
    """s · (1 + x · (1 - s)) · dy with s = sigmoid(x)."""
    s = sigmoid(x)
    return s * (1 + x * (1 - s)) * dy


@formula
def elu(x: Lanes, *, alpha: Lanes, factor: Lanes) -> Lanes:
    """factor · x where x > 0, else factor · alpha · (e^x - 1)."""
    half = tanh(at_most(x, 0.0) * 0.5)
    below = half * 2 / (1 - half)  # e^x - 1 without the loss near 0
    return factor * where(x > 0, x, alpha * below)


@formula
def elu_grad(x: Lanes, dy: Lanes, *, alpha: Lanes, factor: Lanes) -> Lanes:
    """factor · dy where x > 0, else factor · alpha · e^x · dy."""
    return factor * where(x > 0, x.like(1.0), alpha * exp(at_most(x, 0.0))) * dy


@formula
def soft_plus(x: Lanes, *, beta: Lanes, threshold: Lanes) -> Lanes:
    """ln(1 + e^(beta x))/beta where beta x is at most the threshold, else x."""
    raised = x * beta
    return where(raised > threshold, x, softplus(raised) / beta)


@formula
def softplus_grad(x: Lanes, dy: Lanes, *, beta: Lanes, threshold: Lanes) -> Lanes:
    """sigmoid(beta x) · dy where beta x is at most the threshold, else dy."""
    raised = x * beta
    return where(raised > threshold, dy, sigmoid(raised) * dy)


def _is_nan(x: Lanes) -> ir.Value:
    return x.code.builder.fcmp_unordered("uno", x.value, x.value)
