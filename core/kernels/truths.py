"""Relations of numbers, which are 1 where they hold and 0 elsewhere, and choices by such values."""

from llvmlite import ir

from .formulas import FORMULAS, Formula, formula
from .lanes import Lanes, where


def _truth(condition: ir.Value, like: Lanes) -> Lanes:
    return where(condition, like.like(1.0), 0.0)


def _of_number(relation: Formula) -> Formula:
    """The relation to a number."""
    return lambda x, *, value: relation(x, value)


@formula
def greater(a: Lanes, b: Lanes) -> Lanes:
    """1 where a > b, else 0."""
    return _truth(a > b, a)


@formula
def greater_equal(a: Lanes, b: Lanes) -> Lanes:
    """1 where a ≥ b, else 0."""
    return _truth(a >= b, a)


@formula
def less(a: Lanes, b: Lanes) -> Lanes:
    """1 where a < b, else 0."""
    return _truth(a < b, a)


@formula
def less_equal(a: Lanes, b: Lanes) -> Lanes:
    """1 where a ≤ b, else 0."""
    return _truth(a <= b, a)


@formula
def equal(a: Lanes, b: Lanes) -> Lanes:
    """1 where the two are equal, else 0."""
    return _truth(a.equals(b), a)


@formula
def not_equal(a: Lanes, b: Lanes) -> Lanes:
    """1 where the two are not equal, one being NaN for instance, else 0."""
    return where(a.equals(b), a.like(0.0), 1.0)


for _relation in (greater, greater_equal, less, less_equal, equal, not_equal):
    FORMULAS[f"{_relation.__name__}_number"] = _of_number(_relation)


@formula
def choice(condition: Lanes, a: Lanes, b: Lanes) -> Lanes:
    """a where the condition is not 0, else b."""
    return where(condition.equals(0.0), b, a)


@formula
def taken(condition: Lanes, x: Lanes) -> Lanes:
    """x where the condition is not 0, else 0."""
    return where(condition.equals(0.0), x.like(0.0), x)


@formula
def passed(condition: Lanes, x: Lanes) -> Lanes:
    """x where the condition is 0, else 0."""
    return where(condition.equals(0.0), x, 0.0)
