"""PyTorch's lazy style is the same network, and the text's chain in it reads as the text has it."""

from pathlib import Path

import pytest

from core.export import ExportError, export_code
from core.export.folder import export_folder
from core.templates import Template, template, templates
from tests.export.networks import program_of
from tests.frameworks.checking import checked
from tests.frameworks.faults import FAULTS
from tests.frameworks.planting import Design, Fault, designs_of, faults_in, planted, survived, unchanged

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

# PyTorch says of its lazy modules that they may change.
pytestmark = pytest.mark.filterwarnings("ignore:Lazy modules are a new feature:UserWarning")


@pytest.mark.parametrize(
    "which", [one for one in templates() if one.id != "initialisers"], ids=lambda one: one.id
)
def test_templates_pass_their_check(which: Template, tmp_path: Path) -> None:
    export_folder(program_of(which.small()), {}, "pytorch-lazy", tmp_path / "out")
    code, output = checked(tmp_path / "out")
    assert code == 0, output


def test_the_text_s_chain_has_the_text_s_parameters() -> None:
    scope: dict[str, object] = {}
    text = export_code(program_of(template("mlp").document()), "pytorch-lazy").text
    assert "nn.LazyLinear(256)" in text
    exec(compile(text, "exported.py", "exec"), scope)
    model = scope["mlp"]()  # type: ignore[operator]
    assert model(torch.randn(2, 20)).shape == (2, 10)
    assert sum(one.numel() for one in model.parameters()) == 7946  # 20·256 + 256 + 256·10 + 10


def test_first_values_have_no_place_in_it() -> None:
    with pytest.raises(ExportError, match="gives first values"):
        export_code(program_of(template("initialisers").document()), "pytorch-lazy")


# Planted faults

LAZY_FAULTS = faults_in("pytorch-lazy", FAULTS)


@pytest.mark.parametrize("design", designs_of(LAZY_FAULTS), ids=str)
def test_designs_without_a_fault_pass_their_check(design: Design, tmp_path: Path) -> None:
    code, output = checked(unchanged(design, "pytorch-lazy", tmp_path / "out"))
    assert code == 0, output


@pytest.mark.parametrize("fault", LAZY_FAULTS, ids=str)
def test_a_planted_fault_is_found_and_a_tensor_named(fault: Fault, tmp_path: Path) -> None:
    folder = planted(fault, "pytorch-lazy", tmp_path)
    assert not survived(fault, *checked(folder), folder)
