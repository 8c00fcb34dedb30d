"""Who carries a plan out: the machine of compiled kernels, or the references one by one."""

from collections.abc import Mapping
from typing import Protocol

from ..initialise import Array
from .execute import Watch, bind, execute, new_arena
from .plan import Plan


class Executor(Protocol):
    """A plan bound to what comes from outside: it may run again after those arrays have been filled anew."""

    def run(self, seed: int, watch: Watch | None = None) -> None:
        """Computes. Raises Stopped where `watch` says so, RunError with the call whose values do not fit."""

    def array(self, number: int) -> Array:
        """A result of the plan, of any strides; it stands until the next run."""
        ...


class References:
    """The primitives' references in NumPy, in any precision."""

    def __init__(self, plan: Plan, outside: Mapping[int, Array]) -> None:
        self._plan = plan
        self._arrays = bind(plan, new_arena(plan.arena_bytes), outside)

    def run(self, seed: int, watch: Watch | None = None) -> None:
        """Does the instructions in order."""
        execute(self._plan, self._arrays, seed, watch=watch)

    def array(self, number: int) -> Array:
        """The array of any buffer."""
        return self._arrays[number]


def executor(plan: Plan, outside: Mapping[int, Array], *, kernels: bool) -> Executor:
    """The machine where kernels may be used and the plan is in float32, else the references."""
    if kernels and plan.precision == "float32":
        from ..machine.machine import Machine  # Numba takes half a second, and only this needs it

        return Machine(plan, outside)
    return References(plan, outside)
