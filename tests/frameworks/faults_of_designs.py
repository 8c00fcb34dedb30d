"""Faults of how layers are put together: orders, places, rounds, ties, directions. All keep every shape."""

from collections.abc import Mapping
from typing import Any

from core.use import use
from tests.export.networks import Drawing, program_of
from tests.frameworks.planting import NO_GRADIENTS, NO_TRAINING, Design, Fault, layer, part, row
from tests.templates.sheet import Book


def drawn(drawing: Drawing) -> Design:
    """The design of a drawing."""
    return Design(repr(drawing.records), drawing.program)


def booked(book: Book) -> Design:
    """The design of a book."""
    document = book.document()
    return Design(repr(book.records), lambda: program_of(document))


def two(kind: str, *order: str, shape: str = "2, 3, 4", **arguments: Any) -> Design:
    """A layer of two inputs, which are wired in this order."""
    drawing = Drawing("two")
    for place, name in enumerate(("first", "second")):
        drawing.node(name, "Input", shape=shape, order=place)
    drawing.node("both", kind, **arguments)
    drawing.node("y", "Output")
    ports = ("x1", "x2") if kind in ("Concat", "Stack") else ("a", "b")
    for name, port in zip(order, ports, strict=True):
        drawing.wire(name, f"both.{port}")
    drawing.wire("both", "y")
    return drawn(drawing)


def swapped(name: str, kind: str, **rest: Any) -> Fault:
    """The two inputs of a layer the other way round."""
    return Fault(
        name=name, right=two(kind, "first", "second", **rest), wrong=two(kind, "second", "first", **rest)
    )


def merged(kind: str) -> Design:
    """Two layers' results in one."""
    return residual("x", kind=kind, before="fc2")


def residual(source: str, kind: str = "Add", before: str = "add") -> Design:
    """Two layers, and what comes from `source` merged with them, before the last activation or behind it."""
    drawing = Drawing("residual")
    drawing.node("x", "Input", shape="B, 5")
    drawing.node("fc1", "Linear", out_features=5, activation="tanh")
    drawing.node("fc2", "Linear", out_features=5)
    drawing.node("relu", "ReLU")
    drawing.node("add", kind)
    drawing.node("y", "Output")
    ways = (
        ("x", "fc1", "fc2", "relu", "add.x1", "y")
        if before == "add"
        else ("x", "fc1", "fc2", "add.x1", "relu", "y")
    )
    drawing.chain(*ways)
    drawing.wire(source, "add.x2")
    return drawn(drawing)


def parts_of(kind: str, *names: str, **arguments: Any) -> Design:
    """A layer of two outputs: the first less twice the second, as they are named."""
    drawing = Drawing("parts")
    drawing.node("x", "Input", shape="2, 6, 3")
    drawing.node("parts", kind, dim=1, **arguments)
    drawing.node("less", "Subtract")
    drawing.node("y", "Output")
    drawing.chain("x", "parts")
    for name, port in zip(names, ("a", "b"), strict=True):
        drawing.wire(f"parts.{name}", f"less.{port}")
    drawing.wire("less", "y")
    return drawn(drawing)


def repeated(rounds: int, shared: bool = True) -> Design:
    """One layer in so many rounds."""
    book = Book("Rounds", "")
    root = book.root.input("x", "B, 5")
    root.node("Linear", "fc", repeat=rounds, shared=shared, out_features=5, activation="tanh").output()
    root.wire("x > fc > y")
    return booked(book)


def looped(limit: float = 1.0, factor: float = 0.5, relation: str = "greater") -> Design:
    """A value that is halved while its sum is above 1."""
    book = Book("Loop", "")
    large = book.sheet("Large").input().node("Abs", "size").node("Sum", "total")
    large.node("Compare", "over", relation=relation, value=limit).output().wire("x > size > total > over > y")
    halve = book.sheet("Halve").input().node("Scale", "half", factor=factor).output().wire("x > half > y")
    root = book.root.input("x", "B, 6").node("While", "halving", condition=large.use(), body=halve.use())
    root.node("Linear", "fc", out_features=3).output().wire("x > halving > fc > y")
    return booked(book)


