"""Matrices and filters laid out in panels for the register tile."""

from collections.abc import Sequence

from ..kernels.pack import SCRATCH_WORDS
from ..kernels.tile import COLUMNS
from ..kernels.vector import ITEM
from .code import Code, Scratch, Word, at
from .view import View, packed


def panels_across(wide: int) -> int:
    """How many panels so many columns take."""
    return -(-wide // COLUMNS)


def packed_panels(
    code: Code, source: View, axes: Sequence[int], sizes: Sequence[int], target: Sequence[int], panel: int
) -> View:
    """The call that lays `source` out as (outer, inner, deep, taps, wide), sizes as told; where it stands.

    `axes` are the strides of these five in the source, `target` those of the first four in the result, and
    `panel` is the distance of its panels, all in bytes. The result is seen as it stands, without axes.
    """
    outer, inner, deep, taps, wide = sizes
    size = outer * inner * deep * taps * panels_across(wide) * COLUMNS
    memory = code.memory(size * ITEM)
    made = View(memory, 0, (size,), packed((size,), ITEM), ITEM)
    steps = list(axes)
    if taps == 1:
        steps[3] = ITEM  # there is no next one: the rest may still stand side by side
    words: list[Word] = [
        Scratch(8 * SCRATCH_WORDS), *sizes, at(source), *steps, at(made), *target, panel
    ]  # fmt: skip
    code.call("pack.pack", words, [source], [made], size)
    return made
