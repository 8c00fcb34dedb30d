"""Sine and cosine: brought to within an eighth of a turn of 0, so that nothing is lost however large x is."""

from math import pi

from llvmlite import ir

from .formulas import formula
from .lanes import Lanes, polynomial, where
from .vector import INTEGER, WIDE
from .wide import WHOLE, Wide, whole, wide

_SINE = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COSINE = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)  # both Cephes, within ±π/4
_QUARTER, _QUARTER_LOW = pi / 2, 6.123233995736766e-17
"""π/2 in two parts."""

_FAR = 40
"""From 2^40 on the exact reduction is taken; below, float64 loses nothing."""

_TWO_OVER_PI = 0xA2F9836E4E441529FC2757D1F534DDC0DB6295993C439041FE5163ABDEBBC561
"""2/π · 2^256."""

_LAST = 127
"""The exponent of the largest floats."""


def _turned(x: Lanes, quarters: float) -> Lanes:
    """The sine of x and so many quarter turns."""
    b = x.code.builder
    far = b.and_(abs(x) >= 2.0**_FAR, abs(x) < float("inf"))
    n = (wide(x) * (2 / pi)).rounded("rint")
    r = wide(x).fma(n, -_QUARTER).fma(n, -_QUARTER_LOW)
    found = x.code.chosen(x.code.any(far), lambda: _from_afar(x, far, n, r), lambda: [n.value, r.value])
    n, r = (Wide(x.code, each) for each in found)
    return _sine(r.narrow(), n + quarters)


def _from_afar(x: Lanes, far: ir.Value, n: Wide, r: Wide) -> list[ir.Value]:
    """n and r with those of x = n · π/2 + r in the lanes that are far, n less whole turns.

    x = m · 2^e with a whole m of 24 bits, so that of 2/π the bits alone matter that are neither multiples of
    4/2^e nor lost behind the result (Payne and Hanek 1983): a table has them for each e.
    """
    code, b = x.code, x.code.builder
    bits = b.zext(x.bits().value, WHOLE)
    exponent = b.and_(b.lshr(bits, whole(23)), whole(255))
    mantissa = b.or_(b.and_(bits, whole((1 << 23) - 1)), whole(1 << 23))
    entry = b.add(code.splat(_table(b)), b.mul(b.sub(exponent, whole(127 + _FAR)), whole(16)))
    high = b.mul(mantissa, code.load_words(entry, far))
    low = b.lshr(b.mul(mantissa, code.load_words(b.add(entry, whole(8)), far)), whole(32))
    quarters = b.add(high, low)  # of a turn, in units of 2^-62, modulo 4
    nearest = b.lshr(b.add(quarters, whole(1 << 61)), whole(62))
    rest = b.sub(quarters, b.shl(nearest, whole(62)))
    sign = wide(where(x < 0, x.like(-1.0), 1.0))
    turns = Wide(code, b.uitofp(nearest, WIDE)) * sign
    angle = Wide(code, b.sitofp(rest, WIDE)) * sign * (pi / 2 * 2.0**-62)
    return [n.at(far, turns).value, r.at(far, angle).value]


def _table(b: ir.IRBuilder) -> ir.Value:
    """The address of two words for each exponent: 2/π · 2^(e + 62), modulo 2^64, and the 32 bits after it."""
    module, name = b.module, "two_over_pi"
    if name not in module.globals:
        words = [word for exponent in range(_FAR, _LAST + 1) for word in _bits(exponent - 23)]
        made = ir.GlobalVariable(module, ir.ArrayType(INTEGER, len(words)), name)
        made.linkage, made.global_constant = "internal", True
        made.initializer = ir.Constant(made.value_type, words)
    return b.ptrtoint(module.globals[name], INTEGER)


def _bits(exponent: int) -> tuple[int, int]:
    shifted = _TWO_OVER_PI >> (256 - 62 - 32 - exponent)
    high = shifted >> 32 & (1 << 64) - 1
    return high - (1 << 64 if high >> 63 else 0), shifted & (1 << 32) - 1


def _sine(r: Lanes, quarters: Wide) -> Lanes:
    """The sine of r, within an eighth of a turn, and so many quarter turns."""
    square = r * r
    sine = polynomial(square, _SINE) * square * r + r
    cosine = polynomial(square, _COSINE) * square * square - square * 0.5 + 1
    turn = quarters - (quarters * 0.25).rounded("floor") * 4
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
