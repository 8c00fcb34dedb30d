"""The value of an expression's tree: Python's arithmetic on numbers, passed through to symbolic sizes.

Every result is bounded, so evaluation ends at once whatever was typed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from math import isfinite
from operator import add, floordiv, mod, mul, sub, truediv
from typing import Final, Protocol, TypeAlias, runtime_checkable

from . import dim
from .dim import Dim, Symbolic
from .syntax import MAX_NUMBER, ExpressionError
from .text import tr
from .use import Use

Result: TypeAlias = bool | int | float | str | Symbolic | Use | tuple["Result", ...]

MAX_SYMBOLIC_POWER: Final = 16


@runtime_checkable
class Sized(Protocol):
    """An input whose shape an expression may read."""

    @property
    def shape(self) -> tuple[Dim, ...]:
        """Every axis of the input."""
        ...


class Undecided(ExpressionError):
    """The value depends on sizes that are not known yet."""


Scope: TypeAlias = Mapping[str, Result | Sized]


def value_of(node: ast.expr, scope: Scope) -> Result:
    """The value of a checked tree. Raises ExpressionError with the column, Undecided among them."""
    return _RULES[type(node)](node, scope)


def _constant(node: ast.Constant, scope: Scope) -> Result:
    assert isinstance(node.value, bool | int | float | str)
    return node.value


def _listed(node: ast.Tuple | ast.List, scope: Scope) -> Result:
    return tuple([value_of(element, scope) for element in node.elts])


def _chosen(node: ast.IfExp, scope: Scope) -> Result:
    holds = _truth(value_of(node.test, scope), node.test)
    return value_of(node.body if holds else node.orelse, scope)


def _prefixed(node: ast.UnaryOp, scope: Scope) -> Result:
    value = value_of(node.operand, scope)
    if isinstance(node.op, ast.Not):
        return not _truth(value, node.operand)
    return -_number(value, node.operand, "-")


def _named(node: ast.Name, scope: Scope) -> Result:
    found = _looked_up(node, scope)
    if isinstance(found, bool | int | float | str | tuple | Symbolic | Use):
        return found
    message = tr("{id} is an input; its sizes are {id}.shape[0] and so on", id=node.id)
    raise ExpressionError(message, node.col_offset)


def _looked_up(node: ast.Name, scope: Scope) -> Result | Sized:
    if node.id in scope:
        return scope[node.id]
    close = get_close_matches(node.id, scope, n=1)
    known = ", ".join(sorted(scope)[:8])
    hint = (
        f"did you mean {close[0]}?" if close else f"known are {known}" if known else "no names are known here"
    )
    raise ExpressionError(tr("unknown name {id}; {hint}", id=node.id, hint=hint), node.col_offset)


def _shape(node: ast.Attribute, scope: Scope) -> tuple[Dim, ...]:
    assert isinstance(node.value, ast.Name)
    found = _looked_up(node.value, scope)
    if not isinstance(found, Sized):
        raise ExpressionError(
            tr("{id} is {found}; only an input has a shape", id=node.value.id, found=_noun(found)),
            node.col_offset,
        )
    return found.shape


def _indexed(node: ast.Subscript, scope: Scope) -> Result:
    sequence, index = value_of(node.value, scope), value_of(node.slice, scope)
    if not isinstance(sequence, tuple):
        raise ExpressionError(
            tr("{sequence} cannot be indexed; a list can", sequence=_noun(sequence)), node.value.col_offset
        )
    if isinstance(index, Symbolic):
        raise Undecided(f"which element is taken depends on {_short(index)}", node.slice.col_offset)
    if not isinstance(index, int):
        raise ExpressionError(
            tr("an index is a whole number, not {index}", index=_noun(index)), node.slice.col_offset
        )
    if not -len(sequence) <= index < len(sequence):
        message = tr(
            "index {index} is out of range; there are {count} elements, counted from 0",
            index=index,
            count=len(sequence),
        )
        raise ExpressionError(message, node.slice.col_offset)
    return sequence[index]


def _called(node: ast.Call, scope: Scope) -> Result:
    assert isinstance(node.func, ast.Name)
    name, values = node.func.id, [value_of(part, scope) for part in node.args]
    if name == "len":
        if len(values) != 1 or not isinstance(values[0], tuple):
            raise ExpressionError(tr("len takes one list"), node.col_offset)
        return len(values[0])
    items = values[0] if len(values) == 1 and isinstance(values[0], tuple) else tuple(values)
    if not items:
        raise ExpressionError(tr("{name} of an empty list has no value", name=name), node.col_offset)
    best = items[0]
    for item in items[1:]:
        pair = ((item, node), (best, node)) if name == "min" else ((best, node), (item, node))
        if _ordered(*pair, strictly=True):
            best = item
    return best if len(items) > 1 else _number(best, node, name)


def _number(value: Result, node: ast.expr, sign: str) -> int | float | Symbolic:
    if isinstance(value, int | float | Symbolic):
        return value
    raise ExpressionError(
        tr("{sign} needs numbers, not {value}", sign=sign, value=_noun(value)), node.col_offset
    )


def _arithmetic(node: ast.BinOp, scope: Scope) -> Result:
    sign, function = _ARITHMETIC[type(node.op)]
    a = _number(value_of(node.left, scope), node.left, sign)
    b = _number(value_of(node.right, scope), node.right, sign)
    if isinstance(a, Symbolic) or isinstance(b, Symbolic):
        _check_symbolic(node, a, b, sign)
    try:
        result = function(a, b)
    except ZeroDivisionError:
        raise ExpressionError(tr("division by zero"), node.right.col_offset) from None
    except OverflowError:
        raise ExpressionError(
            tr("the result of {sign} is larger than 2**63", sign=sign), node.col_offset
        ) from None
    except dim.TooManyTerms as error:
        raise ExpressionError(str(error), node.col_offset) from None
    return _bounded(result, node, sign)


def _check_symbolic(node: ast.BinOp, a: Dim | float, b: Dim | float, sign: str) -> None:
    size = a if isinstance(a, Symbolic) else b
    if isinstance(a, float) or isinstance(b, float):
        raise ExpressionError(
            tr("{size} is a size; it goes with whole numbers only", size=_short(size)), node.col_offset
        )
    if sign == "/":
        raise ExpressionError(
            tr("{size} is a size; // divides it to a whole number", size=_short(size)), node.col_offset
        )
    if sign == "**" and not (isinstance(b, int) and 0 <= b <= MAX_SYMBOLIC_POWER):
        raise Undecided(f"the power depends on {_short(size)}", node.col_offset)


def _power(a: Dim | float, b: Dim | float) -> object:
    """`a**b`, refused before it is computed where it would be too large."""
    if isinstance(a, Symbolic):
        assert isinstance(b, int)
        return dim.product([a] * b)
    if isinstance(a, int) and isinstance(b, int) and abs(a) > 1 and b * (abs(a).bit_length() - 1) > 64:
        raise OverflowError
    return a**b  # type: ignore[operator]  # what is Symbolic has returned


def _bounded(result: object, node: ast.BinOp, sign: str) -> Result:
    if isinstance(result, float):
        if isfinite(result):
            return result
        raise ExpressionError(tr("the result of {sign} is too large", sign=sign), node.col_offset)
    if isinstance(result, complex):
        raise ExpressionError(tr("a negative number has no such power"), node.col_offset)
    assert isinstance(result, int | Symbolic)
    largest = max(abs(c) for _, c in result.terms) if isinstance(result, Symbolic) else abs(result)
    if largest > MAX_NUMBER:
        raise ExpressionError(tr("the result of {sign} is larger than 2**63", sign=sign), node.col_offset)
    return result


def _truth(value: Result, node: ast.expr) -> bool:
    if not isinstance(value, Symbolic):
        return bool(value)
    zero = dim.equal(value, 0)
    if zero is None:
        raise Undecided(f"whether {_short(value)} is 0 depends on its sizes", node.col_offset)
    return not zero


def _joined(node: ast.BoolOp, scope: Scope) -> Result:
    stops_at = isinstance(node.op, ast.Or)
    for part in node.values[:-1]:
        value = value_of(part, scope)
        if _truth(value, part) is stops_at:
            return value
    return value_of(node.values[-1], scope)


def _compared(node: ast.Compare, scope: Scope) -> bool:
    left = (value_of(node.left, scope), node.left)
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = (value_of(comparator, scope), comparator)
        if not _holds(operator, left, right):
            return False
        left = right
    return True


Operand: TypeAlias = tuple[Result, ast.expr]


def _holds(operator: ast.cmpop, left: Operand, right: Operand) -> bool:
    match operator:
        case ast.Eq():
            return _same(left[0], right[0], left[1])
        case ast.NotEq():
            return not _same(left[0], right[0], left[1])
        case ast.LtE():
            return _ordered(left, right, strictly=False)
        case ast.Lt():
            return _ordered(left, right, strictly=True)
        case ast.GtE():
            return _ordered(right, left, strictly=False)
        case _:
            return _ordered(right, left, strictly=True)


def _same(left: Result, right: Result, place: ast.expr) -> bool:
    if isinstance(left, tuple) and isinstance(right, tuple):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(_same(a, b, place) for a, b in pairs)
    if not (isinstance(left, Symbolic) or isinstance(right, Symbolic)):
        return left == right
    if not (isinstance(left, int | Symbolic) and isinstance(right, int | Symbolic)):
        return False
    answer = dim.equal(left, right)
    if answer is None:
        raise Undecided(f"whether {_short(left)} is {_short(right)} depends on the sizes", place.col_offset)
    return answer


def _ordered(low: Operand, high: Operand, strictly: bool) -> bool:
    """`low < high` or `low <= high`."""
    a, b = _number(*low, "an order"), _number(*high, "an order")
    if not (isinstance(a, Symbolic) or isinstance(b, Symbolic)):
        return a < b if strictly else a <= b
    if isinstance(a, float) or isinstance(b, float):
        raise ExpressionError(tr("a size is compared with whole numbers only"), low[1].col_offset)
    answer = dim.less_equal(a + 1, b) if strictly else dim.less_equal(a, b)
    if answer is None:
        raise Undecided(f"whether {_short(a)} is below {_short(b)} depends on the sizes", low[1].col_offset)
    return answer


def _short(dim: Dim | float) -> str:
    spelled = str(dim)
    return spelled if len(spelled) <= 60 else f"{spelled[:59]}…"


def _noun(value: Result | Sized) -> str:
    match value:
        case bool():
            return "a truth value"
        case float():
            return "a number with a fraction"
        case int() | Symbolic():
            return "a number"
        case str():
            return "a string"
        case tuple():
            return "a list"
        case Use():
            return "a module"
    return "an input"


_ARITHMETIC: Final[dict[type[ast.operator], tuple[str, Callable[..., object]]]] = {
    ast.Add: ("+", add),
    ast.Sub: ("-", sub),
    ast.Mult: ("*", mul),
    ast.FloorDiv: ("//", floordiv),
    ast.Mod: ("%", mod),
    ast.Div: ("/", truediv),
    ast.Pow: ("**", _power),
}

_RULES: Final[dict[type[ast.expr], Callable[..., Result]]] = {
    ast.Constant: _constant,
    ast.Name: _named,
    ast.Tuple: _listed,
    ast.List: _listed,
    ast.BinOp: _arithmetic,
    ast.UnaryOp: _prefixed,
    ast.BoolOp: _joined,
    ast.Compare: _compared,
    ast.IfExp: _chosen,
    ast.Subscript: _indexed,
    ast.Attribute: _shape,
    ast.Call: _called,
}
