"""A few rows times weights (out, in): the columns of the matrix are multiplied where they stand."""

from typing import Any

import numpy as np
import pytest

from tests.machine.plans import done, exactly, kernels_of

ACROSS = {"transpose_a": False, "transpose_b": True}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("m", [1, 2, 4])
@pytest.mark.parametrize("n", [1, 5, 16, 33])
@pytest.mark.parametrize("k", [1, 7, 16, 300])
def test_a_few_rows_are_multiplied_without_packing(m: int, n: int, k: int, threads: int) -> None:
    rng = np.random.default_rng(0)
    x, w, bias, residual = (
        rng.standard_normal(shape).astype(np.float32) for shape in ((m, k), (n, k), (n,), (m, n))
    )
    told: list[Any] = [
        ("matmul", (0, 1), ACROSS),
        ("add", (4, 2), {}),
        ("add", (5, 3), {}),
        ("relu", (6,), {}),
    ]
    found = done(told, [x, w, bias, residual], [7], threads)[7]
    exact = exactly(told, [x, w, bias, residual])[7]
    assert np.abs(found - exact).max() <= 1e-6 * max(1.0, np.abs(exact).max())
    if n > 1 and k > 1:  # else entries and columns stand the same way
        assert kernels_of(told, [x, w, bias, residual], [7]) == ["dots.dots"]


def test_more_rows_are_worth_laying_the_weights_out() -> None:
    x, w = np.ones((5, 8), np.float32), np.ones((9, 8), np.float32)
    assert kernels_of([("matmul", (0, 1), ACROSS)], [x, w]) == ["product.product"]


def test_nan_shows_in_its_row_and_in_no_other() -> None:
    x, w = np.ones((2, 20), np.float32), np.ones((40, 20), np.float32)
    x[1, 17] = np.nan
    found = done([("matmul", (0, 1), ACROSS)], [x, w])[2]
    np.testing.assert_array_equal(found[0], np.full(40, 20, np.float32))
    assert np.isnan(found[1]).all()


@pytest.mark.parametrize("k", [25088, 200_003])
def test_long_sums_keep_their_precision(k: int) -> None:
    rng = np.random.default_rng(0)
    x, w = (rng.uniform(0, 1, shape).astype(np.float32) for shape in ((2, k), (64, k)))
    told = [("matmul", (0, 1), ACROSS)]
    assert kernels_of(told, [x, w]) == ["dots.dots"]
    found, exact = done(told, [x, w])[2], exactly(told, [x, w])[2]
    assert np.abs(found - exact).max() <= 5e-7 * np.abs(exact).max()
