"""FixedHiddenMLP of Dive into Deep Learning, 6.1.3, once for each tab: the four are not one network.

PyTorch's and Flax's apply one layer, which is linear, before the constant weight and after it. Gluon's does
so with a layer that ends in ReLU. Keras's flattens its input instead and applies such a layer once, though
the text beside it speaks of a layer that is used again.
"""

from collections.abc import Callable
from typing import Any

from tests.templates.constructs import halving, of_text
from tests.templates.sheet import Book

WIDTH = 0.84
"""Columns stand closer than elsewhere: two of these drawings are to fit beside each other."""


def _book(tab: str, layer: str, help: str, activation: str = "", again: bool = True) -> Book:
    """A tab's network. `layer` is what its layer is called; it is used once where it is not used `again`."""
    book, root = of_text(f"FixedHiddenMLP in {tab}", help, 20)
    sheet = book.sheet("FixedHiddenMLP", help)
    sheet.argument("width", 20, "Features all the way through", minimum=1).input()
    given: dict[str, Any] = {"out_features": "=width", **({"activation": activation} if activation else {})}
    if again:
        sheet.node("Linear", layer, (WIDTH, 0), **given)
    else:
        sheet.node("Flatten", "flatten", (WIDTH, 0))
    first, last = (layer, f"same {layer}") if again else ("flatten", layer)
    sheet.node("Constant", "rand_weight", (WIDTH, 0.95), shape="width, width", initial="uniform")
    sheet.node("MatMul", "hidden", (2 * WIDTH, 0))
    sheet.node("Scale", "plus_one", (0, 2.1), shift=1.0).node("ReLU", "relu", (WIDTH, 2.1))
    if again:
        sheet.node("Linear", last, (2 * WIDTH, 2.1), owner=layer)
    else:
        sheet.node("Linear", last, (2 * WIDTH, 2.1), **given)
    large, half = halving(book)
    sheet.node("While", "shrink", (0, 3.3), condition=large.use(), body=half.use())
    sheet.node("Sum", "total", (0.99, 3.3)).output(at=(2 * WIDTH, 3.3))
    sheet.wire(
        f"x > {first} > hidden.a", "rand_weight > hidden.b",
        f"hidden > plus_one > relu > {last} > shrink > total > y",
    )  # fmt: skip
    return root.node(sheet, "net").output().wire("x > net > y").book


def pytorch() -> Book:
    """`nn.LazyLinear(20)`, applied twice; ReLU stands between the two alone."""
    return _book(
        "PyTorch",
        "linear",
        "As in the book's PyTorch tab: one linear layer at two places, without ReLU in it.",
    )


def mxnet() -> Book:
    """`nn.Dense(20, activation='relu')`, applied twice."""
    return _book(
        "MXNet", "dense", "As in the book's MXNet tab: one layer at two places, with ReLU in it.", "relu"
    )


def jax() -> Book:
    """`nn.Dense(20)`, applied twice: PyTorch's network under another name."""
    return _book(
        "JAX", "dense", "As in the book's JAX tab: one linear layer at two places, without ReLU in it."
    )


def tensorflow() -> Book:
    """`Flatten()`, and `Dense(20, activation=tf.nn.relu)`, applied once."""
    return _book(
        "TensorFlow",
        "dense",
        "As in the book's TensorFlow tab: one layer, with ReLU in it, that stands at one place only.",
        "relu",
        again=False,
    )


BOOKS: dict[str, Callable[[], Book]] = {
    "as-in-book-pytorch": pytorch,
    "as-in-book-mxnet": mxnet,
    "as-in-book-jax": jax,
    "as-in-book-tensorflow": tensorflow,
}
"""By the names of their files."""
