"""At whole numbers, where hinges bend and maxima are tied, gradients are PyTorch's too."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.export import proof
from core.export.folder import export_folder
from core.initialise import Array
from core.layers import LAYERS
from core.program import Program
from tests.export.networks import one_layer
from tests.frameworks.checking import checked

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

PLAIN = sorted(name for name, layer in LAYERS.items() if not layer.structural and name != "PythonLayer")
drawn = proof.sample_inputs


def whole(program: Program) -> Iterator[tuple[str, Array]]:
    """The sample's inputs, rounded: among so few values each layer meets its kinks and ties."""
    for name, values in drawn(program):
        yield name, np.clip(np.round(values), -2, 2) if values.dtype.kind == "f" else values


def alike(program: Program) -> Iterator[tuple[str, Array]]:
    """The sample's inputs, all numbers being 1."""
    for name, values in drawn(program):
        yield name, np.ones_like(values) if values.dtype.kind == "f" else values


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("inputs", [whole, alike])
def test_gradients_where_a_layer_bends_are_pytorch_s(
    inputs: object, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "sample_inputs", inputs)
    export_folder(one_layer(kind).program(), {}, "pytorch", tmp_path / "out")
    code, output = checked(tmp_path / "out")
    assert code == 0, output
