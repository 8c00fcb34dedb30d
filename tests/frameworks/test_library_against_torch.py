"""Every entry of the library that ships is, exported, the same network in PyTorch."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from core import edits
from core.engine.weights import initial
from core.export import export_code
from core.export.folder import export_folder
from core.expression import Value
from core.program import build_program
from core.resolve import Resolver
from tests.core.drawing import named
from tests.core.test_library import ENTRIES, holding
from tests.frameworks.checking import checked

torch: Any = pytest.importorskip("torch")

SMALL: dict[str, dict[str, Value]] = {
    "InceptionBlock": {"c1": 4, "c3": (3, 5), "c5": (2, 4), "pool": 3},
    "PatchEmbedding": {"patch": 4, "width": 6},
    "TransformerEncoderLayer": {"hidden": 16, "norm_first": True, "activation": "gelu", "causal": True},
    "TransformerDecoderLayer": {"hidden": 16},
    "MaskedTransformerEncoderLayer": {"hidden": 16, "bias": False},
    "MaskedTransformerDecoderLayer": {"hidden": 16, "norm_first": True},
    "Bidirectional": {"merge": "mul"},
    "SeparableConv2d": {
        "channels": 5,
        "padding": "valid",
        "dilation": 2,
        "depth_multiplier": 3,
        "bias": False,
    },
}


THEIR_NAMES = {"attention": "self_attn", "cross": "multihead_attn", "before": "norm"}


def model_of(name: str, given: Mapping[str, Value]) -> Any:
    """The exported class of a network that is the entry with these arguments."""
    document, instance, _ = holding(name)
    with document.edit("Arguments"):
        node = document.node(instance)
        document.put(replace(node, arguments={**node.arguments, **given}))
    scope: dict[str, Any] = {"__name__": "exported"}
    text = export_code(build_program(document, Resolver(document)), "pytorch").text
    exec(text, scope)
    (root,) = re.findall(r"model = (\w+)\(\)", text)
    return scope[root]().eval()


def their_name(key: str) -> str:
    found = re.search(r"(attention|cross|before|norm|linear)(\d?)\.(.*)$", key)
    assert found is not None, key
    return f"{THEIR_NAMES.get(found[1], found[1])}{found[2]}.{found[3]}"


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", ["TransformerEncoderLayer", "TransformerDecoderLayer"])
def test_the_layers_of_a_transformer_are_pytorch_s(
    name: str, causal: bool, norm_first: bool, activation: str
) -> None:
    torch.manual_seed(2)
    given: dict[str, Value] = {"hidden": 24, "heads": 4, "activation": activation}
    ours = model_of(name, {**given, "norm_first": norm_first, "causal": causal})
    settings = {"activation": activation, "norm_first": norm_first, "batch_first": True}
    theirs = getattr(torch.nn, name)(64, 4, 24, **settings).eval()
    theirs.load_state_dict({their_name(key): value for key, value in ours.state_dict().items()})
    x = torch.randn(2, 5, 64)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(5) if causal else None
    wanted = theirs(x, mask) if name == "TransformerEncoderLayer" else theirs(x, x, mask)
    torch.testing.assert_close(ours(x), wanted)


MERGED: Mapping[str, Any] = {
    "concat": lambda a, b: torch.cat([a, b], dim=-1),
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) / 2,
}


@pytest.mark.parametrize("merge", MERGED)
def test_both_directions_are_merged_as_their_word_says(merge: str) -> None:
    torch.manual_seed(2)
    ours = model_of("Bidirectional", {"merge": merge})
    theirs = torch.nn.GRU(64, 64, batch_first=True, bidirectional=True)
    state = {
        f"{key.rsplit('.')[-1]}{'_reverse' if 'backward' in key else ''}": value
        for key, value in ours.state_dict().items()
    }
    theirs.load_state_dict(state)
    x = torch.randn(2, 5, 64)
    torch.testing.assert_close(ours(x), MERGED[merge](*theirs(x)[0].chunk(2, dim=-1)))


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
