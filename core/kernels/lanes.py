"""Formulas over vectors, written as one writes them on paper: `x * y + 1`, `where(x > 0, x, 0)`.

A `Lanes` is a vector of floats while code is being generated. The transcendental functions are those of the
Cephes library (Moshier 1992) in float32: reduced to a short interval, then a polynomial. Nothing swallows
NaN: bounds are put by comparison and choice, and a comparison with NaN is false.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import e, log2, pi, sqrt

from llvmlite import ir

from .vector import LANES, WIDTH, Code

WHOLE = ir.VectorType(ir.IntType(32), WIDTH)
CONTRACT = ("contract",)
"""A product and a sum may be rounded once; nothing else is reordered."""


@dataclass(frozen=True)
class Lanes:
    """A vector of floats in the code under construction, with the operations of arithmetic."""

    code: Code
    value: ir.Value

    def __add__(self, other: "Lanes | float") -> "Lanes":
        return self._made(self.code.builder.fadd(self.value, self._other(other), flags=CONTRACT))

    def __sub__(self, other: "Lanes | float") -> "Lanes":
        return self._made(self.code.builder.fsub(self.value, self._other(other), flags=CONTRACT))

    def __mul__(self, other: "Lanes | float") -> "Lanes":
        return self._made(self.code.builder.fmul(self.value, self._other(other), flags=CONTRACT))

    def __truediv__(self, other: "Lanes | float") -> "Lanes":
        return self._made(self.code.builder.fdiv(self.value, self._other(other)))

    def __radd__(self, other: float) -> "Lanes":
        return self + other

    def __rsub__(self, other: float) -> "Lanes":
        return self.like(other) - self

    def __rmul__(self, other: float) -> "Lanes":
        return self * other

    def __rtruediv__(self, other: float) -> "Lanes":
        return self.like(other) / self

    def __neg__(self) -> "Lanes":
        return self._made(self.code.builder.fneg(self.value))

    def __abs__(self) -> "Lanes":
        return self._made(self.code.intrinsic("fabs", self.value))

    def __lt__(self, other: "Lanes | float") -> ir.Value:
        return self.code.builder.fcmp_ordered("<", self.value, self._other(other))

    def __le__(self, other: "Lanes | float") -> ir.Value:
        return self.code.builder.fcmp_ordered("<=", self.value, self._other(other))

    def __gt__(self, other: "Lanes | float") -> ir.Value:
        return self.code.builder.fcmp_ordered(">", self.value, self._other(other))

    def __ge__(self, other: "Lanes | float") -> ir.Value:
        return self.code.builder.fcmp_ordered(">=", self.value, self._other(other))

    def equals(self, other: "Lanes | float") -> ir.Value:
        """Where the two are equal: nowhere where one is NaN."""
        return self.code.builder.fcmp_ordered("==", self.value, self._other(other))

    def like(self, number: float) -> "Lanes":
        """The number in every lane."""
        return self._made(ir.Constant(LANES, [number] * WIDTH))

    def bits(self) -> "Bits":
        """The lanes as the whole numbers that their bits are."""
        return Bits(self.code, self.code.builder.bitcast(self.value, WHOLE))

    def _other(self, other: "Lanes | float") -> ir.Value:
        return other.value if isinstance(other, Lanes) else self.like(other).value

    def _made(self, value: ir.Value) -> "Lanes":
        return Lanes(self.code, value)


@dataclass(frozen=True)
class Bits:
    """A vector of 32-bit whole numbers in the code under construction."""

    code: Code
    value: ir.Value

    def __add__(self, number: "Bits | int") -> "Bits":
        return self._made(self.code.builder.add(self.value, self._other(number)))

    def __sub__(self, number: "Bits | int") -> "Bits":
        return self._made(self.code.builder.sub(self.value, self._other(number)))

    def __and__(self, number: int) -> "Bits":
        return self._made(self.code.builder.and_(self.value, self._other(number)))

    def __or__(self, number: "Bits | int") -> "Bits":
        return self._made(self.code.builder.or_(self.value, self._other(number)))

    def __lshift__(self, number: int) -> "Bits":
        return self._made(self.code.builder.shl(self.value, self._other(number)))

    def __rshift__(self, number: int) -> "Bits":
        """Shifted right, the sign coming in from the left."""
        return self._made(self.code.builder.ashr(self.value, self._other(number)))

    def floats(self) -> Lanes:
        """The floats whose bits these are."""
        return Lanes(self.code, self.code.builder.bitcast(self.value, LANES))

    def numbers(self) -> Lanes:
        """These numbers as floats."""
        return Lanes(self.code, self.code.builder.sitofp(self.value, LANES))

    def _other(self, number: "Bits | int") -> ir.Value:
        return number.value if isinstance(number, Bits) else ir.Constant(WHOLE, [number] * WIDTH)

    def _made(self, value: ir.Value) -> "Bits":
        return Bits(self.code, value)


def where(condition: ir.Value, then: Lanes, otherwise: "Lanes | float") -> Lanes:
    """`then` in the lanes where the condition holds."""
    other = otherwise if isinstance(otherwise, Lanes) else then.like(otherwise)
    return Lanes(then.code, then.code.builder.select(condition, then.value, other.value))


def at_least(x: Lanes, low: "Lanes | float") -> Lanes:
    """The greater of the two; NaN where x is NaN."""
    return where(_as_lanes(x, low) > x, _as_lanes(x, low), x)


def at_most(x: Lanes, high: "Lanes | float") -> Lanes:
    """The lesser of the two; NaN where x is NaN."""
    return where(_as_lanes(x, high) < x, _as_lanes(x, high), x)


def _as_lanes(x: Lanes, other: "Lanes | float") -> Lanes:
    return other if isinstance(other, Lanes) else x.like(other)


def polynomial(x: Lanes, coefficients: Sequence[float]) -> Lanes:
    """By Horner's rule, the highest power first."""
    total = x.like(coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


_ROUND = 1.5 * 2.0**23
"""Added and taken away again, it leaves the nearest whole number; in its bits that number is at the end."""

_LN2_HIGH, _LN2_LOW = (
    0.693359375,
    -2.12194440e-4,
)  # Cephes: ln 2 in two parts, the first with zeros at its end
_EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)


