"""Training: down the slope of the right loss, pure, and only where it may change something."""

from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.document import Document
from core.engine.clip import Clip
from core.engine.execute import RunError, Stopped, Watch
from core.engine.network import PlanError
from core.engine.objective import Objective, objective_of
from core.engine.optimiser import SGD, Adam, Optimiser, RMSprop
from core.engine.run import Mode, run
from core.engine.samples import SampleError
from core.engine.train import Batch, Step, evaluate, train
from core.engine.training_data import Data, batches, fit, read_data, split
from core.engine.weights import initial
from core.initialise import Array
from core.program import slots
from core.record import Module
from core.templates import template

from .designs import Layers, chain, design, records

BLOBS = 3
"""Classes of the made-up data."""


def blobs(turn: int = 0) -> Data:
    """Points about one of three corners of a triangle, each corner a class; `turn` says which."""
    chance = np.random.default_rng(7)
    labels = chance.integers(0, BLOBS, 240)
    corners = np.array([[2.0, 0], [-1, 2], [-1, -2]])
    points = corners[labels] + 0.4 * chance.standard_normal((240, 2))
    return Data("blobs", {"x": points.astype(np.float32), "labels": (labels + turn) % BLOBS})


def classifier() -> Document:
    return chain(
        "B, 2", ("Linear", {"out_features": 16, "activation": "tanh"}), ("Linear", {"out_features": 3})
    )


def trained(
    objective: Objective, data: Data, steps: int = 60, rate: float = 0.05, seed: int = 0
) -> tuple[list[Step], dict[str, Array]]:
    """The steps of a training on all the data, and the examples."""
    examples = fit(objective, data)
    weights = initial(objective.program, None, seed)
    return list(
        train(objective, weights, batches(examples, 32, seed), Adam(rate=rate), steps, seed)
    ), examples


def test_scores_are_trained_by_cross_entropy_until_they_tell_the_classes_apart() -> None:
    objective = objective_of(classifier(), blobs().labels(None))
    steps, examples = trained(objective, blobs())
    # Equal scores for three classes have the loss ln 3 = 1.10; first weights are not far from that.
    assert steps[0].loss == pytest.approx(np.log(3), abs=0.5)
    score = evaluate(objective, steps[-1].weights, examples)
    assert score.loss < 0.1
    assert score.accuracy is not None and score.accuracy > 0.97
    assert [step.number for step in steps] == list(range(1, 61))


def test_numbers_are_trained_by_the_mean_squared_error() -> None:
    """A linear layer on y = 2 a − 3 b + 1 has that plane as its only minimum."""
    chance = np.random.default_rng(1)
    x = chance.standard_normal((100, 2)).astype(np.float32)
    data = Data("plane", {"x": x, "labels": x @ np.array([2.0, -3], np.float32) + 1})
    objective = objective_of(chain("B, 2", ("Linear", {"out_features": 1})), data.labels(None))
    steps, examples = trained(objective, data, steps=300, rate=0.1)
    np.testing.assert_allclose(steps[-1].weights["n0/weight"], [[2, -3]], atol=1e-3)
    np.testing.assert_allclose(steps[-1].weights["n0/bias"], [1], atol=1e-3)
    assert evaluate(objective, steps[-1].weights, examples).accuracy is None


def test_the_first_step_of_sgd_goes_against_the_gradient_that_a_run_has() -> None:
    document = template("lenet5").document()
    data = read_data("digits")
    objective = objective_of(document, data.labels(None))
    assert objective.labels == "label" and objective.inputs == ("image",)
    weights = initial(objective.program, None, 3)
    batch = next(batches(fit(objective, data), 16, 3))
    [step] = train(objective, weights, iter([batch]), SGD(rate=0.1), 1, kernels=False)
    wanted = run(objective.program, weights, batch, mode=Mode(training=True, backward=True, kernels=False))
    assert step.loss == float(wanted.outputs["mean_loss"])
    for name, gradient in wanted.parameter_gradients.items():
        np.testing.assert_allclose(step.weights[name], weights[name] - 0.1 * gradient, rtol=1e-5, atol=1e-8)


