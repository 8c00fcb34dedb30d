"""Rules over the primitives of convolution, pooling and normalisation; then the odd ones."""

import itertools
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from core import ops
from core.condition import noting
from core.dim import Dim, substitute, symbol
from core.ops.pool import pool_counts
from core.ops.primitive import PRIMITIVES, Array, Primitive, Trace
from core.types import ShapeError, Type
from tests.derivative import check_gradients, numbers
from tests.ops.cases import SIZES, Case, bound
from tests.ops.spatial_cases import PLAIN, SPATIAL_CASES

MODULES = ("core.ops.adaptive", "core.ops.conv", "core.ops.norm", "core.ops.pool", "core.ops.resample")

every_case = pytest.mark.parametrize("case", SPATIAL_CASES, ids=str)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(13)


def compute(name: str, *arrays: Any, **settings: Any) -> tuple[Array, ...]:
    with np.errstate(all="ignore"):
        return PRIMITIVES[name].reference(*arrays, **settings)


def test_every_primitive_has_a_case() -> None:
    ours = {name for name, primitive in PRIMITIVES.items() if type(primitive).__module__ in MODULES}
    assert {case.name for case in SPATIAL_CASES} == ours


@every_case
def test_the_shape_rule_tells_the_truth(case: Case, rng: np.random.Generator) -> None:
    declared = PRIMITIVES[case.name].types(*case.types(), **case.numbers())
    for dtype in (np.float64, np.float32):
        arrays = [
            a if i in case.integers else a.astype(dtype, copy=False) for i, a in enumerate(case.arrays(rng))
        ]
        found = compute(case.name, *arrays, **case.numbers())
        assert [a.shape for a in found] == [type_.shape for type_ in declared]
        assert [a.dtype for a in found] == [dtype if t.dtype == "float32" else np.int64 for t in declared]


@every_case
def test_the_shape_rule_holds_for_symbols(case: Case) -> None:
    primitive = PRIMITIVES[case.name]
    with noting() as conditions:
        symbolic = primitive.types(*case.symbolic_types(), **case.settings)
    plain = primitive.types(*case.types(), **case.numbers())
    assert [bound(type_.shape) for type_ in symbolic] == [type_.shape for type_ in plain]
    macs = primitive.macs(*case.symbolic_types(), **case.settings)
    assert bound(macs) == primitive.macs(*case.types(), **case.numbers())
    assert all(condition.holds(SIZES) for condition in conditions), conditions


@pytest.mark.parametrize(
    "case",
    [c for c in SPATIAL_CASES if type(PRIMITIVES[c.name]).backward is not Primitive.backward],
    ids=str,
)
def test_the_backward_is_the_derivative(case: Case, rng: np.random.Generator) -> None:
    trace = Trace()
    inputs = [trace.input(type_) for type_ in case.types()]
    outputs = trace.apply(PRIMITIVES[case.name], inputs, case.numbers())
    check_gradients(trace, inputs, case.arrays(rng), outputs, rng)


@every_case
def test_nan_stays_visible(case: Case, rng: np.random.Generator) -> None:
    for place in case.nan:
        arrays = case.arrays(rng)
        arrays[place][...] = np.nan
        assert any(np.isnan(a).any() for a in compute(case.name, *arrays, **case.numbers())), place


# Convolution.

extent = st.integers(1, 6)
pads = st.tuples(st.integers(0, 3), st.integers(0, 3))


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]:
    """Shapes of x and w, and settings, over one to three axes; not all of them fit."""
    rank = draw(st.integers(1, 3))
    groups = draw(st.integers(1, 3))
    batch, per_group, filters = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))

    def each(values: st.SearchStrategy[Any]) -> tuple[Any, ...]:
        return draw(st.tuples(*[values] * rank))

    x = (batch, per_group * groups, *each(extent))
    w = (filters * groups, per_group, *each(st.integers(1, 3)))
    settings = {"stride": each(st.integers(1, 4)), "padding": each(pads), "dilation": each(st.integers(1, 3))}
    return x, w, {**settings, "groups": groups}


