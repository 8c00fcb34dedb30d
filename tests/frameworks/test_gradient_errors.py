"""Gradients of deep ReLU networks are as near to those in float64 as PyTorch's own are, or nearly."""

from collections.abc import Callable

import numpy as np
import pytest

from core.document import Document

torch = pytest.importorskip("torch")

from .gradient_errors import SEEDS, Compared, Errors, apart, medians, narrow_resnet, narrow_vgg  # noqa: E402

MOST = 2.0
"""Times PyTorch's own error, in the median over the seeds."""


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("draw", [narrow_resnet, narrow_vgg], ids=["residual", "plain"])
def test_the_median_error_of_gradients_is_at_most_twice_that_of_pytorch(
    draw: Callable[[], Document], threads: int
) -> None:
    torch.set_num_threads(1)
    compared = Compared(draw(), threads)
    middle = medians([compared.errors(seed) for seed in SEEDS])
    assert 0 < middle.ours <= MOST * middle.torch
    assert 0 < middle.exact <= MOST * middle.torch


def test_an_error_is_a_part_of_the_norm_of_all_gradients() -> None:
    wanted = {"a": np.array([3.0, 0.0]), "b": np.array([[4.0]])}
    assert apart({"a": np.array([3.0, 0.5]), "b": np.array([[4.0]])}, wanted) == 0.1


def test_medians_are_each_side_s_own() -> None:
    found = [Errors(1, 5, 9), Errors(2, 6, 7), Errors(3, 4, 8)]
    assert medians(found) == Errors(2, 5, 8)
