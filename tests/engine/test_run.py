"""Runs: pure, right, and clear about what they cannot do."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.document import Document
from core.engine.cotangent import Cotangent
from core.engine.execute import RunError, Stopped, Watch
from core.engine.network import PlanError
from core.engine.run import Mode, Result, run
from core.engine.samples import input_specs, random_sample
from core.engine.weights import initial
from core.expression import Expression
from core.initialise import Array
from core.ops.primitive import PRIMITIVES
from core.program import Program
from core.record import Module, ModuleArgument, Node
from core.templates import template, templates

from .designs import MLP, Layers, chain, design, program_of, records

REFERENCES = Mode(backward=True, kernels=False)
EXACT = Mode(backward=True, kernels=False, precision="float64")


def samples(program: Program, sizes: Mapping[str, int] | None = None) -> dict[str, Array]:
    """A random sample for each input."""
    return {name: random_sample(spec, 1) for name, spec in input_specs(program, sizes).items()}


def arrays(result: Result) -> dict[Any, Array]:
    """Everything that a run computed."""
    found: dict[Any, Array] = {}
    for name in ("outputs", "values", "gradients", "parameter_gradients", "buffers"):
        found |= {(name, key): array for key, array in getattr(result, name).items()}
    return found


def same(one: Result, other: Result) -> bool:
    """Whether two results are equal bit by bit."""
    a, b = arrays(one), arrays(other)
    return a.keys() == b.keys() and all(a[key].tobytes() == b[key].tobytes() for key in a)


@pytest.mark.parametrize("entry", templates(), ids=lambda entry: entry.id)
@pytest.mark.parametrize("training", [False, True])
def test_running_twice_gives_the_same_bits(entry: Any, training: bool) -> None:
    program = program_of(entry.small())
    weights, inputs = initial(program, None, 3), samples(program)
    before = {name: array.copy() for name, array in weights.items()}
    mode = replace(REFERENCES, training=training)
    first = run(program, weights, inputs, 3, mode)
    assert same(first, run(program, weights, inputs, 3, mode))
    assert not first.skipped
    assert all(np.array_equal(weights[name], before[name]) for name in before)


def test_new_statistics_are_given_back_and_not_kept() -> None:
    program = program_of(chain("B, 4", ("BatchNorm1d", {}), sizes="B=8"))
    weights, inputs = initial(program, None, 0), samples(program)
    trained = run(program, weights, inputs, 0, Mode(training=True))
    mean = inputs["x"].mean(axis=0)
    np.testing.assert_allclose(trained.buffers["n0/running_mean"], 0.1 * mean, rtol=1e-5, atol=1e-7)
    assert not weights["n0/running_mean"].any()
    assert not run(program, weights, inputs, 0, Mode(training=False)).buffers


def test_slots_without_weights_are_drawn_as_initial_draws_them() -> None:
    program = program_of(chain("B, 4", *MLP))
    weights, inputs = initial(program, None, 5), samples(program)
    partly = {"n0/weight": weights["n0/weight"] + 1, "n1/bias": np.zeros(99, np.float32)}
    result = run(program, partly, inputs, 5)
    assert set(result.drawn) == set(weights) - {"n0/weight"}
    assert all(np.array_equal(array, weights[name]) for name, array in result.drawn.items())


def test_an_edit_elsewhere_changes_no_other_weight_and_no_mask() -> None:
    small = design(
        {"x": ("Input", {"shape": "B, 4"}), "a": ("Linear", {"out_features": 50}), "drop": ("Dropout", {}),
         "y": ("Output", {})},
        "x > a; a > drop; drop > y",
    )  # fmt: skip
    large = design(
        {"x": ("Input", {"shape": "B, 4"}), "before": ("Linear", {"out_features": 4}),
         "mask": ("Dropout", {}), "a": ("Linear", {"out_features": 50}), "drop": ("Dropout", {}),
         "y": ("Output", {})},
        "x > before; before > mask; mask > a; a > drop; drop > y",
    )  # fmt: skip
    kept = []
    for document in (small, large):
        program = program_of(document)
        weights = initial(program, None, 7)
        result = run(program, weights, samples(program), 7, Mode(training=True))
        kept.append((weights["a/weight"], weights["a/bias"], result.values[("drop",), "y"] == 0))
    assert all(np.array_equal(one, other) for one, other in zip(*kept, strict=True))
    assert 20 < kept[0][2].sum() < 80


def test_two_dropouts_and_two_seeds_have_masks_of_their_own() -> None:
    program = program_of(chain("B, 100", ("Dropout", {}), ("Dropout", {})))
    ones = {"x": np.ones((2, 100), np.float32)}
    one, other = (run(program, {}, ones, seed, Mode(training=True)) for seed in (0, 1))
    first, second = one.values[("n0",), "y"], one.values[("n1",), "y"]
    assert not np.array_equal(first != 0, second != 0)
    assert not np.array_equal(first, other.values[("n0",), "y"])


def numeric(
    program: Program, weights: dict[str, Array], inputs: dict[str, Array], result: Result
) -> dict[str, Array]:
    """The gradients of every parameter by central differences of Σ output · cotangent."""

    def total(changed: dict[str, Array]) -> float:
        outputs = run(program, changed, inputs, 0, EXACT).outputs
        pairs = zip(outputs.values(), result.cotangents.values(), strict=True)
        return float(sum((output * cotangent).sum() for output, cotangent in pairs))

    step, found = 1e-6, {}
    for name, array in weights.items():
        gradient = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            moved = {sign: {**weights, name: array.copy()} for sign in (1, -1)}
            for sign, changed in moved.items():
                changed[name][index] += sign * step
            gradient[index] = (total(moved[1]) - total(moved[-1])) / (2 * step)
        found[name] = gradient
    return found


def test_gradients_are_the_slopes_of_the_outputs() -> None:
    layers: Layers = {
        "x": ("Input", {"shape": "B, 1, 6, 6", "sizes": "B=2"}),
        "conv": ("Conv2d", {"out_channels": 2, "kernel_size": 3}),
        "norm": ("BatchNorm2d", {"activation": "gelu"}),
        "flat": ("Flatten", {}),
        "near": ("Linear", {"out_features": 3, "activation": "tanh"}),
        "far": ("Linear", {"out_features": 3}),
        "sum": ("Add", {}),
        "y": ("Output", {}),
    }
    wires = (
        "x > conv; conv > norm; norm > flat; flat > near; near > far; near > sum.x1; far > sum.x2; sum > y"
    )
    program = program_of(design(layers, wires))
    weights = {name: array.astype(np.float64) for name, array in initial(program, None, 2).items()}
    inputs = {"x": samples(program)["x"].astype(np.float64)}
    result = run(program, weights, inputs, 0, EXACT)
    learnt = {name: array for name, array in weights.items() if name in result.parameter_gradients}
    assert set(weights) - set(learnt) == {"norm/running_mean", "norm/running_var"}
    for name, slope in numeric(program, weights, inputs, result).items():
        if name in learnt:
            np.testing.assert_allclose(result.parameter_gradients[name], slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("entry", templates(), ids=lambda entry: entry.id)
def test_kernels_give_what_the_references_give(entry: Any) -> None:
    program = program_of(entry.small())
    weights, inputs = initial(program, None, 0), samples(program)
    by_reference = arrays(run(program, weights, inputs, 0, REFERENCES))
    by_kernel = arrays(run(program, weights, inputs, 0, replace(REFERENCES, kernels=True)))
    assert by_kernel.keys() == by_reference.keys()
    for key, wanted in by_reference.items():
        np.testing.assert_allclose(
            by_kernel[key], wanted, rtol=2e-4, atol=2e-5 * max(1, np.abs(wanted).max())
        )


def test_a_run_in_float64_has_nothing_rounded_to_float32() -> None:
    program = program_of(chain("B, 4", *MLP))
    result = run(program, initial(program, None, 0), samples(program), 0, EXACT)
    assert {array.dtype for array in arrays(result).values()} == {np.dtype(np.float64)}
    rounded = run(program, initial(program, None, 0), samples(program), 0, REFERENCES)
    np.testing.assert_allclose(rounded.outputs["y"], result.outputs["y"], rtol=1e-5)


def test_the_backward_starts_from_one_at_a_loss_and_not_from_other_outputs() -> None:
    program = program_of(template("lenet5").document())
    inputs = samples(program)
    result = run(program, {}, inputs, 0, REFERENCES)
    assert result.cotangent is not None and result.cotangent.kind == "one"
    assert [array.tolist() for array in result.cotangents.values()] == [1.0]
    loss = next(array for array in result.outputs.values() if array.shape == ())
    assert np.isfinite(loss)


def test_without_a_scalar_output_a_seeded_random_cotangent_is_used() -> None:
    program = program_of(chain("B, 4", *MLP, ("Softmax", {})))
    inputs, weights = samples(program), initial(program, None, 0)
    result = run(program, weights, inputs, 0, REFERENCES)
    assert result.cotangent is not None and result.cotangent.kind == "random"
    assert all(np.abs(gradient).max() > 0 for gradient in result.parameter_gradients.values())
    other = run(program, weights, inputs, 1, REFERENCES)
    place = (("y",), "x")
    assert not np.array_equal(result.cotangents[place], other.cotangents[place])


def test_the_backward_can_start_from_one_element_of_any_port() -> None:
    program = program_of(chain("B, 4", *MLP))
    inputs, weights = samples(program), initial(program, None, 0)
    choice = Cotangent("element", path=("n0",), port="y", index=(1, 2))
    result = run(program, weights, inputs, 0, REFERENCES, choice)
    hidden = result.values[("n0",), "y"]
    slope = (1 - hidden[1, 2] ** 2) * weights["n0/weight"][2]
    np.testing.assert_allclose(result.input_gradients["x"][1], slope, rtol=1e-5)
    assert not result.input_gradients["x"][0].any()
    assert result.cotangent == choice
    assert "n1/weight" not in result.parameter_gradients


def test_without_a_backward_there_is_no_start() -> None:
    program = program_of(chain("B, 4", *MLP))
    choice = Cotangent("element", path=("n0",), port="y", index=(0, 0))
    forward = run(program, {}, samples(program), 0, Mode(), choice)
    nothing = run(program_of(design({}, "")), {}, {}, 0, REFERENCES)
    for result in (forward, nothing):
        assert result.cotangent is None and not result.cotangents and not result.gradients


def test_the_backward_can_start_from_arrays() -> None:
    program = program_of(chain("B, 4", ("ReLU", {})))
    inputs = {"x": np.array([[1.0, -1, 2, -2]])}
    start = {"y": np.array([[5.0, 6, 7, 8]])}
    result = run(program, {}, inputs, 0, REFERENCES, Cotangent("given", arrays=start))
    assert result.input_gradients["x"].tolist() == [[5, 0, 7, 0]]


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (Cotangent("element", path=("y",), index=(2, 0)), "no element"),
        (Cotangent("element", path=("nowhere",), index=(0, 0)), "no such port"),
        (Cotangent("given", arrays={"z": np.ones(1)}), "no output z"),
        (Cotangent("given", arrays={"y": np.ones(1)}), "shape"),
    ],
)
def test_a_start_that_is_not_there_is_told(choice: Cotangent, text: str) -> None:
    program = program_of(chain("B, 4", *MLP))
    with pytest.raises(PlanError, match=text):
        run(program, {}, samples(program), 0, REFERENCES, choice)


def test_the_batch_is_as_large_as_the_samples() -> None:
    program = program_of(chain("B, 4", *MLP))
    result = run(program, {}, {"x": np.zeros((7, 4))}, 0)
    assert result.outputs["y"].shape == (7, 3)
    assert result.sizes["B"] == 7


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"x": np.zeros((2, 5))}, r"^the input x takes B×4, the sample is 2×5$"),
        ({"x": np.zeros(4)}, r"^the input x takes B×4, the sample is 4$"),
        ({"z": np.zeros((2, 4))}, r"^there is no input z; the inputs are: x$"),
        ({"x": np.array([["a"] * 4])}, r"^the input x takes numbers, the sample holds <U1$"),
    ],
)
def test_a_sample_that_does_not_fit_is_told(inputs: dict[str, Array], text: str) -> None:
    with pytest.raises(RunError, match=text):
        run(program_of(chain("B, 4", *MLP)), {}, inputs, 0)


def test_sizes_by_which_a_shape_cannot_divide_are_told() -> None:
    program = program_of(chain("B, 12", ("Reshape", {"shape": "B, 12//(B - 2), -1"}), sizes="B=4"))
    with pytest.raises(PlanError, match="12 cannot be divided by 0") as caught:
        run(program, {}, {"x": np.zeros((2, 12))}, 0, REFERENCES)
    assert caught.value.path == ("n0",)
    program = program_of(chain("B, 12//(B - 2)", sizes="B=4"))
    with pytest.raises(PlanError, match="the input x has no shape at these sizes: 12 cannot be divided by 0"):
        run(program, {}, {"x": np.zeros((2, 12))}, 0, REFERENCES)


def test_two_samples_must_agree_about_a_size() -> None:
    layers: Layers = {
        "a": ("Input", {"shape": "B, 4"}),
        "b": ("Input", {"shape": "B, 4", "order": 1}),
        "sum": ("Add", {}),
        "y": ("Output", {}),
    }
    program = program_of(design(layers, "a > sum.x1; b > sum.x2; sum > y"))
    with pytest.raises(RunError, match=r"^B is 2 in the sample of a and 3 in that of b$"):
        run(program, {}, {"a": np.zeros((2, 4)), "b": np.zeros((3, 4))}, 0)


@pytest.mark.parametrize("kernels", [False, True])
def test_an_index_outside_its_table_names_the_call(kernels: bool) -> None:
    inside = records(
        "block", {"i": ("Input", {}), "table": ("Embedding", {"num_embeddings": 5, "embedding_dim": 2}),
                  "o": ("Output", {})}, "i > table; table > o",
    )  # fmt: skip
    document = design(
        {"x": ("Input", {"shape": "B, 3", "dtype": "int64"}), "use": ("@block", {}), "y": ("Output", {})},
        "x > use.i; use.o > y", Module(id="block", name="Block"), *inside,
    )  # fmt: skip
    with pytest.raises(RunError, match="index 5 is outside 0 … 4") as caught:
        run(program_of(document), {}, {"x": np.array([[0, 1, 5]])}, 0, Mode(kernels=kernels))
    assert caught.value.path == ("use", "table")


def used_twice() -> Document:
    """A block with an argument, used at two widths."""
    inside = records(
        "block",
        {"i": ("Input", {}), "fc": ("Linear", {"out_features": 3}), "act": ("ReLU", {}), "o": ("Output", {})},
        "i > fc; fc > act; act > o",
    )
    return design(
        {
            "x": ("Input", {"shape": "B, 4"}),
            "one": ("@block", {}),
            "two": ("@block", {}),
            "y": ("Output", {}),
        },
        "x > one.i; one.o > two.i; two.o > y",
        Module(id="block", name="Block"),
        *inside,
    )


def test_each_call_of_a_module_has_its_own_weights_and_values() -> None:
    program = program_of(used_twice())
    weights = initial(program, None, 0)
    assert {name: array.shape for name, array in weights.items()} == {
        "one/fc/weight": (3, 4), "one/fc/bias": (3,), "two/fc/weight": (3, 3), "two/fc/bias": (3,),
    }  # fmt: skip
    result = run(program, weights, samples(program), 0, REFERENCES)
    outer, inner = result.values[("one",), "o"], result.values[("one", "act"), "y"]
    assert np.array_equal(outer, inner)
    assert not np.array_equal(outer, result.values[("two",), "o"])
    assert result.outputs["y"] is result.values[("two",), "o"]


def test_a_fault_inside_a_module_is_told_at_every_call_of_it() -> None:
    document = used_twice()
    with document.edit("Break"):
        document.put(Node(id="act", module="block", kind="Conv2d", name="act", arguments={"kernel_size": 3}))
    skipped = run(program_of(document), {}, {"x": np.zeros((2, 4))}, 0).skipped
    assert ("one", "act") in skipped
    assert skipped["one",] == "none of its outputs can be reached"
    assert skipped["two", "i"] == "nothing reaches this input at this call of the module"


def test_a_run_can_be_stopped_between_instructions() -> None:
    program = program_of(chain("B, 4", *[("Linear", {"out_features": 4})] * 5))
    seen: list[tuple[int, int]] = []
    watch = Watch(stopped=lambda: len(seen) == 3, progress=lambda done, total: seen.append((done, total)))
    with pytest.raises(Stopped):
        run(program, {}, samples(program), 0, REFERENCES, watch=watch)
    assert [done for done, _ in seen] == [0, 1, 2]


def test_the_machine_can_be_stopped_between_its_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.machine.machine.SLICE", 1)
    program = program_of(chain("B, 4", *[("Linear", {"out_features": 4})] * 5))
    seen: list[int] = []
    watch = Watch(stopped=lambda: len(seen) == 2, progress=lambda done, total: seen.append(done))
    with pytest.raises(Stopped):
        run(program, {}, samples(program), 0, Mode(), watch=watch)
    assert seen[0] == 0 < seen[1]


def test_a_lack_of_memory_in_the_middle_names_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*inputs: Array, **settings: Any) -> tuple[Array, ...]:
        raise MemoryError

    program = program_of(chain("B, 4", *MLP))
    monkeypatch.setattr(PRIMITIVES["tanh"], "reference", short)
    with pytest.raises(RunError, match="not enough memory") as caught:
        run(program, {}, samples(program), 0, REFERENCES)
    assert caught.value.path == ("n0",)


def test_expressions_are_evaluated_at_each_call() -> None:
    wide = {"out_features": Expression("width * i.shape[1]")}
    block = Module(id="block", name="Block", arguments=(ModuleArgument(name="width", default=2),))
    inside = records(
        "block", {"i": ("Input", {}), "fc": ("Linear", wide), "o": ("Output", {})}, "i > fc; fc > o"
    )
    layers: Layers = {
        "x": ("Input", {"shape": "B, 4"}),
        "one": ("@block", {}),
        "two": ("@block", {"width": 3}),
        "y": ("Output", {}),
    }
    program = program_of(design(layers, "x > one.i; one.o > two.i; two.o > y", block, *inside))
    result = run(program, {}, samples(program), 0)
    assert result.values[("one",), "o"].shape == (2, 2 * 4)
    assert result.values[("two",), "o"].shape == (2, 3 * 2 * 4)
