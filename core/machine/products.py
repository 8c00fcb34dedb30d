"""Matrix products as calls of the tile kernel, with whatever strides their operands have."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from ..kernels import dots, few_rows, outer
from ..kernels.product import AS_IT_STANDS, IN_PANELS, LAID_OUT, blocking
from ..kernels.tile import BIAS, COLUMNS, PAST, RELU, RESIDUAL, ROWS, SHORT_ROWS
from ..kernels.vector import CACHE_LINE, ITEM, WIDTH
from .code import At, Code, Scratch, Word, at, instead
from .packing import packed_panels, panels_across
from .view import View

FEW_TILES = 2
"""Up to so many tiles, one below the other, a block of B is not laid out: it is read hardly more often."""


FAR = 1 << 21
"""Bytes from which on a result is written past the caches, if nobody reads it in this run.

To write in a cache is to read first: a gradient of weights would come from memory and go back.
"""


def product(
    code: Code,
    a: View,
    b: View,
    c: View,
    *,
    bias: View | None = None,
    residual: View | None = None,
    relu: bool = False,
    last: bool = False,
) -> bool:
    """C = A·B, then the bias (N,) is added, the residual (like C), and ReLU applied.

    (…, M, K), (…, K, N) -> (…, M, N), whose last axis stands side by side, leading axes broadcast.
    False, with nothing added, where the leading axes need more than two loops.
    What is the `last` to be done with C goes past the caches, where these would not keep it.
    """
    following = (BIAS if bias else 0) | (RESIDUAL if residual else 0) | (RELU if relu else 0)
    lead = c.shape[:-2]
    spread = [view.broadcast((*lead, *view.shape[-2:])) for view in (a, b, c)]
    a, b, c, *added = _joined(*spread, *([residual.broadcast(c.shape)] if residual else []))
    m, n, k = *c.shape[-2:], a.shape[-1]
    assert (a.shape[-2], *b.shape[-2:]) == (m, k, n), "sizes of a product"
    loops = batches(c.shape[:-2], [a, b, c, *added])
    if loops is None:
        return False
    sizes, steps = loops
    few, alone, stays = m <= SHORT_ROWS, sizes == (1, 1), code.memories[b.memory].fixed
    if few and alone and _entries_beside(a, b) and (n <= WIDTH or not stays):
        _dots(code, a, b, c, bias, residual, following)
        return True
    if stays and m <= few_rows.MOST_ROWS and 0 < k <= few_rows.DEEPEST and alone and not residual:
        _few_rows(code, a, b, c, bias, following)
        return True
    if 0 < k <= outer.DEEPEST and not few and alone and not following and b.strides[-1] == ITEM:
        _outer(code, a, b, c)
        return True
    if last and ITEM * prod(c.shape) >= FAR and COLUMNS * ITEM % CACHE_LINE == 0:
        following |= PAST
    matrix, b_words = second(code, b, m, sizes, steps[1])
    a_form = LAID_OUT if _laid_out(a, n) else AS_IT_STANDS
    size, *blocks = blocking(m, k, a_form)
    nowhere = At(c.memory, c.offset)
    also: list[Word] = [nowhere, 0, 0, 0]
    if added:
        also = [at(added[0]), *steps[3], added[0].strides[-2]]
    words: list[Word] = [
        Scratch(size), size, *blocks, *sizes, m, n, k,
        at(a), *steps[0], *a.strides[-2:], a_form, *b_words,
        at(c), *steps[2], c.strides[-2],
        following, at(bias) if bias else nowhere, *also,
    ]  # fmt: skip
    reads = [a, matrix, *([bias] if bias else []), *added]
    # A tile of the residual is read before that tile of C is written.
    over = instead(c, added[0], reads) if added else ()
    code.call("product.product", words, reads, [c], prod(sizes) * m * n * k // 16, over=over)
    return True


def _joined(a: View, b: View, *others: View) -> list[View]:
    """Operands, of the same leading axes, where those along which B is the same have become rows."""
    views = [a, *others]
    while b.rank > 2:
        size = b.shape[-3]
        if size != 1 and (b.strides[-3] or any(_apart(view) for view in views)):
            break
        views = [_with_more_rows(view) for view in views]
        b = replace(b, shape=(*b.shape[:-3], *b.shape[-2:]), strides=(*b.strides[:-3], *b.strides[-2:]))
    return [views[0], b, *views[1:]]


def _apart(view: View) -> bool:
    """Whether the rows of one matrix do not go on in the next one."""
    return view.shape[-2] != 1 and view.strides[-3] != view.shape[-2] * view.strides[-2]


def _with_more_rows(view: View) -> View:
    """The last leading axis and the rows as one."""
    *lead, size, rows, columns = view.shape
    *by_lead, outer, by_row, by_column = view.strides
    step = outer if rows == 1 and size != 1 else by_row
    return replace(view, shape=(*lead, size * rows, columns), strides=(*by_lead, step, by_column))


def second(
    code: Code, b: View, m: int, sizes: tuple[int, int], steps: tuple[int, int], again: bool = False
) -> tuple[View, list[Word]]:
    """The second operand of a product with m rows as the kernel reads it, and its words.

    A matrix that comes again from run to run is packed once, and so is one that is multiplied `again`.
    """
    memory = code.memories[b.memory]
    if again or memory.fixed or ITEM not in b.strides[-2:]:
        matrix, strides = packed_matrix(code, b, sizes, steps)
        return matrix, [at(matrix), *strides, 0, 0, IN_PANELS]
    inside = memory.outside is None or b.shape[-1] % COLUMNS == 0  # behind an array from outside is not ours
    few = m <= FEW_TILES * ROWS
    form = AS_IT_STANDS if b.strides[-1] == ITEM and inside and few else LAID_OUT
    return b, [at(b), *steps, *b.strides[-2:], form]


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


def _few_rows(code: Code, a: View, b: View, c: View, bias: View | None, following: int) -> None:
    """The call for a few rows and a matrix that is packed once."""
    (m, n), k = c.shape[-2:], a.shape[-1]
    matrix, _ = packed_matrix(code, b, (1, 1), (0, 0))
    words: list[Word] = [
        m, n, k, at(a), *a.strides[-2:], at(matrix), at(c), c.strides[-2],
        following, at(bias) if bias else At(c.memory, c.offset),
    ]  # fmt: skip
    code.call("few_rows.few_rows", words, [a, matrix, *([bias] if bias else [])], [c], m * n * k // 16)


def _outer(code: Code, a: View, b: View, c: View) -> None:
    """The call for a few steps."""
    (m, n), k = c.shape[-2:], a.shape[-1]
    words: list[Word] = [m, n, k, at(a), *a.strides[-2:], at(b), b.strides[-2], at(c), c.strides[-2]]
    code.call("outer.outer", words, [a, b], [c], m * n * k // 16)


FEW_PANELS = 4
"""Up to so many panels, rows of A whose numbers stand side by side are read where they stand."""


def _laid_out(a: View, columns: int) -> bool:
    """Whether blocks of A's rows are laid out: it pays where they are read again and again."""
    if a.shape[-2] < ROWS or ITEM not in a.strides[-2:]:
        return False
    return columns > FEW_PANELS * COLUMNS if a.strides[-1] == ITEM else columns >= COLUMNS


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
