"""The gradient of a norm whose factor and shift are the same along its axes: each sum is taken once."""

from typing import Any

import numpy as np
import pytest

from tests.machine.plans import Told, done, exactly, kernels_of
from tests.machine.test_rows import ON_THREADS, drawn

BACKWARDS: list[Told] = [
    ("normalise", (0,), {"axes": (0, 2, 3), "eps": 1e-5}),  # 5, 6, 7
    ("relu_grad", (1, 2), {}),
    ("sum", (8,), {"axes": (0, 2, 3), "keepdims": False}),
    ("multiply", (8, 3), {}),
    ("multiply", (8, 5), {}),
    ("sum", (11,), {"axes": (0, 2, 3), "keepdims": False}),
    ("normalise_grad", (5, 7, 10), {"axes": (0, 2, 3), "eps": 1e-5}),
]


def told_with(sums: tuple[str, ...]) -> list[Told]:
    """The backward of BatchNorm and ReLU, with the gradients of shift and factor that are named."""
    missing = {9} if "shift" not in sums else set()
    missing |= {11, 12} if "factor" not in sums else set()
    names: dict[int, int] = {number: number for number in range(5)}
    told: list[Told] = []
    for number, (name, taken, settings) in zip((5, 8, 9, 10, 11, 12, 13), BACKWARDS, strict=True):
        if number in missing:
            continue
        count = 3 if name == "normalise" else 1
        first = len(names)
        names.update({number + at: first + at for at in range(count)})
        told.append((name, tuple(names[at] for at in taken), settings))
    return told


@ON_THREADS
@pytest.mark.parametrize("sums", [("shift", "factor"), ("shift",), ("factor",), ()], ids=str)
@pytest.mark.parametrize("factor", [(5, 1, 1), (1, 5, 1, 1), (1, 1, 1)], ids=str)
def test_the_gradient_of_a_batch_norm(sums: tuple[str, ...], factor: tuple[int, ...], threads: int) -> None:
    shape = (3, 5, 4, 7)
    arrays = [drawn(*shape, seed=seed) for seed in range(3)]
    arrays += [drawn(*factor, seed=4), drawn(1, seed=5)]
    told = told_with(sums)
    exact = exactly(told, arrays)
    wanted = [number for number in exact if number >= 5 and number != len(exact) - 1]
    wanted = [len(exact) - 1, *(n for n in wanted if exact[n].shape == (5,))]
    for number, array in done(told, arrays, wanted, threads).items():
        assert np.abs(array - exact[number]).max() <= 3e-6 * np.abs(exact[number]).max()


def test_the_sums_of_a_batch_norm_are_not_taken_twice() -> None:
    arrays: list[Any] = [drawn(3, 5, 4, 7, seed=seed) for seed in range(3)]
    arrays += [drawn(5, 1, 1, seed=4), drawn(1, seed=5)]
    told = told_with(("shift", "factor"))
    count = kernels_of(told, arrays, [9, 12, 13]).count("chain.combine")
    assert count == 4  # mean and variance, shift and factor


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 3, 1), (3, 2, 1, 0), (1, 0, 3, 2)], ids=str)
@pytest.mark.parametrize("axes", [(3,), (1, 2, 3), (0, 2, 3), (1,)], ids=str)
def test_the_gradient_of_a_norm_may_come_with_its_axes_in_any_order(
    axes: tuple[int, ...], order: tuple[int, ...]
) -> None:
    x, dy = drawn(2, 6, 7, 8), drawn(2, 6, 7, 8, seed=1)
    dy = np.ascontiguousarray(dy.transpose(order)).transpose(np.argsort(order))
    told: list[Told] = [
        ("normalise", (0,), {"axes": axes, "eps": 1e-5}),
        ("normalise_grad", (2, 4, 1), {"axes": axes, "eps": 1e-5}),
    ]
    exact = exactly(told, [x, dy])[5]
    assert np.abs(done(told, [x, dy], [5])[5] - exact).max() <= 3e-6 * np.abs(exact).max()


@ON_THREADS
@pytest.mark.parametrize("far", [10, 1e3, 1e4])
@pytest.mark.parametrize("place", [(0, 0), (63, 63), (0, 17), (32, 32)], ids=str)
def test_one_element_far_from_all_others_leaves_the_variance_as_exact(
    place: tuple[int, int], far: float, threads: int
) -> None:
    x = drawn(1, 1, 64, 64)
    x[0, 0, *place] += np.float32(far)
    told: list[Told] = [("normalise", (0,), {"axes": (0, 2, 3), "eps": 1e-5})]
    exact = exactly(told, [x])[3].item()
    # A sum of 4096 squares by parts in float32: some roundings.
    assert abs(done(told, [x], [3], threads)[3].item() / exact - 1) <= 1e-6


def test_what_does_not_vary_has_no_variance_below_zero() -> None:
    x = np.full((4, 3, 8, 8), 1e4, np.float32)
    x[0, :, 0, 0] = np.nextafter(np.float32(1e4), np.float32(2e4))
    found = done([("normalise", (0,), {"axes": (0, 2, 3), "eps": 1e-5})], [x], [3])[3]
    assert (found >= 0).all()
