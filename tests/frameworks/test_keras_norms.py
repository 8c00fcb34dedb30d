"""Running statistics in Keras, whose variances are over all n: of norms that are called often, or not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.export.folder import export_folder
from tests.export.networks import program_of
from tests.frameworks.checking import checked
from tests.templates.sheet import Book, Sheet

pytest.importorskip("keras")

# Keras's own ways with NumPy 2, which no export can change.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def block(book: Book) -> Sheet:
    """A layer and its norm."""
    sheet = book.sheet("Block").input().node("Linear", "fc", out_features=4)
    return sheet.node("BatchNorm1d", "norm", momentum=0.3).output().wire("x > fc > norm > y")


def tied() -> Book:
    """A norm that is called again behind another."""
    book = Book("tied", "")
    root = book.root.input(shape="B, 4", sizes="B=5").node("BatchNorm1d", "norm").node("ReLU", "act")
    root.node("BatchNorm1d", "again", owner="norm").output()
    return root.wire("x > norm > act > again > y").book


def in_rounds() -> Book:
    """A block that is called three times with the same weights."""
    book = Book("rounds", "")
    root = book.root.input(shape="B, 4", sizes="B=5")
    return root.node(block(book), "many", repeat=3, shared=True).output().wire("x > many > y").book


def in_a_branch() -> Book:
    """Blocks of which one is called."""
    book = Book("branch", "")
    one = block(book)
    root = book.root.input(shape="B, 4", sizes="B=5").node("Mean", "mean")
    root.node("If", "pick", then=one.use(), otherwise=one.use()).output()
    return root.wire("x > mean > pick.condition", "x > pick.x", "pick > y").book


@pytest.mark.parametrize("made", [tied, in_rounds, in_a_branch])
def test_running_variances_are_those_of_all_calls(made: Callable[[], Book], tmp_path: Path) -> None:
    export_folder(program_of(made().document()), {}, "keras", tmp_path / "out")
    code, output = checked(tmp_path / "out")
    assert code == 0, output
