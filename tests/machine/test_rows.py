"""Softmax, masks and losses of rows of any length along any axis, with what is not finite among them."""

from typing import Any

import numpy as np
import pytest

from core.engine.execute import RunError
from core.initialise import Array
from core.machine.machine import Machine
from tests.machine.plans import Told, done, exactly, kernels_of, plan_of

SIZES = (1, 2, 3, 7, 15, 16, 17, 33, 64, 65, 100, 130, 1000)
SHAPES = [
    *(((3, size), 1) for size in SIZES),
    ((5, 2, 3), 1),
    ((70, 3), 0),
    ((2, 19, 4, 5), 1),
    ((2, 3, 19, 5), -2),
    ((2, 1, 3, 2, 2, 9), -1),
    ((9,), 0),
]
ON_THREADS = pytest.mark.parametrize("threads", [1, 2])
ROWWISE = ("softmax", "log_softmax", "softmax_grad", "log_softmax_grad")


def drawn(*shape: int, seed: int = 0, scale: float = 3.0) -> Array:
    return (np.random.default_rng(seed).standard_normal(shape) * scale).astype(np.float32)


def compared(told: list[Told], arrays: list[Array], threads: int = 1, tolerance: float = 2e-6) -> None:
    """The machine's values against the references' in float64, relative to the largest of each."""
    exact = exactly(told, arrays)
    assert all("." in kernel for kernel in kernels_of(told, arrays))
    for number, array in done(told, arrays, threads=threads).items():
        wanted = exact[number]
        finite = np.isfinite(wanted)
        np.testing.assert_array_equal(np.isnan(array), np.isnan(wanted))
        np.testing.assert_array_equal(array[~finite & ~np.isnan(wanted)], wanted[~finite & ~np.isnan(wanted)])
        largest = np.abs(wanted[finite]).max(initial=0)
        assert np.abs(array[finite] - wanted[finite]).max(initial=0) <= tolerance * max(largest, 1e-30)


@ON_THREADS
@pytest.mark.parametrize("name", ROWWISE)
@pytest.mark.parametrize(("shape", "axis"), SHAPES, ids=str)
def test_rows_of_any_length_along_any_axis(
    name: str, shape: tuple[int, ...], axis: int, threads: int
) -> None:
    arrays = [drawn(*shape, seed=seed) for seed in range(2 if "grad" in name else 1)]
    compared([(name, tuple(range(len(arrays))), {"axis": axis})], arrays, threads)


@pytest.mark.parametrize("name", ROWWISE)
def test_rows_of_images_whose_channels_are_neighbours(name: str) -> None:
    arrays = [drawn(2, 4, 5, 21, seed=seed) for seed in range(2 if "grad" in name else 1)]
    count = len(arrays)
    told: list[Told] = [("permute", (at,), {"axes": (0, 3, 1, 2)}) for at in range(count)]
    told += [(name, tuple(range(count, 2 * count)), {"axis": 1})]
    compared(told, arrays)
    assert [kernel for kernel in kernels_of(told, arrays, [2 * count]) if "chain" in kernel] == []


