"""Exports to ONNX are the network that was drawn: onnx checks and onnxruntime runs them, faults are found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import ops
from core.export.code import ExportError
from core.export.folder import export_folder
from core.export.onnx import layers
from core.export.onnx.build import build
from core.export.onnx.graph import Graph, Model, Named
from core.export.onnx.primitives import SPELLINGS, spelled
from core.export.onnx.protobuf import model_bytes
from core.export.onnx.scope import Scope
from core.export.onnx.target import model_file
from core.layers import LAYERS
from core.ops.primitive import PRIMITIVES, Trace
from core.program import Program
from core.templates import Template, template, templates
from core.types import Type
from tests.core.user_files import SWISH, trusted
from tests.export.networks import NETWORKS, Drawing, one_layer, program_of
from tests.export.random_networks import random_network
from tests.export.random_structures import random_structures
from tests.export.sequences import SEQUENCES
from tests.export.structures import STRUCTURES
from tests.frameworks import entries
from tests.frameworks.checking import checked
from tests.frameworks.faults import FAULTS
from tests.frameworks.planting import Design, Fault, designs_of, faults_in, planted, survived, unchanged
from tests.frameworks.recording import Cell, record, refusal_recorded

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

PLAIN = sorted(name for name, layer in LAYERS.items() if not layer.structural)


def passes(program: Program, folder: Path, table: str = "", name: str = "") -> None:
    cell = Cell("onnx", table, name)
    with refusal_recorded(cell):
        export_folder(program, {}, "onnx", folder)
    code, output = checked(folder)
    assert code == 0, output
    record(cell, output)


@pytest.mark.parametrize("kind", PLAIN)
def test_every_layer_s_example_passes_its_check(kind: str, tmp_path: Path) -> None:
    passes(one_layer(kind).program(), tmp_path / "out", "layers", kind)


@pytest.mark.parametrize("kind", PLAIN)
def test_every_layer_passes_its_check_from_its_primitives(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "DIRECT", {})
    passes(one_layer(kind).program(), tmp_path / "out")


def test_every_primitive_of_a_forward_is_written() -> None:
    emitted = {
        step.primitive.name
        for kind in PLAIN
        for step in LAYERS[kind](**LAYERS[kind].example.arguments)
        .trace(*LAYERS[kind].example.types().values())
        .trace.steps
    }
    assert emitted <= SPELLINGS.keys() <= PRIMITIVES.keys()


@pytest.mark.parametrize("name", entries.NAMES)
def test_library_entries_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(entries.small_entry(name), tmp_path / "out", "modules", name)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(NETWORKS[name]().program(), tmp_path / "out")


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequence_networks_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(SEQUENCES[name]().program(), tmp_path / "out")


@pytest.mark.parametrize("name", STRUCTURES)
def test_structures_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(program_of(STRUCTURES[name]()), tmp_path / "out")


@pytest.mark.parametrize("one", templates(), ids=lambda one: one.id)
def test_templates_pass_their_check(one: Template, tmp_path: Path) -> None:
    passes(program_of(one.small()), tmp_path / "out", "templates", one.id)


@pytest.mark.parametrize("seed", range(20))
def test_random_designs_pass_their_check(seed: int, tmp_path: Path) -> None:
    passes(random_network(seed).program(), tmp_path / "out")


@pytest.mark.parametrize("seed", range(10))
def test_random_structures_pass_their_check(seed: int, tmp_path: Path) -> None:
    passes(program_of(random_structures(seed)), tmp_path / "out")


# What the model is


def loaded(program: Program) -> Any:
    """The model as onnx reads it."""
    return onnx.load_from_string(model_file(program, {}))


def test_modules_are_functions_that_calls_of_other_weights_share() -> None:
    model = loaded(NETWORKS["residual_cnn"]().program())
    calls = [node for node in model.graph.node if node.domain == "residual_cnn"]
    assert [node.op_type for node in calls] == ["ResidualBlock", "ResidualBlock2", "ResidualBlock"]
    assert [one.name for one in model.functions] == ["ResidualBlock", "ResidualBlock2"]
    assert "block 1.conv1.weight" in calls[0].input and "block 3.conv1.weight" in calls[2].input
    inside = {prop.value for node in model.functions[0].node for prop in node.metadata_props}
    assert {"conv1", "bn1", "shortcut", "add"} <= inside
    assert {prop.key for node in model.graph.node for prop in node.metadata_props} == {"namespace"}


def test_open_sizes_stay_open_and_another_batch_runs() -> None:
    program = NETWORKS["attention"]().program()
    data = model_file(program, {})
    dims = onnx.load_from_string(data).graph.input[0].type.tensor_type.shape.dim
    assert [dim.dim_param for dim in dims] == ["B", "T"]
    session = runtime.InferenceSession(data)
    for batch, steps in ((1, 3), (5, 8)):
        tokens, target = np.ones((batch, steps), np.int64), np.zeros(batch, np.int64)
        logits, _ = session.run(None, {"tokens": tokens, "target": target})
        assert logits.shape == (batch, 11)


def test_a_tied_tensor_is_one_initializer() -> None:
    model = loaded(program_of(STRUCTURES["ties"]()))
    names = {one.name for one in model.graph.initializer}
    assert {"table.weight", "encoder.weight"} <= names and not {"head.weight", "decoder.weight"} & names
    turned = {node.input[0] for node in model.graph.node if node.op_type == "Transpose"}
    assert "encoder.weight" in turned


def test_a_loop_ends_by_its_condition_and_a_branch_takes_one_side() -> None:
    model = loaded(program_of(STRUCTURES["loops"]()))
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("Loop") == 1 and kinds.count("If") == 1


def test_a_layer_in_a_file_of_the_user_s_is_refused_by_its_name(tmp_path: Path) -> None:
    swish = trusted(tmp_path, "swish.py", SWISH)
    drawing = Drawing("own layer")
    drawing.node("x", "Input", shape="B, 4")
    drawing.node("mine", "PythonLayer", file="swish.py", sha256=swish.sha256)
    drawing.node("y", "Output")
    drawing.chain("x", "mine", "y")
    with pytest.raises(ExportError, match="mine: "):
        build(drawing.program())


# Planted faults

ONNX_FAULTS = faults_in("onnx", FAULTS)


@pytest.mark.parametrize("design", designs_of(ONNX_FAULTS), ids=str)
def test_designs_without_a_fault_pass_their_check(design: Design, tmp_path: Path) -> None:
    code, output = checked(unchanged(design, "onnx", tmp_path / "out"))
    assert code == 0, output


@pytest.mark.parametrize("fault", ONNX_FAULTS, ids=str)
def test_a_planted_fault_is_found_and_a_tensor_named(fault: Fault, tmp_path: Path) -> None:
    folder = planted(fault, "onnx", tmp_path)
    assert not survived(fault, *checked(folder), folder)


def attribute(op: str, name: str, value: Any, which: int = 0) -> Callable[[Any], None]:
    """Changes what an operator is told, in the graph or in a function."""

    def plant(model: Any) -> None:
        nodes = [*model.graph.node, *(node for one in model.functions for node in one.node)]
        node = [node for node in nodes if node.op_type == op][which]
        kept = [one for one in node.attribute if one.name != name]
        assert len(kept) < len(node.attribute)
        del node.attribute[:]
        node.attribute.extend([*kept, onnx.helper.make_attribute(name, value)])

    return plant


def inputs(op: str, order: list[int], which: int = 0) -> Callable[[Any], None]:
    """Puts an operator's inputs in another order."""

    def plant(model: Any) -> None:
        nodes = [*model.graph.node, *(node for one in model.functions for node in one.node)]
        node = [node for node in nodes if node.op_type == op][which]
        given = list(node.input)
        node.input[:] = [given[place] for place in order]

    return plant


