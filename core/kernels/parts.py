"""Long sums in parts: the error of a sum of float32 grows with its length (Higham 1993, section 3)."""

from collections.abc import Callable, Sequence

from llvmlite import ir

from .vector import Code

SUMMED_TOGETHER = 128
"""The steps, such as products, after which a sum is put aside and another begins.

Sums of 4608 keep within 5e-7 so.
"""


def summed(
    code: Code,
    count: ir.Value,
    moving: Sequence[ir.Value],
    sums: Sequence[ir.Value],
    step: Callable[..., Sequence[ir.Value]],
) -> list[ir.Value]:
    """`code.loop` over what moves and vectors that are summed, these in parts where there are many steps."""
    return code.chosen(
        many(code, count),
        lambda: in_parts(code, count, moving, sums, step),
        lambda: code.loop(count, [*moving, *sums], step),
    )


def many(code: Code, count: ir.Value) -> ir.Value:
    """Whether so many steps are summed in parts."""
    return code.builder.icmp_signed(">", count, code.number(SUMMED_TOGETHER))


def in_parts(
    code: Code,
    count: ir.Value,
    moving: Sequence[ir.Value],
    sums: Sequence[ir.Value],
    step: Callable[..., Sequence[ir.Value]],
) -> list[ir.Value]:
    """The loop of `summed` for many steps."""
    b, most = code.builder, code.number(SUMMED_TOGETHER)

    def part(index: ir.Value, *held: ir.Value) -> list[ir.Value]:
        begin = b.mul(index, most)
        left = b.sub(count, begin)
        size = b.select(many(code, left), most, left)
        anew = [*held[: len(moving)], *[code.zeros()] * len(sums)]
        made = code.loop(size, anew, lambda at, *rest: step(b.add(begin, at), *rest))
        totals = zip(held[len(moving) :], made[len(moving) :], strict=True)
        return [*made[: len(moving)], *(b.fadd(total, value) for total, value in totals)]

    parts = b.sdiv(b.add(count, code.number(SUMMED_TOGETHER - 1)), most)
    return code.loop(parts, [*moving, *sums], part)
