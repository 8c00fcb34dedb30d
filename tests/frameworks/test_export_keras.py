"""Exports to Keras are the network that was drawn: check.py says so, and finds what was changed."""

import re
import runpy
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from core.export import ExportError, export_code
from core.export.folder import export_folder
from core.export.keras import printer
from core.export.keras.printer import KERAS
from core.export.tensors import kept_tensors
from core.export.walk import walk
from core.expression import parse
from core.initialise import Constant
from core.layers import LAYERS
from core.program import Program, slots
from core.templates import Template, template, templates
from tests.core.user_files import SWISH, trusted
from tests.export.networks import NETWORKS, Drawing, one_layer, program_of
from tests.export.random_initials import random_initials
from tests.export.structures import STRUCTURES
from tests.frameworks import entries
from tests.frameworks.checking import checked, only
from tests.frameworks.faults import FAULTS
from tests.frameworks.planting import Design, Fault, designs_of, faults_in, planted, survived, unchanged
from tests.frameworks.recording import Cell, record, refusal_recorded
from tests.templates.sheet import Book

pytest.importorskip("keras")

# Keras's own ways with NumPy 2 and its compilers, which no export can change.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

GOLDEN = Path(__file__).parent.parent / "export" / "golden" / "networks" / "keras"
PLAIN = sorted(name for name, layer in LAYERS.items() if not layer.structural and name != "PythonLayer")
STORED = {"Constant", "Parameter"}


def passes(program: Program, folder: Path, table: str = "", name: str = "") -> None:
    cell = Cell("keras", table, name)
    with refusal_recorded(cell):
        text = export_code(program, "keras").text
        export_folder(program, {}, "keras", folder)
    code, output = checked(folder)
    assert code == 0, f"{output}\n{text}"
    record(cell, output)


@pytest.mark.parametrize("kind", PLAIN)
def test_every_layer_s_example_passes_its_check(kind: str, tmp_path: Path) -> None:
    passes(one_layer(kind).program(), tmp_path / "out", "layers", kind)


@pytest.mark.parametrize("kind", sorted(set(PLAIN) - STORED))
def test_every_layer_passes_its_check_from_its_primitives(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printer, "SPELLINGS", {})
    monkeypatch.setattr(printer, "neutral", lambda layer, types: None)
    program = one_layer(kind).program()
    assert f"class {kind}(layers.Layer):" in export_code(program, "keras").text
    passes(program, tmp_path / "out")


@pytest.mark.parametrize("name", entries.NAMES)
def test_library_entries_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(entries.small_entry(name), tmp_path / "out", "modules", name)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(NETWORKS[name]().program(), tmp_path / "out")


@pytest.mark.parametrize("name", sorted(STRUCTURES.keys() - {"resnet50"}))
def test_structures_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(program_of(STRUCTURES[name]()), tmp_path / "out")


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_templates_pass_their_check(template: Template, tmp_path: Path) -> None:
    passes(program_of(template.small()), tmp_path / "out", "templates", template.id)


@pytest.mark.parametrize("name", ["mlp", "mlp_class"])
def test_the_text_is_what_was_approved(name: str) -> None:
    golden = GOLDEN / f"{name}.py.txt"
    assert export_code(NETWORKS[name]().program(), "keras").text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["mlp", "mlp-class"])
def test_the_text_s_network_prints_its_shape_and_keras_counts_its_parameters(
    name: str, tmp_path: Path
) -> None:
    path = export_folder(program_of(template(name).document()), {}, "keras", tmp_path / "out")
    printed = StringIO()
    with redirect_stdout(printed):
        found = runpy.run_path(str(path), run_name="__main__")
    assert re.search(r"[(\[]2, 10[)\]]", printed.getvalue()), printed.getvalue()
    assert found["model"].count_params() == 20 * 256 + 256 + 256 * 10 + 10 == 7946


@pytest.mark.parametrize(("name", "node"), [("mlp", "relu"), ("mlp_class", "MLP/relu")])
def test_an_activation_that_a_layer_is_told_keeps_its_line(name: str, node: str) -> None:
    written = export_code(NETWORKS[name]().program(), "keras")
    assert 'activation="relu"' in written.text and written.places(node)


# Keras's own words