ENDS: tuple[tuple[tuple[str, dict[str, Any]], ...], ...] = ((), (("Softmax", {}),))


def test_a_softmax_at_the_end_is_passed_by() -> None:
    """Cross-entropy has it built in: with and without, the training is the same."""
    ends = [chain("B, 2", ("Linear", {"out_features": 3}), *end) for end in ENDS]
    losses = [[s.loss for s in trained(objective_of(end, blobs().labels(None)), blobs())[0]] for end in ends]
    assert losses[0] == losses[1]


def test_training_changes_nothing_that_it_is_given_and_repeats_to_the_bit() -> None:
    objective = objective_of(classifier(), blobs().labels(None))
    weights = initial(objective.program, None, 0)
    before = {name: array.copy() for name, array in weights.items()}
    runs = []
    for _ in range(2):
        drawn = batches(fit(objective, blobs()), 32, 5)
        runs.append([(step.loss, step.weights) for step in train(objective, weights, drawn, Adam(), 5, 5)])
    assert all(np.array_equal(weights[name], before[name]) for name in before)
    for (loss, one), (other_loss, other) in zip(*runs, strict=True):
        assert loss == other_loss
        assert all(np.array_equal(one[name], other[name]) for name in one)
    assert not np.array_equal(runs[0][0][1]["n0/weight"], runs[0][-1][1]["n0/weight"])


def test_statistics_go_from_step_to_step() -> None:
    """After n steps on one batch the mean is (1 − 0.9ⁿ) of the batch's, as PyTorch's momentum 0.1 says."""
    document = chain("B, 2", ("BatchNorm1d", {}), ("Linear", {"out_features": 3}))
    objective = objective_of(document, blobs().labels(None))
    examples = fit(objective, blobs())
    for step in train(objective, {}, repeat(examples), SGD(rate=0.0), 4):
        wanted = (1 - 0.9**step.number) * examples["x"].mean(axis=0)
        np.testing.assert_allclose(step.weights["n0/running_mean"], wanted, rtol=1e-4, atol=1e-6)


def test_each_step_has_dropout_of_its_own() -> None:
    document = chain(
        "B, 2", ("Linear", {"out_features": 40}), ("Dropout", {}), ("Linear", {"out_features": 3})
    )
    objective = objective_of(document, blobs().labels(None))
    steps = list(train(objective, {}, repeat(fit(objective, blobs())), SGD(rate=0.0), 5))
    assert len({step.loss for step in steps}) == 5


def twins() -> Document:
    """One module, used twice: x → net1 → y1, x → net2 → y2."""
    inside: Layers = {
        "in": ("Input", {}),
        "hidden": ("Linear", {"out_features": 16, "activation": "tanh"}),
        "norm": ("BatchNorm1d", {}),
        "out": ("Linear", {"out_features": 3}),
        "end": ("Output", {}),
    }
    net = [
        Module(id="net", name="Net"),
        *records("net", inside, "in > hidden; hidden > norm; norm > out; out > end"),
    ]
    outside: Layers = {
        "x": ("Input", {"shape": "B, 2"}),
        "net1": ("@net", {}),
        "net2": ("@net", {}),
        "y1": ("Output", {"order": 0}),
        "y2": ("Output", {"order": 1}),
    }
    wires = "x > net1.in; x > net2.in; net1.end > y1; net2.end > y2"
    return design(outside, wires, *net)


