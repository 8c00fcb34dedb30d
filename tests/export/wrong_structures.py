"""Designs of repeats, loops and slots that cannot be: each with the one sentence that is said of it."""

from collections.abc import Callable

from core.document import Document
from core.use import Use, use
from tests.templates.sheet import Book, Sheet


def _plain(book: Book, name: str) -> Sheet:
    return book.sheet(name).input()


def recursion() -> Document:
    """Three modules of which each holds the next, the last the first."""
    book = Book("Recursion", "")
    first, second, third = (_plain(book, name) for name in ("One", "Two", "Three"))
    for sheet, inside in ((first, second), (second, third), (third, first)):
        sheet.node(inside, "inside").output()
    for sheet in (first, second, third):
        sheet.wire("x > inside > y")
    book.root.input("x", "B, 4").node(first, "one").output().wire("x > one > y")
    return book.document()


def endless_repeat() -> Document:
    """A layer a thousand million times."""
    book = Book("Repeat", "")
    book.root.input("x", "B, 4").node("Linear", "fc", repeat=10**9, out_features=4)
    book.root.output().wire("x > fc > y")
    return book.document()


def misfit_in_a_row() -> Document:
    """A layer whose result its next call cannot take, but for the first."""
    book = Book("Misfit", "")
    book.root.input("x", "B, 3, 9, 9").node("Conv2d", "conv", repeat=4, out_channels=3, kernel_size=4)
    book.root.output().wire("x > conv > y")
    return book.document()


def empty_slot() -> Document:
    """A module that is given nothing where it needs a module."""
    book = Book("Slot", "")
    holder = book.sheet("Holder").argument("block", Use()).input()
    holder.slot("block", "slot").output().wire("x > slot > y")
    book.root.input("x", "B, 4").node(holder, "holder").output().wire("x > holder > y")
    return book.document()


def code_in_an_expression() -> Document:
    """An argument whose text would run something; no expression can hold it, so it stands as a text."""
    book = Book("Import", "")
    book.root.input("x", "B, 4").node("Linear", "fc", out_features="__import__('os').getcwd()")
    book.root.output().wire("x > fc > y")
    return book.document()


def loop_without_a_condition() -> Document:
    """A While whose condition nobody has chosen."""
    book = Book("While", "")
    book.root.input("x", "B, 4").node("While", "loop", body=use("Tanh")).output().wire("x > loop > y")
    return book.document()


def loop_without_end() -> Document:
    """A While whose condition always holds; it is found when it runs."""
    book = Book("Endless", "")
    always = (
        _plain(book, "Always")
        .node("Abs", "size")
        .node("Sum", "sum")
        .node("Compare", "more", relation="greater_equal")
    )
    always.output().wire("x > size > sum > more > y")
    book.root.input("x", "B, 4").node("While", "loop", condition=always.use(), body=use("Tanh"), bound=20)
    book.root.output().wire("x > loop > y")
    return book.document()


SENTENCES: dict[str, tuple[Callable[[], Document], str]] = {
    "recursion": (recursion, "a module cannot hold itself: "),
    "a repeat of 10^9": (
        endless_repeat,
        "1,000,000,000 repetitions are more than the 10,000 that are laid out",
    ),
    "a call in a row that does not fit": (misfit_in_a_row, "i = 2: "),
    "an empty slot": (empty_slot, "the slot block is empty; choose a module for it"),
    "code in an expression": (code_in_an_expression, "expected a whole number, got "),
    "a loop without a condition": (loop_without_a_condition, "the slot condition is empty"),
}
"""What is wrong with each, as a problem of the design."""
