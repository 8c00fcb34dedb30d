"""PyTorch's lazy style is the same network, and the text's chain in it reads as the text has it."""

from pathlib import Path
from typing import Any

import pytest

from core.export import ExportError, export_code
from core.export.folder import export_folder
from core.templates import Template, template, templates
from tests.export.networks import program_of
from tests.frameworks.checking import checked

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


@pytest.mark.parametrize("target", ["pytorch", "pytorch-lazy"])
@pytest.mark.parametrize("key", ["mlp", "mlp-class"])
def test_the_text_s_network_prints_its_shape_and_has_its_parameters(
    target: str, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = export_code(program_of(template(key).document()), target).text
    assert ("nn.Lazy" in text) == (target == "pytorch-lazy")
    scope: dict[str, object] = {"__name__": "__main__"}
    exec(compile(text, "exported.py", "exec"), scope)
    assert capsys.readouterr().out == "torch.Size([2, 10])\n"
    model: Any = scope["model"]
    assert sum(one.numel() for one in model.parameters()) == 7946  # 20·256 + 256 + 256·10 + 10


def test_first_values_have_no_place_in_it() -> None:
    with pytest.raises(ExportError, match="gives first values"):
        export_code(program_of(template("initialisers").document()), "pytorch-lazy")
