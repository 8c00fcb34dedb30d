"""Convolutions by Winograd's transforms: right, near enough, within their memory, and left out on demand."""

from typing import Any

import numpy as np
import pytest

from core.engine.plan import build_plan
from core.initialise import Array
from core.kernels.tile import COLUMNS
from core.kernels.winograd_matrices import (
    Matrix,
    filter_matrix,
    input_matrix,
    output_matrix,
    side,
)
from core.machine import image_rules, ways, winograd
from core.machine.code import Call
from core.machine.geometry import Geometry
from core.machine.machine import Machine
from core.machine.ways import Way, best_gradient_square, best_square, way_of
from core.machine.winograd import gradient_blocks, sees_at_once, squares
from core.ops.primitive import PRIMITIVES
from tests.engine.designs import chain, program_of
from tests.machine.plans import Told, done, exactly, kernels_of, plan_of

WITHIN = 2e-5
"""Of the largest value: what the transforms may cost."""

SIZES = pytest.mark.parametrize("size", [2, 4])


@pytest.fixture(params=[2, 4])
def square(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Has every 3×3 convolution take squares of that many pixels a side."""
    size: int = request.param
    for name in ("best_square", "best_gradient_square"):
        monkeypatch.setattr(ways, name, lambda *shapes, **told: size)
    return size


def settings_of(pad: tuple[int, int, int, int] = (1, 1, 1, 1)) -> dict[str, Any]:
    padding = ((pad[0], pad[1]), (pad[2], pad[3]))
    return {"stride": (1, 1), "padding": padding, "dilation": (1, 1), "groups": 1}


def drawn(*shape: int, seed: int = 0) -> Array:
    array: Array = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    return array


def applied(matrix: Matrix, grid: Array) -> Array:
    m = np.array(matrix)
    made: Array = m @ grid @ m.T
    return made


def right_under_guard(told: list[Told], inputs: list[Array], threads: int, within: float) -> Machine:
    """The machine after a guarded run, which has written nowhere beyond, and is as near as told."""
    plan = plan_of(told, inputs)
    machine = Machine(plan, dict(enumerate(inputs)), threads, guarded=True)
    machine.run(0)
    assert machine.broken() == []
    exact = exactly(told, inputs)
    for number in plan.outputs.values():
        assert np.abs(machine.array(number) - exact[number]).max() <= within * np.abs(exact[number]).max()
    return machine


@SIZES
def test_the_matrices_give_a_correlation(size: int) -> None:
    rng = np.random.default_rng(0)
    d, g = rng.standard_normal((side(size), side(size))), rng.standard_normal((3, 3))
    products = applied(input_matrix(size), d) * applied(filter_matrix(size), g)
    back = np.array(output_matrix(size)).T
    windows = np.lib.stride_tricks.sliding_window_view(d, (3, 3))
    np.testing.assert_allclose(back @ products @ back.T, (windows * g).sum((2, 3)), atol=1e-13)


GEOMETRIES = [
    # batch, channels in and out, height and width, padding above, below, left, right
    (1, 1, 1, 4, 4, (1, 1, 1, 1)),
    (2, 3, 5, 9, 8, (1, 1, 1, 1)),
    (2, 70, 130, 7, 5, (1, 1, 1, 1)),
    (3, 300, 65, 6, 13, (0, 0, 0, 0)),
    (1, 20, 20, 2, 3, (1, 1, 1, 1)),
    (2, 16, 16, 9, 9, (2, 0, 3, 1)),
    (40, 5, 64, 8, 8, (1, 1, 1, 1)),
]


@pytest.mark.parametrize("stay", [False, True])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_what_follows_goes_into_the_last_transform(
    geometry: Any, threads: int, stay: bool, square: int
) -> None:
    n, c, o, height, width, pad = geometry
    settings = settings_of(pad)
    x, w = drawn(n, c, height, width), drawn(o, c, 3, 3, seed=1)
    shape = PRIMITIVES["conv"].reference(x, w, **settings)[0].shape
    dy, bias = drawn(*shape, seed=2), drawn(o, 1, 1, seed=3)
    told: list[Told] = [
        ("conv", (0, 1), settings),
        ("add", (4, 3), {}),
        ("add", (5, 2), {}),
        ("relu", (6,), {}),
        ("conv_input_grad", (2, 1), {**settings, "size": (height, width)}),
    ]
    inputs = [x, w, dy, bias]
    wanted, fixed = [7, 8], [1] if stay else []
    exact = exactly(told, inputs)
    for number, array in done(told, inputs, wanted, threads=threads, fixed=fixed).items():
        assert np.abs(array - exact[number]).max() <= WITHIN / 4 * np.abs(exact[number]).max()
    kernels = set(kernels_of(told, inputs, wanted, fixed=fixed)) - {"chain.chain", "planes.frame_planes"}
    before = stay or not all(sees_at_once(*each, square) for each in ((shape, c), (x.shape, o)))
    assert kernels == {"winograd.winograd", *(["winograd_filters.winograd_filters"] if before else [])}


@pytest.mark.parametrize("panels", [1, 3])
@pytest.mark.parametrize("several", [False, True], ids=["one block", "several"])
@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("precise", [False, True])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_filters_come_to_points_before_or_at_once_and_sums_may_be_short(
    threads: int,
    precise: bool,
    at_once: bool,
    several: bool,
    panels: int,
    square: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    way = Way("winograd", square, precise, at_once)
    monkeypatch.setattr(image_rules, "way_of", lambda *shapes, **told: way)
    monkeypatch.setattr(winograd, "FEWEST_GROUPS", 2)
    monkeypatch.setattr(winograd, "CACHE", 0 if several else 1 << 30)
    monkeypatch.setattr(winograd, "FILTERS_TOGETHER", panels * COLUMNS)
    x, w, dy = drawn(3, 150, 9, 13), drawn(70, 150, 3, 3, seed=1), drawn(3, 70, 9, 13, seed=2)
    assert sees_at_once(dy.shape, 150, square) != several
    told: list[Told] = [
        ("conv", (0, 1), settings_of()),
        ("conv_input_grad", (2, 1), {**settings_of(), "size": (9, 13)}),
    ]
    machine = right_under_guard(told, [x, w, dy], threads, WITHIN / 4)
    assert ("winograd_filters.winograd_filters" in machine.kernels()) != at_once


@pytest.mark.parametrize("shared", [False, True], ids=["own sums", "own channels"])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("geometry", [*GEOMETRIES, (8, 64, 64, 32, 32, (1, 1, 1, 1))], ids=str)
def test_the_gradient_of_filters_sums_over_all_squares(
    geometry: Any, threads: int, shared: bool, square: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shared:
        monkeypatch.setattr(winograd, "SMALL_SUMS", 0)
    n, c, o, height, width, pad = geometry
    x, dy = drawn(n, c, height, width), drawn(n, o, height + sum(pad[:2]) - 2, width + sum(pad[2:]) - 2)
    told: list[Told] = [("conv_weight_grad", (0, 1), {**settings_of(pad), "kernel": (3, 3)})]
    exact = exactly(told, [x, dy])[2]
    assert np.abs(done(told, [x, dy], threads=threads)[2] - exact).max() <= WITHIN / 4 * np.abs(exact).max()
    kernels = kernels_of(told, [x, dy])
    assert "winograd_gradient.winograd_gradient" in kernels
    at_once = gradient_blocks(square, squares(dy.shape, square)) == 1
    assert ("winograd_gradient.winograd_collect" in kernels) != at_once


@pytest.mark.parametrize("place", [0, 1])
def test_nan_in_either_shows_in_the_gradient_of_filters(place: int, square: int) -> None:
    arrays = [drawn(2, 5, 9, 9), drawn(2, 6, 9, 9)]
    arrays[place][1, 3, 4, 4] = np.nan
    told: list[Told] = [("conv_weight_grad", (0, 1), {**settings_of(), "kernel": (3, 3)})]
    found = np.isnan(done(told, arrays)[2])
    assert found[:, 3].all() if place == 0 else found[3].all()
    assert found.sum() == found[:, 3].size if place == 0 else found.sum() == found[3].size


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("depth", [64, 512, 2048])
def test_the_error_stays_small_however_deep(depth: int, positive: bool, square: int) -> None:
    x, w = drawn(1, depth, 8, 8), drawn(16, depth, 3, 3, seed=1)
    x = abs(x) if positive else x  # as after ReLU
    told: list[Told] = [("conv", (0, 1), settings_of())]
    exact = exactly(told, [x, w])[2]
    assert np.abs(done(told, [x, w])[2] - exact).max() <= WITHIN * np.abs(exact).max()


def test_nan_shows_wherever_it_shows_in_sums_and_in_no_other_square(square: int) -> None:
    x, w = drawn(2, 5, 17, 17), drawn(6, 5, 3, 3, seed=1)
    x[1, 2, 9, 9] = np.nan
    told: list[Told] = [("conv", (0, 1), settings_of())]
    found = np.isnan(done(told, [x, w])[2])
    assert found[np.isnan(exactly(told, [x, w])[2])].all()
    assert not found[0].any()
    reach = 2 * square
    assert not found[1, :, : 9 - reach].any()
    assert not found[1, :, 9 + reach :].any()


@pytest.mark.parametrize("threads", [1, 2])
def test_nothing_is_written_beyond_a_memory(threads: int, square: int) -> None:
    x, w, dy = drawn(3, 17, 7, 9), drawn(70, 17, 3, 3, seed=1), drawn(3, 70, 7, 9, seed=2)
    told: list[Told] = [
        ("conv", (0, 1), settings_of()),
        ("conv_input_grad", (2, 1), {**settings_of(), "size": (7, 9)}),
        ("conv_weight_grad", (0, 2), {**settings_of(), "kernel": (3, 3)}),
    ]
    right_under_guard(told, [x, w, dy], threads, WITHIN)


def test_sums_over_many_channels_are_hardly_less_exact_than_those_over_few() -> None:
    """A sum of float32 in one row would be off by √8 times as much for 8 times the products."""

    def off(channels: int) -> float:
        x, w = drawn(4, channels, 16, 16), drawn(64, channels, 3, 3, seed=1)
        told: list[Told] = [("conv", (0, 1), settings_of())]
        assert best_square(x.shape, (4, 64, 16, 16)) == 4 and "winograd.winograd" in kernels_of(told, [x, w])
        exact = exactly(told, [x, w])[2]
        return float(np.linalg.norm(done(told, [x, w])[2] - exact) / np.linalg.norm(exact))

    assert off(512) < 1.6 * off(64)


def test_few_channels_take_the_transform_that_is_as_exact_as_none() -> None:
    for channels in (16, 32):
        x, w = drawn(8, channels, 16, 16), drawn(64, channels, 3, 3, seed=1)
        told: list[Told] = [("conv", (0, 1), settings_of())]
        exact = exactly(told, [x, w])[2]
        assert best_square(x.shape, (8, 64, 16, 16)) == 2
        ours, plain = (np.linalg.norm(done(told, [x, w], exact=one)[2] - exact) for one in (False, True))
        assert ours <= 1.1 * plain


def test_a_forward_before_gradients_takes_small_squares_where_most_signs_are() -> None:
    early, late = (32, 64, 32, 32), (32, 128, 16, 16)
    assert (best_square(early, early), best_square(late, late)) == (4, 4)
    assert best_square(early, early, precise=True) == 2
    assert best_square(late, late, precise=True) == 4
    plans = []
    for training in (False, True):
        program = program_of(
            chain("32, 64, 32, 32", ("Conv2d", {"out_channels": 64, "kernel_size": 3, "padding": 1}))
        )
        plan = build_plan(program, {}, training=training, backward=training, keep=False)
        outside = {n: np.zeros(plan.buffers[n].shape, np.float32) for n in plan.outside}
        code = Machine(plan, outside, 1).code
        plans.append(
            [
                call.words[2]
                for call in code.ops
                if isinstance(call, Call) and call.kernel == "winograd.winograd"
            ]
        )
    assert plans == [[4], [2, 4]]  # forward; forward and the gradient of the image


def test_exact_convolutions_take_no_transform() -> None:
    x, w = drawn(1, 64, 16, 16), drawn(64, 64, 3, 3)
    told: list[Told] = [("conv", (0, 1), settings_of())]
    assert "winograd.winograd" in kernels_of(told, [x, w])
    assert "winograd.winograd" not in kernels_of(told, [x, w], exact=True)


@pytest.mark.parametrize(
    ("settings", "shape"),
    [({"stride": (2, 2)}, (64, 64, 3, 3)), ({"dilation": (2, 2)}, (64, 64, 3, 3)), ({}, (64, 64, 3, 1))],
)
def test_other_convolutions_take_no_transform(settings: Any, shape: tuple[int, ...]) -> None:
    told: list[Told] = [("conv", (0, 1), {**settings_of(), **settings})]
    assert "winograd.winograd" not in kernels_of(told, [drawn(1, 64, 16, 16), drawn(*shape)])


@pytest.mark.parametrize(
    ("batch", "channels", "pixels", "expected"),
    [(32, 64, 32, 4), (1, 64, 56, 4), (32, 512, 4, 4), (1, 512, 7, 2), (1, 256, 14, 2), (1, 512, 3, 1)],
)
def test_gradients_take_squares_where_they_are_many(
    batch: int, channels: int, pixels: int, expected: int
) -> None:
    shape = (batch, channels, pixels, pixels)
    assert best_gradient_square(shape, shape) == expected


@pytest.mark.parametrize(
    ("batch", "channels", "pixels", "expected"),
    [(32, 64, 32, 4), (1, 64, 56, 4), (32, 512, 4, 4), (1, 512, 7, 2), (1, 512, 4, 1), (1, 64, 2, 1)],
)
def test_squares_are_large_where_they_are_many(batch: int, channels: int, pixels: int, expected: int) -> None:
    shape = (batch, channels, pixels, pixels)
    assert best_square(shape, shape) == expected


def test_filters_that_change_go_to_fewer_points_unless_one_block_sees_them() -> None:
    many, few = (8, 256, 14, 14), (32, 512, 4, 4)
    assert (best_square(many, many), best_square(many, many, fixed=False)) == (4, 2)
    assert (best_square(few, few), best_square(few, few, fixed=False)) == (4, 4)
    plain = Geometry((1, 1), ((1, 1), (1, 1)), (1, 1), 1)
    for stay in (False, True):
        for shape, channels in ((many, 256), (few, 512)):
            way = way_of(shape, (channels, channels, 3, 3), shape, plain, back=False, fixed=stay)
            assert way.kernel == "winograd" and way.at_once == (not stay and shape == few)


def test_sums_are_short_where_many_signs_depend_on_them() -> None:
    plain = Geometry((1, 1), ((1, 1), (1, 1)), (1, 1), 1)
    for channels, pixels, short in ((64, 32, True), (128, 16, True), (256, 8, False), (512, 4, False)):
        shape, filters = (32, channels, pixels, pixels), (channels, channels, 3, 3)
        assert way_of(shape, filters, shape, plain, back=False, precise=True).precise == short
        assert not way_of(shape, filters, shape, plain, back=False).precise


def test_an_image_whose_pixels_stand_apart_is_read_as_it_is(square: int) -> None:
    told: list[Told] = [
        ("slice", (0,), {"axis": 1, "start": 3, "stop": 73, "step": 1}),
        ("conv", (2, 1), settings_of()),
    ]
    right_under_guard(told, [drawn(2, 90, 9, 13), drawn(20, 70, 3, 3, seed=1)], 2, WITHIN / 4)
