"""The loops that a chain runs over: the axes of its shape, joined where all operands allow it."""

from collections.abc import Collection
from dataclasses import dataclass
from math import prod

from ..kernels.chain import BLOCK, OUTER_LOOPS
from ..kernels.vector import ITEM
from .view import Shape, View, order_of

SHORT_AXIS = 16
"""Elements: an inner axis of fewer, the channels of an image for instance, gives way to the longest one."""


@dataclass(frozen=True, slots=True)
class LoopNest:
    """The loops: strides by operand for the outer ones and the inner one, and the elements of a block.

    `period` is the length of the short rows that the inner loop is made of, 0 where it is none.
    """

    outer: Shape
    inner: int
    span: int
    strides: dict[View, tuple[Shape, int]]
    period: int

    def in_order(self, view: View) -> bool:
        """Whether the inner loop finds the floats of an operand side by side."""
        return view.item == ITEM and (self.inner == 1 or self.strides[view][1] == ITEM)


def loop_nest(
    shape: Shape, views: dict[View, View], stored: Collection[View], totals: Collection[View]
) -> LoopNest | None:
    """The loops over an array of that shape, as few as do; None where these are more than the kernel has.

    `views` are the operands as they are seen in that shape. Of these `stored` are written, and `totals` take
    sums up; the innermost axis is that along which what is stored stands side by side.
    """
    leading = max(stored or views, key=lambda view: sum(n != 1 for n in views[view].shape))
    axes = [axis for axis in order_of(views[leading]) if shape[axis] != 1]
    loops: list[tuple[int, dict[View, int]]] = []
    for axis in axes:
        steps = {view: seen.strides[axis] for view, seen in views.items()}
        if loops and all(loops[-1][1][view] == shape[axis] * steps[view] for view in views):
            loops[-1] = (loops[-1][0] * shape[axis], steps)
        else:
            loops.append((shape[axis], steps))
    if not loops:
        loops = [(prod(shape), dict.fromkeys(views, ITEM))]
    period = 0
    if len(loops) > 1 and loops[-1][0] <= BLOCK // 2:
        period = _joined(loops, totals)
    longest = max(range(len(loops)), key=lambda at: loops[at][0])
    if not period and not totals and loops[-1][0] < SHORT_AXIS <= loops[longest][0]:
        loops.append(loops.pop(longest))
    inner, innermost = loops.pop()
    if len(loops) > OUTER_LOOPS:
        return None
    strides = {view: (tuple(steps[view] for _, steps in loops), innermost[view]) for view in views}
    span = min(inner, BLOCK // period * period if period else BLOCK)
    return LoopNest(tuple(size for size, _ in loops), inner, max(1, span), strides, period)


def _joined(loops: list[tuple[int, dict[View, int]]], totals: Collection[View]) -> int:
    """Makes one of the last two loops, if rows are whole or the same one again; the length of a row, or 0.

    A row that is read again and again is the same one in all loops; a row of totals may be another in each.
    """
    (rows, down), (columns, across) = loops[-2:]
    whole = {view for view in down if down[view] == columns * across[view] and across[view] == ITEM}
    again = {view for view in down if down[view] == 0 and across[view] == ITEM}
    alone = {view for view in down if down[view] == 0 and across[view] == 0}
    if len(whole) + len(again) + len(alone) < len(down):
        return 0
    if any(steps[view] for _, steps in loops[:-2] for view in again if view not in totals):
        return 0
    loops[-2:] = [(rows * columns, {view: ITEM if view not in alone else 0 for view in down})]
    # A row that comes again is told by a stride that nothing else has.
    for view in again:
        loops[-1][1][view] = -1
    return columns