def branched(relation: str = "greater") -> Design:
    """One of two layers, as the sum of squares is above 0 or not."""
    book = Book("Branch", "")
    root = book.root.input("x", "B, 6").node("Square", "square").node("Sum", "sum", (1, 1))
    root.node("Compare", "over", (2, 1), relation=relation)
    root.node(
        "If",
        "pick",
        (3, 0),
        then=use("Linear", {"out_features": 6}),
        otherwise=use("Linear", {"out_features": 6}),
    )
    root.output().wire("x > square > sum > over > pick.condition", "x > pick.x", "pick > y")
    return booked(book)


def tied(head: bool) -> Design:
    """A table, a layer, and a head that is the table, or has weights of its own."""
    book = Book("Ties", "")
    root = book.root.input("x", "B, T", dtype="int64", bound=7, sizes="B=2, T=4")
    root.node("Embedding", "table", num_embeddings=7, embedding_dim=6)
    root.node("Linear", "fc", out_features=6, activation="tanh")
    root.node("Linear", "head", out_features=7, bias=False).output().output("inner")
    root.wire("x > table > fc > head > y", "fc > inner")
    if head:
        root.tie("head.weight", "table.weight")
    return booked(book)


def used_twice(tied_to: str) -> Design:
    """Three layers in a row of which the last is the first again, or the second."""
    book = Book("Twice", "")
    root = book.root.input("x", "B, 5").node("Linear", "one", out_features=5, activation="tanh")
    root.node("Linear", "two", out_features=5, activation="tanh").node("Linear", "again", owner=tied_to)
    root.output().wire("x > one > two > again > y")
    return booked(book)


def dropped(p: float, where: str = "norm") -> Design:
    """A row with dropout at one place."""
    parts = {
        "fc": part("Linear", out_features=5),
        "norm": part("BatchNorm1d"),
        "head": part("Linear", out_features=3),
    }
    found = {}
    for name, one in parts.items():
        found[name] = one
        if name == where:
            found["drop"] = part("Dropout", p=p)
    return row("4, 6", **found)


def reading(first: str, last: str, kind: str = "LSTM", **rest: Any) -> Design:
    """A recurrent layer between two of the row's other layers, flips among them."""
    ends = {"": part("Identity"), "flip": part("Flip", dim=1)}
    return row("2, 4, 5", before=ends[first], cells=part(kind, hidden_size=3, **rest), behind=ends[last])


def ways(first: int, second: int) -> Design:
    """A layer of two directions whose halves are joined again in an order."""
    drawing = Drawing("ways")
    drawing.node("x", "Input", shape="2, 4, 5")
    drawing.node("cells", "GRU", hidden_size=3, bidirectional=True)
    drawing.node("halves", "Chunk", chunks=2, dim=2)
    drawing.node("joined", "Concat", dim=2)
    drawing.node("y", "Output")
    drawing.chain("x", "cells", "halves")
    for port, place in (("x1", first), ("x2", second)):
        drawing.wire(f"halves.y{place}", f"joined.{port}")
    drawing.wire("joined", "y")
    return drawn(drawing)


def attended(query: str = "q", key: str = "k", **arguments: Any) -> Design:
    """Attention over inputs of one size."""
    drawing = Drawing("attended")
    for place, name in enumerate(("q", "k", "v")):
        drawing.node(name, "Input", shape="2, 4, 6", order=place)
    drawing.node("attention", "ScaledDotProductAttention", **arguments)
    drawing.node("y", "Output")
    for port, name in (("q", query), ("k", key), ("v", "v")):
        drawing.wire(name, f"attention.{port}")
    drawing.wire("attention", "y")
    return drawn(drawing)


