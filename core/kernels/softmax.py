"""Softmax of rows that stand side by side, its logarithm, and the gradients of both.

Three passes over a row, of which the later ones find it in the first cache: the greatest, the powers and
their sum, the quotients. A row of causal attention is seen as far as the diagonal; behind it is nothing.
"""

from typing import Any

from llvmlite import ir

from ..ops.jit import kernel
from .lanes import Lanes, exp, ln, where
from .rows import folded, greatest_lane, kept, lanes, loaded, row_function, total
from .vector import ITEM, Code
from .words import word

# The arguments, in words: where X, Y and (for gradients) Z begin and how far apart their rows are, how many
# rows, how long, and how many rows a causal matrix has (0 for none: all of a row is seen).
SOFTMAX_WORDS = 9
X, X_APART, Y, Y_APART, Z, Z_APART, ROWS, SIZE, STEPS = range(SOFTMAX_WORDS)


def greatest_of(code: Code, x: ir.Value, count: ir.Value) -> Lanes:
    """The greatest of a row, in every lane; something or other where there is a NaN."""

    def step(offset: ir.Value, mask: ir.Value | None, held: Any) -> list[Lanes]:
        found = loaded(code, code.at(x, offset), mask, float("-inf"))
        return [where(held[0] > found, held[0], found)]

    (found,) = folded(code, count, [float("-inf")], step, lambda place, a, b: where(a > b, a, b))
    return greatest_lane(found)


def powers_of(code: Code, x: ir.Value, y: ir.Value | None, count: ir.Value, top: Lanes) -> Lanes:
    """The sum of e^(x - top) over a row, in every lane; the powers themselves go to y, if there is one."""

    def step(offset: ir.Value, mask: ir.Value | None, held: Any) -> list[Lanes]:
        power = exp(loaded(code, code.at(x, offset), mask) - top)
        if y is not None:
            code.store_lanes(power.value, code.at(y, offset), mask)
        return [held[0] + kept(power, mask)]

    (found,) = folded(code, count, [0.0], step, lambda place, a, b: a + b)
    return total(found)


def sum_of(code: Code, count: ir.Value, each: Any) -> Lanes:
    """The sum of `each(offset, mask)` over a row, in every lane."""

    def step(offset: ir.Value, mask: ir.Value | None, held: Any) -> list[Lanes]:
        return [held[0] + kept(each(offset, mask), mask)]

    (found,) = folded(code, count, [0.0], step, lambda place, a, b: a + b)
    return total(found)


def _fill(code: Code, address: ir.Value, seen: ir.Value, size: ir.Value, value: Lanes) -> None:
    """Puts a number into what is not seen of a row."""
    b = code.builder
    begin = b.add(address, b.mul(seen, code.number(ITEM)))
    code.vectors(
        b.sub(size, seen),
        lambda code, offset, mask: code.store_lanes(value.value, code.at(begin, offset), mask),
    )


@row_function
def softmax_row(code: Code, x: ir.Value, y: ir.Value, seen: ir.Value, size: ir.Value) -> None:
    """y = the softmax of the part of a row that is seen, and nothing behind it."""
    share = 1 / powers_of(code, x, y, seen, greatest_of(code, x, seen))

    def scaled(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
        place = code.at(y, offset)
        code.store_lanes((loaded(code, place, mask) * share).value, place, mask)

    code.vectors(seen, scaled)
    _fill(code, y, seen, size, share * 0.0)  # NaN stays


@row_function
def log_softmax_row(code: Code, x: ir.Value, y: ir.Value, count: ir.Value) -> None:
    """y = the logarithm of a row's softmax."""
    top = greatest_of(code, x, count)
    shift = ln(powers_of(code, x, None, count, top))

    def shifted(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
        found = loaded(code, code.at(x, offset), mask)
        code.store_lanes((found - top - shift).value, code.at(y, offset), mask)

    code.vectors(count, shifted)


@row_function
def softmax_grad_row(
    code: Code, y: ir.Value, dy: ir.Value, dx: ir.Value, seen: ir.Value, size: ir.Value
) -> None:
    """dx = y · (dy - Σ y · dy) as far as the row is seen, and nothing behind it."""

    def product(offset: ir.Value, mask: ir.Value | None) -> Lanes:
        return loaded(code, code.at(y, offset), mask) * loaded(code, code.at(dy, offset), mask)

    along = sum_of(code, size, product)

    def made(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
        given = loaded(code, code.at(dy, offset), mask)
        result = loaded(code, code.at(y, offset), mask) * (given - along)
        code.store_lanes(result.value, code.at(dx, offset), mask)

    code.vectors(seen, made)
    _fill(code, dx, seen, size, lanes(code, 0.0))


@row_function
def log_softmax_grad_row(code: Code, y: ir.Value, dy: ir.Value, dx: ir.Value, count: ir.Value) -> None:
    """dx = dy - e^y · Σ dy."""
    along = sum_of(code, count, lambda offset, mask: loaded(code, code.at(dy, offset), mask))

    def made(code: Code, offset: ir.Value, mask: ir.Value | None) -> None:
        given = loaded(code, code.at(dy, offset), mask)
        result = given - exp(loaded(code, code.at(y, offset), mask)) * along
        code.store_lanes(result.value, code.at(dx, offset), mask)

    code.vectors(count, made)


@kernel("int64(int64, int64, int64)", words=SOFTMAX_WORDS)
def softmax(given: Any, thread: Any, threads: Any) -> int:
    """Y = softmax(X), row by row."""
    rows, size, steps = word(given, ROWS), word(given, SIZE), word(given, STEPS)
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        seen = size if steps == 0 else min(size, row % steps + 1)
        x = word(given, X) + row * word(given, X_APART)
        softmax_row(x, word(given, Y) + row * word(given, Y_APART), seen, size)
    return 0


@kernel("int64(int64, int64, int64)", words=SOFTMAX_WORDS)
def softmax_grad(given: Any, thread: Any, threads: Any) -> int:
    """Z = X · (Y - Σ X · Y), row by row: X the softmax, Y its gradient."""
    rows, size, steps = word(given, ROWS), word(given, SIZE), word(given, STEPS)
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        seen = size if steps == 0 else min(size, row % steps + 1)
        x = word(given, X) + row * word(given, X_APART)
        y = word(given, Y) + row * word(given, Y_APART)
        softmax_grad_row(x, y, word(given, Z) + row * word(given, Z_APART), seen, size)
    return 0


@kernel("int64(int64, int64, int64)", words=SOFTMAX_WORDS)
def log_softmax(given: Any, thread: Any, threads: Any) -> int:
    """Y = ln softmax(X), row by row."""
    rows = word(given, ROWS)
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        x = word(given, X) + row * word(given, X_APART)
        log_softmax_row(x, word(given, Y) + row * word(given, Y_APART), word(given, SIZE))
    return 0


@kernel("int64(int64, int64, int64)", words=SOFTMAX_WORDS)
def log_softmax_grad(given: Any, thread: Any, threads: Any) -> int:
    """Z = Y - e^X · Σ Y, row by row: X the logarithm of a softmax, Y its gradient."""
    rows = word(given, ROWS)
    for row in range(rows * thread // threads, rows * (thread + 1) // threads):
        x = word(given, X) + row * word(given, X_APART)
        y = word(given, Y) + row * word(given, Y_APART)
        log_softmax_grad_row(x, y, word(given, Z) + row * word(given, Z_APART), word(given, SIZE))
    return 0
