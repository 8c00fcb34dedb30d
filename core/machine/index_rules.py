"""Elements by their numbers, and the extremes of rows."""

from math import prod

from ..engine.plan import Instruction
from ..kernels.vector import ITEM
from .code import Word, at
from .lowering import Lowering, Rule
from .row_rules import flat, reference_of, rows, sizable, turned
from .view import View


def _gather(lowering: Lowering, instruction: Instruction) -> bool:
    table, indices = instruction.inputs
    (output,) = instruction.outputs
    shape = lowering.shape(table)
    which = lowering.view(indices)
    if not sizable(shape) or not prod(which.shape) or not which.contiguous:
        return False
    reference = reference_of(lowering, instruction)
    wide = prod(shape[1:])
    found = _matrix(lowering, lowering.view(table), (shape[0], wide))
    made = lowering.made(output)
    words: list[Word] = [
        at(found), found.strides[0], shape[0], wide, at(which), prod(which.shape), at(made),
    ]  # fmt: skip
    lowering.code.call("indices.gather", words, [found, which], [made], prod(made.shape), reference)
    return True


def _scatter_add(lowering: Lowering, instruction: Instruction) -> bool:
    given, indices = instruction.inputs
    (output,) = instruction.outputs
    which = lowering.view(indices)
    shape = lowering.shape(output)
    if not sizable(lowering.shape(given)) or not prod(shape) or not which.contiguous:
        return False
    reference = reference_of(lowering, instruction)
    view = lowering.view(given)
    view = view if view.contiguous else lowering.copied(view)
    total = _total(lowering, output)
    made = lowering.made(output) if total is None else total
    unlearnt = instruction.settings["unlearnt"]
    words: list[Word] = [
        at(made), 0, shape[0], prod(shape[1:]), at(which), prod(which.shape), at(view),
        -1 if unlearnt is None else unlearnt, int(total is not None),
    ]  # fmt: skip
    reads = [view, which, *([] if total is None else [total])]
    work = (0 if total else prod(shape)) + prod(view.shape)
    lowering.code.call("indices.scatter_add", words, reads, [made], work, reference)
    return True


def _total(lowering: Lowering, sums: int) -> View | None:
    """The product to which nothing but sums over a table is added, as where a head is tied to an embedding.

    They are added where it stands: both are as large as the vocabulary.
    """
    reader = lowering.only_reader(sums)
    for number in () if reader is None else reader.inputs:
        addition = added_to(lowering, number)
        if number != sums and addition is not None and addition is reader and lowering.stands(number):
            view = lowering.view(number)
            if not view.contiguous:
                return None
            if not lowering.stands(addition.outputs[0]):
                lowering.alias(addition.outputs[0], view)
            lowering.skip(addition)
            return view
    return None


def added_to(lowering: Lowering, product: int) -> Instruction | None:
    """The addition that alone reads a product, the other number of which is a sum over a table."""
    reader, maker = lowering.only_reader(product), lowering.maker(product)
    if reader is None or reader.primitive != "add" or maker is None or maker.primitive != "matmul":
        return None
    for number in reader.inputs:
        other = lowering.maker(number)
        alike = lowering.shape(number) == lowering.shape(product)
        if alike and other is not None and other.primitive == "scatter_add":
            return reader if lowering.only_reader(number) is reader else None
    return None


def _matrix(lowering: Lowering, view: View, shape: tuple[int, int]) -> View:
    """An array as rows that stand side by side, copied where they do not."""
    found = view.reshaped(shape)
    if found is None or not (found.strides[1] == ITEM or shape[1] == 1):
        found = lowering.copied(view).reshaped(shape)
        assert found is not None, "side by side"
    return found


def _take_along(lowering: Lowering, instruction: Instruction) -> bool:
    x, indices = instruction.inputs
    axis = instruction.settings["axis"]
    shape = lowering.shape(x)
    which = lowering.view(indices)
    if not sizable(shape) or not prod(which.shape) or not which.contiguous:
        return False
    reference = reference_of(lowering, instruction)
    seen = _side_by_side(lowering, x)
    made = lowering.made(instruction.outputs[0])
    words = [at(seen), at(which), at(made), *_split(shape, which.shape, axis)]
    lowering.code.call("indices.take_along", words, [seen, which], [made], prod(made.shape), reference)
    return True


def _take_along_grad(lowering: Lowering, instruction: Instruction) -> bool:
    indices, dy = instruction.inputs
    (output,) = instruction.outputs
    axis = instruction.settings["axis"]
    which = lowering.view(indices)
    if not sizable(lowering.shape(output)) or not sizable(which.shape) or not which.contiguous:
        return False
    seen = _side_by_side(lowering, dy)
    made = lowering.made(output)
    words = [at(made), at(which), at(seen), *_split(made.shape, which.shape, axis)]
    work = prod(made.shape) + prod(seen.shape)
    reference = reference_of(lowering, instruction)
    lowering.code.call("indices.take_along_grad", words, [seen, which], [made], work, reference)
    return True


def _split(shape: tuple[int, ...], taken: tuple[int, ...], axis: int) -> list[Word]:
    return [prod(shape[:axis]), shape[axis], taken[axis], prod(shape[axis + 1 :])]


def _side_by_side(lowering: Lowering, number: int) -> View:
    view = lowering.view(number)
    return view if view.contiguous else lowering.copied(view)


def _one_hot(lowering: Lowering, instruction: Instruction) -> bool:
    (indices,) = instruction.inputs
    which = lowering.view(indices)
    count = instruction.settings["count"]
    if not prod(which.shape) or not which.contiguous or not count:
        return False
    made = lowering.made(instruction.outputs[0])
    words: list[Word] = [at(which), prod(which.shape), at(made), count]
    reference = reference_of(lowering, instruction)
    lowering.code.call("indices.one_hot", words, [which], [made], prod(made.shape), reference)
    return True


def _extreme(lowering: Lowering, instruction: Instruction) -> bool:
    (x,), (y,) = instruction.inputs, instruction.outputs
    axes = instruction.settings["axes"]
    if not sizable(lowering.shape(x)):
        return False
    found = rows(lowering, x, *axes)
    made = lowering.made(y)
    words: list[Word] = [*found.words, ITEM, at(made), *found.view.shape]
    name = {"max": "greatest", "min": "least"}[instruction.primitive]
    lowering.code.call(f"extremes.{name}", words, [found.view], [made], prod(found.view.shape) // 2)
    return True


def _argmax(lowering: Lowering, instruction: Instruction) -> bool:
    (x,), (y,) = instruction.inputs, instruction.outputs
    axis = instruction.settings["axis"]
    if not sizable(lowering.shape(x)):
        return False
    view = lowering.view(x)
    found = flat(view, axis) or flat(lowering.copied(view, turned(view.rank, axis)), axis)
    assert found is not None, "side by side"
    made = lowering.made(y)
    words: list[Word] = [at(found), *found.strides, at(made), *found.shape]
    lowering.code.call("extremes.place_of_greatest", words, [found], [made], 2 * prod(found.shape))
    return True


INDEX_RULES: dict[str, Rule] = {
    "gather": _gather,
    "scatter_add": _scatter_add,
    "take_along": _take_along,
    "take_along_grad": _take_along_grad,
    "one_hot": _one_hot,
    "max": _extreme,
    "min": _extreme,
    "argmax": _argmax,
}
"""By primitive."""
