"""Filters whose output channels stand side by side, as training keeps them, give what others give."""

from typing import Any

import numpy as np
import pytest

from core.initialise import Array
from tests.machine.plans import done, kernels_of
from tests.machine.test_primitives import CONVOLUTIONS

BY_WINOGRAD: list[Any] = [
    (2, 40, 70, 1, (16, 14), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    (1, 65, 33, 1, (40, 40), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
]


def turned(filters: Array) -> Array:
    """The same array (O, C, K…), in memory as K…, C, O."""
    rank = filters.ndim
    dense = np.ascontiguousarray(filters.transpose(*range(2, rank), 1, 0))
    return dense.transpose(rank - 1, rank - 2, *range(rank - 2))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("geometry", [*CONVOLUTIONS, *BY_WINOGRAD], ids=str)
def test_filters_of_either_order_convolve_alike(geometry: Any, threads: int) -> None:
    batch, channels, filters, groups, sizes, kernel, stride, padding, dilation = geometry
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, channels, *sizes)).astype(np.float32)
    w = rng.standard_normal((filters, channels // groups, *kernel)).astype(np.float32)
    told: list[Any] = [("conv", (0, 1), settings)]
    told.append(("conv_input_grad", (2, 1), {**settings, "size": sizes}))
    plain, other = (done(told, [x, each], threads=threads) for each in (w, turned(w)))
    assert all(plain[number].tobytes() == other[number].tobytes() for number in plain)
    # A filter of one channel is small, and may be copied first.
    if channels > groups:
        assert kernels_of(told, [x, turned(w)]) == kernels_of(told, [x, w])
