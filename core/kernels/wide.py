"""Vectors of float64, for formulas that would lose too much in float32."""

from dataclasses import dataclass

from llvmlite import ir

from .lanes import Lanes
from .vector import INTEGER, LANES, WIDE, WIDTH, Code

WHOLE = ir.VectorType(INTEGER, WIDTH)
"""As many 64-bit whole numbers as a vector has floats."""


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


def whole(number: int) -> ir.Constant:
    """The number in every lane."""
    return ir.Constant(WHOLE, [number] * WIDTH)
