"""Recurrent layers as calls: the operands of a cell as words, weights in blocks, the phases of a step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from ..kernels.cells import number
from ..kernels.recurrent import (
    COMING,
    GRU_VECTORS,
    MATRIX,
    NOW,
    OPERAND_WORDS,
    PACK_SCRATCH_WORDS,
    PING,
    PONG,
    SCRATCH_WORDS,
    STATE,
)
from ..kernels.table import SHARED_BYTES
from ..kernels.tile import COLUMNS, VECTORS
from ..kernels.vector import ITEM, WIDTH
from .code import At, Code, Scratch, Table, Word, at, table
from .packing import packed_panels
from .view import View, packed


@dataclass(frozen=True, slots=True)
class Operand:
    """An array as a cell finds it, as the kernel's words say; `end` is where else it may stand."""

    view: View
    row: int
    step: int = 0
    part: int = 0
    when: int = NOW
    end: View | None = None

    @property
    def words(self) -> list[Word]:
        """As the kernel reads them."""
        other: list[Word] = [0, 0] if self.end is None else [at(self.end), self.end.strides[0]]
        return [at(self.view), self.row, self.step, self.part, self.when, *other]


def sequence(view: View, units: int = 0, coming: View | None = None) -> Operand:
    """An array (B, T, parts·units); with `coming` the next step's, and that one's (B, units) at the end."""
    batch, step, _ = view.strides
    when = NOW if coming is None else COMING
    return Operand(view, batch, step, units * ITEM, when, coming)


def state(view: View, start: View) -> Operand:
    """An array (B, units) that goes from step to step; `start` stands for it at the first step."""
    return Operand(view, view.strides[0], when=STATE, end=start)


def left(view: View) -> Operand:
    """An array (B, units), the same place at every step."""
    return Operand(view, view.strides[0])


def ping(pair: View, start: View | None) -> Operand:
    """Of two arrays (2, B, parts·units) the one that the step before has written; at first `start`."""
    step, row, _ = pair.strides
    return Operand(pair, row, step, 0, PING, start)


def pong(pair: View, units: int = 0) -> Operand:
    """The other one of the two, to be written."""
    step, row, _ = pair.strides
    return Operand(pair, row, step, units * ITEM, PONG)


def everywhere(view: View) -> Operand:
    """One row (units,) for all rows, steps and parts."""
    return Operand(view, 0)


@dataclass(frozen=True, slots=True)
class Weights:
    """A matrix in blocks: units and vectors of a block, floats of its rows, their depth."""

    view: View
    units: int
    vectors: int
    length: int
    depth: int


@dataclass(frozen=True, slots=True)
class Phase:
    """A product of `matrix` with weights, and a cell on its sums; what the cell reads and what it writes."""

    cell: str
    batch: int
    units: int
    weights: Weights
    matrix: Operand
    reads: tuple[Operand, ...]
    writes: tuple[Operand, ...]

    @property
    def table(self) -> Table:
        """As the kernel reads it."""
        w = self.weights
        operands = [*self.reads, *self.writes]
        words: list[Word] = [
            number(self.cell), self.batch, self.units, w.units, w.vectors, w.length, w.depth, at(w.view),
            len(operands),
        ]  # fmt: skip
        assert len(words) == MATRIX, "the matrix comes next"
        rows = table((operand.words for operand in (self.matrix, *operands)), OPERAND_WORDS)
        return Table((*words, *rows.words))

    @property
    def read(self) -> list[View]:
        """All that it reads."""
        operands = [self.matrix, *self.reads]
        ends = [operand.end for operand in operands if operand.end is not None]
        return [self.weights.view, *(operand.view for operand in operands), *ends]

    @property
    def work(self) -> int:
        """As of a call, for one step."""
        return self.batch * self.units * self.weights.depth * self.weights.length // (16 * self.weights.units)


def run(code: Code, steps: int, down: bool, phases: Sequence[Phase], after: Phase | None = None) -> None:
    """All steps, from the last one on where `down`, and what comes after them."""
    shared = fresh(code, (SHARED_BYTES // ITEM,))
    code.call("recurrent.begin", [at(shared)], [], [shared], 1)
    tables: list[Word] = [phase.table for phase in phases]
    words: list[Word] = [
        Scratch(8 * SCRATCH_WORDS), at(shared), steps, int(down), len(phases),
        *tables, *[0] * (2 - len(phases)), 0 if after is None else after.table,
    ]  # fmt: skip
    every = [*phases, *([] if after is None else [after])]
    reads = [shared, *(view for phase in every for view in phase.read)]
    writes = [shared, *(operand.view for phase in every for operand in phase.writes)]
    code.call("recurrent.steps", words, reads, writes, steps * sum(each.work for each in every))


def fresh(code: Code, shape: tuple[int, ...]) -> View:
    """Memory for an array of floats."""
    return View(code.memory(prod(shape) * ITEM), 0, shape, packed(shape, ITEM), ITEM)


def by_gates(code: Code, weights: View, gates: int) -> Weights:
    """(gates·H, K), units with all their gates side by side."""
    hidden, depth = weights.shape[0] // gates, weights.shape[1]
    length = (4 if gates == 4 else GRU_VECTORS) * WIDTH
    made = fresh(code, (-(-hidden // WIDTH), depth, length))
    words: list[Word] = [
        Scratch(8 * PACK_SCRATCH_WORDS), at(weights), hidden, gates, length, depth,
        *weights.strides, at(made),
    ]  # fmt: skip
    code.call("recurrent.pack_gates", words, [weights], [made], prod(made.shape))
    return Weights(made, WIDTH, 1, length, depth)


def by_columns(code: Code, weights: View) -> Weights:
    """(K, units), in panels."""
    depth, units = weights.shape
    by_depth, by_unit = weights.strides
    row = COLUMNS * ITEM
    axes, sizes = (0, 0, by_depth, 0, by_unit), (1, 1, depth, 1, units)
    made = packed_panels(code, weights, axes, sizes, (0, 0, row, 0), depth * row)
    return Weights(made, COLUMNS, VECTORS, COLUMNS, depth)


def nothing(code: Code, units: int) -> View:
    """Zeros for rows of any number: (any, units)."""
    place: At = code.zeros(units * ITEM)
    return View(place.memory, place.offset, (1, units), (0, ITEM), ITEM)


def row_of(view: View) -> View:
    """The first row of (any, units), as (units,)."""
    return replace(view, shape=view.shape[1:], strides=view.strides[1:])