def looking(key: str = "x", value: str = "x", **arguments: Any) -> Design:
    """Attention with heads, of a sequence to itself or another."""
    drawing = Drawing("looking")
    drawing.node("x", "Input", shape="2, 4, 8")
    drawing.node("other", "Input", shape="2, 4, 8", order=1)
    drawing.node("attention", "MultiheadAttention", **{"num_heads": 2, **arguments})
    drawing.node("add", "Add")
    drawing.node("y", "Output")
    for port, name in (("query", "x"), ("key", key), ("value", value)):
        drawing.wire(name, f"attention.{port}")
    drawing.chain("attention", "add.x1", "y")
    drawing.wire("other", "add.x2")
    return drawn(drawing)


def words(padding: int | None = None, positions: str = "PositionalEncoding") -> Design:
    """Tokens with their places."""
    drawing = Drawing("tokens")
    drawing.node("tokens", "Input", shape="3, 6", dtype="int64", bound=4)
    drawing.node("table", "Embedding", num_embeddings=4, embedding_dim=6, padding_idx=padding)
    drawing.node("places", positions)
    drawing.node("y", "Output")
    drawing.node("without", "Output", order=1)
    drawing.chain("tokens", "table", "places", "y")
    drawing.wire("table", "without")
    return drawn(drawing)


def weighted(kind: str) -> Design:
    """A product with numbers that are learnt, or are not."""
    drawing = Drawing("weighted")
    drawing.node("x", "Input", shape="B, 5")
    drawing.node("weights", kind, shape="5, 5", initial="normal")
    drawing.node("product", "MatMul")
    drawing.node("y", "Output")
    drawing.chain("x", "product.a", "y")
    drawing.wire("weights", "product.b")
    return drawn(drawing)


def chosen(a: str, b: str) -> Design:
    """Numbers of one or the other, where a third is above 0."""
    drawing = Drawing("chosen")
    for place, name in enumerate(("which", "one", "other")):
        drawing.node(name, "Input", shape="3, 4", order=place)
    drawing.node("over", "Compare")
    drawing.node("pick", "Where")
    drawing.node("y", "Output")
    drawing.chain("which", "over", "pick.condition")
    drawing.wire(a, "pick.a")
    drawing.wire(b, "pick.b")
    drawing.wire("pick", "y")
    return drawn(drawing)


def formula(expression: str) -> Design:
    """A layer of one's own."""
    return row("3, 5", own=part("Expression", expression=expression, learnable="w: 5 = normal"))


def fault(name: str, right: Design, wrong: Design, senseless: Mapping[str, str] | None = None) -> Fault:
    """Another design's code."""
    return Fault(name=name, right=right, wrong=wrong, senseless=senseless or {})


MERGED = [
    swapped("the order of a concatenation", "Concat", dim=1),
    swapped("the order of a stack", "Stack", dim=1),
    swapped("the order of a difference", "Subtract"),
    swapped("the order of a quotient", "Divide"),
    swapped("the order of a product of matrices", "MatMul", shape="2, 3, 3"),
    fault(
        "a transposed product",
        two("MatMul", "first", "second", shape="2, 3, 3", transpose_b=True),
        two("MatMul", "first", "second", shape="2, 3, 3"),
    ),
    fault("a product for a sum", merged("Add"), merged("Multiply")),
    fault("a sum for an average", merged("Average"), merged("Add")),
    fault("the least for the largest", merged("Maximum"), merged("Minimum")),
    fault("a residual from the wrong place", residual("x"), residual("fc1")),
    fault("an activation behind the residual", residual("x"), residual("x", before="relu")),
    fault(
        "the parts of a split",
        parts_of("Split", "y1", "y2", sizes=(3, 3)),
        parts_of("Split", "y2", "y1", sizes=(3, 3)),
    ),
    fault(
        "the parts of a chunk",
        parts_of("Chunk", "y1", "y2", chunks=2),
        parts_of("Chunk", "y2", "y1", chunks=2),
    ),
    fault("the two sides of where", chosen("one", "other"), chosen("other", "one")),
    fault("a formula", formula("x - mean(x) * w"), formula("x - mean(x, axis=-1, keepdims=True) * w")),
]

