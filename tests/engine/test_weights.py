"""Weights: first values, files, and following what is regrouped."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from core import edits
from core.document import Change, Rename
from core.engine import memory
from core.engine.chance import generator
from core.engine.network import PlanError
from core.engine.run import run
from core.engine.weightfile import WeightsError, load_weights, save_weights
from core.engine.weights import follow, initial
from core.initialise import Array
from core.resolve import Resolver
from core.templates import template

from .designs import MLP, chain, program_of


def test_chance_is_the_same_on_every_machine() -> None:
    # Philox 4×64-10 of NumPy, keyed by BLAKE2b: pinned so that no release changes a user's weights.
    assert generator(0, "initial", "a/weight").integers(0, 1000, 4).tolist() == [787, 624, 79, 124]


def test_names_are_not_run_together() -> None:
    assert generator(0, "a", "b").random() != generator(0, "ab").random()
    assert generator(0, "a").random() != generator(1, "a").random()


def test_first_values_of_a_linear_layer_are_pytorchs() -> None:
    values = initial(program_of(chain("B, 100", ("Linear", {"out_features": 1000}))), None, 0)
    for array in values.values():
        assert array.dtype == np.float32
        assert 0.099 < np.abs(array).max() <= 0.1  # ±1/√100, nearly reached
        np.testing.assert_allclose(array.std(), 0.1 / np.sqrt(3), rtol=0.05)


def test_weights_that_would_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of(chain("B, 1000", ("Linear", {"out_features": 10**9})))
    monkeypatch.setattr(memory, "available_memory", lambda: 10**9)
    with pytest.raises(
        PlanError, match=r"^holding the weights needs 4\.0 TB of memory, 1\.0 GB are available$"
    ):
        initial(program, None, 0)


def test_weights_come_back_from_their_file(tmp_path: Path) -> None:
    program = program_of(template("residual-cnn").document())
    weights = initial(program, None, 4)
    save_weights(tmp_path / "net.safetensors", program, weights)
    loaded, report = load_weights(tmp_path / "net.safetensors", program)
    assert report.complete and len(report.loaded) == len(weights)
    assert loaded.keys() == weights.keys()
    assert all(np.array_equal(loaded[name], weights[name]) for name in weights)


def test_files_name_tensors_by_the_drawing(tmp_path: Path) -> None:
    program = program_of(chain("B, 4", *MLP))
    save_weights(tmp_path / "w", program, initial(program, None, 0))
    assert set(load_file(tmp_path / "w")) == {"n0.weight", "n0.bias", "n1.weight", "n1.bias"}


def test_loading_is_strict_and_says_what_did_not_fit(tmp_path: Path) -> None:
    program = program_of(chain("B, 4", *MLP))
    tensors: dict[str, Array] = {
        "n0.weight": np.zeros((8, 4), np.float16),
        "n0.bias": np.zeros(9, np.float32),
        "n1.weight": np.zeros((3, 8), np.int64),
        "other.weight": np.zeros(1, np.float32),
    }
    save_file(tensors, tmp_path / "w.safetensors")
    loaded, report = load_weights(tmp_path / "w.safetensors", program)
    assert {name: array.dtype for name, array in loaded.items()} == {"n0/weight": np.dtype(np.float32)}
    assert report.loaded == ("n0.weight",)
    assert report.sentences == (
        "n1.bias is not in the file",
        "n0.bias is 9 float32 in the file, the design has 8 float32",
        "n1.weight is 3×8 int64 in the file, the design has 3×8 float32",
        "other.weight is in the file but not in the design",
    )


@pytest.mark.parametrize("content", [b"", b"not weights", b"\xff" * 100, b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    program = program_of(chain("B, 4", *MLP))
    if content.endswith(b"{}      "):
        assert not load_weights(path, program)[0]
        return
    with pytest.raises(WeightsError, match=r"^w\.safetensors does not hold weights"):
        load_weights(path, program)


def test_element_types_that_numpy_lacks_are_refused(tmp_path: Path) -> None:
    head = b'{"n0.bias":{"dtype":"BF16","shape":[8],"data_offsets":[0,16]}}'
    (tmp_path / "w.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + bytes(16))
    with pytest.raises(WeightsError, match=r"^w\.safetensors does not hold weights"):
        load_weights(tmp_path / "w.safetensors", program_of(chain("B, 4", *MLP)))


def test_a_missing_file_or_folder_is_told(tmp_path: Path) -> None:
    program = program_of(chain("B, 4", *MLP))
    with pytest.raises(WeightsError, match=r"^cannot read .*No such file"):
        load_weights(tmp_path / "none", program)
    with pytest.raises(WeightsError, match=r"^cannot write .*No such file"):
        save_weights(tmp_path / "none" / "w", program, {})


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = program_of(chain("B, 4", *MLP))
    save_weights(tmp_path / "w", program, initial(program, None, 0))
    before = (tmp_path / "w").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WeightsError, match="No space left on device"):
        save_weights(tmp_path / "w", program, initial(program, None, 1))
    assert (tmp_path / "w").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["w"]


def test_trained_weights_follow_grouping_undoing_and_ungrouping() -> None:
    document = chain("B, 4", *MLP)
    resolver = Resolver(document)
    program = program_of(document)
    held = {name: array + 1 for name, array in initial(program, None, 0).items()}
    inputs = {"x": np.ones((2, 4), np.float32)}
    wanted = run(program, held, inputs, 0).outputs["y"]
    kept = [held]

    def listen(change: Change) -> None:
        resolver.update(change)
        kept[0] = follow(kept[0], change.renames, resolver.calls_of)

    document.subscribe(listen)

    def check() -> None:
        result = run(program_of(document), kept[0], inputs, 0)
        assert not result.drawn
        assert np.array_equal(result.outputs["y"], wanted)

    instance = edits.group(document, ["n0", "n1"], "Body")
    assert set(kept[0]) == {f"{instance}/{name}" for name in held}
    check()
    document.undo()
    assert kept[0].keys() == held.keys()
    check()
    document.redo()
    check()
    edits.ungroup(document, instance)
    check()


def test_renames_apply_in_every_call_and_only_to_whole_ids() -> None:
    array = np.zeros(1)
    old = {"a/n/weight": array, "b/n/weight": array, "a/nn/weight": array, "n/weight": array}
    renames = [Rename("block", ("n",), ("i", "n")), Rename("block", ("i",), ("j",))]
    moved = follow(old, renames, {"block": [("a",), ("b",)]}.__getitem__)
    assert set(moved) == {"a/j/n/weight", "b/j/n/weight", "a/nn/weight", "n/weight"}
