"""Recipes of first values: bounds, means and deviations as their formulas say, orthogonality exactly."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from core.initial_kinds import KINDS, recipe
from core.initialise import (
    Initialiser,
    KaimingNormal,
    KaimingUniform,
    Orthogonal,
    TruncatedNormal,
    XavierNormal,
    XavierUniform,
    fans,
    gain,
)
from core.record import Initial

MATRIX = (300, 500)
KERNEL = (40, 30, 3, 5)
COUNT = 150_000


def drawn(recipe: Initialiser, shape: tuple[int, ...] = MATRIX) -> np.ndarray:
    return recipe.draw(shape, np.random.default_rng(2))


def test_fans_count_the_places_of_a_kernel_on_both_sides() -> None:
    assert fans((300, 500)) == (500, 300)
    assert fans((40, 30, 3, 5)) == (30 * 15, 40 * 15)


@pytest.mark.parametrize(
    ("nonlinearity", "slope", "found"),
    [
        ("linear", 0.3, 1.0),
        ("sigmoid", 0.3, 1.0),
        ("tanh", 0.3, 5 / 3),
        ("relu", 0.3, math.sqrt(2)),
        ("leaky_relu", 0.0, math.sqrt(2)),
        ("leaky_relu", 1.0, 1.0),
        ("selu", 0.3, 0.75),
    ],
)
def test_gains_are_those_of_the_table(nonlinearity: str, slope: float, found: float) -> None:
    assert gain(nonlinearity, slope) == pytest.approx(found, rel=1e-15)


DEVIATIONS = [
    (XavierUniform(), MATRIX, math.sqrt(2 / 800)),
    (XavierUniform(3.0), KERNEL, 3 * math.sqrt(2 / (70 * 15))),
    (XavierNormal(), MATRIX, math.sqrt(2 / 800)),
    (XavierNormal(0.5), KERNEL, 0.5 * math.sqrt(2 / (70 * 15))),
    (KaimingUniform(), MATRIX, math.sqrt(2 / 500)),
    (KaimingUniform(math.sqrt(5)), KERNEL, math.sqrt(1 / 3 / (30 * 15))),
    (KaimingUniform(mode="fan_out", nonlinearity="relu"), KERNEL, math.sqrt(2 / (40 * 15))),
    (KaimingNormal(nonlinearity="tanh"), MATRIX, 5 / 3 / math.sqrt(500)),
    (KaimingNormal(mode="fan_out"), MATRIX, math.sqrt(2 / 300)),
]


@pytest.mark.parametrize(("recipe", "shape", "deviation"), DEVIATIONS)
def test_draws_have_the_deviation_that_the_formula_says(
    recipe: Initialiser, shape: tuple[int, ...], deviation: float
) -> None:
    values = drawn(recipe, shape)
    count = values.size
    # Five standard errors: σ/√n of a mean, at most σ/√(2n) of a deviation.
    assert abs(values.mean()) < 5 * deviation / math.sqrt(count)
    assert abs(values.std() - deviation) < 5 * deviation / math.sqrt(2 * count)


@pytest.mark.parametrize(
    ("recipe", "shape", "deviation"), [one for one in DEVIATIONS if "Uniform" in str(one)]
)
def test_even_draws_reach_their_bounds_and_no_further(
    recipe: Initialiser, shape: tuple[int, ...], deviation: float
) -> None:
    bound = math.sqrt(3) * deviation
    largest = float(np.abs(drawn(recipe, shape)).max())
    assert 0.999 * bound < largest <= bound


@pytest.mark.parametrize(
    ("mean", "deviation", "low", "high"), [(0, 1, -2, 2), (0.5, 0.2, 0.4, 2), (0, 1, 2, 3), (0, 0.1, -2, 2)]
)
def test_a_truncated_normal_has_its_bounds_and_its_mean(
    mean: float, deviation: float, low: float, high: float
) -> None:
    values = drawn(TruncatedNormal(mean, deviation, low, high))
    assert low <= values.min() and values.max() <= high
    # Johnson, Kotz & Balakrishnan 1994, section 10.1.
    plain = NormalDist()
    a, b = (low - mean) / deviation, (high - mean) / deviation
    share = plain.cdf(b) - plain.cdf(a)
    expected = mean + deviation * (plain.pdf(a) - plain.pdf(b)) / share
    assert abs(values.mean() - expected) < 5 * deviation / math.sqrt(COUNT)


@pytest.mark.parametrize("shape", [(8, 8), (5, 9), (9, 5), (6, 2, 3, 3), (20, 2, 2, 2), (1, 4), (4, 1)])
def test_orthogonal_rows_or_columns_are_orthonormal(shape: tuple[int, ...]) -> None:
    values = drawn(Orthogonal(2.0), shape).reshape(shape[0], -1) / 2
    products = values @ values.T if values.shape[0] <= values.shape[1] else values.T @ values
    np.testing.assert_allclose(products, np.eye(len(products)), atol=1e-13)


def test_orthogonal_matrices_have_no_favourite_sign() -> None:
    rng = np.random.default_rng(0)
    corners = np.array([Orthogonal().draw((3, 3), rng)[0, 0] for _ in range(2000)])
    # An entry of a uniform orthogonal matrix has mean 0 and variance 1/3.
    assert abs(corners.mean()) < 5 / math.sqrt(3 * 2000)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "default"])
def test_every_kind_draws_with_its_defaults_and_again_the_same(kind: str) -> None:
    found = recipe(Initial(kind))
    values = found.draw((4, 5), np.random.default_rng(1))
    assert values.shape == (4, 5) and np.isfinite(values).all()
    np.testing.assert_array_equal(values, found.draw((4, 5), np.random.default_rng(1)))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_a_parameter_without_numbers_is_drawn(shape: tuple[int, ...]) -> None:
    for kind in ("xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal"):
        assert recipe(Initial(kind)).draw(shape, np.random.default_rng(1)).shape == shape
