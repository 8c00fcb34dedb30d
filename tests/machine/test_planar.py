"""Convolutions to few channels, with pixels in the lanes."""

from typing import Any

import numpy as np
import pytest

from core.initialise import Array
from core.kernels.vector import WIDTH
from core.machine.geometry import Geometry
from core.machine.machine import Machine
from core.machine.ways import way_of
from core.ops.primitive import PRIMITIVES
from tests.machine.plans import Told, done, exactly, kernels_of, plan_of

GEOMETRIES: list[Any] = [
    # batch, channels in and out, sizes, filter, padding, dilation
    *((2, 3, out, (5, 19), (3, 3), ((1, 1), (1, 1)), (1, 1)) for out in range(1, 9)),
    (1, 1, 6, (28, 28), (5, 5), ((2, 2), (2, 2)), (1, 1)),
    (3, 16, 6, (14, 14), (5, 5), ((0, 0), (0, 0)), (1, 1)),
    (1, 2, 3, (7, 40), (2, 3), ((1, 0), (0, 3)), (2, 3)),
    (2, 5, 4, (33,), (4,), ((2, 1),), (1,)),
    (1, 2, 2, (3, 4, 17), (2, 1, 3), ((1, 0), (0, 0), (1, 1)), (1, 2, 1)),
]
ON_THREADS = pytest.mark.parametrize("threads", [1, 2])
of_each_geometry = pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)


def case(geometry: Any) -> tuple[list[Told], list[Array]]:
    """A convolution with a bias and ReLU after it, and one back to as many channels of its own."""
    batch, channels, out, sizes, kernel, padding, dilation = geometry
    settings = {"stride": (1,) * len(sizes), "padding": padding, "dilation": dilation, "groups": 1}
    rng = np.random.default_rng(0)

    def drawn(*shape: int) -> Array:
        return rng.standard_normal(shape).astype(np.float32)

    x, w = drawn(batch, channels, *sizes), drawn(out, channels, *kernel)
    bias = drawn(out, *(1 for _ in sizes))
    back = drawn(channels, out, *kernel)  # transposed, it leads from so many channels to `out`
    dy = drawn(*PRIMITIVES["conv"].reference(drawn(batch, out, *sizes), back, **settings)[0].shape)
    told: list[Told] = [
        ("conv", (0, 1), settings),
        ("add", (5, 2), {}),
        ("relu", (6,), {}),
        ("conv_input_grad", (4, 3), {**settings, "size": sizes}),
    ]
    return told, [x, w, bias, back, dy]


@ON_THREADS
@of_each_geometry
def test_few_channels_are_convolved_with_pixels_in_lanes(geometry: Any, threads: int) -> None:
    told, arrays = case(geometry)
    exact = exactly(told, arrays)
    for number, array in done(told, arrays, [7, 8], threads).items():
        assert np.abs(array - exact[number]).max() <= 6e-7 * np.abs(exact[number]).max()
    kernels = kernels_of(told, arrays, [7, 8])
    assert kernels.count("planar.planar") == 2 and "chain.chain" not in kernels


@of_each_geometry
def test_they_keep_to_their_memory(geometry: Any) -> None:
    told, arrays = case(geometry)
    machine = Machine(plan_of(told, arrays, [7, 8]), dict(enumerate(arrays)), 2, guarded=True)
    machine.run(0)
    assert machine.broken() == []
    plain = done(told, arrays, [7, 8], 2)
    assert all(machine.array(number).tobytes() == plain[number].tobytes() for number in plain)


def test_nan_reaches_the_pixels_that_see_it_and_no_others() -> None:
    told, arrays = case(GEOMETRIES[3])
    arrays[0][1, 2, 3, 9] = np.nan
    found, exact = done(told, arrays, [7])[7], exactly(told, arrays)[7]
    np.testing.assert_array_equal(np.isnan(found), np.isnan(exact))


@pytest.mark.parametrize(
    ("channels", "out", "beside", "expected"),
    [
        (8, 1, True, "planes"),
        (16, 3, True, "planes"),
        (32, 3, True, "planes"),
        (64, 1, False, "planes"),  # they stand as planes
        (96, 8, True, "winograd"),  # to bring many to planes takes longer than the transforms
        (16, 9, True, "winograd"),  # too many for the registers
    ],
)
def test_planes_are_taken_instead_of_transforms_where_they_are_quicker(
    channels: int, out: int, beside: bool, expected: str
) -> None:
    geometry = Geometry((1, 1), ((1, 1), (1, 1)), (1, 1), 1)
    x, y = (4, channels, 32, 4 * WIDTH), (4, out, 32, 4 * WIDTH)
    assert way_of(x, (out, channels, 3, 3), y, geometry, back=False, beside=beside).kernel == expected
    assert way_of(x, (channels, out, 3, 3), y, geometry, back=True, beside=beside).kernel == expected


@ON_THREADS
@of_each_geometry
@pytest.mark.parametrize("turned", [False, True], ids=["as they are", "channels last"])
def test_the_gradient_of_filters_to_few_channels_has_pixels_in_lanes(
    geometry: Any, turned: bool, threads: int
) -> None:
    told, arrays = case(geometry)
    x, w, _, _, _ = arrays
    settings = told[0][2]
    rng = np.random.default_rng(1)
    (y,) = PRIMITIVES["conv"].reference(x, w, **settings)
    dy = rng.standard_normal(np.shape(y)).astype(np.float32)
    if turned:
        x, dy = (np.moveaxis(np.ascontiguousarray(np.moveaxis(each, 1, -1)), -1, 1) for each in (x, dy))
    gradient: list[Told] = [("conv_weight_grad", (0, 1), {**settings, "kernel": w.shape[2:]})]
    exact = exactly(gradient, [x, dy])[2]
    found = done(gradient, [x, dy], [2], threads)[2]
    assert np.abs(found - exact).max() <= 5e-7 * np.abs(exact).max()
    fills = 2 * dy.shape[-1] > WIDTH
    assert ("planar_gradient.planar_gradient" in kernels_of(gradient, [x, dy], [2])) == fills


def test_many_pixels_are_summed_by_parts() -> None:
    rng = np.random.default_rng(0)
    x, dy = (rng.random(size, np.float32) for size in ((4, 1, 224, 224), (4, 6, 224, 224)))
    settings = {
        "stride": (1, 1),
        "padding": ((1, 1), (1, 1)),
        "dilation": (1, 1),
        "groups": 1,
        "kernel": (3, 3),
    }
    gradient: list[Told] = [("conv_weight_grad", (0, 1), settings)]
    exact = exactly(gradient, [x, dy])[2]
    assert np.abs(done(gradient, [x, dy], [2])[2] - exact).max() <= 5e-7 * np.abs(exact).max()


def test_nan_behind_a_line_stays_out_of_the_gradient() -> None:
    x, dy = np.ones((1, 1, 5, 22), np.float32), np.ones((1, 3, 5, 20), np.float32)
    x[..., -1] = np.nan  # what the last place of the filter sees, and no other
    settings = {
        "stride": (1, 1),
        "padding": ((0, 0), (0, 0)),
        "dilation": (1, 1),
        "groups": 1,
        "kernel": (1, 3),
    }
    found = done([("conv_weight_grad", (0, 1), settings)], [x, dy], [2])[2]
    np.testing.assert_array_equal(found[..., 0, :2], np.full((3, 1, 2), 100, np.float32))
    assert np.isnan(found[..., 2]).all()
