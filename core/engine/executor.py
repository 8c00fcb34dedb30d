"""Who carries a plan out: the machine of compiled kernels, or the references one by one."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

import numpy as np

from ..initialise import Array
from .execute import Watch, bind, execute, new_arena
from .plan import Plan

Room = Callable[[int], Array]
"""Gives that many bytes, all zero, at an aligned address: what a plan is run in."""


class Executor(Protocol):
    """A plan bound to what comes from outside: it may run again after those arrays have been filled anew."""

    def run(self, seed: int, watch: Watch | None = None) -> None:
        """Computes. Raises Stopped where `watch` says so, RunError with the call whose values do not fit."""

    def array(self, number: int) -> Array:
        """A result of the plan, of any strides; it stands until the next run."""
        ...


class References:
    """The primitives' references in NumPy, in any precision."""

    def __init__(self, plan: Plan, outside: Mapping[int, Array], room: Room = new_arena) -> None:
        self._plan = plan
        self._arrays = bind(plan, room(plan.arena_bytes), outside)

    def run(self, seed: int, watch: Watch | None = None) -> None:
        """Does the instructions in order."""
        execute(self._plan, self._arrays, seed, watch=watch)

    def array(self, number: int) -> Array:
        """The array of any buffer."""
        return self._arrays[number]


class Bound:
    """A plan with its weights, ready for one sample after another: what is made of weights is made once."""

    def __init__(
        self,
        plan: Plan,
        kept: Mapping[int, Array],
        *,
        kernels: bool,
        exact: bool = False,
        room: Room = new_arena,
    ) -> None:
        """`kept` are the arrays of slots and constants; they must not change any more."""
        changing = (*plan.inputs.values(), *plan.starts.values())
        buffers = plan.buffers
        self._filled = {number: np.empty(buffers[number].shape, buffers[number].dtype) for number in changing}
        outside = {**kept, **self._filled}
        self._executor = executor(plan, outside, kernels=kernels, fixed=kept.keys(), exact=exact, room=room)

    def run(self, given: Mapping[int, Array], seed: int, watch: Watch | None = None) -> None:
        """Computes with these inputs and cotangents; raises as Executor's."""
        for number, array in self._filled.items():
            array[...] = given[number]
        self._executor.run(seed, watch)

    def array(self, number: int) -> Array:
        """A result, as Executor's."""
        return self._executor.array(number)


def executor(
    plan: Plan,
    outside: Mapping[int, Array],
    *,
    kernels: bool,
    fixed: Collection[int] = (),
    exact: bool = False,
    room: Room = new_arena,
) -> Executor:
    """The machine where kernels may be used and the plan is in float32, else the references.

    The arrays `fixed`, by the numbers of their buffers, are not changed as long as it lives. Where
    convolutions are to be `exact`, the machine transforms no squares of pixels; the references never do.
    """
    if kernels and plan.precision == "float32":
        from ..machine.machine import Machine  # LLVM takes a while, and only this needs it

        return Machine(plan, outside, fixed=fixed, exact=exact, room=room)
    return References(plan, outside, room)
