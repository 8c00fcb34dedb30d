"""Attention in one call: what it gives, forward and backward, and that nothing else is taken for it."""

from typing import Any

import numpy as np
import pytest

from core.initialise import Array
from core.machine.attention import FEWEST
from tests.machine.plans import Told, done, exactly, kernels_of
from tests.machine.test_rows import ON_THREADS, drawn

SHAPES = [
    # what stands in front, queries, keys, features, values' features
    ((), 1, 1, 1, 1),
    ((2,), 5, 7, 3, 4),
    ((2, 3), 7, 7, 8, 8),
    ((3,), 40, 33, 16, 20),
    ((1, 2), 130, 130, 64, 64),
    ((2, 1), 100, 257, 20, 70),
    ((2,), 31, 9, 5, 130),
]


def plain(causal: bool) -> list[Told]:
    """Values 0 to 3 are q, k, v, and the gradient of what comes out; the scores are the next one."""
    told: list[Told] = [("matmul", (0, 1), {"transpose_a": False, "transpose_b": True})]
    if causal:
        told.append(("causal_mask", (4,), {"value": -np.inf}))
    told.append(("softmax", (4 + causal,), {"axis": -1}))
    weights = 5 + causal
    told.append(("matmul", (weights, 2), {"transpose_a": False, "transpose_b": False}))
    told.append(("matmul", (3, 2), {"transpose_a": False, "transpose_b": True}))
    told.append(("softmax_grad", (weights, weights + 2), {"axis": -1}))
    if causal:
        told.append(("causal_mask", (weights + 3,), {"value": 0.0}))
    rows = weights + 3 + causal
    told.append(("matmul", (weights, 3), {"transpose_a": True, "transpose_b": False}))
    told.append(("matmul", (rows, 1), {"transpose_a": False, "transpose_b": False}))
    told.append(("matmul", (rows, 0), {"transpose_a": True, "transpose_b": False}))
    return told


def given(front: tuple[int, ...], t: int, s: int, e: int, v: int) -> list[Array]:
    sizes = ((t, e), (s, e), (s, v), (t, v))
    return [drawn(*front, *size, seed=seed, scale=0.7) for seed, size in enumerate(sizes)]


@ON_THREADS
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_attention_and_its_gradients(shape: Any, causal: bool, threads: int) -> None:
    arrays, told = given(*shape), plain(causal)
    last = len(arrays) + len(told)
    wanted = [6 + causal, last - 3, last - 2, last - 1]
    assert kernels_of(told, arrays, wanted).count("attention.attention") == 2
    exact = exactly(told, arrays)
    for number, array in done(told, arrays, wanted, threads).items():
        assert np.abs(array - exact[number]).max() <= 3e-6 * np.abs(exact[number]).max()


@ON_THREADS
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_attention_alone_leaves_no_scores_behind(shape: Any, causal: bool, threads: int) -> None:
    arrays, told = given(*shape), plain(causal)[: 3 + causal]
    assert kernels_of(told, arrays, [6 + causal])[-1] == "attention.attention"
    exact = exactly(told, arrays)[6 + causal]
    found = done(told, arrays, [6 + causal], threads)[6 + causal]
    assert np.abs(found - exact).max() <= 3e-6 * np.abs(exact).max()


@ON_THREADS
def test_the_weights_may_be_wanted_too(threads: int) -> None:
    arrays, told = given((2, 3), 50, 50, 8, 8), plain(True)[:4]
    exact = exactly(told, arrays)
    for number, array in done(told, arrays, [6, 7], threads).items():
        np.testing.assert_allclose(array, exact[number], rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("what", [np.nan, np.inf])
def test_what_is_no_number_shows_where_it_is_seen(place: int, what: float) -> None:
    arrays, told = given((2,), 40, 40, 8, 8), plain(False)[:3]
    arrays[place][1, 30, 3] = what
    exact = exactly(told, arrays)[6]
    np.testing.assert_array_equal(np.isnan(done(told, arrays, [6])[6]), np.isnan(exact))


def test_what_lies_ahead_of_all_rows_at_hand_is_not_even_looked_at() -> None:
    arrays, told = given((), 400, 400, 8, 8), plain(True)[:4]
    arrays[2][399] = np.nan
    found = done(told, arrays, [7])[7]
    assert not np.isnan(found[:FEWEST]).any()
    assert np.isnan(found[399]).all()


def test_heads_that_are_turned_are_written_where_they_are_read() -> None:
    """(B, T, H, E) in, heads in front for the products, and side by side again."""
    arrays = [drawn(2, 9, 3, 4, seed=seed) for seed in range(3)]
    told: list[Told] = [("permute", (at,), {"axes": (0, 2, 1, 3)}) for at in range(3)]
    told += [
        ("scale", (3,), {"factor": 0.5}),
        ("matmul", (6, 4), {"transpose_a": False, "transpose_b": True}),
        ("softmax", (7,), {"axis": -1}),
        ("matmul", (8, 5), {"transpose_a": False, "transpose_b": False}),
        ("permute", (9,), {"axes": (0, 2, 1, 3)}),
        ("scale", (10,), {"factor": 1.0}),
    ]
    kernels = kernels_of(told, arrays, [11])
    assert [kernel for kernel in kernels if kernel != "pack.pack"] == [
        "chain.chain",
        "attention.attention",
        "chain.chain",
    ]
    np.testing.assert_allclose(done(told, arrays, [11])[11], exactly(told, arrays)[11], rtol=1e-5, atol=1e-6)


def test_dropped_and_masked_weights_are_left_to_kernels_of_their_own() -> None:
    arrays = given((2,), 5, 5, 4, 4)
    told: list[Told] = [
        ("matmul", (0, 1), {"transpose_a": False, "transpose_b": True}),
        ("softmax", (4,), {"axis": 1}),
        ("matmul", (5, 2), {"transpose_a": False, "transpose_b": False}),
        ("matmul", (0, 1), {"transpose_a": False, "transpose_b": True}),
        ("softmax", (7,), {"axis": -1}),
        ("scale", (8,), {"factor": 2.0}),
        ("matmul", (9, 2), {"transpose_a": False, "transpose_b": False}),
    ]
    assert "attention.attention" not in kernels_of(told, arrays, [6, 10])
    exact = exactly(told, arrays)
    for number, array in done(told, arrays, [6, 10]).items():
        np.testing.assert_allclose(array, exact[number], rtol=1e-5, atol=2e-6)
