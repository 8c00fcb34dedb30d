"""From a plan to the machine's code: each instruction as kernels on views, or left to its reference."""

from collections import Counter
from collections.abc import Callable
from math import prod
from typing import Any

from ..engine.plan import ITEM_BYTES, Instruction, Plan
from ..kernels import chain
from .chains import Chains
from .code import Code, Reference
from .convolutions import AXES, filter_gradient, forward, input_gradient
from .formulas import OPERATIONS, Operation
from .norms import normalise, normalise_gradient
from .products import SLACK, product
from .tails import Tail, followed
from .view import Shape, View, channels_last, order_of, ordered, packed
from .windows import Axis, adaptive, backwards, divided, greatest, put_back, sliding, weighted

FLOAT, DOUBLE = 4, 8

OF_PLACES = ("max_pool", "max_pool_grad")
MOST_PLACES = 2**24
"""Whole numbers that a float holds."""


class Lowering:
    """One plan while it is lowered: where its buffers have come to stand, and what is done so far."""

    def __init__(self, plan: Plan, threads: int) -> None:
        self.plan = plan
        self.threads = threads
        self.code = Code()
        self._uses: dict[int, int] = {}
        self._kept: set[int] = set()
        self._read = Counter(
            self.root(number) for instruction in plan.instructions for number in instruction.inputs
        )
        self._results = {self.root(number) for number in plan.results}
        self._readers: dict[int, list[Instruction]] = {}
        self._makers = {number: each for each in plan.instructions for number in each.outputs}
        for instruction in plan.instructions:
            for number in instruction.inputs:
                self._readers.setdefault(self.root(number), []).append(instruction)
        self._done: set[int] = set()
        self.chains = Chains(self.code, self._uses, self._kept)
        for number in sorted(plan.outside):
            buffer = plan.buffers[number]
            memory = self.code.memory(buffer.size, number)
            item = ITEM_BYTES[buffer.dtype]
            self.code.views[number] = View(memory, 0, buffer.shape, packed(buffer.shape, item), item)

    def root(self, number: int) -> int:
        """The buffer whose memory this one shares, else itself."""
        base = self.plan.buffers[number].base
        return number if base is None else base

    def lowered(self) -> Code:
        """All instructions, in order."""
        for instruction in self.plan.instructions:
            self._lower(instruction)
        self.chains.close_all()
        for number in self.plan.results:
            self.view(number)
        self.chains.close_all()
        return self.code

    def _lower(self, instruction: Instruction) -> None:
        if id(instruction) in self._done:
            return
        self._done.add(id(instruction))
        rule = RULES.get(instruction.primitive)
        if rule is None or not self._fits(instruction) or not rule(self, instruction):
            self.refer(instruction)

    def only_reader(self, number: int) -> Instruction | None:
        """The instruction that alone reads a value, once and as it is; None where there is none such."""
        root = self.root(number)
        readers = self._readers.get(root, [])
        if len(readers) != 1 or root in self._results or readers[0].inputs.count(number) != 1:
            return None
        return readers[0]

    def skip(self, instruction: Instruction) -> None:
        """Notes that an instruction's work is part of another's."""
        self._done.add(id(instruction))

    def stands(self, number: int) -> bool:
        """Whether a value is computed, or comes from outside."""
        return self.root(number) in self.code.views

    def ensure(self, number: int) -> bool:
        """Computes a value now, if that takes nothing but elementwise work on weights; whether it stands."""
        if self.stands(number):
            return True
        maker = self._makers.get(self.root(number))
        if maker is None or maker.primitive not in OPERATIONS:
            return False
        if not all(self.ensure(each) for each in maker.inputs):
            return False
        self._lower(maker)
        return True

    def _fits(self, instruction: Instruction) -> bool:
        """Whether the values are floats, but for the places of maxima."""
        if instruction.primitive in OF_PLACES:
            return True
        numbers = (*instruction.inputs, *instruction.outputs)
        return all(self.plan.buffers[number].dtype == "float32" for number in numbers)

    def wanted(self, number: int) -> bool:
        """Whether anything reads a buffer, or it is a result."""
        return bool(self._read[number]) or number in self._results

    def shape(self, number: int) -> Shape:
        """The sizes of a buffer."""
        return self.plan.buffers[number].shape

    def view(self, number: int) -> View:
        """Where a buffer stands, as something outside of the open chains reads it."""
        found = self.seen(number)
        self.chains.close(found.memory)
        return found

    def seen(self, number: int) -> View:
        """Where a buffer stands; the chain that makes it may still be open."""
        views = self.code.views
        if number not in views:
            root = views[self.root(number)]
            shape = self.shape(number)
            reshaped = root.reshaped(shape)
            if reshaped is None:
                reshaped = self.copied(root).reshaped(shape)
                assert reshaped is not None, "side by side"
            views[number] = reshaped
        return views[number]

    def copied(self, view: View, order: tuple[int, ...] | None = None) -> View:
        """The same array side by side in memory of its own, its axes standing in that order."""
        memory = self.code.memory(prod(view.shape) * view.item + SLACK)
        order = order or tuple(range(view.rank))
        made = View(memory, 0, view.shape, ordered(view.shape, view.item, order), view.item)
        assert view.item == FLOAT, "only floats have other layouts"
        self._uses[memory] = 2  # read by whoever asked
        self.chains.add(("copy", ()), [view], made)
        self.chains.close(memory)
        return made

    def made(self, number: int, order: tuple[int, ...] | None = None) -> View:
        """Memory for a result, its axes standing in that order."""
        buffer = self.plan.buffers[number]
        item = ITEM_BYTES[buffer.dtype]
        memory = self.code.memory(buffer.size + SLACK)
        self._uses[memory] = self._read[number]
        if number in self._results:
            self._kept.add(memory)
        strides = packed(buffer.shape, item) if order is None else ordered(buffer.shape, item, order)
        self.code.views[number] = View(memory, 0, buffer.shape, strides, item)
        return self.code.views[number]

    def summed(self, value: View, totals: View, factor: float = 1.0) -> None:
        """Fills `totals`, which keeps the axes with size 1, with the sums of a value times a factor."""
        size = prod(totals.shape) * DOUBLE
        memory = self.code.memory(self.threads * size)
        shape = (self.threads, *totals.shape)
        parts = View(memory, 0, shape, packed(shape, DOUBLE), DOUBLE)
        self._uses[value.memory] = self._uses.get(value.memory, 0) + 1
        self.chains.add_sum(value, totals, parts, factor)

    def like(self, view: View) -> View:
        """Memory for another array of that shape, its axes standing in the same order."""
        memory = self.code.memory(prod(view.shape) * view.item + SLACK)
        strides = ordered(view.shape, view.item, order_of(view))
        return View(memory, 0, view.shape, strides, view.item)

    def step(self, operation: Operation, *inputs: View) -> View:
        """An elementwise operation on views, its result in memory of its own, in the first one's shape."""
        made = self.like(inputs[0])
        self.step_into(made, operation, *inputs)
        return made

    def step_into(self, made: View, operation: Operation, *inputs: View) -> None:
        """An elementwise operation on views, its result where it is told."""
        for view in inputs:
            self._uses[view.memory] = self._uses.get(view.memory, 0) + 1
        self.chains.add(operation, inputs, made)

    def alias(self, number: int, view: View) -> None:
        """A result that is another view of memory that is there."""
        self._uses[view.memory] = self._uses.get(view.memory, 0) + self._read[number]
        if number in self._results:
            self._kept.add(view.memory)
        self.code.views[number] = view

    def tail_stands(self, tail: Tail) -> None:
        """Writes what a tail's shift is made of, and has its numbers side by side."""
        if tail.shift is not None:
            self.chains.close(tail.shift.memory)
            if tail.shift.strides[0] != FLOAT:
                tail.shift = self.copied(tail.shift)

    def refer(self, instruction: Instruction) -> None:
        """Leaves an instruction to its primitive's reference or own kernel."""
        inputs = tuple(self.view(number) for number in instruction.inputs)
        outputs = tuple(self.made(number) for number in instruction.outputs)
        self.code.ops.append(Reference(instruction, inputs, outputs))

    def image(self, number: int, inside: bool = False) -> View:
        """An array (N, C, S…) whose channels stand side by side, in the machine's own memory where `inside`."""
        view = self.view(number)
        beside = view.strides[1] == FLOAT or view.shape[1] == 1
        if beside and not (inside and self.code.memories[view.memory].outside is not None):
            return view
        return self.copied(view, channels_last(view.rank))