def test_two_instances_of_a_module_trained_on_different_data_differ_and_each_fits_its_own() -> None:
    data = {"y1": blobs(0), "y2": blobs(1)}
    weights = initial(objective_of(twins(), blobs().labels(None)).program, None, 0)
    for output, own in data.items():
        objective = objective_of(twins(), own.labels(None), output)
        examples = fit(objective, own)
        before, *_, last = [
            weights,
            *(s.weights for s in train(objective, weights, batches(examples, 32, 0), Adam(rate=0.05), 60)),
        ]
        other = "net2" if output == "y1" else "net1"
        assert all(np.array_equal(last[name], before[name]) for name in last if name.startswith(other))
        weights = dict(last)
    for tensor in ("hidden/weight", "norm/running_mean", "out/weight"):
        assert not np.array_equal(weights[f"net1/{tensor}"], weights[f"net2/{tensor}"])
    told = {}
    for output in data:
        for trained_for, own in data.items():
            objective = objective_of(twins(), own.labels(None), output)
            told[output, trained_for] = evaluate(objective, weights, fit(objective, own)).accuracy or 0.0
    assert told["y1", "y1"] > 0.97 and told["y2", "y2"] > 0.97
    # The classes of one are turned against the other's: what fits one misses the other everywhere.
    assert told["y1", "y2"] < 0.1 and told["y2", "y1"] < 0.1


def test_a_falling_rate_goes_down_along_half_a_cosine() -> None:
    """Of two steps the second has half the rate, (1 + cos π/2) / 2."""
    objective = objective_of(classifier(), blobs().labels(None))
    weights = initial(objective.program, None, 0)
    examples = fit(objective, blobs())
    ways = {}
    for falling in (False, True):
        steps = train(objective, weights, repeat(examples), SGD(rate=0.1), 2, falling=falling, kernels=False)
        ways[falling] = [step.weights["n0/weight"].astype(float) for step in steps]
    assert np.array_equal(ways[True][0], ways[False][0])
    steady, fallen = (way[1] - way[0] for way in (ways[False], ways[True]))
    np.testing.assert_allclose(fallen, steady / 2, rtol=1e-3, atol=1e-6)


def test_only_what_may_change_changes() -> None:
    document = chain(
        "B, 2", ("Linear", {"out_features": 8}), ("BatchNorm1d", {}), ("Linear", {"out_features": 3})
    )
    objective = objective_of(document, blobs().labels(None))
    weights = initial(objective.program, None, 0)
    only = {slot.name for slot in slots(objective.program) if slot.dotted.startswith("n2.")}
    *_, last = train(objective, weights, batches(fit(objective, blobs()), 32, 0), Adam(), 5, only=only)
    changed = {name for name in weights if not np.array_equal(last.weights[name], weights[name])}
    assert changed == only == {"n2/weight", "n2/bias"}


def test_a_loss_that_is_no_number_ends_the_training_with_its_step() -> None:
    objective = objective_of(classifier(), blobs().labels(None))
    examples = fit(objective, blobs())
    broken = {**examples, "x": np.full_like(examples["x"], np.nan)}
    steps = train(objective, {}, iter([examples, examples, broken]), SGD(), 10)
    assert next(steps).number == 1 and next(steps).number == 2
    with pytest.raises(RunError, match=r"^the loss is nan at step 3; a lower rate may help$"):
        next(steps)


def test_a_training_stops_when_it_is_asked_to() -> None:
    objective = objective_of(classifier(), blobs().labels(None))
    asked: list[bool] = []
    watch = Watch(stopped=lambda: bool(asked))
    steps = train(objective, {}, batches(fit(objective, blobs()), 32, 0), SGD(), 10, watch=watch)
    next(steps)
    asked.append(True)
    with pytest.raises(Stopped):
        next(steps)


@pytest.mark.parametrize(
    ("document", "labels", "output", "sentence"),
    [
        (classifier(), None, None, "the output y has no loss of its own, and the data holds no labels"),
        (classifier(), np.zeros(9, int), "z", "there is no output z; there are y"),
        (design({"x": ("Input", {"shape": "B"})}, ""), np.zeros(9, int), None, "no output that could be"),
        (design({"y": ("Output", {})}, ""), np.zeros(9, int), None, "it has no shape, as something before"),
        (chain("B, 4", dtype="int64"), np.zeros(9, int), None, "whole numbers have no slope"),
    ],
)
def test_a_design_without_a_loss_is_told(
    document: Document, labels: Array | None, output: str | None, sentence: str
) -> None:
    with pytest.raises(PlanError, match=sentence):
        objective_of(document, labels, output)


