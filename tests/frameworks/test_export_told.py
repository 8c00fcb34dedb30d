"""Exports to PyTorch of what is said in roundabout ways: ties of ties, lists and switches as arguments."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engine.run import run
from core.engine.weights import initial
from core.export import export_code
from core.export.folder import export_folder
from core.program import Program
from tests.export.networks import program_of
from tests.frameworks.checking import checked
from tests.templates.sheet import Book

torch = pytest.importorskip("torch")


def passes(program: Program, folder: Path) -> str:
    export_folder(program, {}, "pytorch", folder)
    code, output = checked(folder)
    assert code == 0, output
    return export_code(program, "pytorch").text


def three_layers(*ties: tuple[str, str, bool]) -> Program:
    """Square layers a, b and c in a row, with the ties (user, owner, transposed) between their weights."""
    book = Book("Ties of ties", "")
    root = book.root.input(shape="B, 5", sizes="B=2")
    for name in "abc":
        root.node("Linear", name, out_features=5)
    root.output().wire("x > a > b > c > y")
    for user, owner, transposed in ties:
        root.tie(f"{user}.weight", f"{owner}.weight", transposed)
    return program_of(book.document())


@pytest.mark.parametrize("first", [True, False], ids=["owner first", "owner last"])
@pytest.mark.parametrize(
    ("outer", "inner", "line"),
    [
        (False, False, "self.c.weight = self.a.weight"),
        (True, False, "self.c.weight = self.a.weight.T"),
        (False, True, "self.c.weight = self.a.weight.T"),
        (True, True, "self.c.weight = self.a.weight"),
    ],
)
def test_what_is_tied_to_a_tied_parameter_is_tied_to_its_owner(
    outer: bool, inner: bool, line: str, first: bool, tmp_path: Path
) -> None:
    ties = [("b", "a", inner), ("c", "b", outer)]
    text = passes(three_layers(*(ties if first else ties[::-1])), tmp_path / "out")
    assert f"{line}\n" in text


def test_a_list_of_borders_may_be_an_argument(tmp_path: Path) -> None:
    book = Book("Borders", "")
    module = book.sheet("Border").argument("pads", (1, 2)).input().node("Pad", "pad", pad="=pads")
    module.output().wire("x > pad > y")
    root = book.root.input(shape="B, 3, 4", sizes="B=2").node(module, "one")
    root.node(module, "two", pads=(0, 1, 2, 1)).output().wire("x > one > two > y")
    text = passes(program_of(book.document()), tmp_path / "out")
    assert "F.pad(x, (1, 2))" in text and "F.pad(x, (0, 1, 2, 1))" in text


@pytest.mark.parametrize("returns", ["result", "result and weights"])
def test_a_step_that_masks_and_causal_together_forbid_to_look_anywhere_gets_zeros_and_no_nan(
    returns: str, tmp_path: Path
) -> None:
    book = Book("Masks", "")
    root = book.root.input("x", "B, T, 4", sizes="B=2, T=3").input("m", "T, T")
    given: dict[str, Any] = {"num_heads": 2, "mask": "mask", "causal": True, "returns": returns}
    root.node("Compare", "seen", relation="greater", value=0.0).node("MultiheadAttention", "att", **given)
    root.output().wire("x > att.query", "x > att.key", "x > att.value", "m > seen > att.mask", "att.y > y")
    program = program_of(book.document())
    passes(program, tmp_path / "out")
    # Only later steps may be looked at, and causal forbids these: y is the last bias, wherever x comes from.
    slots = initial(program, None, 0)
    name = next(name for name in slots if name.endswith("out_proj_bias"))
    slots[name] = bias = np.arange(4, dtype=np.float32)
    ahead = np.triu(np.ones((3, 3), np.float32), 1)
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    found = run(program, slots, {"x": x, "m": ahead}, 0).outputs["y"]
    np.testing.assert_array_equal(found, np.broadcast_to(bias, (2, 3, 4)))


def test_a_switch_for_slopes_may_be_an_argument(tmp_path: Path) -> None:
    book = Book("Slopes", "")
    module = book.sheet("Bend").argument("each", True).input()
    module.node("PReLU", "act", per_channel="=each").output().wire("x > act > y")
    root = book.root.input(shape="B, 3, 4", sizes="B=2").node(module, "one")
    root.node(module, "two", each=False).output().wire("x > one > two > y")
    text = passes(program_of(book.document()), tmp_path / "out")
    assert "nn.PReLU(num_parameters=features)" in text and "nn.PReLU()" in text
