"""Integer polynomials over sizes and floor divisions, in one canonical form: the symbolic dimension.

A term is a product of atoms with an integer coefficient. An atom is the name of a size (>= 1) or a floor
division that no rule could simplify; `a % b` is kept as `a - b*(a//b)`, so it needs no atom of its own.
Only exact multiples are pulled out of a division (`3*H//2` stays as typed), the constant excepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import gcd
from typing import NamedTuple, NoReturn, TypeAlias

MAX_TERMS = 1000
MAX_DEGREE = 32
"""What a dimension may grow to: products of sums expand, and nothing typed may hang the window."""


class TooManyTerms(ValueError):
    """A dimension has grown beyond what anyone could read."""


class FloorDiv(NamedTuple):
    """An atom: `numerator // denominator`, already simplified."""

    numerator: Dim
    denominator: Dim


class Symbolic:
    """A dimension that is not yet a number; immutable, equal and hashed by its canonical terms.

    `terms` are pairs (atoms, coefficient) by falling degree, then name, the constant last.
    """

    __slots__ = ("_hash", "terms")
    terms: tuple[Term, ...]
    _hash: int

    def __init__(self, terms: tuple[Term, ...]) -> None:
        object.__setattr__(self, "terms", terms)
        object.__setattr__(self, "_hash", hash(terms))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a dimension cannot be changed: {name}")

    def __reduce__(self) -> tuple[type[Symbolic], tuple[tuple[Term, ...]]]:
        return Symbolic, (self.terms,)  # hashes of strings differ between processes

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Symbolic) and self._hash == other._hash and self.terms == other.terms

    def __repr__(self) -> str:
        return spelling(self)

    def __neg__(self) -> Symbolic:
        return _scaled(self, -1)

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return _plus_int(self, other)
        if isinstance(other, Symbolic):
            return collected((*self.terms, *other.terms))
        return NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return _plus_int(self, -other)
        if isinstance(other, Symbolic):
            return collected((*self.terms, *_scaled(other, -1).terms))
        return NotImplemented

    def __rsub__(self, other: int) -> Dim:
        if isinstance(other, int):
            return _plus_int(_scaled(self, -1), other)
        return NotImplemented

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, int):
            return _scaled(self, other) if other else 0
        if isinstance(other, Symbolic):
            return _product(self, other)
        return NotImplemented

    __rmul__ = __mul__

    def __floordiv__(self, other: Dim) -> Dim:
        if isinstance(other, int | Symbolic):
            return floor_div(self, other)
        return NotImplemented

    def __rfloordiv__(self, other: int) -> Dim:
        if isinstance(other, int):
            return floor_div(other, self)
        return NotImplemented

    def __mod__(self, other: Dim) -> Dim:
        if isinstance(other, int | Symbolic):
            return self - other * floor_div(self, other)
        return NotImplemented

    def __rmod__(self, other: int) -> Dim:
        if isinstance(other, int):
            return other - self * floor_div(other, self)
        return NotImplemented


Dim: TypeAlias = int | Symbolic
Atom: TypeAlias = str | FloorDiv
Monomial: TypeAlias = tuple[Atom, ...]
Term: TypeAlias = tuple[Monomial, int]


def terms_of(dim: Dim) -> tuple[Term, ...]:
    """The terms of any dimension: a number is one term without atoms, zero has none."""
    if isinstance(dim, Symbolic):
        return dim.terms
    return (((), dim),) if dim else ()


def from_atom(atom: Atom) -> Symbolic:
    """The dimension that is this one atom."""
    return Symbolic((((atom,), 1),))


def collected(terms: Iterable[Term]) -> Dim:
    """The sum of terms in canonical form; an int where nothing symbolic is left."""
    total: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        total[monomial] = total.get(monomial, 0) + coefficient
    kept = [term for term in total.items() if term[1]]
    if not kept:
        return 0
    if len(kept) > 1:
        if len(kept) > MAX_TERMS:
            raise TooManyTerms(f"a dimension of {len(kept)} terms is more than the {MAX_TERMS} that are kept")
        kept.sort(key=_term_order)
    elif not kept[0][0]:
        return kept[0][1]
    return Symbolic(tuple(kept))


def _term_order(term: Term) -> tuple[int, list[tuple[int, str]]]:
    return -len(term[0]), [_atom_order(atom) for atom in term[0]]


def _atom_order(atom: Atom) -> tuple[int, str]:
    return (0, atom) if isinstance(atom, str) else (1, _quotient_spelling(atom))


def _plus_int(dim: Symbolic, number: int) -> Dim:
    terms = dim.terms
    if terms[-1][0]:
        return Symbolic((*terms, ((), int(number)))) if number else dim
    constant = terms[-1][1] + number
    return Symbolic((*terms[:-1], ((), constant))) if constant else Symbolic(terms[:-1])


def _scaled(dim: Symbolic, factor: int) -> Symbolic:
    return Symbolic(tuple([(monomial, coefficient * factor) for monomial, coefficient in dim.terms]))


def _times(a: Monomial, b: Monomial) -> Monomial:
    return tuple(sorted(a + b, key=_atom_order)) if a and b else a or b


def _product(a: Symbolic, b: Symbolic) -> Dim:
    if len(a.terms) * len(b.terms) > 4 * MAX_TERMS:
        raise TooManyTerms(f"a product of {len(a.terms)} by {len(b.terms)} terms is too long")
    if len(a.terms[0][0]) + len(b.terms[0][0]) > MAX_DEGREE:
        raise TooManyTerms(f"a product of more than {MAX_DEGREE} sizes is too long")
    return collected([(_times(m, n), c * d) for m, c in a.terms for n, d in b.terms])


@lru_cache(maxsize=1 << 14)
def floor_div(numerator: Dim, denominator: Dim) -> Dim:
    """The quotient rounded down, simplified. Raises ZeroDivisionError for a divisor that is 0."""
    if denominator == 0:
        raise ZeroDivisionError(f"{spelling(numerator)} cannot be divided by 0")
    if isinstance(denominator, int):
        if isinstance(numerator, int):
            return numerator // denominator
        if denominator < 0:
            return floor_div(-numerator, -denominator)
        return _over_int(numerator, denominator)
    return _over_symbolic(numerator, denominator)


def _over_int(numerator: Symbolic, divisor: int) -> Dim:
    """`numerator // divisor` for a positive divisor."""
    exact = [(m, c // divisor) for m, c in numerator.terms if c % divisor == 0 or not m]
    rest = [(m, c % divisor if not m else c) for m, c in numerator.terms if c % divisor]
    common = gcd(divisor, *(c for m, c in rest if m))
    whole = collected(exact)
    if common > 1:
        # floor((g*x + c) / (g*k)) is floor((x + floor(c/g)) / k).
        rest, divisor = [(m, c // common) for m, c in rest], divisor // common
    remainder = collected(rest)
    if divisor == 1 or isinstance(remainder, int):
        return whole + remainder // divisor
    return whole + _remainder_over_int(remainder, divisor)


def _remainder_over_int(remainder: Symbolic, divisor: int) -> Dim:
    """The division after its exact multiples are out: 0 <= constant < divisor, no common factor."""
    if remainder.terms[0][1] < 0:
        # Both spellings of rounding up become one: -(-n//d) is (n + d - 1)//d.
        return -floor_div(divisor - 1 - remainder, divisor)
    inner = [atom for m, _ in remainder.terms for atom in m if isinstance(atom, FloorDiv)]
    if len(inner) == 1 and ((inner[0],), 1) in remainder.terms:
        numerator, denominator = inner[0]
        if isinstance(denominator, int):
            # (x//a + y)//b is (x + a*y)//(a*b) for positive a, b: the strides of a chain multiply.
            others = remainder - from_atom(inner[0])
            return floor_div(numerator + denominator * others, denominator * divisor)
    return _quotient(remainder, divisor)


def _over_symbolic(numerator: Dim, divisor: Symbolic) -> Dim:
    if numerator == 0:
        return 0
    top, bottom = _without_common_factor(numerator, divisor)
    if bottom != divisor:
        return floor_div(top, bottom)
    if divisor.terms[0][1] < 0:
        return floor_div(-numerator, -divisor)
    whole, rest = _divided(numerator, divisor)
    return whole if rest == 0 else whole + _quotient(rest, divisor)


def _quotient(numerator: Dim, denominator: Dim) -> Symbolic:
    if _leaves(numerator) + _leaves(denominator) > MAX_TERMS:
        raise TooManyTerms("a division of so many terms is more than is kept")
    return from_atom(FloorDiv(numerator, denominator))


@lru_cache(maxsize=4096)
def _leaves(dim: Dim) -> int:
    """How much there is to read; nested divisions could otherwise double at each step of a chain."""
    atoms = [atom for monomial, _ in terms_of(dim) for atom in monomial]
    return 1 + sum(1 if isinstance(a, str) else _leaves(a.numerator) + _leaves(a.denominator) for a in atoms)


def _without_common_factor(numerator: Dim, divisor: Symbolic) -> tuple[Dim, Dim]:
    top, bottom = terms_of(numerator), divisor.terms
    factor = gcd(*(c for _, c in top), *(c for _, c in bottom))
    shared = bottom[0][0]
    for monomial, _ in (*top, *bottom):
        shared = tuple(_shared(shared, monomial))
    if factor == 1 and not shared:
        return numerator, divisor
    return _reduced(top, shared, factor), _reduced(bottom, shared, factor)


def _reduced(terms: tuple[Term, ...], shared: Monomial, factor: int) -> Dim:
    return collected([(quotient(m, shared) or (), c // factor) for m, c in terms])


def _shared(a: Monomial, b: Monomial) -> Iterator[Atom]:
    left = list(b)
    for atom in a:
        if atom in left:
            left.remove(atom)
            yield atom


def quotient(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    """The atoms left after dividing, None where `divisor` holds an atom that `monomial` has not."""
    left = list(monomial)
    for atom in divisor:
        if atom not in left:
            return None
        left.remove(atom)
    return tuple(left)


def _divided(numerator: Dim, divisor: Symbolic) -> tuple[Dim, Dim]:
    """Whole part and rest of a polynomial division; taken only where it makes the rest shorter."""
    whole: Dim = 0
    rest = numerator
    while (step := _leading_step(rest, divisor)) is not None:
        whole, rest = whole + step, rest - step * divisor
    if len(terms_of(rest)) < len(terms_of(numerator)):
        return whole, rest
    return 0, numerator


def _leading_step(rest: Dim, divisor: Symbolic) -> Dim | None:
    lead, factor = divisor.terms[0]
    for monomial, coefficient in terms_of(rest):
        left = quotient(monomial, lead)
        if left is not None and coefficient % factor == 0:
            return collected([(left, coefficient // factor)])
    return None


def spelling(dim: Dim) -> str:
    """Readable Python: `2*B*T`, `H//2 + 1`, `(H + 1)//2`."""
    if isinstance(dim, int):
        return str(dim)
    first, *others = dim.terms
    text = _term_spelling(first[0], first[1])
    for monomial, coefficient in others:
        text += f" {'-' if coefficient < 0 else '+'} {_term_spelling(monomial, abs(coefficient))}"
    return text


def _term_spelling(monomial: Monomial, coefficient: int) -> str:
    sign = "-" if coefficient < 0 else ""
    size = abs(coefficient)
    if not monomial:
        return f"{sign}{size}"
    # A division inside a product, and one after a minus sign, reads wrongly without parentheses.
    alone = len(monomial) == 1 and coefficient == 1
    factors = [a if isinstance(a, str) else _grouped(_quotient_spelling(a), not alone) for a in monomial]
    return sign + "*".join(factors if size == 1 else [str(size), *factors])


@lru_cache(maxsize=4096)
def _quotient_spelling(atom: FloorDiv) -> str:
    top, bottom = atom.numerator, atom.denominator
    top_text = _grouped(spelling(top), len(terms_of(top)) > 1 or not _is_plain(top))
    return f"{top_text}//{_grouped(spelling(bottom), not isinstance(bottom, int) and not _is_name(bottom))}"


def _is_name(dim: Symbolic) -> bool:
    return len(dim.terms) == 1 and dim.terms[0][1] == 1 and dim.terms[0][0][1:] == () and _is_plain(dim)


def _is_plain(dim: Dim) -> bool:
    return all(isinstance(a, str) and c > 0 for m, c in terms_of(dim) for a in m) and terms_of(dim)[0][1] > 0


def _grouped(text: str, needed: bool) -> str:
    return f"({text})" if needed else text
