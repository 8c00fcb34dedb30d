"""The text's networks and the well-known ones as people read them: golden files of whole templates."""

from pathlib import Path

import pytest

from core.export import export_code
from core.templates import template
from tests.export.networks import program_of

GOLDEN = Path(__file__).parent / "golden"

TEXT = ("mlp", "mlp-class")
KNOWN = ("chimera", "resnet-18", "lstm-classifier", "gpt-2")

CASES = [
    *(("pytorch", key, "") for key in KNOWN),
    *(("pytorch-lazy", key, "lazy/") for key in TEXT),
    *(("gluon", key, "gluon/") for key in (*TEXT, *KNOWN)),
]


def file_of(key: str) -> str:
    """`resnet-18` is in resnet18, `lstm-classifier` in lstm_classifier."""
    stem, _, end = key.partition("-")
    return f"{stem}{end}.py.txt" if end.isdigit() else f"{key.replace('-', '_')}.py.txt"


@pytest.mark.parametrize(("target", "key", "folder"), CASES)
def test_templates_read_as_they_were_approved(target: str, key: str, folder: str) -> None:
    text = export_code(program_of(template(key).document()), target).text
    assert text == (GOLDEN / folder / file_of(key)).read_text(encoding="utf-8")
    compile(text, file_of(key), "exec")
