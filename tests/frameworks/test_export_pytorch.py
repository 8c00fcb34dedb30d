"""Exports to PyTorch are the network that was drawn: check.py says so, and finds what was changed."""

from pathlib import Path

import pytest

from core.export import export_code
from core.export.folder import export_folder
from core.layers import LAYERS
from core.program import Program
from tests.export.networks import mlp, one_layer
from tests.frameworks.checking import checked

torch = pytest.importorskip("torch")

PLAIN = sorted(name for name, layer in LAYERS.items() if not layer.structural)


def passes(program: Program, folder: Path) -> None:
    export_folder(program, {}, "pytorch", folder)
    code, output = checked(folder)
    assert code == 0, f"{output}\n{export_code(program, 'pytorch').text}"


@pytest.mark.parametrize("kind", PLAIN)
def test_every_layer_s_example_passes_its_check(kind: str, tmp_path: Path) -> None:
    passes(one_layer(kind).program(), tmp_path / "out")


def test_the_text_s_network_passes_its_check(tmp_path: Path) -> None:
    passes(mlp().program(), tmp_path / "out")


@pytest.mark.parametrize("kind", PLAIN)
def test_every_layer_passes_its_check_from_its_primitives(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LAYERS[kind], "pytorch", lambda self, *inputs: None)
    program = one_layer(kind).program()
    assert f"class {kind}(nn.Module):" in export_code(program, "pytorch").text
    passes(program, tmp_path / "out")