def test_a_design_without_parameters_is_told() -> None:
    objective = objective_of(chain("B, 2", ("ReLU", {})), np.zeros(240, int))
    data = Data("blobs", {"x": blobs().arrays["x"], "labels": np.zeros(240, int)})
    with pytest.raises(PlanError, match="no parameters that the loss depends on"):
        next(train(objective, {}, batches(fit(objective, data), 8, 0), SGD(), 1))


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"z": np.zeros((9, 2)), "w": np.zeros(9)}, "blobs holds z, w, labels, but no x for the input x"),
        ({"x": np.zeros((9, 3))}, "blobs, x is 9×3 of float64, x takes B×2 of float32"),
        ({"x": np.zeros((8, 2))}, "not as many examples for each input: 8 for x, 9 for labels"),
        ({"x": np.zeros((9, 2)), "labels": np.full(9, 3)}, "labels up to 3, the scores are for 3 classes"),
        ({"x": np.zeros((9, 2)), "labels": np.full(9, -1)}, "labels holds -1 to -1, labels takes 0 to 2"),
    ],
)  # fmt: skip
def test_examples_that_do_not_fit_are_told(arrays: dict[str, Array], sentence: str) -> None:
    held = {"labels": np.zeros(9, int), **arrays}
    data = Data("blobs", {**arrays, "labels": held["labels"]})
    objective = objective_of(classifier(), data.labels(None))
    with pytest.raises(SampleError, match=sentence):
        fit(objective, data)


def test_the_part_that_is_held_out_has_its_share_of_each_class() -> None:
    data = read_data("digits")
    objective = objective_of(template("lenet5").document(), data.labels(None))
    examples = fit(objective, data)
    first, second = split(objective, examples, 0.2)
    assert np.bincount(first["label"]).tolist() == [80] * 10
    assert np.bincount(second["label"]).tolist() == [20] * 10
    together = np.concatenate([first["image"], second["image"]]).reshape(1000, -1)
    assert sorted(map(bytes, together)) == sorted(map(bytes, examples["image"].reshape(1000, -1)))
    again, other = split(objective, examples, 0.2)[1], split(objective, examples, 0.2, seed=1)[1]
    assert np.array_equal(second["image"], again["image"])
    assert not np.array_equal(second["image"], other["image"])


def test_a_turn_takes_each_example_once_and_the_next_in_another_order() -> None:
    drawn = batches({"x": np.arange(12.0)}, 4, 0)
    turns = [np.concatenate([next(drawn)["x"] for _ in range(3)]) for _ in range(2)]
    assert all(sorted(turn) == list(range(12)) for turn in turns)
    assert not np.array_equal(turns[0], turns[1])


def test_a_shift_moves_each_picture_by_whole_pixels_with_zeros_coming_in() -> None:
    picture = np.zeros((1, 1, 7, 7), np.float32)
    picture[0, 0, 3, 3] = 1
    drawn: Iterator[Batch] = batches({"x": np.repeat(picture, 50, axis=0)}, 50, 0, shift=2)
    moved = next(drawn)["x"]
    assert moved.shape == (50, 1, 7, 7) and moved.sum() == 50
    places = {tuple(place) for place in np.argwhere(moved)[:, 2:].tolist()}
    assert {row for row, _ in places} == {column for _, column in places} == {1, 2, 3, 4, 5}


def npz(path: Path) -> None:
    np.savez(path, x=np.zeros((3, 2)), labels=np.arange(3))


