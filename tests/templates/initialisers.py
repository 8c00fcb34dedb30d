"""First values: for a whole network, for one call of a module, for one layer, and with seeds of their own."""

from collections.abc import Callable

from tests.templates.sheet import Book, Sheet


def two_layers(book: Book, name: str, help: str) -> Sheet:
    """Two linear layers with a rectifier between them."""
    sheet = book.sheet(name, help).input()
    sheet.node("Linear", "hidden", out_features=8).node("ReLU", "relu").node("Linear", "out", out_features=1)
    return sheet.output().wire("x > hidden > relu > out > y")


def initialisers() -> Book:
    """Four networks of two layers each, which differ in nothing but their first values."""
    book = Book(
        "Initialisers",
        "A layer inherits how it starts from the module around it: small weights here, biases of zero.",
        {"small": {"B": 2}},
    )
    mlp = two_layers(book, "MLP", "Two linear layers with what stands around them as first values")
    each = two_layers(book, "LayerByLayer", "Two linear layers, each with first values of its own")
    each.initial("hidden", weight="xavier_uniform").initial("out", weight=("constant", 42))
    root = book.root.input("x", "B, 4", sizes="B=2").initial(weights=("normal", 0, 0.01), biases="zeros")
    root.node(mlp, "inherited", (1, 0)).node(mlp, "constant", (1, 1)).initial(
        "constant", weights=("constant", 1)
    )
    root.node(each, "by_layer", (1, 2))
    root.node(mlp, "seeded", (1, 3))
    root.initial("seeded", weights=("normal", {"std": 0.1, "seed": 3}), biases=("uniform", -1, 1, 4))
    for row, name in enumerate(("inherited", "constant", "by_layer", "seeded")):
        root.output(f"y_{name}", (2, row)).wire(f"x > {name} > y_{name}")
    return book


BOOKS: dict[str, Callable[[], Book]] = {"initialisers": initialisers}
"""By the names of their files."""
