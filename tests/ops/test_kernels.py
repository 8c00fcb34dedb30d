"""Every compiled function gives what the NumPy reference gives, for awkward shapes and for NaN."""

import subprocess
import sys
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from core.ops import jit
from core.ops.primitive import PRIMITIVES, Array, Primitive
from core.types import ShapeError, Type
from tests.derivative import numbers
from tests.ops.cases import CASES, Case
from tests.ops.spatial_cases import SPATIAL_CASES

ALL = [*CASES, *SPATIAL_CASES]


def pool_case(sizes: tuple[int, ...], **settings: Any) -> Case:
    plain = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "ceil_mode": False}
    return Case(name="max_pool", shapes=(sizes,), settings={**plain, **settings})


def adaptive_cases(sizes: tuple[int, ...], size: tuple[int, int]) -> list[Case]:
    passed = (*sizes[:2], *size)
    return [
        Case(name="adaptive_avg_pool", shapes=(sizes,), settings={"size": size}),
        Case(name="adaptive_avg_pool_grad", shapes=(passed,), settings={"size": sizes[2:]}),
    ]


def norm_cases(sizes: tuple[int, ...], axes: tuple[int, ...], eps: float = 1e-5) -> list[Case]:
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(sizes))
    settings = {"axes": axes, "eps": eps}
    return [
        Case(name="normalise", shapes=(sizes,), settings=settings),
        Case(name="normalise_grad", shapes=(sizes, kept, sizes), settings=settings, low=0.5, nan=(0, 1, 2)),
    ]


def fold_case(dy: tuple[int, ...], w: tuple[int, ...], size: tuple[int, int], **settings: Any) -> Case:
    plain = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    settings = {**plain, **settings, "size": size}
    return Case(name="conv_input_grad", shapes=(dy, w), settings=settings, nan=(0, 1))


AWKWARD = [
    fold_case((1, 1, 1, 1), (1, 1, 2, 1), (2, 1)),
    fold_case((2, 3, 2, 9), (3, 2, 1, 3), (5, 27), stride=(4, 3)),
    fold_case((2, 4, 5, 4), (4, 1, 3, 2), (5, 3), padding=((1, 1), (1, 1))),
    fold_case((1, 2, 1, 1), (2, 3, 3, 3), (7, 2), padding=((2, 1), (1, 2)), dilation=(4, 2), stride=(2, 1)),
    fold_case((1, 1, 3, 3), (1, 1, 2, 2), (1, 1), padding=((1, 2), (2, 1))),
    fold_case((1, 1, 1, 4), (1, 1, 1, 2), (1, 1), padding=((0, 0), (0, 4))),
    pool_case((1, 1, 1, 1), kernel=(1, 1)),
    pool_case((2, 3, 5, 7), kernel=(2, 3), stride=(4, 5)),
    pool_case((1, 1, 9, 3), kernel=(3, 2), dilation=(4, 2), padding=(1, 1)),
    pool_case((3, 1, 17, 33), kernel=(2, 2), stride=(2, 2), ceil_mode=True),
    pool_case((1, 1, 1, 1), kernel=(2, 2), padding=(2, 2), dilation=(3, 3)),
    Case(
        name="max_pool_grad",
        shapes=((1, 1, 9, 8), (1, 1, 9, 8)),
        settings={"size": (1, 2)},
        integers={0: 2},
        nan=(1,),
    ),
    *adaptive_cases((1, 1, 1, 1), (1, 1)),
    *adaptive_cases((2, 1, 3, 17), (5, 4)),
    *adaptive_cases((1, 3, 7, 7), (1, 1)),
    *norm_cases((1, 1, 1, 4), (0, 2, 3)),
    *norm_cases((3, 2, 1, 17), (0, 2, 3), eps=0.0),
    *norm_cases((2, 5, 33), (2,)),
    *norm_cases((7,), (0,)),
    *norm_cases((2, 1, 3, 5), (1, 2, 3), eps=0.5),
]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def kernel_of(case: Case) -> Any:
    return PRIMITIVES[case.name].kernel(*case.types(), **case.numbers())


WITH_KERNEL = [case for case in [*ALL, *AWKWARD] if kernel_of(case) is not None]
every_kernel = pytest.mark.parametrize("case", WITH_KERNEL, ids=lambda c: f"{c} {c.shapes}")


def single(case: Case, arrays: list[Array]) -> list[Array]:
    return [a if i in case.integers else a.astype(np.float32) for i, a in enumerate(arrays)]


