"""Designs with loops, and what their tests ask of them."""

import numpy as np

from core.engine.rounds import Rounds, value_at
from core.engine.run import Result
from core.initialise import Array
from core.problem import Path
from core.program import Program
from core.record import Node
from core.use import Use
from tests.templates.sheet import Book, Sheet

from .designs import program_of
from .differences import doubles

WIDTH = 4


def constant(sheet: Sheet, name: str, fill: float, shape: str = "") -> Sheet:
    """A number that is not learnt."""
    return sheet.node("Constant", name, shape=shape, initial="fill", fill=fill)


def size_above(book: Book, least: float, name: str = "SizeAbove") -> Sheet:
    """Σ|x| - least where that is positive, else 0."""
    sheet = book.sheet(name).input()
    minus = constant(sheet, "minus", -1.0)
    minus.node("Multiply", "negative").node("ReLU", "up").node("ReLU", "down").node("Add", "size")
    constant(sheet, "least", least).node("Sum", "sum").node("Subtract", "more").node("ReLU", "above").output()
    return sheet.wire(
        "x > negative", "minus > negative", "x > up > size", "negative > down > size",
        "size > sum > more.a", "least > more.b", "more > above > y",
    )  # fmt: skip


def halving(book: Book) -> Sheet:
    """x / 2."""
    sheet = constant(book.sheet("Halve").input(), "half", 0.5).node("Multiply", "halved").output()
    return sheet.wire("x > halved > y", "half > halved")


def squeezing(book: Book) -> Sheet:
    """tanh of half a Linear layer."""
    sheet = book.sheet("Squeeze").input().node("Linear", "fc", out_features=WIDTH, activation="tanh")
    constant(sheet, "half", 0.5).node("Multiply", "times").output()
    return sheet.wire("x > fc > times > y", "half > times")


def looped(book: Book, body: Use, least: float = 1.0, bound: int = 50) -> Program:
    """x (2×4) → while Σ|x| > least: body → y."""
    condition = size_above(book, least).use()
    root = book.root.input(shape=f"B, {WIDTH}", sizes="B=2")
    root.node("While", "loop", condition=condition, body=body, bound=bound).output().wire("x > loop > y")
    return program_of(book.document())


def sample(size: float = 1.0) -> Array:
    """Σ|x| = size."""
    x = np.linspace(-1.3, 1.6, 2 * WIDTH).reshape(2, WIDTH)
    return np.asarray(x * (size / np.abs(x).sum()))


def unbiased(program: Program) -> dict[str, Array]:
    """First weights with biases of 0, so that what is halved again and again comes near 0."""
    return {name: array * ("bias" not in name) for name, array in doubles(program).items()}


def ids(book: Book, *names: str) -> tuple[str, ...]:
    """The ids of nodes by the names that lead to them; part keys stay."""
    found = {record.name: key for key, record in book.records.items() if isinstance(record, Node)}
    return tuple(found.get(name, name) for name in names)


def there(result: Result, path: Path, port: str, rounds: Rounds) -> Array:
    """A value that was computed in these rounds."""
    found = value_at(result, path, port, rounds)
    assert found is not None, (path, port, rounds)
    return found
