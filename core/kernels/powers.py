"""Powers with any exponent, sine and cosine: reduced in float64, so that nothing is lost before the end."""

from dataclasses import dataclass
from math import log, log2, pi

from llvmlite import ir

from .formulas import formula
from .lanes import Lanes, ln, polynomial, where
from .vector import INTEGER, LANES, WIDTH, Code

WIDE = ir.VectorType(ir.DoubleType(), WIDTH)
WHOLE = ir.VectorType(INTEGER, WIDTH)


@dataclass(frozen=True)
class Wide:
    """A vector of float64 in the code under construction."""

    code: Code
    value: ir.Value

    def __add__(self, other: "Wide | float") -> "Wide":
        return self._made(self.code.builder.fadd(self.value, self._other(other)))

    def __sub__(self, other: "Wide | float") -> "Wide":
        return self._made(self.code.builder.fsub(self.value, self._other(other)))

    def __mul__(self, other: "Wide | float") -> "Wide":
        return self._made(self.code.builder.fmul(self.value, self._other(other)))

    def __truediv__(self, other: "Wide | float") -> "Wide":
        return self._made(self.code.builder.fdiv(self.value, self._other(other)))

    def compared(self, relation: str, other: "Wide | float") -> ir.Value:
        """Where the relation holds: nowhere where one is NaN."""
        return self.code.builder.fcmp_ordered(relation, self.value, self._other(other))

    def at(self, condition: ir.Value, other: "Wide | float") -> "Wide":
        """The other number where the condition holds."""
        return self._made(self.code.builder.select(condition, self._other(other), self.value))

    def rounded(self, how: str) -> "Wide":
        """To a whole number, by LLVM's function of that name."""
        return self._made(self.code.wide_intrinsic(how, self.value))

    def fma(self, x: "Wide", y: float) -> "Wide":
        """This plus x · y, rounded once."""
        return self._made(self.code.wide_intrinsic("fma", x.value, self._other(y), self.value))

    def narrow(self) -> Lanes:
        """As floats."""
        return Lanes(self.code, self.code.builder.fptrunc(self.value, LANES))

    def _other(self, other: "Wide | float") -> ir.Value:
        return other.value if isinstance(other, Wide) else ir.Constant(WIDE, [float(other)] * WIDTH)

    def _made(self, value: ir.Value) -> "Wide":
        return Wide(self.code, value)


def wide(x: Lanes) -> Wide:
    """As float64."""
    return Wide(x.code, x.code.builder.fpext(x.value, WIDE))


def _whole(number: int) -> ir.Constant:
    return ir.Constant(WHOLE, [number] * WIDTH)


def _wide_log(x: Wide) -> Wide:
    """ln x for x ≥ 0: x = m · 2^n with m within √2 of 1, and ln m = 2 artanh((m - 1)/(m + 1)) as a series."""
    b = x.code.builder
    bits = b.bitcast(x.value, WHOLE)
    n = Wide(x.code, b.sitofp(b.sub(b.ashr(bits, _whole(52)), _whole(1023)), WIDE))
    mantissa = b.or_(b.and_(bits, _whole((1 << 52) - 1)), _whole(1023 << 52))
    m = Wide(x.code, b.bitcast(mantissa, WIDE))
    large = m.compared(">", 2**0.5)
    m, n = m.at(large, m * 0.5), n.at(large, n + 1)
    s = (m - 1) / (m + 1)
    square = s * s
    total = square * 0 + 1 / 15
    for odd in (13, 11, 9, 7, 5, 3, 1):
        total = total * square + 1 / odd
    found = n * log(2) + s * total * 2
    found = found.at(x.compared("==", 0), float("-inf"))
    strange = x.code.builder.fcmp_unordered("uge", x.value, ir.Constant(WIDE, [float("inf")] * WIDTH))
    return found.at(strange, x)  # infinity and NaN stay


