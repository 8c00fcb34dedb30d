"""The exported folder: what it holds, that it appears whole, and what it never overwrites."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from core.engine.weights import initial
from core.export import ExportError
from core.export.folder import export_folder, file_stem
from core.export.proof import WHOLE, prove, random_tensor
from core.export.pytorch.printer import PYTORCH
from core.export.walk import walk
from tests.export.networks import NETWORKS, Drawing, lenet5, mlp, mlp_class


def names(directory: Path) -> set[str]:
    return {entry.name for entry in directory.iterdir()}


def test_a_folder_holds_code_weights_sample_and_check(tmp_path: Path) -> None:
    path = export_folder(mlp().program(), {}, "pytorch", tmp_path / "out")
    assert path == tmp_path / "out" / "mlp.py"
    assert names(tmp_path / "out") == {"mlp.py", "weights.safetensors", "sample.npz", "check.py"}
    assert names(tmp_path) == {"out"}


@pytest.mark.parametrize("name", NETWORKS)
def test_check_compiles_and_says_at_its_top_what_it_needs(name: str, tmp_path: Path) -> None:
    export_folder(NETWORKS[name]().program(), {}, "pytorch", tmp_path / "out")
    text = (tmp_path / "out" / "check.py").read_text(encoding="utf-8")
    compile(text, "check.py", "exec")
    assert "pip install numpy torch" in text.splitlines()[2]
    assert formatted(text) == text
    assert not {"<FILE>", "<MAKER>", "<INPUTS>", "<OUTPUTS>", "<SEED>"} & set(text.split())


def formatted(text: str) -> str:
    """The text as black formats it; as it is where black is not installed."""
    if find_spec("black") is None:
        return text
    black = import_module("black")
    return str(black.format_str(text, mode=black.Mode()))


def test_weights_stand_under_the_framework_s_names(tmp_path: Path) -> None:
    program = mlp_class().program()
    weights = initial(program, None, 7)
    export_folder(program, weights, "pytorch", tmp_path / "out")
    saved = load_file(tmp_path / "out" / "weights.safetensors")
    assert set(saved) == {
        f"{i}.{layer}.{kind}" for i in "01" for layer in ("hidden", "out") for kind in ("weight", "bias")
    }
    np.testing.assert_array_equal(saved["1.hidden.weight"], weights["second/MLP/hidden/weight"])
    assert saved["1.hidden.weight"].dtype == np.float32


def test_whoever_may_read_the_code_may_read_the_weights(tmp_path: Path) -> None:
    code = export_folder(mlp().program(), {}, "pytorch", tmp_path / "out")
    modes = {entry.stat().st_mode for entry in code.parent.iterdir()}
    assert modes == {code.stat().st_mode}


def test_gradients_in_the_sample_are_the_derivative_of_its_outputs(tmp_path: Path) -> None:
    program = mlp().program()
    proof = prove(program, walk(program, PYTORCH.dialect), PYTORCH.dialect, {})
    sample = {key.removeprefix("random/"): array for key, array in proof.sample.items()}
    x, first, second = (
        sample["input/x"],
        random_tensor("0.weight", (256, 20)),
        random_tensor("2.weight", (10, 256)),
    )
    hidden = np.maximum(x @ first.T + random_tensor("0.bias", (256,)), 0)
    np.testing.assert_allclose(sample["output/y"], hidden @ second.T + random_tensor("2.bias", (10,)))
    dy = sample["cotangent/y"]
    np.testing.assert_allclose(sample["gradient/2.weight"], dy.T @ hidden)
    np.testing.assert_allclose(sample["gradient/input x"], ((dy @ second) * (hidden > 0)) @ first)


def test_random_tensors_hide_nothing() -> None:
    vector, matrix = random_tensor("a", (1000,)), random_tensor("a", (40, 25))
    assert vector.min() >= 0.5 and vector.max() <= 2
    assert not np.isin(matrix, (0, 1)).any() and abs(matrix.std() - 0.2) < 0.02
    assert not np.array_equal(vector, random_tensor("b", (1000,)))


def test_a_large_tensor_is_recorded_at_many_places_and_by_its_norm() -> None:
    drawing = Drawing("wide")
    drawing.node("x", "Input", shape="B, 300")
    drawing.node("fc", "Linear", out_features=300)
    drawing.node("y", "Output")
    drawing.chain("x", "fc", "y")
    program = drawing.program()
    sample = prove(program, walk(program, PYTORCH.dialect), PYTORCH.dialect, {}).sample
    places, values = sample["random/gradient/weight:at"], sample["random/gradient/weight:values"]
    whole = sample["cotangent/y"].T @ sample["input/x"]
    assert len(places) == WHOLE and "random/gradient/weight" not in sample
    np.testing.assert_allclose(whole.reshape(-1)[places], values)
    np.testing.assert_allclose(sample["random/gradient/weight:norm"], np.linalg.norm(whole))
    assert tuple(sample["random/gradient/weight:shape"]) == (300, 300)


def test_in_training_a_dropout_divides_by_what_it_keeps() -> None:
    drawing = Drawing("dropped")
    drawing.node("x", "Input", shape="3, 5")
    drawing.node("drop", "Dropout", p=0.2)
    drawing.node("y", "Output")
    drawing.chain("x", "drop", "y")
    program = drawing.program()
    sample = prove(program, walk(program, PYTORCH.dialect), PYTORCH.dialect, {}).sample
    np.testing.assert_allclose(sample["file/train/y"], sample["input/x"] / 0.8)
    np.testing.assert_array_equal(sample["file/output/y"], sample["input/x"])


def test_an_earlier_export_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export_folder(mlp().program(), {}, "pytorch", out)
    (out / "__pycache__").mkdir()
    export_folder(lenet5().program(), {}, "pytorch", out)
    assert names(out) == {"lenet5.py", "weights.safetensors", "sample.npz", "check.py"}
    assert names(tmp_path) == {"out"}


def test_a_folder_with_anything_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(
        ExportError, match="holds other files; an empty folder or an earlier export would fit"
    ):
        export_folder(mlp().program(), {}, "pytorch", tmp_path)
    export_folder(mlp().program(), {}, "pytorch", tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(ExportError, match="holds other files"):
        export_folder(mlp().program(), {}, "pytorch", tmp_path / "out")
    assert "notes.txt" in names(tmp_path / "out")


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(ExportError, match="is a file; a folder is written"):
        export_folder(mlp().program(), {}, "pytorch", tmp_path / "out")


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    export_folder(mlp().program(), {}, "pytorch", out)
    before = (out / "mlp.py").read_bytes()

    def full(*arguments: object, **keywords: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        export_folder(lenet5().program(), {}, "pytorch", out)
    assert names(tmp_path) == {"out"} and (out / "mlp.py").read_bytes() == before


def test_a_design_with_problems_writes_nothing(tmp_path: Path) -> None:
    drawing = Drawing("empty")
    with pytest.raises(ExportError, match="the network has no Input"):
        export_folder(drawing.program(), {}, "pytorch", tmp_path / "out")
    assert not names(tmp_path)


@pytest.mark.parametrize(
    ("name", "stem"),
    [("torch", "torch_"), ("json", "json2"), ("check", "check_"), ("LeNet-5", "lenet5"), ("★", "network")],
)
def test_the_code_s_file_hides_no_module_that_is_imported(name: str, stem: str) -> None:
    assert file_stem(Drawing(name).program()) == stem
