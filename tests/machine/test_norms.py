"""The gradient of a norm whose factor and shift are the same along its axes: each sum is taken once."""

from typing import Any

import numpy as np
import pytest

from core.machine.code import Call
from core.machine.machine import Machine
from tests.machine.plans import Told, done, exactly, kernels_of, plan_of
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


AFTER: dict[str, tuple[dict[str, Any], str, int]] = {
    "relu": ({}, "relu_grad", 9),
    "clamp": ({"low": 0.0, "high": 6.0}, "clamp_grad", 8),
    "leaky_relu": ({"slope": 0.1}, "leaky_relu_grad", 8),
}
"""What follows a batch norm; of it the settings, the gradient, and which value that reads."""


def affine(x: int, factor: int, shift: int, first: int) -> list[Told]:
    """A batch norm of x; its results are `first` to `first + 4`, the last of which is what comes of it."""
    return [
        ("normalise", (x,), {"axes": (0, 2, 3), "eps": 1e-5}),
        ("multiply", (first, factor), {}),
        ("add", (first + 3, shift), {}),
    ]


def whole_results(machine: Machine, shape: tuple[int, ...]) -> int:
    """How many arrays of that shape chains write to memory."""
    chains = [op for op in machine.code.ops if isinstance(op, Call) and op.kernel == "chain.chain"]
    return sum(view.memory in op.writes and view.shape == shape for op in chains for view in op.views)


@ON_THREADS
@pytest.mark.parametrize("after", AFTER)
def test_what_is_between_a_batch_norm_and_its_gradient_stays_out_of_memory(after: str, threads: int) -> None:
    shape = (3, 5, 14, 17)
    arrays: list[Any] = [drawn(*shape), drawn(*shape, seed=1), drawn(5, 1, 1, seed=2), drawn(5, 1, 1, seed=3)]
    settings, gradient, read = AFTER[after]
    of_gradient = {**settings, "inclusive": False} if after == "clamp" else settings
    axes = (0, 2, 3)
    told: list[Told] = [
        *affine(0, 2, 3, 4),
        (after, (8,), settings),
        ("softmax", (9,), {"axis": 1}),
        (gradient, (read, 1), of_gradient),
        ("sum", (11,), {"axes": axes, "keepdims": False}),
        ("multiply", (11, 4), {}),
        ("sum", (13,), {"axes": axes, "keepdims": False}),
        ("multiply", (11, 2), {}),
        ("normalise_grad", (4, 6, 15), {"axes": axes, "eps": 1e-5}),
    ]
    wanted, exact = [10, 12, 14, 16], exactly(told, arrays)
    machine = Machine(plan_of(told, arrays, wanted), dict(enumerate(arrays)), threads)
    machine.run(0)
    for number in wanted:
        assert np.abs(machine.array(number) - exact[number]).max() <= 3e-6 * np.abs(exact[number]).max()
    assert whole_results(machine, shape) == 2  # what the softmax reads, and the gradient of x


@ON_THREADS
@pytest.mark.parametrize(
    "turned",
    [
        ("permute", {"axes": (0, 2, 3, 1)}),
        ("slice", {"axis": 2, "start": 1, "stop": 5, "step": 1}),
        ("reshape", {"shape": (3, 35, 4)}),
    ],
    ids=lambda told: told[0],
)
@pytest.mark.parametrize("plain", [False, True])
def test_another_view_of_what_is_made_again_stands(
    turned: tuple[str, dict[str, Any]], plain: bool, threads: int
) -> None:
    arrays: list[Any] = [drawn(3, 5, 7, 4), drawn(5, 1, 1, seed=2), drawn(5, 1, 1, seed=3)]
    name, settings = turned
    told = [
        *affine(0, 1, 2, 3),
        (name, (3 if plain else 7,), settings),  # 8
        ("relu", (8,), {}),
        ("softmax", (9,), {"axis": 1}),  # closes the chain
        ("softmax", (8,), {"axis": 1}),
        ("softmax", (7,), {"axis": 1}),
    ]
    exact = exactly(told, arrays)
    for number, array in done(told, arrays, [10, 11, 12], threads).items():
        assert np.abs(array - exact[number]).max() <= 3e-6 * np.abs(exact[number]).max()


def test_a_relu_that_is_only_summed_and_its_gradient_stay_out_of_memory() -> None:
    shape, axes = (3, 5, 14, 17), {"axes": (2, 3), "keepdims": True}
    arrays: list[Any] = [drawn(*shape), drawn(*shape, seed=1), drawn(5, 1, 1, seed=2), drawn(5, 1, 1, seed=3)]
    told = [
        *affine(0, 2, 3, 4),
        ("relu", (8,), {}),
        ("mean", (9,), axes),
        ("softmax", (10,), {"axis": 1}),
        ("relu_grad", (9, 1), {}),
        ("sum", (12,), axes),
    ]
    exact = exactly(told, arrays)
    machine = Machine(plan_of(told, arrays, [11, 13]), dict(enumerate(arrays)), 1)
    machine.run(0)
    for number in (11, 13):
        assert np.abs(machine.array(number) - exact[number]).max() <= 3e-6 * np.abs(exact[number]).max()
    assert whole_results(machine, shape) == 0


def test_a_factor_as_large_as_what_it_multiplies_is_not_read_again() -> None:
    shape = (1, 5, 14, 17)
    arrays: list[Any] = [drawn(*shape), drawn(*shape[1:], seed=1)]
    told: list[Told] = [
        ("normalise", (0,), {"axes": (1, 2, 3), "eps": 1e-5}),
        ("multiply", (2, 1), {}),
        ("softmax", (5,), {"axis": 1}),
        ("relu", (5,), {}),
    ]
    machine = Machine(plan_of(told, arrays, [6, 7]), dict(enumerate(arrays)), 1)
    reads = [view for op in machine.code.ops for view in getattr(op, "views", ()) if view.memory == 1]
    assert len(reads) == 1


def test_what_sums_alone_read_does_not_come_to_memory() -> None:
    arrays: list[Any] = [drawn(30, 700, seed=seed) for seed in range(2)]
    told: list[Told] = [("multiply", (0, 1), {}), ("sum", (2,), {"axes": (0,), "keepdims": False})]
    machine = Machine(plan_of(told, arrays, [3]), dict(enumerate(arrays)), 1)
    machine.run(0)
    exact = exactly(told, arrays)[3]
    assert np.abs(machine.array(3) - exact).max() <= 1e-6 * np.abs(exact).max()
    assert whole_results(machine, (30, 700)) == 0


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