def by_definition(x: Array, w: Array, counts: tuple[Any, ...], settings: dict[str, Any]) -> Array:
    """The formula of a convolution, a number at a time."""
    y = np.zeros((len(x), len(w), *counts))
    per_group = len(w) // settings["groups"]
    for n, o in itertools.product(range(len(x)), range(len(w))):
        for p in np.ndindex(*counts):
            for c, *k in np.ndindex(*w.shape[1:]):
                axes = zip(p, settings["stride"], k, settings["dilation"], settings["padding"], strict=True)
                place = tuple(i * s + tap * d - low for i, s, tap, d, (low, _) in axes)
                if all(0 <= i < size for i, size in zip(place, x.shape[2:], strict=True)):
                    channel = o // per_group * w.shape[1] + c
                    y[(n, o, *p)] += w[(o, c, *k)] * x[(n, channel, *place)]
    return y


@given(convolutions())
def test_a_convolution_is_its_formula_and_the_others_are_its_adjoints(
    setting: tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]],
) -> None:
    x_shape, w_shape, settings = setting
    rng = np.random.default_rng(sum(x_shape))
    x, w = rng.normal(size=x_shape), rng.normal(size=w_shape)
    try:
        (declared,) = PRIMITIVES["conv"].types(Type(x_shape), Type(w_shape), **settings)
    except ShapeError as error:
        assert "does not fit" in error.message
        assume(False)
    (y,) = compute("conv", x, w, **settings)
    assert y.shape == declared.shape
    np.testing.assert_allclose(y, by_definition(x, w, y.shape[2:], settings), atol=1e-12)
    # ⟨conv(x, w), dy⟩ = ⟨x, dx⟩ = ⟨w, dw⟩, since a convolution is linear in each.
    dy = rng.normal(size=y.shape)
    (dx,) = compute("conv_input_grad", dy, w, size=x_shape[2:], **settings)
    (dw,) = compute("conv_weight_grad", x, dy, kernel=w_shape[2:], **settings)
    product = np.vdot(y, dy)
    assert np.vdot(x, dx) == pytest.approx(product, abs=1e-10)
    assert np.vdot(w, dw) == pytest.approx(product, abs=1e-10)


def test_a_step_beyond_the_kernel_leaves_pixels_without_gradient() -> None:
    settings = {**PLAIN, "stride": (3, 3)}
    (dx,) = compute("conv_input_grad", np.ones((1, 1, 2, 2)), np.ones((1, 1, 1, 1)), size=(5, 5), **settings)
    assert dx[0, 0].tolist() == [[1.0 if i % 3 == j % 3 == 0 else 0.0 for j in range(5)] for i in range(5)]


def test_only_the_products_of_a_convolution_are_counted() -> None:
    batch = symbol("B")
    x, w = Type((batch, 1, 28, 28)), Type((6, 1, 5, 5))
    settings = {**PLAIN, "padding": ((2, 2), (2, 2))}
    y, dy = PRIMITIVES["conv"], Type((batch, 6, 28, 28))
    assert y.macs(x, w, **settings) == batch * 28 * 28 * 6 * 25
    assert PRIMITIVES["conv_input_grad"].macs(dy, w, size=(28, 28), **settings) == y.macs(x, w, **settings)
    assert PRIMITIVES["conv_weight_grad"].macs(x, dy, kernel=(5, 5), **settings) == y.macs(x, w, **settings)


def refused(operation: Any, *shapes: tuple[Dim, ...]) -> str:
    trace = Trace()
    with pytest.raises(ShapeError) as caught:
        operation(*[trace.input(Type(shape)) for shape in shapes])
    return caught.value.message


