"""PyTorch's lazy style is the same network, and the text's chain in it reads as the text has it."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engine.weights import initial, slots_of
from core.export import ExportError, export_code
from core.export.folder import export_folder
from core.export.pytorch.lazy import PYTORCH_LAZY
from core.export.tensors import kept_tensors
from core.export.walk import walk
from core.initialise import Constant
from core.templates import Template, template, templates
from tests.export.networks import program_of
from tests.export.random_initials import random_initials
from tests.export.structures import STRUCTURES
from tests.frameworks.checking import checked
from tests.frameworks.faults import FAULTS
from tests.frameworks.planting import Design, Fault, designs_of, faults_in, planted, survived, unchanged

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

# PyTorch says of its lazy modules that they may change.
pytestmark = pytest.mark.filterwarnings("ignore:Lazy modules are a new feature:UserWarning")


@pytest.mark.parametrize("which", templates(), ids=lambda one: one.id)
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


def test_first_values_are_given_when_the_layers_know_their_sizes() -> None:
    said = 0
    for seed in range(60):
        program = program_of(random_initials(seed))
        if any(one.ties for one in program.definitions.values()):
            continue
        scope: dict[str, Any] = {"__name__": "__main__"}
        with redirect_stdout(StringIO()):
            exec(compile(export_code(program, "pytorch-lazy").text, "exported.py", "exec"), scope)
        state, ours, slots = scope["model"].state_dict(), initial(program, None, 0), slots_of(program)
        for one in kept_tensors(walk(program, PYTORCH_LAZY.dialect), program, PYTORCH_LAZY.dialect):
            slot = slots.get(one.slots[0])
            if slot is not None and slot.learnt and isinstance(slot.tensor.initialiser, Constant):
                np.testing.assert_array_equal(ours[one.slots[0]], state[one.name].numpy(), one.name)
                said += slot.tensor.initialiser.value != 0
    assert said > 100


def test_a_lazy_layer_that_waits_for_more_than_a_tied_parameter_is_refused() -> None:
    with pytest.raises(ExportError, match=r"decoder has another's parameter, which no lazy layer waits for"):
        export_code(program_of(STRUCTURES["ties"]()), "pytorch-lazy")


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