def reference(case: Case, arrays: list[Array]) -> tuple[Array, ...]:
    with np.errstate(all="ignore"):
        return PRIMITIVES[case.name].reference(*arrays, **case.numbers())


def filled(case: Case, arrays: list[Array]) -> list[Array]:
    """What the kernel writes over arrays full of something else."""
    outputs = []
    for type_ in PRIMITIVES[case.name].types(*case.types(), **case.numbers()):
        dtype = np.float32 if type_.dtype == "float32" else np.int64
        outputs.append(np.full(numbers(type_), 77, dtype))
    assert not kernel_of(case)(*arrays, *outputs)
    return outputs


def test_every_primitive_with_a_kernel_has_a_case_that_uses_it() -> None:
    compiled = {
        name for name, primitive in PRIMITIVES.items() if type(primitive).kernel is not Primitive.kernel
    }
    assert compiled == {case.name for case in WITH_KERNEL}


def test_every_awkward_case_has_a_kernel() -> None:
    assert all(case in WITH_KERNEL for case in AWKWARD)


def test_every_kernel_that_is_declared_is_compiled_once() -> None:
    declared = jit.declared()
    for module, names in declared.items():
        full = f"core.{module}"
        import_module(full)
        assert tuple(jit.KERNELS[full]) == names
        for name, compiled in jit.KERNELS[full].items():
            assert len(compiled.signatures) == 1, name  # type: ignore[attr-defined]  # Numba's
            assert compiled.__doc__, name
    assert len(declared) >= 2


@every_kernel
def test_a_kernel_gives_what_the_reference_gives(case: Case, rng: np.random.Generator) -> None:
    arrays = single(case, case.arrays(rng))
    exact = reference(case, [a.astype(np.float64) if a.dtype == np.float32 else a for a in arrays])
    for one, other in zip(filled(case, arrays), exact, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-6)


@every_kernel
def test_a_kernel_shows_nan_where_the_reference_does(case: Case, rng: np.random.Generator) -> None:
    for place in case.nan:
        arrays = single(case, case.arrays(rng))
        arrays[place].flat[arrays[place].size // 2] = np.nan
        for one, other in zip(filled(case, arrays), reference(case, arrays), strict=True):
            np.testing.assert_array_equal(np.isnan(one), np.isnan(other))


@every_kernel
def test_a_kernel_is_bitwise_repeatable_and_only_reads_its_inputs(
    case: Case, rng: np.random.Generator
) -> None:
    arrays = single(case, case.arrays(rng))
    for array in arrays:
        array.flags.writeable = False
    for one, other in zip(filled(case, arrays), filled(case, arrays), strict=True):
        assert one.tobytes() == other.tobytes()


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
    settings = {"kernel": kernel, "stride": stride, "dilation": dilation, "ceil_mode": ceil_mode}
    settings["padding"] = tuple((d * (k - 1) + 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    primitive = PRIMITIVES["max_pool"]
    try:
        y, index = primitive.reference(x, **settings)
    except ShapeError:
        assume(False)
    found, places = np.full_like(y, 77), np.full_like(index, 77)
    compiled = primitive.kernel(Type(x.shape), **settings)
    assert compiled is not None
    compiled(x, found, places)
    np.testing.assert_array_equal(found, y)
    np.testing.assert_array_equal(places, index)


def test_sums_of_many_numbers_keep_their_precision(rng: np.random.Generator) -> None:
    x = (rng.normal(size=(8, 2, 128, 128)) + 100).astype(np.float32)
    settings: dict[str, Any] = {"axes": (0, 2, 3), "eps": 1e-5}
    compiled = PRIMITIVES["normalise"].kernel(Type(x.shape), **settings)
    assert compiled is not None
    y, mean, variance = np.empty_like(x), np.empty((1, 2, 1, 1), "f4"), np.empty((1, 2, 1, 1), "f4")
    compiled(x, y, mean, variance)
    exact = PRIMITIVES["normalise"].reference(x.astype(np.float64), **settings)
    np.testing.assert_allclose(mean, exact[1], rtol=1e-7)
    np.testing.assert_allclose(variance, exact[2], rtol=1e-6)


def test_the_core_does_not_import_numba_by_itself() -> None:
    program = (
        "import core.ops, core.layers, core.engine.warm as w, sys; w.ready(); print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


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
    compiled = PRIMITIVES[name].kernel(*(Type(a.shape) for a in arrays), **settings)
    if compiled is not None:
        found = np.empty(whole.shape, np.float32)
        compiled(*(a.astype(np.float32) for a in arrays), found)
        np.testing.assert_allclose(found, whole, rtol=1e-5, atol=1e-5)
