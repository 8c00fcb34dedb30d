"""`layerloom train`: from data to weights beside the design, and one sentence for what it cannot do."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.commands import training
from core.engine import warm
from core.engine.objective import objective_of
from core.engine.train import evaluate, train
from core.engine.training_data import fit, read_data, split
from core.engine.weightfile import load_weights
from core.files import load, save
from tests.engine.test_train import blobs, twins

from .test_cli import Answer, Say, chain, say

__all__ = ["say"]

DATA = ("--data", "data.npz")


@pytest.fixture(autouse=True)
def data(tmp_path: Path) -> None:
    """A design `a.loom` with scores for three classes, and data for it."""
    layers: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("Input", {"shape": "B, 2"}),
        ("Linear", {"out_features": 3}),
        ("Output", {}),
    )
    save(chain(*layers), tmp_path / "a.loom")
    for turn, name in enumerate(("data.npz", "turned.npz")):
        arrays = blobs(turn).arrays
        np.savez(tmp_path / name, x=arrays["x"], labels=arrays["labels"])


@pytest.fixture(autouse=True)
def no_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernels are not compiled, a test does not wait for them."""
    monkeypatch.setattr(training, "compiled", warm.ready)


def test_a_training_writes_weights_beside_the_design_and_a_run_uses_them(say: Say, tmp_path: Path) -> None:
    answer = say("train", "a.loom", "--data", "data.npz", "--steps", "200", "--rate", "0.05")
    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0] == "the loss is the cross-entropy of the output output2 against the labels"
    assert lines[1] == "192 examples to train on, 48 held out"
    assert lines[2].startswith("step 20: loss ") and "; held out: loss " in lines[2]
    assert lines[-2].startswith("on 48 examples held out: loss ") and lines[-2].endswith(" accuracy 100.0 %")
    assert lines[-1] == "the weights are saved in a.safetensors"
    np.save(tmp_path / "corner.npy", np.array([[2.0, 0], [-1, 2], [-1, -2]]))
    ran = say("run", "a.loom", "--input", "input0=corner.npy", "--json")
    assert ran.err == "the weights are those in a.safetensors, beside the design\n"
    scores = np.array(json.loads(ran.out)["outputs"]["output2"]["values"])
    assert scores.argmax(axis=1).tolist() == [0, 1, 2]
    fresh = say("run", "a.loom", "--input", "input0=corner.npy", "--json", "--fresh")
    assert fresh.err == "" and json.loads(fresh.out)["outputs"] != json.loads(ran.out)["outputs"]


def test_a_second_training_continues_where_the_first_ended(say: Say) -> None:
    options = ("--data", "data.npz", "--rate", "0.05", "--json")
    first = json.loads(say("train", "a.loom", *options, "--steps", "40").out)
    second = say("train", "a.loom", *options, "--steps", "1")
    assert "the weights are those in a.safetensors" in second.err
    anew = json.loads(say("train", "a.loom", *options, "--steps", "1", "--fresh").out)
    assert json.loads(second.out)["loss"] < 2 * first["loss"] < anew["loss"]
    assert first["steps"] == 40 and first["saved"] == "a.safetensors"
    assert [entry["step"] for entry in first["history"]] == list(range(4, 41, 4))
    assert first["held_out"]["examples"] == 48


def test_weights_go_where_they_are_told_and_come_from_there(say: Say, tmp_path: Path) -> None:
    options = ("--data", "data.npz", "--steps", "3")
    assert say("train", "a.loom", *options, "--save", "b.safetensors").code == 0
    assert not (tmp_path / "a.safetensors").exists()
    answer = say("train", "a.loom", *options, "--weights", "b.safetensors")
    assert (answer.code, answer.err) == (0, "")


def test_two_instances_are_trained_apart_by_a_path(say: Say, tmp_path: Path) -> None:
    save(twins(), tmp_path / "twins.loom")
    for output, net, file in (("y1", "net1", "data.npz"), ("y2", "net2", "turned.npz")):
        options = ("--data", file, "--output", output, "--only", net, "--steps", "60", "--rate", "0.05")
        answer = say("train", "twins.loom", *options)
        assert answer.code == 0 and "accuracy 100.0 %" in answer.out.splitlines()[-2], answer
    np.save(tmp_path / "corner.npy", np.array([[2.0, 0], [-1, 2], [-1, -2]]))
    ran = json.loads(say("run", "twins.loom", "--input", "x=corner.npy", "--json").out)["outputs"]
    assert np.argmax(ran["y1"]["values"], axis=1).tolist() == [0, 1, 2]
    assert np.argmax(ran["y2"]["values"], axis=1).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    "options",
    [
        ("sgd", "--momentum", "0.9", "--nesterov", "--clip-norm", "1"),
        ("adamw", "--betas", "0.8", "0.99", "--eps", "1e-6", "--clip-value", "0.5"),
        ("rmsprop", "--alpha", "0.9", "--centered", "--momentum", "0.5", "--weight-decay", "0.01"),
    ],
    ids=lambda options: options[0],
)
def test_every_optimiser_trains_with_settings_of_its_own(say: Say, options: tuple[str, ...]) -> None:
    answer = say("train", "a.loom", *DATA, "--rate", "0.02", "--steps", "150", "--optimiser", *options)
    assert answer.code == 0, answer.err
    assert "accuracy 100.0 %" in answer.out.splitlines()[-2]


