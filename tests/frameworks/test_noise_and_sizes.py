"""Designs that draw noise, choose by truth values and meet at odd sizes, proven in PyTorch."""

from pathlib import Path

import pytest

from core.export import export_code
from core.export.folder import export_folder
from core.program import Program
from tests.export.networks import Drawing
from tests.export.test_code import code_of
from tests.frameworks.checking import checked

torch = pytest.importorskip("torch")
torch.set_num_threads(1)


def passes(program: Program, folder: Path) -> None:
    text = code_of(program)
    export_folder(program, {}, "pytorch", folder)
    code, output = checked(folder)
    assert code == 0, f"{output}\n{text}"


def test_noise_is_silenced_in_the_training_pass_of_the_check(tmp_path: Path) -> None:
    drawing = Drawing("noisy")
    drawing.node("x", "Input", shape="B, 3, 5, 5")
    drawing.node("noise", "GaussianNoise", std=0.2)
    drawing.node("conv", "Conv2d", out_channels=4, kernel_size=3)
    drawing.node("norm", "BatchNorm2d")
    drawing.node("drop", "Dropout2d", p=0.3)
    drawing.node("pool", "GlobalAvgPool2d")
    drawing.node("mean", "Linear", out_features=2)
    drawing.node("deviation", "Linear", out_features=2)
    drawing.node("exp", "Exp")
    drawing.node("epsilon", "RandomNormal", std=0.5)
    drawing.node("scaled", "Multiply")
    drawing.node("code", "Add")
    drawing.node("y", "Output")
    drawing.chain("x", "noise", "conv", "norm", "drop", "pool", "mean", "code.x1")
    drawing.chain("pool", "deviation", "exp", "scaled.x1")
    drawing.chain("exp", "epsilon", "scaled.x2")
    drawing.chain("scaled", "code.x2")
    drawing.chain("code", "y")
    program = drawing.program()
    text = export_code(program, "pytorch").text
    assert "torch.randn_like(x)" in text and "torch.full_like(x, 0.0)" in text
    passes(program, tmp_path / "out")


def test_a_mask_chooses(tmp_path: Path) -> None:
    drawing = Drawing("masked")
    drawing.node("words", "Input", shape="B, T", dtype="int64", bound=6)
    drawing.node("table", "Embedding", num_embeddings=6, embedding_dim=3)
    drawing.node("is word", "Compare", relation="not_equal", value=0)
    drawing.node("column", "Unsqueeze", dim=-1)
    drawing.node("nothing", "Constant", shape="1", initial="fill", fill=-2.0)
    drawing.node("choice", "Where")
    drawing.node("greatest", "Max", dim=1)
    drawing.node("y", "Output")
    drawing.chain("words", "table", "choice.a")
    drawing.chain("words", "is word", "column", "choice.condition")
    drawing.chain("nothing", "choice.b")
    drawing.chain("choice", "greatest", "y")
    program = drawing.program()
    assert "words != 0" in export_code(program, "pytorch").text
    passes(program, tmp_path / "out")


def test_a_decoder_meets_its_encoder_at_sizes_that_only_the_caller_knows(tmp_path: Path) -> None:
    drawing = Drawing("unet")
    drawing.module("level")
    drawing.node("x", "Input")
    drawing.node("down", "MaxPool2d", kernel_size=2)
    drawing.node("up", "Upsample", mode="bilinear")
    drawing.node("fit", "PadTo")
    drawing.node("join", "Concat")
    drawing.node("y", "Output")
    drawing.chain("x", "down", "up", "fit.x")
    drawing.chain("x", "fit.like")
    drawing.chain("fit", "join.x1")
    drawing.chain("x", "join.x2")
    drawing.chain("join", "y")
    drawing.main()
    drawing.node("image", "Input", shape="B, 2, 7, 6")
    drawing.node("one", "@level")
    drawing.node("crop", "Slice", dim=2, start=0, end=5)
    drawing.node("two", "@level")
    drawing.node("out", "Output")
    drawing.chain("image", "one", "crop", "two", "out")
    program = drawing.program()
    text = " ".join(export_code(program, "pytorch").text.split())
    assert "(x.shape[2] - h.shape[2]) // 2" in text, text
    passes(program, tmp_path / "out")


def test_one_token_is_repeated_for_a_whole_batch(tmp_path: Path) -> None:
    drawing = Drawing("token")
    drawing.node("x", "Input", shape="B, 4, 3")
    drawing.node("token", "Constant", shape="1, 1, 3", initial="normal")
    drawing.node("tokens", "Expand", shape="B, -1, -1")
    drawing.node("join", "Concat")
    drawing.node("first", "Select")
    drawing.node("y", "Output")
    drawing.chain("token", "tokens", "join.x1")
    drawing.chain("x", "join.x2")
    drawing.chain("join", "first", "y")
    passes(drawing.program(), tmp_path / "out")
