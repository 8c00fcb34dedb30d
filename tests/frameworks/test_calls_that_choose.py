"""Calls of one module that choose otherwise, so that they have classes of their own, pass their check."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.export.folder import export_folder
from core.export.keras import printer as keras_printer
from core.layers import LAYERS
from core.program import Program
from core.use import Use
from tests.export.networks import program_of
from tests.frameworks.checking import checked
from tests.templates.sheet import Book, Sheet

# Keras's own ways with NumPy 2, which no export can change.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

MODES = ("zeros", "reflect")


def passes(program: Program, target: str, folder: Path) -> None:
    export_folder(program, {}, target, folder)
    code, output = checked(folder)
    assert code == 0, output


def bordered(book: Book) -> Sheet:
    """A convolution whose border an argument decides: with zeros Keras and Flax have a word for it."""
    sheet = book.sheet("Bordered").argument("mode", "zeros", kind="choice", choices=MODES).input()
    given: dict[str, Any] = {"out_channels": 4, "kernel_size": 3, "padding": 1}
    return sheet.node("Conv1d", "conv", **given, padding_mode="=mode").output().wire("x > conv > y")


def calls() -> Book:
    """Two calls, a module that hands the choice on, and calls that are tied or share their weights."""
    book = Book("calls", "")
    one = bordered(book)
    outer = book.sheet("Outer").argument("mode", "zeros", kind="choice", choices=MODES).input()
    outer.node(one, "a", mode="=mode").node(one, "b", mode="reflect", repeat=2, shared=True).output()
    outer.wire("x > a > b > y")
    root = book.root.input(shape="B, 4, 6", sizes="B=2").node(outer, "f").node(outer, "g", mode="reflect")
    root.node(one, "h", mode="reflect").node(one, "again", owner="h").output()
    return root.wire("x > f > g > h > again > y").book


def row() -> Book:
    """Calls in a row, of which the index says how each chooses."""
    book = Book("row", "")
    root = book.root.input(shape="B, 4, 6", sizes="B=2")
    root.node(bordered(book), "many", repeat=2, mode="='reflect' if i == 1 else 'zeros'").output()
    return root.wire("x > many > y").book


def given() -> Book:
    """A module that is given modules which choose otherwise, one by one and in a list."""
    book = Book("given", "")
    one = bordered(book)
    single = book.sheet("Single").argument("part", Use("Identity")).input().slot("part", "run")
    single.output().wire("x > run > y")
    several = book.sheet("Several").argument("parts", (Use("Identity"),)).input()
    several.slot("parts[i]", "run", repeat="=len(parts)").output().wire("x > run > y")
    both = tuple(one.use(mode=mode) for mode in MODES)
    root = book.root.input(shape="B, 4, 6", sizes="B=2").node(single, "f", part=both[1])
    root.node(single, "g", part=both[0]).node(several, "h", parts=both).output()
    return root.wire("x > f > g > h > y").book


def decided() -> Book:
    """A choice that is decided where the network is built, between calls that choose otherwise."""
    book = Book("decided", "")
    one = bordered(book)
    deep = book.sheet("Deep").argument("deep", True).input()
    deep.node("Choose", "pick", condition="=deep", then=one.use(mode="reflect"), otherwise=one.use())
    deep.output().wire("x > pick > y")
    root = book.root.input(shape="B, 4, 6", sizes="B=2").node(deep, "f").node(deep, "g", deep=False).output()
    return root.wire("x > f > g > y").book


def tracked() -> Book:
    """A norm whose running statistics an argument decides."""
    book = Book("tracked", "")
    norm = book.sheet("Norm").argument("tracks", False).input()
    norm.node("InstanceNorm1d", "norm", track_running_stats="=tracks").output().wire("x > norm > y")
    root = book.root.input(shape="B, 4, 6", sizes="B=2").node(norm, "f").node(norm, "g", tracks=True).output()
    return root.wire("x > f > g > y").book


@pytest.mark.parametrize("target", ["pytorch", "keras", "flax", "onnx"])
@pytest.mark.parametrize("made", [calls, row, given, decided, tracked])
def test_calls_that_choose_otherwise_keep_what_their_own_class_has(
    made: Callable[[], Book], target: str, tmp_path: Path
) -> None:
    pytest.importorskip({"pytorch": "torch"}.get(target, target))
    passes(program_of(made().document()), target, tmp_path / "out")


def told(kind: str, name: str, values: tuple[int, int]) -> Program:
    """A loss, one of whose numbers is an argument of the module around it, at two calls."""
    book = Book("told", "")
    inner = book.sheet("Inner").argument("number", values[0]).input("x").input("target")
    given: dict[str, Any] = {name: "=number"}
    inner.node(kind, "loss", **given).output().wire("x > loss.x", "target > loss.target")
    inner.wire("loss > y")
    root = book.root.input("x", "4, 5").input("target", "4", dtype="int64", bound=5)
    for place, value in enumerate(values):
        root.node(inner, f"call {place}", number=value).output(f"y {place}")
        root.wire(f"x > call {place}.x", f"target > call {place}.target", f"call {place} > y {place}")
    return program_of(book.document())


@pytest.mark.parametrize("target", ["pytorch", "keras", "flax"])
@pytest.mark.parametrize(
    ("kind", "name", "values"),
    [
        ("CrossEntropyLoss", "ignore_index", (-100, 2)),
        ("NLLLoss", "ignore_index", (-100, 2)),
        ("MultiMarginLoss", "p", (1, 2)),
    ],
)
def test_a_number_of_a_loss_may_be_an_argument(
    kind: str,
    name: str,
    values: tuple[int, int],
    target: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip({"pytorch": "torch"}.get(target, target))
    passes(told(kind, name, values), target, tmp_path / "spelled")
    monkeypatch.setattr(LAYERS[kind], "pytorch", lambda self, *inputs: None)
    monkeypatch.setattr(keras_printer, "SPELLINGS", {})
    passes(told(kind, name, values), target, tmp_path / "primitives")