def tensor(name: str, change: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Changes a weight."""

    def plant(model: Any) -> None:
        (found,) = (one for one in model.graph.initializer if one.name == name)
        array = np.ascontiguousarray(change(onnx.numpy_helper.to_array(found)))
        found.CopyFrom(onnx.numpy_helper.from_array(array, name))

    return plant


def without_gates(model: Any) -> None:
    """Leaves an LSTM's gates in PyTorch's order."""
    (lstm,) = (node for node in model.graph.node if node.op_type == "LSTM")
    made = {node.output[0]: node for node in model.graph.node}
    stacked = made[lstm.input[1]]
    concat = made[stacked.input[0]]
    concat.input[:] = sorted(concat.input)


def one_round_less(model: Any) -> None:
    """Ends a loop after one round."""
    (loop,) = (node for node in model.graph.node if node.op_type == "Loop")
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(1), "most"))
    loop.input[0] = "most"


def untied(model: Any) -> None:
    """Gives the head a copy of the table, half as large."""
    (table,) = (one for one in model.graph.initializer if one.name == "table.weight")
    array = onnx.numpy_helper.to_array(table) / 2
    model.graph.initializer.append(onnx.numpy_helper.from_array(array, "head.weight"))
    last = [node for node in model.graph.node if "table.weight" in node.input][-1]
    last.input[:] = ["head.weight" if name == "table.weight" else name for name in last.input]


NODE_FAULTS: list[tuple[str, Callable[[Any], None], str]] = [
    ("residual_cnn", inputs("BatchNormalization", [0, 2, 1, 3, 4]), "output y, random"),
    ("residual_cnn", inputs("BatchNormalization", [0, 1, 2, 4, 3]), "output y, random"),
    ("residual_cnn", inputs("ResidualBlock", [0, 1, 2, 3, 4, 5, 1, *range(7, 13)]), "output y, random"),
    ("lenet5", attribute("Conv", "pads", [1, 1, 3, 3]), "output logits, random"),
    ("mlp", tensor("out.weight", lambda w: w[:-1]), "tensor out.weight, file weights: its shape is"),
    ("ties", untied, "output y"),
    ("lstm", without_gates, "output"),
    ("lstm", attribute("LSTM", "direction", "reverse"), "output"),
    ("loops", one_round_less, "output y"),
]  # fmt: skip
"""What no other drawing's model has: an operator that is told or given something else."""


def lstm() -> Drawing:
    drawing = Drawing("sequence")
    drawing.node("x", "Input", shape="B, T, 5", sizes="B=2, T=6")
    drawing.node("cells", "LSTM", hidden_size=4)
    drawing.node("y", "Output")
    drawing.chain("x", "cells", "y")
    return drawing


def design(name: str) -> Program:
    if name == "lstm":
        return lstm().program()
    return program_of(STRUCTURES[name]()) if name in STRUCTURES else NETWORKS[name]().program()


@pytest.mark.parametrize(("name", "plant", "place"), NODE_FAULTS)
def test_a_fault_in_the_model_is_found_and_its_tensor_named(
    name: str, plant: Callable[[Any], None], place: str, tmp_path: Path
) -> None:
    path = export_folder(design(name), {}, "onnx", tmp_path / "out")
    model = onnx.load(path)
    plant(model)
    onnx.save(model, path)
    code, output = checked(tmp_path / "out")
    assert code == 1 and f"FAILED {place}" in output, output


def test_a_missing_weight_and_one_too_many_are_found(tmp_path: Path) -> None:
    path = export_folder(NETWORKS["mlp"]().program(), {}, "onnx", tmp_path / "out")
    model = onnx.load(path)
    model.graph.initializer[0].name = "other"
    model.graph.node[0].input[1] = "other"
    onnx.save(model, path)
    code, output = checked(tmp_path / "out")
    assert code == 1 and "FAILED tensor hidden.weight, file weights: the model has no such" in output
    assert "FAILED tensor other, file weights: the drawing has no such tensor" in output
    last = output.splitlines()[-1]
    assert last.startswith("model.onnx is not the network that was drawn: ") and last.endswith(" differ")


def test_what_is_no_model_fails_with_a_sentence(tmp_path: Path) -> None:
    path = export_folder(NETWORKS["mlp"]().program(), {}, "onnx", tmp_path / "out")
    model = onnx.load(path)
    del model.graph.node[0]
    onnx.save(model, path)
    code, output = checked(tmp_path / "out")
    assert code == 1 and output.startswith("FAILED ") and "Traceback" not in output


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_whole_network_of_25_million_parameters_passes_its_check(tmp_path: Path) -> None:
    passes(program_of(template("resnet-50").document()), tmp_path / "out")


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("projected", [False, True])
@pytest.mark.parametrize("started", [False, True])
def test_an_lstm_in_every_way_is_our_reference(reverse: bool, projected: bool, started: bool) -> None:
    batch, steps, features, hidden = 2, 5, 3, 4
    shown = 2 if projected else hidden
    shapes = {
        "x": (batch, steps, features),
        "w_ih": (16, features),
        "w_hh": (16, shown),
        "a": (16,),
        "b": (16,),
    }
    shapes |= {"w_hr": (shown, hidden)} if projected else {}
    shapes |= {"h": (batch, shown), "c": (batch, hidden)} if started else {}
    trace = Trace()
    refs = {name: trace.input(Type(shape)) for name, shape in shapes.items()}
    start = (refs["h"], refs["c"]) if started else ()
    weights = (refs[name] for name in ("x", "w_ih", "w_hh", "a", "b"))
    results = ops.lstm(*weights, w_hr=refs.get("w_hr"), start=start, reverse=reverse)
    scope = Scope(lambda size: size, taken=set(shapes))
    names = spelled(scope, trace.steps[0], list(shapes))
    graph = Graph(
        "lstm",
        tuple(Named(name, Type(shape)) for name, shape in shapes.items()),
        tuple(Named(name, ref.type) for name, ref in zip(names, results, strict=True)),
        tuple(scope.nodes),
    )
    session = runtime.InferenceSession(model_bytes(Model("lstm", "", graph, ()), {}, "", ""))
    generator = np.random.default_rng(1)
    arrays = {name: generator.standard_normal(shape) for name, shape in shapes.items()}
    found = session.run(None, {name: array.astype(np.float32) for name, array in arrays.items()})
    step = trace.steps[0]
    expected = step.primitive.reference(*arrays.values(), **step.settings)
    for one, other in zip(found, expected, strict=False):
        np.testing.assert_allclose(one, other, atol=2e-6)


def test_a_loop_that_has_not_ended_at_its_bound_is_an_error_as_in_the_drawing(tmp_path: Path) -> None:
    path = export_folder(design("loops"), {}, "onnx", tmp_path / "out")
    model = onnx.load(path)
    one_round_less(model)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    with np.load(path.with_name("sample.npz")) as sample:
        fed = {one.name: sample[f"input/{one.name}"].astype(np.float32) for one in model.graph.input}
    stopped = runtime.capi.onnxruntime_pybind11_state.InvalidArgument
    with pytest.raises(stopped, match="Name:'halving'"):
        session.run(None, fed)