def test_what_does_not_fit_is_refused_in_words() -> None:
    batch = symbol("B")
    small, wide = (batch, 3, 4, 4), ((1, 1), (2, 2))
    one: dict[str, Any] = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1)}
    assert (
        refused(lambda x, w: ops.conv(x, w, **one), small, (2, 3, 5, 3))
        == "a kernel of 5 does not fit an input of 4"
    )
    assert (
        refused(lambda x, w: ops.conv(x, w, (1, 1), wide, (3, 1)), small, (2, 3, 3, 3))
        == "a kernel of 3 (over 7 with its dilation) does not fit an input of 4 (6 with its padding)"
    )
    assert (
        refused(lambda x, w: ops.conv(x, w, **one), small, (2, 4, 3, 3))
        == "expected filters for 4 channels, got an input of 3"
    )
    assert (
        refused(lambda x, w: ops.conv(x, w, **one, groups=3), small, (2, 1, 3, 3))
        == "2 filters cannot be divided into 3 groups"
    )
    assert (
        refused(lambda x: ops.max_pool(x, (9, 1), (1, 1), (0, 0), (1, 1), True), small)
        == "a kernel of 9 does not fit an input of 4"
    )


def test_a_kernel_that_may_not_fit_is_noted() -> None:
    height = symbol("H")
    trace = Trace()
    with noting() as conditions:
        y = ops.conv(
            trace.input(Type((1, 1, height, 5))),
            trace.input(Type((1, 1, 5, 5))),
            (1, 1),
            [(0, 0)] * 2,
            (1, 1),
        )
    assert y.shape == (1, 1, height - 4, 1)
    assert [str(condition) for condition in conditions] == ["5 ≤ H"]


# Pooling.


