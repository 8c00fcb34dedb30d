"""What the layers that drop at random do to numbers, channels and examples."""

from typing import Any

import numpy as np
import pytest

from core.layers import LAYERS
from core.layers.layer import bind
from core.ops.interpret import evaluate
from core.ops.primitive import Array
from core.types import Type


def trained(name: str, x: Array, **arguments: Any) -> Array:
    run = bind(LAYERS[name], arguments).trace(Type(x.shape), training=True)
    return evaluate(run.trace, {run.inputs[0].index: x})[run.result.values[0].index]


def test_alpha_dropout_keeps_mean_and_variance_and_puts_selus_lowest_value() -> None:
    x = np.random.default_rng(3).normal(size=(2000, 50))
    y = trained("AlphaDropout", x, p=0.3)
    assert y.mean() == pytest.approx(0, abs=0.01)
    assert y.var() == pytest.approx(1, abs=0.02)
    keep, lowest = 0.7, -1.0507009873554805 * 1.6732632423543772
    a = (keep + lowest**2 * keep * 0.3) ** -0.5  # Klambauer et al. 2017, section 3
    values, counts = np.unique(np.round(y, 9), return_counts=True)
    assert values[counts.argmax()] == pytest.approx(a * lowest - a * lowest * 0.3, abs=1e-8)
    assert counts.max() / y.size == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(
    ("name", "shape", "kept"),
    [("Dropout1d", (40, 30, 5), 2), ("Dropout3d", (40, 30, 2, 3, 2), 2), ("DropPath", (1000, 3, 2), 1)],
)
def test_a_whole_channel_or_example_goes_or_stays(name: str, shape: tuple[int, ...], kept: int) -> None:
    y = trained(name, np.ones(shape), p=0.25).reshape(int(np.prod(shape[:kept])), -1)
    assert set(np.unique(y)) == {0.0, 4 / 3}
    assert (y == y[:, :1]).all()
    assert (y[:, 0] == 0).mean() == pytest.approx(0.25, abs=0.04)


def test_feature_alpha_dropout_draws_once_for_a_channel() -> None:
    y = trained("FeatureAlphaDropout", np.ones((20, 30, 4)), p=0.5)
    assert (y == y[..., :1]).all()
    assert len(np.unique(y)) == 2


@pytest.mark.parametrize("name", ["Dropout1d", "AlphaDropout", "FeatureAlphaDropout", "DropPath"])
def test_dropping_all_gives_zeros(name: str) -> None:
    assert (trained(name, np.ones((2, 3, 4)), p=1.0) == 0).all()
