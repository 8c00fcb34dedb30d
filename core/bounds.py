"""What can be said of a dimension's value when every size in it is at least 1.

A bound is found by writing each size as 1 + t with t >= 0: where no coefficient is then negative, the
constant is the least value. Divisions are first replaced by the sharpest linear bound, n//d <= n/d.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import gcd

from .polynomial import (
    Dim,
    FloorDiv,
    Monomial,
    Symbolic,
    TooManyTerms,
    collected,
    from_atom,
    terms_of,
)

MAX_REPLACED = 8
"""Divisions replaced by their bounds before giving up: each multiplies all coefficients."""

MAX_BOUNDED_TERMS = 64
MAX_BOUNDED_DEGREE = 8
"""Beyond these no bound is sought: shifting a term of degree n makes up to 2**n terms."""


def equal(a: Dim, b: Dim) -> bool | None:
    """Whether two dimensions agree for all sizes (True), for none (False), or that depends (None)."""
    if a is b:
        return True
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    difference = _difference(a, b)
    return difference == 0 if isinstance(difference, int) else _vanishes(difference)


def less_equal(a: Dim, b: Dim) -> bool | None:
    """Whether `a <= b` for all sizes (True), for none (False), or that depends (None)."""
    if isinstance(a, int) and isinstance(b, int):
        return a <= b
    difference = _difference(b, a)
    return difference >= 0 if isinstance(difference, int) else _is_natural(difference)


def at_least_one(dim: Dim) -> bool | None:
    """Whether a dimension is a possible size: for all sizes, for none, or that depends (None)."""
    return less_equal(1, dim)


def _difference(a: Dim, b: Dim) -> Dim | None:
    try:
        return a - b
    except TooManyTerms:
        return None


@lru_cache(maxsize=1 << 14)
def _vanishes(dim: Symbolic | None) -> bool | None:
    if dim is None:
        return None
    step = gcd(*(coefficient for monomial, coefficient in dim.terms if monomial))
    constant = 0 if dim.terms[-1][0] else dim.terms[-1][1]
    if constant % step:
        return False
    low, high = lowest(dim), highest(dim)
    if (low is not None and low > 0) or (high is not None and high < 0):
        return False
    return True if low == high == 0 else None


@lru_cache(maxsize=1 << 14)
def _is_natural(dim: Symbolic | None) -> bool | None:
    if dim is None:
        return None
    low = lowest(dim)
    if low is not None and low >= 0:
        return True
    high = highest(dim)
    return False if high is not None and high < 0 else None


def highest(dim: Dim) -> int | None:
    """A number that `dim` never exceeds, None where none was found."""
    low = lowest(-dim)
    return None if low is None else -low


@lru_cache(maxsize=1 << 14)
def lowest(dim: Dim) -> int | None:
    """A number that `dim` never falls below, None where none was found."""
    if isinstance(dim, int):
        return dim
    bounds = []
    for signs in ((), (-1,), (-1, 1)):
        try:
            replaced, scale = _without_divisions(dim, signs)
            bound = _lowest_of_terms(replaced)
        except TooManyTerms:
            continue
        if bound is not None:
            bounds.append(-(-bound // scale))
    return max(bounds, default=None)


def _lowest_of_terms(dim: Dim) -> int | None:
    """The bound by shifting each atom to zero."""
    if _is_large(dim):
        return None
    shifted: Dim = 0
    names: dict[FloorDiv, str] = {}
    for monomial, coefficient in terms_of(dim):
        term: Dim = coefficient
        for atom in monomial:
            low = 1 if isinstance(atom, str) else _lowest_quotient(atom)
            if low is None:
                return None
            # A division stands as a variable of its own under a name that no size can have.
            name = atom if isinstance(atom, str) else names.setdefault(atom, f"//{len(names)}")
            term = term * (from_atom(name) + low)
        shifted = shifted + term
    terms = terms_of(shifted)
    if any(coefficient < 0 for monomial, coefficient in terms if monomial):
        return None
    return terms[-1][1] if terms and not terms[-1][0] else 0


def _lowest_quotient(atom: FloorDiv) -> int | None:
    low, divisor = lowest(atom.numerator), lowest(atom.denominator)
    if low is None or divisor is None or divisor < 1:
        return None
    return low // atom.denominator if isinstance(atom.denominator, int) else min(low, 0)


def _without_divisions(dim: Dim, signs: tuple[int, ...]) -> tuple[Dim, int]:
    """A dimension of known divisor that never exceeds `dim` times that divisor, and the divisor.

    Divisions are replaced in terms whose coefficient has one of the signs.
    """
    scale = 1
    for _ in range(MAX_REPLACED if signs else 0):
        found = next(_replaceable(dim, signs), None)
        if found is None or _is_large(dim):
            break
        others, coefficient, atom = found
        top, bottom = atom
        factor = bottom if isinstance(bottom, int) else 1
        bound = top if coefficient < 0 else top - (factor - 1)
        term = collected([(others, coefficient)])
        dim = (dim - term * from_atom(atom)) * factor + term * bound
        scale *= factor
    return dim, scale


def _replaceable(dim: Dim, signs: tuple[int, ...]) -> Iterator[tuple[Monomial, int, FloorDiv]]:
    for monomial, coefficient in terms_of(dim):
        for index, atom in enumerate(monomial):
            others = monomial[:index] + monomial[index + 1 :]
            if isinstance(atom, str) or (1 if coefficient > 0 else -1) not in signs:
                continue
            if _has_bound(atom, coefficient) and all(map(_is_natural_atom, others)):
                yield others, coefficient, atom


def _has_bound(atom: FloorDiv, coefficient: int) -> bool:
    if isinstance(atom.denominator, int):
        return atom.denominator > 0
    top, bottom = lowest(atom.numerator), lowest(atom.denominator)
    return coefficient < 0 and top is not None and top >= 0 and bottom is not None and bottom >= 1


def _is_natural_atom(atom: str | FloorDiv) -> bool:
    low = 1 if isinstance(atom, str) else _lowest_quotient(atom)
    return low is not None and low >= 0


def _is_large(dim: Dim) -> bool:
    terms = terms_of(dim)
    return len(terms) > MAX_BOUNDED_TERMS or any(len(m) > MAX_BOUNDED_DEGREE for m, _ in terms[:1])