WORDS: list[tuple[str, dict[str, Any], str]] = [
    ("LSTM", {"hidden_size": 3, "num_layers": 3}, "layers.LSTM(3, return_sequences=True),"),
    ("LSTM", {"hidden_size": 3, "num_layers": 2, "bidirectional": True, "returns": "last"}, "Bidirectional"),
    ("LSTM", {"hidden_size": 3, "num_layers": 2, "dropout": 0.5, "bias": False}, "layers.Dropout(0.5)"),
    ("LSTM", {"hidden_size": 3, "returns": "state"}, "return_state=True"),
    ("LSTM", {"hidden_size": 3, "returns": "sequence and state", "bidirectional": True}, "with_states("),
    ("GRU", {"hidden_size": 3, "num_layers": 2, "bidirectional": True}, "layers.GRU(3"),
    ("GRU", {"hidden_size": 3, "returns": "state", "bias": False}, "use_bias=False"),
    ("RNN", {"hidden_size": 3, "nonlinearity": "relu"}, 'layers.SimpleRNN(3, activation="relu"'),
    ("MultiheadAttention", {"num_heads": 4, "bias": False}, "layers.MultiHeadAttention("),
    ("MSELoss", {}, "keras.losses.MeanSquaredError()"),
    ("L1Loss", {"reduction": "sum"}, "ops.sum(ops.absolute(x_in - target_in))"),
    ("HuberLoss", {}, "keras.losses.Huber(delta=1.0)"),
    ("BCEWithLogitsLoss", {}, "keras.losses.BinaryCrossentropy(from_logits=True)"),
    ("CrossEntropyLoss", {"ignore_index": 2}, "from_logits=True, ignore_class=2"),
    ("GroupNorm", {"num_groups": 4, "affine": False}, "layers.GroupNormalization("),
    ("RMSNorm", {"eps": None}, "layers.RMSNormalization("),
    ("InstanceNorm2d", {}, "groups=-1"),
    ("ConvTranspose2d", {"out_channels": 2, "kernel_size": 4, "stride": 2, "padding": 1}, 'padding="same"'),
    ("ConvTranspose2d", {"out_channels": 2, "kernel_size": 2, "stride": 3}, "layers.Conv2DTranspose("),
    ("ConvTranspose2d", {"out_channels": 2, "kernel_size": 3, "padding": (0, 1)}, "layers.Cropping2D("),
    ("ConvTranspose3d", {"out_channels": 2, "kernel_size": 2, "stride": 2}, "layers.Conv3DTranspose("),
    ("DepthwiseConv2d", {"kernel_size": 3, "padding": 1, "depth_multiplier": 2}, "depth_multiplier=2"),
    ("DepthwiseConv2d", {"kernel_size": 3, "padding": 1, "stride": 2}, "layers.ZeroPadding2D("),
    ("AdaptiveAvgPool2d", {"output_size": (3, 2)}, "layers.AdaptiveAveragePooling2D((3, 2)"),
    ("AdaptiveMaxPool1d", {"output_size": 2}, "layers.AdaptiveMaxPooling1D(2"),
    ("Upsample", {"scale_factor": (3, 2)}, "layers.UpSampling2D("),
    ("PReLU", {"per_channel": True, "init": 0.5}, "keras.initializers.Constant(0.5)"),
    ("Pad", {"pad": 1, "mode": "reflect"}, 'mode="reflect"'),
]


@pytest.mark.parametrize(("kind", "arguments", "word"), WORDS)
def test_layers_are_written_in_keras_s_words_and_pass_their_check(
    kind: str, arguments: dict[str, Any], word: str, tmp_path: Path
) -> None:
    program = one_layer(kind, arguments).program()
    written = export_code(program, "keras")
    assert not written.helpers and word in written.text
    passes(program, tmp_path / "out")


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("LSTM", {"hidden_size": 3, "proj_size": 2}),
        ("RNN", {"hidden_size": 3, "num_layers": 2, "returns": "state"}),
        ("ConvTranspose2d", {"out_channels": 2, "kernel_size": 2, "stride": 2, "output_padding": 1}),
        ("ConvTranspose2d", {"out_channels": 2, "kernel_size": 2, "groups": 2}),
        ("ConvTranspose2d", {"out_channels": 2, "kernel_size": 3, "dilation": 2}),
        ("Upsample", {"scale_factor": 2, "mode": "bilinear"}),
        ("GaussianNLLLoss", {"eps": 0.5}),
    ],
)
def test_what_keras_has_no_exact_word_for_is_printed_from_primitives(
    kind: str, arguments: dict[str, Any], tmp_path: Path
) -> None:
    program = one_layer(kind, arguments).program()
    assert export_code(program, "keras").helpers
    passes(program, tmp_path / "out")


