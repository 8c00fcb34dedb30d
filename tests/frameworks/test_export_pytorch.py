"""Exports to PyTorch are the network that was drawn: check.py says so, and finds what was changed."""

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from core.export import export_code
from core.export.folder import export_folder
from core.export.names import RESERVED
from core.layers import LAYERS
from core.program import Program
from core.templates import Template, template, templates
from tests.core.user_files import OUTER, SWISH, trusted
from tests.export.networks import NETWORKS, Drawing, one_layer, program_of, residual_cnn
from tests.export.random_networks import random_network
from tests.export.random_structures import random_structures
from tests.export.structures import STRUCTURES
from tests.export.test_code import code_of, two_ranks
from tests.export.test_structures import DESIGNS
from tests.frameworks import entries
from tests.frameworks.checking import checked
from tests.frameworks.faults import FAULTS
from tests.frameworks.planting import Design, Fault, designs_of, faults_in, planted, survived, unchanged
from tests.frameworks.recording import Cell, record, refusal_recorded

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

PLAIN = sorted(name for name, layer in LAYERS.items() if not layer.structural)


def passes(program: Program, folder: Path, table: str = "", name: str = "") -> None:
    code_of(program)
    same(program, folder, table, name)


def same(program: Program, folder: Path, table: str = "", name: str = "") -> None:
    cell = Cell("pytorch", table, name)
    with refusal_recorded(cell):
        export_folder(program, {}, "pytorch", folder)
    code, output = checked(folder)
    assert code == 0, f"{output}\n{export_code(program, 'pytorch').text}"
    record(cell, output)


@pytest.mark.parametrize("kind", PLAIN)
def test_every_layer_s_example_passes_its_check(kind: str, tmp_path: Path) -> None:
    passes(one_layer(kind).program(), tmp_path / "out", "layers", kind)


@pytest.mark.parametrize("kind", PLAIN)
def test_every_layer_passes_its_check_from_its_primitives(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LAYERS[kind], "pytorch", lambda self, *inputs: None)
    program = one_layer(kind).program()
    assert f"class {kind}(nn.Module):" in export_code(program, "pytorch").text
    passes(program, tmp_path / "out")


@pytest.mark.parametrize("name", entries.NAMES)
def test_library_entries_pass_their_check(name: str, tmp_path: Path) -> None:
    same(entries.small_entry(name), tmp_path / "out", "modules", name)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(NETWORKS[name]().program(), tmp_path / "out")


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_pass_their_check_from_primitives_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in PLAIN:
        monkeypatch.setattr(LAYERS[kind], "pytorch", lambda self, *inputs: None)
    passes(NETWORKS[name]().program(), tmp_path / "out")


