"""Convolutions to no more channels than one vector has, and the gradient of their filters."""

from typing import Any

import numpy as np
import pytest

from core.initialise import Array
from core.kernels.vector import WIDTH
from core.machine.machine import Machine
from core.ops.primitive import PRIMITIVES
from tests.machine.plans import Told, done, exactly, kernels_of, plan_of

CLOSE: list[Any] = [
    # batch, channels, sizes, filter, stride, padding, dilation
    (3, 6, (14, 14), (5, 5), (1, 1), ((0, 0), (0, 0)), (1, 1)),
    (1, 17, (12, 150), (2, 3), (1, 1), ((0, 0), (1, 1)), (3, 1)),
    (1, 9, (3, 4, 17), (2, 1, 3), (1, 1, 1), ((1, 0), (0, 0), (1, 1)), (1, 2, 1)),
]
"""Fewer channels than are in some vectors have pixels in the lanes."""

STEPPING: list[Any] = [
    (2, 5, (9, 31), (3, 4), (2, 2), ((1, 0), (2, 3)), (1, 1)),
    (2, 12, (40,), (5,), (3,), ((2, 2),), (1,)),
    (1, 6, (15, 14), (5, 5), (2, 1), ((0, 0), (0, 0)), (1, 1)),
    (1, 9, (3, 7, 17), (2, 1, 3), (1, 2, 1), ((1, 0), (0, 0), (1, 1)), (1, 2, 1)),
]
"""Pixels that are left out do not stand side by side: here the channels are in the lanes of any vector."""

GEOMETRIES = CLOSE + STEPPING
ON_THREADS = pytest.mark.parametrize("threads", [1, 2])
of_each_geometry = pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
of_widths = pytest.mark.parametrize("out", sorted({1, 3, WIDTH - 1, WIDTH}))


def case(geometry: Any, out: int) -> tuple[list[Told], list[Array]]:
    """A convolution with a bias and ReLU after it, and the gradient of its filters."""
    batch, channels, sizes, kernel, stride, padding, dilation = geometry
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": 1}
    rng = np.random.default_rng(0)

    def drawn(*shape: int) -> Array:
        return rng.standard_normal(shape).astype(np.float32)

    x, w = drawn(batch, channels, *sizes), drawn(out, channels, *kernel)
    dy = drawn(*PRIMITIVES["conv"].reference(x, w, **settings)[0].shape)
    told: list[Told] = [
        ("conv", (0, 1), settings),
        ("add", (4, 2), {}),
        ("relu", (5,), {}),
        ("conv_weight_grad", (0, 3), {**settings, "kernel": kernel}),
    ]
    return told, [x, w, drawn(out, *(1 for _ in sizes)), dy]


@ON_THREADS
@of_widths
@of_each_geometry
def test_few_channels_are_summed_for_many_pixels_at_a_time(geometry: Any, out: int, threads: int) -> None:
    told, arrays = case(geometry, out)
    exact = exactly(told, arrays)
    for number, array in done(told, arrays, [6, 7], threads, exact=True).items():
        assert np.abs(array - exact[number]).max() <= 5e-7 * np.abs(exact[number]).max()


@of_widths
@pytest.mark.parametrize("geometry", STEPPING, ids=str)
def test_what_fits_in_a_vector_is_taken_so(geometry: Any, out: int) -> None:
    told, arrays = case(geometry, out)
    assert {"narrow.narrow", "narrow_gradient.narrow_gradient"} <= {*kernels_of(told, arrays, [6, 7])}


@of_widths
@pytest.mark.parametrize("geometry", CLOSE, ids=str)
def test_pixels_side_by_side_are_in_the_lanes_of_up_to_eight_channels(geometry: Any, out: int) -> None:
    told, arrays = case(geometry, out)
    expected = "planar" if out <= 8 else "narrow"
    assert {f"{expected}.{expected}", f"{expected}_gradient.{expected}_gradient"} <= {
        *kernels_of(told, arrays, [6, 7])
    }


PLAIN: Any = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
IN_A_LINE: Any = {"stride": (1,), "padding": ((0, 0),), "dilation": (1,), "groups": 1}


def some(axis: int, first: int, last: int, step: int = 1) -> dict[str, int]:
    """The settings of a slice."""
    return {"axis": axis, "start": first, "stop": last, "step": step}


def turned(*axes: int) -> dict[str, tuple[int, ...]]:
    """The settings of a permutation."""
    return {"axes": axes}


Case = tuple[list[Told], list[tuple[int, ...]]]
APART: dict[str, Case] = {
    "some channels of a convolution": (
        [("conv", (0, 1), PLAIN), ("slice", (3,), some(1, 0, 6)), ("conv", (4, 2), PLAIN)],
        [(2, 3, 20, 20), (12, 3, 5, 5), (WIDTH, 6, 5, 5)],
    ),
    "every second pixel": (
        [("slice", (0,), some(3, 0, 40, 2)), ("conv", (2, 1), PLAIN)],
        [(2, 6, 20, 40), (WIDTH, 6, 5, 5)],
    ),
    "lines and pixels exchanged": (
        [("permute", (0,), turned(0, 1, 3, 2)), ("conv", (2, 1), PLAIN)],
        [(2, 1, 28, 28), (WIDTH, 1, 5, 5)],
    ),
    "some features of a sequence": (
        [("slice", (0,), some(2, 0, 6)), ("permute", (2,), turned(0, 2, 1)), ("conv", (3, 1), IN_A_LINE)],
        [(2, 40, 12), (WIDTH, 6, 5)],
    ),
    "the gradient of filters over some features": (
        [
            ("slice", (0,), some(2, 0, 6)),
            ("permute", (2,), turned(0, 2, 1)),
            ("conv_weight_grad", (3, 1), {**IN_A_LINE, "kernel": (5,)}),
        ],
        [(2, 40, 12), (2, WIDTH, 36)],
    ),
}


@pytest.mark.parametrize("name", APART)
def test_pixels_may_stand_apart(name: str) -> None:
    told, shapes = APART[name]
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    last = len(arrays) + len(told) - 1
    found, exact = done(told, arrays, [last], exact=True)[last], exactly(told, arrays)[last]
    assert np.abs(found - exact).max() <= 1e-6 * np.abs(exact).max()


@of_widths
@of_each_geometry
def test_they_keep_to_their_memory(geometry: Any, out: int) -> None:
    told, arrays = case(geometry, out)
    plan = plan_of(told, arrays, [6, 7])
    machine = Machine(plan, dict(enumerate(arrays)), 2, guarded=True, exact=True)
    machine.run(0)
    assert machine.broken() == []
    plain = done(told, arrays, [6, 7], 2, exact=True)
    assert all(machine.array(number).tobytes() == plain[number].tobytes() for number in plain)


def test_nan_reaches_the_pixels_that_see_it_and_no_others() -> None:
    told, arrays = case(GEOMETRIES[0], WIDTH)
    arrays[0][1, 2, 3, 9] = np.nan
    found, exact = done(told, arrays, [6])[6], exactly(told, arrays)[6]
    np.testing.assert_array_equal(np.isnan(found), np.isnan(exact))
