"""Inputs that are a number by default, in the code that is exported: left out where Python lets them be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.document import Document
from core.engine.weights import initial
from core.export import export_code
from core.export.folder import export_folder
from core.program import Program, build_program
from core.resolve import Resolver
from core.use import Use
from tests.core.test_ports import scaled
from tests.frameworks.checking import checked
from tests.templates.sheet import Book

pytest.importorskip("torch")


def first_input_by_default() -> Document:
    """The input with a default stands before the one that is wired."""
    book = Book("Net", "")
    block = book.sheet("Scaled").input("scale", default=3.0).input("x").node("Multiply", "multiply").output()
    block.wire("x > multiply.x1", "scale > multiply.x2", "multiply > y")
    book.root.input("x", "B, 4").node(block, "scaled").output().wire("x > scaled.x", "scaled > y")
    return book.document()


def repeated_and_slotted() -> Document:
    """The module in a row, and in a slot of one port."""
    book = Book("Net", "")
    block = book.sheet("Scaled").input("x").input("scale", default=3.0)
    block.node("Linear", "fc", out_features=4).node("Multiply", "multiply").output("y")
    block.wire("x > fc > multiply.x1", "scale > multiply.x2", "multiply > y")
    holder = book.sheet("Holder").argument("block", Use("Identity"), kind="module").input()
    holder.slot("block", "inner").output().wire("x > inner > y")
    root = book.root.input("x", "B, 4").node(block, "often", repeat=2).node(holder, "held", block=block.use())
    return root.output().wire("x > often > held > y").book.document()


def of_the_network() -> Document:
    """An input of the network itself."""
    book = Book("Net", "")
    root = book.root.input("x", "B, 4").input("scale", default=3.0).node("Multiply", "multiply").output()
    return root.wire("x > multiply", "scale > multiply.x2", "multiply > y").book.document()


CASES: list[tuple[Callable[[], Document], list[str]]] = [
    (scaled, ["def forward(self, x, scale=3.0, shift=0.5):", "self.scaled(x)"]),
    (first_input_by_default, ["def forward(self, scale, x):", "self.scaled(3.0, x)"]),
    (repeated_and_slotted, ["def forward(self, x, scale=3.0):"]),
    (of_the_network, ["def forward(self, x, scale=3.0):"]),
]


def program_of(document: Document) -> Program:
    return build_program(document, Resolver(document))


@pytest.mark.parametrize(("make", "lines"), CASES, ids=lambda one: getattr(one, "__name__", ""))
def test_the_exported_code_leaves_numbers_out_and_is_the_same_network(
    make: Callable[[], Document], lines: list[str], tmp_path: Path
) -> None:
    program = program_of(make())
    text = export_code(program, "pytorch").text
    assert [line for line in lines if line not in text] == []
    weights = initial(program, program.symbols, 0)
    export_folder(program, weights, "pytorch", tmp_path / "out")
    code, output = checked(tmp_path / "out")
    assert code == 0, output