@st.composite
def pools(draw: st.DrawFn) -> tuple[tuple[int, ...], dict[str, Any]]:
    """Sizes, and settings that a pooling layer would let pass, over one or two axes; not all of them fit."""
    rank = draw(st.integers(1, 2))
    sizes, kernel, padding, stride = [], [], [], []
    for _ in range(rank):
        sizes.append(draw(st.integers(1, 8)))
        kernel.append(draw(st.integers(1, 4)))
        padding.append(draw(st.integers(0, kernel[-1] // 2)))
        stride.append(draw(st.integers(1, 5)))
    settings = {"kernel": tuple(kernel), "stride": tuple(stride), "padding": tuple(padding)}
    return tuple(sizes), {**settings, "ceil_mode": draw(st.booleans())}


def windows(sizes: tuple[int, ...], settings: dict[str, Any], counts: tuple[Any, ...]) -> Any:
    """For each window its place, and for each axis where it begins and ends in the unpadded axis."""
    for p in np.ndindex(*counts):
        axes = zip(p, settings["stride"], settings["padding"], settings["kernel"], strict=True)
        yield p, [(i * s - border, i * s - border + k) for i, s, border, k in axes]


@given(pools(), st.booleans())
def test_pools_are_their_formulas(
    setting: tuple[tuple[int, ...], dict[str, Any]], count_include_pad: bool
) -> None:
    sizes, settings = setting
    x = np.random.default_rng(sum(sizes)).normal(size=(1, 2, *sizes))
    ones = (1,) * len(sizes)
    try:
        counts = pool_counts(sizes, dilation=ones, **settings)
    except ShapeError:
        assume(False)
    y, index = compute("max_pool", x, dilation=ones, **settings)
    (mean,) = compute("avg_pool", x, count_include_pad=count_include_pad, **settings)
    assert y.shape == mean.shape == (1, 2, *counts)
    for p, ranges in windows(sizes, settings, counts):
        inner = tuple(slice(max(a, 0), min(b, n)) for (a, b), n in zip(ranges, sizes, strict=True))
        padded = [
            min(b, n + border) - a
            for (a, b), n, border in zip(ranges, sizes, settings["padding"], strict=True)
        ]
        for c in range(2):
            seen = x[0, c][inner]
            assert seen.size, "a window sees at least one element"
            assert y[(0, c, *p)] == seen.max() == x[0, c].flat[index[(0, c, *p)]]
            divisor = np.prod(padded) if count_include_pad else seen.size
            assert mean[(0, c, *p)] == pytest.approx(seen.sum() / divisor, abs=1e-14)


@given(pools(), st.booleans())
def test_gradients_of_pools_are_their_adjoints(
    setting: tuple[tuple[int, ...], dict[str, Any]], count_include_pad: bool
) -> None:
    sizes, settings = setting
    rng = np.random.default_rng(sum(sizes))
    x, ones = rng.normal(size=(2, 1, *sizes)), (1,) * len(sizes)
    try:
        y, index = compute("max_pool", x, dilation=ones, **settings)
    except ShapeError:
        assume(False)
    dy = rng.normal(size=y.shape)
    (dx,) = compute("max_pool_grad", index, dy, size=sizes)
    assert np.vdot(x, dx) == pytest.approx(np.vdot(y, dy), abs=1e-12)
    settings["count_include_pad"] = count_include_pad
    (mean,) = compute("avg_pool", x, **settings)
    (dx,) = compute("avg_pool_grad", dy, size=sizes, **settings)
    assert np.vdot(x, dx) == pytest.approx(np.vdot(mean, dy), abs=1e-12)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 12), st.integers(1, 12))
def test_adaptive_means_are_their_formula_and_their_gradient_its_adjoint(
    height: int, width: int, rows: int, columns: int
) -> None:
    rng = np.random.default_rng(height)
    x = rng.normal(size=(1, 2, height, width))
    (y,) = compute("adaptive_avg_pool", x, size=(rows, columns))
    for p, q in np.ndindex(rows, columns):
        i, j = p * height // rows, q * width // columns
        seen = x[0, 1, i : -(-(p + 1) * height // rows), j : -(-(q + 1) * width // columns)]
        assert y[0, 1, p, q] == pytest.approx(seen.mean(), abs=1e-13)
    dy = rng.normal(size=y.shape)
    (dx,) = compute("adaptive_avg_pool_grad", dy, size=(height, width))
    assert np.vdot(x, dx) == pytest.approx(np.vdot(y, dy), abs=1e-12)


def test_a_window_that_is_cut_off_is_divided_as_pytorch_does() -> None:
    # A row of 6 ones, kernel 3, stride 2, padding 1: PyTorch 2.13's avg_pool1d(ceil_mode=True).
    settings: dict[str, Any] = {"kernel": (3,), "stride": (2,), "padding": (1,), "ceil_mode": True}
    (counted,) = compute("avg_pool", np.ones((1, 1, 6)), count_include_pad=True, **settings)
    (uncounted,) = compute("avg_pool", np.ones((1, 1, 6)), count_include_pad=False, **settings)
    np.testing.assert_allclose(counted[0, 0], [2 / 3, 1, 1, 1 / 2])
    assert uncounted[0, 0].tolist() == [1, 1, 1, 1]


def pooled(values: list[float], **changes: Any) -> tuple[list[float], list[int]]:
    settings = {"kernel": (2,), "stride": (2,), "padding": (0,), "dilation": (1,), "ceil_mode": False}
    y, index = compute("max_pool", np.array(values).reshape(1, 1, -1), **{**settings, **changes})
    return y[0, 0].tolist(), index[0, 0].tolist()


def test_the_first_of_equals_is_the_greatest() -> None:
    assert pooled([1, 1, 3, 3]) == ([1, 3], [0, 2])
    assert pooled([-np.inf, -np.inf]) == ([-np.inf], [0])
    assert pooled([-np.inf, -2], padding=(1,)) == ([-np.inf, -2], [0, 1])


def test_nan_is_the_greatest() -> None:
    values, places = pooled([np.nan, 9, 5, np.nan])
    assert np.isnan(values).all()
    assert places == [0, 3]


def test_a_window_of_nothing_but_padding_passes_no_gradient() -> None:
    values, places = pooled([7.0], kernel=(2,), stride=(1,), padding=(2,), dilation=(4,))
    assert (values, places) == ([-np.inf], [-1])
    (dx,) = compute("max_pool_grad", np.array([[[-1]]]), np.ones((1, 1, 1)), size=(1,))
    assert dx.tolist() == [[[0.0]]]


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2), st.integers(1, 3), st.booleans())
def test_the_number_of_windows_is_the_same_for_a_symbol(
    kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool
) -> None:
    height = symbol("H")
    settings = ((kernel,), (stride,), (padding,), (dilation,), ceil_mode)
    (symbolic,) = pool_counts((height,), *settings)
    for size in range(1, 20):
        try:
            assert pool_counts((size,), *settings) == (substitute(symbolic, {"H": size}),)
        except ShapeError:
            assert substitute(symbolic, {"H": size}) in (0, *range(-20, 0))


# Normalisation.


def test_normalised_values_have_mean_0_and_variance_1(rng: np.random.Generator) -> None:
    x = rng.normal(5, 3, size=(4, 3, 6, 5))
    y, mean, variance = compute("normalise", x, axes=(0, 2, 3), eps=0.0)
    np.testing.assert_allclose(y.mean((0, 2, 3)), 0, atol=1e-14)
    np.testing.assert_allclose(y.var((0, 2, 3)), 1)
    np.testing.assert_allclose(mean, x.mean((0, 2, 3), keepdims=True))
    np.testing.assert_allclose(variance, x.var((0, 2, 3), keepdims=True))


def test_a_large_mean_costs_no_precision(rng: np.random.Generator) -> None:
    x = rng.normal(size=(8, 64))
    y, *_ = compute("normalise", (x + 1000).astype(np.float32), axes=(1,), eps=1e-5)
    exact, *_ = compute("normalise", x, axes=(1,), eps=1e-5)
    np.testing.assert_allclose(y, exact, atol=5e-4)  # 1000 + x keeps 3e-5 of x


def test_running_averages_weigh_the_new_and_correct_the_variance() -> None:
    old, new = np.array([1.0]), np.array([3.0])
    assert compute("running_average", old, new, momentum=0.25, count=0)[0].tolist() == [1.5]
    assert compute("running_average", old, new, momentum=0.5, count=4)[0].tolist() == [2.5]


def test_the_gradients_of_mean_and_variance_pass_back_too(rng: np.random.Generator) -> None:
    trace = Trace()
    x = trace.input(Type((3, 2)))
    y, mean, variance = ops.normalise(x, (0,), 1e-5)
    squared = ops.multiply(variance, mean)
    check_gradients(trace, [x], [rng.normal(size=numbers(x.type))], [y, squared], rng)


@pytest.mark.parametrize("name", ["conv", "conv_input_grad", "conv_weight_grad"])
def test_a_batch_done_in_parts_gives_the_same(
    name: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, w, dy = (rng.normal(size=shape) for shape in ((5, 2, 6, 6), (3, 2, 3, 3), (5, 3, 4, 4)))
    settings: dict[str, Any] = {"stride": (1, 1), "padding": ((0, 0),) * 2, "dilation": (1, 1), "groups": 1}
    arrays, more = {
        "conv": ((x, w), {}),
        "conv_input_grad": ((dy, w), {"size": (6, 6)}),
        "conv_weight_grad": ((x, dy), {"kernel": (3, 3)}),
    }[name]
    settings |= more
    (whole,) = PRIMITIVES[name].reference(*arrays, **settings)
    monkeypatch.setattr(sys.modules["core.ops.conv"], "BLOCK", 2 * 18 * 16)  # two images' columns
    (parts,) = PRIMITIVES[name].reference(*arrays, **settings)
    np.testing.assert_allclose(parts, whole, rtol=1e-12)
