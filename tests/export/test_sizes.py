"""Sizes in code: those that arguments read from inputs, and those that the root's arguments give."""

from pathlib import Path

import numpy as np

from core.export import export_code
from core.export.folder import export_folder
from tests.export.networks import program_of
from tests.templates.sheet import Book


def widened() -> Book:
    """A layer with twice the channels of what comes in, on an image whose size is an argument."""
    book = Book("Widened", "")
    block = book.sheet("Block").input()
    block.node("Conv2d", "conv1", out_channels="=2 * x.shape[1]", kernel_size=1)
    block.node("Conv2d", "conv2", out_channels=4, kernel_size=1).output().wire("x > conv1 > conv2 > y")
    root = book.root.argument("size", 6, minimum=1).argument("channels", 3, minimum=1)
    root.input("x", "B, channels, size, size", sizes="B=2").node(block, "block").output()
    return root.wire("x > block > y").book


def test_a_size_that_an_argument_reads_from_an_input_has_the_class_s_name_in_the_next_layer_too() -> None:
    text = export_code(program_of(widened().document()), "pytorch").text
    assert "self.conv1 = nn.Conv2d(in_channels, 2 * in_channels, 1)" in text
    assert "self.conv2 = nn.Conv2d(2 * in_channels, 4, 1)" in text
    assert "x.shape" not in text


def test_the_sample_of_an_input_has_the_sizes_that_the_root_s_arguments_give(tmp_path: Path) -> None:
    program = program_of(widened().document())
    assert "torch.randn(2, 3, 6, 6)" in export_code(program, "pytorch").text
    export_folder(program, {}, "pytorch", tmp_path / "out")
    with np.load(tmp_path / "out" / "sample.npz") as sample:
        assert sample["input/x"].shape == (2, 3, 6, 6)
