"""Matrix products as calls of the tile kernel, with whatever strides their operands have."""

from collections.abc import Sequence
from math import prod

from ..kernels import dots
from ..kernels.product import DEEP, SCRATCH_WORDS
from ..kernels.tile import BIAS, COLUMNS, FEW, RELU, RESIDUAL, ROWS
from ..kernels.vector import ITEM
from .code import At, Code, Scratch, Word, at, instead
from .packing import packed_panels, panels_across
from .view import View, packed

FEW_ROWS = 256
"""Up to so many rows of C, packing a B whose columns stand side by side would cost more than it saves."""


def product(
    code: Code,
    a: View,
    b: View,
    c: View,
    *,
    bias: View | None = None,
    residual: View | None = None,
    relu: bool = False,
) -> bool:
    """C = A·B, then the bias (N,) is added, the residual (like C), and ReLU applied.

    (…, M, K), (…, K, N) -> (…, M, N), whose last axis stands side by side, leading axes broadcast.
    False, with nothing added, where the leading axes need more than two loops.
    """
    following = (BIAS if bias else 0) | (RESIDUAL if residual else 0) | (RELU if relu else 0)
    lead = c.shape[:-2]
    m, n, k = *c.shape[-2:], a.shape[-1]
    spread = [view.broadcast((*lead, *view.shape[-2:])) for view in (a, b, c)]
    spread += [residual.broadcast(c.shape)] if residual else []
    loops = batches(lead, spread)
    if loops is None:
        return False
    sizes, steps = loops
    if m <= FEW and sizes == (1, 1) and _entries_beside(a, b) and not code.memories[b.memory].fixed:
        _dots(code, a, b, c, bias, residual, following)
        return True
    panels = not (m <= FEW_ROWS and read_as_it_is(code, b))
    reads = [a, b]
    if panels:
        matrix, (b_outer, b_inner) = packed_matrix(code, spread[1], sizes, steps[1])
        reads[1], b_word, b_row = matrix, at(matrix), 0
    else:
        b_word, (b_outer, b_inner), b_row = at(b), steps[1], b.strides[-2]
    a_word, a_steps, a_row, a_k, a_block = at(a), steps[0], a.strides[-2], a.strides[-1], ROWS * a.strides[-2]
    if _far(a, n):
        reads[0], a_steps = _blocks(code, spread[0], sizes, steps[0])
        a_word, a_row, a_k, a_block = at(reads[0]), ITEM, ROWS * ITEM, ROWS * k * ITEM
    nowhere = At(c.memory, c.offset)
    words: list[Word] = [
        Scratch(8 * SCRATCH_WORDS), *sizes, m, n, k,
        a_word, *a_steps, a_row, a_k,
        b_word, b_outer, b_inner, b_row, int(panels),
        at(c), *steps[2], c.strides[-2],
        following, at(bias) if bias else nowhere,
    ]  # fmt: skip
    if residual:
        words += [at(residual), *steps[3], spread[3].strides[-2]]
    else:
        words += [nowhere, 0, 0, 0]
    words.append(a_block)
    reads += [view for view in (bias, residual) if view]
    over = (
        instead(c, residual, reads) if k <= DEEP else ()
    )  # with more, sums stand in C before the last are added
    code.call("product.product", words, reads, [c], prod(sizes) * m * n * k // 16, over=over)
    return True


def read_as_it_is(code: Code, b: View) -> bool:
    """Whether the tile may read B where it stands: whole vectors, and packing would not be done but once."""
    memory = code.memories[b.memory]
    inside = memory.outside is None or b.shape[-1] % COLUMNS == 0  # behind an array from outside is not ours
    return b.strides[-1] == ITEM and inside and not memory.fixed


def _entries_beside(a: View, b: View) -> bool:
    """Whether what is multiplied stands side by side, in the rows of A and in the columns of B."""
    return a.strides[-1] == ITEM == b.strides[-2] and b.strides[-1] != ITEM


def _dots(
    code: Code, a: View, b: View, c: View, bias: View | None, residual: View | None, following: int
) -> None:
    """The call for a few rows."""
    (m, n), k = c.shape[-2:], a.shape[-1]
    nowhere = At(c.memory, c.offset)
    words: list[Word] = [
        Scratch(8 * dots.SCRATCH_WORDS), m, n, k,
        at(a), a.strides[-2], at(b), b.strides[-1], at(c), c.strides[-2],
        following, at(bias) if bias else nowhere,
        at(residual) if residual else nowhere, residual.strides[-2] if residual else 0,
    ]  # fmt: skip
    reads = [a, b, *(view for view in (bias, residual) if view)]
    code.call("dots.dots", words, reads, [c], m * n * k // 16)


NEAR = 256
"""Bytes from one k to the next up to which A is read as it stands: some of them are in one line or page."""


def _far(a: View, columns: int) -> bool:
    """Whether the rows of A stand side by side, its steps of k far apart, and it is read more than once."""
    return a.strides[-2] == ITEM and a.strides[-1] > NEAR and a.shape[-2] >= ROWS and columns > COLUMNS


def _blocks(
    code: Code, a: View, sizes: tuple[int, int], steps: tuple[int, int]
) -> tuple[View, tuple[int, int]]:
    """A in blocks of rows, and the strides of the two loops over it."""
    m, k = a.shape[-2:]
    counts = tuple(size if step else 1 for size, step in zip(sizes, steps, strict=True))
    shape = (*counts, -(-m // ROWS), k, ROWS)
    made = View(code.memory(prod(shape) * ITEM), 0, shape, packed(shape, ITEM), ITEM)
    words: list[Word] = [at(a), *counts, m, k, *steps, a.strides[-1], at(made)]
    code.call("product.pack_rows", words, [a], [made], prod(shape))
    outer, inner = made.strides[:2]
    return made, (outer if steps[0] else 0, inner if steps[1] else 0)


def batches(
    lead: Sequence[int], views: Sequence[View]
) -> tuple[tuple[int, int], list[tuple[int, int]]] | None:
    """The leading axes as two loops: their sizes, and both strides of each view; None if that is too few."""
    loops: list[tuple[int, list[int]]] = []
    for axis, size in enumerate(lead):
        steps = [view.strides[axis] for view in views]
        if size == 1:
            continue
        if loops and all(old == size * new for old, new in zip(loops[-1][1], steps, strict=True)):
            loops[-1] = (loops[-1][0] * size, steps)
        else:
            loops.append((size, steps))
    if len(loops) > 2:
        return None
    none = [0] * len(views)
    (outer, far), (inner, near) = [(1, none)] * (2 - len(loops)) + loops
    return (outer, inner), list(zip(far, near, strict=True))


def packed_matrix(
    code: Code, b: View, sizes: tuple[int, int], steps: tuple[int, int]
) -> tuple[View, tuple[int, int]]:
    """B in panels, and the strides of the two loops over it: a matrix that comes again is packed once."""
    k, n = b.shape[-2:]
    counts = tuple(size if step else 1 for size, step in zip(sizes, steps, strict=True))
    panel = k * COLUMNS * ITEM
    whole = panels_across(n) * panel
    strides = (counts[1] * whole, whole)
    made = packed_panels(
        code, b, (*steps, b.strides[-2], 0, b.strides[-1]), (*counts, k, 1, n),
        (*strides, COLUMNS * ITEM, 0), panel,
    )  # fmt: skip
    return made, (strides[0] if steps[0] else 0, strides[1] if steps[1] else 0)
