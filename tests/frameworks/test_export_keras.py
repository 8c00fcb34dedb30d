"""Exports to Keras are the network that was drawn: check.py says so, and finds what was changed."""

import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from core.export import ExportError, export_code
from core.export.folder import export_folder
from core.export.keras import printer
from core.layers import LAYERS
from core.program import Program
from core.templates import Template, templates
from tests.core.user_files import SWISH, trusted
from tests.export.networks import NETWORKS, Drawing, one_layer, program_of
from tests.export.structures import STRUCTURES
from tests.frameworks import entries
from tests.frameworks.checking import checked
from tests.frameworks.faults import FAULTS
from tests.frameworks.planting import Design, Fault, designs_of, faults_in, planted, survived, unchanged
from tests.frameworks.recording import Cell, record, refusal_recorded

pytest.importorskip("keras")

# Keras's own ways with NumPy 2 and its compilers, which no export can change.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

GOLDEN = Path(__file__).parent.parent / "export" / "golden" / "keras"
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
    ("mlp", "layers.Dense(10)", "layers.Dense(11)", "layers.2.bias has the shape (11,), not (10,)"),
    ("mlp", "layers.Dense(10)", "layers.Dense(10, use_bias=False)", "layers.2.bias"),
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
    (last,) = (key for key in tensors if re.fullmatch(r"layers\.2\.bias", key))
    save_file({key: value for key, value in tensors.items() if key != last}, weights)
    code, output = checked(tmp_path / "out")
    assert code == 1 and "there are no values for" in output
    save_file({**tensors, "layers.4.bias": tensors[last]}, weights)
    code, output = checked(tmp_path / "out")
    assert code == 1 and "layers.4.bias" in output
