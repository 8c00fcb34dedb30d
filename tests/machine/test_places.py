"""What moves elements, picks them, or mixes them along an axis, on awkward shapes and layouts."""

from typing import Any

import numpy as np
import pytest

from core.engine.execute import RunError
from core.initialise import Array
from core.kernels.chain import INNER
from core.machine.code import Call
from core.machine.machine import Machine
from tests.machine.plans import Told, done, exactly, kernels_of, plan_of
from tests.machine.test_rows import ON_THREADS, compared, drawn

LAYOUTS = pytest.mark.parametrize("last", [False, True], ids=["packed", "channels last"])


def image(*shape: int, last: bool, seed: int = 0) -> tuple[list[Told], list[Array]]:
    """An image as value 1, its channels neighbours or not."""
    if not last:
        return [("scale", (0,), {"factor": 1.0})], [drawn(*shape, seed=seed)]
    batch, channels, *sizes = shape
    axes = (0, len(sizes) + 1, *range(1, len(sizes) + 1))
    return [("permute", (0,), {"axes": axes})], [drawn(batch, *sizes, channels, seed=seed)]


@ON_THREADS
@LAYOUTS
@pytest.mark.parametrize(
    "told",
    [
        ("flip", {"axes": (0, 2)}),
        ("flip", {"axes": (1, 3)}),
        ("pad", {"pads": ((0, 0), (1, 2), (0, 3), (2, 0)), "value": 0.5}),
        ("pad", {"pads": ((0, 0),) * 4, "value": 0.5}),
        ("pad_edge", {"axis": 3, "low": 3, "high": 2, "mode": "reflect"}),
        ("pad_edge", {"axis": 1, "low": 0, "high": 7, "mode": "replicate"}),
        ("pad_edge_grad", {"axis": 3, "low": 1, "high": 1, "mode": "reflect"}),
        ("pad_edge_grad", {"axis": 2, "low": 2, "high": 1, "mode": "replicate"}),
        ("scale_along", {"factors": (1.0, -2.0, 0.5, 0.0, 3.0), "axis": 1}),
        ("slice_grad", {"axis": 1, "start": 2, "stop": 7, "step": 1, "size": 9}),
        ("slice_grad", {"axis": 2, "start": 1, "stop": 11, "step": 3, "size": 13}),
        ("resample", {"size": (8, 10), "mode": "nearest", "align_corners": False}),
        ("resample", {"size": (3, 9), "mode": "nearest-exact", "align_corners": False}),
        ("resample", {"size": (8, 10), "mode": "linear", "align_corners": False}),
        ("resample", {"size": (3, 1), "mode": "linear", "align_corners": True}),
        ("resample", {"size": (7, 9), "mode": "cubic", "align_corners": False}),
        ("resample_grad", {"size": (2, 3), "mode": "nearest", "align_corners": False}),
        ("resample_grad", {"size": (9, 2), "mode": "linear", "align_corners": False}),
        ("resample_grad", {"size": (3, 4), "mode": "cubic", "align_corners": True}),
        ("max", {"axes": (1,), "keepdims": True}),
        ("min", {"axes": (0, 2, 3), "keepdims": False}),
        ("argmax", {"axis": 1}),
        ("argmax", {"axis": 3}),
        ("adaptive_max_pool", {"size": (3, 2)}),
        ("concat", {"axis": 1}),
        ("causal_mask", {"value": -1.0}),
    ],
    ids=str,
)
def test_images_of_both_layouts(told: tuple[str, dict[str, Any]], last: bool, threads: int) -> None:
    before, arrays = image(2, 5, 4, 5, last=last)
    name, settings = told
    compared([*before, (name, (1, 1) if name == "concat" else (1,), settings)], arrays, threads)