@pytest.mark.parametrize(
    ("kind", "levels", "both", "returns"),
    [
        ("LSTM", 1, True, "sequence and state"),
        ("GRU", 1, True, "last"),
        ("RNN", 1, False, "state"),
        ("LSTM", 2, True, "sequence"),
        ("GRU", 2, False, "sequence"),
    ],
)
def test_states_to_begin_with_are_handed_on(
    kind: str, levels: int, both: bool, returns: str, tmp_path: Path
) -> None:
    drawing = Drawing("started")
    states = ("h", "c") if kind == "LSTM" else ("h",)
    drawing.node("x", "Input", shape="2, 3, 4")
    given = {"num_layers": levels, "bidirectional": both, "returns": returns, "initial_state": "given"}
    drawing.node("net", kind, hidden_size=3, **given)
    drawing.wire("x", "net.x")
    for order, state in enumerate(states, 1):
        drawing.node(f"{state} in", "Input", shape=f"{levels * (1 + both)}, 2, 3", order=order)
        drawing.wire(f"{state} in", f"net.{state}")
    outputs = (*(("y",) if returns != "state" else ()), *(states if "state" in returns else ()))
    for order, port in enumerate(outputs):
        drawing.node(f"{port} out", "Output", order=order)
        drawing.wire(f"net.{port}", f"{port} out")
    passes(drawing.program(), tmp_path / "out")


def test_each_depth_of_one_class_has_its_own_weights(tmp_path: Path) -> None:
    drawing = Drawing("depths")
    drawing.module("reader", depth=1)
    drawing.node("x", "Input")
    drawing.node("lstm", "LSTM", hidden_size=4, num_layers=parse("depth"), returns="last")
    drawing.node("y", "Output")
    drawing.chain("x", "lstm", "y")
    drawing.main()
    drawing.node("x", "Input", shape="2, 3, 4")
    for name, depth in (("one", 1), ("three", 3)):
        drawing.node(name, "@reader", depth=depth)
        drawing.node(f"{name} out", "Output")
        drawing.chain("x", name, f"{name} out")
    text = export_code(drawing.program(), "keras").text
    assert "[layers.LSTM(4, return_sequences=i < depth - 1) for i in range(depth)]" in text
    passes(drawing.program(), tmp_path / "out")


