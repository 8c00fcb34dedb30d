"""Large results that go past the caches."""

import numpy as np
import pytest

from core.kernels.product import FOLLOWING
from core.kernels.tile import PAST
from core.kernels.vector import WIDTH
from core.machine.code import Call
from core.machine.machine import Machine
from core.machine.products import FAR
from tests.machine.plans import exactly, plan_of


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("wide", [1024, 1008, 1010, 1001])
def test_a_large_gradient_of_weights_is_exact_wherever_its_rows_begin(wide: int, threads: int) -> None:
    draw = np.random.default_rng(wide)
    inputs = [draw.standard_normal((200, size)).astype(np.float32) for size in (700, wide)]
    told = [("matmul", (0, 1), {"transpose_a": True, "transpose_b": False})]
    assert 700 * wide * 4 >= FAR
    machine = Machine(plan_of(told, inputs), dict(enumerate(inputs)), threads, guarded=True)
    (op,) = machine.code.ops
    # A row of a tile of vectors of 4 is half a line of the cache.
    assert isinstance(op, Call) and op.words[FOLLOWING] == (0 if WIDTH == 4 else PAST)
    made = []
    for _ in range(2):
        machine.run(0)
        made.append(np.array(machine.array(2)))
    exact = exactly(told, inputs)[2]
    assert np.abs(made[0] - exact).max() <= 5e-7 * np.abs(exact).max()
    assert made[0].tobytes() == made[1].tobytes()
    assert not machine.broken()