@ON_THREADS
@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("size", [1, 3, 16, 37, 64, 200])
@pytest.mark.parametrize("what", [0.5, np.nan, np.inf, -np.inf])
def test_extremes_and_their_gradients(name: str, size: int, what: float, threads: int) -> None:
    x, dy = drawn(7, size), drawn(7, 1, seed=1)
    x[1, 0] = x[2, size - 1] = x[3, size // 2] = what
    x[4] = what
    told: list[Told] = [
        (name, (0,), {"axes": (1,), "keepdims": True}),
        ("extreme_grad", (0, 2, 1), {"axes": (1,)}),
        ("argmax", (0,), {"axis": 1}),
    ]
    compared(told, [x, dy], threads)


def test_an_image_of_few_channels_is_turned_along_its_pixels() -> None:
    x, w = drawn(2, 3, 8, 9), drawn(24, 3, 2, 2)
    settings = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (2, 2), "groups": 1}
    machine = Machine(plan_of([("conv", (0, 1), settings)], [x, w]), {0: x, 1: w}, 1)
    turned = next(op for op in machine.code.ops if isinstance(op, Call) and op.kernel == "chain.chain")
    assert turned.words[INNER] == 8 * 9


@ON_THREADS
@pytest.mark.parametrize("shape", [(2, 5, 8, 9), (3, 16, 5, 5), (2, 40, 6, 3), (1, 17, 20, 20)])
def test_an_image_of_more_channels_is_turned_by_squares(shape: tuple[int, ...], threads: int) -> None:
    x, w = drawn(*shape), drawn(24, shape[1], 2, 2)
    settings = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (2, 2), "groups": 1}
    told: list[Told] = [("conv", (0, 1), settings)]
    assert "planes.frame_planes" in kernels_of(told, [x, w])
    found, exact = done(told, [x, w], [2], threads)[2], exactly(told, [x, w])[2]
    assert np.abs(found - exact).max() <= 5e-7 * np.abs(exact).max()
    x[0, 3, 2] = np.nan
    found, exact = done(told, [x, w], [2], threads)[2], exactly(told, [x, w])[2]
    np.testing.assert_array_equal(np.isnan(found), np.isnan(exact))


def test_parts_are_made_where_they_belong() -> None:
    x, y = drawn(2, 3, 4), drawn(2, 5, 4, seed=1)
    told: list[Told] = [("relu", (0,), {}), ("scale", (1,), {"factor": 2.0}), ("concat", (2, 3), {"axis": 1})]
    assert kernels_of(told, [x, y], [4]) == ["chain.chain"] * 2
    np.testing.assert_array_equal(done(told, [x, y], [4])[4], np.concatenate([np.maximum(x, 0), 2 * y], 1))


@ON_THREADS
def test_the_gradients_of_a_split_are_put_side_by_side(threads: int) -> None:
    parts = [drawn(3, size, 2, seed=size) for size in (4, 1, 2)]
    settings = {"axis": 1, "size": 9, "step": 1}
    told: list[Told] = [
        ("slice_grad", (0,), {**settings, "start": 5, "stop": 9}),
        ("slice_grad", (1,), {**settings, "start": 0, "stop": 1}),
        ("add", (3, 4), {}),
        ("slice_grad", (2,), {**settings, "start": 2, "stop": 4}),
        ("add", (5, 6), {}),
        ("scale", (7,), {"factor": 2.0}),
    ]
    kernels = kernels_of(told, parts, [8])
    assert len(kernels) == 6  # three parts, two gaps, and what is made of them
    np.testing.assert_array_equal(done(told, parts, [8], threads)[8], exactly(told, parts)[8])


def test_the_gradients_of_slices_that_overlap_are_added() -> None:
    parts = [drawn(2, 3, seed=seed) for seed in range(2)]
    settings = {"axis": 1, "size": 4, "step": 1}
    told: list[Told] = [
        ("slice_grad", (0,), {**settings, "start": 0, "stop": 3}),
        ("slice_grad", (1,), {**settings, "start": 1, "stop": 4}),
        ("add", (2, 3), {}),
    ]
    np.testing.assert_array_equal(done(told, parts, [4])[4], exactly(told, parts)[4].astype(np.float32))


