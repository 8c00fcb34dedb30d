"""Random masks are the very ones that the reference draws."""

import numpy as np
import pytest

from core.machine.machine import Machine
from core.ops.primitive import PRIMITIVES
from core.ops.random import EVEN
from tests.machine.plans import Told, plan_of


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("shape", [(1,), (3, 1, 1), (2, 5, 7), (4099,)], ids=str)
def test_a_mask_is_the_one_of_the_reference(shape: tuple[int, ...], keep: float, threads: int) -> None:
    x = np.zeros(shape, np.float32)
    told: list[Told] = [("random_mask", (0,), {"keep": keep, "key": f"node#{at}"}) for at in range(2)]
    machine = Machine(plan_of(told, [x]), {0: x}, threads, fixed={0})
    assert machine.kernels() == ["random.mask"] * 2
    for seed in (0, 1, 12345678901234567890, EVEN, 1):
        machine.run(seed)
        for number, (name, _, settings) in enumerate(told, 1):
            wanted = PRIMITIVES[name].reference(x, **settings, seed=seed)[0]
            np.testing.assert_array_equal(machine.array(number), wanted)


def test_a_mask_of_chance_keeps_the_part_that_it_shall() -> None:
    x = np.zeros(100_000, np.float32)
    machine = Machine(plan_of([("random_mask", (0,), {"keep": 0.3, "key": "a"})], [x]), {0: x}, 1)
    machine.run(7)
    kept = (machine.array(1) > 0).mean()
    assert abs(kept - 0.3) < 5 * (0.3 * 0.7 / x.size) ** 0.5
