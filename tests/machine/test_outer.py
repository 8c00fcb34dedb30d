"""Products of a few steps, as a small batch's gradient of weights: sums of outer products."""

from typing import Any

import numpy as np
import pytest

from core.kernels.outer import DEEPEST
from tests.machine.plans import done, exactly, kernels_of

DOWN = {"transpose_a": True, "transpose_b": False}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("m", [5, 64, 131])
@pytest.mark.parametrize("n", [1, 5, 16, 20, 33, 64, 129])
@pytest.mark.parametrize("k", range(1, DEEPEST + 1))
def test_a_few_steps_are_summed_row_by_row(m: int, n: int, k: int, threads: int) -> None:
    rng = np.random.default_rng(0)
    dy, x = (rng.standard_normal(shape).astype(np.float32) for shape in ((k, m), (k, n)))
    told: list[Any] = [("matmul", (0, 1), DOWN)]
    found = done(told, [dy, x], [2], threads)[2]
    exact = exactly(told, [dy, x])[2]
    assert np.abs(found - exact).max() <= 5e-7 * np.abs(exact).max()
    if n > 1:  # else nothing tells whether columns stand side by side
        assert kernels_of(told, [dy, x], [2]) == ["outer.outer"]


def test_more_steps_are_summed_by_tiles() -> None:
    dy, x = np.ones((DEEPEST + 1, 8), np.float32), np.ones((DEEPEST + 1, 9), np.float32)
    assert kernels_of([("matmul", (0, 1), DOWN)], [dy, x]) == ["product.product"]


def test_no_steps_at_all_are_zeros() -> None:
    dy, x = np.ones((0, 8), np.float32), np.ones((0, 9), np.float32)
    np.testing.assert_array_equal(done([("matmul", (0, 1), DOWN)], [dy, x])[2], np.zeros((8, 9), np.float32))


def test_nan_shows_in_its_row_and_in_its_column() -> None:
    dy, x = np.ones((2, 10), np.float32), np.ones((2, 20), np.float32)
    dy[1, 3] = x[0, 17] = np.nan
    found = done([("matmul", (0, 1), DOWN)], [dy, x])[2]
    expected = np.full((10, 20), 2, np.float32)
    expected[3] = expected[:, 17] = np.nan
    np.testing.assert_array_equal(found, expected)