@ON_THREADS
@pytest.mark.parametrize("kind", [np.bool_, np.int64, np.float32])
@pytest.mark.parametrize("shape", [(2, 1, 5), (5,), (2, 3, 1), ()], ids=str)
def test_choices_by_truth_values_and_numbers(kind: Any, shape: tuple[int, ...], threads: int) -> None:
    condition = np.asarray(np.random.default_rng(0).integers(0, 2, shape), kind)
    arrays = [condition, drawn(2, 3, 5), drawn(3, 1, seed=1)]
    told: list[Told] = [
        ("where", (0, 1, 2), {}),
        ("broadcast_to", (2,), {"shape": (2, 3, 5)}),
        ("scale", (3,), {"factor": 2.0}),
    ]
    compared(told, arrays, threads)


@ON_THREADS
@pytest.mark.parametrize("relation", ["greater", "greater_equal", "less", "less_equal", "equal", "not_equal"])
def test_relations_of_what_is_not_finite_too(relation: str, threads: int) -> None:
    strange = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1, 2], np.float32)
    x, y = strange[:, None] + np.zeros((7, 1), np.float32), strange
    told: list[Told] = [
        ("compare", (0, 1), {"relation": relation}),
        ("compare_number", (1,), {"value": 1.0, "relation": relation}),
        ("where", (2, 0, 1), {}),
        ("where_grad", (2, 4), {"taken": True}),
        ("where_grad", (2, 4), {"taken": False}),
    ]
    exact = exactly(told, [x, y])
    assert all("." in kernel for kernel in kernels_of(told, [x, y]))
    for number, array in done(told, [x, y], threads=threads).items():
        assert array.dtype == (np.bool_ if number in (2, 3) else np.float32)
        np.testing.assert_array_equal(array, exact[number])


@pytest.mark.parametrize("relation", ["equal", "not_equal", "less"])
def test_relations_of_truth_values(relation: str) -> None:
    x, y = np.array([[True], [False]]), np.array([True, False, False])
    told: list[Told] = [
        ("compare", (0, 1), {"relation": relation}),
        ("compare_number", (2,), {"value": 0.0, "relation": relation}),
    ]
    exact = exactly(told, [x, y])
    assert kernels_of(told, [x, y], [3]) == ["chain.chain"]
    for number, array in done(told, [x, y]).items():
        np.testing.assert_array_equal(array, exact[number])


def test_a_truth_value_that_only_a_choice_reads_is_never_in_memory() -> None:
    x = drawn(40, 30)
    told: list[Told] = [
        ("compare_number", (0,), {"value": 0.0, "relation": "less"}),
        ("scale", (0,), {"factor": 0.1}),
        ("where", (1, 2, 0), {}),
    ]
    assert kernels_of(told, [x], [3]) == ["chain.chain"]
    np.testing.assert_array_equal(done(told, [x], [3])[3], np.where(x < 0, x * np.float32(0.1), x))


STRANGE = (0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 3.0, 0.5, -0.5, 2.5, 1e-30, -1e30, 1e20, np.inf, -np.inf, np.nan)


def test_powers_are_those_of_c() -> None:
    x, p = (np.array(grid, np.float32) for grid in np.meshgrid(STRANGE, STRANGE))
    with np.errstate(all="ignore"):
        exact = np.power(x, p, dtype=np.float64).astype(np.float32)
    found = done([("raise_to", (0, 1), {})], [x, p])[2]
    np.testing.assert_allclose(found, exact, rtol=3e-7, atol=1e-45)
    np.testing.assert_array_equal(np.signbit(found)[found == 0], np.signbit(exact)[found == 0])


def test_angles_far_from_zero_keep_their_sine() -> None:
    size = np.random.default_rng(0).uniform(-1, 1, 4000)
    x = np.concatenate([size * 10.0**power for power in range(-6, 13)]).astype(np.float32)
    x = np.concatenate([x, np.array([0, -0.0, np.inf, -np.inf, np.nan], np.float32)])
    told: list[Told] = [("sin", (0,), {}), ("cos", (0,), {})]
    exact = exactly(told, [x])
    for number, array in done(told, [x]).items():
        np.testing.assert_allclose(array, exact[number], atol=1.5e-7)