def exp(x: Lanes) -> Lanes:
    """e^x: x = n·ln 2 + r, and 2^n goes into the exponent in two halves, so that ends are reached exactly."""
    whole, more = reduced(at_most(at_least(x, -104.0), 89.0))
    half = whole >> 1
    return (more + 1) * two_to(half) * two_to(whole - half)


def reduced(x: Lanes, times: float = 1.0) -> tuple[Bits, Lanes]:
    """n and m - 1 of e^(times · x) = 2^n · m, with m within √2 of 1."""
    shifted = x * (times * log2(e)) + _ROUND
    n = shifted - _ROUND
    r = x * times - n * _LN2_HIGH - n * _LN2_LOW
    return shifted.bits() - x.like(_ROUND).bits(), polynomial(r, _EXP) * (r * r) + r


def two_to(n: Bits) -> Lanes:
    """2^n for n from -126 on; infinity for 128."""
    return ((n + 127) << 23).floats()


_TANH = (-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1)


def tanh(x: Lanes) -> Lanes:
    """Near 0 a polynomial, else 1 - 2/(e^(2|x|) + 1) with x's sign."""
    size = abs(x)
    near = polynomial(x * x, _TANH) * (x * x) * x + x
    far = 1 - 2 / (exp(at_most(size, 44.0) * 2) + 1)
    return where(size < 0.625, near, where(x < 0, -far, far))


def sigmoid(x: Lanes) -> Lanes:
    """1/(1 + e^-x), by e^-|x|, which is at most 1."""
    small = exp(-abs(x))
    return where(x < 0, small, 1.0) / (1 + small)


_LOG = (
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
_SMALLEST_NORMAL = 2.0**-126


def ln(x: Lanes) -> Lanes:
    """x = m·2^n with m between √½ and √2; the logarithm of m by a polynomial in m - 1."""
    tiny = x < _SMALLEST_NORMAL
    bits = where(tiny, x * 2.0**24, x).bits()
    n = ((bits >> 23) - 126).numbers() - where(tiny, x.like(24.0), 0.0)
    m = ((bits & 0x7FFFFF) | 0x3F000000).floats()
    low = m < sqrt(0.5)
    f = where(low, m + m, m) - 1
    n = n - where(low, x.like(1.0), 0.0)
    square = f * f
    y = polynomial(f, _LOG) * square * f + n * _LN2_LOW - square * 0.5
    y = f + y + n * _LN2_HIGH
    infinity = float("inf")
    y = where(x < infinity, y, x)  # infinity and NaN stay
    y = where(x.equals(0.0), x.like(-infinity), y)
    return where(x < 0, x.like(float("nan")), y)


_ERF = (
    7.853861353153693e-5, -8.010193625184903e-4, 5.188327685732524e-3, -2.685381193529856e-2,
    1.128358514861418e-1, -3.761262582423300e-1, 1.128379165726710,
)  # fmt: skip
_ERFC_MIDDLE = (
    2.326819970068386e-2, -1.387039388740657e-1, 3.687424674597105e-1, -5.824733027278666e-1,
    6.210004621745983e-1, -4.944515323274145e-1, 3.404879937665872e-1, -2.741127028184656e-1,
    5.638259427386472e-1,
)  # fmt: skip
_ERFC_FAR = (
    -1.047766399936249e1, 1.297719955372516e1, -7.495518717768503, 2.921019019210786,
    -1.015265279202700, 4.218463358204948e-1, -2.820767439740514e-1, 5.641895067754075e-1,
)  # fmt: skip


def erf(x: Lanes) -> Lanes:
    """Below 1 a polynomial, above 1 - e^(-x²)/x · P(1/x²) with x's sign."""
    size = at_least(abs(x), 1.0)
    inverse = 1 / size
    tail = where(
        size < 2.0, polynomial(inverse * inverse, _ERFC_MIDDLE), polynomial(inverse * inverse, _ERFC_FAR)
    )
    far = 1 - exp(-(size * size)) * inverse * tail
    return where(abs(x) < 1.0, x * polynomial(x * x, _ERF), where(x < 0, -far, far))


def softplus(x: Lanes) -> Lanes:
    """ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|), the last by a series where e^-|x| is small."""
    small = exp(-abs(x))
    grown = ln(1 + small)
    series = small * polynomial(small, (1 / 3, -0.5, 1.0))
    return at_least(x, 0.0) + where(small < 0.01, series, grown)


def normal_density(x: Lanes) -> Lanes:
    """e^(-x²/2)/√(2π)."""
    return exp(x * x * -0.5) * (1 / sqrt(2 * pi))