Rule = Callable[[Lowering, Instruction], bool]


def _elementwise(lowering: Lowering, instruction: Instruction) -> bool:
    operation = OPERATIONS[instruction.primitive](instruction.settings)
    if operation is None:
        return False
    (output,) = instruction.outputs
    if not prod(lowering.shape(output)) or not _few_axes(lowering.shape(output)):
        return False
    inputs = [lowering.seen(number) for number in instruction.inputs]
    shape = lowering.shape(output)
    alike = [view for view in inputs if view.shape == shape]
    lowering.chains.add(operation, inputs, lowering.made(output, order_of(alike[0]) if alike else None))
    return True


def _normalise(lowering: Lowering, instruction: Instruction) -> bool:
    (x,), (y, mean, variance) = instruction.inputs, instruction.outputs
    axes = instruction.settings["axes"]
    if not prod(lowering.shape(x)) or not _few_axes(lowering.shape(x)):
        return False
    seen = lowering.view(x)
    order = order_of(seen)
    made = lowering.made(y, order), lowering.made(mean, order), lowering.made(variance, order)
    normalise(lowering, seen, axes, instruction.settings["eps"], *made)
    return True


def _normalise_grad(lowering: Lowering, instruction: Instruction) -> bool:
    y, variance, dy = instruction.inputs
    axes, eps = instruction.settings["axes"], instruction.settings["eps"]
    if not prod(lowering.shape(y)) or not _few_axes(lowering.shape(y)):
        return False
    seen, given = lowering.seen(y), lowering.seen(dy)
    made = lowering.made(instruction.outputs[0], order_of(seen))
    normalise_gradient(lowering, seen, lowering.seen(variance), given, axes, eps, made)
    return True


