"""Designs for the inspector's tests."""

from core.document import Document
from core.use import Use
from tests.engine.loops import halving, size_above
from tests.templates.sheet import Book


def every_kind() -> Document:
    """A module with an argument of every kind, used directly and two modules deep."""
    book = Book("Kinds", "One argument of every kind")
    block = book.sheet("Block", "A block")
    block.argument("width", 8, "How wide", minimum=1, maximum=64).argument("rate", 0.1)
    block.argument("bias", True).argument("mode", "same", choices=("same", "valid"), kind="choice")
    block.argument("depths", (3, 4)).argument("form", "B, 8", kind="shape").argument("label", "hello")
    block.argument("part", Use("ReLU")).argument("parts", (Use("ReLU"), Use("Tanh")))
    block.input().node("Linear", "lin", out_features=8, bias="=bias").slot("part", "part").output()
    block.wire("x > lin > part > y")
    outer = book.sheet("Outer", "Holds a block").input().node(block, "inner").output().wire("x > inner > y")
    root = book.root.input("x", "B, 8").node(outer, "outer").node(block, "block").output()
    root.wire("x > outer > block > y")
    return book.document()


def halved() -> Document:
    """x (2×4) is halved until Σ|x| is at most 1."""
    book = Book("Halved", "A loop at run time")
    condition, body = size_above(book, 1.0).use(), halving(book).use()
    root = book.root.input("x", "B, 4", sizes="B=2")
    root.node("While", "loop", condition=condition, body=body, bound=50).output().wire("x > loop > y")
    return book.document()


def two_ways() -> Document:
    """A module with two inputs and two outputs that differ."""
    book = Book("Ways", "Two outputs")
    both = book.sheet("Both", "Two ways").input("left").input("right")
    both.node("ReLU", "a").node("Sigmoid", "b").output("up").output("down")
    both.wire("left > a > up", "right > b > down")
    root = book.root.input("x", "B, 8").node(both, "both").node("Add", "add").output()
    root.wire("x > both.left", "x > both.right", "both.up > add", "both.down > add", "add > y")
    return book.document()