ROUNDS = [
    fault("one round fewer", repeated(3), repeated(2)),
    fault("one round more", repeated(3), repeated(4)),
    fault("when a loop ends", looped(), looped(limit=2.0)),
    fault("what a loop does", looped(), looped(factor=0.75)),
    fault("a loop that does not begin", looped(), looped(relation="less")),
    fault("the other branch", branched(), branched("less")),
    fault("a tied weight that is untied", tied(True), tied(False)),
    fault("a layer used twice that is another one", used_twice("one"), used_twice("two")),
]

TRAINING = [
    fault("the rate of a dropout", dropped(0.2), dropped(0.3), NO_TRAINING),
    fault("dropout that was left out", dropped(0.2), dropped(0.2, where=""), NO_TRAINING),
    fault("dropout where there is none", dropped(0.2, where=""), dropped(0.2), NO_TRAINING),
    fault("dropout at another place", dropped(0.2), dropped(0.2, where="fc"), NO_TRAINING),
    fault("dropout alone", layer("Dropout", p=0.2), layer("Dropout", p=0.3), NO_TRAINING),
    fault("the rate of a channel dropout", layer("Dropout2d", p=0.2), layer("Dropout2d", p=0.3), NO_TRAINING),
    fault(
        "the rate of an alpha dropout",
        layer("AlphaDropout", p=0.2),
        layer("AlphaDropout", p=0.3),
        NO_TRAINING,
    ),
    fault(
        "how strong noise is", layer("GaussianNoise", std=0.2), layer("GaussianNoise", std=0.3), NO_TRAINING
    ),
    fault(
        "dropout between recurrent layers",
        layer("LSTM", hidden_size=3, num_layers=2, dropout=0.2),
        layer("LSTM", hidden_size=3, num_layers=2),
        NO_TRAINING,
    ),
    fault("dropout in attention", looking(dropout=0.2), looking(dropout=0.3), NO_TRAINING),
    fault(
        "statistics of the batch",
        row("4, 3", norm=part("BatchNorm1d")),
        row("4, 3", norm=part("BatchNorm1d", track_running_stats=False)),
    ),
    fault("numbers that are learnt", weighted("Constant"), weighted("Parameter"), NO_GRADIENTS),
    fault("numbers that are not learnt", weighted("Parameter"), weighted("Constant"), NO_GRADIENTS),
]

SEQUENCES = [
    fault(
        "the nonlinearity of an RNN",
        layer("RNN", hidden_size=3),
        layer("RNN", hidden_size=3, nonlinearity="relu"),
    ),
    fault("a sequence read backwards", reading("", ""), reading("flip", "flip")),
    fault("a sequence turned round behind", reading("", "", "GRU"), reading("", "flip", "GRU")),
    fault(
        "the first state for the last",
        row("2, 4, 5", cells=part("GRU", hidden_size=3), one=part("Select", dim=1, index=-1)),
        row("2, 4, 5", cells=part("GRU", hidden_size=3), one=part("Select", dim=1, index=0)),
    ),
    fault(
        "the last step read for the last in time",
        row("2, 4, 5", cells=part("LSTM", hidden_size=3, bidirectional=True, returns="last")),
        row(
            "2, 4, 5",
            cells=part("LSTM", hidden_size=3, bidirectional=True),
            one=part("Select", dim=1, index=-1),
        ),
    ),
    fault("the order of two directions", ways(1, 2), ways(2, 1)),
    fault("the scale of attention", attended(), attended(scale=1.0)),
    fault("attention without its causal mask", attended(causal=True), attended()),
    fault("queries for keys", attended(), attended("k", "q")),
    fault("heads without their causal mask", looking(causal=True), looking()),
    fault("the number of heads", looking(), looking(num_heads=4)),
    fault("keys of another sequence", looking(), looking(key="other")),
    fault("values of another sequence", looking(), looking(value="other")),
    fault("a padding index", words(0), words(), NO_GRADIENTS),
    fault("positions that were left out", words(), words(positions="Identity")),
]
