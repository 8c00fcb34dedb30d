"""Exports to MXNet Gluon are the network that was drawn: check.py says so, and finds what was changed.

MXNet 1.9 wants another NumPy than the engine, so it has a Python of its own: the one that
LAYERLOOM_MXNET_PYTHON names, or this one where it has mxnet.
"""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import core.export.code
from core.export import export_code
from core.export.folder import export_folder
from core.export.gluon.ndarrays import save_ndarrays
from core.export.gluon.printer import GLUON
from core.initialise import Array
from core.layers import LAYERS
from core.program import Program
from core.templates import template, templates
from tests.core.user_files import OUTER, SWISH, trusted
from tests.export.networks import NETWORKS, Drawing, one_layer, program_of
from tests.export.random_networks import random_network
from tests.export.random_structures import random_structures
from tests.export.sequences import SEQUENCES
from tests.export.structures import STRUCTURES
from tests.frameworks import entries
from tests.frameworks.faults import FAULTS
from tests.frameworks.planting import designs_of, faults_in, planted, survived
from tests.frameworks.recording import Cell, record, refusal_recorded

PYTHON = os.environ.get("LAYERLOOM_MXNET_PYTHON") or (
    sys.executable if importlib.util.find_spec("mxnet") else ""
)
if not PYTHON:
    pytest.skip("MXNet is not installed", allow_module_level=True)

PLAIN = sorted(name for name, layer in LAYERS.items() if not layer.structural)


