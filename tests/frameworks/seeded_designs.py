"""Designs in which several parameters begin by one seed, in every place where they can stand."""

from core.use import Use
from tests.templates.sheet import Book

SEEDED = ("normal", {"seed": 5})


def said_around() -> Book:
    """A seed that the network says of all its weights, and one of a row."""
    book = Book("around", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    root = book.root.input(shape="B, 4", sizes="B=2").initial(weights=SEEDED)
    root.node("Linear", "first", out_features=4).node("Linear", "second", out_features=4)
    root.node(block, "third").node(block, "fourth", repeat=2)
    root.node("Linear", "row", out_features=4, repeat=2).initial("row", weight=("uniform", {"seed": 6}))
    root.output().wire("x > first > second > third > fourth > row > y")
    return book


def said_by_each() -> Book:
    """The same seed at each of several layers."""
    book = Book("each", "")
    root = book.root.input(shape="B, 4", sizes="B=2")
    for name in ("first", "second"):
        root.node("Linear", name, out_features=4).initial(name, weight=SEEDED)
    root.node("Linear", "row", out_features=4, repeat=2).initial("row", weight=SEEDED)
    root.output().wire("x > first > second > row > y")
    return book


def said_by_each_call() -> Book:
    """Seeds that two calls of a module say, and one at a layer of them that lacks one."""
    book = Book("call", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    root = book.root.input(shape="B, 4", sizes="B=2").node(block, "one").node(block, "other")
    root.node("Linear", "fc", out_features=4).initial("fc", weight=SEEDED)
    root.initial("one", weight=SEEDED).initial("other", weight=("normal", 0, 2, {"seed": 5}))
    root.output().wire("x > one > other > fc > y")
    return book


def levels() -> Book:
    """The levels of a recurrent layer."""
    book = Book("levels", "")
    root = book.root.input(shape="B, 3, 4", sizes="B=2").node("LSTM", "net", hidden_size=4, num_layers=3)
    root.initial("net", weights=SEEDED).output().wire("x > net > y")
    return book


def depthwise() -> Book:
    """Filters of single channels, which Keras has another keyword for."""
    book = Book("depthwise", "")
    root = book.root.input(shape="B, 4, 6, 6", sizes="B=2").initial(weights=SEEDED)
    root.node("DepthwiseConv2d", "one", kernel_size=3, padding=1).node(
        "DepthwiseConv2d", "two", kernel_size=3
    )
    root.node("DepthwiseConv2d", "three", kernel_size=3).initial("three", weight=("uniform", {"seed": 5}))
    root.output().wire("x > one > two > three > y")
    return book


def called_seed() -> Book:
    """An argument that is called as the generator would be."""
    book = Book("called", "")
    block = book.sheet("Block").argument("seed", 4).input().initial(weights=SEEDED)
    block.node("Linear", "one", out_features="=seed").node("Linear", "two", out_features="=seed").output()
    block.wire("x > one > two > y")
    book.root.input(shape="B, 4", sizes="B=2").node(block, "block").output().wire("x > block > y")
    return book


def of_two_shapes() -> Book:
    """Parameters of one seed that no shape confuses, in a class that is made twice."""
    book = Book("shapes", "")
    block = book.sheet("Block").argument("width", 4).input().initial(weights=SEEDED)
    block.node("Linear", "fc", out_features="=width").output().wire("x > fc > y")
    root = book.root.input(shape="B, 4", sizes="B=2").node(block, "one", width=5).node(block, "two", width=6)
    root.output().wire("x > one > two > y")
    return book


def in_a_block() -> Book:
    """A seed that a module says which is used twice."""
    book = Book("block", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    block.initial("fc", weight=SEEDED)
    root = book.root.input(shape="B, 4", sizes="B=2").node(block, "one").node(block, "two").output()
    root.wire("x > one > two > y")
    return book


def in_a_repeated_block() -> Book:
    """A seed that a module says which is repeated."""
    book = Book("rows", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    block.initial(weights=SEEDED)
    book.root.input(shape="B, 4", sizes="B=2").node(block, "one", repeat=3).output().wire("x > one > y")
    return book


def in_two_classes() -> Book:
    """A seed that two modules say."""
    book = Book("two", "")
    root = book.root.input(shape="B, 4", sizes="B=2")
    for name in ("one", "two"):
        block = book.sheet(name).input().node("Linear", "fc", out_features=4).node("Tanh", "act").output()
        block.wire("x > fc > act > y").initial(weights=SEEDED)
        root.node(block, name)
    root.output().wire("x > one > two > y")
    return book


def in_a_repeated_branch() -> Book:
    """A seed in a branch of which there are two."""
    book = Book("branch", "")
    root = book.root.input(shape="B, 4", sizes="B=2").node("Mean", "mean")
    step = book.sheet("Step").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    step.initial(weights=SEEDED)
    for name in ("one", "two"):
        root.node("If", name, then=step.use(), otherwise=Use("Identity"))
    root.output().wire("x > mean > one.condition", "x > one.x", "mean > two.condition", "one > two.x")
    root.wire("two > y")
    return book


def attention() -> Book:
    """A seed for what Keras makes three layers of, with copies of one initializer."""
    book = Book("attention", "")
    root = book.root.input(shape="B, 3, 4", sizes="B=2").node("MultiheadAttention", "net", num_heads=2)
    root.initial("net", weights=SEEDED).output()
    root.wire("x > net.query", "x > net.key", "x > net.value", "net > y")
    return book


def both_ways() -> Book:
    """A seed for both directions, of which Keras makes one from a copy of the other."""
    book = Book("ways", "")
    root = book.root.input(shape="B, 3, 4", sizes="B=2")
    root.node("GRU", "net", hidden_size=4, bidirectional=True).initial("net", weights=SEEDED).output()
    root.wire("x > net > y")
    return book


def in_slots() -> Book:
    """A module with a seed that others are given: made once, made many times, and in a list."""
    book = Book("slots", "")
    block = book.sheet("Block").argument("width", 4).input().initial(weights=SEEDED)
    block.node("Linear", "fc", out_features="=width").node("Tanh", "act").output().wire("x > fc > act > y")
    many = book.sheet("Many").argument("generator", block.use()).argument("n", 2).input()
    many.slot("generator", "blocks", repeat="=n").output().wire("x > blocks > y")
    row = book.sheet("Row").argument("steps", (Use("Identity"),)).input()
    row.slot("steps[i]", "run", repeat="=len(steps)").output().wire("x > run > y")
    once = book.sheet("Once").argument("part", Use("Identity")).input()
    once.slot("part", "part").output().wire("x > part > y")
    root = book.root.input(shape="B, 4", sizes="B=2").node(many, "many", generator=block.use())
    root.node(many, "wide", generator=block.use(width=5)).node(row, "row", steps=(block.use(), block.use()))
    root.node(once, "once", part=block.use()).output().wire("x > many > wide > row > once > y")
    return book


def in_a_choice() -> Book:
    """A module with a seed in a choice that its user's argument decides, two levels below the network."""
    book = Book("choice", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    block.initial(weights=SEEDED)
    outer = book.sheet("Outer").argument("deep", True).input()
    outer.node("Choose", "chosen", condition="=deep", then=block.use(), otherwise=Use("Identity"))
    outer.node("Linear", "own", out_features=4).initial("own", weight=("uniform", {"seed": 6})).output()
    outer.wire("x > chosen > own > y")
    inside = book.sheet("Inside").input().node(outer, "one").node(outer, "two", deep=False)
    inside.node(outer, "three").output().wire("x > one > two > three > y")
    root = (
        book.root.input(shape="B, 4", sizes="B=2")
        .node(inside, "inside")
        .node("Linear", "last", out_features=4)
    )
    root.initial("last", bias=("normal", {"seed": 6})).output().wire("x > inside > last > y")
    return book


def with_two_seeds() -> Book:
    """Two blocks in a chain, each with two seeds of which one follows the other."""
    book = Book("two seeds", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4)
    block.node("Linear", "next", out_features=4).output().wire("x > fc > next > y")
    block.initial("fc", weight=SEEDED, bias=("normal", {"seed": 5}))
    block.initial("next", weight=("normal", {"seed": 6}), bias=("normal", {"seed": 6}))
    root = book.root.input(shape="B, 4", sizes="B=2").node(block, "one").node(block, "two").output()
    root.wire("x > one > two > y")
    return book


SEEDED_DESIGNS = (
    said_around, said_by_each, said_by_each_call, levels, depthwise, called_seed, of_two_shapes, in_a_block,
    in_a_repeated_block, in_two_classes, in_a_repeated_branch, attention, both_ways, in_slots, in_a_choice,
    with_two_seeds,
)  # fmt: skip
"""All of them."""