def _few_axes(shape: Shape) -> bool:
    """Whether a chain has loops for all of them, however they stand."""
    return sum(size != 1 for size in shape) <= chain.AXES + 1


def _sum(lowering: Lowering, instruction: Instruction) -> bool:
    return _reduced(lowering, instruction, 1.0)


def _mean(lowering: Lowering, instruction: Instruction) -> bool:
    shape = lowering.shape(instruction.inputs[0])
    count = prod(shape[axis] for axis in instruction.settings["axes"])
    return bool(count) and _reduced(lowering, instruction, 1 / count)


def _reduced(lowering: Lowering, instruction: Instruction, factor: float) -> bool:
    value = lowering.seen(instruction.inputs[0])
    axes = instruction.settings["axes"]
    (output,) = instruction.outputs
    if not prod(value.shape) or not _few_axes(value.shape):
        return False
    made = lowering.made(output)
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(value.shape))
    totals = made.reshaped(kept)
    assert totals is not None, "side by side"
    order = order_of(value)
    if [axis for axis in order if kept[axis] != 1] != [axis for axis in range(value.rank) if kept[axis] != 1]:
        value = lowering.copied(value)
    lowering.summed(value, totals, factor)
    return True


def _matmul(lowering: Lowering, instruction: Instruction) -> bool:
    a, b = (lowering.view(number) for number in instruction.inputs)
    if instruction.settings["transpose_a"]:
        a = _turned(a)
    if instruction.settings["transpose_b"]:
        b = _turned(b)
    (output,) = instruction.outputs
    if not prod(lowering.shape(output)) or not a.shape[-1]:
        return False
    if sum(size != 1 for size in lowering.shape(output)[:-2]) > 2:
        return False
    tail = followed(lowering, output, len(lowering.shape(output)) - 1)
    if tail.factor is not None:
        b = lowering.step(("multiply", ()), b, tail.factor)
        lowering.chains.close(b.memory)
    lowering.tail_stands(tail)
    residual = None if tail.residual is None else lowering.view(tail.residual)
    if residual is not None and residual.strides[-1] != FLOAT:
        residual = lowering.copied(residual)
    made = lowering.made(tail.end)
    assert product(lowering.code, a, b, made, bias=tail.shift, residual=residual, relu=tail.relu)
    return True


