"""Means over windows that lie side by side, and the way back."""

from typing import Any

import numpy as np
import pytest

from tests.machine.plans import Told, done, exactly, kernels_of

CASES: list[Any] = [
    # batch, channels, sizes, kernel
    (2, 6, (28, 28), (2, 2)),
    (1, 16, (10, 10), (2, 2)),
    (2, 37, (9, 4), (3, 1)),
    (1, 3, (35,), (5,)),
    (2, 5, (2, 4, 6), (1, 2, 3)),
]


def pooled(sizes: tuple[int, ...], kernel: tuple[int, ...]) -> dict[str, Any]:
    """The settings of a mean over windows side by side."""
    padding = (0,) * len(sizes)
    settings = {"kernel": kernel, "stride": kernel, "padding": padding}
    return {**settings, "ceil_mode": False, "count_include_pad": True}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_means_of_tiles_are_taken_and_spread_again(case: Any, threads: int) -> None:
    batch, channels, sizes, kernel = case
    x = np.random.default_rng(0).standard_normal((batch, channels, *sizes)).astype(np.float32)
    x[0, 0, 0] = np.nan
    settings = pooled(sizes, kernel)
    told: list[Told] = [("avg_pool", (0,), settings), ("avg_pool_grad", (1,), {**settings, "size": sizes})]
    found, exact = done(told, [x], [1, 2], threads), exactly(told, [x])
    for number, array in found.items():
        np.testing.assert_allclose(array, exact[number], rtol=2e-6, atol=2e-7)
    kernels = kernels_of(told, [x], [1, 2])
    assert kernels.count("tiled_window.mean") == kernels.count("tiled_window.spread") == 1


def test_what_no_window_sees_is_left_out_of_the_mean_and_gets_nothing_back() -> None:
    x = np.random.default_rng(0).standard_normal((1, 6, 5, 7)).astype(np.float32)
    settings = pooled((5, 7), (2, 2))
    told: list[Told] = [("avg_pool", (0,), settings), ("avg_pool_grad", (1,), {**settings, "size": (5, 7)})]
    found, exact = done(told, [x], [1, 2]), exactly(told, [x])
    for number, array in found.items():
        np.testing.assert_allclose(array, exact[number], rtol=2e-6, atol=2e-7)
    assert kernels_of(told, [x], [1, 2])[-1] == "window.window_sum"
