"""A dimension of a shape: a number, or a polynomial over sizes that are not known yet (`B`, `H//2 + 1`).

Rules are written once, with + - * // %, and work on both; results are ints whenever they are constant.
`==` compares the canonical form; `equal` decides what it can about values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from . import polynomial
from .bounds import at_least_one, equal, highest, less_equal, lowest
from .polynomial import FloorDiv, Symbolic, TooManyTerms, floor_div, from_atom, spelling, terms_of
from .syntax import ExpressionError, normalised, tree
from .text import tr

Dim: TypeAlias = polynomial.Dim

__all__ = [
    "Dim",
    "Symbolic",
    "TooManyTerms",
    "at_least_one",
    "compact",
    "equal",
    "highest",
    "less_equal",
    "lowest",
    "parse",
    "product",
    "substitute",
    "symbol",
    "symbols",
    "text",
]


@lru_cache(maxsize=4096)
def symbol(name: str) -> Symbolic:
    """A size (>= 1) known by name alone. Raises ValueError where `name` is not a Python name."""
    if not name.isidentifier():
        raise ValueError(f"{name!r} cannot name a size")
    return from_atom(name)


def product(dims: Iterable[Dim]) -> Dim:
    """The number of elements of a shape; 1 for no dimensions."""
    number = 1
    symbolic: Dim = 1
    for dim in dims:
        if isinstance(dim, int):
            number *= dim
        else:
            symbolic = symbolic * dim
    return number * symbolic


def symbols(dim: Dim) -> frozenset[str]:
    """The names of the sizes that a dimension depends on."""
    return frozenset() if isinstance(dim, int) else _symbols(dim)


@lru_cache(maxsize=1 << 14)
def _symbols(dim: Symbolic) -> frozenset[str]:
    atoms = {atom for monomial, _ in dim.terms for atom in monomial}
    names = {atom for atom in atoms if isinstance(atom, str)}
    inner = [symbols(part) for atom in atoms if isinstance(atom, FloorDiv) for part in atom]
    return frozenset(names.union(*inner))


def substitute(dim: Dim, sizes: Mapping[str, Dim]) -> Dim:
    """The dimension with sizes put in; names that `sizes` lacks stay.

    Raises ZeroDivisionError where a divisor becomes 0.
    """
    if isinstance(dim, int):
        return dim
    known = tuple([(name, sizes[name]) for name in sorted(_symbols(dim)) if name in sizes])
    return _substituted(dim, known) if known else dim


@lru_cache(maxsize=1 << 14)
def _substituted(dim: Symbolic, known: tuple[tuple[str, Dim], ...]) -> Dim:
    sizes = dict(known)
    result: Dim = 0
    for monomial, coefficient in dim.terms:
        term: Dim = coefficient
        for atom in monomial:
            if isinstance(atom, str):
                term = term * sizes.get(atom, symbol(atom))
            else:
                term = term * floor_div(
                    substitute(atom.numerator, sizes), substitute(atom.denominator, sizes)
                )
        result = result + term
    return result


def text(dim: Dim) -> str:
    """Readable Python that `parse` reads back: `2*B`, `H//2 + 1`, `(H + 1)//2`."""
    return str(dim) if isinstance(dim, int) else _text(dim)


_text = lru_cache(maxsize=4096)(spelling)


def compact(dim: Dim) -> str:
    """A spelling for wires, where `×` stands between dimensions: `4·width`, `(H//2+1)`."""
    short = text(dim).replace(" ", "").replace("//", "\0").replace("*", "·").replace("\0", "//")
    return f"({short})" if len(terms_of(dim)) > 1 else short


def parse(source: str) -> Dim:
    """A dimension as typed: whole numbers and names joined by + - * // %.

    Raises ExpressionError, a ValueError with the column, for anything else.
    """
    try:
        return _read(tree(normalised(source)).body)
    except ExpressionError as error:
        raise ExpressionError(error.message, error.column + len(source) - len(source.lstrip())) from None


def _read(node: ast.expr) -> Dim:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return number
        case ast.Name(id=name):
            return symbol(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_read(operand)
        case ast.BinOp(left=left, op=operator, right=right):
            return _joined(operator, _read(left), _read(right), node)
    message = tr("a dimension is made of whole numbers and names with + - * // and %")
    raise ExpressionError(message, node.col_offset)


def _joined(operator: ast.operator, a: Dim, b: Dim, node: ast.BinOp) -> Dim:
    try:
        match operator:
            case ast.Add():
                return a + b
            case ast.Sub():
                return a - b
            case ast.Mult():
                return a * b
            case ast.FloorDiv():
                return a // b
            case ast.Mod():
                return a % b
    except ZeroDivisionError:
        raise ExpressionError(tr("a dimension cannot be divided by 0"), node.right.col_offset) from None
    except TooManyTerms as error:
        raise ExpressionError(str(error), node.col_offset) from None
    raise ExpressionError(tr("a dimension has + - * // and % only"), node.col_offset)