@pytest.mark.parametrize("worded", [True, False], ids=["its words", "primitives alone"])
def test_borders_and_equations_with_open_sizes_pass_their_check(
    worded: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = Drawing("open sizes")
    drawing.node("x", "Input", shape="B, 3, H, W")
    drawing.node("halved", "Conv2d", out_channels=4, kernel_size=3, stride=2, padding="same_upper")
    drawing.node("skipped", "Conv2d", out_channels=4, kernel_size=1, stride=2, padding="same_upper")
    drawing.node("channels", "EinsumDense", equation="bchw,cd->bdhw", out_features=6)
    drawing.node("bordered", "DepthwiseConv2d", kernel_size=2, padding="same_upper", padding_mode="circular")
    drawing.node("norm", "InstanceNorm2d", affine=True, track_running_stats=True)
    drawing.node("pool", "GlobalMaxPool2d")
    drawing.node("y", "Output")
    drawing.chain("x", "halved", "skipped", "channels", "bordered", "norm", "pool", "y")
    for kind in () if worded else PLAIN:
        monkeypatch.setattr(LAYERS[kind], "pytorch", lambda self, *inputs: None)
    passes(drawing.program(), tmp_path / "out")


def test_a_module_called_with_inputs_of_other_ranks_passes(tmp_path: Path) -> None:
    passes(two_ranks().program(), tmp_path / "out")


@pytest.mark.parametrize("seed", range(40))
def test_random_designs_pass_their_check(seed: int, tmp_path: Path) -> None:
    passes(random_network(seed).program(), tmp_path / "out")


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_templates_pass_their_check(template: Template, tmp_path: Path) -> None:
    passes(program_of(template.small()), tmp_path / "out", "templates", template.id)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_whole_network_of_25_million_parameters_passes_its_check(tmp_path: Path) -> None:
    passes(program_of(template("resnet-50").document()), tmp_path / "out")


def test_the_folder_works_by_itself_from_a_shell(tmp_path: Path) -> None:
    export_folder(residual_cnn().program(), {}, "pytorch", tmp_path / "out")

    def run(*command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-W", "error", *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    example = run("out/residual_cnn.py")
    assert (example.returncode, example.stdout) == (0, "torch.Size([2, 10])\n"), example.stderr
    recipe = (tmp_path / "out" / "check.py").read_text(encoding="utf-8").split("elsewhere", 1)[1]
    recipe = dedent(recipe.split(":\n", 1)[1].split('"""')[0])
    (tmp_path / "out" / "use.py").write_text(recipe.replace('"weights', '"out/weights'), encoding="utf-8")
    assert "load_state_dict" in recipe and run("out/use.py").returncode == 0
    check = run("out/check.py")
    assert check.returncode == 0 and "is the network that was drawn" in check.stdout, check.stderr
    weights = tmp_path / "out" / "weights.safetensors"
    tensors = load_file(weights)
    save_file({**tensors, "7.bias": tensors["7.bias"] + np.float32(1e-3)}, weights)
    check = run("out/check.py")
    assert check.returncode == 1
    assert check.stdout.startswith("FAILED tensor 7.bias, file weights: differs by 0.001")
    assert "FAILED output y, file weights: differs by 0.001" in check.stdout
    lines = check.stdout.splitlines()
    count = len(lines) - 1
    assert lines[-1].endswith(f"is not the network that was drawn: {count} of its values differ")


def test_every_public_name_of_torch_s_modules_is_reserved() -> None:
    kinds = (torch.nn.Module(), torch.nn.Sequential(), torch.nn.ModuleList())
    names = {name for kind in kinds for name in dir(kind) if not name.startswith("_")}
    assert names <= RESERVED


def test_a_network_whose_gradient_is_nothing_but_rounding_passes(tmp_path: Path) -> None:
    drawing = Drawing("flat")
    drawing.node("x", "Input", shape="B, 20")
    drawing.node("softmax", "Softmax", dim=-1)
    drawing.node("sum", "Sum", dim=-1)
    drawing.node("y", "Output")
    drawing.chain("x", "softmax", "sum", "y")
    passes(drawing.program(), tmp_path / "out")


# Planted faults

PYTORCH_FAULTS = faults_in("pytorch", FAULTS)


@pytest.mark.parametrize("design", designs_of(PYTORCH_FAULTS), ids=str)
def test_designs_without_a_fault_pass_their_check(design: Design, tmp_path: Path) -> None:
    code, output = checked(unchanged(design, "pytorch", tmp_path / "out"))
    assert code == 0, output


@pytest.mark.parametrize("fault", PYTORCH_FAULTS, ids=str)
def test_a_planted_fault_is_found_and_a_tensor_named(fault: Fault, tmp_path: Path) -> None:
    folder = planted(fault, "pytorch", tmp_path)
    assert not survived(fault, *checked(folder), folder)


CODE_FAULTS = [
    ("residual_cnn", "width, 1, stride=stride)", "width, 1, stride=1)", "shortcut"),
    ("residual_cnn", "F.leaky_relu(h + x, 0.2)", "F.leaky_relu(h.detach() + x, 0.2)", "3.conv2.weight"),
    ("lenet5", "nn.Conv2d(1, 6, 5, padding=2)", "nn.Conv2d(1, 6, 5, padding=0)", "output logits"),
    ("lenet5", "nn.Linear(400, 120)", "nn.Linear(400, -120)", "building the network: "),
    ("mlp", "nn.Linear(256, 10)", "nn.Linear(256, 11)", "2.weight"),
    ("mlp", "nn.Linear(256, 10)", "nn.Linear(256, 10, bias=False)", "2.bias"),
]  # fmt: skip
"""What no other drawing's code has: shapes that do not fit, gradients that are stopped."""


@pytest.mark.parametrize(("name", "before", "after", "place"), CODE_FAULTS)
def test_a_fault_in_the_code_is_found_and_its_tensor_named(
    name: str, before: str, after: str, place: str, tmp_path: Path
) -> None:
    path = export_folder(NETWORKS[name]().program(), {}, "pytorch", tmp_path / "out")
    text = path.read_text(encoding="utf-8").replace(f"{before},\n", f"{after},\n")
    text = text.replace(before, after) if after not in text else text
    assert after in text
    path.write_text(text, encoding="utf-8")
    code, output = checked(tmp_path / "out")
    assert code == 1 and place in output, output


OTHER = {"stride": "3", "padding": "4", "eps": "2e-5"}


@pytest.mark.parametrize("key", ["mlp", "mlp-class", "lenet5", "residual-cnn"])
def test_every_stride_padding_and_eps_of_a_template_s_code_matters(key: str, tmp_path: Path) -> None:
    path = export_folder(program_of(template(key).document()), {}, "pytorch", tmp_path / "out")
    text = path.read_text(encoding="utf-8")
    for found in re.finditer(r"\b(stride|padding|eps)=([\w.-]+)(?=[,)\n])", text):
        if "def " in line_of(text, found):
            continue  # a default that no call relies on may be anything
        path.write_text(text[: found.start(2)] + OTHER[found[1]] + text[found.end(2) :], encoding="utf-8")
        code, output = checked(tmp_path / "out")
        assert code == 1 and re.search(r"FAILED (output|gradient of|buffer) ", output), found[0] + output


def line_of(text: str, found: "re.Match[str]") -> str:
    """The line on which a match begins."""
    return text[text.rfind("\n", 0, found.start()) + 1 :].split("\n")[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_one_changed_number_in_the_weights_is_found(name: str, tmp_path: Path) -> None:
    path = export_folder(NETWORKS[name]().program(), {}, "pytorch", tmp_path / "out")
    weights = path.with_name("weights.safetensors")
    tensors = load_file(weights)
    for tensor in list(tensors)[:: 1 + len(tensors) // 8]:
        changed = tensors[tensor].copy()
        changed.reshape(-1)[-1] += np.float32(1e-3)
        save_file({**tensors, tensor: changed}, weights)
        code, output = checked(tmp_path / "out")
        assert code == 1 and f"tensor {tensor}, file weights: " in output and "random weights" not in output


def test_a_tensor_that_is_missing_or_too_many_is_found(tmp_path: Path) -> None:
    path = export_folder(NETWORKS["mlp"]().program(), {}, "pytorch", tmp_path / "out")
    weights = path.with_name("weights.safetensors")
    tensors = load_file(weights)
    save_file({key: value for key, value in tensors.items() if key != "2.bias"}, weights)
    code, output = checked(tmp_path / "out")
    assert code == 1 and "2.bias" in output
    save_file({**tensors, "4.bias": tensors["2.bias"]}, weights)
    code, output = checked(tmp_path / "out")
    assert code == 1 and "4.bias" in output


def test_values_that_are_not_numbers_fail(tmp_path: Path) -> None:
    path = export_folder(NETWORKS["mlp"]().program(), {}, "pytorch", tmp_path / "out")
    path.write_text(path.read_text().replace("nn.ReLU()", "nn.Threshold(0.0, float('nan'))"))
    code, output = checked(tmp_path / "out")
    assert code == 1 and "differs by nan" in output


def test_a_wide_layer_s_fault_is_found_by_places_or_norm(tmp_path: Path) -> None:
    drawing = Drawing("wide")
    drawing.node("x", "Input", shape="B, 300")
    drawing.node("fc", "Linear", out_features=300)
    drawing.node("y", "Output")
    drawing.chain("x", "fc", "y")
    path = export_folder(drawing.program(), {}, "pytorch", tmp_path / "out")
    assert checked(tmp_path / "out")[0] == 0
    path.write_text(
        path.read_text()
        .replace("return nn.Linear(300, 300)", "return Doubled(300, 300)")
        .replace("def wide", DOUBLED + "def wide")
    )
    code, output = checked(tmp_path / "out")
    assert code == 1 and "gradient of weight" in output


DOUBLED = """class Double(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return x.clone()

    @staticmethod
    def backward(context, dy):
        return 2 * dy


class Doubled(nn.Linear):
    def forward(self, x):
        return torch.nn.functional.linear(x, Double.apply(self.weight), self.bias)


"""


@pytest.mark.parametrize("name", sorted(STRUCTURES.keys() - {"resnet50"}))
def test_structures_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(program_of(STRUCTURES[name]()), tmp_path / "out")


@pytest.mark.parametrize("seed", range(DESIGNS))
def test_random_structures_pass_their_check(seed: int, tmp_path: Path) -> None:
    passes(program_of(random_structures(seed)), tmp_path / "out")


def test_layers_in_files_pass_their_check(tmp_path: Path) -> None:
    swish, outer = trusted(tmp_path, "swish.py", SWISH), trusted(tmp_path, "outer.py", OUTER)
    drawing = Drawing("own layers")
    drawing.node("x", "Input", shape="B, 4")
    drawing.node("fc", "Linear", out_features=3)
    drawing.node("first", "PythonLayer", file="swish.py", sha256=swish.sha256, settings="beta=2.0")
    drawing.node("second", "PythonLayer", file="swish.py", sha256=swish.sha256)
    drawing.node("outer", "PythonLayer", file="outer.py", sha256=outer.sha256, takes="torch, right")
    drawing.node("y", "Output")
    drawing.chain("x", "fc", "first", "outer.torch", "y")
    drawing.wire("x", "second")
    drawing.wire("second", "outer.right")
    passes(drawing.program(), tmp_path / "out")
    text = code_of(drawing.program())
    assert "# a helper" not in text, "a text over two lines is kept, which costs the comments"
    assert text.count("(torch.autograd.Function):") == 3
