"""What the text says of its modules holds of those that ship: loops, lists, sharing, declared parameters."""

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from core.document import Document
from core.engine.cotangent import Cotangent
from core.engine.run import Mode, Result, run
from core.program import Program, build_program, slots
from core.record import ROOT, Node
from core.resolve import Resolver
from core.summary import total
from core.templates import template
from core.use import use


def program_of(document: Document) -> Program:
    return build_program(document, Resolver(document))


def named(document: Document, name: str, module: str = ROOT) -> Node:
    return next(node for node in document.nodes(module) if node.name == name)


def shrunk(size: float) -> tuple[Result, Any]:
    """The fixed hidden network where every weight is the identity, so that it makes Σ|x| = `size` of x."""
    program = program_of(template("fixed-hidden-mlp").document())
    weights = {slot.name: np.eye(20) if len(slot.shape) == 2 else np.zeros(20) for slot in slots(program)}
    sample = np.full((2, 20), size / 40 - 1)  # relu(x + 1) gives size / 40 at each of 40 places
    mode = Mode(backward=True, precision="float64", kernels=False)
    return run(program, weights, {"x": sample}, 0, mode, Cotangent()), sample


@pytest.mark.parametrize(("size", "rounds"), [(0.5, 0), (1.5, 1), (20.0, 5), (1000.0, 10)])
def test_the_sample_decides_how_often_the_loop_goes_round(size: float, rounds: int) -> None:
    result, _ = shrunk(size)
    (taken,) = result.iterations.values()
    assert taken == rounds
    np.testing.assert_allclose(result.outputs["y"], size / 2**rounds, rtol=1e-12)
    np.testing.assert_allclose(result.input_gradients["x"], np.full((2, 20), 0.5**rounds), rtol=1e-12)


def test_the_random_weight_is_stored_and_not_trained() -> None:
    result, _ = shrunk(5.0)
    program = program_of(template("fixed-hidden-mlp").document())
    assert [(slot.shape, slot.learnt) for slot in slots(program)] == [
        ((20, 20), True),
        ((20,), True),
        ((20, 20), False),
    ]
    assert set(result.parameter_gradients) == {slot.name for slot in slots(program) if slot.learnt}


def test_the_sequential_module_runs_any_list() -> None:
    document = template("my-sequential").document()
    node = named(document, "net")
    parts = (use("Linear", {"out_features": 7}), use("Tanh"), use("Linear", {"out_features": 3}), use("ReLU"))
    changed = Document({**document.records, node.id: replace(node, arguments={"parts": parts})}.values())
    assert total(Resolver(changed).resolution).parameters == 20 * 7 + 7 + 7 * 3 + 3
    outputs = run(program_of(changed), {}, {"x": np.ones((2, 20), np.float32)}).outputs
    assert outputs["y"].shape == (2, 3) and (outputs["y"] >= 0).all()


@pytest.mark.parametrize("count", [0, 1, 7])
def test_the_factory_makes_as_many_instances_as_it_is_told_each_with_weights_of_its_own(count: int) -> None:
    document = template("factory").document()
    root = document.module(ROOT)
    told = replace(root, arguments=(replace(root.arguments[0], default=count),))
    program = program_of(Document({**document.records, ROOT: told}.values()))
    found = [slot for slot in slots(program) if slot.dotted.endswith("wide.weight")]
    assert len(found) == count
    drawn = run(program, {}, {"x": np.ones((2, 20), np.float32)}).drawn
    values = [drawn[slot.name].tobytes() for slot in found]
    assert len(set(values)) == count


def test_centred_numbers_have_the_mean_zero() -> None:
    program = program_of(template("custom-layer").document())
    sample = np.random.default_rng(0).random((4, 8), np.float32)
    assert abs(run(program, {}, {"x": sample}).outputs["y"].mean()) < 1e-6


def test_a_declared_weight_and_bias_are_parameters() -> None:
    program = program_of(template("custom-layer-with-parameters").document())
    assert {slot.dotted: slot.shape for slot in slots(program) if slot.learnt} == {
        "layer1.weight.value": (64, 8),
        "layer1.bias.value": (8,),
        "layer2.weight.value": (8, 1),
        "layer2.bias.value": (1,),
    }


def test_the_two_parallel_modules_stand_side_by_side_in_the_output() -> None:
    document = template("parallel").document()
    program = program_of(document)
    result = run(program, {}, {"x": np.ones((2, 20), np.float32)}, mode=Mode(keep=True))
    net = named(document, "net")
    given = [named(document, name, net.kind[1:]).id for name in ("net1", "net2")]
    parts = [result.values[(net.id, key), "y"] for key in given]
    np.testing.assert_array_equal(result.outputs["y"], np.concatenate(parts, axis=1))