def _conv(lowering: Lowering, instruction: Instruction) -> bool:
    x, w = instruction.inputs
    (y,) = instruction.outputs
    if not _sizable(lowering, instruction):
        return False
    return _convolved(lowering, instruction, x, w, y, forward)


def _conv_input_grad(lowering: Lowering, instruction: Instruction) -> bool:
    dy, w = instruction.inputs
    (dx,) = instruction.outputs
    if not _sizable(lowering, instruction):
        return False
    return _convolved(lowering, instruction, dy, w, dx, input_gradient)


def _convolved(
    lowering: Lowering, instruction: Instruction, x: int, w: int, y: int, convolve: Callable[..., None]
) -> bool:
    """A convolution, or a transposed one, with what follows it."""
    tail = followed(lowering, y, 1)
    filters = lowering.view(w)
    if tail.factor is not None:
        at = 0 if convolve is forward else 1
        shape = tuple(n if axis == at else 1 for axis, n in enumerate(filters.shape))
        groups = instruction.settings["groups"]
        factor = tail.factor.reshaped(shape) if at == 0 or groups == 1 else None
        assert factor is not None
        filters = lowering.step(("multiply", ()), filters, factor)
        lowering.chains.close(filters.memory)
    lowering.tail_stands(tail)
    image = lowering.image(x)
    residual = None if tail.residual is None else lowering.image(tail.residual)
    made = lowering.made(tail.end, channels_last(len(lowering.shape(y))))
    geometry = _geometry(instruction)
    convolve(
        lowering.code, image, filters, made, bias=tail.shift, residual=residual, relu=tail.relu, **geometry
    )
    return True


def _conv_weight_grad(lowering: Lowering, instruction: Instruction) -> bool:
    x, dy = instruction.inputs
    (dw,) = instruction.outputs
    if not _sizable(lowering, instruction):
        return False
    rank = len(lowering.shape(dw))
    images = lowering.image(x), lowering.image(dy, inside=True)
    made = lowering.made(dw, (*range(2, rank), 1, 0))
    filter_gradient(lowering.code, *images, made, **_geometry(instruction))
    return True


def _max_pool(lowering: Lowering, instruction: Instruction) -> bool:
    (x,), (y, index) = instruction.inputs, instruction.outputs
    settings = instruction.settings
    size, counts = lowering.shape(x)[2:], lowering.shape(y)[2:]
    if not _sizable(lowering, instruction) or prod(size) > MOST_PLACES:
        return False
    geometry = zip(
        size, counts, *(settings[name] for name in ("kernel", "stride", "padding", "dilation")), strict=True
    )
    axes = [sliding(*axis) for axis in geometry]
    if not all(reach for axis in axes for reach in axis.reaches):
        return False
    order = channels_last(len(lowering.shape(x)))
    image, made = lowering.image(x), lowering.made(y, order)
    noted = lowering.made(index, order) if lowering.wanted(index) else None
    greatest(lowering.code, image, made, noted, axes)
    return True


def _max_pool_grad(lowering: Lowering, instruction: Instruction) -> bool:
    index, dy = instruction.inputs
    if not _sizable(lowering, instruction):
        return False
    order = channels_last(len(lowering.shape(dy)))
    places = lowering.view(index)
    if [axis for axis in order_of(places) if places.shape[axis] != 1] != [
        axis for axis in order if places.shape[axis] != 1
    ]:
        return False
    given = lowering.copied(lowering.view(dy), order)
    put_back(lowering.code, places, given, lowering.made(instruction.outputs[0], order))
    return True