OPEN: list[tuple[str, str, dict[str, Any], str]] = [
    ("Conv1d", "bias", {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}, "ZeroPadding1D"),
    ("Conv2d", "bias", {"out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}, "ZeroPadding2D"),
    ("Conv2d", "bias", {"out_channels": 4, "kernel_size": 3, "padding": 1}, 'padding="same"'),
    ("ConvTranspose1d", "bias", {"out_channels": 4, "kernel_size": 3, "padding": 1, "stride": 3}, "[:, :, 1"),
    ("ConvTranspose2d", "bias", {"out_channels": 4, "kernel_size": 3, "padding": (0, 1)}, "Cropping2D"),
    ("ConvTranspose2d", "bias", {"out_channels": 4, "kernel_size": 3}, "layers.Conv2DTranspose("),
    ("DepthwiseConv2d", "bias", {"kernel_size": 3, "stride": 2, "padding": 1}, "ZeroPadding2D"),
    ("DepthwiseConv2d", "bias", {"kernel_size": 3}, "layers.DepthwiseConv2D("),
    ("BatchNorm2d", "affine", {"bias": False}, "layers.BatchNormalization("),
    ("BatchNorm2d", "affine", {}, "layers.BatchNormalization("),
    ("GroupNorm", "affine", {"num_groups": 2}, "layers.GroupNormalization("),
    ("LayerNorm", "elementwise_affine", {}, "layers.LayerNormalization("),
    ("LayerNorm", "elementwise_affine", {"bias": False}, "layers.LayerNormalization("),
    ("LayerNorm", "elementwise_affine", {"bias": "=learns or not learns"}, "center=learns and "),
    ("InstanceNorm2d", "affine", {"bias": "=learns"}, "layers.GroupNormalization("),
]
"""A layer, the argument that its module's argument decides, its others, and what is written."""


@pytest.mark.parametrize(("kind", "name", "rest", "word"), OPEN)
def test_calls_of_one_class_with_and_without_a_bias_keep_what_each_has(
    kind: str, name: str, rest: dict[str, Any], word: str, tmp_path: Path
) -> None:
    book = Book("open", "")
    block = book.sheet("Block").argument("learns", True).input()
    block.node(kind, "layer", **{name: "=learns", **rest}).output().wire("x > layer > y")
    root = book.root.input(shape="B, 4, 11" if "1d" in kind else "B, 4, 11, 11", sizes="B=2")
    root.node(block, "one").node(block, "other", learns=False).output().wire("x > one > other > y")
    program = program_of(book.document())
    written = export_code(program, "keras")
    assert not program.problems and not written.helpers and word in written.text
    passes(program, tmp_path / "out")


# First values


@pytest.mark.parametrize("seed", range(24))
def test_parameters_begin_as_is_drawn_or_the_node_is_refused(seed: int) -> None:
    program = program_of(random_initials(seed))
    try:
        text = export_code(program, "keras").text
    except ExportError as error:
        assert error.path and "first values that Keras has no initializer for" in error.message
        return
    form = walk(program, KERAS.dialect)
    module = ModuleType("exported")
    exec(text, module.__dict__)
    model = getattr(module, form.maker)()
    model(*(module.keras.ops.ones(sample.shape) for sample in form.samples))
    drawn = {slot.name: slot.tensor.initialiser for slot in slots(program) if slot.learnt}
    for one in kept_tensors(form, program, KERAS.dialect):
        first = drawn.get(one.slots[0])
        if isinstance(first, Constant) and len(one.slots) == 1:
            values = module.keras.ops.convert_to_numpy(_variable(model, one.name))
            assert (values == np.float32(first.value)).all(), one.name


def _variable(model: Any, name: str) -> Any:
    for key in name.split("."):
        model = model[int(key)] if key.isdigit() else getattr(model, key)
    return model


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("zeros", '"zeros"'),
        (("uniform", -1, 1), "keras.initializers.RandomUniform(-1.0, 1.0)"),
        (("truncated_normal", 0, 0.02), "keras.initializers.RandomNormal(stddev=0.02)"),
        (("truncated_normal", 0, 1), "keras.initializers.TruncatedNormal(stddev=1.0)"),
        ("xavier_uniform", '"glorot_uniform"'),
        ("kaiming_uniform", '"he_uniform"'),
        ("kaiming_normal", 'scale=2.0, mode="fan_in", distribution="untruncated_normal"'),
        ("orthogonal", '"orthogonal"'),
        (("normal", {"seed": 3}), "keras.initializers.RandomNormal(stddev=1.0, seed=3)"),
    ],
)
def test_first_values_are_keras_s_initializers(kind: object, word: str) -> None:
    book = Book("chain", "")
    root = book.root.input(shape="B, 4", sizes="B=2").node("Linear", "fc", out_features=4).output()
    root.wire("x > fc > y").initial("fc", weight=kind)
    assert f"kernel_initializer={word}" in _on_one_line(
        export_code(program_of(book.document()), "keras").text
    )


def _on_one_line(text: str) -> str:
    whole = " ".join(text.split())
    return re.sub(r"\w+\.initializers\.VarianceScaling\( ", "", whole)


def test_a_first_value_that_keras_cannot_give_is_refused_at_its_node() -> None:
    book = Book("cut", "")
    root = book.root.input(shape="B, 4", sizes="B=2").node("Linear", "fc", out_features=4).output()
    root.wire("x > fc > y").initial("fc", weight=("truncated_normal", 0, 1, -1, 1))
    with pytest.raises(ExportError, match="first values that Keras has no initializer for") as refused:
        export_code(program_of(book.document()), "keras")
    assert refused.value.path[-1] == book.root.nodes["fc"].id


# Keras's own file of weights


