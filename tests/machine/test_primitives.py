"""Every primitive that the machine has kernels for gives what its reference gives in float64."""

from typing import Any

import numpy as np
import pytest

from core.machine.rules import RULES
from core.machine.view import View
from core.ops.primitive import PRIMITIVES, Array
from tests.machine.awkward import AWKWARD, single
from tests.machine.plans import done, exactly, kernels_of
from tests.ops.cases import CASES, Case
from tests.ops.spatial_cases import SPATIAL_CASES

LOWERED = [case for case in [*CASES, *SPATIAL_CASES, *AWKWARD] if case.name in RULES]
AT_THE_BORDER = ("conv_input_grad", "conv_weight_grad")
"""Whether NaN times what is outside of the image counts is settled nowhere."""
every_case = pytest.mark.parametrize("case", LOWERED, ids=lambda c: f"{c} {c.shapes}")
ON_THREADS = pytest.mark.parametrize("threads", [1, 2])


def told_by(case: Case) -> list[tuple[str, tuple[int, ...], dict[str, Any]]]:
    return [(case.name, tuple(range(len(case.shapes))), case.numbers())]


def test_every_rule_has_a_case() -> None:
    assert {case.name for case in LOWERED} == set(RULES)


@ON_THREADS
@every_case
def test_the_machine_gives_what_the_reference_gives(case: Case, threads: int) -> None:
    arrays = single(case, case.arrays(np.random.default_rng(5)))
    told = told_by(case)
    exact = exactly(told, arrays)
    for number, array in done(told, arrays, threads=threads).items():
        assert array.shape == exact[number].shape
        np.testing.assert_allclose(array, exact[number], rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("order", ["reversed", "first axis last", "second axis last"])
@every_case
def test_the_machine_takes_arrays_whose_axes_stand_in_any_order(case: Case, order: str) -> None:
    arrays = [ordered(a, order) for a in single(case, case.arrays(np.random.default_rng(5)))]
    told = told_by(case)
    exact = exactly(told, arrays)
    for number, array in done(told, arrays, threads=2).items():
        np.testing.assert_allclose(array, exact[number], rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("order", ["reversed", "first axis last", "second axis last"])
@every_case
def test_the_machine_takes_values_whose_axes_it_has_turned(case: Case, order: str) -> None:
    arrays = single(case, case.arrays(np.random.default_rng(5)))
    count = len(arrays)
    told: list[Any] = []
    for place, array in enumerate(arrays):
        axes = axes_of(array.ndim, order)
        # What an operation makes stands in the machine's own memory.
        told.append(("permute", (place,), {"axes": tuple(map(axes.index, range(array.ndim)))}))
    turned = [a.transpose(axes_of(a.ndim, order)).copy() for a in arrays]
    name, taken, settings = told_by(case)[0]
    told.append((name, tuple(count + at for at in taken), settings))
    exact = exactly(told, turned)
    results = [number for number in exact if number >= 2 * count]
    for number, array in done(told, turned, results, threads=2).items():
        np.testing.assert_allclose(array, exact[number], rtol=2e-5, atol=2e-6)


def axes_of(rank: int, order: str) -> list[int]:
    """The axes from the outermost to the innermost."""
    axes = list(range(rank))
    if order == "reversed":
        return axes[::-1]
    moved = axes[:1] if order == "first axis last" else axes[1:2]
    return [axis for axis in axes if axis not in moved] + moved


def ordered(array: Array, order: str) -> Array:
    """The same array, its axes standing so in memory."""
    axes = axes_of(array.ndim, order)
    return array.transpose(axes).copy().transpose([axes.index(axis) for axis in range(array.ndim)])


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf], ids=str)
@every_case
def test_the_machine_shows_nan_and_infinities_where_the_reference_does(case: Case, strange: float) -> None:
    for place in case.nan:
        arrays = single(case, case.arrays(np.random.default_rng(5)))
        if not arrays[place].size:
            continue
        arrays[place].flat[arrays[place].size // 2] = strange
        told = told_by(case)
        exact = exactly(told, arrays)
        # Winograd's transforms mix the pixels of a square, and show NaN in all of it.
        for number, array in done(told, arrays, exact=True).items():
            if case.name in AT_THE_BORDER:
                assert not np.isfinite(array).all() or np.isfinite(exact[number]).all()
            else:
                finite = np.isfinite(exact[number])
                np.testing.assert_array_equal(np.where(finite, 0, array), np.where(finite, 0, exact[number]))
                assert np.isfinite(array[finite]).all()


@every_case
def test_the_machine_is_bitwise_repeatable(case: Case) -> None:
    arrays = single(case, case.arrays(np.random.default_rng(5)))
    first, second = done(told_by(case), arrays, threads=2), done(told_by(case), arrays, threads=2)
    assert all(first[number].tobytes() == second[number].tobytes() for number in first)


CONVOLUTIONS = [
    # batch, channels in and out, groups, sizes, filter, strides, padding, dilation
    (2, 3, 5, 1, (9, 8), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    (2, 8, 8, 8, (9, 8), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    (1, 6, 9, 3, (9, 11), (3, 2), (2, 1), ((1, 0), (0, 1)), (1, 2)),
    (2, 70, 130, 2, (5,), (3,), (2,), ((2, 2),), (1,)),
    (1, 4, 4, 1, (5, 4, 6), (2, 3, 1), (1, 2, 3), ((1, 1), (1, 1), (0, 0)), (2, 1, 1)),
    (3, 600, 20, 1, (4, 4), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    (1, 2, 3, 1, (6, 6), (1, 1), (3, 3), ((0, 0), (0, 0)), (1, 1)),
    (1, 1, 1, 1, (1, 1), (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1)),
    (2, 2, 2, 1, (3, 700), (1, 5), (1, 1), ((0, 0), (2, 2)), (1, 1)),
    # one place, and zeros on one side or both
    (2, 4, 5, 1, (9,), (1,), (1,), ((0, 1),), (1,)),
    (2, 4, 5, 1, (9, 8), (1, 1), (1, 1), ((0, 2), (0, 0)), (1, 1)),
    (2, 4, 5, 1, (9, 8), (1, 1), (2, 3), ((0, 0), (0, 3)), (1, 1)),
    (2, 4, 6, 2, (9, 8), (1, 1), (1, 1), ((0, 0), (0, 1)), (1, 1)),
    (2, 4, 5, 1, (9, 8), (1, 1), (1, 1), ((1, 1), (1, 0)), (1, 1)),
    (2, 512, 70, 1, (6, 7), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    (2, 20, 24, 1, (24, 21), (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1)),
    (2, 70, 24, 1, (24, 21), (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1)),
    (2, 64, 16, 1, (9, 9), (7, 7), (2, 2), ((3, 3), (3, 3)), (1, 1)),
    # depthwise
    (2, 70, 70, 70, (9, 30), (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1)),
    (2, 3, 3, 3, (300,), (5,), (1,), ((2, 2),), (1,)),
    (1, 20, 20, 20, (5, 4, 6), (2, 3, 3), (1, 2, 2), ((1, 0), (0, 1), (2, 2)), (1, 1, 2)),
    (2, 330, 330, 330, (7, 7), (5, 5), (1, 1), ((2, 2), (2, 2)), (1, 1)),
    (1, 2, 2, 2, (6, 6), (1, 1), (3, 3), ((0, 0), (0, 0)), (1, 1)),
    (1, 17, 17, 17, (3, 3), (3, 3), (1, 1), ((4, 4), (4, 4)), (3, 3)),
]


@ON_THREADS
@pytest.mark.parametrize("geometry", CONVOLUTIONS, ids=str)
def test_convolutions_of_all_geometries_and_their_gradients(geometry: Any, threads: int) -> None:
    batch, channels, filters, groups, sizes, kernel, stride, padding, dilation = geometry
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    rng = np.random.default_rng(0)

    def drawn(*shape: int) -> Array:
        return rng.standard_normal(shape).astype(np.float32)

    x, w = drawn(batch, channels, *sizes), drawn(filters, channels // groups, *kernel)
    dy = drawn(*PRIMITIVES["conv"].reference(x, w, **settings)[0].shape)
    told = [
        ("conv", (0, 1), settings),
        ("conv_input_grad", (2, 1), {**settings, "size": sizes}),
        ("conv_weight_grad", (0, 2), {**settings, "kernel": kernel}),
    ]
    exact = exactly(told, [x, w, dy])
    for number, array in done(told, [x, w, dy], threads=threads, exact=True).items():
        # Direct convolution stays within this part of the largest value.
        assert np.abs(array - exact[number]).max() <= 5e-7 * np.abs(exact[number]).max()
    assert all("." in kernel for kernel in kernels_of(told, [x, w, dy], exact=True))


def test_what_follows_a_depthwise_convolution_goes_into_it() -> None:
    settings: dict[str, Any] = {
        "stride": (1, 1),
        "padding": ((1, 1), (1, 1)),
        "dilation": (1, 1),
        "groups": 37,
    }
    rng = np.random.default_rng(0)
    shapes = (2, 37, 9, 11), (37, 1, 3, 3), (37, 1, 1), (2, 37, 9, 11)
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    told: list[Any] = [
        ("conv", (0, 1), settings),
        ("add", (4, 2), {}),
        ("add", (5, 3), {}),
        ("relu", (6,), {}),
    ]
    assert kernels_of(told, arrays, [7])[-1] == "depthwise.depthwise"
    np.testing.assert_allclose(done(told, arrays, [7])[7], exactly(told, arrays)[7], atol=3e-6)


def test_what_is_elementwise_becomes_one_pass() -> None:
    x = np.linspace(-2, 2, 24, dtype=np.float32).reshape(2, 3, 4)
    bias = np.array([1, 2, 3, 4], np.float32)
    told: list[Any] = [
        ("add", (0, 1), {}),
        ("relu", (2,), {}),
        ("multiply", (3, 0), {}),
        ("sum", (4,), {"axes": (0, 1), "keepdims": False}),
    ]
    assert kernels_of(told, [x, bias], [5]) == ["chain.chain", "chain.combine"]
    found = done(told, [x, bias], [5])[5]
    np.testing.assert_allclose(found, exactly(told, [x, bias])[5], rtol=1e-6)


def test_a_sum_and_what_is_made_of_it_take_two_passes() -> None:
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    told: list[Any] = [
        ("scale", (0,), {"factor": 2.0}),
        ("sum", (1,), {"axes": (0,), "keepdims": True}),
        ("subtract", (1, 2), {}),
    ]
    assert kernels_of(told, [x], [3]) == ["chain.chain", "chain.combine", "chain.chain"]
    np.testing.assert_array_equal(done(told, [x], [3])[3], 2 * x - 2 * x.sum(0, keepdims=True))


def test_permuted_and_sliced_values_are_views() -> None:
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    told: list[Any] = [
        ("permute", (0,), {"axes": (2, 0, 1)}),
        ("slice", (1,), {"axis": 0, "start": 1, "stop": 4, "step": 2}),
        ("scale", (2,), {"factor": 1.0}),
    ]
    assert kernels_of(told, [x], [3]) == ["chain.chain"]
    np.testing.assert_array_equal(done(told, [x], [3])[3], x.transpose(2, 0, 1)[1:4:2])


def test_a_slice_of_no_numbers_is_a_view_of_none() -> None:
    x = np.zeros((0, 3, 4), np.float32)
    told: list[Any] = [("slice", (0,), {"axis": 2, "start": 1, "stop": 3, "step": 1})]
    assert done(told, [x], [1])[1].shape == (0, 3, 2)


@pytest.mark.parametrize(
    ("strides", "shape", "expected"),
    [
        ((48, 16, 4), (24,), (4,)),
        ((48, 16, 4), (2, 12), (48, 4)),
        ((48, 16, 4), (6, 2, 2), (16, 8, 4)),
        ((48, 4, 12), (2, 3, 2, 2), (48, 4, 24, 12)),
        ((48, 4, 12), (2, 12), None),
        ((4, 32, 8), (2, 12), (4, 8)),
        ((48, 16, 4), (2, 1, 3, 4), (48, 0, 16, 4)),
    ],
)
def test_a_view_is_reshaped_without_a_copy_where_it_can_be(
    strides: tuple[int, ...], shape: tuple[int, ...], expected: tuple[int, ...] | None
) -> None:
    view = View(0, 0, (2, 3, 4), strides, 4).reshaped(shape)
    assert (view and view.strides) == expected


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("primitive", ["conv", "conv_input_grad"])
def test_factors_and_shifts_of_channels_go_into_convolutions_of_any_groups(
    primitive: str, groups: int
) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 4, 5, 5)).astype(np.float32)
    w = rng.standard_normal((4, 4 // groups, 3, 3)).astype(np.float32)
    factor, shift = (rng.standard_normal((4, 1, 1)).astype(np.float32) for _ in range(2))
    settings: dict[str, Any] = {
        "stride": (1, 1),
        "padding": ((1, 1), (1, 1)),
        "dilation": (1, 1),
        "groups": groups,
        **({} if primitive == "conv" else {"size": (5, 5)}),
    }
    told: list[Any] = [
        (primitive, (0, 1), settings),
        ("multiply", (4, 2), {}),
        ("add", (5, 3), {}),
        ("relu", (6,), {}),
    ]
    found = done(told, [x, w, factor, shift], [7])[7]
    exact = exactly(told, [x, w, factor, shift])[7]
    assert np.abs(found - exact).max() <= 2e-6 * np.abs(exact).max()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("m", "k", "n"), [(70, 300, 130), (6, 9, 65), (131, 17, 80), (5, 40, 200)])
def test_a_matrix_that_stands_across_is_brought_into_order_before_its_product(
    m: int, k: int, n: int, threads: int
) -> None:
    rng = np.random.default_rng(0)
    a = rng.standard_normal((2, k, 90 + m)).astype(np.float32)
    b = rng.standard_normal((k, n)).astype(np.float32)
    told: list[Any] = [
        ("slice", (0,), {"axis": 2, "start": 90, "stop": 90 + m, "step": 1}),
        ("matmul", (2, 1), {"transpose_a": True, "transpose_b": False}),
    ]
    exact = exactly(told, [a, b])[3]
    found = done(told, [a, b], [3], threads)[3]
    assert np.abs(found - exact).max() <= 1e-6 * np.abs(exact).max()
    assert kernels_of(told, [a, b], [3]) == ["product.product"]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("turned", [(False, False), (False, True), (True, False), (True, True)])
@pytest.mark.parametrize(("m", "k", "n"), [(400, 1100, 330), (785, 300, 70), (9, 1500, 67), (7, 130, 64)])
def test_a_product_is_exact_whichever_way_its_matrices_stand_and_however_many_parts_it_is_done_in(
    m: int, k: int, n: int, turned: tuple[bool, bool], threads: int
) -> None:
    rng = np.random.default_rng(0)
    a = rng.standard_normal((k, m) if turned[0] else (m, k)).astype(np.float32)
    b = rng.standard_normal((n, k) if turned[1] else (k, n)).astype(np.float32)
    bias, residual = (rng.standard_normal(shape).astype(np.float32) for shape in ((n,), (m, n)))
    told: list[Any] = [
        ("matmul", (0, 1), {"transpose_a": turned[0], "transpose_b": turned[1]}),
        ("add", (4, 2), {}),
        ("add", (5, 3), {}),
        ("relu", (6,), {}),
    ]
    given = [a, b, bias, residual]
    exact = exactly(told, given)[7]
    found = done(told, given, [7], threads)[7]
    assert np.abs(found - exact).max() <= 5e-7 * np.abs(exact).max()
    few = m == 2 and turned == (False, True)
    assert kernels_of(told, given, [7]) == ["dots.dots" if few else "product.product"]