def _avg_pool(lowering: Lowering, instruction: Instruction) -> bool:
    (x,), (y,) = instruction.inputs, instruction.outputs
    axes = _means(instruction, lowering.shape(x)[2:], lowering.shape(y)[2:])
    return _weighted(lowering, instruction, axes)


def _avg_pool_grad(lowering: Lowering, instruction: Instruction) -> bool:
    (dy,) = instruction.inputs
    size = instruction.settings["size"]
    axes = _means(instruction, size, lowering.shape(dy)[2:])
    turned = [backwards(axis, n) for axis, n in zip(axes, size, strict=True)]
    return _weighted(lowering, instruction, turned)


def _means(instruction: Instruction, size: Shape, counts: Shape) -> list[Axis]:
    settings = instruction.settings
    each = zip(size, counts, settings["kernel"], settings["stride"], settings["padding"], strict=True)
    return [divided(n, p, k, s, low, settings["count_include_pad"]) for n, p, k, s, low in each]


def _adaptive_avg_pool(lowering: Lowering, instruction: Instruction) -> bool:
    (x,), (y,) = instruction.inputs, instruction.outputs
    each = zip(lowering.shape(x)[2:], lowering.shape(y)[2:], strict=True)
    return _weighted(lowering, instruction, [adaptive(*axis) for axis in each])


def _adaptive_avg_pool_grad(lowering: Lowering, instruction: Instruction) -> bool:
    (dy,), (dx,) = instruction.inputs, instruction.outputs
    each = zip(lowering.shape(dx)[2:], lowering.shape(dy)[2:], strict=True)
    return _weighted(lowering, instruction, [backwards(adaptive(n, count), n) for n, count in each])


def _weighted(lowering: Lowering, instruction: Instruction, axes: list[Axis]) -> bool:
    (x,), (y,) = instruction.inputs, instruction.outputs
    if not _sizable(lowering, instruction):
        return False
    made = lowering.made(y, channels_last(len(lowering.shape(y))))
    weighted(lowering.code, lowering.image(x), made, axes)
    return True


def _sizable(lowering: Lowering, instruction: Instruction) -> bool:
    """Whether there is something to compute, along no more spatial axes than the kernels know."""
    shapes = [lowering.shape(number) for number in (*instruction.inputs, *instruction.outputs)]
    return all(prod(shape) for shape in shapes) and len(shapes[0]) - 2 <= AXES


def _geometry(instruction: Instruction) -> dict[str, Any]:
    return {name: instruction.settings[name] for name in ("stride", "padding", "dilation", "groups")}


def _turned(view: View) -> View:
    return view.permuted((*range(view.rank - 2), view.rank - 1, view.rank - 2))


def _permute(lowering: Lowering, instruction: Instruction) -> bool:
    view = lowering.seen(instruction.inputs[0])
    lowering.alias(instruction.outputs[0], view.permuted(instruction.settings["axes"]))
    return True


def _slice(lowering: Lowering, instruction: Instruction) -> bool:
    view = lowering.seen(instruction.inputs[0])
    settings = instruction.settings
    if settings["step"] < 1:
        return False
    cut = view.sliced(settings["axis"], settings["start"], settings["stop"], settings["step"])
    lowering.alias(instruction.outputs[0], cut)
    return True


RULES: dict[str, Rule] = {
    **dict.fromkeys(OPERATIONS, _elementwise),
    "sum": _sum,
    "mean": _mean,
    "normalise": _normalise,
    "normalise_grad": _normalise_grad,
    "matmul": _matmul,
    "max_pool": _max_pool,
    "max_pool_grad": _max_pool_grad,
    "avg_pool": _avg_pool,
    "avg_pool_grad": _avg_pool_grad,
    "adaptive_avg_pool": _adaptive_avg_pool,
    "adaptive_avg_pool_grad": _adaptive_avg_pool_grad,
    "conv": _conv,
    "conv_input_grad": _conv_input_grad,
    "conv_weight_grad": _conv_weight_grad,
    "permute": _permute,
    "slice": _slice,
}
"""By primitive. A rule says False, having added nothing, where it has no kernel for these settings."""
