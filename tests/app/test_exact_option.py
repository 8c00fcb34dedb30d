"""`--exact` of `layerloom run` and `layerloom train`: convolutions without transforms."""

from pathlib import Path

import numpy as np
import pytest

from app.commands import runs, training
from core.files import save

from .test_cli import Say, chain, say

__all__ = ["say"]


@pytest.fixture(autouse=True)
def design(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A design `a.loom` whose convolution may be transformed, data for it, and kernels to use."""
    convolution = ("Conv2d", {"out_channels": 64, "kernel_size": 3, "padding": 1})
    save(
        chain(("Input", {"shape": "B, 64, 8, 8", "sizes": "B=4"}), convolution, ("Output", {})),
        tmp_path / "a.loom",
    )
    x = np.random.default_rng(0).standard_normal((16, 64, 8, 8)).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=x, labels=x)
    monkeypatch.setattr(runs, "compiled_meanwhile", lambda: True)
    monkeypatch.setattr(training, "compiled", lambda: True)


def test_an_exact_run_gives_other_numbers_hardly_apart(say: Say, tmp_path: Path) -> None:
    found = {}
    for options in ((), ("--exact",)):
        answer = say("run", "a.loom", "--save", "out.npz", *options)
        assert answer.code == 0, answer.err
        with np.load(tmp_path / "out.npz") as arrays:
            found[options] = arrays["output/output2"]
    quick, exact = found.values()
    apart = np.abs(quick - exact).max()
    assert 0 < apart <= 2e-5 * np.abs(exact).max()


def test_an_exact_training_ends_with_other_weights(say: Say, tmp_path: Path) -> None:
    found = []
    for file, options in (("quick", ()), ("exact", ("--exact",))):
        fitted = ("--data", "data.npz", "--steps", "3", "--batch", "4", "--rate", "0.1")
        answer = say("train", "a.loom", *fitted, "--save", f"{file}.safetensors", *options)
        assert answer.code == 0, answer.err
        found.append((tmp_path / f"{file}.safetensors").read_bytes())
    assert found[0] != found[1] and len(found[0]) == len(found[1])
