"""The command line does the main job, and refuses with one sentence, its place and an exit code."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from core.document import Document
from core.expression import Value
from core.files import dumps, load, save
from core.ops import jit
from core.record import ROOT, Module, Node, Record, Wire
from core.templates import templates
from core.text import set_language
from tests.templates.books import BOOKS
from tests.templates.counts import PUBLISHED

ROOT_FOLDER = Path(__file__).parents[2]
TEMPLATES = [entry.id for entry in templates()]


@dataclass
class Answer:
    """What a command printed and its exit code."""

    code: int
    out: str
    err: str


Say = Callable[..., Answer]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Say:
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Answer:
        code = main(arguments)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


def chain(*nodes: tuple[str, Mapping[str, Value]]) -> Document:
    """A design whose root is a chain of these layers."""
    records: list[Record] = [Module(id=ROOT, name="N")]
    for i, (kind, arguments) in enumerate(nodes):
        records.append(
            Node(id=f"n{i}", module=ROOT, kind=kind, name=f"{kind.lower()}{i}", arguments=arguments)
        )
        if i:
            records.append(
                Wire(
                    id=f"w{i}",
                    module=ROOT,
                    source=f"n{i - 1}",
                    source_port="y",
                    target=f"n{i}",
                    target_port="x",
                )
            )
    return Document(records)


def linear(**arguments: Value) -> Document:
    return chain(("Input", {"shape": "B, 20", "sizes": "B=2"}), ("Linear", arguments), ("Output", {}))


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_goes_the_whole_way(say: Say, tmp_path: Path, template: str) -> None:
    small = ("--setting", "small") if template in BOOKS else ()
    assert say("new", template, "-o", "a.loom", *small).code == 0
    checked = say("check", "a.loom")
    assert checked.code == 0
    # A U-Net halves images four times and a table of positions has an end: where sizes are free, it is said.
    assert all("which depends on the sizes" in line for line in checked.out.splitlines())
    summary = json.loads(say("summary", "a.loom", "--json").out)
    layers = [
        call
        for call in summary["calls"]
        if not any(o["path"].startswith(call["path"] + ".") for o in summary["calls"])
    ]
    assert sum(call["parameters"] for call in layers) == summary["total"]["parameters"]
    assert sum(call["macs"] for call in layers) == summary["total"]["macs"]
    ran = say("run", "a.loom", "--backward", "--json", "--save", "values.npz")
    assert ran.code == 0, ran.err
    result = json.loads(ran.out)
    assert result["outputs"] and result["parameter_gradients"]
    with np.load(tmp_path / "values.npz") as values:
        counted = sum(values[name].size for name in values.files if name.startswith("parameter_gradient/"))
    assert counted == summary["total"]["parameters"]
    assert say("export", "a.loom", "--to", "pytorch", "-o", "a.py").code == 0
    compile((tmp_path / "a.py").read_text(), "a.py", "exec")
    assert say("export", "a.loom", "--to", "pytorch", "-o", "folder").code == 0
    assert (tmp_path / "folder" / "check.py").exists()


def test_a_design_is_exported_as_a_model_alone_or_with_its_proof(say: Say, tmp_path: Path) -> None:
    say("new", "mlp", "-o", "a.loom")
    assert say("export", "a.loom", "--to", "onnx", "-o", "a.onnx").code == 0
    # 7,946 parameters of 4 bytes, and the graph around them.
    assert 7946 * 4 < (tmp_path / "a.onnx").stat().st_size < 7946 * 4 + 2000
    for _ in range(2):  # over an earlier export
        assert say("export", "a.loom", "--to", "onnx", "-o", "folder").code == 0
    found = {file.name for file in (tmp_path / "folder").iterdir()}
    assert found == {"model.onnx", "sample.npz", "check.py"}
    assert "ending in .onnx, got a.py" in say("export", "a.loom", "--to", "onnx", "-o", "a.py").err
    assert "ending in .py, got b.onnx" in say("export", "a.loom", "--to", "pytorch", "-o", "b.onnx").err
    assert say("export", "a.loom", "--to", "pytorch", "-o", "folder").code == 1
    assert not (tmp_path / "b.onnx").exists() and not (tmp_path / "a.py").exists()


def test_a_hint_is_said_and_is_no_fault(say: Say) -> None:
    nodes = (
        ("Input", {"shape": "B, 3, 8, 8"}),
        ("MaxPool2d", {"kernel_size": 2}),
        ("Linear", {"out_features": 5}),
    )
    save(chain(*nodes, ("Output", {})), Path("a.loom"))
    answer = say("check", "a.loom")
    assert answer.code == 0
    assert answer.out.startswith("hint: ") and "insert Flatten before" in answer.out
    assert say("summary", "a.loom").code == say("run", "a.loom").code == 0
    assert say("export", "a.loom", "--to", "pytorch", "-o", "a.py").code == 0


def test_the_texts_network_has_its_published_counts(say: Say) -> None:
    """256·20 + 256 + 10·256 + 10 = 7,946 (Dive into Deep Learning, 6.1)."""
    say("new", "mlp", "-o", "a.loom")
    summary = json.loads(say("summary", "a.loom", "--json").out)
    assert [call["output"] for call in summary["calls"]] == ["B×256", "B×256", "B×10"]
    assert summary["total"] == {
        "parameters": 7946,
        "macs": 256 * 20 + 10 * 256,
        "memory": 4 * (256 + 256 + 10),
    }


def test_lenet_has_its_published_count(say: Say) -> None:
    """61,706 = 156 + 2,416 + 48,120 + 10,164 + 850, for 28×28 digits padded by 2."""
    say("new", "lenet5", "-o", "a.loom")
    assert json.loads(say("summary", "a.loom", "--json").out)["total"]["parameters"] == 61706


def test_a_run_depends_on_its_seed_and_batch_alone(say: Say) -> None:
    say("new", "mlp", "-o", "a.loom")
    first = json.loads(say("run", "a.loom", "--json", "--seed", "3").out)["outputs"]
    assert json.loads(say("run", "a.loom", "--json", "--seed", "3").out)["outputs"] == first
    assert json.loads(say("run", "a.loom", "--json", "--seed", "4").out)["outputs"] != first
    assert json.loads(say("run", "a.loom", "--json", "--batch", "5").out)["outputs"]["y"]["shape"] == [5, 10]
    assert json.loads(say("run", "a.loom", "--json", "--dim", "B=7").out)["outputs"]["y"]["shape"] == [7, 10]


def test_lenet_runs_on_the_bundled_digits(say: Say) -> None:
    say("new", "lenet5", "-o", "a.loom")
    ran = say("run", "a.loom", "--input", "image=digits", "--input", "label=digits", "--backward", "--json")
    # An untrained network of ten classes guesses: its loss is about ln 10 = 2.30.
    assert json.loads(ran.out)["outputs"]["mean_loss"]["values"] == pytest.approx(np.log(10), abs=0.1)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (dumps(linear(out_features=3))[:-40], "a.loom: .*cut off"),
        (b"\x89PNG", "a.loom: this is not JSON"),
        (b'{"nodes": []}', "a.loom: this is not a Layerloom design"),
        (b'{"layerloom": [9, 0], "records": []}', "version 9.0, this program reads 1.x"),
        (
            dumps(linear(out_features=3)).replace(b'"n1"', b"17"),
            r"a.loom: records\[\d\]\.\w+: expected str, got int",
        ),
    ],
)
@pytest.mark.parametrize("command", ["check", "summary", "run"])
def test_what_is_no_design_is_refused(
    say: Say, tmp_path: Path, command: str, data: bytes, sentence: str
) -> None:
    (tmp_path / "a.loom").write_bytes(data)
    answer = say(command, "a.loom")
    assert answer.code == 1 and answer.out == ""
    assert answer.err.count("\n") == 1
    assert re.search(sentence, answer.err), answer.err


LOOP = [
    Wire(id="a", module=ROOT, source="n1", source_port="y", target="n2", target_port="x"),
    Wire(id="b", module=ROOT, source="n2", source_port="y", target="n1", target_port="x"),
]


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (chain(("Input", {"shape": "B, 20"}), ("Linaer", {}), ("Output", {})), "linaer1: .*Linaer.*Linear"),
        (Document([*chain(("ReLU", {}), ("ReLU", {}), ("ReLU", {})).records.values(), *LOOP]), "loop"),
        (
            Document([Module(id=ROOT, name="N"), Node(id="n", module=ROOT, kind="@main", name="self")]),
            "itself",
        ),
        (linear(out_features="many"), "linear1, out_features: expected a whole number, got 'many'"),
        (linear(out_features=0), "linear1, out_features: expected at least 1"),
        (linear(out_features=10**12), "linear1, out_features: expected a number up to"),
        (linear(out_features=float("nan")), "linear1, out_features: expected a whole number"),
        (linear(), "linear1.*out_features"),
    ],
)
def test_damage_that_a_design_can_hold_is_a_problem_with_its_place(
    say: Say, tmp_path: Path, document: Document, sentence: str
) -> None:
    save(document, tmp_path / "a.loom")
    answer = say("check", "a.loom")
    assert answer.code == 1
    assert re.search(sentence, answer.out), answer.out
    assert say("summary", "a.loom").code == 1
    exported = say("export", "a.loom", "--to", "pytorch", "-o", "a.py")
    assert exported.code == 1 and exported.err.count("\n") == 1
    assert not (tmp_path / "a.py").exists()


def test_a_dangling_wire_is_told_and_the_rest_still_stands(say: Say, tmp_path: Path) -> None:
    whole = linear(out_features=3)
    wire = Wire(id="d", module=ROOT, source="gone", source_port="y", target="n1", target_port="z")
    save(Document([*whole.records.values(), wire]), tmp_path / "a.loom")
    answer = say("check", "a.loom")
    assert "repair:" in answer.out
    assert "B×3" in say("summary", "a.loom").out


def test_a_network_too_large_for_memory_is_counted_and_not_run(say: Say, tmp_path: Path) -> None:
    save(linear(out_features=10**9), tmp_path / "a.loom")
    summary = json.loads(say("summary", "a.loom", "--json").out)
    assert summary["total"]["parameters"] == 20 * 10**9 + 10**9
    answer = say("run", "a.loom")
    assert answer.code == 1 and answer.err.count("\n") == 1
    assert re.search(r"needs [\d.]+ [GT]i?B of memory", answer.err)


def sample(path: Path, array: object, **keywords: bool) -> str:
    np.save(path, np.asarray(array), **keywords)
    return f"x={path.name}"


@pytest.mark.parametrize(
    ("name", "array", "sentence"),
    [
        ("shape.npy", np.zeros((2, 21)), "shape.npy is 2×21 of float64, x takes B×20 of float32"),
        ("text.npy", np.array(["a", "b"]), "text.npy holds <U1, x takes B×20 of float32"),
        ("pickle.npy", np.array([{}, None], dtype=object), "pickle"),
    ],
)
def test_a_sample_that_does_not_fit_is_refused(
    say: Say, tmp_path: Path, name: str, array: object, sentence: str
) -> None:
    say("new", "mlp", "-o", "a.loom")
    answer = say("run", "a.loom", "--input", sample(tmp_path / name, array))
    assert answer.code == 1 and answer.err.count("\n") == 1
    assert sentence in answer.err


def test_a_file_that_is_no_image_is_refused(say: Say, tmp_path: Path) -> None:
    say("new", "lenet5", "-o", "a.loom")
    (tmp_path / "a.png").write_text("no image")
    answer = say("run", "a.loom", "--input", "image=a.png")
    assert answer.code == 1 and "a.png" in answer.err and answer.err.count("\n") == 1
    assert say("run", "a.loom", "--input", "image=none.png").code == 1
    assert "expected NAME=FILE with one of image, label" in say("run", "a.loom", "--input", "z=a.png").err


def test_a_folder_that_is_not_there_is_refused_and_nothing_is_left(say: Say, tmp_path: Path) -> None:
    assert "No such file" in say("new", "mlp", "-o", "none/a.loom").err
    say("new", "mlp", "-o", "a.loom")
    for output in ("none/a.py", "none/folder/deep"):
        answer = say("export", "a.loom", "--to", "pytorch", "-o", output)
        assert answer.code in (0, 1)
        assert answer.err.count("\n") <= 1
    assert "there is no template" in say("new", "nothing", "-o", "b.loom").err
    assert not (tmp_path / "b.loom").exists()


def test_wrong_usage_ends_with_2(say: Say) -> None:
    assert say("bake").code == 2
    with pytest.raises(SystemExit) as ended:
        say("export", "a.loom")
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--dim", "Q=4"), "--dim: no input has a size Q; there are B"),
        (("--dim", "B"), "--dim: expected NAME=SIZE, got B"),
        (("--dim", "B=0"), "--dim: expected NAME=SIZE, got B=0"),
        (("--dim", "B=3", "--batch", "4"), "--batch: B is 4 here and 3 before"),
        (("--batch", "3", "--input", "x=five.npy"), "--input: B is 5 in the sample, the options say 3"),
        (("--input", "x=five.npy", "--input", "x=five.npy"), "--input: x is given twice"),
    ],
)
def test_sizes_that_contradict_are_refused(
    say: Say, tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    say("new", "mlp", "-o", "a.loom")
    sample(tmp_path / "five.npy", np.zeros((5, 20), np.float32))
    assert say("run", "a.loom", *options) == Answer(1, "", sentence + "\n")
    assert say("run", "a.loom", "--batch", "5", "--input", "x=five.npy").code == 0


@pytest.mark.parametrize("option", ["--batch", "--seed"])
def test_what_is_no_number_is_said_in_words(
    say: Say, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        say("run", "a.loom", option, "many")
    assert ended.value.code == 2
    assert re.search("expected a whole number.*, got many", capsys.readouterr().err)


def test_a_condition_is_told_and_is_no_error(say: Say, tmp_path: Path) -> None:
    """Whether 2·(H//2) is H depends on H: even heights run, odd ones do not."""
    document = chain(
        ("Input", {"shape": "B, 1, H, 4", "sizes": "B=2, H=6"}),
        ("MaxPool2d", {"kernel_size": 2}),
        ("ConvTranspose2d", {"out_channels": 1, "kernel_size": 2, "stride": 2}),
        ("Add", {}),
        ("Output", {}),
    )
    wires = [wire for wire in document.wires(ROOT) if wire.target != "n3"]
    ends = [("n2", "x1"), ("n0", "x2")]
    wires += [
        Wire(id=port, module=ROOT, source=node, source_port="y", target="n3", target_port=port)
        for node, port in ends
    ]
    kept = [record for record in document.records.values() if not isinstance(record, Wire)]
    save(Document([*kept, *wires]), tmp_path / "a.loom")
    checked = say("check", "a.loom")
    assert checked.code == 0 and "add3: needs 2*(H//2) = H, which depends on the sizes" in checked.out
    assert say("run", "a.loom").code == 0
    odd = say("run", "a.loom", "--dim", "H=5")
    assert odd.code == 1 and "add3" in odd.err


def test_a_row_for_each_use_of_a_module(say: Say) -> None:
    say("new", "residual-cnn", "-o", "a.loom")
    calls = json.loads(say("summary", "a.loom", "--json").out)["calls"]
    outputs = {call["path"]: call["output"] for call in calls if call["path"].endswith(".conv1")}
    assert outputs == {
        "block1.conv1": "B×16×32×32",
        "block2.conv1": "B×32×16×16",
        "block3.conv1": "B×32×16×16",
    }
    assert all(set(call) == {"path", "layer", "output", "parameters", "macs", "memory"} for call in calls)
    assert {call["layer"] for call in calls if call["path"] in ("block1", "block2")} == {"Block"}


def test_a_folder_is_no_design_and_one_with_files_is_not_written_into(say: Say, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine.txt").write_text("mine")
    assert say("check", "folder") == Answer(1, "", "folder: cannot read folder: Is a directory\n")
    say("new", "mlp", "-o", "a.loom")
    refused = say("export", "a.loom", "--to", "pytorch", "-o", "folder")
    assert refused.code == 1 and "folder holds other files" in refused.err
    assert [file.name for file in (tmp_path / "folder").iterdir()] == ["mine.txt"]


def test_output_that_nobody_reads_or_that_finds_no_room_ends_quietly() -> None:
    command = f"{sys.executable} -m app layers"
    gone = subprocess.run(
        ["sh", "-c", f"({command}; echo $? >&2) | true"],
        cwd=ROOT_FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert gone.stderr == "0\n"
    full = subprocess.run(
        ["sh", "-c", f"{command} > /dev/full"], cwd=ROOT_FOLDER, capture_output=True, text=True, check=False
    )
    assert (full.returncode, full.stderr) == (1, "cannot write the output: No space left on device\n")


def test_help_is_in_the_users_language(say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    set_language({"list the templates": "列出範本", "a design (.loom)": "一個設計"})
    try:
        for arguments, text in ((["--help"], "列出範本"), (["check", "--help"], "一個設計")):
            with pytest.raises(SystemExit):
                say(*arguments)
            assert text in capsys.readouterr().out
    finally:
        set_language({})


def test_a_picture_is_drawn_without_a_display(tmp_path: Path) -> None:
    pytest.importorskip("PySide6")
    run = subprocess.run(
        [sys.executable, "-m", "app", "picture", "assets/templates/mlp.loom", "-o", str(tmp_path / "圖.svg")],
        cwd=ROOT_FOLDER,
        env={"PATH": "/usr/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "<svg" in (tmp_path / "圖.svg").read_text()


def test_every_layer_is_listed_with_its_help(say: Say) -> None:
    lines = say("layers").out.splitlines()
    assert any(line.startswith("Linear(") and "out_features" in line for line in lines)
    assert all(": " in line for line in lines)


def test_without_a_display_the_main_job_is_done_on_the_terminal() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=ROOT_FOLDER,
        env={"PATH": "/usr/bin", "HOME": "/tmp", jit.VARIABLE: os.environ[jit.VARIABLE]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "7,946" in run.stdout and "class" not in run.stderr
    assert "nn.Linear(20, 256)" in run.stdout and "gradient of parameter" in run.stdout


def test_the_command_line_needs_no_qt() -> None:
    code = "import sys; sys.modules['PySide6'] = None; from app.cli import main; sys.exit(main(['layers']))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT_FOLDER, capture_output=True, check=False)
    assert run.returncode == 0


@pytest.mark.parametrize("name", ["x.txt", "weights.h5", "net.safetensors", "model.ONNX"])
def test_an_export_into_a_file_of_another_ending_makes_no_folder_of_that_name(
    say: Say, tmp_path: Path, name: str
) -> None:
    say("new", "mlp", "-o", "a.loom")
    told = say("export", "a.loom", "--to", "pytorch", "-o", name)
    assert told.code == 1 and told.err == f"expected a folder or a file ending in .py, got {name}\n"
    assert not (tmp_path / name).exists()
    (tmp_path / name).mkdir()  # who made a folder of that name means it
    assert say("export", "a.loom", "--to", "pytorch", "-o", name).code == 0


def test_an_export_s_folder_may_have_a_version_in_its_name(say: Say, tmp_path: Path) -> None:
    say("new", "mlp", "-o", "a.loom")
    for name in ("net.v2", "net-1.0"):
        assert say("export", "a.loom", "--to", "pytorch", "-o", name).code == 0
        assert (tmp_path / name / "check.py").exists()


def test_a_design_with_chinese_names_is_saved_and_exported(say: Say, tmp_path: Path) -> None:
    say("new", "mlp", "-o", "a.loom")
    text = (tmp_path / "a.loom").read_text().replace('"name":"hidden"', '"name":"隱藏層"')
    folder = tmp_path / "網路"
    folder.mkdir()
    (folder / "設計.loom").write_text(text)
    assert "隱藏層" in say("summary", "網路/設計.loom").out
    assert say("export", "網路/設計.loom", "--to", "pytorch", "-o", "網路/出").code == 0
    assert load(folder / "設計.loom").nodes(ROOT)


def parameters(say: Say) -> object:
    """How many there are in a.loom."""
    return json.loads(say("summary", "a.loom", "--json").out)["total"]["parameters"]


def test_new_takes_a_setting_and_values(say: Say) -> None:
    assert say("new", "resnet-50", "-o", "a.loom", "--set", "depths=[3, 8, 36, 3]").code == 0
    assert parameters(say) == PUBLISHED["resnet-152"][0]
    assert (
        say("new", "vae", "-o", "a.loom", "--setting", "small", "--set", "code=2", "--set", "B=5").code == 0
    )
    hidden, code = 32, 2
    encoder = 784 * hidden + hidden + hidden * 2 * code + 2 * code
    assert parameters(say) == encoder + code * hidden + hidden + hidden * 784 + 784


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--setting", "tiny"), "there is no setting tiny; there are: small\n"),
        (("--set", "code"), "--set takes NAME=VALUE, got code\n"),
        (("--set", "code=0"), "code: expected at least 1, got 0\n"),
        (("--set", "depth=3"), "there is no argument or size depth; there are: hidden, code, B\n"),
    ],
)
def test_new_says_what_is_wrong_with_a_setting(
    say: Say, tmp_path: Path, options: tuple[str, str], sentence: str
) -> None:
    assert say("new", "vae", "-o", "a.loom", *options) == Answer(1, "", sentence)
    assert not (tmp_path / "a.loom").exists()