@ON_THREADS
@pytest.mark.parametrize("wide", [(), (1,), (5,), (16,), (3, 40)], ids=str)
def test_rows_of_a_table_and_sums_into_it(wide: tuple[int, ...], threads: int) -> None:
    table, indices = drawn(9, *wide), np.random.default_rng(0).integers(0, 9, (4, 5))
    told: list[Told] = [
        ("gather", (0, 1), {"unlearnt": None}),
        ("scatter_add", (2, 1), {"count": 9, "unlearnt": None}),
        ("scatter_add", (2, 1), {"count": 9, "unlearnt": 3}),
        ("one_hot", (1,), {"count": 9}),
    ]
    compared(told, [table, indices], threads)


def test_a_turned_table_is_read_where_it_stands_or_copied() -> None:
    table, indices = drawn(4, 9), np.array([8, 0, 8])
    told: list[Told] = [("permute", (0,), {"axes": (1, 0)}), ("gather", (2, 1), {"unlearnt": None})]
    np.testing.assert_array_equal(done(told, [table, indices], [3])[3], table.T[indices])


@ON_THREADS
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_places_along_an_axis_and_sums_back(axis: int, threads: int) -> None:
    x = drawn(3, 4, 5)
    shape = tuple(7 if place == axis else size for place, size in enumerate(x.shape))
    indices = np.random.default_rng(0).integers(0, x.shape[axis], shape)
    told: list[Told] = [
        ("take_along", (0, 1), {"axis": axis}),
        ("take_along_grad", (1, 2), {"axis": axis, "shape": x.shape}),
    ]
    compared(told, [x, indices], threads)


BAD: list[tuple[Told, tuple[int, ...]]] = [
    (("gather", (0, 1), {"unlearnt": None}), (3, 4)),
    (("scatter_add", (0, 1), {"count": 5, "unlearnt": None}), (3, 4)),
    (("take_along", (0, 1), {"axis": 1}), (5, 4)),
    (("take_along_grad", (1, 0), {"axis": 1, "shape": (5, 4)}), (5, 4)),
    (("one_hot", (1,), {"count": 5}), (3, 4)),
]


@ON_THREADS
@pytest.mark.parametrize("bad", [-1, 99, 2**40, -(2**40)])
@pytest.mark.parametrize(("told", "shape"), BAD, ids=str)
def test_an_index_outside_ends_the_run_with_its_call(
    told: Told, shape: tuple[int, ...], bad: int, threads: int
) -> None:
    indices = np.zeros(shape, np.int64)
    indices[2, 1] = bad
    x = drawn(*(5, 4) if told[0] != "scatter_add" else (*shape, 2))
    arrays = [x, indices]
    machine = Machine(plan_of([told], arrays), dict(enumerate(arrays)), threads)
    assert all("." in kernel for kernel in machine.kernels())
    with pytest.raises(RunError, match=rf"index {bad} is outside 0 …") as caught:
        machine.run(0)
    assert caught.value.path == (f"call {told[0]}",)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("first", [0, 1])
def test_a_tied_tables_sums_are_added_where_the_product_stands(first: int, threads: int) -> None:
    rng = np.random.default_rng(0)
    a, b, rows = (rng.standard_normal(shape).astype(np.float32) for shape in ((9, 40), (9, 24), (9, 24)))
    indices = rng.integers(0, 40, 9)
    told: list[Any] = [
        ("matmul", (0, 1), {"transpose_a": True, "transpose_b": False}),
        ("scatter_add", (2, 3), {"count": 40, "unlearnt": None}),
        ("add", (4, 5) if first else (5, 4), {}),
    ]
    given: list[Array] = [a, b, rows, indices]
    exact = exactly(told, given)[6]
    np.testing.assert_allclose(done(told, given, [6], threads)[6], exact, rtol=1e-5, atol=1e-6)
    assert kernels_of(told, given, [6]) == ["product.product", "indices.scatter_add"]
