"""Settings of convolutions and pools that a module's argument gives as a list, a number for each axis."""

from pathlib import Path
from typing import Any

import pytest

from core.export import export_code
from core.export.folder import export_folder
from core.program import Program
from tests.export.networks import program_of
from tests.frameworks.checking import checked
from tests.templates.sheet import Book

pytest.importorskip("jax")

LISTED: list[tuple[str, int, dict[str, Any]]] = [
    ("Conv1d", 1, {"out_channels": 4}),
    ("Conv2d", 2, {"out_channels": 4}),
    ("Conv2d", 2, {"out_channels": 4, "stride": "=sizes", "padding": "=sizes"}),
    ("Conv3d", 3, {"out_channels": 4}),
    ("Conv3d", 3, {"out_channels": 4, "dilation": "=sizes"}),
    ("DepthwiseConv2d", 2, {}),
    ("MaxPool2d", 2, {"stride": "=sizes"}),
    ("AvgPool2d", 2, {"stride": 2}),
    ("ConvTranspose2d", 2, {"out_channels": 4}),
]
"""A layer, how many axes it slides over, and what else it is told."""


def sliding(kind: str, axes: int, given: dict[str, Any]) -> Program:
    """One class for two layers: the first with other sizes along the axes than the second."""
    book = Book("sliding", "")
    block = book.sheet("Block").argument("sizes", (2, 1, 3)[:axes]).input()
    block.node(kind, "layer", kernel_size="=sizes", **given).output().wire("x > layer > y")
    root = book.root.input(shape=", ".join(["B", "3", *["12"] * axes]), sizes="B=2").node(block, "one")
    root.node(block, "other", sizes=(1, 2, 2)[:axes]).output().wire("x > one > other > y")
    return program_of(book.document())


@pytest.mark.parametrize(("kind", "axes", "given"), LISTED)
def test_lists_of_sizes_are_handed_on_in_flax(
    kind: str, axes: int, given: dict[str, Any], tmp_path: Path
) -> None:
    program = sliding(kind, axes, given)
    assert not program.problems
    text = export_code(program, "flax").text
    export_folder(program, {}, "flax", tmp_path / "out")
    code, output = checked(tmp_path / "out")
    assert code == 0, f"{output}\n{text}"