def csv(path: Path) -> None:
    path.write_text("labels,a,b\n0,1.5,2\n1,3,4\n", encoding="utf-8")


def plain_csv(path: Path) -> None:
    path.write_text("1.5,2,0.5\n3,4,1\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("write", "name", "values", "labels"),
    [
        (npz, "a.npz", ("x", (3, 2)), [0, 1, 2]),
        (csv, "a.csv", ("values", (2, 2)), [0, 1]),
        (plain_csv, "a.csv", ("values", (2, 2)), [0.5, 1.0]),
    ],
)
def test_data_is_read_from_files(
    tmp_path: Path,
    write: Callable[[Path], None],
    name: str,
    values: tuple[str, tuple[int, ...]],
    labels: list[float],
) -> None:
    write(tmp_path / name)
    data = read_data(str(tmp_path / name))
    assert data.arrays[values[0]].shape == values[1]
    assert data.arrays["labels"].tolist() == labels
    assert (data.arrays["labels"].dtype.kind == "i") == (labels[0] == 0)


def mixed() -> Document:
    """Parameters of one to four axes, and filters in groups."""
    return chain(
        "B, 1, 8, 8",
        ("BatchNorm2d", {}),
        ("Conv2d", {"out_channels": 5, "kernel_size": (3, 2)}),
        ("PReLU", {}),
        ("Conv2d", {"out_channels": 5, "kernel_size": 3, "groups": 5}),
        ("Flatten", {}),
        ("Linear", {"out_features": 3, "activation": "tanh"}),
        ("Linear", {"out_features": 3}),
    )


@pytest.mark.parametrize(
    "optimiser", [SGD(rate=0.05, momentum=0.9), Adam(eps=1e-3), RMSprop(momentum=0.5, eps=1e-3)], ids=str
)
def test_kernels_train_as_the_references_do(optimiser: Optimiser) -> None:
    chance = np.random.default_rng(2)
    images = chance.standard_normal((24, 1, 8, 8)).astype(np.float32)
    data = Data("noise", {"x": images, "labels": chance.integers(0, 3, 24)})
    objective = objective_of(mixed(), data.labels(None))
    ends = {}
    for kernels in (False, True):
        drawn = batches(fit(objective, data), 8, 0)
        clip = Clip(norm=1.5, value=0.5)
        *_, last = train(objective, {}, drawn, optimiser, 6, clip=clip, kernels=kernels)
        ends[kernels] = last.weights
    assert ends[False].keys() == ends[True].keys()
    for name, array in ends[False].items():
        assert ends[True][name].flags.c_contiguous
        np.testing.assert_allclose(ends[True][name], array, rtol=1e-3, atol=2e-5, err_msg=name)


def test_gradients_are_made_where_the_optimiser_reads_them() -> None:
    """Nothing is copied for the layers that most networks are made of."""
    data = read_data("digits")
    objective = objective_of(template("lenet5").document(), data.labels(None))
    batch = next(batches(fit(objective, data), 16, 3))
    [step] = train(objective, {}, iter([batch]), SGD(), 1)
    assert step.stage.apart == []


def test_bounded_gradients_make_bounded_steps() -> None:
    objective = objective_of(classifier(), blobs().labels(None))
    weights = initial(objective.program, None, 0)
    drawn = [next(batches(fit(objective, blobs()), 32, 0))]
    [step] = train(objective, weights, iter(drawn), SGD(rate=1.0), 1, clip=Clip(norm=0.01))
    ways = np.concatenate([(step.weights[name] - weights[name]).reshape(-1) for name in weights])
    assert np.linalg.norm(ways) == pytest.approx(0.01, rel=1e-3)
    [step] = train(objective, weights, iter(drawn), SGD(rate=1.0), 1, clip=Clip(value=0.001))
    ways = np.concatenate([(step.weights[name] - weights[name]).reshape(-1) for name in weights])
    assert np.abs(ways).max() == pytest.approx(0.001, rel=1e-3)
