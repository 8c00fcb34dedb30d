"""Products of a few rows with a matrix that stays, packed in panels."""

from typing import Any

import numpy as np
import pytest

from core.kernels.few_rows import DEEPEST, MOST_ROWS
from core.machine.machine import Machine
from tests.machine.plans import exactly, plan_of

ACROSS = {"transpose_a": False, "transpose_b": True}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("n", [17, 33, 64, 129, 250])
@pytest.mark.parametrize("k", [1, 20, DEEPEST])
@pytest.mark.parametrize("m", range(1, MOST_ROWS + 1))
def test_a_few_rows_go_past_packed_panels(m: int, k: int, n: int, threads: int) -> None:
    rng = np.random.default_rng(0)
    x, w, bias = (rng.standard_normal(shape).astype(np.float32) for shape in ((m, k), (n, k), (n,)))
    told: list[Any] = [("matmul", (0, 1), ACROSS), ("add", (3, 2), {}), ("relu", (4,), {})]
    plan = plan_of(told, [x, w, bias], [5])
    machine = Machine(plan, {0: x, 1: w, 2: bias}, threads, fixed=[1, 2], guarded=True)
    machine.run(0)
    exact = exactly(told, [x, w, bias])[5]
    found = machine.array(5).copy()
    assert np.abs(found - exact).max() <= 5e-7 * np.abs(exact).max()
    assert machine.kernels() == ["pack.pack", "few_rows.few_rows"] and machine.broken() == []
    machine.run(0)
    assert machine.array(5).tobytes() == found.tobytes()


def test_nan_stays_in_its_row() -> None:
    x, w = np.ones((2, 5), np.float32), np.ones((40, 5), np.float32)
    x[1, 3] = np.nan
    machine = Machine(plan_of([("matmul", (0, 1), ACROSS)], [x, w]), {0: x, 1: w}, 1, fixed=[1])
    machine.run(0)
    assert np.isnan(machine.array(2)[1]).all() and not np.isnan(machine.array(2)[0]).any()
