"""Exported Keras models are trained by `fit` as they are drawn: its layers know that they are trained."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core.export import export_code
from tests.export.networks import program_of
from tests.templates.sheet import Book

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore:The model does not have any trainable weights"
)


def model_of(kind: str) -> Any:
    """A model with a layer of that kind in a class of its own, beside a wire around it."""
    book = Book("net", "")
    block = book.sheet("Block").input().node(kind, "layer").output().wire("x > layer > y")
    root = book.root.input("x", "B, 6", sizes="B=2").node(block, "block").node("Add", "add").output()
    root.wire("x > block > add > y", "x > add")
    module = ModuleType("exported")
    exec(export_code(program_of(book.document()), "keras").text, module.__dict__)
    return module.Net()


def test_fit_renews_the_averages_of_a_batch_norm() -> None:
    model = model_of("BatchNorm1d")
    x = np.full((8, 6), 2.0, np.float32)
    model.compile("sgd", "mse")
    model.fit(x, x, batch_size=8, verbose=0)
    # From 0, a tenth of the way to the mean, which is 2.
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model.block.layer.moving_mean), 0.2, rtol=1e-6)


def test_fit_drops_out_and_predict_does_not() -> None:
    model = model_of("Dropout")
    x = np.ones((8, 6), np.float32)
    model.compile("sgd", "mse")
    # What comes out is twice x where nothing is dropped.
    assert model.fit(x, 2 * x, verbose=0).history["loss"][0] > 0
    np.testing.assert_array_equal(model.predict(x, verbose=0), 2 * x)


def test_a_model_of_layers_that_are_always_the_same_is_not_told_the_mode() -> None:
    assert "training" not in model_of("Tanh").call.__code__.co_varnames