@pytest.mark.parametrize("name", ROWWISE)
@pytest.mark.parametrize("what", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("size", [3, 16, 37, 200])
def test_rows_with_what_is_not_finite(name: str, what: float, size: int) -> None:
    arrays = [drawn(4, size, seed=seed) for seed in range(2 if "grad" in name else 1)]
    for place in range(len(arrays)):
        changed = [array.copy() for array in arrays]
        changed[place][1, 0] = changed[place][2, size - 1] = what
        changed[place][3] = what
        compared([(name, tuple(range(len(arrays))), {"axis": 1})], changed)


def test_the_softmax_of_large_scores_does_not_overflow() -> None:
    x = np.array([[1e4, 1e4, -1e4, 0], [-1e30, -1e30, -1e30, -1e30]], np.float32)
    compared([("softmax", (0,), {"axis": 1})], [x])


CAUSAL = [(2, 5, 5), (3, 7, 40), (2, 40, 7), (1, 1, 1), (2, 2, 33, 33), (6, 6)]


@ON_THREADS
@pytest.mark.parametrize("shape", CAUSAL, ids=str)
@pytest.mark.parametrize("value", [-np.inf, 0.0, 2.5])
def test_no_step_looks_ahead(shape: tuple[int, ...], value: float, threads: int) -> None:
    compared([("causal_mask", (0,), {"value": value})], [drawn(*shape)], threads)


@ON_THREADS
@pytest.mark.parametrize("shape", CAUSAL, ids=str)
def test_a_causal_softmax_and_its_gradient_are_one_kernel_each(shape: tuple[int, ...], threads: int) -> None:
    x, dy = drawn(*shape), drawn(*shape, seed=1)
    told: list[Told] = [
        ("causal_mask", (0,), {"value": -np.inf}),
        ("softmax", (2,), {"axis": -1}),
        ("softmax_grad", (3, 1), {"axis": -1}),
        ("causal_mask", (4,), {"value": 0.0}),
    ]
    assert kernels_of(told, [x, dy], [3, 5]) == ["softmax.softmax", "softmax.softmax_grad"]
    exact = exactly(told, [x, dy])
    for number, array in done(told, [x, dy], [3, 5], threads).items():
        np.testing.assert_allclose(array, exact[number], rtol=1e-5, atol=1e-6)


def test_a_score_that_is_no_number_spoils_only_the_rows_that_see_it() -> None:
    x = drawn(6, 6)
    x[3, 2] = np.nan
    x[1, 4] = np.nan  # ahead
    told: list[Told] = [("causal_mask", (0,), {"value": -np.inf}), ("softmax", (1,), {"axis": -1})]
    found = done(told, [x], [2])[2]
    np.testing.assert_array_equal(np.isnan(found), np.isnan(exactly(told, [x])[2]))
    assert np.isnan(found).any(-1).tolist() == [False, False, False, True, False, False]


LOSSES = [(6, 10), (1, 1), (3, 17), (5, 1000), (2, 4, 3), (2, 21, 3, 5), (7,)]


@ON_THREADS
@pytest.mark.parametrize("shape", LOSSES, ids=str)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("ignored", [-100, 0])
def test_losses_and_their_gradients(
    shape: tuple[int, ...], smoothing: float, ignored: int, threads: int
) -> None:
    classes = shape[:2][-1]
    places = (shape[0], *shape[2:]) if len(shape) > 1 else ()
    target = np.random.default_rng(3).integers(0, classes, places)
    target = np.asarray(np.where(np.arange(target.size).reshape(target.shape) % 3 == 1, ignored, target))
    arrays = [drawn(*shape), target, np.array(0.7, np.float32)]
    told: list[Any] = [
        ("cross_entropy", (0, 1), {"ignore_index": ignored, "label_smoothing": smoothing}),
        ("cross_entropy_grad", (0, 1, 2), {"ignore_index": ignored, "label_smoothing": smoothing}),
        ("nll", (0, 1), {"ignore_index": ignored}),
        ("nll_grad", (0, 1, 2), {"ignore_index": ignored}),
    ]
    compared(told, arrays, threads)


@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
def test_a_loss_of_nothing_is_no_number(name: str) -> None:
    settings = {"ignore_index": 1} | ({"label_smoothing": 0.0} if name == "cross_entropy" else {})
    arrays = [drawn(4, 3), np.ones(4, np.int64), np.array(1, np.float32)]
    compared([(name, (0, 1), settings), (f"{name}_grad", (0, 1, 2), settings)], arrays)


@ON_THREADS
@pytest.mark.parametrize("bad", [-1, 5, 2**40])
@pytest.mark.parametrize("name", ["cross_entropy", "cross_entropy_grad", "nll", "nll_grad"])
def test_a_target_that_is_no_class_ends_the_run_with_its_call(name: str, bad: int, threads: int) -> None:
    settings: dict[str, Any] = {"ignore_index": -100}
    settings |= {} if "nll" in name else {"label_smoothing": 0.0}
    target = np.array([0, -100, 4, bad, 1, 1], np.int64)
    arrays = [drawn(6, 5), target, np.array(1, np.float32)][: 3 if "grad" in name else 2]
    count = len(arrays)
    told: list[Told] = [
        (name, tuple(range(count)), settings),
        ("scale", (count,), {"factor": 2.0}),
        ("sum", (count + 1,), {"axes": (), "keepdims": False}),
    ]
    machine = Machine(plan_of(told, arrays), dict(enumerate(arrays)), threads)
    for _ in range(3):
        with pytest.raises(RunError, match=rf"index {bad} is outside 0 … 4") as caught:
            machine.run(0)
        assert caught.value.path == (f"call {name}",)
    target[3] = 2
    machine.run(0)
