"""A row of no calls is what it is given, in frameworks whose own sequences cannot be empty too."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.export import export_code
from core.export.folder import export_folder
from core.program import Program
from core.use import Use, use
from tests.export.networks import program_of
from tests.frameworks.checking import checked
from tests.templates.sheet import Book

for needed in ("torch", "keras", "jax"):
    pytest.importorskip(needed)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def some_and_none() -> Program:
    """A module that is called with two layers in a row and with none."""
    book = Book("rows", "")
    rows = book.sheet("Rows").argument("n", 2, minimum=0).input()
    rows.node("Linear", "fc", repeat="=n", out_features=6).output().wire("x > fc > y")
    root = book.root.input("x", "B, 6", sizes="B=2").node(rows, "none", n=0).node(rows, "two").output()
    root.wire("x > none > two > y")
    return program_of(book.document())


def only_none() -> Program:
    """The network itself with no layers in a row, between two others."""
    book = Book("rows", "")
    root = book.root.input("x", "B, 6", sizes="B=2").node("Linear", "first", out_features=6)
    root.node("Linear", "fc", repeat=0, out_features=6).node("Linear", "last", out_features=3).output()
    root.wire("x > first > fc > last > y")
    return program_of(book.document())


def growing() -> Program:
    """Blocks in a row of which each has one layer more than the one before, the first none."""
    book = Book("rows", "")
    rows = book.sheet("Rows").argument("n", 2, minimum=0).input()
    rows.node("Linear", "fc", repeat="=n", out_features=6).output().wire("x > fc > y")
    root = book.root.input("x", "B, 6", sizes="B=2").node(rows, "blocks", repeat=3, n="=i").output()
    root.wire("x > blocks > y")
    return program_of(book.document())


def no_steps() -> Program:
    """A list of modules to be run that is empty in one of two calls."""
    book = Book("rows", "")
    row = book.sheet("Run").argument("steps", (Use("Identity"),)).input()
    row.slot("steps[i]", "run", repeat="=len(steps)").output().wire("x > run > y")
    root = book.root.input("x", "B, 6", sizes="B=2").node(row, "none", steps=())
    root.node(row, "two", steps=(use("Linear", {"out_features": 4}), Use("Tanh"))).output()
    root.wire("x > none > two > y")
    return program_of(book.document())


@pytest.mark.parametrize("to", ["pytorch", "keras", "flax"])
@pytest.mark.parametrize("design", [some_and_none, only_none, growing, no_steps])
def test_a_row_of_none_gives_what_it_is_given(design: Callable[[], Program], to: str, tmp_path: Path) -> None:
    program = design()
    assert not program.problems
    text = export_code(program, to).text
    export_folder(program, {}, to, tmp_path / "out")
    code, output = checked(tmp_path / "out")
    assert code == 0, f"{output}\n{text}"
