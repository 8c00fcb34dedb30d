"""The text's networks and the well-known ones as people read them: golden files of whole templates."""

from pathlib import Path

import pytest

from core.export import export_code
from core.export.code import FRAMEWORKS
from core.templates import template
from tests.export.networks import program_of

GOLDEN = Path(__file__).parent / "golden" / "templates"

READ = ("mlp", "mlp-class", "chimera", "resnet-18", "lstm-classifier", "gpt-2")


@pytest.mark.parametrize("key", READ)
@pytest.mark.parametrize("target", FRAMEWORKS)
def test_templates_read_as_they_were_approved(target: str, key: str) -> None:
    text = export_code(program_of(template(key).document()), target).text
    assert text == (GOLDEN / target / f"{key}.py.txt").read_text(encoding="utf-8")
    compile(text, f"{key}.py", "exec")