def _wide_exp(x: Wide) -> Wide:
    """e^x, for results that floats can hold: x = n ln 2 + r, and a series in r."""
    x = x.at(x.compared("<", -200), -200).at(x.compared(">", 200), 200)
    n = (x * log2(2.718281828459045)).rounded("rint")
    r = x - n * log(2)
    total = r * 0 + 1
    for place in range(11, 0, -1):
        total = total * r * (1 / place) + 1
    b = x.code.builder
    exponent = b.add(b.fptosi(n.value, WHOLE), _whole(1023))
    return total * Wide(x.code, b.bitcast(b.shl(exponent, _whole(52)), WIDE))


def raised(x: Lanes, exponent: Lanes) -> Lanes:
    """x^p as in C: x < 0 has powers for whole p alone, and p = 0 or x = 1 give 1 whatever the other is."""
    b = x.code.builder
    p = wide(exponent)
    size = wide(abs(x))
    power = _wide_exp(p * _wide_log(size))
    unit = b.and_(size.compared("==", 1), p.compared("==", p))
    power = power.at(unit, 1).at(p.compared("==", 0), 1)
    integral = p.rounded("floor").compared("==", p)
    half = p * 0.5
    odd = b.and_(integral, half.rounded("floor").compared("!=", half))
    negative = b.icmp_signed(
        "<", x.bits().value, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    )
    power = power.at(b.and_(negative, odd), power * -1)
    strange = b.and_(x < 0, b.and_(x > float("-inf"), p.rounded("floor").compared("!=", p)))
    power = power.at(strange, float("nan"))
    one = b.and_(x.equals(1.0), b.fcmp_unordered("uno", exponent.value, exponent.value))
    return where(one, x, power.narrow())


@formula
def power(x: Lanes, *, exponent: Lanes) -> Lanes:
    """x to the power of a number."""
    return raised(x, exponent)


@formula
def raise_to(x: Lanes, exponent: Lanes) -> Lanes:
    """x to the power of another value."""
    return raised(x, exponent)


@formula
def raise_to_base_grad(x: Lanes, exponent: Lanes, dy: Lanes) -> Lanes:
    """p · x^(p - 1) · dy, and 0 where p is 0."""
    slope = exponent * raised(x, exponent - 1)
    return where(exponent.equals(0.0), x.like(0.0), slope) * dy


@formula
def raise_to_exponent_grad(x: Lanes, exponent: Lanes, dy: Lanes) -> Lanes:
    """x^p · ln x · dy, and 0 where x is 0 and p is not negative."""
    nothing = x.code.builder.and_(x.equals(0.0), exponent >= 0)
    return where(nothing, x.like(0.0), raised(x, exponent) * ln(x) * dy)


_SINE = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COSINE = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)  # both Cephes, within ±π/4
_QUARTER, _QUARTER_LOW = pi / 2, 6.123233995736766e-17
"""π/2 in two parts."""


def _turned(x: Lanes, quarters: float) -> Lanes:
    """The sine of x and so many quarter turns; up to |x| = 2^48 nothing is lost by going round."""
    n = (wide(x) * (2 / pi)).rounded("rint")
    r = wide(x).fma(n, -_QUARTER).fma(n, -_QUARTER_LOW).narrow()
    square = r * r
    sine = polynomial(square, _SINE) * square * r + r
    cosine = polynomial(square, _COSINE) * square * square - square * 0.5 + 1
    turn = n + quarters
    turn = turn - (turn * 0.25).rounded("floor") * 4
    half = turn - (turn * 0.5).rounded("floor") * 2
    found = where(half.compared("==", 1), cosine, sine)
    return where(turn.compared(">=", 2), -found, found)


@formula
def sine(x: Lanes) -> Lanes:
    """sin x."""
    return _turned(x, 0)


@formula
def cosine(x: Lanes) -> Lanes:
    """cos x."""
    return _turned(x, 1)
