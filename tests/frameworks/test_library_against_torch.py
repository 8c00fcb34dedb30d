"""Every entry of the library that ships is, exported, the same network in PyTorch."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from core import edits
from core.engine.weights import initial
from core.export.folder import export_folder
from core.expression import Value
from core.program import build_program
from core.resolve import Resolver
from tests.core.drawing import named
from tests.core.test_library import ENTRIES, holding
from tests.frameworks.checking import checked

pytest.importorskip("torch")

SMALL: dict[str, dict[str, Value]] = {
    "InceptionBlock": {"c1": 4, "c3": (3, 5), "c5": (2, 4), "pool": 3},
    "PatchEmbedding": {"patch": 4, "width": 6},
    "TransformerEncoderLayer": {"hidden": 16, "norm_first": True, "activation": "gelu", "causal": True},
    "TransformerDecoderLayer": {"hidden": 16},
    "Bidirectional": {"merge": "mul"},
}


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_an_entry_is_the_same_network_in_pytorch(name: str, tmp_path: Path) -> None:
    document, instance, module = holding(name)
    if document.node(named(document, "x").id).arguments["shape"] == "B, 32, 16, 16":
        edits.set_argument(document, named(document, "x").id, "shape", "B, 4, 8, 8")
    declared = {argument.name for argument in document.module(module).arguments}
    small = SMALL.get(name, {"width": 4, "channels": 4, "growth": 3})
    with document.edit("Small"):
        node = document.node(instance)
        given = {key: value for key, value in small.items() if key in declared}
        document.put(replace(node, arguments={**node.arguments, **given}))
    program = build_program(document, Resolver(document))
    export_folder(program, initial(program, program.symbols, 0), "pytorch", tmp_path / "out")
    code, output = checked(tmp_path / "out")
    assert code == 0, output
