"""Where parameters and their gradients stand when all of them make one vector each."""

from collections.abc import Iterable, Mapping, Sequence
from math import prod

import numpy as np

from ..initialise import Array
from .memory import ALIGNMENT, SLACK, aligned
from .plan import Plan

Arrangement = Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]
"""The shape of each array, by name, and its axes from the outermost in memory to the innermost."""


def arranged(plan: Plan, names: Iterable[str]) -> Arrangement:
    """How these parameters stand: filters (O, C, K…) as K…, C, O, as the machine makes their gradients."""
    makers = {number: step.primitive for step in plan.instructions for number in step.outputs}
    found = {}
    for name in names:
        shape = plan.buffers[plan.slots[name]].shape
        rank = len(shape)
        filters = makers.get(plan.parameter_gradients[name]) == "conv_weight_grad"
        found[name] = shape, (*range(2, rank), 1, 0) if filters else tuple(range(rank))
    return found


def flat(places: Arrangement) -> tuple[Array, dict[str, Array]]:
    """A vector (P,) of zeros in float32, and the arrays over it, each at the start of a cache line."""
    sizes = [aligned(4 * prod(shape)) // 4 for shape, _ in places.values()]
    memory = np.zeros(4 * sum(sizes) + SLACK + ALIGNMENT, np.uint8)
    begin = -memory.ctypes.data % ALIGNMENT
    vector = memory[begin : begin + 4 * sum(sizes)].view(np.float32)
    arrays, start = {}, 0
    for (name, (shape, order)), size in zip(places.items(), sizes, strict=True):
        arrays[name] = _over(vector[start : start + prod(shape)], shape, order)
        start += size
    return vector, arrays


def _over(part: Array, shape: Sequence[int], order: Sequence[int]) -> Array:
    """An array of that shape over a part of a vector, its axes standing in that order."""
    return part.reshape([shape[axis] for axis in order]).transpose(np.argsort(order))


def gradient_buffers(plan: Plan, slopes: Mapping[str, Array]) -> dict[int, Array]:
    """For each of the plan's buffers that is a parameter's gradient, the array that it shall be put into."""
    into: dict[int, Array] = {}
    for name, array in slopes.items():
        number = plan.parameter_gradients[name]
        root = plan.buffers[number].base
        if root is None:
            into.setdefault(number, array)
        elif array.flags.c_contiguous:
            into.setdefault(root, array.reshape(plan.buffers[root].shape))
    return {number: array for number, array in into.items() if number not in plan.outside}


def same_place(one: Array, other: Array) -> bool:
    """Whether two arrays of one shape are the same memory, element for element."""
    alike = all(size == 1 or a == b for size, a, b in zip(one.shape, one.strides, other.strides, strict=True))
    return alike and one.ctypes.data == other.ctypes.data
