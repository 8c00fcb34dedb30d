"""The counts that are shown are the ones that the framework itself counts in the exported model."""

from typing import Any

import pytest

from core.export import export_code
from core.program import build_program
from core.resolve import Resolver
from core.summary import rows, total
from core.templates import template, templates

pytest.importorskip("torch")


@pytest.mark.parametrize("key", [entry.id for entry in templates()])
def test_pytorch_counts_the_parameters_that_the_summary_shows(key: str) -> None:
    document = template(key).small()
    resolver = Resolver(document)
    made: dict[str, Any] = {"__name__": "exported"}
    text = export_code(build_program(document, resolver), "pytorch").text
    exec(compile(text, "exported.py", "exec"), made)
    maker = text.split("model = ")[1].split("(")[0]
    counted = sum(parameter.numel() for parameter in made[maker]().parameters())
    every = list(rows(document, resolver.resolution))
    within = {row.path[:-1] for row in every}
    layers = [row.parameters for row in every if row.path not in within]
    assert sum(layer or 0 for layer in layers) == total(resolver.resolution).parameters == counted
