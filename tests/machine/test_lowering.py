"""A plan is lowered whole, or as far as its work stays below a bound."""

import numpy as np

from core.machine.lowering import Lowering
from core.machine.machine import Machine
from core.machine.rules import RULES
from core.machine.team import cores
from tests.machine.plans import Told, plan_of

ACROSS = {"transpose_a": False, "transpose_b": False}
PRODUCTS: list[Told] = [("matmul", (0, 1), ACROSS), ("relu", (2,), {}), ("matmul", (3, 1), ACROSS)]


def test_more_work_than_wanted_is_given_up() -> None:
    plan = plan_of(PRODUCTS, [np.ones((20, 20), np.float32)] * 2, [4])
    whole = Lowering(plan, 1, RULES).lowered()
    below = Lowering(plan, 1, RULES).lowered_below(whole.work + 1)
    assert below is not None
    assert below.ops == whole.ops
    assert whole.work == sum(op.work for op in whole.ops)
    assert Lowering(plan, 1, RULES).lowered_below(whole.work) is None


def test_little_work_has_one_thread_and_more_has_all() -> None:
    for size, threads in ((20, 1), (2000, cores())):
        arrays = [np.ones((size, size), np.float32)] * 2
        machine = Machine(plan_of(PRODUCTS[:1], arrays), dict(enumerate(arrays)))
        assert machine.threads == threads
