"""Attention and its gradient as one call each, where two products have a softmax between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, prod

from ..engine.plan import Instruction
from ..kernels.attention import OWN_WORDS
from ..kernels.product import AS_IT_STANDS, IN_PANELS, blocking
from ..kernels.tile import COLUMNS, ROWS
from ..kernels.vector import ITEM
from .code import Scratch, Table, Word, at
from .lowering import Lowering
from .products import batches, second
from .row_rules import along_last
from .view import View

ROWS_BYTES = 1 << 17
"""What rows of scores may take of a core's cache of the second level."""

FEWEST, MOST, MOST_CAUSAL = 4 * ROWS, 64 * ROWS, 16 * ROWS
"""Rows at a time, whatever their length: panels of B are read anew for each block, but what lies ahead of
a causal one is left out."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A product, what is done to its rows, and the product that reads them.

    `rows` is the value between, `steps` its rows in causal attention (0 for none), `weights` the softmax
    whose gradient is meant, None where the softmax itself is.
    """

    first: Instruction
    between: tuple[Instruction, ...]
    second: Instruction
    steps: int
    weights: int | None

    @property
    def rows(self) -> int:
        """The value between the products."""
        return self.between[-1].outputs[0]


def attention(lowering: Lowering, instruction: Instruction) -> bool:
    """Lowers a product together with what follows it in attention; False where something else follows."""
    found = _forward(lowering, instruction) or _backward(lowering, instruction)
    if found is None or not _fits(lowering, found):
        return False
    return _write(lowering, found)


def _forward(lowering: Lowering, first: Instruction) -> _Found | None:
    reader = lowering.only_reader(first.outputs[0])
    between: tuple[Instruction, ...] = ()
    if reader is not None and reader.primitive == "causal_mask" and reader.settings["value"] == -inf:
        between, reader = (reader,), lowering.only_reader(reader.outputs[0])
    if (
        reader is None
        or reader.primitive != "softmax"
        or not along_last(reader, lowering.shape(reader.outputs[0]))
    ):
        return None
    return _followed(lowering, first, (*between, reader), bool(between), None)


def _backward(lowering: Lowering, first: Instruction) -> _Found | None:
    (product,) = first.outputs
    softened = lowering.only_reader(product)
    if softened is None or softened.primitive != "softmax_grad" or softened.inputs[1] != product:
        return None
    weights = softened.inputs[0]
    if not along_last(softened, lowering.shape(weights)) or not lowering.stands(weights):
        return None
    mask = lowering.only_reader(softened.outputs[0])
    causal = mask is not None and mask.primitive == "causal_mask" and mask.settings["value"] == 0
    between = (softened, mask) if mask is not None and causal else (softened,)
    return _followed(lowering, first, between, causal, weights)


def _followed(
    lowering: Lowering,
    first: Instruction,
    between: tuple[Instruction, ...],
    causal: bool,
    weights: int | None,
) -> _Found | None:
    (rows,) = between[-1].outputs
    for reader in lowering.readers(rows):
        if reader.primitive != "matmul" or reader.settings["transpose_a"] or reader.inputs[0] != rows:
            continue
        if reader.inputs[1] != rows and lowering.stands(reader.inputs[1]):
            steps = lowering.shape(rows)[-2] if causal else 0
            return _Found(first, between, reader, steps, weights)
    return None


def _fits(lowering: Lowering, found: _Found) -> bool:
    shapes = [lowering.shape(number) for number in (found.rows, found.second.outputs[0])]
    numbers = (*found.first.inputs, found.second.inputs[1])
    return (
        not found.first.settings["transpose_a"]
        and all(prod(shape) for shape in (*shapes, *map(lowering.shape, numbers)))
        and shapes[0][:-2] == shapes[1][:-2]
        and sum(size != 1 for size in shapes[0][:-2]) <= 2
        and lowering.shape(found.first.outputs[0]) == shapes[0]
    )


