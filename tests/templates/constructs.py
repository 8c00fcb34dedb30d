"""The networks of Dive into Deep Learning, 6.1 to 6.5: what modules can be made of, and how they nest."""

from collections.abc import Callable
from typing import Any

from core.use import Use, use
from tests.templates.sheet import Book, Sheet

SMALL = {"small": {"B": 2}}
"""They are small already."""


def of_text(name: str, help: str, features: int, settings: Any = SMALL) -> tuple[Book, Sheet]:
    """A design and its root, which takes two examples of so many features, as the text's networks do."""
    book = Book(name, help, settings)
    return book, book.root.input(shape=f"B, {features}", sizes="B=2")


def linear(width: int) -> Use:
    """A Linear layer as a module that is handed over."""
    return use("Linear", {"out_features": width})


def sequential(book: Book) -> Sheet:
    """Runs whatever modules it is given, one after the other."""
    sheet = book.sheet("MySequential", "Runs any modules in a row, each on what the one before it gives")
    sheet.argument("parts", (linear(256), use("ReLU"), linear(10)), "The modules", kind="modules")
    sheet.input().slot("parts[i]", "parts", repeat="=len(parts)")
    return sheet.output().wire("x > parts > y")


def my_sequential() -> Book:
    """6.1.2: the sequential module, written by hand."""
    book, root = of_text(
        "My Sequential", "A module that takes any list of modules and runs them in order.", 20
    )
    root.node(sequential(book), "net", parts=(linear(256), use("ReLU"), linear(10)))
    return root.output().wire("x > net > y").book


def halving(book: Book) -> tuple[Sheet, Sheet]:
    """Σ|x| > 1, and x / 2."""
    large = book.sheet("IsLarge", "Whether the absolute values add up to more than 1").input()
    large.node("Abs", "absolute").node("Sum", "total").node("Compare", "above", value=1.0)
    large.output().wire("x > absolute > total > above > y")
    half = book.sheet("Halve", "Half of each number").input()
    return large, half.node("Scale", "half", factor=0.5).output().wire("x > half > y")


def fixed_hidden(book: Book) -> Sheet:
    """A constant weight, one Linear layer at two places, a loop, a sum."""
    sheet = book.sheet(
        "FixedHiddenMLP",
        "One Linear layer at two places with a constant random weight between them; the result is halved "
        "until it is small, and added up",
    )
    sheet.argument("width", 20, "Features all the way through", minimum=1)
    sheet.input().node("Linear", "linear", out_features="=width")
    sheet.node("Constant", "rand_weight", (1, 1), shape="width, width", initial="uniform")
    sheet.node("MatMul", "hidden", (2, 0)).node("Scale", "plus_one", shift=1.0).node("ReLU", "relu")
    sheet.node("Linear", "same linear", (0, 3.2), owner="linear")
    large, half = halving(book)
    sheet.node("While", "shrink", condition=large.use(), body=half.use()).node("Sum", "total").output()
    return sheet.wire(
        "x > linear > hidden.a", "rand_weight > hidden.b", "hidden > plus_one > relu > same linear",
        "same linear > shrink > total > y",
    )  # fmt: skip


def fixed_hidden_mlp() -> Book:
    """6.1.3: code of any kind in a module."""
    book, root = of_text(
        "Fixed hidden MLP", "A weight that is never trained, a layer that is used twice, and a loop.", 20
    )
    return root.node(fixed_hidden(book), "net").output().wire("x > net > y").book


def nest(book: Book) -> Sheet:
    """A chain in a module, and a layer after it."""
    chain = book.sheet("Net", "Two layers with their activations").input()
    chain.node("Linear", "linear1", out_features=64).node("ReLU", "relu1")
    chain.node("Linear", "linear2", out_features=32).node("ReLU", "relu2").output()
    chain.wire("x > linear1 > relu1 > linear2 > relu2 > y")
    sheet = book.sheet("NestMLP", "A module in a module, and a layer after it").input()
    sheet.node(chain, "net").node("Linear", "linear", out_features=16).output()
    return sheet.wire("x > net > linear > y")


def nest_mlp() -> Book:
    """6.1.3: modules in modules."""
    book, root = of_text("Nest MLP", "A module that holds a module: 64, 32, then 16 features.", 20)
    return root.node(nest(book), "net").output().wire("x > net > y").book


def chimera() -> Book:
    """6.1.3: whatever was made is a part of something else."""
    book, root = of_text("Chimera", "A nested module, a layer, and a module with a loop, as one chain.", 20)
    root.node(nest(book), "nest_mlp").node("Linear", "linear", out_features=20)
    root.node(fixed_hidden(book), "fixed_hidden_mlp").output()
    return root.wire("x > nest_mlp > linear > fixed_hidden_mlp > y").book


