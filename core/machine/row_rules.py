"""Softmax and losses: rows that stand side by side, whichever axis they are along."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, prod

from ..engine.plan import Instruction
from ..kernels.chain import OUTER_LOOPS
from ..kernels.losses import ROOM
from ..kernels.vector import ITEM
from .code import Code, Reference, Scratch, Table, Word, at
from .lowering import DOUBLE, Lowering, Rule
from .view import Shape, View


@dataclass(frozen=True, slots=True)
class Rows:
    """An array as rows along one axis: (rows, size), the rest in reading order."""

    view: View

    @property
    def words(self) -> list[Word]:
        """Where they begin, and how far apart they are."""
        return [at(self.view), self.view.strides[0]]


def turned(rank: int, *axes: int) -> tuple[int, ...]:
    """The axes with some of them last."""
    last = sorted(axis % rank for axis in axes)
    return (*(other for other in range(rank) if other not in last), *last)


def flat(view: View, *axes: int) -> View | None:
    """An array as (rows, size) along the axes, without a copy; None where there is none such."""
    size = prod(view.shape[axis] for axis in axes)
    return view.permuted(turned(view.rank, *axes)).reshaped((prod(view.shape) // size, size))


def rows(lowering: Lowering, number: int, *axes: int) -> Rows:
    """A value as rows whose elements are neighbours, copied where they are not."""
    view = lowering.view(number)
    found = flat(view, *axes)
    if found is None or not (found.strides[1] == ITEM or found.shape[1] == 1):
        found = flat(lowering.copied(view, turned(view.rank, *axes)), *axes)
        assert found is not None, "side by side"
    return Rows(found)


def new_rows(lowering: Lowering, number: int, axis: int) -> Rows:
    """Memory for a result, as such rows."""
    view = lowering.made(number, turned(len(lowering.shape(number)), axis))
    found = flat(view, axis)
    assert found is not None, "side by side"
    return Rows(found)


def sizable(shape: Shape) -> bool:
    """Whether there is something to compute, and a copy of it could be made."""
    return bool(prod(shape)) and bool(shape) and sum(size != 1 for size in shape) <= OUTER_LOOPS + 1


NOWHERE: list[Word] = [0, 0]


def _write(code: Code, kernel: str, taken: Sequence[Rows], made: Rows, steps: int = 0) -> None:
    views = [*(each.view for each in taken), made.view]
    places = [word for each in (*taken, made) for word in each.words] + NOWHERE * (2 - len(taken))
    count, size = made.view.shape
    code.call(f"softmax.{kernel}", [*places, count, size, steps], views[:-1], views[-1:], 8 * count * size)


def _softmax(lowering: Lowering, instruction: Instruction) -> bool:
    return _rowwise(lowering, instruction, instruction.inputs, instruction.outputs[0])


def _softmax_grad(lowering: Lowering, instruction: Instruction) -> bool:
    """With the mask that follows it in causal attention."""
    (dx,) = instruction.outputs
    shape = lowering.shape(dx)
    reader = lowering.only_reader(dx)
    masked = reader is not None and reader.primitive == "causal_mask" and reader.settings["value"] == 0
    if reader is None or not masked or not (sizable(shape) and along_last(instruction, shape)):
        return _rowwise(lowering, instruction, instruction.inputs, dx)
    lowering.skip(reader)
    return _rowwise(lowering, instruction, instruction.inputs, reader.outputs[0], shape[-2])


def along_last(instruction: Instruction, shape: Shape) -> bool:
    """Whether it goes along the last axis of that shape."""
    return bool(instruction.settings["axis"] % len(shape) == len(shape) - 1)


def _rowwise(
    lowering: Lowering, instruction: Instruction, inputs: Sequence[int], output: int, steps: int = 0
) -> bool:
    if not sizable(lowering.shape(output)):
        return False
    axis = instruction.settings["axis"]
    taken = [rows(lowering, number, axis) for number in inputs]
    _write(lowering.code, instruction.primitive, taken, new_rows(lowering, output, axis), steps)
    return True


def _causal_mask(lowering: Lowering, instruction: Instruction) -> bool:
    """Part of the softmax that follows it, or alone."""
    (x,), (y,) = instruction.inputs, instruction.outputs
    reader = lowering.only_reader(y)
    shape, value = lowering.shape(y), instruction.settings["value"]
    if not sizable(shape):
        return False
    softened = reader is not None and reader.primitive == "softmax" and value == -inf
    if reader is not None and softened and along_last(reader, shape):
        lowering.skip(reader)
        return _rowwise(lowering, reader, [x], reader.outputs[0], shape[-2])
    taken, made = rows(lowering, x, -1), new_rows(lowering, y, -1)
    words = [*taken.words, *made.words, *made.view.shape, shape[-2], float(value)]
    lowering.code.call("mask.causal", words, [taken.view], [made.view], prod(shape))
    return True


@dataclass(frozen=True, slots=True)
class _Loss:
    """What the kernels of losses read, but for where the result goes; `axis` is that of the classes."""

    x: Rows
    axis: int
    targets: View
    words: list[Word]


def _loss(lowering: Lowering, instruction: Instruction) -> _Loss | None:
    logits, target = instruction.inputs[:2]
    shape = lowering.shape(logits)
    targets = lowering.view(target)
    if not sizable(shape) or not prod(targets.shape) or not targets.contiguous:
        return None
    axis = 1 if len(shape) > 1 else 0
    x = rows(lowering, logits, axis)
    settings = instruction.settings
    words: list[Word] = [
        Scratch(8 * ROOM), *x.words, ITEM, *x.view.shape, at(targets), settings["ignore_index"],
        float(settings.get("label_smoothing", 0.0)),
    ]  # fmt: skip
    return _Loss(x, axis, targets, words)


def _mean_loss(lowering: Lowering, instruction: Instruction) -> bool:
    loss = _loss(lowering, instruction)
    if loss is None:
        return False
    reference = reference_of(lowering, instruction)
    made = lowering.made(instruction.outputs[0])
    memory = lowering.code.memory(lowering.threads * DOUBLE)
    sums = View(memory, 0, (lowering.threads,), (DOUBLE,), DOUBLE)
    reads = [loss.x.view, loss.targets]
    words: list[Word] = [*loss.words, at(sums), 0, 0]
    work = prod(loss.x.view.shape) * (8 if instruction.primitive == "cross_entropy" else 1)
    lowering.code.call(f"losses.{instruction.primitive}", words, reads, [sums], work, reference)
    lowering.code.call(
        "losses.mean_loss",
        [at(sums), lowering.threads, at(made), Table(tuple(words))],
        [sums, *reads],
        [made],
        prod(loss.targets.shape),
    )
    return True


def _loss_grad(lowering: Lowering, instruction: Instruction) -> bool:
    loss = _loss(lowering, instruction)
    if loss is None:
        return False
    given = lowering.view(instruction.inputs[2])
    reference = reference_of(lowering, instruction)
    made = new_rows(lowering, instruction.outputs[0], loss.axis)
    words: list[Word] = [*loss.words, *made.words, at(given)]
    reads = [loss.x.view, loss.targets, given]
    work = prod(made.view.shape) * 8
    lowering.code.call(f"losses.{instruction.primitive}", words, reads, [made.view], work, reference)
    return True


def reference_of(lowering: Lowering, instruction: Instruction) -> Reference:
    """What says which value is wrong: it fills nothing."""
    return Reference(instruction, tuple(lowering.view(number) for number in instruction.inputs), ())


ROW_RULES: dict[str, Rule] = {
    "softmax": _softmax,
    "softmax_grad": _softmax_grad,
    "log_softmax": _softmax,
    "log_softmax_grad": _softmax_grad,
    "causal_mask": _causal_mask,
    "cross_entropy": _mean_loss,
    "cross_entropy_grad": _loss_grad,
    "nll": _mean_loss,
    "nll_grad": _loss_grad,
}
"""By primitive."""