def _write(lowering: Lowering, found: _Found) -> bool:
    a = lowering.view(found.first.inputs[0])
    b = _matrix(lowering, found.first)
    values = _matrix(lowering, found.second)
    weights = None if found.weights is None else lowering.view(found.weights)
    *lead, m, size = lowering.shape(found.rows)
    taken = [a, b, values, *([weights] if weights else [])]
    spread = [view.broadcast((*lead, *view.shape[-2:])) for view in taken]
    if batches(lead, spread) is None or (weights and weights.strides[-1] != ITEM):
        return False
    alone = len(lowering.readers(found.rows)) == 1 and not lowering.is_result(found.rows)
    kept = None if alone else lowering.made(found.rows)
    made = lowering.made(found.second.outputs[0], lowering.preferred(found.second.outputs[0]))
    loops = batches(lead, [*spread, made, *([kept] if kept else [])])
    assert loops is not None, "made side by side, or nearly so"
    sizes, steps = loops
    apart = kept.strides[-2] if kept else size * ITEM
    at_a_time = _rows_at_a_time(m, size, bool(found.steps))
    packed, strides = second(lowering.code, spread[1], at_a_time, sizes, steps[1], again=m > at_a_time)
    mixed, mixing = second(lowering.code, spread[2], at_a_time, sizes, steps[2], again=m > at_a_time)
    tiles = 8 * OWN_WORDS + (0 if kept else at_a_time * apart)
    tiles += -tiles % 64
    size_of_tiles, *blocks = blocking(at_a_time, max(size, a.shape[-1]), AS_IT_STANDS)
    room = tiles + size_of_tiles
    before = _words((*blocks, *sizes, m, size, a.shape[-1]), (a, steps[0]), strides, None, apart)
    after = _words(
        (*blocks, *sizes, m, made.shape[-1], size), (None, (0, 0)), mixing, (made, steps[len(taken)]), apart
    )
    # Panels are as far apart as they are deep: with more than one the depth is that of all rows.
    cut = bool(found.steps) and (mixing[-1] != IN_PANELS or made.shape[-1] <= COLUMNS)
    words: list[Word] = [
        Scratch(room), room, tiles, Table(tuple(before)), Table(tuple(after)),
        m, size, at_a_time, found.steps, int(cut),
        *([at(kept), *steps[-1], apart] if kept else [0, 0, 0, 0]),
        *([at(weights), *steps[3], weights.strides[-2]] if weights else [0, 0, 0, 0]),
    ]  # fmt: skip
    reads = [a, packed, mixed, *([weights] if weights else [])]
    work = prod(sizes) * m * size * (a.shape[-1] + made.shape[-1]) // 16
    lowering.code.call("attention.attention", words, reads, [made, *([kept] if kept else [])], work)
    for each in (*found.between, found.second):
        lowering.skip(each)
    return True


def _rows_at_a_time(m: int, size: int, causal: bool) -> int:
    """Blocks of about the same height, of whole tiles."""
    most = min(MOST_CAUSAL if causal else MOST, ROWS_BYTES // (size * ITEM))
    count = -(-m // max(FEWEST, most))
    return -(-m // (count * ROWS)) * ROWS


def _matrix(lowering: Lowering, product: Instruction) -> View:
    """The second operand of a product, turned as it says."""
    view = lowering.view(product.inputs[1])
    if not product.settings["transpose_b"]:
        return view
    return view.permuted((*range(view.rank - 2), view.rank - 1, view.rank - 2))


def _words(
    sizes: Sequence[int],
    a: tuple[View | None, tuple[int, int]],
    b: Sequence[Word],
    c: tuple[View, tuple[int, int]] | None,
    apart: int,
) -> list[Word]:
    """The words of a product; what is told block by block is left open."""
    left, steps = a
    rows: list[Word] = [0, 0, 0, apart, ITEM, AS_IT_STANDS]
    if left is not None:
        rows = [at(left), *steps, *left.strides[-2:], AS_IT_STANDS]
    target: list[Word] = [0, 0, 0, apart]
    if c is not None:
        target = [at(c[0]), *c[1], c[0].strides[-2]]
    nothing: list[Word] = [0, 0, 0, 0, 0, 0]
    return [0, 0, *sizes, *rows, *b, *target, *nothing]
