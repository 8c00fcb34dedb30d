"""Arithmetic on the numbers and sizes of a formula: what is not known yet stays a size, or is no number."""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Final

from ..dim import Dim, Symbolic
from ..syntax import MAX_NUMBER, ExpressionError
from ..text import tr

Number = Dim | float

FUNCTIONS: Final[Mapping[str, Callable[[float], float]]] = {
    "exp": math.exp, "log": math.log, "sqrt": math.sqrt, "abs": math.fabs, "tanh": math.tanh,
    "sin": math.sin, "cos": math.cos,
}  # fmt: skip
"""What a function gives for a number."""

_ON_SIZES: Final[Mapping[str, Callable[[Dim, Dim], Dim]]] = {
    "Add": lambda a, b: a + b, "Sub": lambda a, b: a - b, "Mult": lambda a, b: a * b,
    "FloorDiv": lambda a, b: a // b,
}  # fmt: skip

_ON_NUMBERS: Final[Mapping[str, Callable[[float, float], float]]] = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "FloorDiv": operator.floordiv,
    "Div": operator.truediv, "Pow": math.pow,
}  # fmt: skip

UNKNOWN: Final = math.nan
"""Stands for what a size decides that is not known yet, such as its root: shapes do not depend on it."""


def joined(sign: str, a: Number, b: Number, column: int) -> Number:
    """The result of an operator, named as its class in `ast`. Raises ExpressionError where there is none."""
    if sign == "MatMult":
        raise ExpressionError(tr("a number has no rows or columns"), column)
    sizes = not isinstance(a, float) and not isinstance(b, float)
    try:
        if sizes and sign in _ON_SIZES:
            found: Number = _ON_SIZES[sign](a, b)  # type: ignore[arg-type]  # no floats, as `sizes` says
        elif isinstance(a, Symbolic) or isinstance(b, Symbolic):
            found = UNKNOWN
        else:
            found = _ON_NUMBERS[sign](a, b)
            whole = sizes and sign == "Pow" and b >= 0 and found < 2**53
            found = int(found) if whole else found
    except ZeroDivisionError:
        raise ExpressionError(tr("this divides by 0"), column) from None
    except (OverflowError, ValueError):
        raise ExpressionError(tr("this is no number"), column) from None
    if not isinstance(found, Symbolic) and abs(found) > MAX_NUMBER:
        raise ExpressionError(tr("the number is larger than 2**63"), column)
    return found


def applied(name: str, x: Number, column: int) -> float:
    """A function of a number. Raises ExpressionError where it has no value."""
    if name not in FUNCTIONS:
        raise ExpressionError(tr("{name} is of a tensor, not of a number", name=name), column)
    if isinstance(x, Symbolic):
        return UNKNOWN
    try:
        return FUNCTIONS[name](x)
    except (OverflowError, ValueError):
        raise ExpressionError(tr("{name} of {x} is no number", name=name, x=x), column) from None