def checked(folders: Iterable[Path]) -> dict[str, tuple[int, str]]:
    """The exit code and what was printed, by the folder's name; all in one process."""
    runner = Path(__file__).with_name("mxnet_checks.py")
    done = subprocess.run(
        [PYTHON, "-W", "ignore", str(runner)],
        input="\n".join(map(str, folders)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = map(json.loads, done.stdout.splitlines())
    return {Path(name).name: (code, output) for name, code, output in lines}


def all_pass(programs: Mapping[str, Program], folder: Path, table: str = "") -> None:
    for name, program in programs.items():
        with refusal_recorded(Cell("gluon", table, name)):
            export_folder(program, {}, "gluon", folder / name)
    found = checked(folder / name for name in programs)
    assert found.keys() == programs.keys()
    for name, (code, output) in found.items():
        if not code:
            record(Cell("gluon", table, name), output)
    failures = [f"{name}: {output}" for name, (code, output) in found.items() if code]
    assert not failures, "\n".join(failures)


@pytest.fixture
def primitives_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No layer has a word of Gluon's."""
    dialect = replace(GLUON.dialect, spelling=lambda layer, types: None)
    monkeypatch.setitem(core.export.code.FRAMEWORKS, "gluon", replace(GLUON, dialect=dialect))


def test_every_layer_s_example_passes_its_check(tmp_path: Path) -> None:
    all_pass({kind: one_layer(kind).program() for kind in PLAIN}, tmp_path, "layers")


def test_library_entries_pass_their_check(tmp_path: Path) -> None:
    all_pass({name: entries.small_entry(name) for name in entries.NAMES}, tmp_path, "modules")


@pytest.mark.usefixtures("primitives_alone")
def test_every_layer_passes_its_check_from_its_primitives(tmp_path: Path) -> None:
    programs = {kind: one_layer(kind).program() for kind in PLAIN}
    assert all(f"class {kind}(nn.Block):" in export_code(one, "gluon").text for kind, one in programs.items())
    all_pass(programs, tmp_path)


def test_networks_pass_their_check(tmp_path: Path) -> None:
    all_pass({name: network().program() for name, network in NETWORKS.items()}, tmp_path)


@pytest.mark.usefixtures("primitives_alone")
def test_networks_pass_their_check_from_primitives_alone(tmp_path: Path) -> None:
    all_pass({name: network().program() for name, network in NETWORKS.items()}, tmp_path)


RECURRENT = [
    {"returns": returns, "bidirectional": both, "num_layers": levels, "initial_state": start, "dropout": drop}
    for returns in ("sequence", "last", "state", "sequence and state")
    for both in (False, True)
    for levels, drop in ((1, 0.5), (3, 0.0), (2, 0.25))
    for start in ("zeros", "given")
]

VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *(("LSTM", {"hidden_size": 2, **one}) for one in RECURRENT if one["initial_state"] == "zeros"),
    *(("GRU", {"hidden_size": 3, **one}) for one in RECURRENT[::3] if one["initial_state"] == "zeros"),
    ("RNN", {"hidden_size": 3, "num_layers": 3}),
    ("RNN", {"hidden_size": 3, "num_layers": 2, "dropout": 0.5, "nonlinearity": "relu"}),
    ("MultiheadAttention", {"num_heads": 2, "bias": False, "dropout": 0.5}),
    ("MultiheadAttention", {"num_heads": 1, "returns": "result and weights"}),
    *((f"MaxPool{n}d", {"kernel_size": 3, "stride": 2, "ceil_mode": True}) for n in (1, 2)),
    *((f"MaxPool{n}d", {"kernel_size": 2, "stride": 3, "ceil_mode": True}) for n in (1, 2)),
    ("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("AvgPool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("AvgPool2d", {"kernel_size": 3, "stride": 2, "ceil_mode": True, "count_include_pad": False}),
    ("PReLU", {"per_channel": False, "init": 0.125}),
    ("Stack", {"dim": -1}),
    ("Squeeze", {"dim": -2}),
    ("Unsqueeze", {"dim": -1}),
    ("Flip", {"dim": 0}),
    ("RepeatInterleave", {"repeats": 3, "dim": -1}),
    ("Tile", {"dims": 2}),
    ("ArgMax", {"dim": 0}),
    ("ArgMax", {"dim": -1, "keepdim": True}),
    ("Softmin", {"dim": -1}),
    ("ELU", {"alpha": 0.7}),
    ("LeakyReLU", {"negative_slope": -0.3}),
    ("GELU", {"approximate": "tanh"}),
    *((kind, {"reduction": how}) for kind in ("MSELoss", "L1Loss", "CrossEntropyLoss")
      for how in ("sum", "none")),
    ("CrossEntropyLoss", {"ignore_index": 1, "label_smoothing": 0.2}),
    ("GaussianNLLLoss", {"eps": 0.5}),
]  # fmt: skip
"""Layers with arguments that Gluon writes otherwise than in their examples."""


def test_layers_pass_their_check_with_other_arguments(tmp_path: Path) -> None:
    programs = {f"{i} {kind}": one_layer(kind, given).program() for i, (kind, given) in enumerate(VARIANTS)}
    assert not [program.problems for program in programs.values() if program.problems]
    all_pass(programs, tmp_path)


def test_designs_of_sequence_layers_pass_their_check(tmp_path: Path) -> None:
    all_pass({name: SEQUENCES[name]().program() for name in SEQUENCES}, tmp_path)


def test_structures_pass_their_check(tmp_path: Path) -> None:
    names = STRUCTURES.keys() - {"resnet50"}
    all_pass({name: program_of(STRUCTURES[name]()) for name in names}, tmp_path)


def test_random_designs_pass_their_check(tmp_path: Path) -> None:
    programs = {f"network {seed}": random_network(seed).program() for seed in range(20)}
    programs |= {f"structure {seed}": program_of(random_structures(seed)) for seed in range(20)}
    all_pass(programs, tmp_path)


def test_templates_pass_their_check(tmp_path: Path) -> None:
    all_pass({one.id: program_of(one.small()) for one in templates()}, tmp_path, "templates")


def test_ties_are_said_by_params_and_transposes_are_read_at_each_call() -> None:
    text = export_code(program_of(STRUCTURES["ties"]()), "gluon").text
    assert "params=self.table.params" in text
    assert 'tie_transposed(self.decoder, "weight", self.encoder.weight)' in text


COUNTED = """
import runpy, sys
model = runpy.run_path(sys.argv[1], run_name="__main__")["model"]
print(sum(one.data().size for one in model.collect_params().values()))
"""


@pytest.mark.parametrize("key", ["mlp", "mlp-class"])
def test_the_text_s_network_prints_its_shape_and_has_its_parameters(key: str, tmp_path: Path) -> None:
    file = tmp_path / "exported.py"
    file.write_text(export_code(program_of(template(key).document()), "gluon").text, encoding="utf-8")
    command = [PYTHON, "-W", "ignore", "-c", COUNTED, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "(2, 10)\n7946\n", done.stderr  # 20·256 + 256 + 256·10 + 10


@pytest.mark.parametrize("key", ["mlp", "mlp-class", "lstm-classifier"])
def test_the_folder_works_by_itself_from_a_shell(key: str, tmp_path: Path) -> None:
    path = export_folder(program_of(template(key).small()), {}, "gluon", tmp_path / "out")
    for script in (path, path.with_name("check.py")):
        done = subprocess.run(
            [PYTHON, "-W", "ignore", str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert script != path or key == "lstm-classifier" or done.stdout == "(2, 10)\n"


def test_layers_in_files_pass_their_check(tmp_path: Path) -> None:
    swish, outer = trusted(tmp_path, "swish.py", SWISH), trusted(tmp_path, "outer.py", OUTER)
    drawing = Drawing("own layers")
    drawing.node("x", "Input", shape="B, 4")
    drawing.node("fc", "Linear", out_features=3)
    drawing.node("first", "PythonLayer", file="swish.py", sha256=swish.sha256, settings="beta=2.0")
    drawing.node("outer", "PythonLayer", file="outer.py", sha256=outer.sha256, takes="torch, right")
    drawing.node("y", "Output")
    drawing.chain("x", "fc", "first", "outer.torch", "y")
    drawing.wire("x", "outer.right")
    all_pass({"own": drawing.program()}, tmp_path / "out")


# Planted faults

GLUON_FAULTS = faults_in("gluon", FAULTS)


def test_designs_without_a_fault_pass_their_check(tmp_path: Path) -> None:
    designs = designs_of(GLUON_FAULTS)
    all_pass({f"design {place}": one.program() for place, one in enumerate(designs)}, tmp_path)


def test_planted_faults_are_found_and_a_tensor_named(tmp_path: Path) -> None:
    folders = {}
    for place, fault in enumerate(GLUON_FAULTS):
        folder = planted(fault, "gluon", tmp_path / f"fault {place}")
        folders[fault.name] = folder.rename(folder.with_name(f"out {place}"))
    found = checked(folders.values())
    one_by_one = ((fault, folders[fault.name]) for fault in GLUON_FAULTS)
    survivors = [survived(fault, *found[folder.name], folder) for fault, folder in one_by_one]
    assert not any(survivors), "\n".join(filter(None, survivors))


CODE_FAULTS = [
    ("residual_cnn", "strides=stride)", "strides=1)", "stopped"),
    ("mlp", "nn.Dense(10)", "nn.Dense(11)", "loading the file weights"),
    ("mlp", "nn.Dense(10)", "nn.Dense(10, use_bias=False)", "1.bias"),
]  # fmt: skip
"""What no other drawing's code has: shapes that do not fit."""


def test_faults_in_the_code_are_found_and_named(tmp_path: Path) -> None:
    for place, (name, before, after, _) in enumerate(CODE_FAULTS):
        path = export_folder(NETWORKS[name]().program(), {}, "gluon", tmp_path / str(place))
        text = path.read_text(encoding="utf-8")
        assert before in text, text
        path.write_text(text.replace(before, after), encoding="utf-8")
    found = checked(tmp_path / str(place) for place in range(len(CODE_FAULTS)))
    for place, (_, _, after, named) in enumerate(CODE_FAULTS):
        code, output = found[str(place)]
        assert code == 1 and named in output, f"{after}: {output}"


def test_weights_are_read_by_mxnet_as_they_were_written(tmp_path: Path) -> None:
    arrays: dict[str, Array] = {
        "a.b": np.arange(6, dtype=np.float32).reshape(2, 3),
        "scalar": np.array(2.5, np.float32),
        "empty": np.zeros((0, 3), np.float32),
        "whole": np.array([1, -2], np.int64),
    }
    save_ndarrays(tmp_path / "some.params", arrays)
    read = (
        "import numpy as np; from mxnet import npx; npx.set_np(); "
        f"d = npx.load({str(tmp_path / 'some.params')!r}); "
        "print({k: (str(np.dtype(v.dtype)), v.shape, v.tolist()) for k, v in d.items()})"
    )
    done = subprocess.run([PYTHON, "-W", "ignore", "-c", read], capture_output=True, text=True, check=False)
    expected = {name: (one.dtype.name, one.shape, one.tolist()) for name, one in arrays.items()}
    assert done.stdout.strip() == str(expected), done.stderr


def test_a_changed_missing_or_further_tensor_is_found(tmp_path: Path) -> None:
    program = NETWORKS["mlp"]().program()
    shapes = {"0.weight": (256, 20), "0.bias": (256,), "1.weight": (10, 256), "1.bias": (10,)}
    zeros = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    cases = {
        "changed": (zeros, "tensor 1.bias, file weights"),
        "missing": ({name: one for name, one in zeros.items() if name != "1.bias"}, "the file lacks 1.bias"),
        "further": ({**zeros, "4.bias": zeros["1.bias"]}, "the network has no 4.bias"),
    }
    for name, (arrays, _) in cases.items():
        path = export_folder(program, {}, "gluon", tmp_path / name)
        save_ndarrays(path.with_name("weights.params"), arrays)
    found = checked(tmp_path / name for name in cases)
    for name, (_, named) in cases.items():
        assert found[name][0] == 1 and named in found[name][1], found[name][1]


def test_the_vision_transformer_takes_batches_of_any_size(tmp_path: Path) -> None:
    path, batches = tmp_path / "net.py", [1, 2, 5]
    written = export_code(program_of(template("vit-b-16").small()), "gluon")
    path.write_text(written.text, encoding="utf-8")
    done = subprocess.run(
        [PYTHON, "-W", "ignore", str(Path(__file__).with_name("batches.py"))],
        input=json.dumps([str(path), "VisionTransformerB16", (3, 64, 64), batches]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == batches
