"""Claims about sizes that symbols cannot decide: taken to hold, noted, and checked when numbers are known.

A rule asks `agree` or `at_most`; whoever runs rules wraps them in `noting` to learn what was left open.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal as OneOf

from .dim import Dim, equal, less_equal, substitute, text


@dataclass(frozen=True, slots=True)
class Condition:
    """`left` equals, or is at most, `right`."""

    left: Dim
    relation: OneOf["=", "≤"]
    right: Dim

    def holds(self, sizes: Mapping[str, Dim]) -> bool | None:
        """Whether the claim is true with these sizes put in, None where that is still open."""
        try:
            left, right = substitute(self.left, sizes), substitute(self.right, sizes)
        except ZeroDivisionError:
            return False
        return equal(left, right) if self.relation == "=" else less_equal(left, right)

    def __str__(self) -> str:
        """`2*(H//2) = H`."""
        return f"{text(self.left)} {self.relation} {text(self.right)}"


_noted: ContextVar[list[Condition] | None] = ContextVar("noted", default=None)


@contextmanager
def noting() -> Iterator[list[Condition]]:
    """Collects the conditions that rules take for granted inside the block."""
    noted: list[Condition] = []
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def agree(a: Dim, b: Dim) -> bool:
    """Whether two dimensions are equal; an open question is noted and taken as true."""
    if a is b:
        return True
    return _decided(equal(a, b), Condition(a, "=", b))


def at_most(a: Dim, b: Dim) -> bool:
    """Whether `a <= b`; an open question is noted and taken as true."""
    return _decided(less_equal(a, b), Condition(a, "≤", b))


def _decided(verdict: bool | None, condition: Condition) -> bool:
    if verdict is not None:
        return verdict
    noted = _noted.get()
    if noted is not None and not any(_implies(other, condition) for other in noted):
        noted[:] = [other for other in noted if not _implies(condition, other)]
        noted.append(condition)
    return True


def _implies(one: Condition, other: Condition) -> bool:
    """Whether one is plainly the other, or asks at least as much of the same size."""
    if one == other:
        return True
    alike = one.relation == other.relation == "≤" and one.right == other.right
    return alike and isinstance(one.left, int) and isinstance(other.left, int) and one.left >= other.left
