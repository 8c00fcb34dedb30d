"""Convolutions and pools, channels side by side."""

from functools import partial
from math import prod

from ..engine.plan import Instruction
from ..kernels.vector import ITEM
from ..kernels.words import SPATIAL_AXES
from .convolutions import convolve, filter_gradient
from .geometry import Geometry
from .lowering import Lowering, Rule, channels_beside
from .tails import followed
from .view import Shape, View, channels_last, order_of
from .ways import filter_gradient_way, way_of
from .windows import Axis, adaptive, backwards, divided, greatest, put_back, sliding, weighted

MOST_PLACES = 2**24
"""Whole numbers that a float holds."""


def _convolved(lowering: Lowering, instruction: Instruction, *, back: bool) -> bool:
    """A convolution, or going `back` a transposed one, with what follows it."""
    x, w = instruction.inputs
    (y,) = instruction.outputs
    if not _sizable(lowering, instruction):
        return False
    out = 1 if back else 0  # the axis of filters along which the result's channels stand
    # Transposed, filters of groups have but a group's channels there.
    tail = followed(lowering, y, 1, factors=not back or instruction.settings["groups"] == 1)
    filters = lowering.view(w)
    if tail.factor is not None:
        shape = tuple(n if axis == out else 1 for axis, n in enumerate(filters.shape))
        factor = tail.factor.reshaped(shape)
        assert factor is not None, "one axis among axes of size 1"
        filters = lowering.step(("multiply", ()), filters, factor)
        lowering.chains.close(filters.memory)
    if not _evenly(filters):
        filters = lowering.copied(filters)
    lowering.tail_stands(tail)
    geometry, seen = Geometry.of(instruction.settings), lowering.view(x)
    way = way_of(
        lowering.shape(x), filters.shape, lowering.shape(y), geometry,
        back=back,
        exact=lowering.exact,
        fixed=lowering.code.memories[lowering.seen(w).memory].fixed,
        precise=not back and bool(lowering.plan.starts),  # signs at ReLUs decide about gradients
        residual=tail.residual is not None,
        beside=channels_beside(seen),
    )  # fmt: skip
    image = seen if way.frames else lowering.image(x)
    residual = None if tail.residual is None else lowering.image(tail.residual)
    made = lowering.made(tail.end, channels_last(len(lowering.shape(y))))
    convolve(
        lowering.code, way, image, filters, made, geometry,
        back=back, bias=tail.shift, residual=residual, relu=tail.relu,
    )  # fmt: skip
    return True


def _evenly(filters: View) -> bool:
    """Whether filters (O, C, K…) stand as their packing takes them: places evenly, one axis side by side."""
    if filters.contiguous or filters.shape[1] == 1:
        return filters.contiguous
    by_place = filters.permuted((*range(2, filters.rank), 1, 0))
    even = by_place.reshaped((prod(filters.shape[2:]), *by_place.shape[-2:]))
    return even is not None and ITEM in filters.strides[:2]


def _conv_weight_grad(lowering: Lowering, instruction: Instruction) -> bool:
    x, dy = instruction.inputs
    (dw,) = instruction.outputs
    if not _sizable(lowering, instruction):
        return False
    geometry = Geometry.of(instruction.settings)
    shapes = lowering.shape(x), lowering.shape(dy), lowering.shape(dw)
    way = filter_gradient_way(*shapes, geometry, exact=lowering.exact)
    image = lowering.view(x) if way.frames else lowering.image(x)
    # Tiles read whole vectors of dy's channels: behind the last pixel of an array from outside is not ours.
    given = lowering.view(dy) if way.kernel == "planes" else lowering.image(dy, inside=True)
    made = lowering.made(dw, (*range(2, len(shapes[2])), 1, 0))
    filter_gradient(lowering.code, way, lowering.threads, image, given, made, geometry)
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


def _adaptive_max_pool(lowering: Lowering, instruction: Instruction) -> bool:
    (x,), (y, index) = instruction.inputs, instruction.outputs
    size = lowering.shape(x)[2:]
    if not _sizable(lowering, instruction) or prod(size) > MOST_PLACES:
        return False
    axes = [adaptive(*axis) for axis in zip(size, lowering.shape(y)[2:], strict=True)]
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
    noted = lowering.view(index)
    if [axis for axis in order_of(noted) if noted.shape[axis] != 1] != [
        axis for axis in order if noted.shape[axis] != 1
    ]:
        return False
    given = lowering.copied(lowering.view(dy), order)
    put_back(lowering.code, noted, given, lowering.made(instruction.outputs[0], order))
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
    return all(prod(shape) for shape in shapes) and len(shapes[0]) - 2 <= SPATIAL_AXES


IMAGE_RULES: dict[str, Rule] = {
    "conv": partial(_convolved, back=False),
    "conv_input_grad": partial(_convolved, back=True),
    "conv_weight_grad": _conv_weight_grad,
    "max_pool": _max_pool,
    "max_pool_grad": _max_pool_grad,
    "adaptive_max_pool": _adaptive_max_pool,
    "avg_pool": _avg_pool,
    "avg_pool_grad": _avg_pool_grad,
    "adaptive_avg_pool": _adaptive_avg_pool,
    "adaptive_avg_pool_grad": _adaptive_avg_pool_grad,
}
"""By primitive."""
