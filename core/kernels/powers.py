"""Powers with any exponent, done in float64, so that nothing is lost before the end."""

from math import log, log2

from llvmlite import ir

from .formulas import formula
from .lanes import Lanes, ln, where
from .vector import WIDE, WIDTH
from .wide import WHOLE, Wide, whole, wide


def _wide_log(x: Wide) -> Wide:
    """ln x for x ≥ 0: x = m · 2^n with m within √2 of 1, and ln m = 2 artanh((m - 1)/(m + 1)) as a series."""
    b = x.code.builder
    bits = b.bitcast(x.value, WHOLE)
    n = Wide(x.code, b.sitofp(b.sub(b.ashr(bits, whole(52)), whole(1023)), WIDE))
    mantissa = b.or_(b.and_(bits, whole((1 << 52) - 1)), whole(1023 << 52))
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
    exponent = b.add(b.fptosi(n.value, WHOLE), whole(1023))
    return total * Wide(x.code, b.bitcast(b.shl(exponent, whole(52)), WIDE))


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