@pytest.mark.parametrize("name", ["mlp", "gpt-2", "lstm-classifier", "my-sequential"])
def test_check_writes_keras_s_own_file_which_a_fresh_model_loads(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = program_of(template(name).small())
    path = export_folder(program, {}, "keras", tmp_path / "out")
    with only(path.parent):
        module = runpy.run_path(str(path.with_name("check.py")), run_name="checking")
        module["save"]()
    assert f"wrote {path.stem}.weights.h5" in capsys.readouterr().out
    assert path.with_name(f"{path.stem}.weights.h5").exists()
    export_folder(program, {}, "keras", tmp_path / "out")


def test_a_layer_in_numpy_is_refused(tmp_path: Path) -> None:
    swish = trusted(tmp_path, "swish.py", SWISH)
    drawing = Drawing("own layer")
    drawing.node("x", "Input", shape="B, 4")
    drawing.node("swish", "PythonLayer", file="swish.py", sha256=swish.sha256)
    drawing.node("y", "Output")
    drawing.chain("x", "swish", "y")
    with pytest.raises(ExportError, match="written in NumPy, which Keras cannot run"):
        export_folder(drawing.program(), {}, "keras", tmp_path / "out")


# Planted faults

KERAS_FAULTS = faults_in("keras", FAULTS)


@pytest.mark.parametrize("design", designs_of(KERAS_FAULTS), ids=str)
def test_designs_without_a_fault_pass_their_check(design: Design, tmp_path: Path) -> None:
    code, output = checked(unchanged(design, "keras", tmp_path / "out"))
    assert code == 0, output


@pytest.mark.parametrize("fault", KERAS_FAULTS, ids=str)
def test_a_planted_fault_is_found_and_a_tensor_named(fault: Fault, tmp_path: Path) -> None:
    folder = planted(fault, "keras", tmp_path)
    assert not survived(fault, *checked(folder), folder)


CODE_FAULTS = [
    ("mlp", "layers.Dense(10)", "layers.Dense(11)", "layers.1.bias has the shape (11,), not (10,)"),
    ("mlp", "layers.Dense(10)", "layers.Dense(10, use_bias=False)", "layers.1.bias"),
]
"""What no other drawing's code has: shapes that do not fit."""


@pytest.mark.parametrize(("name", "before", "after", "place"), CODE_FAULTS)
def test_a_fault_in_the_code_is_found_and_its_tensor_named(
    name: str, before: str, after: str, place: str, tmp_path: Path
) -> None:
    path = export_folder(NETWORKS[name]().program(), {}, "keras", tmp_path / "out")
    text = path.read_text(encoding="utf-8").replace(before, after, 1)
    assert after in text
    path.write_text(text, encoding="utf-8")
    code, output = checked(tmp_path / "out")
    assert code == 1 and place in output, output


@pytest.mark.parametrize("name", ["mlp", "lenet5"])
def test_one_changed_number_in_the_weights_is_found(name: str, tmp_path: Path) -> None:
    path = export_folder(NETWORKS[name]().program(), {}, "keras", tmp_path / "out")
    weights = path.with_name("weights.safetensors")
    tensors = load_file(weights)
    for tensor in list(tensors)[:: 1 + len(tensors) // 4]:
        changed = tensors[tensor].copy()
        changed.reshape(-1)[-1] += np.float32(1e-3)
        save_file({**tensors, tensor: changed}, weights)
        code, output = checked(tmp_path / "out")
        assert code == 1 and f"tensor {tensor}, file weights: " in output and "random weights" not in output


def test_a_tensor_that_is_missing_or_too_many_is_found(tmp_path: Path) -> None:
    path = export_folder(NETWORKS["mlp"]().program(), {}, "keras", tmp_path / "out")
    weights = path.with_name("weights.safetensors")
    tensors = load_file(weights)
    (last,) = (key for key in tensors if re.fullmatch(r"layers\.1\.bias", key))
    save_file({key: value for key, value in tensors.items() if key != last}, weights)
    code, output = checked(tmp_path / "out")
    assert code == 1 and "there are no values for" in output
    save_file({**tensors, "layers.4.bias": tensors[last]}, weights)
    code, output = checked(tmp_path / "out")
    assert code == 1 and "layers.4.bias" in output
