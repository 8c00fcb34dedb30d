"""The list of kernels is what their sources declare; windows and norms agree where it is easy to differ."""

import subprocess
import sys
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from core.machine.code import Code, table
from core.ops import jit
from core.types import ShapeError
from tests.machine.plans import done, exactly, kernels_of


def test_every_kernel_that_is_declared_is_one_and_says_what_it_does() -> None:
    declared = jit.declared()
    assert "chain" in declared["kernels.chain"]
    for module, names in declared.items():
        full = f"core.{module}"
        import_module(full)
        assert tuple(jit.KERNELS[full]) == names
        assert all(kernel.__doc__ for kernel in jit.KERNELS[full].values())


def test_a_kernel_is_given_as_many_words_as_it_says_that_it_reads() -> None:
    code = Code()
    code.call("mask.causal", [0] * jit.words_of("mask.causal"), [], [], 1)
    with pytest.raises(AssertionError, match=r"mask\.causal is given 7 words"):
        code.call("mask.causal", [0] * 7, [], [], 1)
    assert table([[1, 2], [3, 4]], 2).words == (1, 2, 3, 4)
    with pytest.raises(AssertionError, match="2 words"):
        table([[1, 2], [3]], 2)


def test_running_kernels_does_without_numba() -> None:
    program = (
        "import sys, numpy as np\n"
        "from tests.machine.plans import done\n"
        "from core.ops import jit\n"
        "from importlib import import_module\n"
        "for module in jit.declared(): import_module(f'core.{module}')\n"
        "x = np.ones((2, 3), np.float32)\n"
        "print(done([('softmax', (0,), {'axis': 1})], [x])[1].sum(), 'numba' in sys.modules)\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["2.0", "False"]


sizes = st.integers(1, 7)
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@given(sizes, sizes, pairs, pairs, pairs, st.booleans(), st.integers(0, 99))
def test_max_pool_agrees_on_ties_nan_and_infinities(
    height: int,
    width: int,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    ceil_mode: bool,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    x = rng.choice(np.array([0, 1, 2, np.nan, -np.inf, np.inf], np.float32), (2, 1, height, width))
    settings: dict[str, Any] = {"kernel": kernel, "stride": stride, "dilation": dilation}
    settings |= {"ceil_mode": ceil_mode}
    settings["padding"] = tuple((d * (k - 1) + 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    told = [("max_pool", (0,), settings)]
    try:
        exact = exactly(told, [x])
    except ShapeError:
        assume(False)
    for number, found in done(told, [x]).items():
        np.testing.assert_array_equal(found, exact[number])


def test_sums_of_many_numbers_keep_their_precision() -> None:
    x = (np.random.default_rng(5).normal(size=(8, 2, 128, 128)) + 100).astype(np.float32)
    told = [("normalise", (0,), {"axes": (0, 2, 3), "eps": 1e-5})]
    found, exact = done(told, [x]), exactly(told, [x])
    np.testing.assert_allclose(found[2], exact[2], rtol=1e-7)
    np.testing.assert_allclose(found[3], exact[3], rtol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (2, 3)])
def test_means_of_whole_images_keep_their_precision(size: tuple[int, int]) -> None:
    x = np.random.default_rng(5).uniform(size=(1, 5, 1024, 1024)).astype(np.float32)
    told = [("adaptive_avg_pool", (0,), {"size": size})]
    np.testing.assert_allclose(done(told, [x])[1], exactly(told, [x])[1], rtol=5e-7)


@pytest.mark.parametrize("kernel", [(1, 900), (900, 1), (300, 300)])
def test_means_of_wide_windows_keep_their_precision(kernel: tuple[int, int]) -> None:
    x = np.random.default_rng(5).uniform(size=(1, 3, *(size + 4 for size in kernel))).astype(np.float32)
    settings = {"kernel": kernel, "stride": (4, 3), "padding": (0, 0), "ceil_mode": False}
    told = [("avg_pool", (0,), {**settings, "count_include_pad": True})]
    np.testing.assert_allclose(done(told, [x])[1], exactly(told, [x])[1], rtol=5e-7)


def test_sums_over_large_filters_of_single_channels_keep_their_precision() -> None:
    rng = np.random.default_rng(5)
    x, w = (rng.uniform(size=shape).astype(np.float32) for shape in ((1, 20, 80, 70), (20, 1, 63, 63)))
    settings = {"stride": (1, 1), "padding": ((31, 31),) * 2, "dilation": (1, 1), "groups": 20}
    told = [("conv", (0, 1), settings)]
    assert kernels_of(told, [x, w])[-1:] == ["depthwise.depthwise"]
    exact = exactly(told, [x, w])[2]
    assert np.abs(done(told, [x, w])[2] - exact).max() <= 5e-7 * np.abs(exact).max()


@pytest.mark.parametrize(("name", "function"), [("sin", np.sin), ("cos", np.cos)])
def test_sines_of_all_floats_are_exact(name: str, function: Any) -> None:
    rng = np.random.default_rng(5)
    exponents = rng.uniform(-30, 128, 200_001)
    x = (rng.choice([-1, 1], exponents.size) * 2.0**exponents).astype(np.float32)
    # Of all floats the nearest to a multiple of π/2 (Muller 2016, table 11.1), and the largest.
    x[:3] = 16367173 * 2.0**72, -16367173 * 2.0**72, np.finfo(np.float32).max
    found = done([(name, (0,), {})], [x])[1]
    np.testing.assert_allclose(found, function(x.astype(np.float64)), atol=1e-7)
    assert np.abs(found).max() <= 1


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize(("low", "high"), [(None, 1.0), (0.0, None), (None, None)])
def test_an_infinite_number_is_not_at_a_bound_that_is_left_out(
    low: float | None, high: float | None, inclusive: bool
) -> None:
    x, dy = np.array([-np.inf, -1, 0, 1, 2, np.inf, np.nan], np.float32), np.ones(7, np.float32)
    told = [("clamp_grad", (0, 1), {"low": low, "high": high, "inclusive": inclusive})]
    np.testing.assert_array_equal(done(told, [x, dy])[2], exactly(told, [x, dy])[2])