def test_a_bound_of_gradients_is_above_zero(say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        say("train", "a.loom", *DATA, "--clip-norm", "0")
    assert "--clip-norm: expected a number above 0, got 0" in capsys.readouterr().err


def test_ctrl_c_saves_what_was_reached(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any, **keywords: Any) -> Any:
        for step in train(*arguments, **keywords):
            yield step
            if step.number == 7:
                raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", interrupted)
    answer = say("train", "a.loom", "--data", "data.npz", "--steps", "1000")
    assert answer.code == 130 and answer.err == ""
    assert "stopped after step 7" in answer.out
    assert (tmp_path / "a.safetensors").exists()


def test_lenet_learns_the_digits_with_shifts(say: Say) -> None:
    say("new", "lenet5", "-o", "l.loom")
    options = ("--steps", "30", "--rate", "0.003", "--shift", "2", "--optimiser", "adam")
    told = json.loads(say("train", "l.loom", "--data", "digits", *options, "--json").out)
    # Ten classes by chance are told right once in ten times.
    assert told["held_out"]["examples"] == 200 and told["held_out"]["accuracy"] > 0.4


def test_lenets_trained_weights_ship(say: Say, tmp_path: Path) -> None:
    say("new", "lenet5", "-o", "l.loom", "--trained")
    assert (tmp_path / "l.safetensors").exists()
    digits = read_data("digits")
    objective = objective_of(load(tmp_path / "l.loom"), digits.labels(None))
    weights, report = load_weights(tmp_path / "l.safetensors", objective.program)
    _, held_out = split(objective, fit(objective, digits), 0.2)
    assert report.complete
    accuracy = evaluate(objective, weights, held_out, kernels=warm.ready()).accuracy
    assert accuracy is not None and accuracy > 0.95
    assert say("new", "mlp", "-o", "m.loom", "--trained").err == "the template mlp has no trained weights\n"
    assert not (tmp_path / "m.loom").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--data", "none.npz"), "cannot read none.npz: No such file or directory"),
        (("--data", "a.loom"), "expected digits, an .npz or a .csv file to train on, got a.loom"),
        (("--data", "digits"), "digits, images is 1000×1×28×28 of float32, input0 takes B×2 of float32"),
        ((*DATA, "--labels", "z"), "data.npz holds x, labels, but no z"),
        ((*DATA, "--input", "z=x"), "--input: expected INPUT=NAME with one of input0, got z=x"),
        ((*DATA, "--input", "z"), "data.npz holds x, labels, but no z for the input input0; "
         "--input input0=… says which it is"),
        ((*DATA, "--output", "z"), "there is no output z; there are output2"),
        ((*DATA, "--only", "z"), "--only: there are no weights below z; there are linear1"),
        ((*DATA, "--shift", "1"), "--shift: no input takes pictures, such as B×1×28×28"),
        ((*DATA, "--momentum", "0.9"), "--momentum is of sgd, rmsprop, not of adam"),
        ((*DATA, "--optimiser", "rmsprop", "--nesterov"), "--nesterov is of sgd, not of rmsprop"),
        ((*DATA, "--optimiser", "sgd", "--eps", "0.1"), "--eps is of adam, adamw, rmsprop, not of sgd"),
        ((*DATA, "--optimiser", "sgd", "--nesterov"), "--nesterov needs a --momentum above 0"),
        ((*DATA, "--optimiser", "sgd", "--rate", "1e39"), "the loss is nan at step 2; a lower rate may help"),
        ((*DATA, "--save", "none/b.safetensors"),
         "cannot write none/b.safetensors: No such file or directory"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_told_in_one_sentence(
    say: Say, tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    answer = say("train", "a.loom", *options, "--steps", "20")
    assert (answer.code, answer.err) == (1, sentence + "\n")
    assert not (tmp_path / "a.safetensors").exists()


def test_weights_that_do_not_fit_are_not_written_over(say: Say, tmp_path: Path) -> None:
    assert say("train", "a.loom", "--data", "data.npz", "--steps", "2").code == 0
    before = (tmp_path / "a.safetensors").read_bytes()
    save(
        chain(("Input", {"shape": "B, 2"}), ("Linear", {"out_features": 4}), ("Output", {})),
        tmp_path / "a.loom",
    )
    misfit = "a.safetensors: linear1.weight is 3×2 float32 in the file, the design has 4×2 float32; "
    misfit += "linear1.bias is 3 float32 in the file, the design has 4 float32"
    refused = say("train", "a.loom", "--data", "data.npz", "--steps", "2")
    assert refused == Answer(1, "", f"{misfit}; --fresh begins anew\n")
    assert (tmp_path / "a.safetensors").read_bytes() == before
    assert say("run", "a.loom").err == f"{misfit}; new weights are drawn\n"
    assert say("train", "a.loom", "--data", "data.npz", "--steps", "2", "--fresh").code == 0


@pytest.mark.parametrize(
    ("option", "value"), [("--rate", "-1"), ("--rate", "fast"), ("--test-part", "1"), ("--steps", "0")]
)
def test_numbers_that_make_no_sense_are_wrong_usage(
    say: Say, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        say("train", "a.loom", "--data", "data.npz", option, value)
    assert ended.value.code == 2
    assert f"got {value}" in capsys.readouterr().err