def perceptron(book: Book) -> Sheet:
    """A hidden layer and an output layer."""
    sheet = book.sheet("MLP", "A hidden layer, ReLU, an output layer")
    sheet.argument("hidden", 256, "Width of the hidden layer", minimum=1)
    sheet.argument("classes", 10, "Numbers that come out", minimum=1).input()
    sheet.node("Linear", "hidden", out_features="=hidden").node("ReLU", "relu")
    return sheet.node("Linear", "out", out_features="=classes").output().wire("x > hidden > relu > out > y")


def parallel() -> Book:
    """6.1.5, exercise 2: two modules as arguments, their outputs side by side."""
    book, root = of_text("Parallel", "A module that takes two modules and joins what they give.", 20)
    sheet = book.sheet("Parallel", "Two modules on the same input, their results side by side")
    sheet.argument("net1", linear(10), "The first module").argument("net2", linear(10), "The second module")
    sheet.input(at=(0, 0.6)).slot("net1", "net1", (1, 0)).slot("net2", "net2", (1, 1.2))
    sheet.node("Concat", "join", (2, 0.6), dim=-1).output()
    sheet.wire("x > net1 > join", "x > net2 > join > y")
    both: dict[str, Any] = {"net1": perceptron(book).use(hidden=64, classes=10), "net2": nest(book).use()}
    return root.node(sheet, "net", **both).output().wire("x > net > y").book


def factory() -> Book:
    """6.1.5, exercise 3: many instances of one module."""
    book, root = of_text("Many of one", "So many instances of one module, each with weights of its own.", 20)
    root.argument("count", 4, "How many instances", minimum=0)
    sheet = book.sheet("Factory", "Makes so many instances of the module that it is given")
    sheet.argument("block", linear(20), "What is made").argument("count", 4, "How often", minimum=0)
    sheet.input().slot("block", "blocks", repeat="=count").output().wire("x > blocks > y")
    block = book.sheet("Block", "Wide, ReLU, and as many features as before")
    block.argument("hidden", 64, "Width between", minimum=1).input()
    block.node("Linear", "wide", out_features="=hidden").node("ReLU", "relu")
    block.node("Linear", "narrow", out_features="=x.shape[1]").output()
    block.wire("x > wide > relu > narrow > y")
    return (
        root.node(sheet, "net", block=block.use(hidden=32), count="=count").output().wire("x > net > y").book
    )


def tied() -> Book:
    """6.2.2: one layer at two places of a chain."""
    _, root = of_text("Tied parameters", "One layer at two places: one set of weights, gradients added.", 4)
    root.node("Linear", "linear", out_features=8).node("ReLU", "relu1")
    root.node("Linear", "shared", out_features=8).node("ReLU", "relu2")
    root.node("Linear", "same shared", (0, 1.8), owner="shared").node("ReLU", "relu3")
    root.node("Linear", "out", out_features=1).output()
    return root.wire("x > linear > relu1 > shared > relu2 > same shared > relu3 > out > y").book


def custom_layer() -> Book:
    """6.5.1: a layer without parameters."""
    book, root = of_text(
        "Custom layer", "A layer of one's own without parameters: it takes the mean away.", 8
    )
    sheet = book.sheet("CenteredLayer", "Less the mean of all numbers").input()
    sheet.node("Mean", "mean", (1, 1)).node("Subtract", "centered", (2, 0)).output()
    sheet.wire("x > centered.a", "x > mean > centered.b", "centered > y")
    root.node("Linear", "linear", out_features=128).node(sheet, "centered").output()
    return root.wire("x > linear > centered > y").book


def custom_layer_with_parameters() -> Book:
    """6.5.2: a layer whose parameters are declared by hand."""
    book, root = of_text("Custom layer with parameters", "A layer of one's own: relu(x · weight + bias).", 64)
    sheet = book.sheet("MyLinear", "relu(x · weight + bias)")
    sheet.argument("in_units", 64, "Numbers that go in", minimum=1)
    sheet.argument("units", 8, "Numbers that come out", minimum=1).input()
    sheet.node("Parameter", "weight", (0, 1), shape="in_units, units", initial="normal")
    sheet.node("Parameter", "bias", (1, 1), shape="units", initial="normal")
    sheet.node("MatMul", "product", (1, 0)).node("Add", "sum").node("ReLU", "relu").output()
    sheet.wire("x > product.a", "weight > product.b", "product > sum > relu > y", "bias > sum")
    root.node(sheet, "layer1", in_units=64, units=8).node(sheet, "layer2", in_units=8, units=1).output()
    return root.wire("x > layer1 > layer2 > y").book


BOOKS: dict[str, Callable[[], Book]] = {
    "my-sequential": my_sequential,
    "fixed-hidden-mlp": fixed_hidden_mlp,
    "nest-mlp": nest_mlp,
    "chimera": chimera,
    "parallel": parallel,
    "factory": factory,
    "tied": tied,
    "custom-layer": custom_layer,
    "custom-layer-with-parameters": custom_layer_with_parameters,
}
"""By the names of their files."""
